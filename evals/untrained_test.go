package evals

import (
	"testing"

	"somnium/env"
	"somnium/world"
)

// untrained is a network of the tests' sizes as it is made.
func untrained(t *testing.T) Candidate {
	t.Helper()
	m, err := world.New("tiny", 1)
	if err != nil {
		t.Fatal(err)
	}
	return &EnvCandidate{Title: Untrained, Open: func(scene string) (env.Env, error) {
		truth, err := env.Make(scene)
		if err != nil {
			return nil, err
		}
		defer truth.Close()
		height, width, _ := env.FrameSize(truth.Spec().Observation)
		blank := env.Context{Height: height, Width: width, Frames: make([]byte, height*width*3), Actions: []env.Value{}}
		return world.NewDream(m, world.DreamOptions{Name: "untrained", Spec: truth.Spec(), Source: world.FromClip(blank)})
	}}
}

// An untrained network fails what a trained one may pass, by continuing and by surprise alike.
func TestTheUntrainedFails(t *testing.T) {
	r := sitting(t, "uniform", untrained(t), Size{Cases: 2, Pixels: []int{64}})
	if s, ok := r.Find("in, 64px", "velocity_error"); !ok || r.Pass || clears(s, s.Value) {
		t.Errorf("an untrained network has a velocity error of %v", s.Value)
	}
	if s, ok := r.Find("in, 64px", "velocity_error"); ok {
		if b, ok := s.Beneath(RoundTrip); !ok || clears(s, b.Value) {
			t.Errorf("its code shows true frames with a velocity error of %v, %v", b.Value, ok)
		}
	}
	if r = sitting(t, "violation", untrained(t), Size{Cases: 2}); r.Skipped != "" || r.Pass {
		t.Errorf("an untrained network passes the exam of surprise, or skips it: %q", r.Skipped)
	}
}
