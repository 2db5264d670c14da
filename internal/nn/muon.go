package nn

import (
	"math"

	"somnium/internal/kernel"
)

// muon orthogonalises the momentum of a matrix before it steps along it (K. Jordan et al., "Muon: an optimizer for hidden
// layers in neural networks", 2024): five Newton-Schulz iterations of the quintic with the coefficients given there.
type muon struct{ x, gram, poly, next []float32 }

const (
	newtonSteps = 5
	newtonA     = 3.4445
	newtonB     = -4.7750
	newtonC     = 2.0315
)

// update makes one Nesterov step: momentum = mu*momentum + grad, along the orthogonalised grad + mu*momentum, scaled so
// that the update's root mean square is 0.2*rate whatever the shape (Liu et al. 2025, arXiv 2502.16982, eq. 4).
func (m *muon) update(p *Param, grad, momentum []float32, mu, rate, decay float32) {
	rows, cols := p.Shape[0], p.Shape[1]
	kernel.Scale(momentum, momentum, mu)
	kernel.Add(momentum, momentum, grad)
	m.x = sized(m.x, rows*cols)
	copy(m.x, grad)
	kernel.Axpy(m.x, momentum, mu)
	m.orthogonalise(rows, cols)
	if decay > 0 {
		kernel.Scale(p.Data, p.Data, 1-rate*decay)
	}
	kernel.Axpy(p.Data, m.x, -rate*0.2*float32(math.Sqrt(float64(max(rows, cols)))))
}

// orthogonalise replaces x [rows, cols] by its nearest semi-orthogonal matrix, roughly: its singular values end in
// [0.7, 1.2].
func (m *muon) orthogonalise(rows, cols int) {
	norm := float32(math.Sqrt(float64(kernel.SumSquares(m.x)))) + 1e-7
	kernel.Scale(m.x, m.x, 1/norm)
	small := min(rows, cols)
	m.gram, m.poly, m.next = sized(m.gram, small*small), sized(m.poly, small*small), sized(m.next, rows*cols)
	gram, poly := kernel.Dense(m.gram, small, small), kernel.Dense(m.poly, small, small)
	for range newtonSteps {
		x, next := kernel.Dense(m.x, rows, cols), kernel.Dense(m.next, rows, cols)
		// On the shorter side: A = x x^T, x <- a x + (b A + c A A) x, or with x^T where x is tall.
		if rows <= cols {
			kernel.Gemm(gram, x, x.T(), kernel.GemmOptions{})
		} else {
			kernel.Gemm(gram, x.T(), x, kernel.GemmOptions{})
		}
		kernel.Gemm(poly, gram, gram, kernel.GemmOptions{})
		kernel.Scale(m.poly, m.poly, newtonC)
		kernel.Axpy(m.poly, m.gram, newtonB)
		kernel.Scale(m.next, m.x, newtonA)
		if rows <= cols {
			kernel.Gemm(next, poly, x, kernel.GemmOptions{Accumulate: true})
		} else {
			kernel.Gemm(next, x, poly, kernel.GemmOptions{Accumulate: true})
		}
		m.x, m.next = m.next, m.x
	}
}

func sized(x []float32, n int) []float32 {
	if cap(x) < n {
		return make([]float32, n)
	}
	return x[:n]
}
