package evals

import (
	"encoding/json"
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

// A network dreams the same to the byte, however many trials are sat at a time and whoever shares them out.
func TestSameSeedSameDream(t *testing.T) {
	var texts []string
	for _, share := range []func(n int, work func(i int)){nil, backwards} {
		c := untrained(t).(*EnvCandidate)
		c.Workers, c.Share = 3, share
		data, err := json.Marshal(sitting(t, "parabola", c, Size{Cases: 2, Pixels: []int{64}}))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	if texts[0] != texts[1] {
		t.Error("two runs of one seed differ")
	}
}

// backwards calls work one at a time, from the last to the first.
func backwards(n int, work func(i int)) {
	for i := n - 1; i >= 0; i-- {
		work(i)
	}
}
