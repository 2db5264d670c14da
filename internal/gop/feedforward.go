package gop

import (
	"fmt"

	"gorgonia.org/tensor"

	"somnium/internal/kernel"
)

// ConvSize is the side of the depthwise convolution in a feed-forward block.
const ConvSize = 5

// FeedForward is the residual block y = x + SwiGLU(conv(norm(x)) * In) * Out on a grid of tokens:
//
//	x [N, D], gain [D], taps [25, D], In [D, 2*Hidden], Out [Hidden, D] and, where Film is set, film [F, 2D]
//
// where conv is a depthwise 5x5 convolution over the H x W tokens of a frame, and norm an RMSNorm that film scales and
// shifts a frame at a time.
type FeedForward struct {
	// Height and Width are those of the grid, Hidden the inner width.
	Height, Width, Hidden int
	Film                  bool

	rows, depth                 int
	norm                        kernel.RMSNorm
	conv                        kernel.DepthwiseConv
	glu                         kernel.GatedUnit
	normed, mixed, inner, gated []float32
	dInner, dGated, dMixed      []float32
}

// Name implements Operator.
func (*FeedForward) Name() string { return "FeedForward" }

// Differentiable implements Operator.
func (*FeedForward) Differentiable(int) bool { return true }

// Shape implements Operator.
func (f *FeedForward) Shape(in []tensor.Shape) (tensor.Shape, error) {
	if want := 5 + bit(f.Film); len(in) != want || len(in[0]) != 2 {
		return nil, fmt.Errorf("want %d inputs of which the first is [N, D], have %v", want, in)
	}
	f.rows, f.depth = in[0][0], in[0][1]
	n, d, h := f.rows, f.depth, f.Hidden
	frames := n / (f.Height * f.Width)
	if err := expect(in, tensor.Shape{frames * f.Height * f.Width, d}, tensor.Shape{d}, tensor.Shape{ConvSize * ConvSize, d},
		tensor.Shape{d, 2 * h}, tensor.Shape{h, d}, tensor.Shape{frames, 2 * d}); err != nil {
		return nil, err
	}
	f.normed, f.mixed = make([]float32, n*d), make([]float32, n*d)
	f.inner, f.gated = make([]float32, n*2*h), make([]float32, n*h)
	return in[0], nil
}

// Forward implements Operator.
func (f *FeedForward) Forward(dst []float32, in [][]float32) {
	x, gain, taps, wIn, wOut := in[0], in[1], in[2], in[3], in[4]
	f.norm.Forward(f.normed, x, gain, optional(in, 5), f.Height*f.Width)
	f.conv.Forward(f.mixed, f.normed, taps, f.Height, f.Width)
	times(f.inner, f.mixed, wIn, f.rows, f.depth, 2*f.Hidden, false)
	f.glu.Forward(f.gated, f.inner, f.Hidden)
	copy(dst, x)
	times(dst, f.gated, wOut, f.rows, f.Hidden, f.depth, true)
}

// Backward implements Operator.
func (f *FeedForward) Backward(din [][]float32, dout, _ []float32, in [][]float32) {
	if f.dInner == nil {
		f.dInner, f.dGated, f.dMixed = make([]float32, len(f.inner)), make([]float32, len(f.gated)), make([]float32, len(f.mixed))
	}
	x, gain, taps, wIn, wOut := in[0], in[1], in[2], in[3], in[4]
	timesGradX(f.dGated, dout, wOut, f.rows, f.Hidden, f.depth)
	timesGradW(din[4], f.gated, dout, f.rows, f.Hidden, f.depth)
	f.glu.Backward(f.dInner, f.dGated, f.inner, f.Hidden)
	timesGradX(f.dMixed, f.dInner, wIn, f.rows, f.depth, 2*f.Hidden)
	timesGradW(din[3], f.mixed, f.dInner, f.rows, f.depth, 2*f.Hidden)
	dNormed := din[0]
	f.conv.Backward(dNormed, din[2], f.dMixed, f.normed, taps, f.Height, f.Width)
	copy(f.dMixed, dNormed)
	f.norm.Backward(din[0], din[1], optional(din, 5), f.dMixed, x, gain, optional(in, 5), f.Height*f.Width)
	kernel.Add(din[0], din[0], dout)
}

func optional(in [][]float32, i int) []float32 {
	if i < len(in) {
		return in[i]
	}
	return nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// expect returns an error for the first input that has not the wanted shape.
func expect(in []tensor.Shape, want ...tensor.Shape) error {
	for i, shape := range in {
		if !shape.Eq(want[i]) {
			return fmt.Errorf("input %d has shape %v, want %v", i, shape, want[i])
		}
	}
	return nil
}
