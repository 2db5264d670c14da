package gop

import (
	"fmt"

	"gorgonia.org/tensor"

	"somnium/internal/kernel"
)

// Pool averages the tokens of each frame and applies SiLU: [F*Patches, D] to [F, D].
type Pool struct {
	Patches int

	frames, depth int
	mean, dMean   []float32
}

// Name implements Operator.
func (*Pool) Name() string { return "Pool" }

// Differentiable implements Operator.
func (*Pool) Differentiable(int) bool { return true }

// Shape implements Operator.
func (p *Pool) Shape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) != 1 || len(in[0]) != 2 || in[0][0]%p.Patches != 0 {
		return nil, fmt.Errorf("want tokens [F*%d, D], have %v", p.Patches, in)
	}
	p.frames, p.depth = in[0][0]/p.Patches, in[0][1]
	p.mean, p.dMean = make([]float32, p.frames*p.depth), make([]float32, p.frames*p.depth)
	return tensor.Shape{p.frames, p.depth}, nil
}

// Forward implements Operator.
func (p *Pool) Forward(dst []float32, in [][]float32) {
	clear(p.mean)
	for i := range p.frames * p.Patches {
		f := i / p.Patches
		kernel.Axpy(p.mean[f*p.depth:(f+1)*p.depth], in[0][i*p.depth:(i+1)*p.depth], 1/float32(p.Patches))
	}
	kernel.SiLU(dst, p.mean)
}

// Backward implements Operator.
func (p *Pool) Backward(din [][]float32, dout, _ []float32, _ [][]float32) {
	kernel.SiLUGrad(p.dMean, dout, p.mean)
	for i := range p.frames * p.Patches {
		f := i / p.Patches
		kernel.Scale(din[0][i*p.depth:(i+1)*p.depth], p.dMean[f*p.depth:(f+1)*p.depth], 1/float32(p.Patches))
	}
}
