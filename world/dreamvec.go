package world

import (
	"errors"
	"fmt"

	"somnium/env"
)

// DreamVec is several dreams of one model as one env.VecEnv: all of them go through the network in one pass, which costs less
// than as many passes. Dream i dreams what a [Dream] of the same seed and actions does, to the bit. A DreamVec is not safe for
// concurrent use.
type DreamVec struct {
	primer    *Dream // whose spec and source are those of all, and whose session begins their episodes
	spec      env.Spec
	latents   bool // what is observed are latents in place of pictures
	autoreset env.Autoreset
	table     *table
	streams   []env.Stream
	elapsed   []int
	// fresh marks the dreams before their first episode, over those whose episode has ended and that wait for a reset.
	fresh, over []bool
}

var _ env.VecEnv = (*DreamVec)(nil)

// Autoreset returns what happens to a dream whose episode has ended.
func (v *DreamVec) Autoreset() env.Autoreset { return v.autoreset }

// NewDreamVec returns n dreams whose episodes start from contexts of the options' source, which they share and must not be
// nil. An episode is truncated at the time limit of the spec.
func NewDreamVec(m *Model, n int, options DreamOptions, autoreset env.Autoreset) (*DreamVec, error) {
	if n < 1 {
		return nil, fmt.Errorf("world: a vector of %d dreams; it takes at least one", n)
	}
	if options.Source == nil {
		return nil, errors.New("world: a vector of dreams needs a source of contexts for its episodes to start from")
	}
	primer, err := NewDream(m, options)
	if err != nil {
		return nil, err
	}
	t, err := newTable(m, n, primer.session.options)
	if err != nil {
		return nil, err
	}
	v := &DreamVec{
		primer: primer, spec: primer.spec, autoreset: autoreset, table: t,
		streams: make([]env.Stream, n), elapsed: make([]int, n), fresh: make([]bool, n), over: make([]bool, n),
	}
	for i := range v.fresh {
		v.fresh[i] = true
	}
	return v, nil
}

// Spec implements env.VecEnv.
func (v *DreamVec) Spec() env.Spec { return v.spec }

// Num implements env.VecEnv.
func (v *DreamVec) Num() int { return len(v.streams) }

// Close implements env.VecEnv: it closes the source.
func (v *DreamVec) Close() error { return v.primer.Close() }

// Reset implements env.VecEnv.
func (v *DreamVec) Reset(opts env.VecResetOptions, dst *env.Batch) error {
	if err := v.check(dst); err != nil {
		return err
	}
	switch n := v.Num(); {
	case opts.Seeds != nil && len(opts.Seeds) != n || opts.Mask != nil && len(opts.Mask) != n:
		return fmt.Errorf("world: %d seeds and a mask of %d for a vector of %d dreams", len(opts.Seeds), len(opts.Mask), n)
	case len(opts.Params) > 0:
		return errors.New("world: a dream has no parameters to set; give them to the simulator that it is primed from")
	}
	for i := range v.streams {
		if opts.Mask != nil && !opts.Mask[i] {
			continue
		}
		var seed *uint64
		if opts.Seeds != nil {
			seed = &opts.Seeds[i]
		}
		if err := v.begin(i, seed, dst); err != nil {
			return err
		}
	}
	return nil
}

// begin starts an episode of dream i: the primer is primed, and the dream forks from it.
func (v *DreamVec) begin(i int, seed *uint64, dst *env.Batch) error {
	_, err := v.primer.begin(&v.streams[i], seed)
	if err != nil {
		return fmt.Errorf("world: dream %d of the vector: %w", i, err)
	}
	if err := v.table.sessions[i].Fork(v.primer.session); err != nil {
		return err
	}
	env.Copy(dst.Obs[i], v.shown(i))
	dst.Reward[i], dst.Terminated[i], dst.Truncated[i] = 0, false, false
	v.fresh[i], v.over[i], v.elapsed[i] = false, false, 0
	return nil
}

// Step implements env.VecEnv.
func (v *DreamVec) Step(actions []env.Value, dst *env.Batch) error {
	if err := v.check(dst); err != nil {
		return err
	}
	if len(actions) != v.Num() {
		return fmt.Errorf("world: %d actions for a vector of %d dreams", len(actions), v.Num())
	}
	space := v.primer.spec.Action
	for i, action := range actions {
		switch {
		case v.fresh[i]:
			return fmt.Errorf("world: dream %d of the vector: %w", i, env.ErrNotReset)
		case v.over[i] && v.autoreset == env.Disabled:
			return fmt.Errorf("world: dream %d of the vector: %w", i, env.ErrEpisodeOver)
		case !v.over[i] && space.Contains(action) != nil:
			return fmt.Errorf("world: dream %d of the vector: action: %w", i, space.Contains(action))
		}
	}
	advance := v.table.step
	if v.latents {
		advance = v.table.advance
	}
	heads, err := advance(space, actions, v.over)
	if err != nil {
		return err
	}
	for i := range v.streams {
		if v.over[i] { // under NextStep: this step begins the next episode
			err = v.begin(i, nil, dst)
		} else {
			err = v.settle(i, row(heads, i, v.Num()), dst)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settle writes the outcome of a step of dream i.
func (v *DreamVec) settle(i int, heads []float32, dst *env.Batch) error {
	out := v.table.sessions[i].outcome(heads)
	v.elapsed[i]++
	limit := v.primer.spec.MaxEpisodeSteps
	terminated, truncated := out.End > 0.5, limit > 0 && v.elapsed[i] >= limit
	v.over[i] = terminated || truncated
	last := v.shown(i)
	if v.over[i] && v.autoreset == env.SameStep {
		env.Copy(dst.FinalObs[i], last)
		if err := v.begin(i, nil, dst); err != nil {
			return err
		}
	} else {
		env.Copy(dst.Obs[i], last)
	}
	dst.Reward[i], dst.Terminated[i], dst.Truncated[i] = out.Reward, terminated, truncated
	return nil
}

// shown returns the newest observation of dream i.
func (v *DreamVec) shown(i int) env.Value {
	s := v.table.sessions[i]
	if v.latents {
		return env.Value{F32: s.latent}
	}
	return env.Value{U8: s.frame}
}

func (v *DreamVec) check(dst *env.Batch) error {
	n := v.Num()
	switch {
	case v.primer.closed:
		return env.ErrClosed
	case dst == nil || len(dst.Obs) != n || len(dst.FinalObs) != n || len(dst.Reward) != n || len(dst.Terminated) != n || len(dst.Truncated) != n:
		return fmt.Errorf("world: the batch has no room for exactly %d dreams; make it with env.NewBatch", n)
	}
	return nil
}
