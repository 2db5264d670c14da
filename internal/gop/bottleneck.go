package gop

import (
	"fmt"

	"gorgonia.org/tensor"

	"somnium/internal/kernel"
)

// Bottleneck is y = tanh(x) + noise for x [N, C]: it bounds the latents, and the noise, which is data, makes what is decoded
// vary smoothly with them.
type Bottleneck struct {
	// Noise, [N*C], is added where it is not nil.
	Noise []float32

	tanh []float32
}

// Name implements Operator.
func (*Bottleneck) Name() string { return "Bottleneck" }

// Differentiable implements Operator.
func (*Bottleneck) Differentiable(int) bool { return true }

// Shape implements Operator.
func (o *Bottleneck) Shape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) != 1 || len(in[0]) != 2 {
		return nil, fmt.Errorf("want x [N, C], have %v", in)
	}
	o.tanh = make([]float32, in[0].TotalSize())
	return in[0], nil
}

// Forward implements Operator.
func (o *Bottleneck) Forward(dst []float32, in [][]float32) {
	kernel.Tanh(o.tanh, in[0])
	copy(dst, o.tanh)
	if o.Noise != nil {
		kernel.Add(dst, dst, o.Noise)
	}
}

// Backward implements Operator.
func (o *Bottleneck) Backward(din [][]float32, dout, _ []float32, _ [][]float32) {
	kernel.TanhGrad(din[0], dout, o.tanh)
}
