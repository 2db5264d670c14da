package train

import (
	"math/rand/v2"

	"somnium/datasets"
	"somnium/world"
	"somnium/world/diffusion"
	"somnium/world/dit"
)

const (
	// primedFrames is how many true frames of the data a self-rollout starts from, at the least.
	primedFrames = 4
	// strayed is the error, root mean square over a patch and in units of the latents' deviation, from which a dreamed frame
	// no longer shows what happened: a new ball elsewhere, say. It is not taught as the past of the true future; the dream
	// goes on from the true frame.
	strayed = 1.0
	// ghosts is the share of the frames that give way to the truth in which what the dream has too many stays.
	ghosts = 0.3
)

// rollout shows the network some of its own frames as past, so that it learns to go on from them, and to mend them (as
// DIAMOND's training for long horizons does, arXiv 2405.12399, and Self Forcing, arXiv 2506.08009, without a teacher). It
// dreams a stretch of frames of each clip from the true frames before it, by the sampler of a Session, and puts them in the
// place of the true ones in the shape's shown latents.
type rollout struct {
	steppers               []*dit.Stepper // by the number of clips that dream, less one; nil until it is needed
	clips                  []int          // those that dream
	levels                 []float32
	positions              []int
	tokens, features       []float32 // of the clips that dream, one after the other, as estimate is
	estimate, noise, state []float32 // [B, P, C]
	past                   []float32 // [B, T, P, C], as the network saw it, noised
	actions                []float32 // [B, T, S*A]
	known                  []bool    // [B, T]: the action is known
	missing                []bool    // [B]: something is missing in the dream
	ghost                  []bool    // [B]: where the dream gives way to the truth, what it has too many stays
	astray                 []int     // scratch of keep
}

// primed returns primedFrames in frames of the model.
func (s *dynamicsStage) primed() int { return 1 + s.model.Tokenizer.Config.Latents(primedFrames-1) }

func newRollout(c dit.Config, clips, frames, h, w int) *rollout {
	n := clips * h * w * c.Latent
	return &rollout{
		steppers: make([]*dit.Stepper, clips), levels: diffusion.Levels(world.DefaultSteps), positions: make([]int, clips),
		tokens: make([]float32, clips*h*w*c.TokenSize()), features: make([]float32, clips*c.FeatureSize()),
		estimate: make([]float32, n), noise: make([]float32, n), state: make([]float32, n), past: make([]float32, n*frames),
		actions: make([]float32, clips*frames*c.ActionSize()), known: make([]bool, clips*frames),
		missing: make([]bool, clips), ghost: make([]bool, clips),
	}
}

// begin chooses the clips that dream, which are those whose frames see no later ones, and makes their stepper ready.
func (r *rollout) begin(shape *dynamicsShape, m *dit.Model) error {
	batch := &shape.graph.Batch
	r.clips = r.clips[:0]
	for b, bidirectional := range batch.Bidirectional {
		if !bidirectional {
			r.clips = append(r.clips, b)
		}
	}
	if len(r.clips) == 0 {
		return nil
	}
	stepper := &r.steppers[len(r.clips)-1]
	if *stepper == nil {
		var err error
		if *stepper, err = dit.NewStepper(m, len(r.clips), shape.h, shape.w); err != nil {
			return err
		}
	}
	for i, b := range r.clips {
		(*stepper).Reset(i)
		(*stepper).Words(i, batch.Words[b])
	}
	return nil
}

// inputs returns the stepper of the clips that dream, and what it is shown.
func (r *rollout) inputs() (stepper *dit.Stepper, tokens, features []float32, positions []int) {
	n, all := len(r.clips), len(r.steppers)
	return r.steppers[n-1], r.tokens[:len(r.tokens)/all*n], r.features[:len(r.features)/all*n], r.positions[:n]
}

// dream replaces depth frames of the clips in shape.shown, from a frame drawn from the stream on, where they are of use (see
// keep). Those of a bidirectional clip stay. What is drawn from the stream does not depend on which clips dream.
func (s *dynamicsStage) dream(shape *dynamicsShape, batch *datasets.Batch, depth int, rng *rand.Rand) error {
	frames, size := s.frames(), shape.codec.LatentSize()
	if shape.rollout == nil {
		shape.rollout = newRollout(s.model.Dynamics.Config, s.options.Clips, frames, shape.h, shape.w)
	}
	r := shape.rollout
	if err := s.rolloutActions(r, batch); err != nil {
		return err
	}
	if err := r.begin(shape, s.model.Dynamics); err != nil {
		return err
	}
	clear(r.missing)
	context := s.model.Dynamics.Config.ContextLevel()
	start := s.primed() + rng.IntN(frames-depth-s.primed())
	end := start + depth
	for t := range end {
		err := shape.guesses.ofColumn(t, func(clip, t int) []float32 {
			if !r.known[clip*frames+t] {
				return nil
			}
			return r.actions[(clip*frames+t)*s.model.Dynamics.Config.ActionSize():][:s.model.Dynamics.Config.ActionSize()]
		})
		if err != nil {
			return err
		}
		if t >= start {
			diffusion.FillNormal(rng, r.state)
			for b := range r.ghost {
				r.ghost[b] = rng.Float64() < ghosts
			}
			s.sample(shape, r, t)
		}
		diffusion.FillNormal(rng, r.noise)
		if t == end-1 || len(r.clips) == 0 {
			continue // nothing is dreamed that could see this frame
		}
		for _, b := range r.clips {
			i := (b*frames + t) * size
			diffusion.Noise(r.past[i:i+size], shape.shown[i:i+size], r.noise[b*size:(b+1)*size], context)
		}
		s.prepare(shape, r, nil, context, size, t)
		stepper, tokens, features, positions := r.inputs()
		stepper.Show(tokens, features, positions)
	}
	return nil
}

// sample dreams frame t of the clips that dream, from the noise in r.state, into shape.shown.
func (s *dynamicsStage) sample(shape *dynamicsShape, r *rollout, t int) {
	if len(r.clips) == 0 {
		return
	}
	size := shape.codec.LatentSize()
	for k, level := range r.levels {
		next := float32(1)
		if k+1 < len(r.levels) {
			next = r.levels[k+1]
		}
		s.prepare(shape, r, r.state, level, size, t)
		stepper, tokens, features, positions := r.inputs()
		correction, _ := stepper.Forward(tokens, features, positions, false)
		for i, c := range correction {
			r.estimate[i] += c
		}
		for i, b := range r.clips {
			diffusion.Advance(r.state[b*size:(b+1)*size], r.estimate[i*size:(i+1)*size], level, next)
		}
	}
	s.model.Tokenizer.Clamp(r.state)
	for _, b := range r.clips {
		copy(shape.shown[(b*s.frames()+t)*size:][:size], r.state[b*size:(b+1)*size])
		s.keep(shape, r, b, t)
	}
	shape.guesses.dreamed(r.clips, t, shape.shown)
}

// prepare writes what the stepper is shown of frame t, of latents of the given size, at the given level: from state where it
// is not nil, else from the past.
func (s *dynamicsStage) prepare(shape *dynamicsShape, r *rollout, state []float32, level float32, size, t int) {
	config, frames := s.model.Dynamics.Config, s.frames()
	tokens, features := len(r.tokens)/s.options.Clips, config.FeatureSize()
	for i, b := range r.clips {
		frame := func(t int) []float32 { return r.past[(b*frames+t)*size:][:size] }
		var view [1 + dit.History]dit.Frame
		for k := 1; k <= dit.History && t-k >= 0; k++ {
			view[k] = dit.Frame{Latent: frame(t - k), Level: config.ContextLevel()}
		}
		if state != nil {
			view[0] = dit.Frame{Latent: state[b*size : (b+1)*size], Level: level}
		} else {
			view[0] = dit.Frame{Latent: frame(t), Level: level}
		}
		config.FillTokens(r.tokens[i*tokens:(i+1)*tokens], r.estimate[i*size:(i+1)*size], &view, shape.guesses.inColumn(b))
		var action []float32
		if r.known[b*frames+t] {
			action = r.actions[(b*frames+t)*config.ActionSize():][:config.ActionSize()]
		}
		config.FillFeatures(r.features[i*features:(i+1)*features], &view, action)
		r.positions[i] = t
	}
}

// keep decides what of the dreamed frame t of a clip is shown. A patch of it strays in one of three ways: something happened in
// truth and nothing in the dream (a ball is missing), something happened in the dream and nothing in truth (a ball too many), or
// something else happened. A dream in which things are only missing, or only some too many, is a past to mend: a ball that was
// not served can still be, and one too many can vanish. Any other took another course, to which what comes next in truth is no
// answer, and the patches of it that stray give way to the truth; the others stay, or a view that turns, of which some patch is mostly
// another than was to be foreseen, would hardly be a past. But for a share of them, ghosts, what is too many stays in it: since a new ball
// of the dream is hardly ever where the true one is, a dream would else never learn to lose one of two.
func (s *dynamicsStage) keep(shape *dynamicsShape, r *rollout, b, t int) {
	i, size, c := b*s.frames()+t, shape.codec.LatentSize(), s.model.Dynamics.Config.Latent
	frame := func(latents []float32, i int) []float32 { return latents[i*size : (i+1)*size] }
	shown, truth := frame(shape.shown, i), frame(shape.latents, i)
	shownBefore, truthBefore := frame(shape.shown, i-1), frame(shape.latents, i-1)
	strays, other, extra, missing, astray := false, false, false, r.missing[b], r.astray[:0]
	for p := 0; p < size; p += c {
		patch := func(latents []float32) []float32 { return latents[p : p+c] }
		if !apart(patch(shown), patch(truth), strayed) {
			continue
		}
		strays = true
		dreamed, happened := apart(patch(shown), patch(shownBefore), movingBy), apart(patch(truth), patch(truthBefore), movingBy)
		switch {
		case dreamed && happened:
			other = true
		case dreamed:
			if extra = true; r.ghost[b] {
				continue
			}
		case happened:
			missing = true
		}
		astray = append(astray, p)
	}
	r.astray = astray
	r.missing[b] = missing && strays
	if !other && !(r.missing[b] && extra) {
		return
	}
	r.missing[b] = false
	for _, p := range astray {
		copy(shown[p:p+c], truth[p:p+c])
	}
}

// rolloutActions writes the action vectors of a batch.
func (s *dynamicsStage) rolloutActions(r *rollout, batch *datasets.Batch) error {
	size, frames := s.model.Dynamics.Config.ActionSize(), s.frames()
	for i := range r.known {
		var err error
		r.known[i], err = s.actionVector(r.actions[i*size:(i+1)*size], batch, i/frames, i%frames)
		if err != nil {
			return err
		}
	}
	return nil
}
