package world

import (
	"fmt"
	"runtime"
	"testing"

	"somnium/env"
)

// benchmarkModel returns the embedded model.
func benchmarkModel(b *testing.B) *Model {
	b.Helper()
	m, err := Open("small")
	if err != nil {
		b.Fatal(err)
	}
	return m
}

// BenchmarkDream is a step of the embedded model at 64x64 through the environment contract.
func BenchmarkDream(b *testing.B) {
	m := benchmarkModel(b)
	for _, steps := range []int{4, 2} {
		b.Run(fmt.Sprintf("K=%d", steps), func(b *testing.B) {
			dream, err := newDream(b, m, "RigidBounce-v0?max_episode_steps=0", steps)
			if err != nil {
				b.Fatal(err)
			}
			defer dream.Close()
			if _, err := dream.Reset(env.Seeded(1)); err != nil {
				b.Fatal(err)
			}
			action := dream.Spec().Action.New()
			b.ReportAllocs()
			for b.Loop() {
				if step, err := dream.Step(action); err != nil {
					b.Fatal(err)
				} else if step.Done() {
					dream.Reset(env.ResetOptions{})
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "frames/s")
		})
	}
}

// BenchmarkDreamVec is a step of several dreams at once, at K = 4.
func BenchmarkDreamVec(b *testing.B) {
	m := benchmarkModel(b)
	for _, n := range []int{1, 4, 16} {
		b.Run(fmt.Sprintf("dreams=%d", n), func(b *testing.B) {
			truth, err := env.Make("RigidBounce-v0")
			if err != nil {
				b.Fatal(err)
			}
			v, err := NewDreamVec(m, n, DreamOptions{Name: "dream", Spec: truth.Spec(), Source: FromSimulator(truth, 0)}, env.NextStep)
			if err != nil {
				b.Fatal(err)
			}
			defer v.Close()
			batch := env.NewBatch(v.Spec().Observation, n)
			if err := v.Reset(env.VecSeeded(1, n), batch); err != nil {
				b.Fatal(err)
			}
			actions := make([]env.Value, n)
			for i := range actions {
				actions[i] = v.Spec().Action.New()
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := v.Step(actions, batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "frames/s")
		})
	}
}

// A session of the small preset holds less than 100 MB beside the weights.
func TestSessionIsSmall(t *testing.T) {
	m, err := New("small", 1)
	if err != nil {
		t.Fatal(err)
	}
	context, spec := record(t, "RigidCatch-v0", 1, 1)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s := newSession(t, m, SessionOptions{Steps: 1})
	if _, err := s.Prime(context, spec.Action, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Step(spec.Action, spec.Action.New()); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if size := after.TotalAlloc - before.TotalAlloc; size > 100<<20 {
		t.Errorf("a session takes %d MB", size>>20)
	} else {
		t.Logf("a session takes %.1f MB", float64(size)/(1<<20))
	}
}
