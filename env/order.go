package env

import "errors"

// Errors of the life cycle, beside [ErrClosed].
var (
	// ErrNotReset is returned by Step before the first Reset.
	ErrNotReset = errors.New("env: no episode has begun; call Reset before Step")
	// ErrEpisodeOver is returned by Step after the end of an episode.
	ErrEpisodeOver = errors.New("env: the episode is over; call Reset to start another")
)

// phase is where an environment stands in its life.
type phase byte

const (
	phaseFresh phase = iota
	phaseRunning
	phaseOver
	phaseClosed
)

// order is the wrapper that holds an environment to its life cycle.
type order struct {
	Env
	phase phase
}

// EnforceOrder wraps e so that calls out of order are errors and never reach it: a Step before Reset, after the end of an
// episode or after Close. [Make] applies it to every environment, outermost.
func EnforceOrder(e Env) Wrapper { return KeepCapabilities(&order{Env: e}) }

// Unwrap returns the environment inside.
func (o *order) Unwrap() Env { return o.Env }

func (o *order) Reset(opts ResetOptions) (Value, error) {
	if o.phase == phaseClosed {
		return Value{}, ErrClosed
	}
	obs, err := o.Env.Reset(opts)
	if err == nil {
		o.phase = phaseRunning
	}
	return obs, err
}

func (o *order) Step(action Value) (Step, error) {
	if err := o.ready(); err != nil {
		return Step{}, err
	}
	step, err := o.Env.Step(action)
	if err == nil && step.Done() {
		o.phase = phaseOver
	}
	return step, err
}

// ready returns nil where a step is in order.
func (o *order) ready() error {
	switch o.phase {
	case phaseFresh:
		return ErrNotReset
	case phaseOver:
		return ErrEpisodeOver
	case phaseClosed:
		return ErrClosed
	}
	return nil
}

func (o *order) Close() error {
	if o.phase == phaseClosed {
		return nil
	}
	o.phase = phaseClosed
	return o.Env.Close()
}

// Began implements [Stateful].
func (o *order) Began() { o.phase = phaseRunning }

// SaveState implements [Stateful]: one byte, the phase.
func (o *order) SaveState() ([]byte, error) {
	switch o.phase {
	case phaseClosed:
		return nil, ErrClosed
	case phaseFresh:
		return nil, ErrNotReset
	}
	return []byte{byte(o.phase)}, nil
}

// ReadState implements [Stateful].
func (o *order) ReadState(state []byte) (apply func(), err error) {
	if o.phase == phaseClosed {
		return nil, ErrClosed
	}
	if len(state) != 1 || phase(state[0]) != phaseRunning && phase(state[0]) != phaseOver {
		return nil, errors.New("env: the snapshot is not one of an environment that Make made")
	}
	return func() { o.phase = phase(state[0]) }, nil
}
