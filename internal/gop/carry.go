package gop

import (
	"fmt"

	"gorgonia.org/tensor"

	"somnium/internal/kernel"
)

// Carry makes frames out of the pixels of others, as kernel.Carry does: of a head [F*h*w, HeadSize] it makes patches [F*h*w, P*P*3].
type Carry struct {
	// Height and Width are those of a frame in pixels, Patch is P, Flows the number of displacements of a cell.
	Height, Width, Patch, Flows int
	// Source is [F, Height, Width, 3]: data, filled before every run.
	Source []float32

	kernel kernel.Carry
}

// Name implements Operator.
func (*Carry) Name() string { return "Carry" }

// Differentiable implements Operator.
func (*Carry) Differentiable(int) bool { return true }

// Shape implements Operator.
func (c *Carry) Shape(in []tensor.Shape) (tensor.Shape, error) {
	c.kernel = kernel.Carry{Height: c.Height, Width: c.Width, Patch: c.Patch, Flows: c.Flows}
	cells := c.Height / c.Patch * (c.Width / c.Patch)
	if len(in) != 1 || len(in[0]) != 2 || in[0][1] != c.kernel.HeadSize() || in[0][0]%cells != 0 {
		return nil, fmt.Errorf("want [F*%d, %d], have %v", cells, c.kernel.HeadSize(), in)
	}
	patch := 3 * c.Patch * c.Patch
	c.Source = make([]float32, in[0][0]*patch)
	return tensor.Shape{in[0][0], patch}, nil
}

// Forward implements Operator.
func (c *Carry) Forward(dst []float32, in [][]float32) { c.kernel.Forward(dst, in[0], c.Source) }

// Backward implements Operator.
func (c *Carry) Backward(din [][]float32, dout, _ []float32, in [][]float32) {
	c.kernel.Backward(din[0], dout, in[0], c.Source)
}
