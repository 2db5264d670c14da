package actor

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"
)

// objective is what the network is trained on: over N outputs [N, A+1], logits and value, the mean of
//
//	-min(r * advantage, clip(r, 1-Clip, 1+Clip) * advantage) - Entropy * H + Value/2 * (value - target)^2 - Teach * log p(advice)
//
// where r is the ratio of the choice's probability to that when it was made, H the policy's entropy (Schulman et al.,
// Proximal Policy Optimization Algorithms, arXiv 1707.06347, eq. 9), and the last term the cross-entropy to what a teacher
// would have chosen (Schmitt et al., Kickstarting Deep Reinforcement Learning, arXiv 1803.03835, eq. 5). At r = 1 the gradient
// is that of an actor-critic. The exported fields are data, filled before every run.
type objective struct {
	choices                     []int
	Clip, Entropy, Value, Teach float64
	// Choice and Advice are [N, len(choices)], the others are [N]. With Teach 0, Advice is not read.
	Choice, Advice            []int
	LogOld, Advantage, Target []float32

	// Figures of the last Forward: means over N.
	entropy, kl, clipped, valueLoss float64

	grad []float32 // [N, A+1]
	logs []float64 // scratch: log-probabilities of one row
}

// Name implements gop.Operator.
func (*objective) Name() string { return "Objective" }

// Differentiable implements gop.Operator.
func (*objective) Differentiable(int) bool { return true }

// Shape implements gop.Operator.
func (o *objective) Shape(in []tensor.Shape) (tensor.Shape, error) {
	sum := 0
	for _, n := range o.choices {
		sum += n
	}
	if len(in) != 1 || len(in[0]) != 2 || in[0][1] != sum+1 {
		return nil, fmt.Errorf("want logits and value [N, %d], have %v", sum+1, in)
	}
	n := in[0][0]
	o.Choice, o.Advice = make([]int, n*len(o.choices)), make([]int, n*len(o.choices))
	o.LogOld, o.Advantage, o.Target = make([]float32, n), make([]float32, n), make([]float32, n)
	o.grad, o.logs = make([]float32, n*(sum+1)), make([]float64, sum)
	return tensor.ScalarShape(), nil
}

// Forward implements gop.Operator. It makes the gradient too.
func (o *objective) Forward(dst []float32, in [][]float32) {
	n, parts := len(o.Advantage), len(o.choices)
	width := len(in[0]) / n
	o.entropy, o.kl, o.clipped, o.valueLoss = 0, 0, 0, 0
	loss := 0.0
	for i := range n {
		row, grad := in[0][i*width:(i+1)*width], o.grad[i*width:(i+1)*width]
		loss += o.row(row, grad, o.Choice[i*parts:(i+1)*parts], i) / float64(n)
	}
	for _, mean := range []*float64{&o.entropy, &o.kl, &o.clipped, &o.valueLoss} {
		*mean /= float64(n)
	}
	dst[0] = float32(loss)
}

// row returns the loss of observation i and leaves its gradient in grad.
func (o *objective) row(row, grad []float32, choice []int, i int) float64 {
	logProb := logProbability(o.logs, row, o.choices, choice)
	advantage := float64(o.Advantage[i])
	change := logProb - float64(o.LogOld[i])
	ratio := math.Exp(change)
	bounded := min(max(ratio, 1-o.Clip), 1+o.Clip)
	gain, slope := ratio*advantage, ratio*advantage
	if bounded*advantage < gain {
		gain, slope = bounded*advantage, 0
		o.clipped++
	}
	o.kl += ratio - 1 - change
	loss := -gain
	at := 0
	for part, n := range o.choices {
		logs := o.logs[at : at+n]
		entropy := 0.0
		for _, l := range logs {
			entropy -= math.Exp(l) * l
		}
		for j, l := range logs {
			p := math.Exp(l)
			own := 0.0
			if j == choice[part] {
				own = 1
			}
			grad[at+j] = float32(-slope*(own-p) + o.Entropy*p*(l+entropy))
		}
		if o.Teach > 0 {
			advice := o.Advice[i*len(o.choices)+part]
			for j, l := range logs {
				grad[at+j] += float32(o.Teach * math.Exp(l))
			}
			grad[at+advice] -= float32(o.Teach)
			loss -= o.Teach * logs[advice]
		}
		o.entropy += entropy
		loss -= o.Entropy * entropy
		at += n
	}
	miss := float64(row[at] - o.Target[i])
	grad[at] = float32(o.Value * miss)
	o.valueLoss += miss * miss / 2
	return loss + o.Value*miss*miss/2
}

// Backward implements gop.Operator.
func (o *objective) Backward(din [][]float32, dout, _ []float32, _ [][]float32) {
	scale := dout[0] / float32(len(o.Advantage))
	for i, g := range o.grad {
		din[0][i] = g * scale
	}
}

// logProbability writes the log-probabilities of all choices to logs [A] and returns that of the choices made.
func logProbability(logs []float64, logits []float32, choices, made []int) float64 {
	sum, at := 0.0, 0
	for part, n := range choices {
		logSoftmax(logs[at:at+n], logits[at:at+n])
		sum += logs[at+made[part]]
		at += n
	}
	return sum
}

// logSoftmax writes x - log(sum(exp(x))).
func logSoftmax(dst []float64, x []float32) {
	largest := math.Inf(-1)
	for _, v := range x {
		largest = max(largest, float64(v))
	}
	total := 0.0
	for _, v := range x {
		total += math.Exp(float64(v) - largest)
	}
	total = largest + math.Log(total)
	for i, v := range x {
		dst[i] = float64(v) - total
	}
}
