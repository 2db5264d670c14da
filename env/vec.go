package env

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// VecOptions say how a [Vec] runs. The zero value works.
type VecOptions struct {
	// Autoreset is what happens to an environment whose episode has ended. Default: NextStep.
	Autoreset Autoreset
	// Ended, where not nil, is called with every environment whose episode has just ended, before anything resets it: to
	// ask it for what Gymnasium puts into final_info, such as its statistics or its true state. It must not step e, and is
	// called for several environments at once. Default: none.
	Ended func(i int, e Env)
	// Workers is the number of goroutines that step. Default: GOMAXPROCS.
	Workers int
}

// Vec is N environments of one spec that step in parallel. What it returns does not depend on the number of workers. A Vec
// is not safe for concurrent use.
type Vec struct {
	envs    []Env
	spec    Spec
	options VecOptions
	// over marks the environments whose episode has ended and that wait for a reset; fresh those before the first one.
	over, fresh []bool
	errs        []error
	closed      bool

	// The job at hand, which the workers share.
	run     func(v *Vec, i int) error
	actions []Value
	resets  VecResetOptions
	dst     *Batch
	next    atomic.Int64
	start   chan struct{}
	done    sync.WaitGroup
}

// NewVec returns n environments that step in parallel, under the default options. The i-th is what newEnv(i) returns; all
// must have the same spaces.
func NewVec(n int, newEnv func(i int) (Env, error)) (*Vec, error) {
	return VecOptions{}.New(n, newEnv)
}

// New returns n environments that step in parallel. See [NewVec].
func (o VecOptions) New(n int, newEnv func(i int) (Env, error)) (*Vec, error) {
	if n < 1 {
		return nil, fmt.Errorf("env: a vector of %d environments; it takes at least one", n)
	}
	if o.Autoreset > Disabled {
		return nil, fmt.Errorf("env: a vector has no mode %v; it has NextStep, SameStep and Disabled", o.Autoreset)
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	v := &Vec{options: o, over: make([]bool, n), fresh: make([]bool, n), errs: make([]error, n), start: make(chan struct{})}
	for i := range n {
		e, err := newEnv(i)
		if err == nil {
			v.envs = append(v.envs, e)
			err = v.sameSpaces(e.Spec())
		}
		if err != nil {
			return nil, errors.Join(inVector(i, err), v.Close())
		}
		v.fresh[i] = true
	}
	// The caller works along: one goroutine less.
	for range min(o.Workers, n) - 1 {
		go v.work()
	}
	return v, nil
}

// sameSpaces takes the first environment's spec as the vector's, and returns an error where a later one's spaces differ.
func (v *Vec) sameSpaces(spec Spec) error {
	if len(v.envs) == 1 {
		v.spec = spec
		return nil
	}
	if got, want := spec.Observation.String(), v.spec.Observation.String(); got != want {
		return fmt.Errorf("env: its observations are %s, those of the first %s", got, want)
	}
	if got, want := spec.Action.String(), v.spec.Action.String(); got != want {
		return fmt.Errorf("env: its actions are %s, those of the first %s", got, want)
	}
	return nil
}

// Spec returns the spec of the first environment; the spaces are those of all.
func (v *Vec) Spec() Spec { return v.spec }

// Num returns the number of environments.
func (v *Vec) Num() int { return len(v.envs) }

// Autoreset returns what happens to an environment whose episode has ended.
func (v *Vec) Autoreset() Autoreset { return v.options.Autoreset }

// Env returns the i-th environment, to ask for its capabilities. Stepping it breaks the vector.
func (v *Vec) Env(i int) Env { return v.envs[i] }

// Reset implements [VecEnv]. Where some environments fail, the error names each, and the others have begun an episode.
func (v *Vec) Reset(opts VecResetOptions, dst *Batch) error {
	if err := v.check(dst); err != nil {
		return err
	}
	if err := opts.check(v.Num()); err != nil {
		return err
	}
	v.resets = opts
	defer func() { v.resets = VecResetOptions{} }()
	return v.each((*Vec).resetOne, dst)
}

// Step implements [VecEnv]. Where some environments fail of themselves, the error names each; the others have stepped.
func (v *Vec) Step(actions []Value, dst *Batch) error {
	if err := v.check(dst); err != nil {
		return err
	}
	if len(actions) != v.Num() {
		return fmt.Errorf("env: %d actions for a vector of %d environments", len(actions), v.Num())
	}
	for i, action := range actions {
		if err := v.steppable(i, action); err != nil {
			return inVector(i, err)
		}
	}
	v.actions = actions
	defer func() { v.actions = nil }()
	return v.each((*Vec).stepOne, dst)
}

// steppable returns nil where environment i can take the action.
func (v *Vec) steppable(i int, action Value) error {
	if v.fresh[i] {
		return ErrNotReset
	}
	if !v.over[i] {
		return v.spec.Action.Contains(action)
	}
	if v.options.Autoreset == Disabled {
		return ErrEpisodeOver
	}
	return nil
}

// Close closes every environment and ends the workers.
func (v *Vec) Close() error {
	if v.closed {
		return nil
	}
	v.closed = true
	close(v.start)
	for i, e := range v.envs {
		v.errs[i] = inVector(i, e.Close())
	}
	return errors.Join(v.errs...)
}

func (v *Vec) check(dst *Batch) error {
	if v.closed {
		return ErrClosed
	}
	return dst.check(v.Num())
}

// resetOne resets environment i, if the mask selects it.
func (v *Vec) resetOne(i int) error {
	if v.resets.Mask != nil && !v.resets.Mask[i] {
		return nil
	}
	opts := ResetOptions{Params: v.resets.Params}
	if v.resets.Seeds != nil {
		opts.Seed = &v.resets.Seeds[i]
	}
	return v.begin(i, opts)
}

// begin starts an episode of environment i.
func (v *Vec) begin(i int, opts ResetOptions) error {
	obs, err := v.envs[i].Reset(opts)
	if err != nil {
		return err
	}
	v.fresh[i], v.over[i] = false, false
	v.dst.put(i, Step{Obs: obs})
	return nil
}

// stepOne steps environment i, or resets it where its episode is over.
func (v *Vec) stepOne(i int) error {
	if v.over[i] {
		return v.begin(i, ResetOptions{})
	}
	step, err := v.envs[i].Step(v.actions[i])
	if err != nil {
		return err
	}
	v.dst.put(i, step)
	v.over[i] = step.Done()
	if step.Done() && v.options.Ended != nil {
		v.options.Ended(i, v.envs[i])
	}
	if step.Done() && v.options.Autoreset == SameStep {
		return v.restart(i, step)
	}
	return nil
}

// restart begins the next episode of environment i within the step that ended the last one.
func (v *Vec) restart(i int, last Step) error {
	Copy(v.dst.FinalObs[i], last.Obs)
	reward, terminated, truncated := last.Reward, last.Terminated, last.Truncated
	if err := v.begin(i, ResetOptions{}); err != nil {
		return err
	}
	v.dst.Reward[i], v.dst.Terminated[i], v.dst.Truncated[i] = reward, terminated, truncated
	return nil
}

// each runs one of the functions above for every environment, in parallel, and returns their errors joined.
func (v *Vec) each(run func(v *Vec, i int) error, dst *Batch) error {
	v.run, v.dst = run, dst
	v.next.Store(0)
	helpers := min(v.options.Workers, v.Num()) - 1
	v.done.Add(helpers)
	for range helpers {
		v.start <- struct{}{}
	}
	v.drain()
	v.done.Wait()
	v.dst = nil
	for i, err := range v.errs {
		if err != nil {
			v.errs[i] = inVector(i, err)
		}
	}
	return joined(v.errs)
}

// work is a helper's life: it drains a job each time that it is started.
func (v *Vec) work() {
	for range v.start {
		v.drain()
		v.done.Done()
	}
}

// drain takes environments from the job until none is left.
func (v *Vec) drain() {
	for {
		i := int(v.next.Add(1)) - 1
		if i >= len(v.envs) {
			return
		}
		v.errs[i] = v.run(v, i)
	}
}

// inVector says which environment of a vector an error is from; nil stays nil.
func inVector(i int, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("env: environment %d of the vector: %w", i, err)
}

// joined is errors.Join without its allocation where there is nothing to join.
func joined(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return errors.Join(errs...)
		}
	}
	return nil
}
