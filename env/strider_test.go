package env_test

import (
	"errors"
	"strings"
	"testing"

	"somnium/env"
)

// flow is a dream that makes so many frames at a time; a frame is the sum of the actions so far.
type flow struct {
	stride int
	sum    int64
}

func (f *flow) Spec() env.Spec {
	return env.Spec{ID: "Flow-v0", Observation: env.Discrete{N: 1000}, Action: env.Discrete{N: 10}}
}
func (f *flow) Reset(env.ResetOptions) (env.Value, error) { return f.Prime(env.Context{}) }
func (f *flow) Prime(env.Context) (env.Value, error) {
	f.sum = 0
	return env.Int(0), nil
}
func (f *flow) Close() error { return nil }
func (f *flow) Stride() int  { return f.stride }

func (f *flow) Step(action env.Value) (step env.Step, err error) {
	for range f.stride {
		f.sum += int64(action.Int[0])
	}
	return env.Step{Obs: env.Int(int(f.sum))}, nil
}

func (f *flow) StepEach(actions []env.Value) (steps []env.Step, err error) {
	if len(actions) != f.stride {
		return nil, errors.New("flow: not as many as the stride")
	}
	for _, a := range actions {
		f.sum += int64(a.Int[0])
		steps = append(steps, env.Step{Obs: env.Int(int(f.sum))})
	}
	return steps, nil
}

// What makes several frames at a time is found behind wrappers by those who ask for its stride, and by nobody else as what goes on
// frame by frame.
func TestStriders(t *testing.T) {
	e := env.EnforceOrder(env.HideFrames(&flow{stride: 3}))
	if _, ok := env.As[env.Primer](e); ok {
		t.Error("three frames at a time pass for one")
	}
	s, ok := env.AsStrider(e)
	if !ok || s.Stride() != 3 {
		t.Fatalf("the strider is %v, %v", s, ok)
	}
	if _, err := s.Prime(env.Context{}); err != nil {
		t.Fatal(err)
	}
	steps, err := s.StepEach([]env.Value{env.Int(1), env.Int(2), env.Int(3)})
	if err != nil || len(steps) != 3 || steps[0].Obs.Int[0] != 1 || steps[1].Obs.Int[0] != 3 || steps[2].Obs.Int[0] != 6 {
		t.Errorf("three steps are %v: %v", steps, err)
	}
}

func TestWhatMakesOneFrameIsAStriderOfOne(t *testing.T) {
	inner := &flow{stride: 1}
	if env.HideFrames(inner) != env.Env(inner) {
		t.Error("an environment of single frames is wrapped")
	}
	e := env.EnforceOrder(inner)
	s, ok := env.AsStrider(e)
	if !ok || s.Stride() != 1 {
		t.Fatalf("the strider is %v, %v", s, ok)
	}
	if _, err := s.StepEach([]env.Value{env.Int(1)}); !errors.Is(err, env.ErrNotReset) {
		t.Errorf("the wrapper is passed by: %v", err)
	}
	if _, err := s.Prime(env.Context{}); err != nil {
		t.Fatal(err)
	}
	steps, err := s.StepEach([]env.Value{env.Int(4)})
	if err != nil || len(steps) != 1 || steps[0].Obs.Int[0] != 4 {
		t.Errorf("a step is %v: %v", steps, err)
	}
	if _, err := s.StepEach(nil); err == nil || !strings.Contains(err.Error(), "Stride") {
		t.Errorf("a step without an action: %v", err)
	}
	if _, ok := env.AsStrider(mute{inner}); ok {
		t.Error("what cannot be primed is a strider")
	}
}

// mute hides every capability.
type mute struct{ env.Env }
