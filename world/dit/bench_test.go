package dit_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"somnium/world/dit"
)

// BenchmarkTrainingStep is one step of the small preset on four clips of 16 frames, and on one; and on four with a memory.
func BenchmarkTrainingStep(b *testing.B) {
	for _, clips := range []int{4, 1} {
		b.Run(fmt.Sprintf("clips=%d", clips), func(b *testing.B) { benchmarkTraining(b, dit.Small(16), clips) })
	}
	b.Run("memory", func(b *testing.B) { benchmarkTraining(b, dit.Small(16).WithMemory(), 4) })
}

func benchmarkTraining(b *testing.B, sizes dit.Config, clips int) {
	m, err := dit.New(sizes, 1)
	if err != nil {
		b.Fatal(err)
	}
	g, err := m.Graph(clips, 16, 8, 8)
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
	b.ReportMetric(float64(clips*b.N)/b.Elapsed().Seconds(), "clips/s")
}

// BenchmarkStep is one pass of the small preset over one frame of one dream, and of several at once; and of one with a memory.
func BenchmarkStep(b *testing.B) {
	for _, dreams := range []int{1, 4, 16} {
		b.Run(fmt.Sprintf("dreams=%d", dreams), func(b *testing.B) { benchmarkStep(b, dit.Small(16), dreams) })
	}
	b.Run("memory", func(b *testing.B) { benchmarkStep(b, dit.Small(16).WithMemory(), 1) })
}

func benchmarkStep(b *testing.B, sizes dit.Config, dreams int) {
	m, err := dit.New(sizes, 1)
	if err != nil {
		b.Fatal(err)
	}
	s, err := dit.NewStepper(m, dreams, 8, 8)
	if err != nil {
		b.Fatal(err)
	}
	c := m.Config
	tokens, features, positions := make([]float32, dreams*64*c.TokenSize()), make([]float32, dreams*c.FeatureSize()), make([]int, dreams)
	normal(rand.New(rand.NewPCG(1, 1)), tokens)
	b.ReportAllocs()
	for b.Loop() {
		s.Forward(tokens, features, positions, true)
		for i := range positions {
			positions[i]++
		}
	}
	b.ReportMetric(float64(dreams*b.N)/b.Elapsed().Seconds(), "frames/s")
}
