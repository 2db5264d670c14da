package dit_test

import (
	"math/rand/v2"
	"testing"

	"somnium/world/dit"
)

// A model that has grown must compute what it grew from does, and give gradients to its new layers.
func TestGrow(t *testing.T) {
	const frames, h, w = 5, 2, 3
	small := newModel(t)
	config := small.Config
	config.Layers, config.Actions, config.Vocabulary = 5, 12, 128
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
	if d := max(distance(corrections[0], corrections[1]), distance(heads[0], heads[1])); d > 1e-6 {
		t.Errorf("the grown model differs from the one that it grew from by %g, want at most 1e-6", d)
	}
	learns := false
	for i, p := range grown.Step.Params {
		if p.Name == "layer/4/feed/out" {
			for _, x := range grown.Step.Grads[i] {
				learns = learns || x != 0
			}
		}
	}
	if !learns {
		t.Error("the last of the new layers gets no gradient")
	}
	if err := small.Grow(big); err == nil {
		t.Error("a model grew from a larger one")
	}
}
