package main

import (
	"context"
	"errors"
	"math"

	"somnium/agents/all"
	"somnium/env"
	"somnium/evals"
	"somnium/world"
)

// heldOut chooses the block of held-out seeds.
const heldOut = 8

// measurer measures models in the scenes of an experiment. The same model gives the same figures.
type measurer struct {
	experiment experiment
	truths     []env.Env
	agents     []evals.Agent
}

func newMeasurer(e experiment) (*measurer, error) {
	m := &measurer{experiment: e}
	for _, s := range e.Scenes {
		truth, err := env.Make(s.Env)
		if err != nil {
			return nil, errors.Join(err, m.close())
		}
		m.truths = append(m.truths, truth)
		agent, err := all.New(s.Agent, truth)
		if err != nil {
			return nil, errors.Join(err, m.close())
		}
		m.agents = append(m.agents, agent)
	}
	return m, nil
}

func (m *measurer) close() error {
	var errs []error
	for _, truth := range m.truths {
		errs = append(errs, truth.Close())
	}
	return errors.Join(errs...)
}

// scenes returns the scenes that are wanted, with dreams of the model, and what closes these.
func (m *measurer) scenes(model *world.Model, wanted func(s scene) bool) (scenes []evals.Scene, done func(), err error) {
	done = func() {
		for _, s := range scenes {
			s.Dream.Close()
		}
	}
	for i, s := range m.experiment.Scenes {
		if !wanted(s) {
			continue
		}
		source, err := env.Make(s.Env)
		if err != nil {
			done()
			return nil, nil, err
		}
		spec := source.Spec()
		dream, err := world.NewDream(model, world.DreamOptions{Name: "dream of " + s.Env, Spec: spec, Source: world.FromSimulator(source, 0)})
		if err != nil {
			done()
			return nil, nil, errors.Join(err, source.Close())
		}
		limited := env.EnforceOrder(env.LimitTime(dream, spec.MaxEpisodeSteps))
		scenes = append(scenes, evals.Scene{Name: s.Env, Truth: m.truths[i], Dream: limited, Agent: m.agents[i]})
	}
	return scenes, done, nil
}

// loss returns the mean over all scenes of the denoising loss of held-out clips.
func (m *measurer) loss(ctx context.Context, model *world.Model) (float64, error) {
	own, _, err := m.surprise(ctx, model, func(scene) bool { return true })
	return own, err
}

// surprise returns the mean over scenes of the denoising loss of held-out clips under fixed noise, with their own actions and
// with those of other clips.
func (m *measurer) surprise(ctx context.Context, model *world.Model, wanted func(s scene) bool) (own, permuted float64, err error) {
	scenes, done, err := m.scenes(model, wanted)
	if err != nil {
		return 0, 0, err
	}
	defer done()
	r, err := evals.Actions(ctx, scenes, m.options(m.experiment.ActionClips))
	if err != nil {
		return 0, 0, err
	}
	for _, s := range scenes {
		own += value(r, s.Name, "surprise") / float64(len(scenes))
		permuted += value(r, s.Name, "surprise_permuted") / float64(len(scenes))
	}
	return own, permuted, nil
}

// gain returns by how many decibels the next frame is nearer than the better of copy and blur, on pixels that change.
func (m *measurer) gain(ctx context.Context, model *world.Model, wanted func(s scene) bool) (float64, error) {
	scenes, done, err := m.scenes(model, wanted)
	if err != nil {
		return 0, err
	}
	defer done()
	r, err := evals.NextFrame(ctx, scenes, m.options(m.experiment.NextClips))
	return value(r, evals.Pooled, "gain"), err
}

// drift returns how far the last half of long dreams is from the truth's motion and sharpness.
func (m *measurer) drift(ctx context.Context, model *world.Model, wanted func(s scene) bool) (float64, error) {
	scenes, done, err := m.scenes(model, wanted)
	if err != nil {
		return 0, err
	}
	defer done()
	o := m.options(0)
	o.Rollouts, o.Length, o.Window = m.experiment.Rollouts, m.experiment.Length, m.experiment.Length/2
	sum := 0.0
	for _, s := range scenes {
		r, err := evals.Rollout(ctx, s, o)
		if err != nil {
			return 0, err
		}
		sum += (octaves(value(r.Result, s.Name, "difference_ratio")) + octaves(value(r.Result, s.Name, "gradient_ratio"))) / 2
	}
	return sum / float64(len(scenes)), nil
}

func (m *measurer) options(clips int) evals.Options {
	return evals.Options{Seed: heldOut, Clips: clips}
}

// value returns a figure; of one for several windows, that of the last.
func value(r evals.Result, scene, name string) float64 {
	last := math.NaN()
	for _, f := range r.Figures {
		if f.Scene == scene && f.Name == name {
			last = float64(f.Value)
		}
	}
	return last
}

// octaves returns how often a ratio is doubled or halved, 8 at most, as for no motion at all and for no frames.
func octaves(ratio float64) float64 {
	if !(ratio > 0) {
		return 8
	}
	return min(8, math.Abs(math.Log2(ratio)))
}

// figures measures a model for every column but those of its run.
func (m *measurer) figures(ctx context.Context, model *world.Model) (map[string]evals.Number, error) {
	figures := map[string]evals.Number{}
	for _, w := range []struct {
		name  string
		voxel bool
	}{{"rigid", false}, {"voxel", true}} {
		in := func(also func(s scene) bool) func(s scene) bool {
			return func(s scene) bool { return s.Voxel == w.voxel && also(s) }
		}
		own, permuted, err := m.surprise(ctx, model, in(func(s scene) bool { return !s.Still }))
		if err != nil {
			return nil, err
		}
		gain, err := m.gain(ctx, model, in(func(scene) bool { return true }))
		if err != nil {
			return nil, err
		}
		drift, err := m.drift(ctx, model, in(func(s scene) bool { return s.Long }))
		if err != nil {
			return nil, err
		}
		figures["ratio "+w.name], figures["gain "+w.name], figures["drift "+w.name] = evals.Number(permuted/own), evals.Number(gain), evals.Number(drift)
	}
	for _, r := range m.experiment.Recalls {
		gain, err := m.recall(ctx, model, r)
		if err != nil {
			return nil, err
		}
		figures[r.Name] = evals.Number(gain)
	}
	return figures, nil
}
