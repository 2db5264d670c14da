package envtest

import (
	"bytes"
	"errors"
	"fmt"

	"somnium/env"
)

// withSnapshotter runs a check on a new environment where it is a Snapshotter.
func (f fixture) withSnapshotter(check func(e env.Env, s env.Snapshotter) error) error {
	return f.with(func(e env.Env) error {
		s, ok := env.As[env.Snapshotter](e)
		if !ok {
			return nil
		}
		return check(e, s)
	})
}

// moment is a snapshot, the observation that belongs to it and what followed it.
type moment struct {
	snapshot []byte
	obs      digest
	after    run
}

// take runs an episode for a few steps, takes a snapshot and records what follows: the rest of a run, unseeded resets
// within it included, and one after it.
func (f fixture) take(e env.Env, s env.Snapshotter, steps int) (moment, error) {
	obs, err := e.Reset(env.Seeded(11))
	if err != nil {
		return moment{}, err
	}
	last, actor := env.Step{Obs: obs}, newActor(e)
	for range steps {
		next, err := e.Step(actor.act())
		if err != nil {
			return moment{}, err
		}
		last = next
		if next.Done() {
			break
		}
	}
	m := moment{obs: digestOf(env.Step{Obs: last.Obs})}
	if m.snapshot, err = s.Snapshot(); err != nil {
		return m, fmt.Errorf("Snapshot: %w", err)
	}
	if last.Done() {
		return m, nil
	}
	m.after, err = f.follow(e)
	return m, err
}

// follow records what follows the present moment, and the beginning of the unseeded episode after it.
func (f fixture) follow(e env.Env) (run, error) {
	r, err := record(e, newActor(e), f.Steps)
	if err != nil {
		return r, err
	}
	obs, err := e.Reset(env.ResetOptions{})
	return append(r, digestOf(env.Step{Obs: obs})), err
}

// replay restores the moment and compares what follows.
func (f fixture) replay(e env.Env, s env.Snapshotter, m moment) error {
	obs, err := s.Restore(bytes.Clone(m.snapshot))
	if err != nil {
		return fmt.Errorf("Restore: %w", err)
	}
	if digestOf(env.Step{Obs: obs}) != m.obs {
		return errors.New("Restore returns another observation than that of the snapshot's moment")
	}
	after, err := f.follow(e)
	if err != nil {
		return err
	}
	return m.after.same(after)
}

// midEpisode is after how many steps snapshots are taken.
const midEpisode = 5

// checkSnapshot restores in the environment that the snapshot is from, twice, and at the very start of an episode.
func checkSnapshot(f fixture) error {
	return f.withSnapshotter(func(e env.Env, s env.Snapshotter) error {
		for _, steps := range []int{0, midEpisode} {
			m, err := f.take(e, s, steps)
			if err != nil {
				return err
			}
			if m.after == nil {
				continue
			}
			for range 2 {
				if err := f.replay(e, s, m); err != nil {
					return fmt.Errorf("snapshot after %d steps: %w", steps, err)
				}
			}
		}
		return f.endedSnapshot(e, s)
	})
}

// endedSnapshot checks that a restored end of an episode is an end still.
func (f fixture) endedSnapshot(e env.Env, s env.Snapshotter) error {
	steps, err := f.toEnd(e)
	if err != nil || steps == 0 {
		return err
	}
	snapshot, err := s.Snapshot()
	if err != nil {
		return fmt.Errorf("Snapshot at the end of an episode: %w", err)
	}
	if _, err := recordFrom(e, 1, 1); err != nil {
		return err
	}
	if _, err := s.Restore(snapshot); err != nil {
		return fmt.Errorf("Restore of the end of an episode: %w", err)
	}
	if _, err := e.Step(e.Spec().Action.New()); err == nil {
		return errors.New("Step after restoring the end of an episode is no error")
	}
	return nil
}

// checkSnapshotElsewhere restores in environments that the snapshot is not from: one that was never reset, and one that is
// in another episode.
func checkSnapshotElsewhere(f fixture) error {
	return f.withSnapshotter(func(e env.Env, s env.Snapshotter) error {
		m, err := f.take(e, s, midEpisode)
		if err != nil || m.after == nil {
			return err
		}
		err = f.withSnapshotter(func(e env.Env, s env.Snapshotter) error { return f.replay(e, s, m) })
		if err != nil {
			return fmt.Errorf("in an environment that was never reset: %w", err)
		}
		err = f.withSnapshotter(func(e env.Env, s env.Snapshotter) error {
			if _, err := recordFrom(e, 12, 3); err != nil {
				return err
			}
			return f.replay(e, s, m)
		})
		if err != nil {
			return fmt.Errorf("in an environment amid another episode: %w", err)
		}
		return nil
	})
}

// checkBadSnapshot restores garbage and cut snapshots amid an episode, and compares with a run in which nobody did.
func checkBadSnapshot(f fixture) error {
	return f.withSnapshotter(func(e env.Env, s env.Snapshotter) error {
		m, err := f.take(e, s, midEpisode)
		if err != nil || m.after == nil {
			return err
		}
		if _, err := s.Restore(m.snapshot); err != nil {
			return err
		}
		half := len(m.snapshot) / 2
		for _, bad := range [][]byte{nil, {0}, bytes.Repeat([]byte{0xff}, len(m.snapshot)), make([]byte, len(m.snapshot)),
			m.snapshot[:half], m.snapshot[:len(m.snapshot)-1], []byte("not a snapshot of anything at all, by no means")} {
			if _, err := s.Restore(bad); err == nil {
				return fmt.Errorf("Restore took %d bytes that are no snapshot: %.16x", len(bad), bad)
			}
		}
		after, err := f.follow(e)
		if err != nil {
			return err
		}
		return m.after.same(after)
	})
}
