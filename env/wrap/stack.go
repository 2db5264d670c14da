package wrap

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"somnium/env"
)

// stack is the wrapper that shows the last observations together.
type stack struct {
	env.Env
	spec  env.Spec
	inner env.Space
	count int
	// shown are the last count observations, the oldest first. filled says that an episode's are in it.
	shown  env.Value
	filled bool
}

// Stack wraps e so that an observation is the last count ones, the oldest first, in an axis of its own before the others:
// pictures [H, W, 3] become [count, H, W, 3]. A reset fills it with its first observation. The parts of a Dict are stacked
// each. A count below 1 and observations other than boxes are errors.
func Stack(e env.Env, count int) (env.Wrapper, error) {
	if count < 1 {
		return nil, fmt.Errorf("wrap: a stack of %d observations; it takes at least one", count)
	}
	s := &stack{Env: e, spec: e.Spec(), inner: e.Spec().Observation, count: count}
	stacked, err := stackedSpace(s.inner, count)
	if err != nil {
		return nil, fmt.Errorf("%w of %s", err, s.spec.ID)
	}
	s.spec.Observation, s.shown = stacked, stacked.New()
	return env.KeepCapabilities(s), nil
}

// stackedSpace returns the space of count elements of space.
func stackedSpace(space env.Space, count int) (env.Space, error) {
	switch space := space.(type) {
	case env.Box:
		space.Shape = slices.Insert(slices.Clone(space.Shape), 0, count)
		return space, nil
	case env.Dict:
		stacked := env.Dict{Spaces: maps.Clone(space.Spaces)}
		for key, part := range space.Spaces {
			var err error
			if stacked.Spaces[key], err = stackedSpace(part, count); err != nil {
				return nil, fmt.Errorf("%w, at %q", err, key)
			}
		}
		return stacked, nil
	}
	return nil, fmt.Errorf("wrap: Stack takes boxes and not the observation %v", space)
}

// Unwrap returns the environment inside.
func (s *stack) Unwrap() env.Env { return s.Env }

// Veils implements [env.Veil]: the inner environment's frames are not what is shown here.
func (s *stack) Veils(capability any) bool { return speaksOfFrames(capability) }

// Spec implements [env.Env].
func (s *stack) Spec() env.Spec { return s.spec }

// Reset implements [env.Env].
func (s *stack) Reset(opts env.ResetOptions) (env.Value, error) {
	obs, err := s.Env.Reset(opts)
	if err != nil {
		return obs, err
	}
	s.filled = false
	return s.Observed(obs), nil
}

// Step implements [env.Env].
func (s *stack) Step(action env.Value) (env.Step, error) {
	step, err := s.Env.Step(action)
	if err == nil {
		step.Obs = s.push(step.Obs)
	}
	return step, err
}

// push drops the oldest observation and adds the newest.
func (s *stack) push(obs env.Value) env.Value {
	shift(s.shown, s.count)
	s.put(obs, s.count-1)
	return s.shown
}

// put writes an observation to the i-th place.
func (s *stack) put(obs env.Value, i int) { copyTo(s.shown, obs, i) }

// shift moves every observation but the oldest forward by a place.
func shift(shown env.Value, count int) {
	copy(shown.U8, shown.U8[len(shown.U8)/count:])
	copy(shown.F32, shown.F32[len(shown.F32)/count:])
	for _, part := range shown.Dict {
		shift(part, count)
	}
}

// copyTo writes an observation to the i-th place of those shown.
func copyTo(shown, obs env.Value, i int) {
	copy(shown.U8[i*len(obs.U8):], obs.U8)
	copy(shown.F32[i*len(obs.F32):], obs.F32)
	for key, part := range shown.Dict {
		copyTo(part, obs.Dict[key], i)
	}
}

// Observed implements [env.Observer]: the first observation fills the stack, a restored one is there as the newest.
func (s *stack) Observed(inner env.Value) env.Value {
	if !s.filled {
		for i := range s.count {
			s.put(inner, i)
		}
		s.filled = true
	}
	return s.shown
}

// Began implements [env.Stateful].
func (s *stack) Began() { s.filled = false }

// SaveState implements [env.Stateful]: what is shown.
func (s *stack) SaveState() ([]byte, error) {
	return appendValue(make([]byte, 0, valueBytes(s.shown)), s.shown), nil
}

// ReadState implements [env.Stateful].
func (s *stack) ReadState(state []byte) (apply func(), err error) {
	shown, rest, err := decodeValue(s.spec.Observation, state)
	if err != nil || len(rest) > 0 {
		return nil, errors.New("wrap: the snapshot is not one of an environment with this stack of observations")
	}
	return func() {
		env.Copy(s.shown, shown)
		s.filled = true
	}, nil
}
