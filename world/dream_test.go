package world

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"somnium/env"
	"somnium/env/envtest"
)

// newDream makes a dream of the model in the place of a simulator, wrapped as `somnium` wraps it.
func newDream(t testing.TB, m *Model, name string, steps int) (env.Env, error) {
	t.Helper()
	truth, err := env.Make(name)
	if err != nil {
		return nil, err
	}
	d, err := NewDream(m, DreamOptions{Name: DreamName("test", name), Spec: truth.Spec(), Source: FromSimulator(truth, 0), Steps: steps})
	if err != nil {
		return nil, err
	}
	return env.EnforceOrder(env.LimitTime(d, truth.Spec().MaxEpisodeSteps)), nil
}

// A dream keeps the contract of environments, of two models and at two sizes. Within the run, the smaller one's frames leave
// its reach.
func TestDreamKeepsTheContract(t *testing.T) {
	for name, m := range map[string]*Model{
		"RigidCatch-v0?height=32&width=32&max_episode_steps=24": newModel(t),
		"RigidCatch-v0?height=48&width=80&max_episode_steps=12": deep(t),
	} {
		t.Run(name, func(t *testing.T) {
			envtest.Options{Steps: 20}.TestEnv(t, func() (env.Env, error) { return newDream(t, m, name, 1) })
		})
	}
}

// openDream returns a dream that nothing wraps.
func openDream(t *testing.T, m *Model, spec env.Spec, source Source) *Dream {
	t.Helper()
	d, err := NewDream(m, DreamOptions{Name: "dream:test@" + spec.ID, Spec: spec, Source: source, Steps: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestDreamSpec(t *testing.T) {
	_, spec := record(t, "RigidCatch-v0?height=48&width=80&max_episode_steps=9", 1, 1)
	got := openDream(t, newModel(t), spec, nil).Spec()
	if got.ID != "dream:test@"+spec.ID || got.Params != nil || got.MaxEpisodeSteps != 9 || got.FPS != spec.FPS || !strings.Contains(got.Doc, spec.Doc) {
		t.Errorf("the spec is %+v", got)
	}
	for name, change := range map[string]func(s *env.Spec){
		"not a picture":         func(s *env.Spec) { s.Observation = env.Discrete{N: 2} },
		"too many actions":      func(s *env.Spec) { s.Action = env.Discrete{N: 1000} },
		"actions that are text": func(s *env.Spec) { s.Action = env.Dict{} },
	} {
		bad := spec
		change(&bad)
		if _, err := NewDream(newModel(t), DreamOptions{Spec: bad}); err == nil || !strings.HasPrefix(err.Error(), "world: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A clip with its actions, the same without, and a single picture all start dreams, which begin with the last frame.
func TestPrime(t *testing.T) {
	context, spec := record(t, "RigidCatch-v0?height=32&width=32", 5, 1)
	d := openDream(t, newModel(t), spec, nil)
	if _, err := d.Reset(env.Seeded(1)); err == nil || !strings.Contains(err.Error(), "Prime") {
		t.Errorf("a reset without a source: %v", err)
	}
	silent, picture := context, context
	silent.Actions = nil
	picture.Frames, picture.Actions = context.Frames[:32*32*3], nil
	empty := picture
	empty.Actions = []env.Value{}
	for i, c := range []env.Context{context, silent, picture, empty} {
		obs, err := d.Prime(c)
		if err != nil {
			t.Fatalf("context %d: %v", i, err)
		}
		if want := c.Frames[len(c.Frames)-32*32*3:]; !bytes.Equal(obs.Pixels(), want) {
			t.Errorf("context %d: the first observation is not its last frame", i)
		}
		step, err := d.Step(env.Int(1))
		if err != nil || spec.Observation.Contains(step.Obs) != nil {
			t.Errorf("context %d: the first step gives %v", i, err)
		}
	}
	context.Height = 31
	if _, err := d.Prime(context); err == nil {
		t.Error("a context of another size was taken")
	}
}

// failing is a source that has none.
type failing struct{ closed int }

func (f *failing) Context(uint64) (env.Context, error) { return env.Context{}, os.ErrNotExist }
func (f *failing) Close() error                        { f.closed++; return os.ErrInvalid }

func TestSourcesErrorsComeThrough(t *testing.T) {
	_, spec := record(t, "RigidCatch-v0?height=32&width=32", 1, 1)
	source := &failing{}
	d := openDream(t, newModel(t), spec, source)
	if _, err := d.Reset(env.Seeded(1)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Reset returns %v", err)
	}
	if err := d.Close(); !errors.Is(err, os.ErrInvalid) || d.Close() != nil || source.closed != 1 {
		t.Errorf("Close returns %v and closed the source %d times", err, source.closed)
	}
	for name, call := range map[string]func() error{
		"Reset":    func() error { _, err := d.Reset(env.Seeded(1)); return err },
		"Step":     func() error { _, err := d.Step(env.Int(0)); return err },
		"Prime":    func() error { _, err := d.Prime(env.Context{}); return err },
		"Snapshot": func() error { _, err := d.Snapshot(); return err },
		"Restore":  func() error { _, err := d.Restore(nil); return err },
		"Surprise": func() error { _, err := d.Surprise(env.Context{}, 1); return err },
	} {
		if err := call(); !errors.Is(err, env.ErrClosed) {
			t.Errorf("%s of a closed dream returns %v", name, err)
		}
	}
}

// short ends its episode with step `over`.
type short struct {
	env.Env
	over, step int
}

func (s *short) Reset(o env.ResetOptions) (env.Value, error) { s.step = 0; return s.Env.Reset(o) }

func (s *short) Step(action env.Value) (env.Step, error) {
	s.step++
	step, err := s.Env.Step(action)
	step.Terminated = s.step == s.over
	return step, err
}

// A dream does not begin where an episode has ended.
func TestSimulatorsGiveNoTerminalFrame(t *testing.T) {
	for over, want := range map[int]int{1: 1, 3: 3, 5: 5, 7: 5} {
		truth, err := env.Make("RigidCatch-v0?height=16&width=16")
		if err != nil {
			t.Fatal(err)
		}
		source := FromSimulator(&short{Env: truth, over: over}, 5)
		context, err := source.Context(3)
		if err != nil || context.Len() != want || len(context.Actions) != want-1 {
			t.Errorf("an episode that ends with step %d gives %d frames and %d actions (%v), want %d frames", over, context.Len(), len(context.Actions), err, want)
		}
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestClipsAreSources(t *testing.T) {
	context, spec := record(t, "RigidCatch-v0?height=32&width=32", 3, 1)
	context.Caption = "a ball and a paddle"
	d := openDream(t, newModel(t), spec, FromClip(context))
	if short, _ := d.Captions(); short == "" {
		t.Error("a dream that has not begun has no caption")
	}
	for seed := range uint64(3) {
		obs, err := d.Reset(env.Seeded(seed))
		if err != nil || !bytes.Equal(obs.Pixels(), context.Frames[2*32*32*3:]) {
			t.Errorf("seed %d does not begin with the clip's last frame: %v", seed, err)
		}
	}
	if short, long := d.Captions(); short != context.Caption || long != context.Caption {
		t.Errorf("the captions are %q and %q", short, long)
	}
}

// What Reconstruct returns is each frame through the codec, and the dream goes on as if nothing had been asked.
func TestReconstruct(t *testing.T) {
	context, spec := record(t, "RigidCatch-v0?height=30&width=46", 3, 1)
	m := newModel(t)
	d, quiet := openDream(t, m, spec, FromClip(context)), openDream(t, m, spec, FromClip(context))
	for _, one := range []*Dream{d, quiet} {
		if _, err := one.Reset(env.Seeded(1)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := d.Reconstruct(context)
	if err != nil {
		t.Fatal(err)
	}
	codec := newSession(t, m, SessionOptions{Height: 30, Width: 46}).codec
	latent, want := make([]float32, codec.LatentSize()), make([]byte, codec.FrameSize())
	for i := range context.Len() {
		codec.Encode(latent, context.Frames[i*len(want):(i+1)*len(want)])
		codec.Decode(want, latent)
		if !bytes.Equal(got[i*len(want):(i+1)*len(want)], want) {
			t.Errorf("frame %d is not what the codec makes of it", i)
		}
	}
	if _, err := d.Surprise(context, 1); err != nil {
		t.Fatal(err)
	}
	a, err := d.Step(env.Int(0))
	b, err2 := quiet.Step(env.Int(0))
	if err != nil || err2 != nil || !bytes.Equal(a.Obs.U8, b.Obs.U8) || a.Reward != b.Reward {
		t.Errorf("Reconstruct and Surprise disturbed the dream: %v, %v", err, err2)
	}
	context.Width = 45
	if _, err := d.Reconstruct(context); err == nil {
		t.Error("frames of another size were reconstructed")
	}
}

// Of a fresh model, whose prediction is the starting estimate: a frame that repeats the one before surprises less than a cut
// to another scene. Of any model: equal seeds give equal numbers, and later frames change nothing.
func TestSurprise(t *testing.T) {
	const size = 32 * 32 * 3
	first, spec := record(t, "RigidCatch-v0?height=32&width=32", 1, 1)
	second, _ := record(t, "RigidPush-v0?height=32&width=32", 1, 2)
	clip := env.Context{Height: 32, Width: 32, Frames: slices.Concat(first.Frames, first.Frames, first.Frames, second.Frames)}
	fresh, err := New("tiny", 1)
	if err != nil {
		t.Fatal(err)
	}
	d := openDream(t, fresh, spec, nil)
	values, err := d.Surprise(clip, 5)
	if err != nil || len(values) != 4 {
		t.Fatalf("%v, %v", values, err)
	}
	if !(values[2] < values[3]/2) {
		t.Errorf("a still frame surprises by %g, a cut by %g", values[2], values[3])
	}
	// A second look is at other levels, of less signal: a first frame, which nothing announces, surprises more.
	again, err := d.Surprise(clip, 5|env.SecondLook)
	if err != nil || !(again[0] > 1.1*values[0]) {
		t.Errorf("in a second look a first frame surprises by %g, in the first by %g: %v", again[0], values[0], err)
	}
	d = openDream(t, newModel(t), spec, nil)
	ask := func(c env.Context, seed uint64) []float64 {
		values, err := d.Surprise(c, seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if !(v >= 0) || math.IsInf(v, 0) {
				t.Fatalf("the surprises are %v", values)
			}
		}
		return values
	}
	all := ask(clip, 5)
	if !slices.Equal(all, ask(clip, 5)) || slices.Equal(all, ask(clip, 6)) {
		t.Error("the surprise does not follow the seed")
	}
	part := clip
	part.Frames = clip.Frames[:2*size]
	if !slices.Equal(ask(part, 5), all[:2]) {
		t.Error("the surprise of a frame depends on those after it")
	}
	acted := clip
	acted.Actions = []env.Value{env.Int(0), env.Int(1), env.Int(2)}
	if got := ask(acted, 5); got[0] != all[0] || got[1] == all[1] {
		t.Errorf("with actions the surprises are %v, without %v", got, all)
	}
}

func TestDreamNames(t *testing.T) {
	for _, c := range []struct {
		name, model, environment string
		ok                       bool
	}{
		{"dream:small", "small", "", true},
		{"dream:out/a@b/w.safetensors@RigidCatch-v0?height=48", "out/a@b/w.safetensors", "RigidCatch-v0?height=48", true},
		{"dream:", "", "", true},
		{"dream:@", "", "", true},
		{"RigidCatch-v0", "", "", false},
		{"drea", "", "", false},
		{"", "", "", false},
	} {
		model, environment, ok := ParseDream(c.name)
		if model != c.model || environment != c.environment || ok != c.ok {
			t.Errorf("%q is taken apart as %q, %q, %v", c.name, model, environment, ok)
		}
	}
	if model, environment, ok := ParseDream(DreamName(filepath.Join("a", "b"), "X-v0")); model != filepath.Join("a", "b") || environment != "X-v0" || !ok {
		t.Errorf("a name comes back as %q, %q, %v", model, environment, ok)
	}
}

// A recording may not tell its action space. Nobody could act in a dream of it.
func TestDreamsNeedAnActionSpace(t *testing.T) {
	context, spec := record(t, "RigidCatch-v0?height=32&width=32", 1, 1)
	spec.Action = nil
	if _, err := NewDream(newModel(t), DreamOptions{Spec: spec, Source: FromClip(context)}); err == nil || !strings.Contains(err.Error(), "action space") {
		t.Errorf("a dream without an action space: %v", err)
	}
}
