package voxel

import (
	"math/rand/v2"
	"testing"

	"somnium/env"
)

// sticky keeps random actions for eight steps in the mean, as agents/sticky does.
type sticky struct {
	rng    *rand.Rand
	space  env.Space
	action env.Value
}

func newSticky(space env.Space, seed uint64) *sticky {
	return &sticky{rng: rand.New(rand.NewPCG(seed, 3)), space: space, action: space.New()}
}

func (s *sticky) next() env.Value {
	if s.rng.IntN(8) == 0 {
		s.space.Sample(s.rng, s.action)
	}
	return s.action
}

// benchmarkSteps steps after 1,000 steps of warming up; resets are within.
func benchmarkSteps(b *testing.B, size int, params map[string]float64) {
	e, err := newEnv(survive(), env.Config{Height: size, Width: size, Params: params})
	if err != nil {
		b.Fatal(err)
	}
	actor := newSticky(e.spec.Action, 1)
	if _, err := e.Reset(env.Seeded(1)); err != nil {
		b.Fatal(err)
	}
	step := func() {
		taken, err := e.Step(actor.next())
		if err == nil && taken.Done() {
			_, err = e.Reset(env.ResetOptions{})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	for range 1000 {
		step()
	}
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
}

func BenchmarkFlat64(b *testing.B)  { benchmarkSteps(b, 64, nil) }
func BenchmarkFlat128(b *testing.B) { benchmarkSteps(b, 128, nil) }

func BenchmarkTextured64(b *testing.B) {
	benchmarkSteps(b, 64, map[string]float64{"textured": 1})
}

func BenchmarkEverything64(b *testing.B) {
	benchmarkSteps(b, 64, map[string]float64{"textured": 1, "hud": 1, "depth": 1, "segmentation": 1, "instances": 1, "inventory": 1})
}

func BenchmarkWithoutPicture(b *testing.B) {
	e, err := newEnv(survive(), env.Config{Height: 64, Width: 64})
	if err != nil {
		b.Fatal(err)
	}
	actor := newSticky(e.spec.Action, 1)
	seed := uint64(0)
	e.settings.begin(nil, nil)
	e.begin(seed)
	for b.Loop() {
		if _, done := e.advance(actor.next().Int); done {
			seed++
			e.settings.begin(nil, nil)
			e.begin(seed)
		}
	}
}

func BenchmarkReset(b *testing.B) {
	e, err := newEnv(survive(), env.Config{Height: 64, Width: 64})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := e.Reset(env.ResetOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkState is the whole truth after every step, without the step.
func BenchmarkState(b *testing.B) {
	e, err := newEnv(survive(), env.Config{Height: 64, Width: 64})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := e.Reset(env.Seeded(1)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		e.State()
	}
}
