package evals

import (
	"context"
	"fmt"
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

// follower is the dream, which is stepped with actions that are chosen elsewhere.
type follower struct {
	scene Scene
	// pixels are those of the newest frame.
	pixels []uint8
	// end is the frame with which the dream ended, 0 while it goes on.
	end   int
	steps int
	time  time.Duration
}

// step dreams the frame of a number; after its end the dream stands still.
func (f *follower) step(action env.Value, number int) (reward float64, err error) {
	if f.end > 0 {
		return 0, nil
	}
	start := time.Now()
	step, err := f.scene.Dream.Step(action)
	f.time += time.Since(start)
	if err != nil {
		return 0, fmt.Errorf("evals: stepping the dream of %s to frame %d: %w", f.scene.Name, number, err)
	}
	f.steps++
	copy(f.pixels, step.Obs.Pixels())
	if step.Done() {
		f.end = number
	}
	return step.Reward, nil
}
