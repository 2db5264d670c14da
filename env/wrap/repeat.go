package wrap

import (
	"encoding/binary"
	"errors"
	"fmt"

	"somnium/env"
)

// repeat is the wrapper that takes every action several times.
type repeat struct {
	env.Env
	spec         env.Spec
	times, steps int
}

// Repeat wraps e so that a step takes its action so many times, or until the episode ends: it gives the last observation and
// the sum of the rewards. Time limit, frames per second and the steps of the true state count such steps. Fewer than one
// time is an error.
func Repeat(e env.Env, times int) (env.Wrapper, error) {
	if times < 1 {
		return nil, fmt.Errorf("wrap: actions are repeated %d times; it takes at least one", times)
	}
	r := &repeat{Env: e, spec: e.Spec(), times: times}
	r.spec.MaxEpisodeSteps = (r.spec.MaxEpisodeSteps + times - 1) / times
	r.spec.FPS /= float64(times)
	kept := env.KeepCapabilities(r)
	if prober, ok := env.As[env.Prober](e); ok {
		return repeatProber{kept, prober, r}, nil
	}
	return kept, nil
}

// Unwrap returns the environment inside.
func (r *repeat) Unwrap() env.Env { return r.Env }

// Veils implements [env.Veil]: a context's frames lie several of the inner environment's steps apart.
func (r *repeat) Veils(capability any) bool {
	switch capability.(type) {
	case *env.Primer, *env.Surpriser:
		return true
	}
	return false
}

// Spec implements [env.Env].
func (r *repeat) Spec() env.Spec { return r.spec }

// Reset implements [env.Env].
func (r *repeat) Reset(opts env.ResetOptions) (env.Value, error) {
	obs, err := r.Env.Reset(opts)
	if err == nil {
		r.steps = 0
	}
	return obs, err
}

// Step implements [env.Env].
func (r *repeat) Step(action env.Value) (env.Step, error) {
	reward := 0.0
	for i := range r.times {
		step, err := r.Env.Step(action)
		if err != nil {
			return step, err
		}
		if reward += step.Reward; step.Done() || i == r.times-1 {
			step.Reward = reward
			r.steps++
			return step, nil
		}
	}
	panic("wrap: actions are repeated at least once")
}

// Began implements [env.Stateful].
func (r *repeat) Began() { r.steps = 0 }

// SaveState implements [env.Stateful]: the number of steps, uint64 little endian.
func (r *repeat) SaveState() ([]byte, error) {
	return binary.LittleEndian.AppendUint64(nil, uint64(r.steps)), nil
}

// ReadState implements [env.Stateful].
func (r *repeat) ReadState(state []byte) (apply func(), err error) {
	if len(state) != 8 || binary.LittleEndian.Uint64(state) >= 1<<62 {
		return nil, errors.New("wrap: the snapshot is not one of an environment with repeated actions")
	}
	return func() { r.steps = int(binary.LittleEndian.Uint64(state)) }, nil
}

// repeatProber counts the steps of the true state as the wrapper does.
type repeatProber struct {
	env.Wrapper
	prober env.Prober
	repeat *repeat
}

// Unwrap returns the wrapper inside.
func (p repeatProber) Unwrap() env.Env { return p.Wrapper }

// State implements [env.Prober].
func (p repeatProber) State() env.State {
	state := p.prober.State()
	state.Step = p.repeat.steps
	return state
}
