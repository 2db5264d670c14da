package evals_test

import (
	"errors"
	"strings"
	"testing"

	"somnium/env"
	"somnium/evals"
)

// counted is a scene's environment that counts how often it is closed.
type counted struct {
	env.Env
	closed *int
}

func (c counted) Unwrap() env.Env { return c.Env }

func (c counted) Close() error {
	*c.closed++
	return nil
}

func TestMeasure(t *testing.T) {
	opened, closed := map[string]int{}, 0
	var begun []string
	rolled := 0
	o := evals.MeasureOptions{
		Options: evals.Options{Context: 7, Length: 40, Window: 40}, Scenes: []string{catchScene}, Quick: true,
		Open: func(name string) (evals.Scene, error) {
			opened[name]++
			s := scene(t, name, honest)
			s.Truth, s.Dream = counted{s.Truth, &closed}, counted{s.Dream, &closed}
			return s, nil
		},
		Begin: func(g evals.Gate) (func(done, total int), func()) {
			begun = append(begun, g.Name)
			return func(done, total int) {}, func() { begun = append(begun, "end") }
		},
		Rolled: func(r evals.RolloutResult) error {
			rolled++
			return nil
		},
	}
	m, err := evals.Measure(t.Context(), o)
	if err != nil || !m.Pass || rolled != 1 {
		t.Fatalf("the truth measured as its own dream: pass %v, %d times shown, %v", m.Pass, rolled, err)
	}
	clips := map[string]int{"tokenizer": 2, "next": 4, "actions": 32, "rollout": 1}
	for _, r := range m.Gates {
		if r.Clips != clips[r.Gate] {
			t.Errorf("%s quickly has %d %s, want %d", r.Gate, r.Clips, r.Counted(), clips[r.Gate])
		}
	}
	if got := strings.Join(begun, " "); got != "tokenizer end next end actions end rollout end" {
		t.Errorf("the gates are %s", got)
	}
	if len(opened) != 2 || opened[catchScene] != 1 || opened[pushScene] != 1 || closed != 4 {
		t.Errorf("scenes were opened %v and closed %d times, want two once, and 4", opened, closed)
	}

	// One gate alone; a dream that fails it; what cannot be opened; a gate that there is not.
	o.Only, o.Clips = []string{"next"}, 3
	o.Open = func(name string) (evals.Scene, error) { return scene(t, name, freezing), nil }
	if m, err = evals.Measure(t.Context(), o); err != nil || m.Pass || len(m.Gates) != 1 || m.Gates[0].Clips != 3 {
		t.Errorf("a frozen dream measures as %+v, %v", m, err)
	}
	broken := errors.New("it is broken")
	o.Open = func(string) (evals.Scene, error) { return evals.Scene{}, broken }
	if _, err = evals.Measure(t.Context(), o); !errors.Is(err, broken) {
		t.Errorf("what cannot be opened gives %v", err)
	}
	o.Only = []string{"beauty"}
	if _, err = evals.Measure(t.Context(), o); err == nil || !strings.Contains(err.Error(), "tokenizer next actions rollout") {
		t.Errorf("a gate that there is not gives %v", err)
	}
}
