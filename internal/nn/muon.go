package nn

import (
	"math"

	"somnium/internal/kernel"
)

// muon orthogonalises the momentum of a matrix before it steps along it (K. Jordan et al., "Muon: an optimizer for hidden
// layers in neural networks", 2024): five Newton-Schulz iterations of the quintic with the coefficients given there. It works
// in one goroutine, so that matrices go side by side.
type muon struct {
	ws                  *kernel.Workspace
	x, gram, poly, next []float32
}

const (
	newtonSteps = 5
	newtonA     = 3.4445
	newtonB     = -4.7750
	newtonC     = 2.0315
	// mirrorBlock is the side of the blocks of a symmetric product, of which only those on and above the diagonal are computed.
	mirrorBlock = 48
)

// newMuon returns a muon for matrices of rows x cols, with scratch of the workspace.
func newMuon(ws *kernel.Workspace, rows, cols int) muon {
	small := min(rows, cols)
	return muon{ws: ws, x: ws.Floats(0, rows*cols), next: ws.Floats(1, rows*cols), gram: ws.Floats(2, small*small), poly: ws.Floats(3, small*small)}
}

// update makes one Nesterov step: momentum = mu*momentum + grad, along the orthogonalised grad + mu*momentum, scaled so
// that the update's root mean square is 0.2*rate whatever the shape (Liu et al. 2025, arXiv 2502.16982, eq. 4).
func (m *muon) update(p *Param, grad, momentum []float32, mu, rate, decay float32) {
	rows, cols := p.Shape[0], p.Shape[1]
	kernel.Scale(momentum, momentum, mu)
	kernel.Add(momentum, momentum, grad)
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
	gram, poly := kernel.Dense(m.gram, small, small), kernel.Dense(m.poly, small, small)
	add := kernel.GemmOptions{Accumulate: true}
	for range newtonSteps {
		x, next := kernel.Dense(m.x, rows, cols), kernel.Dense(m.next, rows, cols)
		// On the shorter side: A = x x^T, x <- a x + (b A + c A A) x, or with x^T where x is tall.
		if rows <= cols {
			m.symmetric(gram, x, x.T())
		} else {
			m.symmetric(gram, x.T(), x)
		}
		m.symmetric(poly, gram, gram)
		kernel.Scale(m.poly, m.poly, newtonC)
		kernel.Axpy(m.poly, m.gram, newtonB)
		kernel.Scale(m.next, m.x, newtonA)
		if rows <= cols {
			kernel.GemmSerial(m.ws, next, poly, x, add)
		} else {
			kernel.GemmSerial(m.ws, next, x, poly, add)
		}
		m.x, m.next = m.next, m.x
	}
}

// symmetric writes dst = a b, which is known to be symmetric.
func (m *muon) symmetric(dst, a, b kernel.Matrix) {
	for from := 0; from < dst.Cols; from += mirrorBlock {
		to := min(dst.Cols, from+mirrorBlock)
		kernel.GemmSerial(m.ws, part(dst, 0, to, from, to), part(a, 0, to, 0, a.Cols), part(b, 0, b.Rows, from, to), kernel.GemmOptions{})
		for i := range from {
			for j := from; j < to; j++ {
				dst.Data[j*dst.RowStride+i] = dst.Data[i*dst.RowStride+j]
			}
		}
	}
}

// part views rows top to bottom and columns left to right of a matrix.
func part(m kernel.Matrix, top, bottom, left, right int) kernel.Matrix {
	m.Data = m.Data[top*m.RowStride+left*m.ColStride:]
	m.Rows, m.Cols = bottom-top, right-left
	return m
}
