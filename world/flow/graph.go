package flow

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"somnium/internal/gop"
	"somnium/internal/nn"
)

const (
	// edges is the weight of the loss's second term, on steps between neighbouring pixels.
	edges = 0.5
	// changedWeight is how much more a pixel counts that differs from the frame before: the others are copied soon.
	changedWeight = 2
	// changedBy is the difference, in levels of 255, from which a pixel counts as changed.
	changedBy = 8
)

// Graph is the training graph of a network for a fixed number of frames of one size.
type Graph struct {
	// Features is [F, FeatureSize]: fill it before every Run, with Config.FillFeatures.
	Features []float32
	// Step holds the gradients after Run.
	Step *nn.Step

	frames int
	input  input
	cells  []float32
	carry  *gop.Carry
	loss   *gop.FrameLoss
	output *gorgonia.Node
}

// NewGraph builds the graph.
func NewGraph(m *Model, frames, height, width int) (*Graph, error) {
	g := &Graph{frames: frames, input: newInput(frames, height, width)}
	h, w := g.input.h, g.input.w
	b := nn.NewBuilder()
	apply := func(l linear, constant bool, x *gorgonia.Node) *gorgonia.Node {
		return b.Apply(&gop.Linear{Constant: constant}, x, b.Param(l.weight), b.Param(l.bias))
	}
	var features, cells *gorgonia.Node
	features, g.Features = b.Input("features", frames, m.Config.FeatureSize())
	cells, g.cells = b.Input("cells", frames*h*w, patchSize)
	condition := b.Apply(&gop.Condition{}, features, b.Param(m.condition.weight), b.Param(m.condition.bias))
	x := apply(m.embed, true, cells)
	for _, l := range m.blocks {
		x = b.Apply(l.op(h, w), x, b.Param(l.gain), b.Param(l.taps), b.Param(l.in), b.Param(l.out), apply(l.film, false, condition))
	}
	x = apply(m.output, false, b.Apply(&gop.Norm{Patches: h * w}, x, b.Param(m.gain)))
	g.carry = &gop.Carry{Height: h * Patch, Width: w * Patch, Patch: Patch, Flows: m.Config.Flows}
	g.output = b.Apply(g.carry, x)
	g.loss = &gop.FrameLoss{Height: h * Patch, Width: w * Patch, Patch: Patch, Edges: edges}
	step, err := b.Compile(b.Apply(g.loss, g.output))
	if err != nil {
		return nil, fmt.Errorf("flow: %w", err)
	}
	g.Step = step
	return g, nil
}

// Set takes sample i: the last two frames, which are the same where there is but one, and the frame to guess, [H, W, 3] each.
func (g *Graph) Set(i int, last, before, next []uint8) {
	g.input.fill(i, last, before)
	n := len(g.input.bytes)
	g.input.widen(g.loss.Target[i*n:(i+1)*n], next)
	wide := g.input.w * Patch
	weights := g.loss.Weights[i*n/3 : (i+1)*n/3]
	clear(weights)
	for p := range g.input.height * g.input.width {
		weight := float32(1)
		if differ(next[3*p:3*p+3], last[3*p:3*p+3]) {
			weight = changedWeight
		}
		weights[p/g.input.width*wide+p%g.input.width] = weight
	}
}

func differ(a, b []uint8) bool {
	for c := range a {
		if d := int(a[c]) - int(b[c]); d > changedBy || d < -changedBy {
			return true
		}
	}
	return false
}

// Run computes the loss of the samples and its gradients.
func (g *Graph) Run() (float64, error) {
	copy(g.cells, g.input.pack())
	copy(g.carry.Source, g.input.last)
	return g.Step.Run()
}
