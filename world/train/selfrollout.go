package train

import (
	"math/rand/v2"

	"somnium/datasets"
	"somnium/world"
	"somnium/world/diffusion"
	"somnium/world/dit"
)

const (
	// primedFrames is how many true frames a self-rollout starts from, at the least.
	primedFrames = 4
	// strayed is the error, root mean square over a patch and in units of the latents' deviation, from which a dreamed frame
	// no longer shows what happened: a new ball elsewhere, say. It is not taught as the past of the true future; the dream
	// goes on from the true frame.
	strayed = 1.0
)

// rollout shows the network some of its own frames as past, so that it learns to go on from them, and to mend them (as
// DIAMOND's training for long horizons does, arXiv 2405.12399, and Self Forcing, arXiv 2506.08009, without a teacher). It
// dreams a stretch of frames of each clip from the true frames before it, by the sampler of a Session, and puts them in the
// place of the true ones in the shape's shown latents.
type rollout struct {
	stepper                *dit.Stepper
	levels                 []float32
	positions              []int
	tokens, features       []float32
	estimate, noise, state []float32 // [B, P, C]
	actions                []float32 // [B, T, A]
	known                  []bool    // [B, T]: the action is known
}

func newRollout(m *dit.Model, clips, frames, h, w int) (*rollout, error) {
	stepper, err := dit.NewStepper(m, clips, h, w)
	if err != nil {
		return nil, err
	}
	c, n := m.Config, clips*h*w*m.Config.Latent
	return &rollout{
		stepper: stepper, levels: diffusion.Levels(world.DefaultSteps), positions: make([]int, clips),
		tokens: make([]float32, clips*h*w*c.TokenSize()), features: make([]float32, clips*c.FeatureSize()),
		estimate: make([]float32, n), noise: make([]float32, n), state: make([]float32, n),
		actions: make([]float32, clips*frames*c.Actions), known: make([]bool, clips*frames),
	}, nil
}

// dream replaces depth frames of every clip in shape.shown, from a frame drawn from the stream on. A frame that strays stays
// the true one, and so do all of a bidirectional clip.
func (s *dynamicsStage) dream(shape *dynamicsShape, batch *datasets.Batch, depth int, rng *rand.Rand) error {
	clips, frames, size := s.options.Clips, s.options.Frames, shape.codec.LatentSize()
	if shape.rollout == nil {
		var err error
		if shape.rollout, err = newRollout(s.model.Dynamics, clips, frames, shape.h, shape.w); err != nil {
			return err
		}
	}
	r := shape.rollout
	if err := s.rolloutActions(r, batch); err != nil {
		return err
	}
	start := primedFrames + rng.IntN(frames-depth-primedFrames)
	for b := range clips {
		r.stepper.Reset(b)
		r.stepper.Words(b, shape.graph.Batch.Words[b])
	}
	past := make([]float32, clips*frames*size) // as the network saw it, noised
	for t := range start + depth {
		if t >= start {
			s.sample(shape, r, past, t, rng)
			for b := range clips {
				s.keep(shape, b, t)
			}
		}
		diffusion.FillNormal(rng, r.noise)
		for b := range clips {
			i := (b*frames + t) * size
			diffusion.Noise(past[i:i+size], shape.shown[i:i+size], r.noise[b*size:(b+1)*size], diffusion.ContextLevel)
		}
		s.show(shape, r, past, nil, diffusion.ContextLevel, t, true)
	}
	return nil
}

// sample dreams frame t of every clip into shape.shown.
func (s *dynamicsStage) sample(shape *dynamicsShape, r *rollout, past []float32, t int, rng *rand.Rand) {
	frames, size := s.options.Frames, shape.codec.LatentSize()
	diffusion.FillNormal(rng, r.state)
	for k, level := range r.levels {
		next := float32(1)
		if k+1 < len(r.levels) {
			next = r.levels[k+1]
		}
		correction := s.show(shape, r, past, r.state, level, t, false)
		for i, c := range correction {
			r.estimate[i] += c
		}
		diffusion.Advance(r.state, r.estimate, level, next)
	}
	s.model.Tokenizer.Clamp(r.state)
	for b := range s.options.Clips {
		copy(shape.shown[(b*frames+t)*size:][:size], r.state[b*size:(b+1)*size])
	}
}

// show passes frame t of every clip through the stepper, at the given level: from state where it is not nil, else from past.
func (s *dynamicsStage) show(shape *dynamicsShape, r *rollout, past, state []float32, level float32, t int, commit bool) []float32 {
	config, frames, size := s.model.Dynamics.Config, s.options.Frames, shape.codec.LatentSize()
	tokens, features := len(r.tokens)/s.options.Clips, config.FeatureSize()
	for b := range s.options.Clips {
		frame := func(t int) []float32 { return past[(b*frames+t)*size:][:size] }
		var view [1 + dit.History]dit.Frame
		for k := 1; k <= dit.History && t-k >= 0; k++ {
			view[k] = dit.Frame{Latent: frame(t - k), Level: diffusion.ContextLevel}
		}
		if state != nil {
			view[0] = dit.Frame{Latent: state[b*size : (b+1)*size], Level: level}
		} else {
			view[0] = dit.Frame{Latent: frame(t), Level: level}
		}
		config.FillTokens(r.tokens[b*tokens:(b+1)*tokens], r.estimate[b*size:(b+1)*size], &view)
		var action []float32
		if r.known[b*frames+t] {
			action = r.actions[(b*frames+t)*config.Actions:][:config.Actions]
		}
		config.FillFeatures(r.features[b*features:(b+1)*features], &view, action)
		r.positions[b] = t
	}
	correction, _ := r.stepper.Forward(r.tokens, r.features, r.positions, commit)
	return correction
}

// keep puts the true frame t of a clip back where the dreamed one is of no use: where some patch strays. One that strays
// because nothing happened in it, though something did, is of use: a ball that was not served can still be.
func (s *dynamicsStage) keep(shape *dynamicsShape, b, t int) {
	i, size, c := b*s.options.Frames+t, shape.codec.LatentSize(), s.model.Dynamics.Config.Latent
	before, shown := shape.shown[(i-1)*size:i*size], shape.shown[i*size:(i+1)*size]
	truth := shape.latents[i*size : (i+1)*size]
	useful := !shape.graph.Batch.Bidirectional[b]
	for p := 0; p < size && useful; p += c {
		useful = !apart(shown[p:p+c], truth[p:p+c], strayed) || !apart(shown[p:p+c], before[p:p+c], movingBy)
	}
	if !useful {
		copy(shown, truth)
	}
}

// rolloutActions writes the action vectors of a batch.
func (s *dynamicsStage) rolloutActions(r *rollout, batch *datasets.Batch) error {
	config, frames := s.model.Dynamics.Config, s.options.Frames
	for i := range r.known {
		var err error
		r.known[i], err = s.actionVector(r.actions[i*config.Actions:(i+1)*config.Actions], batch, i/frames, i%frames)
		if err != nil {
			return err
		}
	}
	return nil
}
