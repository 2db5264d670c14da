package dit_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"somnium/env"
	"somnium/world/diffusion"
	"somnium/world/dit"
)

// newModel returns a tiny model none of whose weights is zero, as if it had been trained.
func newModel(t *testing.T) *dit.Model { return trained(t, dit.Tiny(4)) }

// withAndWithoutMemory runs body on a model of either kind.
func withAndWithoutMemory(t *testing.T, body func(t *testing.T, m *dit.Model)) {
	t.Helper()
	t.Run("without memory", func(t *testing.T) { body(t, newModel(t)) })
	t.Run("with memory", func(t *testing.T) { body(t, trained(t, dit.Tiny(4).WithMemory())) })
}

func trained(t *testing.T, c dit.Config) *dit.Model {
	t.Helper()
	m, err := dit.New(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for _, p := range m.Params.All() {
		for i := range p.Data {
			p.Data[i] += float32(rng.NormFloat64() * 0.1)
		}
	}
	return m
}

func normal(rng *rand.Rand, dst []float32) {
	for i := range dst {
		dst[i] = float32(rng.NormFloat64())
	}
}

// The stepper, which has no graph, must agree with the graph that training differentiates, also beyond the window.
func TestStepperAgreesWithGraph(t *testing.T) { withAndWithoutMemory(t, stepperAgreesWithGraph) }

func stepperAgreesWithGraph(t *testing.T, m *dit.Model) {
	const clips, frames, h, w = 2, 11, 3, 2
	g, err := m.Graph(clips, frames, h, w)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Step.Close()
	rng := rand.New(rand.NewPCG(5, 6))
	normal(rng, g.Batch.Tokens)
	normal(rng, g.Batch.Features)
	for i := range g.Batch.Weights {
		g.Batch.Weights[i] = 1
	}
	g.Batch.Words[1] = []int{3, 9, 9}
	if _, _, err := g.Run(); err != nil {
		t.Fatal(err)
	}
	correction, heads := g.Output()
	s, err := dit.NewStepper(m, clips, h, w)
	if err != nil {
		t.Fatal(err)
	}
	s.Words(1, g.Batch.Words[1])
	tokenRow, featureRow, outRow := len(g.Batch.Tokens)/clips/frames, len(g.Batch.Features)/clips/frames, len(correction)/clips/frames
	tokens, features, positions := make([]float32, clips*tokenRow), make([]float32, clips*featureRow), make([]int, clips)
	worst := 0.0
	for f := range frames {
		for b := range clips {
			at := b*frames + f
			copy(tokens[b*tokenRow:], g.Batch.Tokens[at*tokenRow:(at+1)*tokenRow])
			copy(features[b*featureRow:], g.Batch.Features[at*featureRow:(at+1)*featureRow])
			positions[b] = f
		}
		s.Forward(tokens, features, positions, false) // looking twice must change nothing
		gotCorrection, gotHeads := s.Forward(tokens, features, positions, true)
		for b := range clips {
			at := b*frames + f
			worst = max(worst, distance(gotCorrection[b*outRow:(b+1)*outRow], correction[at*outRow:(at+1)*outRow]))
			worst = max(worst, distance(gotHeads[b*2:b*2+2], heads[at*2:at*2+2]))
		}
	}
	if worst > 1e-4 {
		t.Errorf("the stepper differs from the graph by %g, want at most 1e-4", worst)
	}
}

func distance(a, b []float32) float64 {
	d := 0.0
	for i := range a {
		d = max(d, math.Abs(float64(a[i]-b[i])))
	}
	return d
}

func TestBidirectionalRowsSeeTheFuture(t *testing.T) {
	withAndWithoutMemory(t, bidirectionalRowsSeeTheFuture)
}

func bidirectionalRowsSeeTheFuture(t *testing.T, m *dit.Model) {
	const clips, frames, h, w = 2, 4, 2, 2
	g, err := m.Graph(clips, frames, h, w)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Step.Close()
	g.Batch.Bidirectional[1] = true
	rng := rand.New(rand.NewPCG(7, 8))
	normal(rng, g.Batch.Tokens)
	run := func() []float32 {
		if _, _, err := g.Run(); err != nil {
			t.Fatal(err)
		}
		out, _ := g.Output()
		return append([]float32(nil), out...)
	}
	before := run()
	row := len(g.Batch.Tokens) / clips / frames
	for b := range clips { // change the last frame of each clip
		normal(rng, g.Batch.Tokens[(b*frames+frames-1)*row:(b+1)*frames*row])
	}
	after := run()
	out := len(before) / clips / frames
	if d := distance(before[:out], after[:out]); d != 0 {
		t.Errorf("the first frame of the causal clip changed by %g with the last", d)
	}
	if d := distance(before[frames*out:][:out], after[frames*out:][:out]); d == 0 {
		t.Error("the first frame of the bidirectional clip did not change with the last")
	}
}

func TestStepperDoesNotAllocate(t *testing.T) { withAndWithoutMemory(t, stepperDoesNotAllocate) }

func stepperDoesNotAllocate(t *testing.T, m *dit.Model) {
	s, err := dit.NewStepper(m, 1, 4, 4)
	if err != nil {
		t.Fatal(err)
	}
	c := m.Config
	tokens, features, positions := make([]float32, 16*4*c.Latent), make([]float32, 3*17+1+c.Actions), []int{0}
	step := func() {
		s.Forward(tokens, features, positions, false)
		s.Forward(tokens, features, positions, true)
		positions[0]++
	}
	for range 20 {
		step()
	}
	if n := testing.AllocsPerRun(20, step); n > 0 {
		t.Errorf("a step allocates %v times", n)
	}
}

// A frame that was shown is seen by later ones as one that was predicted and committed, to the bit, also where showing it is
// what packs the weights.
func TestShownFramesAreSeenLikePredictedOnes(t *testing.T) {
	withAndWithoutMemory(t, shownFramesAreSeenLikePredictedOnes)
}

func shownFramesAreSeenLikePredictedOnes(t *testing.T, m *dit.Model) {
	var steppers [2]*dit.Stepper
	for i := range steppers {
		var err error
		if steppers[i], err = dit.NewStepper(m, 1, 2, 2); err != nil {
			t.Fatal(err)
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	tokens, features := make([]float32, 4*4*m.Config.Latent), make([]float32, m.Config.FeatureSize())
	for f := range 3 {
		normal(rng, tokens)
		steppers[0].Show(tokens, features, []int{f})
		steppers[1].Forward(tokens, features, []int{f}, true)
	}
	normal(rng, tokens)
	shown, _ := steppers[0].Forward(tokens, features, []int{3}, false)
	predicted, _ := steppers[1].Forward(tokens, features, []int{3}, false)
	if d := distance(shown, predicted); d != 0 {
		t.Errorf("what follows differs by %g", d)
	}
}

func TestForkedDreamsGoOnAlike(t *testing.T) { withAndWithoutMemory(t, forkedDreamsGoOnAlike) }

func forkedDreamsGoOnAlike(t *testing.T, m *dit.Model) {
	s, err := dit.NewStepper(m, 2, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	tokens, features := make([]float32, 2*4*4*m.Config.Latent), make([]float32, 2*(3*17+1+m.Config.Actions))
	for f := range 3 {
		normal(rng, tokens)
		s.Forward(tokens, features, []int{f, f}, true)
	}
	s.Fork(1, s, 0)
	half := len(tokens) / 2
	normal(rng, tokens[:half])
	copy(tokens[half:], tokens[:half])
	out, _ := s.Forward(tokens, features, []int{3, 3}, false)
	if d := distance(out[:len(out)/2], out[len(out)/2:]); d != 0 {
		t.Errorf("a fork differs from its source by %g", d)
	}
}

func TestActionVector(t *testing.T) {
	c := dit.Tiny(4)
	dst := make([]float32, c.Actions)
	if err := c.ActionVector(dst, env.Discrete{N: 3}, env.Int(2)); err != nil || dst[2] != 1 || dst[0] != 0 {
		t.Errorf("Discrete(3) 2 became %v, %v", dst, err)
	}
	if err := c.ActionVector(dst, env.MultiDiscrete{Nvec: []int{2, 3}}, env.Value{Int: []int{1, 2}}); err != nil || dst[1] != 1 || dst[4] != 1 {
		t.Errorf("MultiDiscrete([2 3]) [1 2] became %v, %v", dst, err)
	}
	for _, bad := range []struct {
		space env.Space
		value env.Value
	}{{env.Discrete{N: 3}, env.Int(3)}, {env.Discrete{N: 99}, env.Int(0)}, {env.Discrete{N: 3}, env.Value{}}} {
		if err := c.ActionVector(dst, bad.space, bad.value); err == nil {
			t.Errorf("%v %v was accepted", bad.space, bad.value)
		}
	}
}

func TestWords(t *testing.T) {
	c := dit.Tiny(4)
	if got := c.Words(""); len(got) != 0 {
		t.Errorf("an empty caption has words %v", got)
	}
	a, b := c.Words("A red disc, falling."), c.Words("a red disc falling")
	if len(a) != 7 || len(a) != len(b) {
		t.Fatalf("got %d and %d ids, want 4 words and 3 pairs", len(a), len(b))
	}
	for i := range a {
		if a[i] != b[i] || a[i] < 0 || a[i] >= c.Vocabulary {
			t.Errorf("id %d is %d and %d", i, a[i], b[i])
		}
	}
	if got := dit.Split("A minecraft-style world: 2.5 blocks, head-on."); !slices.Equal(got, []string{"a", "minecraft", "style", "world", "2.5", "blocks", "head", "on"}) {
		t.Errorf("the words are %q", got)
	}
}

// Known frames carry as much noise in training as in dreams: the noise of every level that is drawn is scaled alike, and by
// nothing in a model that does not say.
func TestContextNoise(t *testing.T) {
	c := dit.Tiny(8)
	for _, noise := range []float32{0, 0.03, 0.003, 0.1, 0.2} {
		c.ContextNoise = noise
		if err := c.Check(); err != nil {
			t.Errorf("context noise of %g: %v", noise, err)
		}
		if got, want := c.ContextLevel(), c.KnownLevel(diffusion.ContextLevel); math.Abs(float64(got-want)) > 1e-6 {
			t.Errorf("with context noise of %g, dreams show known frames at level %g, and training takes that level to %g", noise, got, want)
		}
		if got := c.KnownLevel(1); got != 1 {
			t.Errorf("with context noise of %g, a frame without any gets level %g", noise, got)
		}
	}
	c.ContextNoise = 0
	for _, level := range []float32{diffusion.KnownLevel, 0.95, 0.97, 1} {
		if got := c.KnownLevel(level); got != level {
			t.Errorf("level %g becomes %g by itself", level, got)
		}
	}
	for _, noise := range []float32{-0.01, 0.21, float32(math.NaN())} {
		c.ContextNoise = noise
		if err := c.Check(); err == nil {
			t.Errorf("context noise of %g is taken", noise)
		}
	}
}
