package stage

import (
	"errors"
	"fmt"
	"slices"

	"somnium/env"
	"somnium/viewer/hands"
	"somnium/viewer/scenes"
	"somnium/viewer/wire"
)

// Open goes to a place. Where that is unknown, the stage stays as it was; where its worlds do not begin, it is left without a moment.
func (s *Stage) Open(place wire.Place) error {
	codes, err := wire.DecodeReplay(place.Replay)
	if err != nil {
		return err
	}
	test, isTest := scenes.Find(place.Scene)
	name := place.Scene
	if isTest {
		name = test.Env
	}
	if err := s.mount(name, test); err != nil {
		return err
	}
	s.words, s.scene.Words = place.Words, place.Words
	seed := test.Seed
	if place.Seed != nil {
		seed = *place.Seed
	}
	if err := s.restart(seed); err != nil {
		return err
	}
	s.paused = place.Paused
	if len(codes) == 0 {
		return nil
	}
	s.pending, s.goal = codes, place.At
	s.agent, s.agentName = nil, ""
	s.paused = s.paused || !place.Resume
	if place.Resume {
		return s.setAgent(place.Agent)
	}
	return nil
}

// mount makes what plays on the stage and takes away what did.
func (s *Stage) mount(name string, test scenes.Test) error {
	opened, err := s.house.Truth(name)
	if err != nil {
		return err
	}
	spec := opened.Env.Spec()
	if _, _, ok := env.FrameSize(spec.Observation); !ok {
		return errors.Join(fmt.Errorf("stage: %s shows no picture; choose an environment that does", name), opened.Env.Close())
	}
	dream, remark, err := s.house.Dream(name, spec)
	if err != nil {
		dream, remark = nil, err.Error()
	}
	s.Close()
	s.truth, s.dream, s.spec, s.test = opened.Env, dream, spec, test
	s.leader, s.leaderIs, s.prompt, s.words = opened.Leader, opened.LeaderName, env.Context{}, ""
	s.bill(name)
	s.scene.Remark = remark
	s.gen++
	s.first()
	return nil
}

// bill says what is on the stage.
func (s *Stage) bill(name string) {
	height, width, _ := env.FrameSize(s.spec.Observation)
	s.keys = hands.For(s.spec.Action, s.spec.Doc)
	s.scene = wire.Scene{
		Name: name, Title: Title(s.spec.ID), Asks: s.spec.Doc, Seed: s.scene.Seed, Height: height, Width: width, FPS: s.spec.FPS,
		Truth: s.truth != nil, Dream: s.dream != nil, Bindings: append([]wire.Binding{}, s.keys.Bindings...), Look: s.keys.Look,
		Crafts: s.keys.Crafts,
	}
	if s.test.ID != "" {
		s.scene.Name, s.scene.Title, s.scene.Asks, s.scene.Test = s.test.ID, s.test.Title, s.test.Asks, true
	}
}

// first hands over to the first agent that can act, so that something moves.
func (s *Stage) first() {
	s.agent, s.agentName, s.able = nil, "", nil
	if len(s.scene.Bindings) == 0 && s.leader == nil {
		return // one can only watch
	}
	for _, name := range s.Agents() {
		agent, err := s.makeAgent(name)
		if err != nil {
			continue
		}
		if s.able = append(s.able, name); s.agent == nil {
			s.agent, s.agentName = agent, name
		}
	}
}

// restart begins the episode of a seed.
func (s *Stage) restart(seed uint64) error {
	s.scene.Seed = seed
	s.moments, s.keyframes, s.forks, s.pending = nil, nil, nil, nil
	s.wake, s.depart, s.goal, s.low = false, false, 0, 0
	s.held = wire.Hands{}
	s.keys.Forget()
	s.gen++
	var err error
	if s.truth != nil {
		err = s.beginTruth(seed)
	} else {
		s.beginPrompt()
	}
	if err == nil && s.dream != nil {
		err = s.beginDream(seed)
	}
	if err != nil {
		s.moments = nil
		return err
	}
	s.at, s.placed = len(s.moments)-1, len(s.moments)-1
	s.context = len(s.moments)
	if s.agent != nil {
		s.agent.Reset(seed)
	}
	return s.keep()
}

// beginTruth plays the frames that the dream will be given, with idle hands or as was recorded.
func (s *Stage) beginTruth(seed uint64) error {
	obs, err := s.truth.Reset(env.Seeded(seed))
	if err != nil {
		return err
	}
	s.append(moment{truth: slices.Clone(obs.Pixels()), words: "start"})
	if s.leader != nil {
		s.leader.Reset(seed)
	}
	for len(s.moments) < s.house.Context && s.dream != nil && !s.over() {
		action := s.keys.Action(wire.Hands{})
		if s.leader != nil {
			action = s.leader.Act(obs)
		}
		step, err := s.truth.Step(action)
		if err != nil {
			return err
		}
		obs = step.Obs
		m := moment{truth: slices.Clone(obs.Pixels()), action: action.Clone(), words: s.keys.Words(action), reward: step.Reward}
		m.ends(step)
		s.append(m)
	}
	return nil
}

// beginPrompt shows the frames of the prompt.
func (s *Stage) beginPrompt() {
	size := s.prompt.Height * s.prompt.Width * 3
	for i := range s.prompt.Len() {
		s.append(moment{dream: s.prompt.Frames[i*size : (i+1)*size], words: "given"})
	}
}

// beginDream shows the dream what there is so far.
func (s *Stage) beginDream(seed uint64) error {
	if _, err := s.dream.Reset(env.Seeded(seed)); err != nil {
		return err
	}
	context := s.prompt
	if s.truth != nil {
		context = s.contextUpTo(len(s.moments) - 1)
	}
	if err := s.prime(context); err != nil {
		return err
	}
	if s.truth == nil {
		return nil
	}
	for i := range s.moments {
		s.moments[i].dream = s.moments[i].truth
	}
	return nil
}

func (s *Stage) prime(context env.Context) error {
	primer, ok := env.As[env.Primer](s.dream)
	if !ok {
		return errors.New("stage: this dream cannot be primed; open it from a checkpoint")
	}
	_, err := primer.Prime(context)
	return err
}

// contextUpTo returns the true frames that the dream is given, the last of them that of a number.
func (s *Stage) contextUpTo(frame int) env.Context {
	c := env.Context{Height: s.scene.Height, Width: s.scene.Width, Actions: []env.Value{}, Caption: s.moments[0].caption}
	if s.words != "" {
		c.Caption = s.words
	}
	first := max(0, frame+1-s.house.Context)
	for i := first; i <= frame; i++ {
		c.Frames = append(c.Frames, s.moments[i].truth...)
		if i > first {
			c.Actions = append(c.Actions, s.moments[i].action)
		}
	}
	return c
}

// Title makes words of an id: RigidSwingingOccluder-v0 is "Rigid swinging occluder".
func Title(id string) string {
	var words []byte
	for i := range len(id) {
		c := id[i]
		switch {
		case c == '-':
			return string(words)
		case i > 0 && c >= 'A' && c <= 'Z':
			words = append(words, ' ', c+'a'-'A')
		default:
			words = append(words, c)
		}
	}
	return string(words)
}
