package env

import (
	"fmt"
	"strconv"
)

// VecEnv is a batch of environments of one spec that step together: N environments that run in parallel ([Vec]), or whatever
// else advances a batch at once.
type VecEnv interface {
	// Spec describes each of the environments.
	Spec() Spec
	// Num returns N, their number.
	Num() int
	// Reset starts an episode in every environment, or in those that the mask selects, and writes its first observation
	// into dst, with a reward of 0 and no end. The rows of the others stay as they are.
	Reset(opts VecResetOptions, dst *Batch) error
	// Step applies actions[i] to environment i, for all N, and writes the outcomes into dst. An action outside the
	// action space is an error and nothing steps.
	Step(actions []Value, dst *Batch) error
	// Close frees what the environments hold. Closing twice is fine; Reset and Step after Close return ErrClosed.
	Close() error
}

// VecResetOptions are the arguments of a VecEnv's Reset. The zero value continues every random stream.
type VecResetOptions struct {
	// Seeds holds N seeds. Default: none.
	Seeds []uint64
	// Mask says which environments to reset. Default: all.
	Mask []bool
	// Params override parameters for this episode, in all environments alike.
	Params map[string]float64
}

// VecSeeded returns the options that seed environment i of n with seed+i.
func VecSeeded(seed uint64, n int) VecResetOptions {
	seeds := make([]uint64, n)
	for i := range seeds {
		seeds[i] = seed + uint64(i)
	}
	return VecResetOptions{Seeds: seeds}
}

func (o VecResetOptions) check(n int) error {
	if o.Seeds != nil && len(o.Seeds) != n {
		return fmt.Errorf("env: %d seeds for a vector of %d environments", len(o.Seeds), n)
	}
	if o.Mask != nil && len(o.Mask) != n {
		return fmt.Errorf("env: a mask of %d for a vector of %d environments", len(o.Mask), n)
	}
	return nil
}

// Autoreset is what a VecEnv does with an environment whose episode has ended, as Gymnasium's AutoresetMode. In every mode
// the step that ends an episode gives its reward and its end, and a Reset through a mask may begin another at any time.
type Autoreset uint8

const (
	// NextStep resets it in the step after: that step ignores the action, which need not even be one, and gives the first
	// observation of the new episode, a reward of 0 and no end. No transition leads into it.
	NextStep Autoreset = iota
	// SameStep resets it at once: Obs is the first observation of the new episode, FinalObs the last of the old one. What
	// else there is to know of the old one is for [VecOptions].Ended to ask.
	SameStep
	// Disabled leaves it to the caller, who resets it through a mask before it is stepped again; until then a step is an
	// error and nothing steps.
	Disabled
)

// String returns the mode's name, which is its value in Gymnasium: NextStep, SameStep or Disabled.
func (a Autoreset) String() string {
	switch a {
	case NextStep:
		return "NextStep"
	case SameStep:
		return "SameStep"
	case Disabled:
		return "Disabled"
	}
	return "Autoreset(" + strconv.Itoa(int(a)) + ")"
}

// Batch holds what N environments return, in memory that the caller owns and reuses. It is made by [NewBatch].
type Batch struct {
	// Obs holds N observations. The elements of one and the same field lie behind each other in one array.
	Obs []Value
	// FinalObs, under SameStep, holds the last observation of every episode that ended in this step; elsewhere it holds
	// what it held before.
	FinalObs []Value
	// Reward, Terminated and Truncated hold N elements each.
	Reward                []float64
	Terminated, Truncated []bool
}

// NewBatch returns room for n environments with the given observation space.
func NewBatch(space Space, n int) *Batch {
	return &Batch{
		Obs: NewValues(space, n), FinalObs: NewValues(space, n),
		Reward: make([]float64, n), Terminated: make([]bool, n), Truncated: make([]bool, n),
	}
}

// Done says whether the episode of environment i ended in this step.
func (b *Batch) Done(i int) bool { return b.Terminated[i] || b.Truncated[i] }

// Pixels returns the pictures of all N observations as one array, uint8 [N, H, W, 3], or nil where they have none. It
// aliases Obs.
func (b *Batch) Pixels() []uint8 {
	if len(b.Obs) == 0 {
		return nil
	}
	first := b.Obs[0].Pixels()
	return first[: len(b.Obs)*len(first) : len(b.Obs)*len(first)]
}

func (b *Batch) check(n int) error {
	if b == nil || len(b.Obs) != n || len(b.FinalObs) != n || len(b.Reward) != n || len(b.Terminated) != n || len(b.Truncated) != n {
		return fmt.Errorf("env: the batch has no room for exactly %d environments; make it with NewBatch", n)
	}
	return nil
}

// put writes the outcome of a step of environment i.
func (b *Batch) put(i int, step Step) {
	Copy(b.Obs[i], step.Obs)
	b.Reward[i], b.Terminated[i], b.Truncated[i] = step.Reward, step.Terminated, step.Truncated
}

// NewValues returns n new elements of the space. The elements of each field lie behind each other in one array, the first
// value's slices having the capacity for all.
func NewValues(space Space, n int) []Value {
	values := make([]Value, n)
	if dict, ok := space.(Dict); ok {
		for i := range values {
			values[i].Dict = make(map[string]Value, len(dict.Spaces))
		}
		for key, part := range dict.Spaces {
			for i, v := range NewValues(part, n) {
				values[i].Dict[key] = v
			}
		}
		return values
	}
	one := space.New()
	ints, bytes, floats := repeat(one.Int, n), repeat(one.U8, n), repeat(one.F32, n)
	for i := range values {
		values[i] = Value{Int: row(ints, i, n), U8: row(bytes, i, n), F32: row(floats, i, n)}
	}
	return values
}

// repeat returns n copies of one behind each other, nil for nil.
func repeat[T any](one []T, n int) []T {
	if one == nil {
		return nil
	}
	all := make([]T, 0, n*len(one))
	for range n {
		all = append(all, one...)
	}
	return all
}

// row returns the i-th of n equal parts of all.
func row[T any](all []T, i, n int) []T {
	if all == nil {
		return nil
	}
	size := len(all) / n
	return all[i*size : (i+1)*size]
}
