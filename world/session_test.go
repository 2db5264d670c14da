package world

import (
	"bytes"
	"math"
	"runtime"
	"strings"
	"testing"

	"somnium/env"
)

var three = env.Discrete{N: 3}

// rollout primes the session and returns the frames, rewards and ends of so many steps.
func rollout(t *testing.T, s *Session, context env.Context, seed uint64, steps int) (frames []byte, numbers []float64) {
	t.Helper()
	if _, err := s.Prime(context, three, seed); err != nil {
		t.Fatal(err)
	}
	return steer(t, s, steps)
}

// steer steps an already primed session.
func steer(t *testing.T, s *Session, steps int) (frames []byte, numbers []float64) {
	t.Helper()
	for i := range steps {
		out, err := s.Step(three, env.Int(i*i%3))
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, out.Frame...)
		numbers = append(numbers, out.Reward, out.End)
	}
	return frames, numbers
}

func TestSessionIsAFunctionOfSeedContextAndActions(t *testing.T) {
	m := newModel(t)
	context, _ := record(t, "RigidCatch-v0?height=32&width=40", 5, 1)
	options := SessionOptions{Height: 32, Width: 40}
	procs := runtime.GOMAXPROCS(1)
	first, numbers := rollout(t, newSession(t, m, options), context, 7, 12)
	runtime.GOMAXPROCS(2)
	s := newSession(t, m, options)
	second, numbers2 := rollout(t, s, context, 7, 12)
	runtime.GOMAXPROCS(procs)
	if !bytes.Equal(first, second) {
		t.Error("one and two processors dream different frames")
	}
	for i := range numbers {
		if numbers[i] != numbers2[i] || math.IsNaN(numbers[i]) {
			t.Errorf("number %d is %g and %g", i, numbers[i], numbers2[i])
		}
	}
	if again, _ := rollout(t, s, context, 7, 12); !bytes.Equal(first, again) {
		t.Error("a session that is primed again remembers what was")
	}
	if other, _ := rollout(t, s, context, 8, 12); bytes.Equal(first, other) {
		t.Error("two seeds dream the same frames")
	}
	changed := context
	changed.Caption = "something else altogether"
	if other, _ := rollout(t, s, changed, 7, 12); bytes.Equal(first, other) {
		t.Error("two captions dream the same frames")
	}
	changed = context
	changed.Actions = nil
	if other, _ := rollout(t, s, changed, 7, 12); bytes.Equal(first, other) {
		t.Error("a context with and one without actions dream the same frames")
	}
	if _, err := s.Prime(context, three, 7); err != nil {
		t.Fatal(err)
	}
	out, err := s.Step(three, env.Int(1)) // rollout begins with 0
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(out.Frame, first[:len(out.Frame)]) {
		t.Error("two actions dream the same frame")
	}
}

// What lies further back than the model reaches changes nothing: dreams from a long context and from its tail are the same.
func TestLongContextsAreCutToTheReach(t *testing.T) {
	m := deep(t)
	reach := m.Dynamics.Config.Reach()
	context, _ := record(t, "RigidBounce-v0?height=16&width=16", reach+5, 2)
	tail := context
	tail.Frames = context.Frames[5*16*16*3:]
	tail.Actions = append([]env.Value{}, context.Actions[5:]...)
	s := newSession(t, m, SessionOptions{Height: 16, Width: 16, Steps: 1})
	step := func(c env.Context) []byte {
		if _, err := s.Prime(c, env.Discrete{N: 3}, 3); err != nil {
			t.Fatal(err)
		}
		frames, _ := steer(t, s, 1)
		return frames
	}
	if !bytes.Equal(step(context), step(tail)) {
		t.Error("a long context and its tail dream different frames")
	}
}

// A step allocates nothing and goes on allocating nothing long past the window, so a rollout's memory is constant; and what
// it dreams stays finite.
func TestStepDoesNotAllocate(t *testing.T) {
	m := newModel(t)
	context, _ := record(t, "RigidCatch-v0?height=32&width=32", 3, 1)
	s := newSession(t, m, SessionOptions{Height: 32, Width: 32, Steps: 2})
	if _, err := s.Prime(context, three, 1); err != nil {
		t.Fatal(err)
	}
	var space env.Space = three
	action := env.Int(2)
	var out Outcome
	var err error
	step := func() { out, err = s.Step(space, action) }
	for range 30 {
		step()
	}
	if n := testing.AllocsPerRun(300, step); n > 0 {
		t.Errorf("a step allocates %v times", n)
	}
	if err != nil || math.IsNaN(out.Reward) || math.IsNaN(out.End) || out.End < 0 || out.End > 1 {
		t.Errorf("after 330 steps the reward is %g, the end %g, the error %v", out.Reward, out.End, err)
	}
	for i, v := range s.latent {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			t.Fatalf("after 330 steps number %d of the latent is %g", i, v)
		}
	}
}

// Every number of denoising steps works, and each is another sampler.
func TestDenoisingSteps(t *testing.T) {
	m := newModel(t)
	context, _ := record(t, "RigidCatch-v0?height=32&width=32", 2, 1)
	seen := map[string]int{}
	for _, steps := range []int{1, 2, DefaultSteps, 8} {
		frames, _ := rollout(t, newSession(t, m, SessionOptions{Height: 32, Width: 32, Steps: steps}), context, 1, 2)
		if other, ok := seen[string(frames)]; ok {
			t.Errorf("%d and %d denoising steps dream the same", steps, other)
		}
		seen[string(frames)] = steps
	}
}

func TestForkGoesOnAlike(t *testing.T) { ofEveryKind(t, forkGoesOnAlike) }

func forkGoesOnAlike(t *testing.T, m *Model) {
	context, _ := record(t, "RigidCatch-v0?height=16&width=24", 3, 1)
	options := SessionOptions{Height: 16, Width: 24}
	a, b := newSession(t, m, options), newSession(t, m, options)
	rollout(t, b, context, 9, 3) // something else, to be forgotten
	rollout(t, a, context, 1, 20)
	if err := b.Fork(a); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.frame, b.frame) {
		t.Error("the fork shows another frame")
	}
	before := bytes.Clone(a.frame)
	frames, numbers := steer(t, b, 15)
	if !bytes.Equal(before, a.frame) {
		t.Error("stepping the fork changed its source")
	}
	want, wantNumbers := steer(t, a, 15)
	if !bytes.Equal(frames, want) || numbers[29] != wantNumbers[29] {
		t.Error("the fork dreams something else")
	}
	for name, other := range map[string]*Session{
		"size":  newSession(t, m, SessionOptions{Height: 24, Width: 16}),
		"steps": newSession(t, m, SessionOptions{Height: 16, Width: 24, Steps: 2}),
		"model": newSession(t, deep(t), options),
	} {
		if err := other.Fork(a); err == nil {
			t.Errorf("a session of another %s forked", name)
		}
	}
}

func TestSessionErrors(t *testing.T) {
	m := newModel(t)
	for _, options := range []SessionOptions{{Steps: -1}, {Steps: 65}, {Height: 32}, {Height: -8, Width: 8}} {
		if _, err := NewSession(m, options); err == nil {
			t.Errorf("a session of %+v was made", options)
		}
	}
	s := newSession(t, m, SessionOptions{Height: 32, Width: 32})
	if _, err := s.Step(three, env.Int(0)); err == nil || !strings.Contains(err.Error(), "prime") {
		t.Errorf("a step without a context: %v", err)
	}
	context, _ := record(t, "RigidCatch-v0?height=32&width=32", 3, 1)
	want, _ := rollout(t, s, context, 1, 3)
	if _, err := s.Prime(context, three, 1); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(c *env.Context){
		"no frame":         func(c *env.Context) { c.Frames, c.Actions, c.Caption = nil, nil, "" },
		"half a frame":     func(c *env.Context) { c.Frames = c.Frames[:len(c.Frames)-100] },
		"another size":     func(c *env.Context) { c.Height, c.Width = 16, 64 },
		"smaller frames":   func(c *env.Context) { c.Height, c.Width, c.Frames = 8, 8, c.Frames[:3*8*8*3] },
		"no size":          func(c *env.Context) { c.Height, c.Width = 0, 0 },
		"an action less":   func(c *env.Context) { c.Actions = c.Actions[:1] },
		"an action more":   func(c *env.Context) { c.Actions = append(c.Actions, env.Int(0)) },
		"an action out":    func(c *env.Context) { c.Actions = []env.Value{env.Int(0), env.Int(3)} },
		"an action absent": func(c *env.Context) { c.Actions = []env.Value{env.Int(0), {}} },
	} {
		bad := context
		bad.Actions = append([]env.Value{}, context.Actions...)
		spoil(&bad)
		if _, err := s.Prime(bad, three, 2); err == nil || !strings.HasPrefix(err.Error(), "world: ") {
			t.Errorf("%s: Prime returns %v", name, err)
		}
		if _, err := newSession(t, m, s.options).Surprise(bad, three, 2); err == nil || !strings.HasPrefix(err.Error(), "world: ") {
			t.Errorf("%s: Surprise returns %v", name, err)
		}
	}
	for _, bad := range []struct {
		space  env.Space
		action env.Value
	}{{three, env.Int(3)}, {three, env.Value{}}, {env.Discrete{N: 1000}, env.Int(0)}} {
		if _, err := s.Step(bad.space, bad.action); err == nil {
			t.Errorf("the action %v of %v was taken", bad.action, bad.space)
		}
	}
	if got, _ := steer(t, s, 3); !bytes.Equal(got, want) {
		t.Error("calls that failed have changed the dream")
	}
}
