package gop

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"somnium/internal/kernel"
)

// LatentLoss is the training loss of the transformer: the weighted mean squared error of the tokens, and HeadWeight times
// the heads' error, which is the squared error of the reward and the binary cross-entropy of the end:
//
//	sum_n w_n mean_c (x - target)^2 / sum_n w_n + HeadWeight * mean over known f of ((r - reward)^2 + bce(e, end))
//
// for x [N, C] and heads [L, 2F/L], the reward and the logit of the end of each of F frames, of which every row may hold several.
// The fields are data, filled before every run.
type LatentLoss struct {
	// Target is [N, C], Weights [N].
	Target, Weights []float32
	// Reward and End are [F]; Known, [F], is 1 where they are meant to be learned and 0 elsewhere.
	Reward, End, Known []float32
	HeadWeight         float64

	// Tokens and Heads are the two terms of the last Forward, before HeadWeight.
	Tokens, Heads float64

	squares kernel.Loss
}

// Name implements Operator.
func (*LatentLoss) Name() string { return "LatentLoss" }

// Differentiable implements Operator.
func (*LatentLoss) Differentiable(int) bool { return true }

// Shape implements Operator.
func (l *LatentLoss) Shape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) != 2 || len(in[0]) != 2 || len(in[1]) != 2 || in[1][1]%2 != 0 {
		return nil, fmt.Errorf("want x [N, C] and heads [L, 2F/L], have %v", in)
	}
	l.Target, l.Weights = make([]float32, in[0].TotalSize()), make([]float32, in[0][0])
	f := in[1].TotalSize() / 2
	l.Reward, l.End, l.Known = make([]float32, f), make([]float32, f), make([]float32, f)
	return tensor.ScalarShape(), nil
}

// Forward implements Operator.
func (l *LatentLoss) Forward(dst []float32, in [][]float32) {
	l.Tokens = l.squares.Forward(in[0], l.Target, l.Weights)
	l.Heads = 0
	known := l.known()
	for f := range l.Reward {
		reward, end := in[1][2*f], float64(in[1][2*f+1])
		d := float64(reward - l.Reward[f])
		// Cross-entropy with logits, in the form that does not overflow.
		bce := max(end, 0) - end*float64(l.End[f]) + math.Log1p(math.Exp(-math.Abs(end)))
		l.Heads += float64(l.Known[f]) * (d*d + bce) / known
	}
	dst[0] = float32(l.Tokens + l.HeadWeight*l.Heads)
}

// Backward implements Operator.
func (l *LatentLoss) Backward(din [][]float32, dout, _ []float32, in [][]float32) {
	l.squares.Backward(din[0], float64(dout[0]), in[0], l.Target, l.Weights)
	scale := float64(dout[0]) * l.HeadWeight / l.known()
	for f := range l.Reward {
		s := scale * float64(l.Known[f])
		din[1][2*f] = float32(s * 2 * float64(in[1][2*f]-l.Reward[f]))
		din[1][2*f+1] = float32(s * (1/(1+math.Exp(-float64(in[1][2*f+1]))) - float64(l.End[f])))
	}
}

// known counts the frames whose reward and end are to be learned, at least one so as to divide by it.
func (l *LatentLoss) known() float64 {
	n := 0.0
	for _, k := range l.Known {
		n += float64(k)
	}
	return max(n, 1)
}
