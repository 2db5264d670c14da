package rigid

import (
	"testing"

	"somnium/env"
)

// BenchmarkSteps reports steps a second at 64 by 64 pixels, drawing and resets included.
func BenchmarkSteps(b *testing.B) {
	for _, s := range scenes() {
		b.Run(s.id, func(b *testing.B) {
			e, err := newEnv(s, env.Config{Height: 64, Width: 64})
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			if _, err := e.Reset(env.Seeded(1)); err != nil {
				b.Fatal(err)
			}
			action := env.Int(0)
			b.ReportAllocs()
			steps := 0
			for b.Loop() {
				action.Int[0] = steps % s.actions
				step, err := e.Step(action)
				if err != nil {
					b.Fatal(err)
				}
				steps++
				if step.Terminated || len(e.actions) == s.steps {
					if _, err := e.Reset(env.ResetOptions{}); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "steps/s")
		})
	}
}

// BenchmarkReset reports the time of a reset.
func BenchmarkReset(b *testing.B) {
	for _, s := range scenes() {
		b.Run(s.id, func(b *testing.B) {
			e, err := newEnv(s, env.Config{Height: 64, Width: 64})
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Reset(env.ResetOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkState reports the time of a probe.
func BenchmarkState(b *testing.B) {
	e, err := newEnv(&occlusion, env.Config{Height: 64, Width: 64})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	if _, err := e.Reset(env.Seeded(1)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		e.State()
	}
}
