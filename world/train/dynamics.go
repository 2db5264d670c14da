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
	latents []float32 // [B, T, P, C], clean
	noised  []float32
	noise   []float32 // [P, C]
	action  []float32
	levels  []float32 // [T]
}

func (s *dynamicsStage) name() string       { return "dynamics" }
func (s *dynamicsStage) params() *nn.Params { return s.model.Dynamics.Params }

func (s *dynamicsStage) tune(o *nn.Optimizer) {
	o.Rate, o.MuonRate, o.Clip, o.Decay = 2e-3, 1e-2, 1, 0.01
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
		graph: graph, codec: codec, latents: make([]float32, clips*frames*n), noised: make([]float32, clips*frames*n),
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
	for clip := range s.options.Clips {
		rng := rand.New(rand.NewPCG(s.options.Seed, uint64(number*s.options.Clips+clip)))
		if err := s.fill(shape, batch, clip, rng); err != nil {
			return nil, Loss{}, err
		}
	}
	tokens, heads, err := shape.graph.Run()
	return shape.graph.Step, Loss{Total: tokens, Heads: heads}, err
}

// fill makes one clip's part of the batch.
func (s *dynamicsStage) fill(shape *dynamicsShape, batch *datasets.Batch, clip int, rng *rand.Rand) error {
	config, b := s.model.Dynamics.Config, &shape.graph.Batch
	frames, size := s.options.Frames, shape.codec.LatentSize()
	diffusion.SampleLevels(rng, shape.levels)
	b.Bidirectional[clip] = rng.Float64() < bidirectional
	b.Words[clip] = config.Words(caption(batch.Captions[clip], rng))
	space, err := s.actionSpace(batch.Env[clip])
	if err != nil {
		return err
	}
	withActions := rng.Float64() >= dropActions
	for t := range frames {
		i := clip*frames + t
		diffusion.FillNormal(rng, shape.noise)
		diffusion.Noise(shape.noised[i*size:(i+1)*size], shape.latents[i*size:(i+1)*size], shape.noise, shape.levels[t])
		var action []float32
		if value := batch.Actions[clip][t]; withActions && t > 0 && (value.Int != nil || value.F32 != nil) {
			if err := config.ActionVector(shape.action, space, value); err != nil {
				return err
			}
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
		if t > 0 && changed(clean[p*c:(p+1)*c], shape.latents[(i-1)*size+p*c:][:c]) {
			w *= changeWeight
		}
		b.Weights[i*size/c+p] = w
	}
}

// changed says whether two latents of a patch differ by more than changeBy, root mean square.
func changed(a, b []float32) bool {
	sum := float32(0)
	for i := range a {
		d := a[i] - b[i]
		sum += d * d
	}
	return sum > changeBy*changeBy*float32(len(a))
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

// actionSpace returns the action space of an environment in the data.
func (s *dynamicsStage) actionSpace(name string) (env.Space, error) {
	spec, ok := s.specs[name]
	if !ok {
		return nil, fmt.Errorf("the data do not tell the action space of %s; collect them anew", name)
	}
	return spec.Action, nil
}

func (s *dynamicsStage) finish(context.Context, *datasets.Dataset) error { return nil }

func (s *dynamicsStage) seen(info *world.Info) {
	info.DynamicsSteps++
	info.DynamicsClips += s.options.Clips
}
