package train

import (
	"context"
	"slices"
	"testing"

	"somnium/agents/all"
	"somnium/datasets"
	"somnium/env"
	"somnium/evals/metrics"
	"somnium/world"
)

// roundTrip returns the PSNR of frames of held-out episodes that have gone through the tokenizer and back, and of those that hold
// the first frame of each latent's span. The first frame of a clip counts for neither.
func roundTrip(t *testing.T, m *world.Model, name string, clips int) (coded, held float64) {
	t.Helper()
	truth, err := env.Make(name)
	if err != nil {
		t.Fatal(err)
	}
	span := m.Span()
	source := world.FromSimulator(truth, 1+span*6)
	defer source.Close()
	dream, err := world.NewDream(m, world.DreamOptions{Name: "dream", Spec: truth.Spec(), Source: source})
	if err != nil {
		t.Fatal(err)
	}
	var sum, still metrics.Errors
	for seed := range uint64(clips) {
		clip, err := source.Context(1<<40 + seed)
		if err != nil {
			t.Fatal(err)
		}
		back, err := dream.Reconstruct(clip)
		if err != nil {
			t.Fatal(err)
		}
		size := clip.Height * clip.Width * 3
		frame := func(frames []byte, i int) []byte { return frames[i*size : (i+1)*size] }
		for i := 1; i < clip.Len(); i++ {
			sum.Add(metrics.Of(frame(back, i), frame(clip.Frames, i)))
			still.Add(metrics.Of(frame(clip.Frames, i-(i-1)%span), frame(clip.Frames, i)))
		}
	}
	return sum.PSNR(), still.PSNR()
}

// collect records episodes of some environments and returns their folder.
func collect(t *testing.T, episodes int, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	_, err := datasets.Collect(context.Background(), datasets.CollectOptions{
		Dir: dir, Envs: names, Agents: []string{"sticky"}, Episodes: episodes, Seed: 1, MaxSteps: 40, NoStates: true, Workers: 1,
		MakeAgent: func(name string, e env.Env) (datasets.Agent, error) { return all.New(name, e) },
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// comeBack trains the tokenizer of four frames a latent, and holds it to so many decibels above the first of the four, held, in
// every scene, on seeds that it has not seen.
func comeBack(t *testing.T, updates int, above float64, names ...string) {
	t.Helper()
	options := tiny(t, collect(t, 40, names...))
	options.Preset, options.TokenizerSteps, options.DynamicsSteps, options.Rate = "tiny-stride4", updates, 0, 2
	m, err := Run(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		coded, held := roundTrip(t, m, name, 8)
		t.Logf("%s: %.1f dB, the first of four held %.1f dB", name, coded, held)
		if !(coded > held+above) {
			t.Errorf("%s: frames come back with %.1f dB, and the first of four, held, has %.1f", name, coded, held)
		}
	}
}

// A latent of four frames tells them apart: they come back nearer to the truth than the first of them is.
func TestSpansComeBack(t *testing.T) {
	comeBack(t, 200, 1, "RigidUniform-v0?height=24&width=24")
}

// Which frames of a clip are in which slot of its latents, and which transitions are learned: the first latent stands for one
// frame, and a clip that ends its episode begins at a whole span from the episode's beginning, its last frame held.
func TestWhichFramesAreInALatent(t *testing.T) {
	model, err := world.New("tiny-stride4", 1)
	if err != nil {
		t.Fatal(err)
	}
	s := &dynamicsStage{model: model, options: Options{Clips: 2, Frames: 11}, specs: map[string]env.Spec{"E": {Action: env.Discrete{N: 3}}}}
	if n := s.sampling().Frames; n != 9 || s.frames() != 3 {
		t.Fatalf("clips have %d frames and %d latents", n, s.frames())
	}
	batch := &datasets.Batch{
		Frames: make([]byte, 2*9*8*8*3), H: 8, W: 8, Actions: make([][]env.Value, 2), Rewards: make([]float32, 18), Ends: make([]float32, 18),
		Captions: make([]datasets.Caption, 2), Env: []string{"E", "E"}, Start: []int{6, 6}, Episode: []int{0, 1},
	}
	for i := range batch.Rewards {
		batch.Rewards[i] = float32(i % 9)
		batch.Actions[i/9] = append(batch.Actions[i/9], env.Int(i%9%3))
	}
	batch.Ends[17] = 1
	shape, err := s.shape(8, 8)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.gradients(batch, 0); err != nil {
		t.Fatal(err)
	}
	b := &shape.graph.Batch
	for clip, want := range [][]float32{{0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}, {2, 2, 2, 2, 3, 4, 5, 6, 7, 8, 8, 8}} {
		if got := b.Reward[clip*12 : (clip+1)*12]; !slices.Equal(got, want) {
			t.Errorf("clip %d: the frames are %v, want %v", clip, got, want)
		}
	}
	if want := []float32{0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0}; !slices.Equal(b.Known, want) {
		t.Errorf("the transitions that are learned are %v, want %v", b.Known, want)
	}
	if at := slices.Index(b.End, 1); at != 12+9 {
		t.Errorf("the end is in slot %d", at)
	}
	vector := make([]float32, model.Dynamics.Config.ActionSize())
	known, err := s.actionVector(vector, batch, 1, 2)
	want := make([]float32, len(vector))
	for slot, frame := range []int{7, 8, 8, 8} {
		want[slot*8+frame%3] = 1
	}
	if err != nil || !known || !slices.Equal(vector, want) {
		t.Errorf("the actions into the last latent are %v, want %v: %v", vector, want, err)
	}
	if known, err = s.actionVector(vector, batch, 1, 0); err != nil || known {
		t.Errorf("the actions into the first latent are known: %v", err)
	}
}

// A run of latents of four frames, with frames of its own at the end, goes on where it was stopped, and leaves a model that dreams.
func TestStridedRun(t *testing.T) {
	const name = "RigidCatch-v0?height=16&width=24"
	data := record(t, name)
	whole := tiny(t, data)
	whole.Preset, whole.Frames = "tiny-stride4", 19
	m, want := complete(t, whole)
	if m.Info.TokenizerFrames != 8*8*5 || m.Span() != 4 {
		t.Errorf("the model says of itself %+v", m.Info)
	}
	options := whole
	options.Dir = t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	options.Report = func(l Loss) {
		if l.Stage == "dynamics" && l.Step == 8 { // in the midst of the frames of its own
			cancel()
		}
	}
	if _, err := train(t, ctx, options, want); err == nil {
		t.Fatal("the run was not stopped")
	}
	options.Report = nil
	if _, err := train(t, context.Background(), options, want); err != nil {
		t.Fatal(err)
	}
	sameRun(t, options.Dir, whole.Dir)
}
