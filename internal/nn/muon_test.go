package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"somnium/internal/kernel"
)

// The orthogonalised matrix has singular values near 1, whichever side is the longer and whatever the scale, and the singular
// vectors of its argument: x^T times the result is symmetric and positive.
func TestOrthogonaliseBringsSingularValuesToOne(t *testing.T) {
	for _, size := range [][2]int{{4, 4}, {5, 12}, {12, 5}, {16, 48}, {48, 16}, {1, 7}, {7, 1}} {
		for _, scale := range []float64{1e-4, 1, 1e3} {
			t.Run(fmt.Sprintf("%dx%d by %g", size[0], size[1], scale), func(t *testing.T) {
				rows, cols := size[0], size[1]
				rng := rand.New(rand.NewPCG(uint64(rows), uint64(cols)))
				m := newMuon(new(kernel.Workspace), rows, cols)
				for i := range m.x {
					m.x[i] = float32(scale * rng.NormFloat64())
				}
				if rows == cols { // a random square matrix has singular values near zero
					for i := range rows {
						m.x[i*cols+i] += float32(3 * scale)
					}
				}
				x := slices.Clone(m.x)
				m.orthogonalise(rows, cols)
				for _, square := range eigenvalues(gram(m.x, m.x, rows, cols)) {
					if s := math.Sqrt(square); !(s >= 0.6 && s <= 1.3) {
						t.Errorf("a singular value is %.3f", s)
					}
				}
				mixed := gram(x, m.x, rows, cols)
				for i := range mixed {
					for j := range i {
						if d := mixed[i][j] - mixed[j][i]; math.Abs(d) > 1e-2*scale*math.Sqrt(float64(rows*cols)) {
							t.Errorf("the singular vectors turned: %g", d)
						}
					}
				}
			})
		}
	}
}

// gram returns a b^T of two [rows, cols] matrices, or a^T b where they are tall: the smaller one.
func gram(a, b []float32, rows, cols int) [][]float64 {
	n, inner := rows, cols
	at := func(x []float32, i, k int) float64 { return float64(x[i*cols+k]) }
	if rows > cols {
		n, inner = cols, rows
		at = func(x []float32, i, k int) float64 { return float64(x[k*cols+i]) }
	}
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, n)
		for j := range out[i] {
			for k := range inner {
				out[i][j] += at(a, i, k) * at(b, j, k)
			}
		}
	}
	return out
}

// eigenvalues returns those of a symmetric matrix, which it destroys, by Jacobi's rotations.
func eigenvalues(a [][]float64) []float64 {
	n := len(a)
	for range 30 {
		for p := range n {
			for q := p + 1; q < n; q++ {
				if math.Abs(a[p][q]) < 1e-14 {
					continue
				}
				theta := (a[q][q] - a[p][p]) / (2 * a[p][q])
				tan := math.Copysign(1, theta) / (math.Abs(theta) + math.Sqrt(theta*theta+1))
				cos := 1 / math.Sqrt(tan*tan+1)
				sin := tan * cos
				for k := range n {
					a[k][p], a[k][q] = cos*a[k][p]-sin*a[k][q], sin*a[k][p]+cos*a[k][q]
				}
				for k := range n {
					a[p][k], a[q][k] = cos*a[p][k]-sin*a[q][k], sin*a[p][k]+cos*a[q][k]
				}
			}
		}
	}
	values := make([]float64, n)
	for i := range values {
		values[i] = a[i][i]
	}
	return values
}
