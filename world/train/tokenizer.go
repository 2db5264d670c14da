package train

import (
	"context"
	"math/rand/v2"

	"somnium/datasets"
	"somnium/internal/nn"
	"somnium/world"
	"somnium/world/tokenizer"
)

const (
	tokenizerClips   = 8
	tokenizerLatents = 2 // that of the first frame, and one of a whole span; enough to see which pixels change
	fitBatches       = 64
)

// tokenizerStage trains the tokenizer.
type tokenizerStage struct {
	model   *world.Model
	options Options
	graphs  map[[2]int]*tokenizer.Graph // by height and width
}

func (s *tokenizerStage) name() string { return "tokenizer" }

func (s *tokenizerStage) params() *nn.Params {
	if s.options.KeepLatents {
		return s.model.Tokenizer.Decoder()
	}
	return s.model.Tokenizer.Params
}

func (s *tokenizerStage) tune(o *nn.Optimizer) {
	o.Rate, o.MuonRate, o.Clip, o.Decay = 2e-3, 1e-2, 1, 0
}

func (s *tokenizerStage) sampling() datasets.SamplerOptions {
	return datasets.SamplerOptions{Frames: s.frames(), Batch: tokenizerClips}
}

// frames returns the length of a clip.
func (s *tokenizerStage) frames() int { return clipFrames(s.model.Tokenizer.Config, tokenizerLatents) }

// clipFrames returns the length of a clip of so many latents whose first stands for one frame.
func clipFrames(c tokenizer.Config, latents int) int { return 1 + c.Span()*(latents-1) }

func (s *tokenizerStage) gradients(batch *datasets.Batch, number int) (*nn.Step, Loss, error) {
	size := [2]int{batch.H, batch.W}
	if s.graphs == nil {
		s.graphs = map[[2]int]*tokenizer.Graph{}
	}
	g := s.graphs[size]
	if g == nil {
		var err error
		if g, err = tokenizer.NewGraph(s.model.Tokenizer, tokenizerClips, s.frames(), batch.H, batch.W); err != nil {
			return nil, Loss{}, err
		}
		s.graphs[size] = g
	}
	loss, err := g.Run(rand.New(rand.NewPCG(s.options.Seed, uint64(number))), batch.Frames)
	return g.Step, Loss{Total: loss}, err
}

// finish measures the statistics of the latents, where they may have changed.
func (s *tokenizerStage) finish(ctx context.Context, data *datasets.Dataset) error {
	if s.options.KeepLatents {
		return nil
	}
	sampling := s.sampling()
	sampling.Seed, sampling.Weights = s.options.Seed+1, s.options.Weights
	sampler, err := datasets.NewSampler(data, sampling)
	if err != nil {
		return err
	}
	defer sampler.Close()
	codecs := map[[2]int]*tokenizer.Codec{}
	var failed error
	s.model.Tokenizer.Fit(func(yield func(*tokenizer.Codec, []uint8) bool) {
		for range fitBatches {
			batch, err := sampler.Next(ctx)
			if err != nil {
				failed = err
				return
			}
			size := [2]int{batch.H, batch.W}
			if codecs[size] == nil {
				if codecs[size], failed = tokenizer.NewCodec(s.model.Tokenizer, tokenizerClips, tokenizerLatents, batch.H, batch.W); failed != nil {
					return
				}
			}
			if !yield(codecs[size], batch.Frames) {
				return
			}
		}
	})
	return failed
}

func (s *tokenizerStage) seen(info *world.Info) {
	info.TokenizerSteps++
	info.TokenizerFrames += tokenizerClips * s.frames()
}
