package evals_test

import (
	"errors"
	"hash/maphash"
	"math/rand/v2"
	"slices"
	"testing"

	agents "somnium/agents/all"
	"somnium/env"
	"somnium/evals"
	"somnium/evals/metrics"
	_ "somnium/sim/all"
)

// place is a moment of an episode: its seed and what was done since.
type place struct {
	seed    uint64
	actions []env.Value
}

// scribe is a simulator that remembers which moment shows which frame.
type scribe struct {
	env.Env
	now    place
	places map[uint64]place
	hash   maphash.Seed
}

func (s *scribe) Unwrap() env.Env { return s.Env }

func (s *scribe) note(pixels []uint8) {
	s.places[maphash.Bytes(s.hash, pixels)] = place{s.now.seed, slices.Clone(s.now.actions)}
}

func (s *scribe) Reset(o env.ResetOptions) (env.Value, error) {
	obs, err := s.Env.Reset(o)
	s.now = place{seed: *o.Seed}
	s.note(obs.Pixels())
	return obs, err
}

func (s *scribe) Step(action env.Value) (env.Step, error) {
	step, err := s.Env.Step(action)
	s.now.actions = append(s.now.actions, action.Clone())
	s.note(step.Obs.Pixels())
	return step, err
}

// oracle is the true simulator disguised as a dream: it looks up in the scribe's memory where a frame is from.
type oracle struct {
	env.Env
	memory *scribe
}

func (o *oracle) goTo(pixels []uint8) (env.Value, error) {
	p, ok := o.memory.places[maphash.Bytes(o.memory.hash, pixels)]
	if !ok {
		return env.Value{}, errors.New("oracle: this frame was never seen")
	}
	obs, err := o.Env.Reset(env.Seeded(p.seed))
	for _, action := range p.actions {
		var step env.Step
		if step, err = o.Env.Step(action); err != nil {
			return obs, err
		}
		obs = step.Obs
	}
	return obs, err
}

func (o *oracle) Prime(c env.Context) (env.Value, error) {
	return o.goTo(c.Frames[(c.Len()-1)*c.Height*c.Width*3:])
}

func (o *oracle) Reconstruct(c env.Context) ([]byte, error) { return slices.Clone(c.Frames), nil }

// Surprise is how far the video strays from where its actions lead, and noise that both share.
func (o *oracle) Surprise(c env.Context, seed uint64) ([]float64, error) {
	size := c.Height * c.Width * 3
	obs, err := o.goTo(c.Frames[:size])
	rng := rand.New(rand.NewPCG(seed, 0))
	values := make([]float64, c.Len())
	for t := range values {
		values[t] = 1 + rng.Float64() + metrics.Difference(obs.Pixels(), c.Frames[t*size:(t+1)*size]).Value()
		if err != nil || t == len(c.Actions) {
			break
		}
		var step env.Step
		step, err = o.Env.Step(c.Actions[t])
		obs = step.Obs
		if step.Done() {
			break
		}
	}
	return values, err
}

// frozen shows the last frame of its context for ever.
type frozen struct {
	*oracle
	last []uint8
}

func (f *frozen) Prime(c env.Context) (env.Value, error) {
	f.last = slices.Clone(c.Frames[(c.Len()-1)*c.Height*c.Width*3:])
	return env.Value{U8: f.last}, nil
}

func (f *frozen) Step(env.Value) (env.Step, error) { return env.Step{Obs: env.Value{U8: f.last}}, nil }

// soft blurs what it shows of true frames, and, step by step, what it dreams.
type soft struct {
	*oracle
	sigma float64
	steps int
}

func (s *soft) Reconstruct(c env.Context) ([]byte, error) {
	var got []byte
	size := c.Height * c.Width * 3
	for t := range c.Len() {
		got = append(got, metrics.Gaussian(c.Frames[t*size:(t+1)*size], c.Height, c.Width, s.sigma)...)
	}
	return got, nil
}

func (s *soft) Prime(c env.Context) (env.Value, error) {
	s.steps = 0
	return s.oracle.Prime(c)
}

func (s *soft) Step(action env.Value) (env.Step, error) {
	step, err := s.oracle.Step(action)
	s.steps++
	height, width, _ := env.FrameSize(s.Spec().Observation)
	step.Obs = env.Value{U8: metrics.Gaussian(step.Obs.Pixels(), height, width, s.sigma*float64(s.steps)/40)}
	return step, err
}

// blind is surprised by the video whatever the actions.
type blind struct{ *oracle }

func (b blind) Surprise(c env.Context, seed uint64) ([]float64, error) {
	rng := rand.New(rand.NewPCG(seed, 0))
	values := make([]float64, c.Len())
	for t := range values {
		values[t] = 1 + rng.Float64()
	}
	return values, nil
}

// brief ends its episodes after some steps.
type brief struct {
	*oracle
	steps, end int
}

func (b *brief) Prime(c env.Context) (env.Value, error) {
	b.steps = 0
	return b.oracle.Prime(c)
}

func (b *brief) Step(action env.Value) (env.Step, error) {
	if b.steps == b.end {
		return env.Step{}, env.ErrEpisodeOver
	}
	step, err := b.oracle.Step(action)
	b.steps++
	step.Terminated = b.steps == b.end
	return step, err
}

// mute is a dream without any capability.
type mute struct{ env.Env }

// scene returns a scene with a dream made of the oracle.
func scene(t *testing.T, name string, disguise func(o *oracle) env.Env) evals.Scene {
	t.Helper()
	truth, err := env.Make(name)
	if err != nil {
		t.Fatal(err)
	}
	own, err := env.Make(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { truth.Close(); own.Close() })
	memory := &scribe{Env: truth, places: map[uint64]place{}, hash: maphash.MakeSeed()}
	agent, err := agents.New("sticky", truth)
	if err != nil {
		t.Fatal(err)
	}
	dream := disguise(&oracle{own, memory})
	return evals.Scene{Name: name, Truth: memory, Dream: dream, Agent: agent}
}

func scenes(t *testing.T, disguise func(o *oracle) env.Env, names ...string) (list []evals.Scene) {
	for _, name := range names {
		list = append(list, scene(t, name, disguise))
	}
	return list
}

// The disguises.
func honest(o *oracle) env.Env    { return o }
func freezing(o *oracle) env.Env  { return &frozen{oracle: o} }
func softened(o *oracle) env.Env  { return &soft{oracle: o, sigma: 1} }
func unheeding(o *oracle) env.Env { return blind{o} }
func ending(o *oracle) env.Env    { return &brief{oracle: o, end: 70} }
func silent(o *oracle) env.Env    { return mute{o.Env} }
