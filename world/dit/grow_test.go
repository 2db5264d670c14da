package dit_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"somnium/internal/nn"
	"somnium/world/dit"
)

// A model that has grown must compute what it grew from does, and give gradients to what is new.
func TestGrow(t *testing.T) {
	const frames, h, w = 5, 2, 3
	small := newModel(t)
	config := small.Config
	config.Layers, config.Actions, config.Vocabulary, config.Memory = 5, 12, 128, true
	config.Width, config.Heads, config.Hidden = config.Width/config.Heads*(config.Heads+2), config.Heads+2, config.Hidden+24
	big, err := dit.New(config, 9)
	if err != nil {
		t.Fatal(err)
	}
	if err := big.Grow(small); err != nil {
		t.Fatal(err)
	}
	var corrections, heads [2][]float32
	var grown *dit.Graph
	for i, m := range []*dit.Model{small, big} {
		g, err := m.Graph(1, frames, h, w)
		if err != nil {
			t.Fatal(err)
		}
		defer g.Step.Close()
		grown = g
		rng := rand.New(rand.NewPCG(5, 6))
		normal(rng, g.Batch.Tokens)
		normal(rng, g.Batch.Target)
		row, known := len(g.Batch.Features)/frames, small.Config.FeatureSize()
		for f := range frames { // the further actions are not taken
			normal(rng, g.Batch.Features[f*row:][:known])
		}
		for j := range g.Batch.Weights {
			g.Batch.Weights[j] = 1
		}
		if _, _, err := g.Run(); err != nil {
			t.Fatal(err)
		}
		corrections[i], heads[i] = g.Output()
	}
	if d := max(distance(corrections[0], corrections[1]), distance(heads[0], heads[1])); d > 1e-5 {
		t.Errorf("the grown model differs from the one that it grew from by %g, want at most 1e-5", d)
	}
	// What writes is zero where it is new, so it must learn first: from new heads and features, and into new channels.
	width, hidden := small.Config.Width, small.Config.Hidden
	for _, c := range []struct {
		name     string
		row, col int // from which on it is new
	}{
		{"layer/4/feed/out", 0, 0}, {"layer/0/attention/out", width, 0}, {"layer/0/attention/out", 0, width}, {"layer/0/feed/out", hidden, 0},
		{"layer/0/feed/out", 0, width}, {"embed/weight", 0, width}, {"embed/bias", 0, width}, {"layer/1/attention/memory/out", 0, 0},
	} {
		i := slices.IndexFunc(grown.Step.Params, func(p *nn.Param) bool { return p.Name == c.name })
		if i < 0 {
			t.Fatalf("there is no %s", c.name)
		}
		learns := 0
		cols := grown.Step.Params[i].Shape[len(grown.Step.Params[i].Shape)-1]
		for at, x := range grown.Step.Grads[i] {
			if at/cols >= c.row && at%cols >= c.col && x != 0 {
				learns++
			}
		}
		if learns == 0 {
			t.Errorf("%s from row %d and column %d on gets no gradient", c.name, c.row, c.col)
		}
	}
	if err := small.Grow(big); err == nil {
		t.Error("a model grew from a larger one")
	}
	config.Heads = 1
	if odd, err := dit.New(config, 1); err != nil || odd.Grow(small) == nil {
		t.Errorf("a model grew into heads of another width (%v)", err)
	}
}
