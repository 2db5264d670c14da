package kernel

// lossValuesPerItem is about how many values one work item of a loss reads.
const lossValuesPerItem = 8192

// A Loss is the weighted mean over tokens of a distance between x and y:
//
//	loss = sum_n w_n * mean_d[(1-L1)*(x-y)^2 + L1*|x-y|] / sum_n w_n
//
//	x, y: [N, D]   w: [N]
//
// It is summed in float64 in an order that depends on N and D alone. Tokens
// whose weights are all zero have loss zero and gradient zero.
type Loss struct {
	L1 float32 // share of the absolute difference, 0 to 1 (default 0: squares alone)

	dst, x, y, w  []float32
	depth, tokens int
	perItem       int
	scale         float64
	partial       []float64 // [items]
}

type (
	lossForward  Loss
	lossBackward Loss
)

// Forward returns the loss of x [N, D] against y [N, D] under the weights w [N].
func (l *Loss) Forward(x, y, w []float32) float64 {
	items := l.prepare(x, y, w)
	l.partial = resize(l.partial, items)
	Parallel(items, (*lossForward)(l))
	total := 0.0
	for _, part := range l.partial {
		total += part
	}
	return total * l.normaliser()
}

// Backward writes to dx [N, D] the gradient with respect to x of dLoss times
// the loss. The gradient with respect to y is its negative. At x = y the
// absolute difference has gradient zero.
func (l *Loss) Backward(dx []float32, dLoss float64, x, y, w []float32) {
	items := l.prepare(x, y, w)
	require(len(dx) == len(x), "kernel: loss: dx differs from x in length")
	l.dst = dx
	l.scale = dLoss * l.normaliser()
	Parallel(items, (*lossBackward)(l))
}

func (l *Loss) prepare(x, y, w []float32) (items int) {
	require(len(w) > 0 && len(x) > 0, "kernel: loss: no tokens")
	require(len(x)%len(w) == 0, "kernel: loss: x is not a whole number of tokens")
	require(len(x) == len(y), "kernel: loss: x and y differ in length")
	require(l.L1 >= 0 && l.L1 <= 1, "kernel: loss: L1 is outside 0 to 1")
	l.x, l.y, l.w = x, y, w
	l.tokens = len(w)
	l.depth = len(x) / len(w)
	l.perItem = max(1, lossValuesPerItem/l.depth)
	return ceilDiv(l.tokens, l.perItem)
}

// normaliser returns 1 / (D * sum of the weights), or 0 if nothing weighs.
func (l *Loss) normaliser() float64 {
	total := 0.0
	for _, w := range l.w {
		total += float64(w)
	}
	if total == 0 {
		return 0
	}
	return 1 / (total * float64(l.depth))
}

// Run sums the weighted distances of one item's tokens.
func (l *lossForward) Run(item int, _ *Workspace) {
	total := 0.0
	for n := item * l.perItem; n < min(l.tokens, (item+1)*l.perItem); n++ {
		if l.w[n] == 0 {
			continue
		}
		x := l.x[n*l.depth : (n+1)*l.depth]
		y := l.y[n*l.depth : (n+1)*l.depth]
		total += float64(l.w[n]) * distance(x, y, l.L1)
	}
	l.partial[item] = total
}

// distance returns sum_d[(1-mix)*(x-y)^2 + mix*|x-y|].
func distance(x, y []float32, mix float32) float64 {
	squares, absolutes := 0.0, 0.0
	y = y[:len(x)]
	for i, v := range x {
		difference := float64(v - y[i])
		squares += difference * difference
		absolutes += max(difference, -difference)
	}
	return float64(1-mix)*squares + float64(mix)*absolutes
}

// Run writes the gradient of one item's tokens.
func (l *lossBackward) Run(item int, _ *Workspace) {
	for n := item * l.perItem; n < min(l.tokens, (item+1)*l.perItem); n++ {
		scale := l.scale * float64(l.w[n])
		square := float32(2 * scale * float64(1-l.L1))
		absolute := float32(scale * float64(l.L1))
		x := l.x[n*l.depth : (n+1)*l.depth]
		y := l.y[n*l.depth : (n+1)*l.depth]
		distanceGradient(l.dst[n*l.depth:(n+1)*l.depth], x, y, square, absolute)
	}
}

// distanceGradient writes dst = square*(x-y) + absolute*sign(x-y).
func distanceGradient(dst, x, y []float32, square, absolute float32) {
	x, y = x[:len(dst)], y[:len(dst)]
	if absolute == 0 {
		for i := range dst {
			dst[i] = square * (x[i] - y[i])
		}
		return
	}
	for i := range dst {
		difference := x[i] - y[i]
		slope := absolute
		switch {
		case difference == 0:
			slope = 0
		case difference < 0:
			slope = -absolute
		}
		dst[i] = square*difference + slope
	}
}
