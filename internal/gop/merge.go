package gop

import (
	"fmt"

	"gorgonia.org/tensor"

	"somnium/internal/kernel"
)

// Merge joins 2x2 neighbouring tokens into one of four times the channels, [F*H*W, D] to [F*H/2*W/2, 4D], or, where
// Split is set, cuts one token into four: each is the other's inverse and gradient. Height and Width are those of the finer
// grid.
type Merge struct {
	Height, Width int
	Split         bool

	patcher kernel.Patcher
	depth   int // D of the finer grid
}

// Name implements Operator.
func (*Merge) Name() string { return "Merge" }

// Differentiable implements Operator.
func (*Merge) Differentiable(int) bool { return true }

// Shape implements Operator.
func (m *Merge) Shape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) != 1 || len(in[0]) != 2 || m.Height%2+m.Width%2 != 0 {
		return nil, fmt.Errorf("want tokens [N, D] on a grid of even size, have %v on %dx%d", in, m.Height, m.Width)
	}
	m.patcher.Size = 2
	n, d := in[0][0], in[0][1]
	grid := m.Height * m.Width
	if m.Split {
		grid /= 4
	}
	if n%grid != 0 {
		return nil, fmt.Errorf("%d tokens are no whole frames of %dx%d", n, m.Height, m.Width)
	}
	if m.Split {
		if d%4 != 0 {
			return nil, fmt.Errorf("%d channels do not split into four", d)
		}
		m.depth = d / 4
		return tensor.Shape{n * 4, d / 4}, nil
	}
	m.depth = d
	return tensor.Shape{n / 4, d * 4}, nil
}

// Forward implements Operator.
func (m *Merge) Forward(dst []float32, in [][]float32) { m.move(dst, in[0], m.Split) }

// Backward implements Operator.
func (m *Merge) Backward(din [][]float32, dout, _ []float32, _ [][]float32) {
	m.move(din[0], dout, !m.Split)
}

func (m *Merge) move(dst, src []float32, split bool) {
	if split {
		m.patcher.Unpatchify(dst, src, m.Height, m.Width, m.depth)
		return
	}
	m.patcher.Patchify(dst, src, m.Height, m.Width, m.depth)
}
