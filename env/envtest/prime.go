package envtest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"somnium/env"
)

// checkPrime primes an environment with frames of its own, which must begin the same episode every time after the same
// seeded reset, and with contexts that are none, which must be refused and change nothing.
func checkPrime(f fixture) error {
	return f.with(func(e env.Env) error {
		p, ok := env.As[env.Primer](e)
		if !ok {
			return nil
		}
		context, err := ownContext(e)
		if err != nil {
			return err
		}
		first, err := f.primed(e, p, context, nil)
		if err != nil {
			return err
		}
		again, err := f.primed(e, p, context, nil)
		if err != nil {
			return err
		}
		if err := first.same(again); err != nil {
			return fmt.Errorf("primed twice after the same reset: %w", err)
		}
		spoiled, err := f.primed(e, p, context, badContexts(context))
		if err != nil {
			return err
		}
		if err := first.same(spoiled); err != nil {
			return fmt.Errorf("after contexts that were refused: %w", err)
		}
		return nil
	})
}

// primed resets e, primes it with the context and then with the bad ones, and records what follows.
func (f fixture) primed(e env.Env, p env.Primer, context env.Context, bad []env.Context) (run, error) {
	if _, err := recordFrom(e, 16, 1); err != nil {
		return nil, err
	}
	frames, size := slices.Clone(context.Frames), context.Height*context.Width*3
	obs, err := p.Prime(context)
	if err != nil {
		return nil, fmt.Errorf("Prime with %d frames of its own: %w", context.Len(), err)
	}
	if !bytes.Equal(frames, context.Frames) {
		return nil, errors.New("Prime writes to its context")
	}
	if err := e.Spec().Observation.Contains(obs); err != nil {
		return nil, fmt.Errorf("the observation that Prime returns: %w", err)
	}
	if !bytes.Equal(obs.Pixels(), frames[len(frames)-size:]) {
		return nil, errors.New("Prime returns another observation than the last frame of the context")
	}
	first := digestOf(env.Step{Obs: obs})
	for _, context := range bad {
		if _, err := p.Prime(context); err == nil {
			return nil, fmt.Errorf("Prime took a context of %d bytes for frames of %dx%d with %d actions",
				len(context.Frames), context.Height, context.Width, len(context.Actions))
		}
	}
	rest, err := f.follow(e)
	return append(run{first}, rest...), err
}

// ownContext plays e for a few frames and returns them.
func ownContext(e env.Env) (env.Context, error) {
	height, width, ok := env.FrameSize(e.Spec().Observation)
	if !ok {
		return env.Context{}, errors.New("it can be primed with frames, and its observation is no picture")
	}
	obs, err := e.Reset(env.Seeded(17))
	if err != nil {
		return env.Context{}, err
	}
	context := env.Context{Height: height, Width: width, Frames: slices.Clone(obs.Pixels()), Actions: []env.Value{}}
	actor := newActor(e)
	for range midEpisode {
		action := actor.act()
		step, err := e.Step(action)
		if err != nil {
			return context, err
		}
		context.Frames = append(context.Frames, step.Obs.Pixels()...)
		context.Actions = append(context.Actions, action.Clone())
		if step.Done() {
			break
		}
	}
	return context, nil
}

// badContexts returns contexts that are made wrong in one way each.
func badContexts(good env.Context) []env.Context {
	bad := make([]env.Context, 5)
	for i := range bad {
		bad[i] = good
	}
	bad[0].Frames, bad[0].Actions = nil, nil
	bad[1].Frames = good.Frames[:len(good.Frames)-1]
	bad[2].Height++
	bad[3].Actions = append(slices.Clone(good.Actions), env.Value{})
	bad[4].Height, bad[4].Width = 0, 0
	return bad
}
