package sticky_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"somnium/agents/sticky"
	"somnium/env"
	"somnium/env/envtest"
)

func TestDurationIsGeometric(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, mean := range []float64{1, 1.5, 8, 100} {
		const draws = 20000
		var sum, once float64
		for range draws {
			n := sticky.Duration(rng, mean)
			if n < 1 {
				t.Fatalf("mean %g: a duration of %d", mean, n)
			}
			sum += float64(n)
			if n == 1 {
				once++
			}
		}
		if got := sum / draws; math.Abs(got-mean) > 5*mean/math.Sqrt(draws) {
			t.Errorf("the mean is %g, want %g", got, mean)
		}
		if got, want := once/draws, 1/mean; math.Abs(got-want) > 5*math.Sqrt(want/draws) {
			t.Errorf("mean %g: a single step has probability %g, want %g", mean, got, want)
		}
	}
	if n := sticky.Duration(rng, 1e300); n < 1 {
		t.Errorf("a vast mean gives %d", n)
	}
}

// TestChangesAreRare counts how often the action changes: two draws in three do in a space of three, one step in eight.
func TestChangesAreRare(t *testing.T) {
	e := envtest.NewCounter(16, 16)
	agent, err := sticky.New(e, 8)
	if err != nil {
		t.Fatal(err)
	}
	agent.Reset(5)
	changes, last := 0, -1
	const steps = 20000
	for range steps {
		action := agent.Act(env.Value{}).Int[0]
		if action != last {
			changes++
		}
		last = action
	}
	if rate := float64(changes) / steps; math.Abs(rate-1./12) > 0.01 {
		t.Errorf("the action changes in %.3f of the steps, want 1/12", rate)
	}
}
