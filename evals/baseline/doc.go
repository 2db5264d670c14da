// Package baseline holds what every exam is also sat by, as environments in the place of a dream: predictions that know
// nothing (the last frame, its blur), predictions that know a little (constant velocity, the nearest clip of training), and
// the true simulator, by itself or started a little off. Each is an env.Primer and continues from a context like a dream.
//
// A figure means something only beside these: what the last frame scores, a model must beat, and what the true simulator
// scores is the most that the parser lets anyone reach.
package baseline

import (
	"errors"

	"somnium/env"
)

// Origin says where a context is from. A dream never learns of it; the true simulator needs it.
type Origin struct {
	// Seed and Params are those of the reset, Actions led from there to the last frame of the context.
	Seed    uint64
	Params  map[string]float64
	Actions []env.Value
	// Branch is the video, from the first frame of the context on, that truly follows.
	Branch env.Context
}

// Knower is an Env that is told where the context of the next Prime or Surprise is from.
type Knower interface {
	Know(origin Origin)
}

// still is what all baselines share: the spec of the simulator that they stand for, and the frame that they show.
type still struct {
	spec   env.Spec
	height int
	width  int
	frame  []uint8
	primed bool
	closed bool
}

func newStill(spec env.Spec) (still, error) {
	h, w, ok := env.FrameSize(spec.Observation)
	if !ok {
		return still{}, errors.New("baseline: " + spec.ID + " shows no pictures: take an environment that does")
	}
	spec.Observation = env.Frame(h, w)
	return still{spec: spec, height: h, width: w, frame: make([]uint8, h*w*3)}, nil
}

// Spec implements env.Env.
func (s *still) Spec() env.Spec { return s.spec }

// Reset implements env.Env: it shows black, and waits for Prime.
func (s *still) Reset(env.ResetOptions) (env.Value, error) {
	if s.closed {
		return env.Value{}, env.ErrClosed
	}
	clear(s.frame)
	s.primed = true
	return env.Value{U8: s.frame}, nil
}

// Prime implements env.Primer.
func (s *still) Prime(c env.Context) (env.Value, error) {
	if s.closed {
		return env.Value{}, env.ErrClosed
	}
	if c.Height != s.height || c.Width != s.width || c.Len() < 1 {
		return env.Value{}, errors.New("baseline: the context is of another size than " + s.spec.ID)
	}
	copy(s.frame, nth(c, c.Len()-1))
	s.primed = true
	return env.Value{U8: s.frame}, nil
}

// ready returns nil where a step is in order.
func (s *still) ready(action env.Value) error {
	switch {
	case s.closed:
		return env.ErrClosed
	case !s.primed:
		return env.ErrNotReset
	}
	return s.spec.Action.Contains(action)
}

// Close implements env.Env.
func (s *still) Close() error {
	s.closed = true
	return nil
}

// nth returns frame t of a context.
func nth(c env.Context, t int) []uint8 {
	size := c.Height * c.Width * 3
	return c.Frames[t*size : (t+1)*size]
}
