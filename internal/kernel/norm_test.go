package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func referenceNorm(x, gain, film []float64, patches int) []float64 {
	d := len(gain)
	out := make([]float64, len(x))
	for n := range len(x) / d {
		mean := 1e-6
		for _, v := range x[n*d : (n+1)*d] {
			mean += v * v / float64(d)
		}
		for i := range d {
			scale, shift := 0.0, 0.0
			if film != nil {
				scale, shift = film[n/patches*2*d+i], film[(n/patches*2+1)*d+i]
			}
			out[n*d+i] = x[n*d+i]/math.Sqrt(mean)*gain[i]*(1+scale) + shift
		}
	}
	return out
}

type normCase struct {
	frames, patches, d    int
	x, gain, film, dOut   []float32
	out, dx, dgain, dfilm []float32
}

func normCases() []normCase {
	var cases []normCase
	for _, shape := range [][3]int{{1, 1, 1}, {3, 4, 7}, {2, 130, 16}, {5, 2, 33}} {
		for _, modulated := range []bool{false, true} {
			rng := rand.New(rand.NewPCG(4, uint64(shape[1])))
			n, d := shape[0]*shape[1]*shape[2], shape[2]
			c := normCase{frames: shape[0], patches: shape[1], d: d, x: random(rng, n), gain: random(rng, d), dOut: random(rng, n)}
			if modulated {
				c.film, c.dfilm = random(rng, shape[0]*2*d), random(rng, shape[0]*2*d)
			}
			c.out, c.dx, c.dgain = make([]float32, n), make([]float32, n), random(rng, d)
			cases = append(cases, c)
		}
	}
	return cases
}

func (c *normCase) run(norm *RMSNorm) {
	norm.Forward(c.out, c.x, c.gain, c.film, c.patches)
	norm.Backward(c.dx, c.dgain, c.dfilm, c.dOut, c.x, c.gain, c.film, c.patches)
}

func TestRMSNorm(t *testing.T) {
	var norm RMSNorm
	for _, c := range normCases() {
		t.Run(fmt.Sprint(c.frames, c.patches, c.d, c.film != nil), func(t *testing.T) {
			c.run(&norm)
			x, gain, film := doubles(c.x), doubles(c.gain), doubles(c.film)
			expectClose(t, "out", c.out, referenceNorm(x, gain, film, c.patches), 1e-5)
			loss := func() float64 { return inner(referenceNorm(x, gain, film, c.patches), c.dOut) }
			expectGradient(t, "x", c.dx, x, loss)
			expectGradient(t, "gain", c.dgain, gain, loss)
			expectGradient(t, "film", c.dfilm, film, loss)
		})
	}
}

func TestRMSNormBitsAndAllocations(t *testing.T) {
	var norm RMSNorm
	c := normCases()[5]
	bothWays(t, func() []float32 {
		c.run(&norm)
		return append(append(append([]float32(nil), c.dx...), c.dgain...), c.dfilm...)
	})
	expectNoAllocations(t, func() { c.run(&norm) })
}

func TestRMSNormMisuse(t *testing.T) {
	var norm RMSNorm
	x := make([]float32, 12)
	expectPanic(t, func() { norm.Forward(x, x, x[:5], nil, 1) })
	expectPanic(t, func() { norm.Forward(x, x, x[:3], nil, 3) })
	expectPanic(t, func() { norm.Forward(x, x, x[:3], x[:6], 2) })
	expectPanic(t, func() { norm.Forward(x[:6], x, x[:3], nil, 2) })
	expectPanic(t, func() { norm.Backward(x, x[:3], nil, x, x, x[:3], x, 2) })
}
