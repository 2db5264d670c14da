package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

func referenceGated(in []float64, width int) []float64 {
	out := make([]float64, len(in)/2)
	for i := range out {
		gate := in[i/width*2*width+i%width]
		out[i] = gate / (1 + math.Exp(-gate)) * in[i/width*2*width+width+i%width]
	}
	return out
}

func TestGatedUnit(t *testing.T) {
	var unit GatedUnit
	for _, shape := range [][2]int{{1, 1}, {5, 7}, {40, 256}} {
		rng := rand.New(rand.NewPCG(6, 6))
		rows, width := shape[0], shape[1]
		in, dOut := random(rng, rows*2*width), random(rng, rows*width)
		out, din := make([]float32, rows*width), make([]float32, rows*2*width)
		unit.Forward(out, in, width)
		unit.Backward(din, dOut, in, width)
		wide := doubles(in)
		expectClose(t, "out", out, referenceGated(wide, width), 1e-5)
		expectGradient(t, "in", din, wide, func() float64 { return inner(referenceGated(wide, width), dOut) })
		bothWays(t, func() []float32 {
			unit.Backward(din, dOut, in, width)
			return din
		})
		expectNoAllocations(t, func() { unit.Forward(out, in, width) })
	}
}

func TestGatedUnitMisuse(t *testing.T) {
	var unit GatedUnit
	x := make([]float32, 12)
	expectPanic(t, func() { unit.Forward(x[:6], x, 0) })
	expectPanic(t, func() { unit.Forward(x[:6], x, 4) })
	expectPanic(t, func() { unit.Forward(x[:5], x, 3) })
	expectPanic(t, func() { unit.Backward(x[:6], x[:6], x, 3) })
}
