//go:build slow

package world

import (
	"slices"
	"testing"
	"time"
)

// A step at frame 10,000 costs what one at frame 100 costs, within a tenth: two sessions in turn, the median of their ratios.
func TestLateFramesCostWhatEarlyOnesDo(t *testing.T) {
	m := newModel(t)
	context, spec := record(t, "RigidCatch-v0?height=32&width=32", 2, 1)
	action := spec.Action.New()
	step := func(s *Session, count int) time.Duration {
		start := time.Now()
		for range count {
			if _, err := s.Step(spec.Action, action); err != nil {
				t.Fatal(err)
			}
		}
		return time.Since(start)
	}
	at := func(frames int) *Session {
		s := newSession(t, m, SessionOptions{Height: 32, Width: 32, Steps: 1})
		if _, err := s.Prime(context, spec.Action, 1); err != nil {
			t.Fatal(err)
		}
		step(s, frames)
		return s
	}
	early, late := at(100), at(10000)
	var ratios []float64
	for range 200 {
		first := step(early, 10)
		ratios = append(ratios, step(late, 10).Seconds()/first.Seconds())
	}
	slices.Sort(ratios)
	if median := ratios[len(ratios)/2]; median > 1.1 {
		t.Errorf("a step at frame 10,000 takes %.2f times what one at frame 100 takes", median)
	} else {
		t.Logf("a step at frame 10,000 takes %.3f times what one at frame 100 takes", median)
	}
}
