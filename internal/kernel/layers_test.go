package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// withGeneric runs f on the generic kernels.
func withGeneric(f func()) {
	before := avx2
	avx2 = false
	defer func() { avx2 = before }()
	f()
}

// expectLevelsAgree runs f on this machine's kernels and on the generic ones,
// and wants nearly the same.
func expectLevelsAgree(t *testing.T, f func() []float32) {
	t.Helper()
	var want []float32
	withGeneric(func() { want = f() })
	expectClose(t, "on "+Level(), f(), doubles(want), 1e-5)
}

func TestNormRotateLevels(t *testing.T) {
	for _, d := range []int{2, 12, 16, 32, 48, 64, 80} {
		for _, rows := range []int{1, 3, 8} {
			rng := rand.New(rand.NewPCG(11, uint64(d)))
			stride := d + 5
			x, gain := random(rng, rows*stride), random(rng, d)
			cos, sin := random(rng, rows*d/2), random(rng, rows*d/2)
			clear(x[:min(d, len(x))]) // an empty head
			dy := random(rng, rows*d)
			expectLevelsAgree(t, func() []float32 {
				out := make([]float32, rows*d+rows)
				normRotate(out, out[rows*d:], x, stride, gain, cos, sin)
				return out
			})
			inverse := make([]float32, rows)
			normRotate(make([]float32, rows*d), inverse, x, stride, gain, cos, sin)
			inverse[0] = 1 // instead of the empty head's 1000
			expectLevelsAgree(t, func() []float32 {
				out := make([]float32, rows*stride+d)
				copy(out[rows*stride:], gain)
				normRotateGrad(out, out[rows*stride:], append([]float32(nil), dy...), x, stride, inverse, gain, cos, sin)
				return out
			})
		}
	}
}

func TestWindowDotLevels(t *testing.T) {
	for _, d := range []int{1, 7, 8, 31, 32, 40, 96, 101} {
		for _, flip := range []bool{false, true} {
			t.Run(fmt.Sprint(d, flip), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(12, uint64(d)))
				data := random(rng, 64*d)
				a := window{data: data, at: 3 * d, row: 9 * d, col: d}
				b := window{data: data, at: 5 * d, row: 4 * d, col: d}
				if flip {
					b = window{data: data, at: 63 * d, row: -7 * d, col: -2 * d}
				}
				for _, accumulate := range []bool{false, true} {
					expectLevelsAgree(t, func() []float32 {
						out := append([]float32(nil), data[:d]...)
						windowDot(out, a, b, 3, 4, accumulate)
						return out
					})
				}
			})
		}
	}
}

func TestRowsLevels(t *testing.T) {
	for _, d := range []int{1, 6, 8, 16, 32, 40, 64, 72} {
		for _, n := range []int{0, 1, 2, 17} {
			rng := rand.New(rand.NewPCG(13, uint64(d)))
			x, rows, weights := random(rng, d), random(rng, n*d), random(rng, n)
			expectLevelsAgree(t, func() []float32 {
				out := make([]float32, n)
				dotRows(out, x, rows)
				return out
			})
			expectLevelsAgree(t, func() []float32 {
				out := append([]float32(nil), x...)
				addRows(out, weights, rows)
				return out
			})
		}
	}
}

func TestSoftmaxGradLevels(t *testing.T) {
	for _, n := range []int{1, 5, 8, 16, 24, 64} {
		rng := rand.New(rand.NewPCG(14, uint64(n)))
		gradient, probability := random(rng, 3*n), random(rng, 3*n)
		expectLevelsAgree(t, func() []float32 {
			out := append([]float32(nil), gradient...)
			softmaxGrad(out, probability, 3, n)
			return out
		})
	}
}
