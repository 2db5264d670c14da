package train

import (
	"context"
	"math/rand/v2"

	"somnium/datasets"
	"somnium/env"
	"somnium/internal/nn"
	"somnium/world"
	"somnium/world/flow"
	"somnium/world/tokenizer"
)

const (
	flowClips  = 8
	flowFrames = 5 // of a clip, all but the first of which are guessed
	// codedClips is how many of the clips are seen through the tokenizer, as a rollout sees what it dreamed; what is to be guessed is
	// the truth. Up to codedNoise of their latents' deviation is noise.
	codedClips = 4
	codedNoise = 0.1
)

// flowStage trains the network that guesses the next frame.
type flowStage struct {
	model   *world.Model
	options Options
	specs   map[string]env.Spec
	shapes  map[[2]int]*flowShape // by height and width
	actions [flowFrames][]float32 // scratch; nil where the action is not known
	vectors []float32
}

// flowShape is what batches of one size of frames need.
type flowShape struct {
	graph   *flow.Graph
	codec   *tokenizer.Codec // of the coded clips
	latents []float32
	coded   []uint8
}

func (s *flowStage) name() string { return "flow" }

func (s *flowStage) params() *nn.Params { return s.model.Flow.Params }

func (s *flowStage) tune(o *nn.Optimizer) {
	o.Rate, o.MuonRate, o.Clip, o.Decay = 2e-3, 1e-2, 1, 0
}

func (s *flowStage) sampling() datasets.SamplerOptions {
	return datasets.SamplerOptions{Frames: flowFrames, Batch: flowClips}
}

func (s *flowStage) gradients(batch *datasets.Batch, number int) (*nn.Step, Loss, error) {
	shape, err := s.shape(batch.H, batch.W)
	if err != nil {
		return nil, Loss{}, err
	}
	shape.code(batch, rand.New(rand.NewPCG(s.options.Seed, uint64(number))), s.model.Tokenizer)
	g, config, size := shape.graph, s.model.Flow.Config, batch.H*batch.W*3
	for clip := range flowClips {
		if err := s.clipActions(batch, clip); err != nil {
			return nil, Loss{}, err
		}
		frame := func(t int) []uint8 { return batch.Frames[(clip*flowFrames+t)*size:][:size] }
		for t := 1; t < flowFrames; t++ {
			i := clip*(flowFrames-1) + t - 1
			last, before := frame(t-1), frame(max(0, t-2))
			if clip < codedClips {
				last, before = shape.coded[(clip*flowFrames+t-1)*size:][:size], shape.coded[(clip*flowFrames+max(0, t-2))*size:][:size]
			}
			g.Set(i, last, before, frame(t))
			config.FillFeatures(g.Features[i*config.FeatureSize():][:config.FeatureSize()], s.actions[t], s.actions[t-1], t > 1)
		}
	}
	loss, err := g.Run()
	return g.Step, Loss{Total: loss}, err
}

// code writes what is seen of the coded clips.
func (s *flowShape) code(batch *datasets.Batch, rng *rand.Rand, t *tokenizer.Model) {
	s.codec.Encode(s.latents, batch.Frames[:len(s.coded)])
	clip := len(s.latents) / codedClips
	for c := range codedClips {
		deviation := float32(rng.Float64() * codedNoise)
		for i := range clip {
			s.latents[c*clip+i] += deviation * float32(rng.NormFloat64())
		}
	}
	t.Clamp(s.latents)
	s.codec.Decode(s.coded, s.latents)
}

// shape returns what frames of a size need.
func (s *flowStage) shape(height, width int) (*flowShape, error) {
	size := [2]int{height, width}
	if shape := s.shapes[size]; shape != nil {
		return shape, nil
	}
	graph, err := flow.NewGraph(s.model.Flow, flowClips*(flowFrames-1), height, width)
	if err != nil {
		return nil, err
	}
	codec, err := tokenizer.NewCodec(s.model.Tokenizer, codedClips, flowFrames, height, width)
	if err != nil {
		return nil, err
	}
	if s.shapes == nil {
		s.shapes = map[[2]int]*flowShape{}
	}
	s.shapes[size] = &flowShape{graph, codec, make([]float32, codedClips*flowFrames*codec.LatentSize()), make([]uint8, codedClips*flowFrames*codec.FrameSize())}
	return s.shapes[size], nil
}

// clipActions reads the actions of a clip. That into its first frame is left out, as it is where a dream begins.
func (s *flowStage) clipActions(batch *datasets.Batch, clip int) error {
	length := s.model.Flow.Config.Actions
	if s.vectors == nil {
		s.vectors = make([]float32, flowFrames*length)
	}
	clear(s.actions[:])
	for t := 1; t < flowFrames; t++ {
		value := batch.Actions[clip][t]
		if value.Int == nil && value.F32 == nil {
			continue
		}
		s.actions[t] = s.vectors[t*length : (t+1)*length]
		if err := recordedAction(s.actions[t], s.model.Dynamics.Config, s.specs, batch.Env[clip], value); err != nil {
			return err
		}
	}
	return nil
}

func (s *flowStage) finish(context.Context, *datasets.Dataset) error { return nil }

func (s *flowStage) seen(info *world.Info) {
	info.FlowSteps++
	info.FlowFrames += flowClips * (flowFrames - 1)
}
