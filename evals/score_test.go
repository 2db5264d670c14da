package evals

import (
	"context"
	"math"
	"testing"

	"somnium/env"
)

// Several networks stand by their mean, with an interval over networks and cases, and raise the bar of what must be ahead of them.
func TestSeveralNetworks(t *testing.T) {
	rows := func(values ...float64) (list []Row) {
		for _, v := range values {
			list = append(list, Row{v})
		}
		return list
	}
	untrained := bystander{Untrained, [][]Row{rows(0.1, 0.2, 0.3, 0.2), rows(0.6, 0.6, 0.5, 0.7)}}
	k := more("", "accuracy", "", 0.3, mean(0))
	k.Ahead = 0.15
	for _, test := range []struct {
		value  float64
		beside []bystander
		bar    float64
		pass   bool
	}{
		{0.52, nil, 0.3, true},
		{0.52, []bystander{untrained}, 0.55, false},
		{0.6, []bystander{untrained}, 0.55, true},
		{0.29, []bystander{{Untrained, [][]Row{rows(0.1, 0.1, 0.1, 0.1)}}}, 0.3, false},
	} {
		s := judge([]Kind{k}, [][]Row{rows(test.value, test.value, test.value, test.value)}, rows(1, 1, 1, 1), test.beside)[0]
		if math.Abs(float64(*s.Bar)-test.bar) > 1e-9 || *s.Pass != test.pass {
			t.Errorf("%v beside %v meets the bar %v with pass %v", test.value, test.beside, *s.Bar, *s.Pass)
		}
	}
	s := k.standing(untrained, share{})
	if math.Abs(float64(s.Value)-0.4) > 1e-9 || len(s.Each) != 2 || math.Abs(float64(s.Each[1])-0.6) > 1e-9 {
		t.Errorf("two networks stand at %v, each at %v", s.Value, s.Each)
	}
	// An interval over cases alone would reach from .35 to .45; two networks that differ make it wide.
	if *s.Low > 0.25 || *s.High < 0.55 {
		t.Errorf("the interval of two networks is %v..%v", *s.Low, *s.High)
	}
}

// An exam takes as many untrained networks as its size says.
func TestNetworksOfAnExam(t *testing.T) {
	e, _ := FindExam("violation")
	candidate := NewBaseline(Oracle, env.Make)
	defer candidate.Close()
	size := Size{Cases: 3, Networks: 2}
	o := ExamOptions{Size: &size}
	for range 3 {
		network := NewBaseline(CopyLast, env.Make)
		defer network.Close()
		o.Untrained = append(o.Untrained, network)
	}
	r, err := e.Sit(context.Background(), candidate, o)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := r.Find("gravity", "relative_accuracy")
	if b, ok := s.Beneath(Untrained); !ok || len(b.Each) != 2 {
		t.Errorf("beside it stand %d networks, want 2", len(b.Each))
	}
	if !r.Size.Equal(size) || r.Size.Equal(e.Sizes[Quick]) {
		t.Errorf("the result has the size %+v", r.Size)
	}
}
