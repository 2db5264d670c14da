package evals_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"somnium/env"
	"somnium/evals"
)

// hasty is a truth of which every second episode, from the first on, ends after two steps.
type hasty struct {
	env.Env
	episodes, steps int
}

func (h *hasty) Reset(o env.ResetOptions) (env.Value, error) {
	h.episodes++
	h.steps = 0
	return h.Env.Reset(o)
}

func (h *hasty) Step(action env.Value) (env.Step, error) {
	step, err := h.Env.Step(action)
	h.steps++
	step.Truncated = step.Truncated || h.episodes%2 == 1 && h.steps == 2
	return step, err
}

// brisk is a truth whose episodes all end with their first step.
type brisk struct{ env.Env }

func (b *brisk) Step(action env.Value) (env.Step, error) {
	step, err := b.Env.Step(action)
	step.Terminated = true
	return step, err
}

// told is a truth that describes itself.
type told struct{ env.Env }

func (told) Captions() (short, detailed string) { return "a ball", "a ball falls" }

// lockStep plays a scene, which must go well.
func lockStep(t *testing.T, s evals.Scene, o evals.LockStepOptions) evals.LockStepResult {
	t.Helper()
	r, err := evals.LockStep(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLockStepOfTheTruthItselfNeverParts(t *testing.T) {
	s := scene(t, catchScene, honest)
	s.Truth = told{s.Truth}
	r := lockStep(t, s, evals.LockStepOptions{Episodes: 2, Frames: 40, Context: 5})
	if len(r.Episodes) != 2 || r.Dreamed != 80 || r.DreamTime <= 0 {
		t.Fatalf("%d episodes, %d frames dreamed in %v", len(r.Episodes), r.Dreamed, r.DreamTime)
	}
	rewards := 0
	for _, e := range r.Episodes {
		if e.Context.Len() != 5 || len(e.Context.Actions) != 4 || e.Context.Caption != "a ball" || e.Len() != 40 || e.Seed < evals.HeldOut {
			t.Errorf("seed %d: %d frames of context, %d actions, caption %q, %d frames after it", e.Seed, e.Context.Len(), len(e.Context.Actions), e.Context.Caption, e.Len())
		}
		if !bytes.Equal(e.Truth, e.Dream) || !slices.Equal(e.TruthRewards, e.DreamRewards) || e.TruthEnd+e.DreamEnd != 0 {
			t.Errorf("seed %d: truth and truth part", e.Seed)
		}
		if bytes.Equal(e.TruthFrame(1), e.Last()) || !bytes.Equal(e.TruthFrame(40), e.Truth[39*64*64*3:]) {
			t.Errorf("seed %d: the frames are not where they belong", e.Seed)
		}
		for _, reward := range e.TruthRewards {
			if reward != 0 {
				rewards++
			}
		}
	}
	if rewards == 0 {
		t.Error("not one ball came down")
	}
	for number := 1; number <= 40; number++ {
		if f := r.At(number); f.Episodes != 2 || f.PSNR != 100 || f.Changed != 100 || f.CopyLast > 50 || f.ChangedCopyLast > f.CopyLast {
			t.Errorf("frame %d: %+v", number, f)
		}
	}
	if f := r.At(41); f.Episodes != 0 || !math.IsNaN(float64(f.PSNR)) {
		t.Errorf("beyond the end: %+v", f)
	}
}

func TestLockStepOfAFrozenDreamIsCopyLast(t *testing.T) {
	r := lockStep(t, scene(t, pushScene, freezing), evals.LockStepOptions{Episodes: 3, Frames: 20})
	for number := 1; number <= 20; number++ {
		if f := r.At(number); f.PSNR != f.CopyLast || f.Episodes > 0 && f.Changed != f.ChangedCopyLast && !math.IsNaN(float64(f.Changed)) {
			t.Errorf("frame %d: %+v", number, f)
		}
	}
}

// The mean over episodes is one of squared errors, here worked out from the frames.
func TestLockStepPoolsSquaredErrors(t *testing.T) {
	blurring := func(o *oracle) env.Env { return &soft{oracle: o, sigma: 5} }
	r := lockStep(t, scene(t, catchScene, blurring), evals.LockStepOptions{Episodes: 3, Frames: 12, Seed: 4})
	squares, values, changedSquares, changedValues := 0.0, 0, 0.0, 0
	for _, e := range r.Episodes {
		truth, dream, last := e.TruthFrame(12), e.DreamFrame(12), e.Last()
		for i := 0; i < len(truth); i += 3 {
			pixel, far := 0.0, 0.0
			for k := i; k < i+3; k++ {
				pixel += math.Pow(float64(truth[k])-float64(dream[k]), 2)
				far = max(far, math.Abs(float64(truth[k])-float64(last[k])))
			}
			squares, values = squares+pixel, values+3
			if far > 8 {
				changedSquares, changedValues = changedSquares+pixel, changedValues+3
			}
		}
	}
	f := r.At(12)
	for _, c := range []struct{ got, want float64 }{
		{float64(f.PSNR), 10 * math.Log10(255*255*float64(values)/squares)},
		{float64(f.Changed), 10 * math.Log10(255*255*float64(changedValues)/changedSquares)},
	} {
		if math.Abs(c.got-c.want) > 1e-9 || c.want > 60 {
			t.Errorf("got %v dB, want %v", c.got, c.want)
		}
	}
}

func TestLockStepEnds(t *testing.T) {
	// The truth's time limit is 31 steps, of which 7 lie in the context.
	r := lockStep(t, scene(t, pairScene, honest), evals.LockStepOptions{})
	if e := r.Episodes[0]; e.Len() != 24 || e.TruthEnd != 24 || e.DreamEnd != 24 {
		t.Errorf("after %d frames: the truth ended with %d, the dream with %d", e.Len(), e.TruthEnd, e.DreamEnd)
	}
	r = lockStep(t, scene(t, catchScene, func(o *oracle) env.Env { return &brief{oracle: o, end: 5} }), evals.LockStepOptions{Frames: 9})
	e := r.Episodes[0]
	if e.Len() != 9 || e.TruthEnd != 0 || e.DreamEnd != 5 || r.Dreamed != 5 {
		t.Errorf("after %d frames, %d of them dreamed: the truth ended with %d, the dream with %d", e.Len(), r.Dreamed, e.TruthEnd, e.DreamEnd)
	}
	if !bytes.Equal(e.DreamFrame(5), e.TruthFrame(5)) || !bytes.Equal(e.DreamFrame(9), e.DreamFrame(5)) {
		t.Error("after its end the dream does not stand still")
	}
}

func TestLockStepPassesOverWhatEndsInTheContext(t *testing.T) {
	s := scene(t, catchScene, honest)
	s.Truth = &hasty{Env: s.Truth}
	r := lockStep(t, s, evals.LockStepOptions{Episodes: 2, Frames: 3})
	if len(r.Episodes) != 2 || r.Passed != 2 || r.Episodes[0].Seed != evals.HeldOut+1 {
		t.Errorf("%d episodes passed over, the first that counts has seed %d", r.Passed, r.Episodes[0].Seed)
	}
	endless := scene(t, pushScene+"?height=16&width=16", honest)
	endless.Truth = &brisk{endless.Truth}
	limited := scene(t, pushScene+"?max_episode_steps=7", honest)
	for want, scene := range map[string]evals.Scene{"1000 episodes": endless, "at most 8 frames": limited} {
		if _, err := evals.LockStep(t.Context(), scene, evals.LockStepOptions{}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "give a shorter one") {
			t.Errorf("where every episode ends in the context: %v, want %s", err, want)
		}
	}
}

// An episode does not depend on how many others are played, and the longest is shown.
func TestLockStepIsAFunctionOfItsSeed(t *testing.T) {
	one := lockStep(t, scene(t, catchScene, softened), evals.LockStepOptions{Seed: 9, Frames: 6})
	three := lockStep(t, scene(t, catchScene, softened), evals.LockStepOptions{Seed: 9, Frames: 6, Episodes: 3})
	other := lockStep(t, scene(t, catchScene, softened), evals.LockStepOptions{Seed: 10, Frames: 6})
	if !reflect.DeepEqual(one.Episodes[0], three.Episodes[0]) {
		t.Error("the first of three episodes is not the one that is played alone")
	}
	if bytes.Equal(one.Episodes[0].Truth, other.Episodes[0].Truth) || bytes.Equal(one.Episodes[0].Truth, three.Episodes[1].Truth) {
		t.Error("two seeds gave one episode")
	}
	three.Episodes[0].Actions = three.Episodes[0].Actions[:5]
	if three.Shown() != 1 {
		t.Errorf("episode %d is shown, want the first of the longest, 1", three.Shown())
	}
}

func TestLockStepCanBeWatchedAndStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var calls []int
	o := evals.LockStepOptions{Episodes: 2, Frames: 25, Progress: func(done, total int) {
		if calls = append(calls, done); total != 50 {
			t.Errorf("the total is %d, want 50", total)
		}
		if done == 35 {
			cancel()
		}
	}}
	_, err := evals.LockStep(ctx, scene(t, catchScene, honest), o)
	if want := []int{0, 10, 20, 25, 35}; !errors.Is(err, context.Canceled) || !slices.Equal(calls, want) {
		t.Errorf("after %v calls, want %v: %v", calls, want, err)
	}
	if _, err := evals.LockStep(t.Context(), scene(t, catchScene, silent), o); err == nil || !strings.Contains(err.Error(), "cannot go on") {
		t.Errorf("a dream that cannot be primed: %v", err)
	}
}
