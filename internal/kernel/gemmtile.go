package kernel

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

// gemmParallel cuts the product by its shape alone and runs it over the pool.
func gemmParallel(ws *Workspace, dst, a, b Matrix, o GemmOptions) {
	t := &ws.gemm
	*t = gemmTask{dst: dst, a: a, b: b, options: o, rows: 48, cols: max(dst.Cols, 1), across: 1}
	Parallel((dst.Rows+t.rows-1)/t.rows, t)
	*t = gemmTask{}
}

// gemmTile computes rows [row0, row1) and columns [col0, col1) of dst.
func gemmTile(ws *Workspace, dst, a, b *Matrix, o GemmOptions, row0, row1, col0, col1 int) {
	for i := row0; i < row1; i++ {
		out := dst.Data[i*dst.RowStride+col0:][:col1-col0]
		if !o.Accumulate {
			clear(out)
		}
		if o.Bias != nil {
			addGeneric(out, out, o.Bias[col0:col1])
		}
		for k := range a.Cols {
			x := a.Data[i*a.RowStride+k*a.ColStride]
			at := k*b.RowStride + col0*b.ColStride
			for j := range out {
				out[j] += x * b.Data[at+j*b.ColStride]
			}
		}
	}
}
