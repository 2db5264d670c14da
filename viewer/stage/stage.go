// Package stage is the viewer's state machine: a truth and a dream that the same actions lead in lock-step, and the timeline of
// what they showed, on which one can go back, look, and set out anew from any frame.
//
// A [Stage] knows no clock, no window and no network. Who drives it calls [Stage.Advance] as often as [Stage.Interval] says, hands
// it what people do, and asks for a [Stage.View] of the moment. The same calls give the same views, to the bit.
package stage

import (
	"errors"
	"fmt"
	"time"

	"somnium/env"
	"somnium/viewer/hands"
	"somnium/viewer/scenes"
	"somnium/viewer/wire"
)

// Agent is who acts in the place of hands.
type Agent interface {
	Reset(seed uint64)
	Act(obs env.Value) env.Value
}

// Truth is what a name stands for.
type Truth struct {
	Env env.Env
	// Leader is who acts where the episode is a recorded one, under the name LeaderName. Default: hands.
	Leader     Agent
	LeaderName string
}

// House is where a stage gets everything from: whoever makes the stage knows simulators, models and agents, the stage does not.
type House struct {
	// Truth makes the simulator of a name, or the recorded episode.
	Truth func(name string) (Truth, error)
	// Dream makes a dream in the place of a simulator, which is an env.Primer. remark is what must be said of it; an error says why
	// there is none, and the truth is shown alone.
	Dream func(name string, spec env.Spec) (dream env.Env, remark string, err error)
	// Agent makes an agent for an environment.
	Agent func(name string, e env.Env) (Agent, error)
	// Agents are the names that Agent takes; the first that can act in a scene is the one that hands are first relieved by.
	Agents []string
	// Worlds are the scenes beside the tests.
	Worlds []wire.SceneCard
	// Context is the number of true frames that a dream is given. Default: 8.
	Context int
}

// TourName is the agent that shows what a test is about.
const TourName = "tour"

// Stage is one person's stage. It is not safe for concurrent use.
type Stage struct {
	house House

	scene     wire.Scene
	test      scenes.Test
	truth     env.Env
	dream     env.Env
	spec      env.Spec
	keys      *hands.Map
	leader    Agent // of a recorded episode
	leaderIs  string
	prompt    env.Context // of a dream without a truth
	words     string      // what the dream is told, where that is not the scene's caption
	agent     Agent
	agentName string
	able      []string // the agents that can act

	moments   []moment
	keyframes []keyframe
	forks     []fork
	context   int // frames that the dream was given
	at        int // the frame that is shown
	placed    int // the frame that the environments stand at
	low       int // the first frame that has changed since somebody asked
	wake      bool
	depart    bool // the next step sets out anew, even from the past
	pending   []uint64
	goal      int // the frame to show when nothing is pending any more
	most      int // bytes of the timeline and its branches

	paused  bool
	speed   float64
	held    wire.Hands
	seq     uint64
	gen     int
	turn    int
	verdict struct {
		turn  int
		lines []wire.Line
	}
	notices []wire.Notice
}

// New returns a stage with nothing on it.
func New(house House) *Stage {
	if house.Truth == nil || house.Dream == nil || house.Agent == nil {
		panic("stage: a House knows how to make truths, dreams and agents")
	}
	if house.Context <= 0 {
		house.Context = 8
	}
	return &Stage{house: house, speed: 1, placed: -1, most: mostBytes}
}

// Close frees the environments.
func (s *Stage) Close() error {
	var errs []error
	for _, e := range []env.Env{s.truth, s.dream} {
		if e != nil {
			errs = append(errs, e.Close())
		}
	}
	s.truth, s.dream = nil, nil
	return errors.Join(errs...)
}

// Ready says whether a scene is on.
func (s *Stage) Ready() bool { return len(s.moments) > 0 }

// Do carries out a command. Its error is for the person who gave it: the stage is as before.
func (s *Stage) Do(c wire.Command) error {
	if c.Do != wire.Open && c.Do != wire.Prompt && !s.Ready() {
		return errors.New("stage: no scene is on yet; open one from the menu")
	}
	s.turn++
	switch c.Do {
	case wire.HandsOn:
		s.hands(*c.Hands, c.Seq)
	case wire.Open:
		return s.Open(*c.Place)
	case wire.Play:
		s.paused = false
		if s.at == len(s.moments)-1 && s.over() {
			return s.restart(s.scene.Seed)
		}
	case wire.Pause:
		s.halt()
	case wire.Step:
		return s.stepBy(c.Count)
	case wire.Seek:
		s.halt()
		s.show(c.Count)
	case wire.Speed:
		s.speed = min(max(c.Value, 1.0/16), 64)
	case wire.Agent:
		return s.setAgent(c.Text)
	case wire.Wake:
		return s.wakeUp()
	case wire.Branch:
		return s.swap(c.Count)
	case wire.Prompt:
		return s.Prompt(c.Text)
	default:
		return fmt.Errorf("stage: %s is not for the stage", c.Do)
	}
	return nil
}

// show goes to a frame.
func (s *Stage) show(frame int) { s.at = min(max(frame, 0), len(s.moments)-1) }

// halt pauses. What was tapped for a step that did not come is not for one at another time.
func (s *Stage) halt() {
	s.paused = true
	s.held.Tapped, s.held.Look = nil, [2]float64{}
}

// hands notes what the hands do. What was tapped stays until a step has taken it.
func (s *Stage) hands(h wire.Hands, seq uint64) {
	tapped := append(s.held.Tapped, h.Tapped...)
	look := [2]float64{s.held.Look[0] + h.Look[0], s.held.Look[1] + h.Look[1]}
	s.held = wire.Hands{Held: h.Held, Tapped: tapped[max(0, len(tapped)-16):], Look: look}
	s.seq = max(seq, s.seq)
	if !hands.Idle(s.held) && s.agent != nil && s.leader == nil {
		s.agent, s.agentName = nil, "" // whoever takes the keys has them
		s.keys.Forget()
	}
}

// setAgent hands over to an agent, or back to the hands.
func (s *Stage) setAgent(name string) error {
	if name == "" {
		s.agent, s.agentName = nil, ""
		return nil
	}
	agent, err := s.makeAgent(name)
	if err != nil {
		return err
	}
	agent.Reset(s.scene.Seed + uint64(s.at))
	s.agent, s.agentName = agent, name
	s.depart = s.at < len(s.moments)-1
	return nil
}

func (s *Stage) makeAgent(name string) (Agent, error) {
	if name == TourName && s.test.Tour != nil {
		return tour{s}, nil
	}
	if s.leader != nil && name == s.leaderIs {
		return s.leader, nil
	}
	e := s.truth
	if e == nil {
		e = s.dream
	}
	return s.house.Agent(name, e)
}

// tour is the agent of a test's own tour.
type tour struct{ stage *Stage }

func (tour) Reset(uint64) {}

func (t tour) Act(env.Value) env.Value {
	s := t.stage
	return s.keys.Action(s.test.Tour(s.moments[0].state, s.moments[s.at].state))
}

// Agents returns the names of who can act in the scene, the one to begin with first.
func (s *Stage) Agents() []string {
	var names []string
	if s.leader != nil {
		names = append(names, s.leaderIs)
	}
	if s.test.Tour != nil {
		names = append(names, TourName)
	}
	return append(names, s.house.Agents...)
}

// Interval returns the time from one step to the next, 0 while there is something to catch up with.
func (s *Stage) Interval() time.Duration {
	if len(s.pending) > 0 || s.scene.FPS <= 0 {
		return 0
	}
	return time.Duration(float64(time.Second) / (s.scene.FPS * s.speed))
}

// Moving says whether Advance would do something.
func (s *Stage) Moving() bool {
	if !s.Ready() {
		return false
	}
	return len(s.pending) > 0 || !s.paused && (s.at < len(s.moments)-1 || !s.over())
}

// over says whether the episode that is shown has ended at its last frame.
func (s *Stage) over() bool { return s.moments[len(s.moments)-1].end != "" }

// notice leaves a remark.
func (s *Stage) notice(bad bool, format string, args ...any) {
	s.notices = append(s.notices, wire.Notice{Text: fmt.Sprintf(format, args...), Bad: bad})
}

// Notices returns the remarks since the last call.
func (s *Stage) Notices() []wire.Notice {
	list := s.notices
	s.notices = nil
	return list
}
