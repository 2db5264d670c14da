package kernel

const (
	panelWidth = 16  // columns of a panel of B
	tileRows   = 12  // rows of the tallest tile, a multiple of those of every level
	maxDepth   = 320 // longest stretch of K at a time: a panel of B stays in the first cache
)

// gemmTile computes rows [row0, row1) and columns [col0, col1) of dst. Every
// element is one chain of additions over K, cut only where K is longer than
// maxDepth, so that its bits depend neither on the rectangle nor on its place.
func gemmTile(ws *Workspace, dst, a, b *Matrix, o GemmOptions, row0, row1, col0, col1 int) {
	if row0 >= row1 || col0 >= col1 {
		return
	}
	var t column // by fields: a literal would be made elsewhere and copied, which a small product notices
	t.ldc, t.ars, t.acs, t.rows, t.accumulate = dst.RowStride, a.RowStride, a.ColStride, row1-row0, o.Accumulate
	depth := stretch(a.Cols)
	overlap := depth >= a.Cols && !o.Accumulate
	bias := o.Bias
	for k0 := 0; k0 == 0 || k0 < a.Cols; k0 += depth {
		t.k = min(depth, a.Cols-k0)
		if t.k > 0 {
			t.a = a.Data[row0*a.RowStride+k0*a.ColStride:]
			packLeft(ws, &t, pieces(col1-col0, panelWidth))
		}
		for j := col0; j < col1; j += t.panels * panelWidth {
			if overlap && j+panelWidth > col1 {
				j = max(col0, col1-panelWidth) // the last panel again computes a part of the one before
			}
			t.panels = abreast(t.rows, (col1-j)/panelWidth)
			width := min(t.panels*panelWidth, col1-j)
			t.bias = nil
			if bias != nil {
				t.bias = bias[j : j+width]
			}
			switch t.next = nil; {
			case b.ColStride != 1:
			case j+width < col1:
				t.next, t.nextStride = b.Data[k0*b.RowStride+j+width:], b.RowStride
			case k0+depth < a.Cols:
				t.next, t.nextStride = b.Data[(k0+depth)*b.RowStride+col0:], b.RowStride
			}
			gemmPanels(ws, &t, b, k0, j, width, dst.Data[row0*dst.RowStride+j:])
		}
		t.accumulate, bias = true, nil
	}
}

// stretch returns how long the stretches of K are, all but the last of the same length.
func stretch(k int) int {
	if k <= maxDepth {
		return max(1, k)
	}
	return pieces(k, pieces(k, maxDepth))
}

// column is the work of a kernel: rows of a destination as wide as a few panels.
//
//	for i in rows, p in panels, j in 16:
//		at = i*ldc + p*16 + j
//		c[at] = (accumulate ? c[at] : 0) + bias[p*16 + j] + sum over k of a[i*ars + k*acs] * b[p*panelStride + k*ldb + j]
type column struct {
	c, a, b, bias                   []float32
	ldc, ars, acs, ldb, panelStride int
	k, rows, panels                 int
	accumulate                      bool
	packed                          []float32 // the tallest tiles of a, packed; nil when they are read in place
	next                            []float32 // the panels to fetch meanwhile, by rows nextStride apart; nil for none
	nextStride                      int
}

// gemmPanels multiplies by columns [j, j+width) of b, from row k0 on, into out.
func gemmPanels(ws *Workspace, t *column, b *Matrix, k0, j, width int, out []float32) {
	switch {
	case t.k == 0:
		t.b = nil
	case width%panelWidth == 0 && b.ColStride == 1 && (t.rows < directRows || b.RowStride == panelWidth) && !crowded(b.RowStride, t.rows):
		t.b, t.ldb, t.panelStride = b.Data[k0*b.RowStride+j:], b.RowStride, panelWidth
	default:
		size := t.k * panelWidth
		t.b, t.ldb, t.panelStride = grow(&ws.packB, t.panels*size), panelWidth, size
		for p := range t.panels {
			packPanel(t.b[p*size:], b, k0, t.k, j+p*panelWidth, min(panelWidth, width-p*panelWidth))
		}
	}
	t.into(ws, width, out)
}

// into multiplies into the first width columns of out: whole panels, or a part of one.
func (t *column) into(ws *Workspace, width int, out []float32) {
	if width%panelWidth == 0 {
		t.c = out
		multiplyColumn(t)
		return
	}
	gemmEdge(ws, t, width, out)
}

// fewRows is the height from which the kernels of AVX-512 have work for every register.
const fewRows = 4

// abreast returns how many of the whole panels there are a column takes at a time.
func abreast(rows, panels int) int {
	switch {
	case !avx2:
		return 1
	case rows == 1, rows == 4 && avx512:
		if panels == 6 {
			return 6 // the last of a product, or all of it; four at a time otherwise, which are less to fetch at once
		}
		return widest(panels, 4, 2)
	case avx512 && eights(rows):
		return widest(panels, 3, 2)
	case rows < fewRows || avx512:
		return widest(panels, 2)
	}
	return 1
}

// eights tells whether AVX-512 takes so many rows in tiles of 8 by 48, which leave none over.
func eights(rows int) bool { return rows <= 32 && rows%8 == 0 }

// widest returns the first of the widths, falling, that there are panels for, or 1.
func widest(panels int, widths ...int) int {
	for _, w := range widths {
		if w <= panels {
			return w
		}
	}
	return 1
}

// directRows is the height from which a panel of B is copied before it is used.
const directRows = 128

// crowded tells whether the rows of a panel would push one another out of the first cache, lying a multiple of 1 KiB apart,
// where enough rows of the destination use the panel for copying it to pay.
func crowded(stride, rows int) bool { return stride%256 == 0 && rows >= 24 }

// gemmEdge computes a panel narrower than 16 beside the destination and copies it in.
func gemmEdge(ws *Workspace, t *column, width int, out []float32) {
	ldc := t.ldc
	t.c, t.ldc = grow(&ws.edge, (t.rows+1)*panelWidth), panelWidth
	if t.bias != nil {
		wide := t.c[t.rows*panelWidth:]
		clear(wide[copy(wide, t.bias):])
		t.bias = wide
	}
	if t.accumulate {
		for i := range t.rows {
			copy(t.c[i*panelWidth:][:width], out[i*ldc:])
		}
	}
	multiplyColumn(t)
	for i := range t.rows {
		copy(out[i*ldc:][:width], t.c[i*panelWidth:])
	}
	t.ldc = ldc
}

// packPanel copies columns [j, j+width) of rows [k0, k0+k) of b into a panel,
// with zeros to the right:
//
//	for i in k, c in 16: dst[i*16 + c] = c < width ? b[k0+i, j+c] : 0
func packPanel(dst []float32, b *Matrix, k0, k, j, width int) {
	src := b.Data[k0*b.RowStride+j*b.ColStride:]
	if b.ColStride == 1 {
		packRows(dst, src, b.RowStride, k, width)
		return
	}
	if width < panelWidth {
		clear(dst[:k*panelWidth])
	}
	done := 0
	if b.RowStride == 1 {
		done = packTransposed(dst, src, b.ColStride, k, width)
	}
	packStrided(dst, src, b.RowStride, b.ColStride, done, k, width)
}

// packRows packs a panel whose rows are contiguous.
func packRows(dst, src []float32, stride, k, width int) {
	if width == panelWidth && packWhole(dst, src, stride, k) {
		return
	}
	for i := range k {
		row := dst[i*panelWidth:][:panelWidth]
		clear(row[copy(row[:width], src[i*stride:]):])
	}
}

// packStrided packs rows [from, k) of a panel of any strides.
func packStrided(dst, src []float32, rowStride, colStride, from, k, width int) {
	for c := range width {
		for i := from; i < k; i++ {
			dst[i*panelWidth+c] = src[i*rowStride+c*colStride]
		}
	}
}
