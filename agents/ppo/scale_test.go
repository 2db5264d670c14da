package ppo

import (
	"math"
	"testing"

	"somnium/agents/actor"
)

// experience is of one environment whose rewards are given.
func experience(rewards ...float64) *actor.Experience {
	return &actor.Experience{T: len(rewards), N: 1, Reward: rewards, End: make([]bool, len(rewards))}
}

func TestReturnScale(t *testing.T) {
	// With a discount of nothing the return is the reward: of 1 and -1 in turn, the deviation is 1, and of 5 and -5 it is 5.
	for _, size := range []float64{1, 5} {
		if got := newReturnScale(1, 0).observe(experience(size, -size, size, -size)); math.Abs(got-1/size) > 1e-9 {
			t.Errorf("rewards of %g are scaled by %g, want %g", size, got, 1/size)
		}
	}
	// What went before an end is not discounted into what comes after.
	e := experience(1, 0, 1, 0)
	e.End = []bool{true, true, true, true}
	if got, want := newReturnScale(1, 0.9).observe(e), 2.0; math.Abs(got-want) > 1e-9 {
		t.Errorf("the scale over ends is %g, want %g", got, want)
	}
}

// One reward among very many steps without is scaled to no more than ten, and nothing at all to nothing.
func TestReturnScaleOfRareRewards(t *testing.T) {
	s := newReturnScale(1, 0.97)
	for range 100 {
		if got := 0 * s.observe(experience(make([]float64, 1000)...)); got != 0 {
			t.Fatalf("no reward is scaled to %g", got)
		}
	}
	rare := make([]float64, 1000)
	rare[500] = 2
	if got := 2 * s.observe(experience(rare...)); got > 10+1e-9 || got < 1 {
		t.Errorf("a rare reward is scaled to %g, want 1 to 10", got)
	}
}
