package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"somnium/evals"
	"somnium/world"
	"somnium/world/train"
)

// curve is the way of a run.
type curve struct {
	// Seconds is the processor time of its training so far.
	Seconds float64
	Points  []point
}

// point is a look at a run on its way.
type point struct {
	// Updates and Seconds are what had been made and taken till then, Loss is that on the held-out clips.
	Updates int
	Seconds float64
	Loss    float64
}

// result is what an arm came to with one seed.
type result struct {
	Arm  string
	Seed uint64
	curve
	// Figures are the values of the columns by name.
	Figures map[string]evals.Number
}

// runArm trains an arm to the end, looks at it on its way, and measures it.
func (h *harness) runArm(ctx context.Context, a arm, seed uint64) error {
	dir := h.folder(a, seed)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var p plan
	if there, err := read(h.path("plan.json"), &p); err != nil || !there {
		return errors.Join(err, fmt.Errorf("ablate: there is no plan in %s; run `make ablate`, which makes one before any arm", h.dir))
	}
	updates := p.Updates[a.Name]
	var way curve
	if _, err := read(filepath.Join(dir, "curve.json"), &way); err != nil {
		return err
	}
	m, err := newMeasurer(h.experiment)
	if err != nil {
		return err
	}
	defer m.close()
	for k := len(way.Points); k < h.experiment.Points; k++ {
		target := updates * (k + 1) / h.experiment.Points
		model, err := h.trainTo(ctx, a, seed, &way, updates, target)
		if err != nil {
			return errors.Join(err, write(filepath.Join(dir, "curve.json"), way))
		}
		loss, err := m.loss(ctx, model)
		if err != nil {
			return err
		}
		way.Points = append(way.Points, point{target, way.Seconds, loss})
		if err := write(filepath.Join(dir, "curve.json"), way); err != nil {
			return err
		}
	}
	model, err := world.Open(filepath.Join(dir, "weights.safetensors"))
	if err != nil {
		return err
	}
	figures, err := m.figures(ctx, model)
	if err != nil {
		return err
	}
	return write(filepath.Join(dir, "result.json"), result{Arm: a.Name, Seed: seed, curve: way, Figures: figures})
}

// trainTo trains an arm that is to make so many updates up to the target, counts what that takes, and returns the model with the
// averaged weights.
func (h *harness) trainTo(ctx context.Context, a arm, seed uint64, way *curve, updates, target int) (*world.Model, error) {
	options := h.options(a, seed, h.folder(a, seed), updates)
	weights := filepath.Join(options.Dir, "weights.safetensors")
	if m, err := world.Open(weights); err == nil && m.Info.DynamicsSteps >= target {
		return m, nil // it was stopped between its training and the look at it
	}
	inner, stop := context.WithCancel(ctx)
	defer stop()
	options.Report = func(l train.Loss) {
		if l.Step+1 >= target {
			stop()
		}
	}
	begin := processorTime()
	_, err := train.Run(inner, options)
	way.Seconds += processorTime() - begin
	if err != nil && (ctx.Err() != nil || !errors.Is(err, context.Canceled)) {
		return nil, err
	}
	return world.Open(weights)
}
