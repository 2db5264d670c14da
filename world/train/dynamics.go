package train

import (
	"context"
	"fmt"
	"math/rand/v2"

	"somnium/datasets"
	"somnium/env"
	"somnium/internal/nn"
	"somnium/world"
	"somnium/world/diffusion"
	"somnium/world/dit"
	"somnium/world/tokenizer"
)

const (
	// dropActions and dropCaption are the shares of clips that are shown without them, so that the model also makes video
	// from less; detailed is the share of captions that are the long one.
	dropActions = 0.1
	dropCaption = 0.15
	detailed    = 0.5
	// bidirectional is the share of clips in which frames see later ones.
	bidirectional = 0.2
	// changeWeight is how much more a token counts whose latent differs from the one before by more than changeBy, in
	// units of the latents' deviation.
	changeWeight = 4
	changeBy     = 0.3
)

// dynamicsStage trains the transformer on the latents of a tokenizer that stands still.
type dynamicsStage struct {
	model   *world.Model
	options Options
	specs   map[string]env.Spec
	shapes  map[[2]int]*dynamicsShape // by height and width
}

// dynamicsShape is what batches of one size of frames need.
type dynamicsShape struct {
	graph   *dit.Graph
	codec   *tokenizer.Codec
	h, w    int       // of the latent grid
	latents []float32 // [B, T, P, C], clean
	shown   []float32 // the same, but for frames that the model dreamed itself
	dreamed []bool    // [B, T]: those frames
	noised  []float32 // shown, noised
	noise   []float32 // [P, C]
	action  []float32
	levels  []float32 // [T]
	rollout *rollout  // nil until it is needed
}

func (s *dynamicsStage) name() string       { return "dynamics" }
func (s *dynamicsStage) params() *nn.Params { return s.model.Dynamics.Params }

func (s *dynamicsStage) tune(o *nn.Optimizer) {
	o.Rate, o.MuonRate, o.Clip, o.Decay = 1e-3, 5e-3, 1, 0.01
}

func (s *dynamicsStage) sampling() datasets.SamplerOptions {
	return datasets.SamplerOptions{Frames: s.options.Frames, Batch: s.options.Clips}
}

func (s *dynamicsStage) shape(height, width int) (*dynamicsShape, error) {
	size := [2]int{height, width}
	if shape := s.shapes[size]; shape != nil {
		return shape, nil
	}
	if s.shapes == nil {
		s.shapes = map[[2]int]*dynamicsShape{}
	}
	h, w := tokenizer.Grid(height, width)
	clips, frames := s.options.Clips, s.options.Frames
	graph, err := s.model.Dynamics.Graph(clips, frames, h, w)
	if err != nil {
		return nil, err
	}
	codec, err := tokenizer.NewCodec(s.model.Tokenizer, clips*frames, height, width)
	if err != nil {
		return nil, err
	}
	n := codec.LatentSize()
	shape := &dynamicsShape{
		graph: graph, codec: codec, h: h, w: w, latents: make([]float32, clips*frames*n), shown: make([]float32, clips*frames*n),
		dreamed: make([]bool, clips*frames), noised: make([]float32, clips*frames*n),
		noise: make([]float32, n), action: make([]float32, s.model.Dynamics.Config.Actions), levels: make([]float32, frames),
	}
	s.shapes[size] = shape
	return shape, nil
}

func (s *dynamicsStage) gradients(batch *datasets.Batch, number int) (*nn.Step, Loss, error) {
	shape, err := s.shape(batch.H, batch.W)
	if err != nil {
		return nil, Loss{}, err
	}
	shape.codec.Encode(shape.latents, batch.Frames)
	copy(shape.shown, shape.latents)
	clear(shape.dreamed)
	streams := make([]*rand.Rand, s.options.Clips)
	for clip := range streams {
		streams[clip] = rand.New(rand.NewPCG(s.options.Seed, uint64(number*s.options.Clips+clip)))
		s.choose(shape, batch, clip, streams[clip])
	}
	if depth := s.depth(number); depth > 0 {
		if err := s.dream(shape, batch, depth, streams[0]); err != nil {
			return nil, Loss{}, err
		}
	}
	for clip, rng := range streams {
		if err := s.fill(shape, batch, clip, rng); err != nil {
			return nil, Loss{}, err
		}
	}
	tokens, heads, err := shape.graph.Run()
	return shape.graph.Step, Loss{Total: tokens, Heads: heads}, err
}

// depth is how many frames of its own the model is shown in an update: none at first, and over the last share of the
// updates, which Options.SelfRollout says, 1, 3 and at last 6.
func (s *dynamicsStage) depth(number int) int {
	begin := float64(s.options.DynamicsSteps) * (1 - s.options.SelfRollout)
	if float64(number) < begin || s.options.SelfRollout <= 0 {
		return 0
	}
	done := (float64(number) - begin) / (float64(s.options.DynamicsSteps) - begin)
	depth := []int{1, 3, 6}[min(int(3*done), 2)]
	return max(0, min(depth, s.options.Frames-primedFrames-1))
}

// choose draws what a clip is shown with: its caption, and whether frames see later ones.
func (s *dynamicsStage) choose(shape *dynamicsShape, batch *datasets.Batch, clip int, rng *rand.Rand) {
	b := &shape.graph.Batch
	b.Bidirectional[clip] = rng.Float64() < bidirectional
	b.Words[clip] = s.model.Dynamics.Config.Words(caption(batch.Captions[clip], rng))
}

// fill makes one clip's part of the batch.
func (s *dynamicsStage) fill(shape *dynamicsShape, batch *datasets.Batch, clip int, rng *rand.Rand) error {
	b, frames, size := &shape.graph.Batch, s.options.Frames, shape.codec.LatentSize()
	diffusion.SampleLevels(rng, shape.levels)
	withActions := rng.Float64() >= dropActions
	for t := range frames {
		i := clip*frames + t
		switch {
		case shape.dreamed[i]:
			shape.levels[t] = diffusion.SampleKnown(rng)
		case t > 0 && shape.dreamed[i-1]:
			shape.levels[t] = float32(rng.Float64()) // what a dreamed past leads to is what is to be learned
		}
		diffusion.FillNormal(rng, shape.noise)
		diffusion.Noise(shape.noised[i*size:(i+1)*size], shape.shown[i*size:(i+1)*size], shape.noise, shape.levels[t])
		known, err := s.actionVector(shape.action, batch, clip, t)
		if err != nil {
			return err
		}
		var action []float32
		if known && withActions {
			action = shape.action
		}
		s.fillFrame(shape, b, i, t, action)
		b.Reward[i], b.End[i], b.Known[i] = batch.Rewards[i], batch.Ends[i], 0
		if t > 0 {
			b.Known[i] = 1
		}
	}
	return nil
}

// actionVector writes the action into frame t of a clip, and says whether there is one.
func (s *dynamicsStage) actionVector(dst []float32, batch *datasets.Batch, clip, t int) (known bool, err error) {
	value := batch.Actions[clip][t]
	if t == 0 || value.Int == nil && value.F32 == nil {
		return false, nil
	}
	spec, ok := s.specs[batch.Env[clip]]
	if !ok {
		return false, fmt.Errorf("the data do not tell the action space of %s; collect them anew", batch.Env[clip])
	}
	return true, s.model.Dynamics.Config.ActionVector(dst, spec.Action, value)
}

// fillFrame writes the input, the target and the weights of frame i, the t-th of its clip.
func (s *dynamicsStage) fillFrame(shape *dynamicsShape, b *dit.Batch, i, t int, action []float32) {
	config, size := s.model.Dynamics.Config, shape.codec.LatentSize()
	var view [1 + dit.History]dit.Frame
	for k := range view {
		if t-k >= 0 {
			view[k] = dit.Frame{Latent: shape.noised[(i-k)*size : (i-k+1)*size], Level: shape.levels[t-k]}
		}
	}
	frames := s.options.Clips * s.options.Frames
	tokens, features := len(b.Tokens)/frames, len(b.Features)/frames
	target := b.Target[i*size : (i+1)*size]
	config.FillTokens(b.Tokens[i*tokens:(i+1)*tokens], target, &view)
	config.FillFeatures(b.Features[i*features:(i+1)*features], &view, action)
	clean := shape.latents[i*size : (i+1)*size]
	for j, estimate := range target {
		target[j] = clean[j] - estimate
	}
	c := config.Latent
	weight := diffusion.Weight(shape.levels[t])
	for p := range size / c {
		w := weight
		if t > 0 && apart(clean[p*c:(p+1)*c], shape.latents[(i-1)*size+p*c:][:c], changeBy) {
			w *= changeWeight
		}
		b.Weights[i*size/c+p] = w
	}
}

// apart says whether two latents of a patch differ by more than limit, root mean square.
func apart(a, b []float32, limit float32) bool {
	sum := float32(0)
	for i := range a {
		d := a[i] - b[i]
		sum += d * d
	}
	return sum > limit*limit*float32(len(a))
}

// caption chooses what of the caption a clip is shown.
func caption(c datasets.Caption, rng *rand.Rand) string {
	switch u := rng.Float64(); {
	case u < dropCaption:
		return ""
	case u < dropCaption+(1-dropCaption)*detailed:
		return c.Detailed
	}
	return c.Short
}

func (s *dynamicsStage) finish(context.Context, *datasets.Dataset) error { return nil }

func (s *dynamicsStage) seen(info *world.Info) {
	info.DynamicsSteps++
	info.DynamicsClips += s.options.Clips
}
