package stage

import (
	"errors"
	"math"
	"slices"

	"somnium/env"
	"somnium/viewer/hands"
	"somnium/viewer/overlay"
	"somnium/viewer/wire"
)

// moment is a frame of the timeline.
type moment struct {
	// truth and dream are the pictures, nil where there is none.
	truth, dream []byte
	state        env.State
	caption      string
	// action led here, code is its number; words say what it does.
	action env.Value
	code   uint64
	words  string
	// woke says that before the action the dream was shown the truth again.
	woke                bool
	reward, dreamReward float64
	total               float64 // of the rewards so far
	// end says why the episode ended here; dreamOver that the dream holds it for over since here or before.
	end                   string
	terminated, truncated bool
	dreamOver             bool
	psnr                  float64
	unseen                int
	seq                   uint64
}

// ends notes whether and why a step ended its episode.
func (m *moment) ends(step env.Step) {
	m.terminated, m.truncated = step.Terminated, step.Truncated
	switch {
	case step.Terminated:
		m.end = "The episode is over."
	case step.Truncated:
		m.end = "The time is up."
	}
}

// How many bytes a timeline holds with its branches, about what a frame takes beside its pictures, and how many frames there are.
const (
	mostBytes  = 384 << 20
	aside      = 1 << 10
	mostFrames = 50_000
)

// append puts a moment at the end of the timeline, with what the truth says of it.
func (s *Stage) append(m moment) {
	m.psnr = -1
	if s.truth != nil {
		if prober, ok := env.As[env.Prober](s.truth); ok {
			m.state = prober.State()
			m.unseen = overlay.Unseen(m.state)
		}
		if captioner, ok := env.As[env.Captioner](s.truth); ok {
			m.caption, _ = captioner.Captions()
		}
	}
	if n := len(s.moments); n > 0 {
		m.total = s.moments[n-1].total + m.reward
	}
	s.moments = append(s.moments, m)
}

// Advance moves the stage by one frame: what is to be caught up with first, then what was played before, then something new.
func (s *Stage) Advance() error {
	if !s.Moving() {
		return nil
	}
	s.turn++
	if len(s.pending) > 0 {
		return s.catchUp()
	}
	if s.at < len(s.moments)-1 && !s.depart && hands.Idle(s.held) {
		s.at++
		return nil
	}
	return s.act()
}

// catchUp takes the next actions of a replay.
func (s *Stage) catchUp() error {
	code := s.pending[0]
	s.pending = s.pending[1:]
	var err error
	if code == wire.WakeCode {
		err = s.wakeUp()
	} else {
		var action env.Value
		if action, err = hands.Action(s.spec.Action, code-1); err == nil {
			err = s.step(action)
		}
	}
	if err != nil || s.over() {
		s.pending = nil
	}
	if len(s.pending) == 0 && s.goal > 0 {
		s.show(s.goal)
	}
	return err
}

// act asks who acts, and steps.
func (s *Stage) act() error {
	var action env.Value
	if s.agent != nil && hands.Idle(s.held) {
		s.at = max(s.at, s.context-1)
		m := s.moments[s.at]
		if err := s.place(s.at); err != nil {
			return err
		}
		obs := env.Value{U8: m.truth}
		if m.truth == nil {
			obs.U8 = m.dream
		}
		action = s.agent.Act(obs).Clone()
	} else {
		action = s.keys.Action(s.held)
	}
	s.held.Tapped, s.held.Look = nil, [2]float64{}
	return s.step(action)
}

// stepBy moves by so many frames and stops there: to what was played before, or one new frame, where hands do something or
// nothing was played before.
func (s *Stage) stepBy(count int) error {
	s.paused = true
	last := s.at == len(s.moments)-1
	if count > 0 && last && s.over() {
		return nil
	}
	if count > 0 && (last || s.depart || !hands.Idle(s.held)) {
		return s.act()
	}
	s.show(s.at + count)
	return nil
}

// step takes an action from the frame that is shown. Where there was a future already, that becomes a branch.
func (s *Stage) step(action env.Value) error {
	if err := s.room(); err != nil {
		return err
	}
	code, err := hands.Code(s.spec.Action, action)
	if err != nil {
		return err
	}
	s.at = max(s.at, s.context-1) // nobody sets out from among the frames that the dream was given
	if err := s.place(s.at); err != nil {
		return err
	}
	if s.at < len(s.moments)-1 {
		s.depart = false
		s.forks = append(s.forks, s.cut(s.at))
	}
	if s.over() {
		return nil
	}
	m := moment{action: action, code: code, words: s.keys.Words(action), seq: s.seq, woke: s.wake}
	if err := s.lead(&m); err != nil {
		s.placed = -1
		return err
	}
	s.wake = false
	s.append(m)
	last := &s.moments[len(s.moments)-1]
	if m.truth != nil && m.dream != nil {
		last.psnr = PSNR(m.truth, m.dream)
	}
	s.at, s.placed = len(s.moments)-1, len(s.moments)-1
	if (len(s.moments)-s.context)%keyframeEvery == 0 {
		return s.keep()
	}
	return nil
}

// lead steps both environments, which stand at the frame that is shown, and fills in what they return.
func (s *Stage) lead(m *moment) error {
	before := s.moments[s.at]
	if m.woke {
		if err := s.prime(s.contextUpTo(s.at)); err != nil {
			return err
		}
		before.dreamOver = false
	}
	if s.truth != nil {
		step, err := s.truth.Step(m.action)
		if err != nil {
			return err
		}
		m.truth, m.reward = slices.Clone(step.Obs.Pixels()), step.Reward
		m.ends(step)
	}
	if s.dream == nil {
		return nil
	}
	m.dream, m.dreamOver = before.dream, before.dreamOver
	if before.dreamOver {
		return nil
	}
	step, err := s.dream.Step(m.action)
	if err != nil {
		return err
	}
	m.dream, m.dreamReward, m.dreamOver = slices.Clone(step.Obs.Pixels()), step.Reward, step.Done()
	if s.truth == nil {
		m.reward = step.Reward
		m.ends(step)
	}
	return nil
}

// room returns an error where the timeline is full. The oldest branches make room for what is played.
func (s *Stage) room() error {
	whole := fork{moments: s.moments, keyframes: s.keyframes, forks: s.forks}
	bytes := whole.bytes()
	for bytes >= s.most && len(s.forks) > 0 {
		bytes -= s.forks[0].bytes()
		s.forks = slices.Delete(s.forks, 0, 1)
	}
	if len(s.moments) < mostFrames && bytes < s.most {
		return nil
	}
	s.paused = true
	return errors.New("stage: the timeline is full; save what you need, and begin anew")
}

// wakeUp shows the dream the truth again, from the next step on.
func (s *Stage) wakeUp() error {
	switch {
	case s.dream == nil:
		return errors.New("stage: no dream is on that could wake up")
	case s.truth == nil:
		return errors.New("stage: there is no truth beside this dream to wake up to")
	}
	s.wake = true
	s.depart = s.at < len(s.moments)-1
	if len(s.pending) == 0 {
		s.notice(false, "From the next frame on the dream goes on from the truth.")
	}
	return nil
}

// PSNR returns the peak signal-to-noise ratio of two pictures in decibels, 99 where they are the same.
func PSNR(a, b []byte) float64 {
	sum := 0
	for i := range a {
		d := int(a[i]) - int(b[i])
		sum += d * d
	}
	if sum == 0 {
		return 99
	}
	return min(10*math.Log10(255*255*float64(len(a))/float64(sum)), 99)
}
