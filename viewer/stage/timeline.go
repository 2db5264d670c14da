package stage

import (
	"fmt"
	"slices"

	"somnium/env"
)

// keyframeEvery is from how many frames to how many the environments' states are kept: others are reached by stepping on from
// the one before.
const keyframeEvery = 16

// keyframe is the states of both environments at a frame; nil where one has none to keep.
type keyframe struct {
	at           int
	truth, dream []byte
}

// fork is a future that was left at a frame for another one.
type fork struct {
	at        int
	moments   []moment
	keyframes []keyframe
	forks     []fork // that begin on it
}

// bytes returns about how much memory a branch holds, with those that begin on it.
func (f fork) bytes() int {
	sum := 0
	if n := len(f.moments); n > 0 {
		m := f.moments[n-1]
		sum = n * (len(m.truth) + len(m.dream) + aside)
	}
	for _, k := range f.keyframes {
		sum += len(k.truth) + len(k.dream)
	}
	for _, other := range f.forks {
		sum += other.bytes()
	}
	return sum
}

// mostForks is how many are kept; the oldest go first.
const mostForks = 12

// keep keeps the states of the environments, which stand at the last frame.
func (s *Stage) keep() error {
	k := keyframe{at: len(s.moments) - 1}
	var err error
	if k.truth, err = snapshot(s.truth); err == nil {
		k.dream, err = snapshot(s.dream)
	}
	if err != nil {
		return err
	}
	s.keyframes = append(s.keyframes, k)
	return nil
}

func snapshot(e env.Env) ([]byte, error) {
	if e == nil {
		return nil, nil
	}
	snapshotter, ok := env.As[env.Snapshotter](e)
	if !ok {
		return nil, nil
	}
	return snapshotter.Snapshot()
}

// place brings both environments to a frame of the timeline, which is not before the last that the dream was given.
func (s *Stage) place(frame int) error {
	if s.placed == frame {
		return nil
	}
	s.placed = -1
	i := len(s.keyframes) - 1
	for i > 0 && s.keyframes[i].at > frame {
		i--
	}
	key := s.keyframes[i]
	if err := s.restore(s.truth, key.truth, key.at, s.replayTruth); err != nil {
		return err
	}
	if err := s.restore(s.dream, key.dream, key.at, nil); err != nil {
		return err
	}
	at := s.at
	defer func() { s.at = at }()
	for t := key.at + 1; t <= frame; t++ {
		s.at = t - 1
		m := s.moments[t] // a copy: what was shown stays
		if err := s.lead(&m); err != nil {
			return fmt.Errorf("stage: going back to frame %d: %w", frame, err)
		}
	}
	s.placed = frame
	return nil
}

// restore brings an environment back, by its snapshot or, without one, by playing again.
func (s *Stage) restore(e env.Env, snapshot []byte, frame int, replay func(frame int) error) error {
	if e == nil {
		return nil
	}
	if snapshotter, ok := env.As[env.Snapshotter](e); ok && snapshot != nil {
		_, err := snapshotter.Restore(snapshot)
		return err
	}
	if replay == nil {
		return fmt.Errorf("stage: %s keeps no state, so that one cannot go back in it", e.Spec().ID)
	}
	return replay(frame)
}

// replayTruth plays the truth up to a frame.
func (s *Stage) replayTruth(frame int) error {
	if _, err := s.truth.Reset(env.Seeded(s.scene.Seed)); err != nil {
		return err
	}
	for t := 1; t <= frame; t++ {
		if _, err := s.truth.Step(s.moments[t].action); err != nil {
			return err
		}
	}
	return nil
}

// cut takes the future of a frame off the timeline.
func (s *Stage) cut(frame int) fork {
	f := fork{at: frame, moments: slices.Clone(s.moments[frame+1:])}
	s.moments = s.moments[:frame+1]
	s.low = min(s.low, frame+1)
	keep := func(k keyframe) bool { return k.at <= frame }
	for _, k := range s.keyframes {
		if !keep(k) {
			f.keyframes = append(f.keyframes, k)
		}
	}
	s.keyframes = slices.DeleteFunc(s.keyframes, func(k keyframe) bool { return !keep(k) })
	for _, other := range s.forks {
		if other.at > frame {
			f.forks = append(f.forks, other)
		}
	}
	s.forks = slices.DeleteFunc(s.forks, func(other fork) bool { return other.at > frame })
	if len(s.forks) >= mostForks {
		s.forks = slices.Delete(s.forks, 0, 1)
	}
	return f
}

// swap brings a branch back; what it takes the place of becomes a branch.
func (s *Stage) swap(number int) error {
	if number < 0 || number >= len(s.forks) {
		return fmt.Errorf("stage: there is no branch %d; one comes about by acting at a frame of the past", number)
	}
	f := s.forks[number]
	s.forks = slices.Delete(s.forks, number, number+1)
	old := s.cut(f.at)
	s.moments = append(s.moments, f.moments...)
	s.keyframes = append(s.keyframes, f.keyframes...)
	s.forks = append(s.forks, f.forks...)
	if len(old.moments) > 0 {
		s.forks = append(s.forks, old)
	}
	s.at, s.placed = len(s.moments)-1, -1
	s.wake, s.depart = false, false
	return nil
}

// Low returns the first frame of the timeline that is another one than at the last call.
func (s *Stage) Low() int {
	low := s.low
	s.low = len(s.moments)
	return low
}
