package kernel

import "runtime"

const (
	blockSize = 192 * 256 // numbers of A in a rectangle, at most: they stay in the second cache
	leastRows = 48        // shortest rectangle, so that packing B pays
	leastCols = 24        // narrowest rectangle, so that reading A pays
	perWorker = 2         // rectangles wanted, so that uneven workers finish together
	leastWork = 1 << 18   // multiplications that are worth a worker
)

// gemmTask is a product cut into rectangles of the destination.
type gemmTask struct {
	dst, a, b  Matrix
	options    GemmOptions
	rows, cols int // of a rectangle
	across     int // rectangles beside one another
}

// Run computes rectangle i.
func (t *gemmTask) Run(i int, ws *Workspace) {
	row, col := i/t.across*t.rows, i%t.across*t.cols
	gemmTile(ws, &t.dst, &t.a, &t.b, t.options,
		row, min(row+t.rows, t.dst.Rows), col, min(col+t.cols, t.dst.Cols))
}

// gemmParallel cuts the product and runs it over the pool. The bits do not depend on the cut, so that it may follow the
// number of processors: every rectangle packs its operands, and fewer pack less.
func gemmParallel(ws *Workspace, dst, a, b Matrix, o GemmOptions) {
	rows, cols := cut(dst.Rows, dst.Cols, a.Cols, runtime.GOMAXPROCS(0))
	if rows >= dst.Rows && cols >= dst.Cols {
		gemmTile(ws, &dst, &a, &b, o, 0, dst.Rows, 0, dst.Cols)
		return
	}
	t := &ws.gemm
	*t = gemmTask{dst: dst, a: a, b: b, options: o, rows: rows, cols: cols, across: pieces(dst.Cols, cols)}
	Parallel(pieces(dst.Rows, rows)*t.across, t)
	*t = gemmTask{}
}

// cut returns the rows and columns of the rectangles for an [M, N, K] product.
// Tall products are cut into rows; what is too short for that, into columns too.
func cut(m, n, k, procs int) (rows, cols int) {
	work := m * n * k / leastWork
	if work <= 1 {
		return m, n
	}
	want := min(perWorker*procs, work)
	if procs == 1 {
		want = 1
	}
	rows = m
	switch block := max(4*leastRows, blockSize/min(k, maxDepth)); {
	case m >= 2*block: // as many rectangles as every worker can have its share of
		rows = roundUp(pieces(m, roundUp(pieces(m, block), procs)), tileRows)
	case m >= want*leastRows:
		rows = roundUp(pieces(m, want), tileRows)
	case n < 2*leastCols, pieces(n, panelWidth)%procs > 0 && m >= procs*leastCols: // too narrow to be cut into columns, or unevenly
		rows = roundUp(pieces(m, procs), tileRows)
	}
	down := pieces(m, rows)
	cols = n
	if down < want {
		across := max(1, min(pieces(want, down), n/leastCols))
		cols = roundUp(pieces(n, across), panelWidth)
		if across > procs && pieces(n, cols)%procs > 0 { // so that the last to finish finish together
			cols = roundUp(pieces(n, procs), panelWidth)
		}
	}
	return rows, min(cols, n)
}

// pieces returns how many pieces of size cover n.
func pieces(n, size int) int { return (n + size - 1) / size }

// roundUp returns the first multiple of step from n on.
func roundUp(n, step int) int { return pieces(n, step) * step }
