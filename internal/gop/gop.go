// Package gop makes the fused blocks of the model operators of a Gorgonia graph.
//
// Gorgonia holds the graph, differentiates it and runs the tape; an [Operator] is one fused block with its gradient, and
// its arithmetic is internal/kernel's. Outputs and gradients are allocated once, when the graph is built: a training
// step reuses them. A block's gradients are all made by one backward node, from which a pick node a gradient reads, since a
// Gorgonia operator returns one value.
//
// Shape letters, here and in the operators: B clips, T frames, F = B*T, H x W the latent grid, P = H*W patches of a
// frame, N = F*P tokens, D channels.
package gop

import (
	"fmt"
	"hash"
	"hash/fnv"
	"sync/atomic"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Operator is a fused block. One instance belongs to one node of one graph, so it may keep scratch memory, and what its
// Forward saves is there for its Backward.
type Operator interface {
	// Name is for error messages and graph dumps.
	Name() string
	// Shape checks the shapes of the inputs and returns the output's; the scalar shape makes a loss.
	Shape(inputs []tensor.Shape) (tensor.Shape, error)
	// Differentiable says whether the gradient with respect to the input is ever asked for.
	Differentiable(input int) bool
	// Forward overwrites dst with the block's output.
	Forward(dst []float32, inputs [][]float32)
	// Backward overwrites each dInputs[i] that is not nil with the gradient, given dOut and what Forward saw and made.
	Backward(dInputs [][]float32, dOut, out []float32, inputs [][]float32)
}

// Keeper is an Operator that keeps what its Backward needs only once it is told that there will be one.
type Keeper interface {
	Operator
	// Keep says that Backward will follow Forward.
	Keep()
}

// nodeCount tells operators apart for Gorgonia's common-subexpression search: two nodes are never merged.
var nodeCount atomic.Uint64

// Apply adds the operator to the graph of its inputs.
func Apply(op Operator, inputs ...*gorgonia.Node) (*gorgonia.Node, error) {
	shapes := make([]tensor.Shape, len(inputs))
	for i, in := range inputs {
		shapes[i] = in.Shape()
	}
	shape, err := op.Shape(shapes)
	if err != nil {
		return nil, fmt.Errorf("gop: %s: %w", op.Name(), err)
	}
	f := &forward{op: op, id: nodeCount.Add(1), inputs: shapes, out: newValue(shape)}
	f.data = make([][]float32, len(inputs))
	n, err := gorgonia.ApplyOp(f, inputs...)
	if err != nil {
		return nil, fmt.Errorf("gop: %s: %w", op.Name(), err)
	}
	return n, nil
}

// value is a preallocated result: a dense tensor, or a scalar.
type value struct {
	shape  tensor.Shape
	data   []float32
	dense  *tensor.Dense
	scalar *gorgonia.F32
}

func newValue(shape tensor.Shape) value {
	if shape.IsScalar() {
		return value{shape: shape, data: make([]float32, 1), scalar: gorgonia.NewF32(0)}
	}
	data := make([]float32, shape.TotalSize())
	return value{shape: shape, data: data, dense: tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))}
}

func (v value) get() gorgonia.Value {
	if v.scalar != nil {
		*v.scalar = gorgonia.F32(v.data[0])
		return v.scalar
	}
	return v.dense
}

// floats returns the elements behind a Gorgonia value without copying a tensor.
func floats(v gorgonia.Value) []float32 {
	switch v := v.(type) {
	case *tensor.Dense:
		return v.Float32s()
	case *gorgonia.F32:
		return []float32{float32(*v)}
	}
	panic(fmt.Sprintf("gop: a value of type %T is not float32", v))
}

func typeOf(shape tensor.Shape) hm.Type {
	if shape.IsScalar() {
		return tensor.Float32
	}
	return gorgonia.TensorType{Dims: shape.Dims(), Of: tensor.Float32}
}

func signature(inputs []tensor.Shape, out tensor.Shape) hm.Type {
	types := make([]hm.Type, 0, len(inputs)+1)
	for _, s := range inputs {
		types = append(types, typeOf(s))
	}
	return hm.NewFnType(append(types, typeOf(out))...)
}

// common answers the questions of gorgonia.Op that are the same for every node of ours.
type common struct{}

func (common) ReturnsPtr() bool     { return true }
func (common) CallsExtern() bool    { return false }
func (common) OverwritesInput() int { return -1 }

func hashOf(s fmt.Stringer) uint32 {
	h := fnv.New32a()
	fmt.Fprint(h, s.String())
	return h.Sum32()
}

// forward is the node of an operator.
type forward struct {
	common
	op     Operator
	id     uint64
	inputs []tensor.Shape
	out    value
	data   [][]float32 // scratch: the inputs' elements
}

func (f *forward) Arity() int            { return len(f.inputs) }
func (f *forward) Type() hm.Type         { return signature(f.inputs, f.out.shape) }
func (f *forward) WriteHash(h hash.Hash) { fmt.Fprint(h, f.String()) }
func (f *forward) Hashcode() uint32      { return hashOf(f) }
func (f *forward) String() string        { return fmt.Sprintf("%s#%d", f.op.Name(), f.id) }
func (f *forward) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return f.out.shape, nil
}

func (f *forward) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	for i, v := range in {
		f.data[i] = floats(v)
	}
	f.op.Forward(f.out.data, f.data)
	return f.out.get(), nil
}

func (f *forward) DiffWRT(inputs int) []bool {
	wanted := make([]bool, inputs)
	for i := range wanted {
		wanted[i] = f.op.Differentiable(i)
	}
	return wanted
}

// SymDiff hangs one backward node over the inputs, the output and its gradient, and a pick on it for each gradient.
func (f *forward) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	if k, ok := f.op.(Keeper); ok {
		k.Keep()
	}
	b := &backward{forward: f, dInputs: make([]value, len(inputs)), dData: make([][]float32, len(inputs)), token: newValue(tensor.Shape{1})}
	for i := range inputs {
		if f.op.Differentiable(i) {
			b.dInputs[i] = newValue(f.inputs[i])
			b.dData[i] = b.dInputs[i].data
		}
	}
	all := append(append(gorgonia.Nodes{}, inputs...), output, grad)
	node, err := gorgonia.ApplyOp(b, all...)
	if err != nil {
		return nil, fmt.Errorf("gop: gradient of %s: %w", f.op.Name(), err)
	}
	grads := make(gorgonia.Nodes, len(inputs))
	for i := range inputs {
		if !f.op.Differentiable(i) {
			continue
		}
		if grads[i], err = gorgonia.ApplyOp(&pick{backward: b, input: i}, node); err != nil {
			return nil, fmt.Errorf("gop: gradient of %s: %w", f.op.Name(), err)
		}
	}
	return grads, nil
}

// backward is the node that fills all gradients of an operator. Its own value is only a token for the picks to hang on.
type backward struct {
	common
	forward *forward
	dInputs []value
	dData   [][]float32
	token   value
}

func (b *backward) Arity() int { return len(b.dInputs) + 2 }
func (b *backward) Type() hm.Type {
	return signature(append(append([]tensor.Shape{}, b.forward.inputs...), b.forward.out.shape, b.forward.out.shape), b.token.shape)
}
func (b *backward) WriteHash(h hash.Hash) { fmt.Fprint(h, b.String()) }
func (b *backward) Hashcode() uint32      { return hashOf(b) }
func (b *backward) String() string        { return "d" + b.forward.String() }
func (b *backward) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return b.token.shape, nil
}

func (b *backward) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	n := len(b.dInputs)
	for i, v := range in[:n] {
		b.forward.data[i] = floats(v)
	}
	b.forward.op.Backward(b.dData, floats(in[n+1]), b.forward.out.data, b.forward.data)
	return b.token.get(), nil
}

// pick is the node of one gradient.
type pick struct {
	common
	backward *backward
	input    int
}

func (p *pick) Arity() int            { return 1 }
func (p *pick) Type() hm.Type         { return signature([]tensor.Shape{p.backward.token.shape}, p.shape()) }
func (p *pick) WriteHash(h hash.Hash) { fmt.Fprint(h, p.String()) }
func (p *pick) Hashcode() uint32      { return hashOf(p) }
func (p *pick) String() string        { return fmt.Sprintf("%s/%d", p.backward, p.input) }
func (p *pick) shape() tensor.Shape   { return p.backward.dInputs[p.input].shape }
func (p *pick) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return p.shape(), nil
}
func (p *pick) Do(...gorgonia.Value) (gorgonia.Value, error) {
	return p.backward.dInputs[p.input].get(), nil
}
