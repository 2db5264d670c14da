package evals

import (
	"context"
	"fmt"
	"slices"
	"time"

	"somnium/env"
)

// leader is the truth with the agent that acts in it.
type leader struct {
	scene Scene
	seed  uint64
	obs   env.Value
	over  bool
}

// start begins the episode and plays it for so many frames, or to its end.
func (l *leader) start(ctx context.Context, height, width, frames int) (env.Context, error) {
	c := env.Context{Height: height, Width: width, Actions: []env.Value{}}
	obs, err := l.scene.Truth.Reset(env.Seeded(l.seed))
	if err != nil {
		return c, fmt.Errorf("evals: starting %s from seed %d: %w", l.scene.Name, l.seed, err)
	}
	l.scene.Agent.Reset(l.seed ^ agentStream)
	if words, ok := env.As[env.Captioner](l.scene.Truth); ok {
		c.Caption, _ = words.Captions()
	}
	l.obs = obs
	c.Frames = append(c.Frames, obs.Pixels()...)
	for !l.over && c.Len() < frames {
		if err := ctx.Err(); err != nil {
			return c, err
		}
		action, step, err := l.step()
		if err != nil {
			return c, err
		}
		c.Actions = append(c.Actions, action)
		c.Frames = append(c.Frames, step.Obs.Pixels()...)
	}
	return c, nil
}

// step lets the agent act, and returns its action in memory of its own.
func (l *leader) step() (env.Value, env.Step, error) {
	action := l.scene.Agent.Act(l.obs).Clone()
	step, err := l.scene.Truth.Step(action)
	if err != nil {
		return action, step, fmt.Errorf("evals: stepping %s from seed %d: %w", l.scene.Name, l.seed, err)
	}
	l.obs, l.over = step.Obs, step.Done()
	return action, step, nil
}

// ahead lets the agent act for so many frames, or to the end of the episode, and returns its actions and the steps.
func (l *leader) ahead(frames int) (actions []env.Value, steps []env.Step, err error) {
	for !l.over && len(actions) < frames {
		action, step, err := l.step()
		if err != nil {
			return nil, nil, err
		}
		step.Obs = step.Obs.Clone()
		actions, steps = append(actions, action), append(steps, step)
	}
	return actions, steps, nil
}

// follower is the dream, which is stepped with actions that are chosen elsewhere.
type follower struct {
	scene Scene
	dream env.Strider
	// pixels are those of the newest frame.
	pixels []uint8
	// end is the frame with which the dream ended, 0 while it goes on.
	end   int
	steps int
	time  time.Duration
}

// newFollower starts a dream.
func newFollower(s Scene, seed uint64) (*follower, error) {
	dream, ok := env.AsStrider(s.Dream)
	if !ok {
		return nil, lacks(s, "go on from a context")
	}
	if _, err := s.Dream.Reset(env.Seeded(seed)); err != nil {
		return nil, fmt.Errorf("evals: starting the dream of %s: %w", s.Name, err)
	}
	return &follower{scene: s, dream: dream}, nil
}

// prime lets the dream go on from a context.
func (f *follower) prime(c env.Context) error {
	obs, err := f.dream.Prime(c)
	if err != nil {
		return fmt.Errorf("evals: priming the dream of %s: %w", f.scene.Name, err)
	}
	f.pixels = slices.Clone(obs.Pixels())
	return nil
}

// follow dreams the frames that the actions lead to, the first of which has the number, and hands each to take. The actions are as
// many as the dream's stride, or fewer: then the last stands for those that are wanting. After its end the dream stands still.
func (f *follower) follow(actions []env.Value, number int, take func(i int, reward float64)) error {
	var steps []env.Step
	if f.end == 0 {
		held := slices.Clone(actions)
		for len(held) < f.dream.Stride() {
			held = append(held, actions[len(actions)-1])
		}
		start := time.Now()
		var err error
		steps, err = f.dream.StepEach(held)
		f.time += time.Since(start)
		if err != nil {
			return fmt.Errorf("evals: stepping the dream of %s to frame %d: %w", f.scene.Name, number, err)
		}
	}
	for i := range actions {
		reward := 0.0
		if f.end == 0 {
			f.steps++
			reward = steps[i].Reward
			copy(f.pixels, steps[i].Obs.Pixels())
			if steps[i].Done() {
				f.end = number + i
			}
		}
		take(i, reward)
	}
	return nil
}
