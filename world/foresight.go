package world

import (
	"fmt"

	"somnium/env"
)

// Foresight tells what plans would bring: it follows an episode of a simulator frame by frame, forks a batch of dreams from
// where that stands, and lets each dream go by a plan of its own. No frame is decoded. It is not safe for concurrent use.
type Foresight struct {
	space    env.Space
	follower *Session
	table    *table
	out      []bool
	actions  []env.Value
}

// NewForesight returns the foresight of a model for episodes of the spec, which dreams so many plans at a time in so many
// denoising steps a frame, 0 for the model's own.
func NewForesight(m *Model, spec env.Spec, branches, steps int) (*Foresight, error) {
	height, width, ok := env.FrameSize(spec.Observation)
	if !ok {
		return nil, fmt.Errorf("world: %s observes %v, not a picture; a dream can only foresee what shows one", spec.ID, spec.Observation)
	}
	if err := m.everyFrame("foresees what single actions bring"); err != nil {
		return nil, err
	}
	if branches < 1 {
		return nil, fmt.Errorf("world: a foresight of %d plans at a time; it takes at least one", branches)
	}
	options := SessionOptions{Height: height, Width: width, Steps: steps}
	follower, err := NewSession(m, options)
	if err != nil {
		return nil, err
	}
	t, err := newTable(m, branches, options)
	if err != nil {
		return nil, err
	}
	return &Foresight{space: spec.Action, follower: follower, table: t, out: make([]bool, branches), actions: make([]env.Value, branches)}, nil
}

// Begin begins an episode by its first frame. caption may be empty.
func (f *Foresight) Begin(obs env.Value, caption string, seed uint64) error {
	o := f.follower.options
	_, err := f.follower.Prime(env.Context{Height: o.Height, Width: o.Width, Frames: obs.Pixels(), Caption: caption}, f.space, seed)
	return err
}

// Observe takes in the frame that an action led to.
func (f *Foresight) Observe(action, obs env.Value) error {
	return f.follower.Observe(f.space, action, obs)
}

// Foresee writes into returns [N] the sums of the rewards of N plans, each a sequence of actions, a reward after k actions
// counting discount^k of itself. What a dream earns behind the end of its episode does not count. Plans are of one length.
func (f *Foresight) Foresee(plans [][]env.Value, discount float64, returns []float64) error {
	branches := len(f.out)
	for from := 0; from < len(plans); from += branches {
		to := min(from+branches, len(plans))
		if err := f.batch(plans[from:to], discount, returns[from:to]); err != nil {
			return err
		}
	}
	return nil
}

// batch is Foresee for at most as many plans as there are branches.
func (f *Foresight) batch(plans [][]env.Value, discount float64, returns []float64) error {
	for i := range f.out {
		f.out[i] = i >= len(plans)
		if err := f.table.sessions[i].Fork(f.follower); err != nil {
			return err
		}
	}
	clear(returns)
	branches, weight := len(f.out), 1.0
	for k := range len(plans[0]) {
		for i, plan := range plans {
			f.actions[i] = plan[k]
		}
		heads, err := f.table.advance(f.space, f.actions, f.out)
		if err != nil {
			return err
		}
		for i := range plans {
			if f.out[i] {
				continue
			}
			o := f.table.sessions[i].outcome(row(heads, i, branches))
			returns[i] += weight * o.Reward
			f.out[i] = o.End > 0.5
		}
		weight *= discount
	}
	return nil
}

// Observe makes a true frame, and the action that led to it, part of what the session goes on from. The session must be
// primed.
func (s *Session) Observe(space env.Space, action, obs env.Value) error {
	if err := s.model.everyFrame("takes in one true frame after the other"); err != nil {
		return err
	}
	if s.position[0] < 0 {
		return fmt.Errorf("world: the dream has no context yet; prime it before the first frame")
	}
	pixels := obs.Pixels()
	if len(pixels) != s.codec.FrameSize() {
		return fmt.Errorf("world: a frame of %d bytes, where this dream wants %d; open both at one size", len(pixels), s.codec.FrameSize())
	}
	if err := s.hold(space, action); err != nil {
		return err
	}
	s.observe(pixels, s.actions)
	copy(s.frame, pixels)
	return nil
}
