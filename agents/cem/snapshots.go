package cem

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"somnium/env"
)

// Snapshots foresees by the environment itself: it takes a snapshot, and lets copies of the environment go on from there.
type Snapshots struct {
	truth  env.Snapshotter
	copies []env.Env
}

// NewSnapshots returns the foresight of an environment with snapshots; open makes further ones of the same name and
// parameters, to try plans in. Close closes those.
func NewSnapshots(e env.Env, open func() (env.Env, error)) (*Snapshots, error) {
	truth, ok := env.As[env.Snapshotter](e)
	if !ok {
		return nil, fmt.Errorf("cem: %s has no snapshots to try plans from; plan in a dream of it", e.Spec().ID)
	}
	s := &Snapshots{truth: truth}
	for range runtime.GOMAXPROCS(0) {
		c, err := open()
		if err == nil {
			s.copies = append(s.copies, c)
			_, err = c.Reset(env.Seeded(0))
			if _, ok := env.As[env.Snapshotter](c); err == nil && !ok {
				err = errors.New("cem: the copies have no snapshots; open the same environment")
			}
		}
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// Begin implements [Foresight]. A snapshot tells all.
func (s *Snapshots) Begin(env.Value, uint64) error { return nil }

// Observe implements [Foresight].
func (s *Snapshots) Observe(env.Value, env.Value) error { return nil }

// Foresee implements [Foresight]. What a plan brings does not depend on which copy tries it.
func (s *Snapshots) Foresee(plans [][]env.Value, discount float64, returns []float64) error {
	snapshot, err := s.truth.Snapshot()
	if err != nil {
		return err
	}
	errs := make([]error, len(s.copies))
	var group sync.WaitGroup
	for w, c := range s.copies {
		group.Go(func() {
			for i := w; i < len(plans) && errs[w] == nil; i += len(s.copies) {
				returns[i], errs[w] = try(c, snapshot, plans[i], discount)
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// try returns what a plan brings from a snapshot on.
func try(e env.Env, snapshot []byte, plan []env.Value, discount float64) (sum float64, err error) {
	snapshotter, _ := env.As[env.Snapshotter](e)
	if _, err := snapshotter.Restore(snapshot); err != nil {
		return 0, err
	}
	weight := 1.0
	for _, action := range plan {
		step, err := e.Step(action)
		if err != nil {
			return 0, err
		}
		sum += weight * step.Reward
		weight *= discount
		if step.Done() {
			break
		}
	}
	return sum, nil
}

// Close closes the copies.
func (s *Snapshots) Close() error {
	var errs []error
	for _, c := range s.copies {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
