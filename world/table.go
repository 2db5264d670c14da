package world

import (
	"fmt"
	"math/rand/v2"

	"somnium/env"
	"somnium/world/diffusion"
	"somnium/world/dit"
	"somnium/world/tokenizer"
)

// table is some sessions side by side, which one stepper takes through the network together. What a session dreams does not
// depend on the others, to the bit.
type table struct {
	sessions []*Session
	stepper  *dit.Stepper
	codec    *tokenizer.Codec // of one latent from each session

	foreteller *foreteller // nil where the model guesses nothing

	// The sessions' parts of these lie one after the other.
	tokens, features, latents []float32
	frames                    []uint8
	times                     []int // of the newest latents, negative where a session sits out
}

func newTable(m *Model, n int, options SessionOptions) (*table, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := dreamsFit(m.Dynamics.Config, n, options.Height, options.Width); err != nil {
		return nil, err
	}
	codec, err := tokenizer.NewCodec(m.Tokenizer, n, 1, options.Height, options.Width)
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	h, w := tokenizer.Grid(options.Height, options.Width)
	stepper, err := dit.NewStepper(m.Dynamics, n, h, w)
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	guesses, err := newForeteller(m, options.Height, options.Width)
	if err != nil {
		return nil, err
	}
	c := m.Dynamics.Config
	t := &table{
		stepper: stepper, codec: codec, foreteller: guesses, tokens: make([]float32, n*h*w*c.TokenSize()), features: make([]float32, n*c.FeatureSize()),
		latents: make([]float32, n*codec.LatentSize()), frames: make([]uint8, n*c.Span()*codec.FrameSize()), times: make([]int, n),
	}
	for i := range n {
		t.sessions = append(t.sessions, t.newSession(m, options, i, n))
	}
	return t, nil
}

// newSession returns the i-th of n sessions.
func (t *table) newSession(m *Model, options SessionOptions, i, n int) *Session {
	c, size := m.Dynamics.Config, len(t.latents)/n
	s := &Session{
		model: m, options: options, codec: t.codec, stepper: t.stepper, dream: i, levels: diffusion.Levels(options.Steps),
		rng: rand.NewPCG(0, 0), position: []int{-1}, past: make([][]float32, dit.History),
		noised: make([]float32, size), noise: make([]float32, size), estimate: make([]float32, size), actions: make([]float32, c.ActionSize()),
		latent: row(t.latents, i, n), tokens: row(t.tokens, i, n), features: row(t.features, i, n), frames: row(t.frames, i, n),
		outcomes: make([]Outcome, c.Span()), sight: newSight(t.foreteller, t.codec.FrameSize(), size, c.ActionSize()),
	}
	s.frame = row(s.frames, s.Span()-1, s.Span())
	s.normal = rand.New(s.rng)
	for k := range s.past {
		s.past[k] = make([]float32, size)
	}
	s.shown = make([]shown, max(c.Reach(), dit.History)+c.Window)
	for k := range s.shown {
		s.shown[k] = shown{latent: make([]float32, size), actions: make([]float32, c.ActionSize()), guess: make([]float32, len(s.sight.latent))}
	}
	return s
}

// row returns the i-th of n equal parts.
func row[T any](all []T, i, n int) []T {
	size := len(all) / n
	return all[i*size : (i+1)*size : (i+1)*size]
}

// step dreams the frames that the i-th action leads to in every session i that does not sit out, and returns what the heads
// say, [n, 2S]. The actions are of the space.
func (t *table) step(space env.Space, actions []env.Value, out []bool) (heads []float32, err error) {
	if heads, err = t.advance(space, actions, out); err == nil && t.foreteller == nil {
		t.codec.Decode(t.frames, t.latents)
	}
	return heads, err
}

// advance is step without the pictures: the latents are there, and the frames stay what they were, but where they are what the next
// ones are guessed from.
func (t *table) advance(space env.Space, actions []env.Value, out []bool) (heads []float32, err error) {
	n := len(t.sessions)
	for i, s := range t.sessions {
		if out[i] {
			continue
		}
		if err := s.hold(space, actions[i]); err != nil {
			return nil, err
		}
	}
	for i, s := range t.sessions {
		t.times[i] = s.position[0] + 1
		if out[i] {
			t.times[i] = -1
			continue
		}
		s.sight.foretell(s.model, s.actions)
		s.fill(s.latent)
	}
	for k := range t.sessions[0].levels {
		correction, _ := t.show(false, func(s *Session) { s.prepare(s.latent, s.levels[k], s.actions) })
		for i, s := range t.sessions {
			if !out[i] {
				s.denoise(s.levels, k, row(correction, i, n))
			}
		}
	}
	_, heads = t.show(true, func(s *Session) {
		s.model.Tokenizer.Clamp(s.latent)
		s.renoise()
		s.prepare(s.noised, s.model.Dynamics.Config.ContextLevel(), s.actions)
	})
	for i, s := range t.sessions {
		if !out[i] {
			s.remember(s.actions)
		}
	}
	if t.foreteller != nil {
		t.codec.Decode(t.frames, t.latents)
		for i, s := range t.sessions {
			if !out[i] {
				s.sight.see(s.frame, s.actions)
			}
		}
	}
	return heads, nil
}

// show prepares the sessions that do not sit out and takes them through the network.
func (t *table) show(commit bool, prepare func(s *Session)) (correction, heads []float32) {
	for i, s := range t.sessions {
		if t.times[i] >= 0 {
			prepare(s)
		}
	}
	return t.stepper.Forward(t.tokens, t.features, t.times, commit)
}
