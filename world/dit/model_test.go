package dit_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"somnium/internal/nn"
	"somnium/world/dit"
)

// A fresh model predicts the starting estimate itself, for every input.
func TestFreshModelCorrectsNothing(t *testing.T) {
	m, err := dit.New(dit.Tiny(4), 1)
	if err != nil {
		t.Fatal(err)
	}
	s, err := dit.NewStepper(m, 1, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	tokens, features := make([]float32, 6*m.Config.TokenSize()), make([]float32, m.Config.FeatureSize())
	rng := rand.New(rand.NewPCG(1, 0))
	for position := range 3 {
		normal(rng, tokens)
		normal(rng, features)
		correction, heads := s.Forward(tokens, features, []int{position}, true)
		if distance(correction, make([]float32, len(correction))) != 0 || heads[0] != 0 || heads[1] != 0 {
			t.Fatalf("frame %d: the correction is %v, the heads %v", position, correction, heads)
		}
	}
}

func TestTrainingLowersTheLoss(t *testing.T) {
	const clips, frames, h, w = 2, 4, 3, 2
	m, err := dit.New(dit.Tiny(4), 1)
	if err != nil {
		t.Fatal(err)
	}
	g, err := m.Graph(clips, frames, h, w)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Step.Close()
	rng := rand.New(rand.NewPCG(2, 3))
	b := &g.Batch
	normal(rng, b.Tokens)
	normal(rng, b.Features)
	normal(rng, b.Target)
	for i := range b.Weights {
		b.Weights[i] = rng.Float32()
	}
	for i := range b.Reward {
		b.Reward[i], b.End[i], b.Known[i] = rng.Float32(), float32(rng.IntN(2)), 1
	}
	b.Bidirectional[1], b.Words[0] = true, []int{1, 7}
	o := nn.NewOptimizer(m.Params)
	o.Rate, o.MuonRate, o.Clip = 2e-3, 2e-2, 1
	var firstTokens, firstHeads, lastTokens, lastHeads float64
	for step := range 60 {
		tokens, heads, err := g.Run()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Update(g.Step, 1); err != nil {
			t.Fatal(err)
		}
		if step == 0 {
			firstTokens, firstHeads = tokens, heads
		}
		lastTokens, lastHeads = tokens, heads
	}
	if lastTokens > firstTokens/5 || lastHeads > firstHeads/2 {
		t.Errorf("60 updates on one batch took the tokens' loss from %.4f to %.4f, want a fifth, and the heads' from %.4f to %.4f, want half",
			firstTokens, lastTokens, firstHeads, lastHeads)
	}
}

// Every weight of the graph gets a gradient, apart from those that the zero of a fresh model's last layers hides.
func TestEveryWeightLearns(t *testing.T) { withAndWithoutMemory(t, everyWeightLearns) }

func everyWeightLearns(t *testing.T, m *dit.Model) {
	g, err := m.Graph(1, 3, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Step.Close()
	rng := rand.New(rand.NewPCG(4, 5))
	normal(rng, g.Batch.Tokens)
	normal(rng, g.Batch.Features)
	normal(rng, g.Batch.Target)
	for i := range g.Batch.Weights {
		g.Batch.Weights[i] = 1
	}
	g.Batch.Known[1], g.Batch.Words[0] = 1, []int{5}
	if _, _, err := g.Run(); err != nil {
		t.Fatal(err)
	}
	if len(g.Step.Params) != len(m.Params.All()) {
		t.Errorf("%d of %d parameters are in the graph", len(g.Step.Params), len(m.Params.All()))
	}
	for i, p := range g.Step.Params {
		if distance(g.Step.Grads[i], make([]float32, len(p.Data))) == 0 {
			t.Errorf("%s has no gradient", p.Name)
		}
	}
}

func TestConfigCheck(t *testing.T) {
	for _, good := range []dit.Config{dit.Tiny(8), dit.Small(16), dit.Tiny(8).WithMemory()} {
		m, err := dit.New(good, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Params.Count(); got != good.Weights() {
			t.Errorf("%+v is said to have %d weights and has %d", good, good.Weights(), got)
		}
	}
	for want, spoil := range map[string]func(*dit.Config){
		"latent":     func(c *dit.Config) { c.Latent = 0 },
		"width":      func(c *dit.Config) { c.Width = 1 << 40 },
		"multiple":   func(c *dit.Config) { c.Width = 36 },
		"heads":      func(c *dit.Config) { c.Heads = -2 },
		"layers":     func(c *dit.Config) { c.Layers = 1 << 16 },
		"hidden":     func(c *dit.Config) { c.Hidden = math.MaxInt },
		"time_every": func(c *dit.Config) { c.TimeEvery = 0 },
		"window":     func(c *dit.Config) { c.Window = 1 << 20 },
		"actions":    func(c *dit.Config) { c.Actions = 0 },
		"vocabulary": func(c *dit.Config) { c.Vocabulary = math.MinInt },
		"weights":    func(c *dit.Config) { c.Width, c.Vocabulary = 1<<10, 1<<20 },
		"keys":       func(c *dit.Config) { c.Width, c.Window = 1<<10, 1<<12 },
		"states":     func(c *dit.Config) { c.Width, c.Window, c.Memory = 1<<10, 1<<9, true }, // whose keys and values alone would do
	} {
		c := dit.Tiny(8)
		spoil(&c)
		if _, err := dit.New(c, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: the error is %v, want one that names %s", c, err, want)
		}
	}
}

// What lies further back than Reach has no influence on a frame, and what lies within has.
func TestReach(t *testing.T) {
	m := newModel(t)
	c := m.Config
	const h, w = 2, 2
	frames := c.Reach() + 6
	rng := rand.New(rand.NewPCG(6, 7))
	tokens, features := make([][]float32, frames), make([]float32, c.FeatureSize())
	for f := range tokens {
		tokens[f] = make([]float32, h*w*c.TokenSize())
		normal(rng, tokens[f])
	}
	last := func(from int) []float32 {
		s, err := dit.NewStepper(m, 1, h, w)
		if err != nil {
			t.Fatal(err)
		}
		var out []float32
		for f := from; f < frames; f++ {
			out, _ = s.Forward(tokens[f], features, []int{f}, true)
		}
		return out
	}
	all := last(0)
	if d := distance(all, last(frames-c.Reach())); d > 1e-5 {
		t.Errorf("the newest frame changes by %g without what lies beyond Reach", d)
	}
	// The history is joined to the tokens, which are given here: the layers alone reach so many frames less.
	if d := distance(all, last(frames-c.Reach()+dit.History+2)); d < 1e-4 {
		t.Errorf("the newest frame changes by %g alone without a frame within the layers' reach", d)
	}
}
