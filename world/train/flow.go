package train

import (
	"context"

	"somnium/datasets"
	"somnium/env"
	"somnium/internal/nn"
	"somnium/world"
	"somnium/world/flow"
)

const (
	flowClips  = 8
	flowFrames = 5 // of a clip, all but the first of which are guessed
)

// flowStage trains the network that guesses the next frame.
type flowStage struct {
	model   *world.Model
	options Options
	specs   map[string]env.Spec
	graphs  map[[2]int]*flow.Graph // by height and width
	actions [flowFrames][]float32  // scratch; nil where the action is not known
	vectors []float32
}

func (s *flowStage) name() string { return "flow" }

func (s *flowStage) params() *nn.Params { return s.model.Flow.Params }

func (s *flowStage) tune(o *nn.Optimizer) {
	o.Rate, o.MuonRate, o.Clip, o.Decay = 2e-3, 1e-2, 1, 0
}

func (s *flowStage) sampling() datasets.SamplerOptions {
	return datasets.SamplerOptions{Frames: flowFrames, Batch: flowClips}
}

func (s *flowStage) gradients(batch *datasets.Batch, _ int) (*nn.Step, Loss, error) {
	g, err := s.graph(batch.H, batch.W)
	if err != nil {
		return nil, Loss{}, err
	}
	config, size := s.model.Flow.Config, batch.H*batch.W*3
	for clip := range flowClips {
		if err := s.clipActions(batch, clip); err != nil {
			return nil, Loss{}, err
		}
		frame := func(t int) []uint8 { return batch.Frames[(clip*flowFrames+t)*size:][:size] }
		for t := 1; t < flowFrames; t++ {
			i := clip*(flowFrames-1) + t - 1
			g.Set(i, frame(t-1), frame(max(0, t-2)), frame(t))
			config.FillFeatures(g.Features[i*config.FeatureSize():][:config.FeatureSize()], s.actions[t], s.actions[t-1], t > 1)
		}
	}
	loss, err := g.Run()
	return g.Step, Loss{Total: loss}, err
}

// graph returns the graph for frames of a size.
func (s *flowStage) graph(height, width int) (g *flow.Graph, err error) {
	size := [2]int{height, width}
	if g = s.graphs[size]; g != nil {
		return g, nil
	}
	if g, err = flow.NewGraph(s.model.Flow, flowClips*(flowFrames-1), height, width); err != nil {
		return nil, err
	}
	if s.graphs == nil {
		s.graphs = map[[2]int]*flow.Graph{}
	}
	s.graphs[size] = g
	return g, nil
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
