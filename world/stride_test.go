package world

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"somnium/env"
)

// strided returns a spoiled model whose latents stand for four frames each.
func strided(t *testing.T) *Model {
	t.Helper()
	m, err := New("tiny-stride4", 1)
	if err != nil {
		t.Fatal(err)
	}
	return spoil(t, m)
}

// fourSteps takes four actions and returns the outcomes with frames of their own.
func fourSteps(t *testing.T, s *Session, actions ...int) []Outcome {
	t.Helper()
	values := make([]env.Value, len(actions))
	for i, a := range actions {
		values[i] = env.Int(a)
	}
	outcomes, err := s.StepEach(three, values)
	if err != nil {
		t.Fatal(err)
	}
	outcomes = slices.Clone(outcomes)
	for i := range outcomes {
		outcomes[i].Frame = bytes.Clone(outcomes[i].Frame)
	}
	return outcomes
}

// A session of four frames at a time goes on from contexts of any length, takes an action for each frame, and heeds every one of
// them; a Step is what these are when the action is the same.
func TestFourFramesAtATime(t *testing.T) {
	m := strided(t)
	options := SessionOptions{Height: 24, Width: 32}
	context, _ := record(t, "RigidCatch-v0?height=24&width=32", 9, 1)
	size := context.Height * context.Width * 3
	s, fork := newSession(t, m, options), newSession(t, m, options)
	prime := func(frames int) {
		part := context
		part.Frames, part.Actions = context.Frames[:frames*size], context.Actions[:frames-1]
		last, err := s.Prime(part, three, 7)
		if err != nil || !bytes.Equal(last, frameOf(context, frames-1)) {
			t.Fatalf("a context of %d frames: %v", frames, err)
		}
		if latents := (frames + 3) / 4; s.position[0] != latents-1 {
			t.Errorf("a context of %d frames makes %d latents, want %d", frames, s.position[0]+1, latents)
		}
	}
	for frames := 1; frames <= 9; frames++ {
		prime(frames)
		if err := fork.Fork(s); err != nil {
			t.Fatal(err)
		}
		each := fourSteps(t, s, 2, 2, 2, 2)
		step, err := fork.Step(three, env.Int(2))
		if err != nil {
			t.Fatal(err)
		}
		reward, end, last := 0.0, 0.0, 0
		for i, o := range each {
			reward, end, last = reward+o.Reward, max(end, o.End), i
			if o.End > 0.5 {
				break
			}
		}
		if step.Reward != reward || step.End != end || !bytes.Equal(step.Frame, each[last].Frame) || bytes.Equal(each[0].Frame, each[3].Frame) {
			t.Errorf("after %d frames a step is %g, %g, and the four are %g, %g", frames, step.Reward, step.End, reward, end)
		}
	}
	base := fourSteps(t, s, 0, 0, 0, 0)
	for slot := range 4 {
		prime(9)
		fourSteps(t, s, 2, 2, 2, 2)
		actions := make([]int, 4)
		actions[slot] = 1
		if other := fourSteps(t, s, actions...); bytes.Equal(other[3].Frame, base[3].Frame) {
			t.Errorf("action %d of four leaves no trace", slot)
		}
	}
	if _, err := s.StepEach(three, []env.Value{env.Int(0)}); err == nil || !strings.Contains(err.Error(), "4 frames at a time") {
		t.Errorf("one action for four frames: %v", err)
	}
	actions, taken := []env.Value{env.Int(0), env.Int(1), env.Int(2), env.Int(0)}, error(nil)
	if n := testing.AllocsPerRun(50, func() { _, taken = s.StepEach(three, actions) }); n > 0 || taken != nil {
		t.Errorf("four frames allocate %v times: %v", n, taken)
	}
}

// From a caption alone, the first latent is that of one frame.
func TestFourFramesFromACaption(t *testing.T) {
	s := newSession(t, strided(t), SessionOptions{Height: 16, Width: 16})
	first, err := s.Prime(env.Context{Height: 16, Width: 16, Caption: "a ball"}, three, 1)
	if err != nil || len(first) != 16*16*3 || s.position[0] != 0 {
		t.Fatalf("a frame of %d bytes at %d: %v", len(first), s.position[0], err)
	}
	fourSteps(t, s, 0, 1, 2, 0)
}

// A strided dream is an environment whose step repeats its action: it keeps the environments' contract of time limit and rate, of
// snapshots, and of vectors. What asks for single frames is refused.
func TestStridedDream(t *testing.T) {
	m := strided(t)
	truth, err := env.Make("RigidCatch-v0?height=16&width=24&max_episode_steps=10")
	if err != nil {
		t.Fatal(err)
	}
	options := DreamOptions{Name: "dream", Spec: truth.Spec(), Source: FromSimulator(truth, 6), Steps: 2}
	d, err := NewDream(m, options)
	if err != nil {
		t.Fatal(err)
	}
	if spec := d.Spec(); spec.MaxEpisodeSteps != 3 || spec.FPS != truth.Spec().FPS/4 {
		t.Errorf("the dream has %d steps at %g a second", spec.MaxEpisodeSteps, spec.FPS)
	}
	vec, err := NewDreamVec(m, 2, options, env.SameStep)
	if err != nil {
		t.Fatal(err)
	}
	batch := env.NewBatch(vec.Spec().Observation, 2)
	seeds := []uint64{5, 6}
	if err := vec.Reset(env.VecResetOptions{Seeds: seeds}, batch); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Reset(env.Seeded(seeds[1])); err != nil {
		t.Fatal(err)
	}
	other, err := NewDream(m, options)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		snapshot, err := d.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		step, err := d.Step(env.Int(i))
		if err != nil {
			t.Fatal(err)
		}
		if err := vec.Step([]env.Value{env.Int(0), env.Int(i)}, batch); err != nil {
			t.Fatal(err)
		}
		if !batch.Terminated[1] && (!bytes.Equal(batch.Obs[1].U8, step.Obs.U8) || batch.Reward[1] != step.Reward) {
			t.Errorf("step %d: a dream of a vector is another than one alone", i)
		}
		if _, err := other.Restore(snapshot); err != nil {
			t.Fatal(err)
		}
		again, err := other.Step(env.Int(i))
		if err != nil || !bytes.Equal(again.Obs.U8, step.Obs.U8) || again.Reward != step.Reward {
			t.Errorf("step %d of a restored dream is another: %v", i, err)
		}
	}
	for what, err := range map[string]error{
		"foresight": second(NewForesight(m, truth.Spec(), 1, 1)), "lens": second(NewLens(m, truth.Spec())),
		"latents": second(NewLatentVec(m, 1, options, env.SameStep)), "observing": d.session.Observe(three, env.Int(0), truth.Spec().Observation.New()),
	} {
		if err == nil || !strings.Contains(err.Error(), "stands for 4 frames") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Frames that share a latent share its surprise, and come back through it in their places; of a clip that does not fill its
// latents, too.
func TestStridedSurpriseAndReconstruction(t *testing.T) {
	m := strided(t)
	context, spec := record(t, "RigidPush-v0?height=16&width=24", 10, 3)
	d := openDream(t, m, spec, FromClip(context))
	surprise, err := d.Surprise(context, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, spans := range [][2]int{{0, 2}, {2, 6}, {6, 10}} {
		for frame := spans[0]; frame < spans[1]; frame++ {
			if surprise[frame] != surprise[spans[0]] || i > 0 && surprise[frame] == surprise[spans[0]-1] || !(surprise[frame] > 0) {
				t.Errorf("the surprises are %v", surprise)
			}
		}
	}
	whole, err := d.Reconstruct(context)
	if err != nil {
		t.Fatal(err)
	}
	last := context
	last.Frames = context.Frames[len(context.Frames)/10*6:]
	part, err := d.Reconstruct(last)
	if err != nil || !bytes.Equal(part, whole[len(whole)-len(part):]) || bytes.Equal(part[:len(part)/4], part[len(part)/4*3:]) {
		t.Errorf("a span by itself comes back as another: %v", err)
	}
}

// Clips are completed by latents: frames that are given stay, whether they fill a latent or not, and the others see them.
func TestStridedComplete(t *testing.T) {
	m := strided(t)
	clip, spec := record(t, "RigidPush-v0?height=16&width=24", 13, 5)
	for name, given := range map[string][]int{
		"from nothing": nil, "animate": {0}, "forward": {0, 1, 2, 3, 4}, "loop": {0, 12}, "a part": {0, 1, 2}, "holes": {3, 10},
	} {
		for _, frames := range []int{13, 12, 1} {
			t.Run(fmt.Sprint(name, frames), func(t *testing.T) {
				r := request(clip, spec, given...)
				r.Frames = r.Frames[:frames]
				var last int
				pixels := complete(t, m, r, ClipOptions{Seed: 3, Steps: 2, Progress: func(done, total int) { last = done }})
				if last != frames {
					t.Errorf("at the end %d of %d frames are done", last, frames)
				}
				for f := range frames {
					got := pixels[f*len(pixels)/frames : (f+1)*len(pixels)/frames]
					if same := bytes.Equal(got, frameOf(clip, f)); same != slices.Contains(given, f) {
						t.Errorf("frame %d is the given one: %v", f, same)
					}
				}
				if len(given) == 0 || frames < 13 || name == "forward" {
					return
				}
				changed := request(clip, spec, given...)
				other := bytes.Clone(frameOf(clip, given[len(given)-1]))
				for i := range other {
					other[i] ^= 0x40
				}
				changed.Frames[given[len(given)-1]].Pixels = other
				if again := complete(t, m, changed, ClipOptions{Seed: 3, Steps: 2}); bytes.Equal(again[6*len(other):7*len(other)], pixels[6*len(other):7*len(other)]) {
					t.Error("a frame that is made does not see one that is given")
				}
			})
		}
	}
}

// A strided model says so in its file, and one whose parts say different things is refused.
func TestStridedSaveAndOpen(t *testing.T) {
	m := strided(t)
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	back, err := Open(path)
	if err != nil || back.Span() != 4 || back.Dynamics.Config != m.Dynamics.Config || back.Tokenizer.Config != m.Tokenizer.Config {
		t.Fatalf("it comes back as %+v: %v", back, err)
	}
	file, err := m.File()
	if err != nil {
		t.Fatal(err)
	}
	text := file.Metadata[metadataKey]
	for spoiled, want := range map[string]string{
		strings.Replace(text, `"time_stride":4`, `"time_stride":2`, 1):   "time_stride|frames each",
		strings.Replace(text, `"time_stride":4`, `"time_stride":-4`, 1):  "time_stride",
		strings.Replace(text, `"time_stride":4`, `"time_stride":1e6`, 1): "time_stride",
	} {
		file.Metadata[metadataKey] = spoiled
		if _, err := FromFile(file, "it"); err == nil || !slices.ContainsFunc(strings.Split(want, "|"), func(w string) bool { return strings.Contains(err.Error(), w) }) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if m, err := New("tiny", 1); err != nil || m.Span() != 1 {
		t.Errorf("the latents of tiny stand for %d frames: %v", m.Span(), err)
	}
}
