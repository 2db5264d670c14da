package env

import "errors"

// Strider is a Primer, as the dream of a model is that makes several frames at a time, whose Step takes its action for all of
// these and shows the last. The frames of its contexts are all there, whether it shows them or not.
type Strider interface {
	Primer
	// Stride is how many frames, and actions, a step is.
	Stride() int
	// StepEach takes one action for each frame of a step, and returns a step for each. They hold until the next call.
	StepEach(actions []Value) ([]Step, error)
}

// AsStrider returns e as a Strider: one that makes a single frame at a time has a stride of 1. ok is false where e cannot be
// primed.
func AsStrider(e Env) (s Strider, ok bool) {
	if s, ok := As[Strider](e); ok && s.Stride() > 1 {
		return s, true
	}
	primer, ok := As[Primer](e)
	return &single{Primer: primer, env: e}, ok
}

// single is a Primer that makes a frame at a time.
type single struct {
	Primer
	env  Env
	step [1]Step
}

// Stride implements Strider.
func (*single) Stride() int { return 1 }

// StepEach implements Strider.
func (s *single) StepEach(actions []Value) (steps []Step, err error) {
	if len(actions) != 1 {
		return nil, errors.New("env: a step of one frame takes one action; give as many as Stride says")
	}
	s.step[0], err = s.env.Step(actions[0])
	return s.step[:], err
}

// strided is the wrapper of a Strider that shows one frame of several.
type strided struct{ Env }

// HideFrames wraps e, a Strider, so that nobody takes its steps for single frames: what is asked of each frame in a row, to go on
// from some or to be surprised by them, is out of reach but to those who know its stride, as AsStrider does. An Env of one frame
// a step is returned as it is.
func HideFrames(e Env) Env {
	if s, ok := As[Strider](e); !ok || s.Stride() == 1 {
		return e
	}
	return strided{e}
}

// Unwrap returns the environment inside.
func (s strided) Unwrap() Env { return s.Env }

// Veils implements [Veil].
func (strided) Veils(capability any) bool {
	switch capability.(type) {
	case *Primer, *Surpriser:
		return true
	}
	return false
}
