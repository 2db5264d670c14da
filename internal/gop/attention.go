package gop

import (
	"fmt"

	"gorgonia.org/tensor"

	"somnium/internal/kernel"
)

// Attention is the residual block y = x + attend(norm(x) * QKV) * Out:
//
//	x [N, D], gain [D], QKV [D, 3D], qGain and kGain [D/Heads], Out [D, D] and, where Film is set, film [F, 2D]
//
// where attend is softmax attention over space or time with QK-norm and rotary positions, as kernel.Attention has it.
type Attention struct {
	// Kernel holds the shape of the attention: clips, frames, grid, heads, axis, mask.
	Kernel kernel.Attention
	Film   bool

	rows, depth           int
	norm                  kernel.RMSNorm
	normed, qkv, attended []float32
	dNormed, dQKV, dAtt   []float32
}

// Name implements Operator.
func (*Attention) Name() string { return "Attention" }

// Differentiable implements Operator.
func (*Attention) Differentiable(int) bool { return true }

// Shape implements Operator.
func (a *Attention) Shape(in []tensor.Shape) (tensor.Shape, error) {
	if want := 6 + bit(a.Film); len(in) != want || len(in[0]) != 2 {
		return nil, fmt.Errorf("want %d inputs of which the first is [N, D], have %v", want, in)
	}
	k := &a.Kernel
	frames := k.B * k.T
	a.rows, a.depth = frames*k.H*k.W, k.Heads*k.HeadDim
	n, d := a.rows, a.depth
	if err := expect(in, tensor.Shape{n, d}, tensor.Shape{d}, tensor.Shape{d, 3 * d}, tensor.Shape{k.HeadDim}, tensor.Shape{k.HeadDim},
		tensor.Shape{d, d}, tensor.Shape{frames, 2 * d}); err != nil {
		return nil, err
	}
	a.normed, a.qkv, a.attended = make([]float32, n*d), make([]float32, n*3*d), make([]float32, n*d)
	return in[0], nil
}

// Forward implements Operator.
func (a *Attention) Forward(dst []float32, in [][]float32) {
	a.Project(in)
	a.Kernel.Forward(a.attended, a.qkv, in[3], in[4])
	a.Merge(dst, a.attended, in)
}

// Project computes and returns the queries, keys and values, [N, 3D]: the part of Forward before attending.
func (a *Attention) Project(in [][]float32) []float32 {
	a.norm.Forward(a.normed, in[0], in[1], optional(in, 6), a.Kernel.H*a.Kernel.W)
	times(a.qkv, a.normed, in[2], a.rows, a.depth, 3*a.depth, false)
	return a.qkv
}

// Merge writes x + attended * Out: the part of Forward after attending.
func (a *Attention) Merge(dst, attended []float32, in [][]float32) {
	copy(dst, in[0])
	times(dst, attended, in[5], a.rows, a.depth, a.depth, true)
}

// Backward implements Operator.
func (a *Attention) Backward(din [][]float32, dout, _ []float32, in [][]float32) {
	if a.dQKV == nil {
		a.dNormed, a.dQKV, a.dAtt = make([]float32, len(a.normed)), make([]float32, len(a.qkv)), make([]float32, len(a.attended))
	}
	timesGradX(a.dAtt, dout, in[5], a.rows, a.depth, a.depth)
	timesGradW(din[5], a.attended, dout, a.rows, a.depth, a.depth)
	a.Kernel.Backward(a.dQKV, din[3], din[4], a.dAtt, a.qkv, in[3], in[4])
	timesGradX(a.dNormed, a.dQKV, in[2], a.rows, a.depth, 3*a.depth)
	timesGradW(din[2], a.normed, a.dQKV, a.rows, a.depth, 3*a.depth)
	a.norm.Backward(din[0], din[1], optional(din, 6), a.dNormed, in[0], in[1], optional(in, 6), a.Kernel.H*a.Kernel.W)
	kernel.Add(din[0], din[0], dout)
}
