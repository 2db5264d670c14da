package nn

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"somnium/internal/gop"
)

// Layer is an operator with the parameters that follow its first input.
type Layer struct {
	Op     gop.Operator
	Params []*Param
}

// Chain is a network whose layers feed one another. It is run in either of two ways: in a graph, to be trained, or by a
// [Runner], without one.
type Chain []Layer

// Graph adds the chain to a graph, behind x.
func (c Chain) Graph(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	for _, layer := range c {
		inputs := gorgonia.Nodes{x}
		for _, p := range layer.Params {
			inputs = append(inputs, b.Param(p))
		}
		x = b.Apply(layer.Op, inputs...)
	}
	return x
}

// Runner runs a chain without a graph and without allocating.
type Runner struct {
	chain  Chain
	inputs [][][]float32 // per layer; the first of each is set by Run
	out    [][]float32   // per layer
}

// NewRunner prepares a chain for an input of the given shape. The operators belong to the runner from then on.
func NewRunner(chain Chain, shape ...int) (*Runner, error) {
	r := &Runner{chain: chain}
	x := tensor.Shape(shape)
	for _, layer := range chain {
		shapes := []tensor.Shape{x}
		inputs := [][]float32{nil}
		for _, p := range layer.Params {
			shapes = append(shapes, p.Shape)
			inputs = append(inputs, p.Data)
		}
		var err error
		if x, err = layer.Op.Shape(shapes); err != nil {
			return nil, fmt.Errorf("nn: %s: %w", layer.Op.Name(), err)
		}
		r.inputs = append(r.inputs, inputs)
		r.out = append(r.out, make([]float32, x.TotalSize()))
	}
	return r, nil
}

// Out returns the memory of the output.
func (r *Runner) Out() []float32 { return r.out[len(r.out)-1] }

// Run returns the output for x, which holds until the next Run.
func (r *Runner) Run(x []float32) []float32 {
	for i, layer := range r.chain {
		r.inputs[i][0] = x
		layer.Op.Forward(r.out[i], r.inputs[i])
		x = r.out[i]
	}
	return x
}
