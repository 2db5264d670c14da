package world

import (
	"fmt"

	"somnium/world/flow"
	"somnium/world/tokenizer"
)

// foreteller makes the latent of a guessed frame. Sessions side by side share one.
type foreteller struct {
	flow  *flow.Guesser
	codec *tokenizer.Codec
	frame []uint8
}

// newForeteller returns nil where the model guesses nothing.
func newForeteller(m *Model, height, width int) (*foreteller, error) {
	if m.Flow == nil {
		return nil, nil
	}
	guesser, err := flow.NewGuesser(m.Flow, 1, height, width)
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	codec, err := tokenizer.NewCodec(m.Tokenizer, 1, 1, height, width)
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	return &foreteller{flow: guesser, codec: codec, frame: make([]uint8, codec.FrameSize())}, nil
}

// guess writes the latent of the frame that comes after last, and before, which is nil where there is none, once now is done: the
// action into it, and into the last frame was into, both nil where they are not known.
func (f *foreteller) guess(m *Model, dst []float32, last, before []uint8, now, into []float32) {
	two := before != nil
	if !two {
		before, into = last, nil
	}
	m.Flow.Config.FillFeatures(f.flow.Features, now, into, two)
	f.flow.Guess(f.frame, func(int) []uint8 { return last }, func(int) []uint8 { return before })
	f.codec.Encode(dst, f.frame)
}

// sight is what a session has seen last, in pictures, and what it guesses from that.
type sight struct {
	foreteller *foreteller // nil where nothing is guessed
	pictures   [2][]uint8  // the newest frame and the one before it
	count      int         // of them there are
	into       []float32   // the action into the newest
	known      bool        // whether it is
	latent     []float32   // the guess
	guessed    bool
}

func newSight(f *foreteller, frame, latent, actions int) (s sight) {
	if s.foreteller = f; f == nil {
		return s
	}
	for i := range s.pictures {
		s.pictures[i] = make([]uint8, frame)
	}
	s.latent, s.into = make([]float32, latent), make([]float32, actions)
	return s
}

// guess returns the latent of the guess, nil where there is none.
func (s *sight) guess() []float32 {
	if !s.guessed {
		return nil
	}
	return s.latent
}

// foretell guesses the frame that the actions lead to, nil where they are not known.
func (s *sight) foretell(m *Model, actions []float32) {
	if s.guessed = s.foreteller != nil && s.count > 0; !s.guessed {
		return
	}
	var before []uint8
	if s.count > 1 {
		before = s.pictures[1]
	}
	var into []float32
	if s.known {
		into = s.into
	}
	s.foreteller.guess(m, s.latent, s.pictures[0], before, actions, into)
}

// see takes in the newest frame and the actions that led to it.
func (s *sight) see(frame []uint8, actions []float32) {
	if s.foreteller == nil {
		return
	}
	s.pictures[0], s.pictures[1] = s.pictures[1], s.pictures[0]
	copy(s.pictures[0], frame)
	s.count = min(s.count+1, len(s.pictures))
	copy(s.into, actions)
	s.known = actions != nil
}

// forget begins anew.
func (s *sight) forget() { s.count, s.guessed, s.known = 0, false, false }

// fork makes s what another sight is.
func (s *sight) fork(from *sight) {
	if s.foreteller == nil {
		return
	}
	for i := range s.pictures {
		copy(s.pictures[i], from.pictures[i])
	}
	copy(s.into, from.into)
	copy(s.latent, from.latent)
	s.count, s.known, s.guessed = from.count, from.known, from.guessed
}
