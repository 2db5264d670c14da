package train

import (
	"context"
	"fmt"
	"testing"

	"somnium/agents/all"
	"somnium/datasets"
	"somnium/env"
	"somnium/internal/nn"
	"somnium/world"
)

// BenchmarkUpdate is an update of the embedded model, on four clips of 16 frames at 64x64, from reading the clips to the moving
// average; in some, the model is shown frames of its own.
func BenchmarkUpdate(b *testing.B) {
	dir := b.TempDir()
	_, err := datasets.Collect(context.Background(), datasets.CollectOptions{
		Dir: dir, Envs: []string{"RigidCatch-v0"}, Episodes: 8, Seed: 1, MaxSteps: 64, NoStates: true,
		MakeAgent: func(name string, e env.Env) (datasets.Agent, error) { return all.New(name, e) },
	}, nil)
	if err != nil {
		b.Fatal(err)
	}
	for i, depth := range append([]int{0}, depths[:]...) {
		b.Run(fmt.Sprintf("dreamed=%d", depth), func(b *testing.B) { benchmarkUpdate(b, dir, i) })
	}
}

// benchmarkUpdate makes updates of the part-th part of a run, the first of which dreams nothing.
func benchmarkUpdate(b *testing.B, dir string, part int) {
	data, err := datasets.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	specs, err := data.Specs()
	if err != nil {
		b.Fatal(err)
	}
	model, err := world.Open("small")
	if err != nil {
		b.Fatal(err)
	}
	const steps = 1 << 20
	options := Options{DynamicsSteps: steps, SelfRollout: float64(len(depths)) / float64(1+len(depths))}.withDefaults()
	s := &dynamicsStage{model: model, options: options, specs: specs}
	optimizer := nn.NewOptimizer(s.params())
	s.tune(optimizer)
	sampler, err := datasets.NewSampler(data, s.sampling())
	if err != nil {
		b.Fatal(err)
	}
	defer sampler.Close()
	number := part * steps / (1 + len(depths))
	update := func() {
		number++
		batch, err := sampler.Next(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		step, _, err := s.gradients(batch, number)
		if err == nil {
			_, err = optimizer.Update(step, 1e-6)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	update()
	b.ReportAllocs()
	for b.Loop() {
		update()
	}
	b.ReportMetric(float64(options.Clips*b.N)/b.Elapsed().Seconds(), "clips/s")
}
