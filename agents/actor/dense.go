package actor

import (
	"fmt"

	"gorgonia.org/tensor"

	"somnium/internal/kernel"
)

// dense is y = act(x*W + b) for x [N*group, I], of which group rows are read as one, W [group*I, O] and b [O]. With group
// patches to a row it is a convolution whose stride is its size. act is SiLU where active is set, else nothing.
type dense struct {
	group  int
	active bool
	// constant says that x is data, whose gradient is never asked for.
	constant bool

	rows, in, out int
	sum, dSum     []float32 // before act
	bias          kernel.ColumnSum
	task          activation
}

// Name implements gop.Operator.
func (*dense) Name() string { return "Dense" }

// Differentiable implements gop.Operator.
func (d *dense) Differentiable(input int) bool { return input > 0 || !d.constant }

// Shape implements gop.Operator.
func (d *dense) Shape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) != 3 || len(in[0]) != 2 || len(in[1]) != 2 || in[0][0]%d.group != 0 || in[0][1]*d.group != in[1][0] || in[2].TotalSize() != in[1][1] {
		return nil, fmt.Errorf("want x [N*%d, I], W [%d*I, O] and b [O], have %v", d.group, d.group, in)
	}
	d.rows, d.in, d.out = in[0][0]/d.group, in[1][0], in[1][1]
	d.sum, d.dSum = make([]float32, d.rows*d.out), make([]float32, d.rows*d.out)
	return tensor.Shape{d.rows, d.out}, nil
}

// Forward implements gop.Operator.
func (d *dense) Forward(dst []float32, in [][]float32) {
	sum := d.sum
	if !d.active {
		sum = dst
	}
	kernel.Gemm(kernel.Dense(sum, d.rows, d.out), kernel.Dense(in[0], d.rows, d.in), kernel.Dense(in[1], d.in, d.out), kernel.GemmOptions{Bias: in[2]})
	if d.active {
		d.task = activation{dst: dst, x: sum}
		d.task.run()
	}
}

// Backward implements gop.Operator.
func (d *dense) Backward(din [][]float32, dout, _ []float32, in [][]float32) {
	if d.active {
		d.task = activation{dst: d.dSum, x: d.sum, dOut: dout}
		d.task.run()
		dout = d.dSum
	}
	dy := kernel.Dense(dout, d.rows, d.out)
	if din[0] != nil {
		kernel.Gemm(kernel.Dense(din[0], d.rows, d.in), dy, kernel.Dense(in[1], d.in, d.out).T(), kernel.GemmOptions{})
	}
	kernel.Gemm(kernel.Dense(din[1], d.in, d.out), kernel.Dense(in[0], d.rows, d.in).T(), dy, kernel.GemmOptions{})
	d.bias.Sum(din[2], dout)
}

// activation applies SiLU, or its gradient where dOut is set, in pieces.
type activation struct{ dst, x, dOut []float32 }

// piece is the number of elements that one work item takes.
const piece = 1 << 14

func (a *activation) run() { kernel.Parallel((len(a.x)+piece-1)/piece, a) }

// Run implements kernel.Task.
func (a *activation) Run(item int, _ *kernel.Workspace) {
	from := item * piece
	to := min(from+piece, len(a.x))
	if a.dOut != nil {
		kernel.SiLUGrad(a.dst[from:to], a.dOut[from:to], a.x[from:to])
		return
	}
	kernel.SiLU(a.dst[from:to], a.x[from:to])
}
