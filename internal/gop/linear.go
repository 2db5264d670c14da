package gop

import (
	"fmt"

	"gorgonia.org/tensor"

	"somnium/internal/kernel"
)

// Linear is y = x*W + b for x [N, I], W [I, O], b [O]; b may be left out.
type Linear struct {
	// Constant says that x is data, whose gradient is never asked for.
	Constant bool

	rows, in, out int
	bias          kernel.ColumnSum
}

// Name implements Operator.
func (*Linear) Name() string { return "Linear" }

// Differentiable implements Operator.
func (l *Linear) Differentiable(input int) bool { return input > 0 || !l.Constant }

// Shape implements Operator.
func (l *Linear) Shape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) < 2 || len(in) > 3 || len(in[0]) != 2 || len(in[1]) != 2 || in[0][1] != in[1][0] {
		return nil, fmt.Errorf("want x [N, I], W [I, O] and perhaps b [O], have %v", in)
	}
	l.rows, l.in, l.out = in[0][0], in[1][0], in[1][1]
	if len(in) == 3 && in[2].TotalSize() != l.out {
		return nil, fmt.Errorf("the bias %v does not match W %v", in[2], in[1])
	}
	return tensor.Shape{l.rows, l.out}, nil
}

// Forward implements Operator.
func (l *Linear) Forward(dst []float32, in [][]float32) {
	var o kernel.GemmOptions
	if len(in) == 3 {
		o.Bias = in[2]
	}
	kernel.Gemm(kernel.Dense(dst, l.rows, l.out), kernel.Dense(in[0], l.rows, l.in), kernel.Dense(in[1], l.in, l.out), o)
}

// Backward implements Operator.
func (l *Linear) Backward(din [][]float32, dout, _ []float32, in [][]float32) {
	if din[0] != nil {
		timesGradX(din[0], dout, in[1], l.rows, l.in, l.out)
	}
	timesGradW(din[1], in[0], dout, l.rows, l.in, l.out)
	if len(in) == 3 {
		l.bias.Sum(din[2], dout)
	}
}
