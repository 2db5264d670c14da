package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

func referenceLoss(x, y, w []float64, mix float64) float64 {
	d := len(x) / len(w)
	total, weight := 0.0, 0.0
	for i := range x {
		difference := x[i] - y[i]
		total += w[i/d] * ((1-mix)*difference*difference + mix*math.Abs(difference)) / float64(d)
	}
	for _, v := range w {
		weight += v
	}
	return total / weight
}

func TestLoss(t *testing.T) {
	for _, mix := range []float32{0, 0.25, 1} {
		for _, shape := range [][2]int{{1, 1}, {7, 5}, {3000, 8}} {
			t.Run(fmt.Sprint(mix, shape), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(8, 8))
				tokens, d := shape[0], shape[1]
				x, y, w := random(rng, tokens*d), random(rng, tokens*d), random(rng, tokens)
				for i := range w {
					w[i] = max(w[i]*w[i]-0.3, 0)
				}
				w[0] = 1
				l := Loss{L1: mix}
				got := l.Forward(x, y, w)
				xs, ys, ws := doubles(x), doubles(y), doubles(w)
				if want := referenceLoss(xs, ys, ws, float64(mix)); math.Abs(got-want) > 1e-6*want {
					t.Fatalf("loss %g, want %g", got, want)
				}
				dx := make([]float32, len(x))
				l.Backward(dx, 100, x, y, w)
				expectGradient(t, "x", dx, xs, func() float64 { return 100 * referenceLoss(xs, ys, ws, float64(mix)) })
			})
		}
	}
}

func TestLossOfNothingWeighed(t *testing.T) {
	var l Loss
	x, y := []float32{1, 2, 3, 4}, []float32{0, 0, 0, 0}
	dx := []float32{9, 9, 9, 9}
	if got := l.Forward(x, y, []float32{0, 0}); got != 0 {
		t.Fatalf("loss %g of tokens without weight", got)
	}
	l.Backward(dx, 1, x, y, []float32{0, 0})
	expectEqual(t, "dx", dx, y)
}

func TestLossBitsAndAllocations(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	x, y, w := random(rng, 40000), random(rng, 40000), random(rng, 5000)
	dx := make([]float32, len(x))
	l := Loss{L1: 0.5}
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	expectNoAllocations(t, func() {
		l.Forward(x, y, w)
		l.Backward(dx, 1, x, y, w)
	})
	one := l.Forward(x, y, w)
	runtime.GOMAXPROCS(3)
	if three := l.Forward(x, y, w); three != one {
		t.Fatalf("loss %v with three processors, %v with one", three, one)
	}
}

func TestLossMisuse(t *testing.T) {
	var l Loss
	x := make([]float32, 6)
	expectPanic(t, func() { l.Forward(x, x[:5], x[:3]) })
	expectPanic(t, func() { l.Forward(x, x, x[:4]) })
	expectPanic(t, func() { l.Forward(x, x, nil) })
	expectPanic(t, func() { l.Backward(x[:3], 1, x, x, x[:3]) })
	l.L1 = 2
	expectPanic(t, func() { l.Forward(x, x, x[:3]) })
}
