package world

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"somnium/env"
)

const vecName = "RigidCatch-v0?height=32&width=32&max_episode_steps=5"

func newDreamVec(t *testing.T, m *Model, n int, autoreset env.Autoreset) *DreamVec {
	t.Helper()
	truth, err := env.Make(vecName)
	if err != nil {
		t.Fatal(err)
	}
	v, err := NewDreamVec(m, n, DreamOptions{Name: "dream:test@" + vecName, Spec: truth.Spec(), Source: FromSimulator(truth, 0), Steps: 2}, autoreset)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

// dreamActions are the actions of step t of n dreams.
func dreamActions(t, n int) []env.Value {
	actions := make([]env.Value, n)
	for i := range actions {
		actions[i] = env.Int((i + t) % 3)
	}
	return actions
}

// moments is what a batch holds of each dream, as text.
func moments(b *env.Batch) []string {
	out := make([]string, len(b.Obs))
	for i := range out {
		out[i] = fmt.Sprint(b.Obs[i].U8, b.FinalObs[i].U8, b.Reward[i], b.Terminated[i], b.Truncated[i])
	}
	return out
}

// Dreams that go through the network together are, to the bit, those that go through it alone: held against env.Vec over
// dreams of their own, through ends and resets under each way of starting anew.
func TestDreamVecIsAVecOfDreams(t *testing.T) { ofEveryKind(t, dreamVecIsAVecOfDreams) }

func dreamVecIsAVecOfDreams(t *testing.T, m *Model) {
	const n = 3
	for _, autoreset := range []env.Autoreset{env.NextStep, env.SameStep, env.Disabled} {
		t.Run(fmt.Sprint(autoreset), func(t *testing.T) {
			together := newDreamVec(t, m, n, autoreset)
			apart, err := env.VecOptions{Autoreset: autoreset}.New(n, func(int) (env.Env, error) { return newDream(t, m, vecName, 2) })
			if err != nil {
				t.Fatal(err)
			}
			defer apart.Close()
			a, b := env.NewBatch(together.Spec().Observation, n), env.NewBatch(apart.Spec().Observation, n)
			compare := func(when string, errA, errB error) {
				t.Helper()
				if errA != nil || errB != nil {
					t.Fatalf("%s: %v, %v", when, errA, errB)
				}
				for i, want := range moments(b) {
					if moments(a)[i] != want {
						t.Fatalf("%s: dream %d is another among others than alone", when, i)
					}
				}
			}
			compare("reset", together.Reset(env.VecSeeded(7, n), a), apart.Reset(env.VecSeeded(7, n), b))
			some := env.VecResetOptions{Mask: []bool{false, true, false}}
			compare("reset of one", together.Reset(some, a), apart.Reset(some, b))
			ended := 0
			for step := range 14 {
				actions := dreamActions(step, n)
				compare(fmt.Sprint("step ", step), together.Step(actions, a), apart.Step(actions, b))
				over := make([]bool, n)
				for i := range over {
					if over[i] = a.Done(i); over[i] {
						ended++
					}
				}
				if autoreset == env.Disabled {
					mask := env.VecResetOptions{Mask: over}
					compare("reset of what ended", together.Reset(mask, a), apart.Reset(mask, b))
				}
			}
			if ended < n {
				t.Errorf("%d episodes ended, want at least one of each dream", ended)
			}
		})
	}
}

func TestDreamVecAllocatesNothing(t *testing.T) {
	v := newDreamVec(t, newModel(t), 2, env.Disabled)
	v.primer.spec.MaxEpisodeSteps = 0
	b := env.NewBatch(v.Spec().Observation, 2)
	if err := v.Reset(env.VecSeeded(1, 2), b); err != nil {
		t.Fatal(err)
	}
	actions := dreamActions(0, 2)
	var err error
	step := func() {
		if err == nil {
			err = v.Step(actions, b)
		}
		v.over[0], v.over[1] = false, false // whatever the model holds for an end
	}
	for range 10 {
		step()
	}
	if n := testing.AllocsPerRun(50, step); n > 0 || err != nil {
		t.Errorf("a step allocates %v times, its error is %v", n, err)
	}
}

func TestDreamVecErrors(t *testing.T) {
	m := newModel(t)
	v := newDreamVec(t, m, 2, env.Disabled)
	b := env.NewBatch(v.Spec().Observation, 2)
	if err := v.Step(dreamActions(0, 2), b); !errors.Is(err, env.ErrNotReset) {
		t.Errorf("a step before the reset: %v", err)
	}
	if err := v.Reset(env.VecSeeded(1, 3), b); err == nil {
		t.Error("three seeds for two dreams were taken")
	}
	if err := v.Reset(env.VecResetOptions{Params: map[string]float64{"gravity": 1}}, b); err == nil {
		t.Error("a parameter was taken")
	}
	if err := v.Reset(env.VecSeeded(1, 2), env.NewBatch(v.Spec().Observation, 1)); err == nil {
		t.Error("a batch of one was taken")
	}
	if err := v.Reset(env.VecSeeded(1, 2), b); err != nil {
		t.Fatal(err)
	}
	before := bytes.Clone(b.Pixels())
	if v.Step([]env.Value{env.Int(0), env.Int(9)}, b) == nil || v.Step(dreamActions(0, 3), b) == nil {
		t.Error("actions that do not fit were taken")
	}
	if !bytes.Equal(before, b.Pixels()) {
		t.Error("a refused step changed the frames")
	}
	v.over[1] = true
	if err := v.Step(dreamActions(0, 2), b); !errors.Is(err, env.ErrEpisodeOver) {
		t.Errorf("a step behind the end: %v", err)
	}
	if err := errors.Join(v.Close(), v.Close()); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if v.Reset(env.VecSeeded(1, 2), b) != env.ErrClosed || v.Step(dreamActions(0, 2), b) != env.ErrClosed {
		t.Error("a closed vector works")
	}
	if _, err := NewDreamVec(m, 0, DreamOptions{}, env.NextStep); err == nil {
		t.Error("a vector of no dreams was made")
	}
	if _, err := NewDreamVec(m, 1, DreamOptions{Spec: v.Spec()}, env.NextStep); err == nil {
		t.Error("a vector without a source was made")
	}
}
