package nn

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"somnium/internal/gop"
	"somnium/internal/kernel"
)

// Builder builds one Gorgonia graph over parameters. The first error sticks, so that a network reads as its formula;
// Compile returns it.
type Builder struct {
	graph  *gorgonia.ExprGraph
	params []*Param
	nodes  map[*Param]*gorgonia.Node
	err    error
}

// NewBuilder returns a builder of an empty graph.
func NewBuilder() *Builder {
	return &Builder{graph: gorgonia.NewGraph(), nodes: map[*Param]*gorgonia.Node{}}
}

// Input adds an input node and returns it with its memory, which the caller fills before every run.
func (b *Builder) Input(name string, shape ...int) (*gorgonia.Node, []float32) {
	size := tensor.Shape(shape).TotalSize()
	data := make([]float32, size)
	return b.input(name, shape, data), data
}

func (b *Builder) input(name string, shape []int, data []float32) *gorgonia.Node {
	dense := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
	return gorgonia.NewTensor(b.graph, tensor.Float32, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(dense))
}

// Param returns the node of a parameter, which shares its memory.
func (b *Builder) Param(p *Param) *gorgonia.Node {
	if n := b.nodes[p]; n != nil {
		return n
	}
	n := b.input(p.Name, p.Shape, p.Data)
	b.nodes[p] = n
	b.params = append(b.params, p)
	return n
}

// Apply adds an operator over nodes and parameters.
func (b *Builder) Apply(op gop.Operator, inputs ...*gorgonia.Node) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	n, err := gop.Apply(op, inputs...)
	if err != nil {
		b.err = err
	}
	return n
}

// Forward is a graph that only computes: it has no gradients.
type Forward struct{ machine gorgonia.VM }

// Evaluate compiles the graph as it stands, without gradients.
func (b *Builder) Evaluate() (*Forward, error) {
	if b.err != nil {
		return nil, b.err
	}
	return &Forward{gorgonia.NewTapeMachine(b.graph)}, nil
}

// Run executes the graph once.
func (f *Forward) Run() error {
	if err := f.machine.RunAll(); err != nil {
		return fmt.Errorf("nn: running the graph: %w", err)
	}
	f.machine.Reset()
	return nil
}

// Close frees the machine.
func (f *Forward) Close() error { return f.machine.Close() }

// Step is a compiled graph: it computes a loss and the gradients of the parameters.
type Step struct {
	// Params are those that the loss depends on, and Grads[i] is the gradient of Params[i] after Run.
	Params []*Param
	Grads  [][]float32

	machine gorgonia.VM
	loss    *gorgonia.Node
	grads   gorgonia.Nodes
}

// Compile differentiates the loss with respect to every parameter of the graph.
func (b *Builder) Compile(loss *gorgonia.Node) (*Step, error) {
	if b.err != nil {
		return nil, b.err
	}
	wrt := make(gorgonia.Nodes, len(b.params))
	for i, p := range b.params {
		wrt[i] = b.nodes[p]
	}
	grads, err := gorgonia.Grad(loss, wrt...)
	if err != nil {
		return nil, fmt.Errorf("nn: differentiating the graph: %w", err)
	}
	return &Step{
		Params: b.params, Grads: make([][]float32, len(grads)),
		machine: gorgonia.NewTapeMachine(b.graph), loss: loss, grads: grads,
	}, nil
}

// Run executes the graph once and returns the loss.
func (s *Step) Run() (float64, error) {
	if err := s.machine.RunAll(); err != nil {
		return 0, fmt.Errorf("nn: running the graph: %w", err)
	}
	s.machine.Reset()
	for i, g := range s.grads {
		dense, ok := g.Value().(*tensor.Dense)
		if !ok {
			return 0, fmt.Errorf("nn: the gradient of %s is a %T", s.Params[i].Name, g.Value())
		}
		s.Grads[i] = dense.Float32s()
	}
	loss, ok := s.loss.Value().(*gorgonia.F32)
	if !ok {
		return 0, fmt.Errorf("nn: the loss is a %T", s.loss.Value())
	}
	return float64(*loss), nil
}

// NotFinite returns the name of the first parameter whose gradient is not finite after Run, "" where all are. Where the loss
// itself is not finite, that tells the layer to look at.
func (s *Step) NotFinite() string {
	for i, grad := range s.Grads {
		if sum := kernel.SumSquares(grad); sum-sum != 0 { // an infinity or not a number
			return s.Params[i].Name
		}
	}
	return ""
}

// Close frees the machine.
func (s *Step) Close() error { return s.machine.Close() }

// Floats returns the elements of a node's value after a Run.
func Floats(n *gorgonia.Node) []float32 { return n.Value().(*tensor.Dense).Float32s() }
