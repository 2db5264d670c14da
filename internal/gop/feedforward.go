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

	kernel kernel.FeedForward
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
	f.kernel.Height, f.kernel.Width, f.kernel.Hidden = f.Height, f.Width, f.Hidden
	d, frames := in[0][1], in[0][0]/(f.Height*f.Width)
	return in[0], expect(in, tensor.Shape{frames * f.Height * f.Width, d}, tensor.Shape{d}, tensor.Shape{ConvSize * ConvSize, d},
		tensor.Shape{d, 2 * f.Hidden}, tensor.Shape{f.Hidden, d}, tensor.Shape{frames, 2 * d})
}

// Keep implements Keeper.
func (f *FeedForward) Keep() { f.kernel.Keep = true }

// Freeze says whether the weights stay as they are at the next Forward, so that packing them once will do.
func (f *FeedForward) Freeze(frozen bool) { f.kernel.Frozen = frozen }

// Forward implements Operator.
func (f *FeedForward) Forward(dst []float32, in [][]float32) {
	f.kernel.Forward(dst, in[0], feedForwardWeights(in))
}

// Backward implements Operator.
func (f *FeedForward) Backward(din [][]float32, dout, _ []float32, in [][]float32) {
	f.kernel.Backward(din[0], feedForwardWeights(din), dout, in[0], feedForwardWeights(in))
}

func feedForwardWeights(in [][]float32) kernel.FeedForwardWeights {
	return kernel.FeedForwardWeights{Gain: in[1], Taps: in[2], In: in[3], Out: in[4], Film: optional(in, 5)}
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
