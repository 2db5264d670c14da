package kernel

import (
	"math/rand/v2"
	"testing"
)

func TestColumnSum(t *testing.T) {
	var s ColumnSum
	rng := rand.New(rand.NewPCG(10, 10))
	for _, shape := range [][2]int{{0, 3}, {1, 1}, {7, 9}, {1000, 33}} {
		rows, d := shape[0], shape[1]
		x, dst, want := random(rng, rows*d), random(rng, d), make([]float64, d)
		for i, v := range x {
			want[i%d] += float64(v)
		}
		s.Sum(dst, x)
		expectClose(t, "sum", dst, want, 1e-4)
		bothWays(t, func() []float32 {
			s.Sum(dst, x)
			return dst
		})
		expectNoAllocations(t, func() { s.Sum(dst, x) })
	}
	expectPanic(t, func() { s.Sum(make([]float32, 3), make([]float32, 4)) })
	expectPanic(t, func() { s.Sum(nil, nil) })
}
