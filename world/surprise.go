package world

import (
	"math/rand/v2"

	"somnium/env"
	"somnium/world/diffusion"
)

// surpriseLevels are the signal levels at which a frame's surprise is measured, in the first look and in the second (env.SecondLook).
var surpriseLevels = [2][5]float32{{0.1, 0.3, 0.5, 0.7, 0.9}, {0, 0.2, 0.4, 0.6, 0.8}}

// surprise holds what Surprise needs, made on its first call.
type surprise struct{ session *Session }

// Surprise implements env.Surpriser: the squared error of the predicted latent, averaged over patches, channels and five
// signal levels, each frame before it being known. The first frame has no past, and its surprise is that of any picture.
func (d *Dream) Surprise(context env.Context, seed uint64) ([]float64, error) {
	if d.closed {
		return nil, env.ErrClosed
	}
	if d.surprise.session == nil {
		s, err := NewSession(d.model, d.session.options)
		if err != nil {
			return nil, err
		}
		d.surprise.session = s
	}
	return d.surprise.session.Surprise(context, d.spec.Action, seed)
}

// Surprise returns, for each frame of the context, the denoising loss of the model that sees the frames before it and the
// action into it, under noise of the given seed; frames that share a latent share it. It ends whatever the session was dreaming.
func (s *Session) Surprise(context env.Context, space env.Space, seed uint64) ([]float64, error) {
	actions, err := s.check(context, space)
	if err != nil {
		return nil, err
	}
	s.begin(context.Caption, seed)
	noise, levels := rand.New(rand.NewPCG(seed, 0x5a9)), surpriseLevels[seed/env.SecondLook]
	out := make([]float64, context.Len())
	clean := make([]float32, len(s.latent))
	for i, action := range actions {
		surprise, frames := 0.0, s.model.Tokenizer.Config.Cut(context.Frames, i, context.Len())
		s.codec.Encode(clean, frames)
		s.sight.foretell(s.model, action)
		for _, level := range levels {
			diffusion.FillNormal(noise, s.noise)
			diffusion.Noise(s.noised, clean, s.noise, level)
			correction, _ := s.forward(s.noised, level, action, false)
			for i, c := range correction {
				e := float64(s.estimate[i] + c - clean[i])
				surprise += e * e / float64(len(clean)*len(levels))
			}
		}
		for t, to := s.model.Tokenizer.Config.Frames(i, context.Len()); t < to; t++ {
			out[t] = surprise
		}
		s.observe(frames, action)
	}
	return out, nil
}

var (
	_ env.Primer        = (*Dream)(nil)
	_ env.Reconstructor = (*Dream)(nil)
	_ env.Surpriser     = (*Dream)(nil)
	_ env.Captioner     = (*Dream)(nil)
	_ env.Snapshotter   = (*Dream)(nil)
	_ env.Strider       = (*Dream)(nil)
)
