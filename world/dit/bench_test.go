package dit_test

import (
	"math/rand/v2"
	"testing"

	"somnium/world/dit"
)

// BenchmarkTrainingStep is one step of the small preset on four clips of 16 frames.
func BenchmarkTrainingStep(b *testing.B) {
	m, err := dit.New(dit.Small(16), 1)
	if err != nil {
		b.Fatal(err)
	}
	g, err := m.Graph(4, 16, 8, 8)
	if err != nil {
		b.Fatal(err)
	}
	defer g.Step.Close()
	normal(rand.New(rand.NewPCG(1, 1)), g.Batch.Tokens)
	for i := range g.Batch.Weights {
		g.Batch.Weights[i] = 1
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := g.Run(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(4*float64(b.N)/b.Elapsed().Seconds(), "clips/s")
}

// BenchmarkStep is one pass of the small preset over one frame.
func BenchmarkStep(b *testing.B) {
	m, err := dit.New(dit.Small(16), 1)
	if err != nil {
		b.Fatal(err)
	}
	s, err := dit.NewStepper(m, 1, 8, 8)
	if err != nil {
		b.Fatal(err)
	}
	c := m.Config
	tokens, features, positions := make([]float32, 64*4*c.Latent), make([]float32, 3*17+1+c.Actions), []int{0}
	b.ReportAllocs()
	for b.Loop() {
		s.Forward(tokens, features, positions, true)
		positions[0]++
	}
}
