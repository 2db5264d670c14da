package world

import (
	"context"
	"math"
	"slices"
	"testing"

	"somnium/env"
	"somnium/world/flow"
)

// byHand returns the latent of the guess of the frame after last and before, into which now and into lead.
func byHand(t *testing.T, m *Model, height, width int, last, before []byte, now, into *env.Value) []float32 {
	t.Helper()
	g, err := flow.NewGuesser(m.Flow, 1, height, width)
	if err != nil {
		t.Fatal(err)
	}
	vector := func(action *env.Value) []float32 {
		if action == nil {
			return nil
		}
		v := make([]float32, m.Dynamics.Config.Actions)
		if err := m.Dynamics.Config.ActionVector(v, three, *action); err != nil {
			t.Fatal(err)
		}
		return v
	}
	two := before != nil
	if !two {
		before = last
	}
	m.Flow.Config.FillFeatures(g.Features, vector(now), vector(into), two)
	frame := make([]byte, len(last))
	g.Guess(frame, func(int) []byte { return last }, func(int) []byte { return before })
	codec, err := newForeteller(m, height, width)
	if err != nil {
		t.Fatal(err)
	}
	latent := make([]float32, codec.codec.LatentSize())
	codec.codec.Encode(latent, frame)
	return latent
}

// A dream starts from the guess that the last two frames and actions make; after one frame, from that of this frame alone.
func TestDreamsStartFromTheGuess(t *testing.T) {
	const height, width, size = 16, 24, 16 * 24 * 3
	m := guessing(t, true)
	c, _ := record(t, "RigidCatch-v0?height=16&width=24", 3, 1)
	s := newSession(t, m, SessionOptions{Height: height, Width: width, Steps: 1})
	if _, err := s.Prime(c, three, 1); err != nil {
		t.Fatal(err)
	}
	frames, into := append([][]byte(nil), c.Frames[:size], c.Frames[size:2*size], c.Frames[2*size:]), c.Actions[1]
	for _, action := range []env.Value{env.Int(2), env.Int(0), env.Int(1)} {
		want := byHand(t, m, height, width, frames[len(frames)-1], frames[len(frames)-2], &action, &into)
		out, err := s.Step(three, action)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(s.sight.guess(), want) {
			t.Fatalf("the guess of frame %d is not that of the two before it", len(frames))
		}
		frames, into = append(frames, slices.Clone(out.Frame)), action
	}
	c.Frames, c.Actions = c.Frames[:size], nil
	if _, err := s.Prime(c, three, 1); err != nil {
		t.Fatal(err)
	}
	action := env.Int(2)
	if _, err := s.Step(three, action); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.sight.guess(), byHand(t, m, height, width, c.Frames, nil, &action, nil)) {
		t.Error("the guess after one frame is not that of this frame")
	}
}

// A clip that is completed starts from guesses where the frames before are done, and from none where they are not.
func TestClipsStartFromGuesses(t *testing.T) {
	const height, width, size = 16, 24, 16 * 24 * 3
	m := guessing(t, false)
	c, _ := record(t, "RigidCatch-v0?height=16&width=24", 3, 1)
	r := ClipRequest{Height: height, Width: width, Space: three, Frames: make([]ClipFrame, 5)}
	for i := range 2 {
		r.Frames[i+1].Pixels = c.Frames[i*size : (i+1)*size]
	}
	action := env.Int(1)
	r.Frames[3].Action = &action
	clip, err := m.newCompletion(r, ClipOptions{Steps: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer clip.clip.Close()
	clip.prepare()
	if clip.guess(0) != nil || clip.guess(1) != nil || clip.guess(4) != nil {
		t.Error("there is a guess from frames that are not done")
	}
	if !slices.Equal(clip.guess(2), byHand(t, m, height, width, r.Frames[1].Pixels, nil, nil, nil)) {
		t.Error("the guess of frame 2 is not that of frame 1")
	}
	if !slices.Equal(clip.guess(3), byHand(t, m, height, width, r.Frames[2].Pixels, r.Frames[1].Pixels, &action, nil)) {
		t.Error("the guess of frame 3 is not that of frames 1 and 2")
	}
	if _, err := m.Complete(context.Background(), r, ClipOptions{Steps: 2}); err != nil {
		t.Error(err)
	}
}

// A guess counts for what it says: the estimate of a frame of which nothing is seen is the guess.
func TestSurpriseGoesByTheGuess(t *testing.T) {
	m := guessing(t, false)
	c, _ := record(t, "RigidCatch-v0?height=16&width=24", 4, 1)
	s := newSession(t, m, SessionOptions{Height: 16, Width: 24})
	with, err := s.Surprise(c, three, 1)
	if err != nil {
		t.Fatal(err)
	}
	m.Flow, m.Info.Flow = nil, nil
	without, err := newSession(t, m, SessionOptions{Height: 16, Width: 24}).Surprise(c, three, 1)
	if err != nil {
		t.Fatal(err)
	}
	if with[0] != without[0] || with[2] == without[2] || math.IsNaN(with[2]) {
		t.Errorf("surprises %v with guesses and %v without; only those behind the first frame should differ", with, without)
	}
}

func TestFlowsThatDoNotFit(t *testing.T) {
	m := guessing(t, false)
	if err := m.AddFlow(flow.Tiny(m.Dynamics.Config.Actions+1), 1); err == nil {
		t.Error("a flow of other actions than the transformer's was added")
	}
	strided, err := New("tiny-stride4", 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := strided.AddFlow(flow.Tiny(strided.Dynamics.Config.Actions), 1); err == nil {
		t.Error("a flow was added where latents stand for four frames")
	}
	if err := m.AddFlow(flow.Config{Width: 8, Hidden: 8, Blocks: 1, Flows: 9, Actions: m.Dynamics.Config.Actions}, 1); err == nil {
		t.Error("nine displacements were taken")
	}
}
