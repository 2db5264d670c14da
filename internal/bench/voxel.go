package main

import (
	"time"

	"somnium/agents/all"
	"somnium/datasets"
	"somnium/env"
)

// stretch is how long one side walks at a time: what a step costs depends on what is to be seen.
const stretch = 200 * time.Millisecond

// voxels compares the voxel world with Crafter, which it takes its achievements from: pictures of 64x64, random actions, one
// core. Our steps include the resets, and the agent, which keeps an action for a while; Crafter's do not, for a reset of its
// takes longer than the steps of an episode: it has a row of its own.
func voxels(p *peer) error {
	heading("the voxel world beside Crafter, one core")
	for _, c := range []struct {
		name, command, env string
		reset              bool
	}{
		{"step, flat", "steps", "VoxelSurvive-v0", false},
		{"step, textured", "steps", "VoxelSurvive-v0?textured=1", false},
		{"reset", "resets", "VoxelSurvive-v0", true},
	} {
		theirs, err := p.unit(c.command)
		if err != nil {
			return err
		}
		w, err := newWalk(c.env)
		if err != nil {
			return err
		}
		ours, label := w.steps, "steps/s"
		if c.reset {
			ours, label = w.resets, "resets/s"
		}
		if _, err := (contest{name: c.name, ours: ours, theirs: theirs, perUnit: 1, label: label, spell: stretch}).hold(); err != nil {
			return err
		}
	}
	return nil
}

// walk is an agent of random actions in an environment, warm after 1,000 steps.
type walk struct {
	env   env.Env
	agent datasets.Agent
	obs   env.Value
}

func newWalk(name string) (*walk, error) {
	e, err := env.Make(name)
	if err != nil {
		return nil, err
	}
	agent, err := all.New("sticky", e)
	if err != nil {
		return nil, err
	}
	agent.Reset(1)
	w := &walk{env: e, agent: agent}
	if w.obs, err = e.Reset(env.Seeded(1)); err != nil {
		return nil, err
	}
	_, err = w.steps(1000)
	return w, err
}

// steps takes count steps, and begins anew where an episode ends.
func (w *walk) steps(count int) (time.Duration, error) {
	start := time.Now()
	for range count {
		step, err := w.env.Step(w.agent.Act(w.obs))
		if err != nil {
			return 0, err
		}
		if w.obs = step.Obs; step.Done() {
			if w.obs, err = w.env.Reset(env.ResetOptions{}); err != nil {
				return 0, err
			}
		}
	}
	return time.Since(start), nil
}

// resets begins count episodes.
func (w *walk) resets(count int) (time.Duration, error) {
	start := time.Now()
	for range count {
		if _, err := w.env.Reset(env.ResetOptions{}); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}
