package envtest

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"somnium/env"
)

// checkSeed records the same seed in two environments, and twice in one of them.
func checkSeed(f fixture) error {
	want, err := f.record(3)
	if err != nil {
		return err
	}
	return f.with(func(e env.Env) error {
		for _, seed := range []uint64{3, 4, 3} {
			got, err := recordFrom(e, seed, f.Steps)
			if err != nil {
				return err
			}
			if seed != 3 {
				continue
			}
			if err := want.same(got); err != nil {
				return fmt.Errorf("seed 3 twice: %w", err)
			}
		}
		return nil
	})
}

// checkIndependence records environments side by side, first in turns, then in parallel, and compares with each alone.
func checkIndependence(f fixture) error {
	var alone [2]run
	for i := range alone {
		var err error
		if alone[i], err = f.record(uint64(i)); err != nil {
			return err
		}
	}
	if err := f.inTurns(alone); err != nil {
		return fmt.Errorf("two environments stepped in turns: %w", err)
	}
	var together [2]run
	var errs [2]error
	var group sync.WaitGroup
	for i := range together {
		group.Go(func() { together[i], errs[i] = f.record(uint64(i)) })
	}
	group.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	for i := range together {
		if err := alone[i].same(together[i]); err != nil {
			return fmt.Errorf("two environments stepped in parallel: %w", err)
		}
	}
	return nil
}

// inTurns steps two environments alternately and compares with what they did alone.
func (f fixture) inTurns(alone [2]run) error {
	return f.with(func(a env.Env) error {
		return f.with(func(b env.Env) error {
			envs := [2]env.Env{a, b}
			var actors [2]*actor
			var pending [2]env.Step
			for i, e := range envs {
				obs, err := e.Reset(env.Seeded(uint64(i)))
				if err != nil {
					return err
				}
				pending[i].Obs, actors[i] = obs, newActor(e)
			}
			for k := range f.Steps + 1 {
				for i := range envs {
					// Digested late, after the other one has moved: its memory must not be this one's.
					if digestOf(pending[i]) != alone[i][k] {
						return fmt.Errorf("environment %d differs at step %d", i, k)
					}
				}
				for i, e := range envs {
					var err error
					if pending[i].Done() {
						pending[i] = env.Step{}
						pending[i].Obs, err = e.Reset(env.ResetOptions{})
					} else {
						pending[i], err = e.Step(actors[i].act())
					}
					if err != nil {
						return err
					}
				}
			}
			return nil
		})
	})
}

// checkProcessors compares runs on one processor and on two.
func checkProcessors(f fixture) error {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	var runs [2]run
	for i := range runs {
		runtime.GOMAXPROCS(i + 1)
		var err error
		if runs[i], err = f.record(3); err != nil {
			return err
		}
	}
	return runs[0].same(runs[1])
}

// checkSeedsDiffer records a few seeds, which must not all look alike.
func checkSeedsDiffer(f fixture) error {
	if f.SeedIgnored {
		return nil
	}
	first, err := f.record(0)
	if err != nil {
		return err
	}
	for seed := range uint64(4) {
		other, err := f.record(seed + 1)
		if err != nil {
			return err
		}
		if first.same(other) != nil {
			return nil
		}
	}
	return errors.New("seeds 0 to 4 all give the same run")
}

// checkStreamContinues compares the unseeded episodes that follow a seeded one, in two environments.
func checkStreamContinues(f fixture) error {
	var runs [2][]run
	for i := range runs {
		var err error
		if runs[i], err = f.episodes(4); err != nil {
			return err
		}
	}
	differ := false
	for k := range runs[0] {
		if err := runs[0][k].same(runs[1][k]); err != nil {
			return fmt.Errorf("episode %d after the seeded one: %w", k, err)
		}
		differ = differ || runs[0][0].same(runs[0][k]) != nil
	}
	if !differ && !f.SeedIgnored {
		return errors.New("the unseeded episodes repeat the seeded one")
	}
	return nil
}

// episodes returns the beginnings of a seeded episode and of the unseeded ones after it.
func (f fixture) episodes(n int) ([]run, error) {
	var all []run
	err := f.with(func(e env.Env) error {
		first, err := recordFrom(e, 9, 3)
		if err != nil {
			return err
		}
		all = append(all, first)
		for range n - 1 {
			obs, err := e.Reset(env.ResetOptions{})
			if err != nil {
				return fmt.Errorf("Reset without a seed: %w", err)
			}
			first := digestOf(env.Step{Obs: obs})
			rest, err := record(e, newActor(e), 3)
			if err != nil {
				return err
			}
			all = append(all, append(run{first}, rest...))
		}
		return nil
	})
	return all, err
}
