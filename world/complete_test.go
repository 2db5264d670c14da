package world

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"somnium/env"
)

// request returns a request for the frames of a recorded clip, with its actions, of which only the given ones are there.
func request(clip env.Context, spec env.Spec, given ...int) ClipRequest {
	r := ClipRequest{Height: clip.Height, Width: clip.Width, Caption: clip.Caption, Space: spec.Action, Frames: make([]ClipFrame, clip.Len())}
	for t := range r.Frames[1:] {
		r.Frames[t+1].Action = &clip.Actions[t]
	}
	for _, t := range given {
		r.Frames[t].Pixels = frameOf(clip, t)
	}
	return r
}

func frameOf(clip env.Context, t int) []uint8 {
	size := clip.Height * clip.Width * 3
	return clip.Frames[t*size : (t+1)*size]
}

func complete(t *testing.T, m *Model, r ClipRequest, o ClipOptions) []uint8 {
	t.Helper()
	pixels, err := m.Complete(t.Context(), r, o)
	if err != nil {
		t.Fatal(err)
	}
	if want := len(r.Frames) * r.Height * r.Width * 3; len(pixels) != want {
		t.Fatalf("the clip has %d bytes, want %d", len(pixels), want)
	}
	return pixels
}

func TestCompleteKeepsWhatIsGiven(t *testing.T) {
	m := newModel(t)
	clip, spec := record(t, "RigidPush-v0?height=24&width=40", 12, 5)
	for name, given := range map[string][]int{
		"from nothing": nil, "animate": {0}, "forward": {0, 1, 2}, "backward": {10, 11}, "connect": {0, 1, 10, 11}, "holes": {2, 5, 7}, "all": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
	} {
		t.Run(name, func(t *testing.T) {
			pixels := complete(t, m, request(clip, spec, given...), ClipOptions{Seed: 3, Steps: 2})
			size := clip.Height * clip.Width * 3
			kept := map[int]bool{}
			for _, f := range given {
				kept[f] = true
			}
			for f := range clip.Len() {
				if same := bytes.Equal(pixels[f*size:(f+1)*size], frameOf(clip, f)); same != kept[f] {
					t.Errorf("frame %d is the given one: %v, want %v", f, same, kept[f])
				}
			}
		})
	}
}

// What is made must depend on all that the model is told: the seed, the caption, the actions, and the frames before and after.
func TestCompleteHearsWhatItIsTold(t *testing.T) {
	m := newModel(t)
	clip, spec := record(t, "RigidPush-v0?height=16&width=16", 6, 5)
	options := ClipOptions{Seed: 3, Steps: 2}
	made := func(r ClipRequest, o ClipOptions) []uint8 {
		size := clip.Height * clip.Width * 3
		return complete(t, m, r, o)[2*size : 3*size]
	}
	base := made(request(clip, spec, 0, 5), options)
	if !bytes.Equal(base, made(request(clip, spec, 0, 5), options)) {
		t.Error("the same request and seed gave other frames")
	}
	caption := request(clip, spec, 0, 5)
	caption.Caption = "something else"
	action := request(clip, spec, 0, 5)
	action.Frames[2].Action = nil
	after := request(clip, spec, 0, 5)
	after.Frames[5].Pixels = make([]uint8, len(after.Frames[5].Pixels))
	before := request(clip, spec, 0, 5)
	before.Frames[0].Pixels = after.Frames[5].Pixels
	for name, r := range map[string]ClipRequest{"caption": caption, "action": action, "frame after": after, "frame before": before} {
		if bytes.Equal(base, made(r, options)) {
			t.Errorf("another %s changed nothing", name)
		}
	}
	if bytes.Equal(base, made(request(clip, spec, 0, 5), ClipOptions{Seed: 4, Steps: 2})) {
		t.Error("another seed changed nothing")
	}
}

// An edit leaves the less of a frame the stronger it is.
func TestCompleteEdits(t *testing.T) {
	m, err := New("tiny", 1) // which copies what it is shown, as it has learned nothing
	if err != nil {
		t.Fatal(err)
	}
	clip, spec := record(t, "RigidPush-v0?height=16&width=16", 4, 5)
	edited := func(edit float64) []uint8 {
		r := request(clip, spec, 0, 1, 2, 3)
		for i := range r.Frames {
			r.Frames[i].Edit = edit
		}
		return complete(t, m, r, ClipOptions{Seed: 3})
	}
	code := edited(1e-6)
	far := func(edit float64) (sum float64) {
		for i, v := range edited(edit) {
			d := float64(v) - float64(code[i])
			sum += d * d
		}
		return sum
	}
	if slight, strong := far(0.05), far(0.7); slight >= strong {
		t.Errorf("an edit by .05 is %g away from the frames, one by .7 %g; want less", slight, strong)
	}
}

func TestCompleteRefuses(t *testing.T) {
	m := newModel(t)
	clip, spec := record(t, "RigidPush-v0?height=16&width=16", 3, 5)
	change := func(f func(*ClipRequest)) ClipRequest {
		r := request(clip, spec, 0)
		f(&r)
		return r
	}
	for want, r := range map[string]ClipRequest{
		"no frames":        change(func(r *ClipRequest) { r.Frames = nil }),
		"must be positive": change(func(r *ClipRequest) { r.Height = 0 }),
		"fit into memory":  change(func(r *ClipRequest) { r.Height, r.Width = 1<<40, 1<<40 }),
		"fewer or smaller": change(func(r *ClipRequest) { r.Frames = make([]ClipFrame, 1<<14) }),
		"has 7 bytes":      change(func(r *ClipRequest) { r.Frames[1].Pixels = make([]uint8, 7) }),
		"edited by 2":      change(func(r *ClipRequest) { r.Frames[0].Edit = 2 }),
		"no action space":  change(func(r *ClipRequest) { r.Space = nil }),
		"action into":      change(func(r *ClipRequest) { r.Frames[1].Action = &env.Value{Int: []int{99}} }),
	} {
		if _, err := m.Complete(t.Context(), r, ClipOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one that says %q", err, want)
		}
	}
	if _, err := m.Complete(t.Context(), request(clip, spec, 0), ClipOptions{Steps: 65}); err == nil {
		t.Error("65 denoising steps are accepted")
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Complete(stopped, request(clip, spec, 0), ClipOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled completion returns %v", err)
	}
}

// A dream can begin from a caption alone; its first frame then depends on what the caption says.
func TestPrimeFromCaption(t *testing.T) {
	m := newModel(t)
	s := newSession(t, m, SessionOptions{Height: 16, Width: 24})
	_, spec := record(t, "RigidPush-v0", 2, 1)
	begin := func(caption string, seed uint64) []uint8 {
		t.Helper()
		frame, err := s.Prime(env.Context{Height: 16, Width: 24, Caption: caption}, spec.Action, seed)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Clone(frame)
	}
	first := begin("a red ball", 1)
	if !bytes.Equal(first, begin("a red ball", 1)) {
		t.Error("the same caption and seed gave another first frame")
	}
	if bytes.Equal(first, begin("two blue balls", 1)) || bytes.Equal(first, begin("a red ball", 2)) {
		t.Error("another caption or seed gave the same first frame")
	}
	// That first frame takes four times the steps, up to 64.
	four := s
	s = newSession(t, m, SessionOptions{Height: 16, Width: 24, Steps: maxSteps / 4})
	most := begin("a red ball", 1)
	s = newSession(t, m, SessionOptions{Height: 16, Width: 24, Steps: maxSteps})
	if !bytes.Equal(most, begin("a red ball", 1)) || bytes.Equal(most, first) {
		t.Errorf("first frames of %d and %d steps are not alike, or are those of %d", maxSteps/4, maxSteps, DefaultSteps)
	}
	s = four
	out, err := s.Step(spec.Action, spec.Action.New())
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Frame) != 16*24*3 {
		t.Errorf("the second frame has %d bytes", len(out.Frame))
	}
	if _, err := s.Prime(env.Context{Height: 16, Width: 24}, spec.Action, 1); err == nil {
		t.Error("a context with neither frame nor caption is accepted")
	}
}
