package wrap_test

import (
	"errors"
	"math"
	"testing"

	"somnium/env"
	"somnium/env/envtest"
	"somnium/env/wrap"
)

// witness notes the actions that reach it; each earns itself.
type witness struct {
	*envtest.Counter
	actions []int
	ends    int // after how many steps the episode ends; 0: never
}

func (w *witness) Reset(opts env.ResetOptions) (env.Value, error) {
	w.actions = nil
	return w.Counter.Reset(opts)
}

func (w *witness) Step(action env.Value) (env.Step, error) {
	if err := w.Spec().Action.Contains(action); err != nil {
		return env.Step{}, err
	}
	w.actions = append(w.actions, action.Int[0])
	return env.Step{Obs: w.Spec().Observation.New(), Reward: float64(action.Int[0]), Terminated: len(w.actions) == w.ends}, nil
}

func TestRepeatSumsRewardsAndStopsAtTheEnd(t *testing.T) {
	w := &witness{Counter: envtest.NewCounter(16, 16), ends: 8}
	e := must(t)(wrap.Repeat(env.LimitTime(w, 50), 3))
	if spec := e.Spec(); spec.MaxEpisodeSteps != 17 || math.Abs(spec.FPS-10.0/3) > 1e-12 {
		t.Errorf("the limit is %d steps at %v frames a second, want 17 at 3.33", spec.MaxEpisodeSteps, spec.FPS)
	}
	e.Reset(env.Seeded(1))
	for i, want := range []struct {
		reward float64
		over   bool
		steps  int
	}{{6, false, 3}, {6, false, 6}, {4, true, 8}} {
		step, err := e.Step(env.Int(2))
		if err != nil || step.Reward != want.reward || step.Terminated != want.over || len(w.actions) != want.steps {
			t.Errorf("step %d: %+v, %v, %d steps inside; want %+v", i+1, step, err, len(w.actions), want)
		}
	}
	if _, err := e.Step(env.Int(9)); err == nil || len(w.actions) != 8 {
		t.Errorf("a bad action gives %v", err)
	}
}

func TestStickyTakesTheLastActionAtItsRate(t *testing.T) {
	const steps = 20_000
	for _, probability := range []float64{0, 0.25, 1} {
		w := &witness{Counter: envtest.NewCounter(16, 16)}
		e := must(t)(wrap.Sticky(w, probability))
		e.Reset(env.Seeded(5))
		stuck := 0
		for i := range steps {
			// Never the action of the step before.
			action := i % 3
			if i > 0 {
				action = (w.actions[i-1] + 1 + i%2) % 3
			}
			if _, err := e.Step(env.Int(action)); err != nil {
				t.Fatal(err)
			}
			if i > 0 && w.actions[i] == w.actions[i-1] {
				stuck++
			} else if w.actions[i] != action {
				t.Fatalf("step %d took %d, neither the action %d nor the last one", i, w.actions[i], action)
			}
		}
		want := probability * (steps - 1)
		if deviation := math.Sqrt(steps * probability * (1 - probability)); math.Abs(float64(stuck)-want) > 4*deviation {
			t.Errorf("with probability %v, %d of %d actions stuck", probability, stuck, steps)
		}
	}
}

// The seed of a reset is that of the sticking, too; the first step of an episode takes its own action; and a step that is
// refused draws nothing.
func TestStickyIsSeeded(t *testing.T) {
	w := &witness{Counter: envtest.NewCounter(16, 16)}
	e := must(t)(wrap.Sticky(w, 0.5))
	play := func(seed uint64, disturbed bool) []int {
		e.Reset(env.Seeded(seed))
		for i := range 40 {
			if disturbed {
				if _, err := e.Step(env.Int(7)); err == nil {
					t.Fatal("a bad action is taken")
				}
			}
			e.Step(env.Int(i % 3))
		}
		return w.actions
	}
	same := func(a, b []int) bool {
		for i := range a {
			if a[i] != b[i] {
				return false
			}
		}
		return len(a) == len(b)
	}
	first := play(1, false)
	if !same(first, play(1, true)) || same(first, play(2, false)) {
		t.Error("the actions that stick are not those of the seed")
	}
	for range 20 {
		e.Reset(env.ResetOptions{})
		if e.Step(env.Int(1)); w.actions[0] != 1 {
			t.Fatal("the first action of an episode was another one's")
		}
	}
	snapshotter, _ := env.As[env.Snapshotter](e)
	if _, err := snapshotter.Restore([]byte("no snapshot of anything")); err == nil || errors.Is(err, env.ErrClosed) {
		t.Errorf("a bad snapshot gives %v", err)
	}
}
