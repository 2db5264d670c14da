package gop

import (
	"fmt"

	"gorgonia.org/tensor"

	"somnium/internal/kernel"
)

// Norm is RMSNorm with a gain: x [N, D], gain [D] and, where Film is set, film [F, 2D], which scales and shifts the Patches
// tokens of each frame.
type Norm struct {
	Patches int
	Film    bool

	norm kernel.RMSNorm
}

// Name implements Operator.
func (*Norm) Name() string { return "Norm" }

// Differentiable implements Operator.
func (*Norm) Differentiable(int) bool { return true }

// Shape implements Operator.
func (o *Norm) Shape(in []tensor.Shape) (tensor.Shape, error) {
	if want := 2 + bit(o.Film); len(in) != want || len(in[0]) != 2 {
		return nil, fmt.Errorf("want %d inputs of which the first is [N, D], have %v", want, in)
	}
	n, d := in[0][0], in[0][1]
	return in[0], expect(in, tensor.Shape{n / o.Patches * o.Patches, d}, tensor.Shape{d}, tensor.Shape{n / o.Patches, 2 * d})
}

// Forward implements Operator.
func (o *Norm) Forward(dst []float32, in [][]float32) {
	o.norm.Forward(dst, in[0], in[1], optional(in, 2), o.Patches)
}

// Backward implements Operator.
func (o *Norm) Backward(din [][]float32, dout, _ []float32, in [][]float32) {
	o.norm.Backward(din[0], din[1], optional(din, 2), dout, in[0], in[1], optional(in, 2), o.Patches)
}
