package envtest

import (
	"errors"
	"fmt"

	"somnium/env"
)

// checkLifeCycle steps before the first reset, which must be refused and must not keep the environment from starting.
func checkLifeCycle(f fixture) error {
	return f.with(func(e env.Env) error {
		action := e.Spec().Action.New()
		if _, err := e.Step(action); err == nil {
			return errors.New("Step before Reset is no error")
		}
		if _, err := e.Reset(env.Seeded(1)); err != nil {
			return fmt.Errorf("Reset after a refused Step: %w", err)
		}
		if _, err := e.Step(action); err != nil {
			return fmt.Errorf("the first Step: %w", err)
		}
		if _, err := e.Reset(env.ResetOptions{}); err != nil {
			return fmt.Errorf("Reset within an episode: %w", err)
		}
		return nil
	})
}

// checkEnd runs an episode to its end. An environment that promises none within EpisodeSteps need not end.
func checkEnd(f fixture) error {
	return f.with(func(e env.Env) error {
		steps, err := f.toEnd(e)
		if err != nil || steps == 0 {
			return err
		}
		for range 2 {
			if _, err := e.Step(e.Spec().Action.New()); err == nil {
				return fmt.Errorf("the episode ended at step %d, but another Step is no error", steps)
			}
		}
		if _, err := e.Reset(env.ResetOptions{}); err != nil {
			return fmt.Errorf("Reset after the end: %w", err)
		}
		if _, err := e.Step(e.Spec().Action.New()); err != nil {
			return fmt.Errorf("the first Step of the second episode: %w", err)
		}
		return nil
	})
}

// toEnd begins an episode and steps to its end. It returns the number of steps, or 0 where the episode goes on.
func (f fixture) toEnd(e env.Env) (steps int, err error) {
	if _, err := e.Reset(env.Seeded(2)); err != nil {
		return 0, err
	}
	actor := newActor(e)
	limit := e.Spec().MaxEpisodeSteps
	for i := range f.EpisodeSteps {
		step, err := e.Step(actor.act())
		if err != nil {
			return 0, fmt.Errorf("step %d: %w", i+1, err)
		}
		if step.Done() {
			return i + 1, nil
		}
		if i+1 == limit {
			return 0, fmt.Errorf("the time limit is %d steps, but the episode goes on after them", limit)
		}
	}
	return 0, nil
}

// checkClose closes twice and calls what must be refused then, on an environment that was running and on one that never
// was reset.
func checkClose(f fixture) error {
	return errors.Join(f.with(closed), f.with(func(e env.Env) error {
		if _, err := recordFrom(e, 1, 2); err != nil {
			return err
		}
		return closed(e)
	}))
}

func closed(e env.Env) error {
	action := e.Spec().Action.New()
	if err := errors.Join(e.Close(), e.Close()); err != nil {
		return fmt.Errorf("closing twice: %w", err)
	}
	if _, err := e.Reset(env.Seeded(1)); !errors.Is(err, env.ErrClosed) {
		return fmt.Errorf("Reset after Close returns %v, not ErrClosed", err)
	}
	if _, err := e.Step(action); !errors.Is(err, env.ErrClosed) {
		return fmt.Errorf("Step after Close returns %v, not ErrClosed", err)
	}
	return nil
}
