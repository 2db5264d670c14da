package env

import (
	"encoding/binary"
	"errors"
)

// timeLimit is the wrapper that truncates episodes.
type timeLimit struct {
	Env
	spec    Spec
	elapsed int
}

// LimitTime wraps e so that an episode is truncated at its maxSteps-th step, or never where maxSteps is 0, and so that the
// spec says the same. A step that also terminates keeps Terminated set beside Truncated. [Make] applies it to every
// environment.
func LimitTime(e Env, maxSteps int) Wrapper {
	if maxSteps < 0 {
		panic("env: a time limit is not negative")
	}
	spec := e.Spec()
	spec.MaxEpisodeSteps = maxSteps
	return KeepCapabilities(&timeLimit{Env: e, spec: spec})
}

// Unwrap returns the environment inside.
func (t *timeLimit) Unwrap() Env { return t.Env }

func (t *timeLimit) Spec() Spec { return t.spec }

func (t *timeLimit) Reset(opts ResetOptions) (Value, error) {
	obs, err := t.Env.Reset(opts)
	if err == nil {
		t.elapsed = 0
	}
	return obs, err
}

func (t *timeLimit) Step(action Value) (Step, error) {
	step, err := t.Env.Step(action)
	if err != nil {
		return step, err
	}
	t.elapsed++
	step.Truncated = step.Truncated || t.spec.MaxEpisodeSteps > 0 && t.elapsed >= t.spec.MaxEpisodeSteps
	return step, nil
}

// Began implements [Stateful].
func (t *timeLimit) Began() { t.elapsed = 0 }

// SaveState implements [Stateful]: the number of steps taken, uint64 little endian.
func (t *timeLimit) SaveState() ([]byte, error) {
	return binary.LittleEndian.AppendUint64(nil, uint64(t.elapsed)), nil
}

// ReadState implements [Stateful].
func (t *timeLimit) ReadState(state []byte) (apply func(), err error) {
	if len(state) != 8 || binary.LittleEndian.Uint64(state) >= 1<<62 {
		return nil, errors.New("env: the snapshot is not one of an environment with a time limit")
	}
	return func() { t.elapsed = int(binary.LittleEndian.Uint64(state)) }, nil
}
