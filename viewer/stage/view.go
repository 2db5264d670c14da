package stage

import (
	"somnium/env"
	"somnium/viewer/overlay"
	"somnium/viewer/wire"
)

// View returns the moment, with the timeline's points from a frame on. Its pictures alias the stage's and stay as they are.
func (s *Stage) View(from int) wire.View {
	v := wire.View{Gen: s.gen, Turn: s.turn, Scene: s.scene, Paused: s.paused, Speed: s.speed, Agent: s.agentName, PSNR: -1}
	if !s.Ready() {
		return v
	}
	m := s.moments[s.at]
	v.At, v.Len, v.Context, v.Limit = s.at, len(s.moments), s.context, s.spec.MaxEpisodeSteps
	v.Ended, v.DreamEnded, v.Agents = m.end, m.dreamOver, s.able
	v.Seq, v.Action, v.Caption = m.seq, m.words, m.caption
	v.Reward, v.DreamReward, v.Return, v.PSNR = m.reward, m.dreamReward, m.total, m.psnr
	v.Truth, v.Dream = m.truth, m.dream
	v.Shapes = overlay.Shapes(m.state, overlay.Options{Height: s.scene.Height, Width: s.scene.Width, FOV: s.fov()})
	v.Verdict = s.judge()
	for _, f := range s.forks {
		v.Forks = append(v.Forks, wire.Fork{At: f.at, Len: len(f.moments)})
	}
	v.From = min(max(from, 0), len(s.moments))
	for i := v.From; i < len(s.moments); i++ {
		v.Points = append(v.Points, s.point(i))
	}
	return v
}

// fov returns the angle of view that the environment's name asks for, 0 for its own.
func (s *Stage) fov() float64 {
	name := s.scene.Name
	if s.test.ID != "" {
		name = s.test.Env
	}
	_, config, err := env.ParseName(name)
	if err != nil {
		return 0
	}
	return config.Params["fov"]
}

func (s *Stage) point(i int) wire.Point {
	m := s.moments[i]
	p := wire.Point{PSNR: float32(m.psnr), Reward: float32(m.reward), Hidden: m.unseen}
	if i >= s.context {
		if m.woke {
			p.Codes = append(p.Codes, wire.WakeCode)
		}
		p.Codes = append(p.Codes, m.code+1)
	}
	return p
}

// Replay returns the code of what was done up to a frame.
func (s *Stage) Replay(frame int) string {
	var codes []uint64
	for i := range min(frame+1, len(s.moments)) {
		codes = append(codes, s.point(i).Codes...)
	}
	return wire.EncodeReplay(codes)
}

// judge returns what the test says of the frame that is shown.
func (s *Stage) judge() []wire.Line {
	if s.test.Verdict == nil || s.truth == nil {
		return nil
	}
	if s.verdict.turn != s.turn {
		s.verdict.turn, s.verdict.lines = s.turn, s.test.Verdict(film{s}, s.at)
	}
	return s.verdict.lines
}

// film is the timeline as tests see it.
type film struct{ *Stage }

func (f film) Size() (height, width int) { return f.scene.Height, f.scene.Width }
func (f film) State(i int) env.State     { return f.moments[i].state }
func (f film) Truth(i int) []byte        { return f.moments[i].truth }
func (f film) Dream(i int) []byte        { return f.moments[i].dream }
func (f film) Context() int              { return f.context }

// Take is a stretch of the timeline to take away.
type Take struct {
	// Env is the name with which env.Make makes the environment again, Scene what the viewer calls it.
	Env, Scene string
	Seed       uint64
	Spec       env.Spec
	// Agent is who acts at the end of the stretch; empty: hands.
	Agent         string
	Height, Width int
	FPS           float64
	// From is the number of the first frame. There are T+1 frames.
	From int
	// Truth and Dream are the T+1 pictures, nil where there is no such side.
	Truth, Dream [][]byte
	// Actions, Rewards, Terminated and Truncated hold T; Actions[i] leads from frame i to frame i+1.
	Actions               []env.Value
	Rewards               []float64
	Terminated, Truncated []bool
	// States and Captions are the T+1 of the truth.
	States   []env.State
	Captions []string
	// Replay is the code of what was done from the start of the episode to the last frame.
	Replay string
}

// Take returns the frames from..until, both included, of what is on the timeline, and at least one of them.
func (s *Stage) Take(from, until int) Take {
	last := len(s.moments) - 1
	from = min(max(from, 0), last)
	until = min(max(until, from), last)
	name := s.scene.Name
	if s.test.ID != "" {
		name = s.test.Env
	}
	t := Take{
		Env: name, Scene: s.scene.Name, Seed: s.scene.Seed, Spec: s.spec, Agent: s.agentName, FPS: s.scene.FPS,
		Height: s.scene.Height, Width: s.scene.Width, From: from, Replay: s.Replay(until),
	}
	for i := from; i <= until; i++ {
		m := s.moments[i]
		if m.truth != nil {
			t.Truth = append(t.Truth, m.truth)
		}
		if m.dream != nil {
			t.Dream = append(t.Dream, m.dream)
		}
		t.States, t.Captions = append(t.States, m.state), append(t.Captions, m.caption)
		if i > from {
			t.Actions, t.Rewards = append(t.Actions, m.action), append(t.Rewards, m.reward)
			t.Terminated, t.Truncated = append(t.Terminated, m.terminated), append(t.Truncated, m.truncated)
		}
	}
	return t
}
