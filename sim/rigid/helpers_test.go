package rigid

import (
	"math/rand/v2"
	"testing"

	"github.com/jakecoffman/cp/v2"

	"somnium/env"
)

// open makes an environment of the scene.
func open(t testing.TB, s *scene, height, width int, given map[string]float64) *environment {
	t.Helper()
	e, err := newEnv(s, env.Config{Height: height, Width: width, Params: given})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// reset starts the episode of the seed.
func reset(t testing.TB, e *environment, seed uint64) []uint8 {
	t.Helper()
	obs, err := e.Reset(env.Seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	return obs.U8
}

// step takes one step.
func step(t testing.TB, e *environment, action int) env.Step {
	t.Helper()
	s, err := e.Step(env.Int(action))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// choices returns a source of actions that hold for a few steps each.
func choices(s *scene, seed uint64) func() int {
	rng := rand.New(rand.NewPCG(seed, 1))
	action, left := 0, 0
	return func() int {
		if left == 0 {
			action, left = rng.IntN(s.actions), 1+rng.IntN(5)
		}
		left--
		return action
	}
}

// find returns the bodies of a kind.
func find(e *environment, kind string) []env.Body {
	var found []env.Body
	for _, b := range e.State().Bodies {
		if b.Kind == kind {
			found = append(found, b)
		}
	}
	return found
}

func pointAt(x, y float64) cp.Vector { return cp.Vector{X: x, Y: y} }
