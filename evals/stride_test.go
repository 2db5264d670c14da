package evals_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"somnium/env"
	"somnium/evals"
)

// threes is an oracle that dreams three frames at a time.
type threes struct{ *oracle }

func (threes) Stride() int { return 3 }

func (d threes) StepEach(actions []env.Value) (steps []env.Step, err error) {
	if len(actions) != 3 {
		panic("threes: not three actions")
	}
	for i, action := range actions {
		if i > 0 && steps[i-1].Done() { // what comes behind the end is not looked at
			steps = append(steps, steps[i-1])
			continue
		}
		step, err := d.oracle.Step(action)
		if err != nil {
			return nil, err
		}
		step.Obs = step.Obs.Clone()
		steps = append(steps, step)
	}
	return steps, nil
}

func striding(o *oracle) env.Env { return env.HideFrames(threes{o}) }

// A dream that makes three frames at a time is led by the truth's actions, and every frame of it is compared.
func TestLockStepOfStrides(t *testing.T) {
	for name, s := range map[string]evals.Scene{"whole": scene(t, catchScene, striding), "ending": scene(t, pairScene, striding)} {
		r := lockStep(t, s, evals.LockStepOptions{Episodes: 2, Frames: 40, Context: 6})
		for _, e := range r.Episodes {
			if !bytes.Equal(e.Truth, e.Dream) || !slices.Equal(e.TruthRewards, e.DreamRewards) || len(e.Errors) != e.Len() {
				t.Errorf("%s: truth and truth part within %d frames", name, e.Len())
			}
		}
		if want := map[string]int{"whole": 40, "ending": 26}[name]; r.Episodes[0].Len() != want || r.Dreamed != 2*want {
			t.Errorf("%s: the episode has %d frames, and %d are dreamed", name, r.Episodes[0].Len(), r.Dreamed)
		}
	}
	if _, err := evals.NextFrame(t.Context(), []evals.Scene{scene(t, catchScene, striding)}, evals.Options{Clips: 1}); err == nil || !strings.Contains(err.Error(), "one frame at a time") {
		t.Errorf("three frames pass for the next one: %v", err)
	}
}
