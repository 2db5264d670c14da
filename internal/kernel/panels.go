package kernel

// Panels is the right operand of products, a [K, N] matrix, packed once for many products: cut into panels of 16
// columns, each stored by rows, with zeros to the right of the last. The zero value is a [0, 0] matrix.
type Panels struct {
	data []float32 // [ceil(N/16), K, 16]
	k, n int

	source Matrix // for one call
}

type packPanels Panels

// Pack takes the elements of b, of any non-negative strides, in memory that it keeps from call to call.
func (p *Panels) Pack(b Matrix) {
	require(b.fits(), "kernel: Pack of a matrix that reaches outside its data")
	p.k, p.n = b.Rows, b.Cols
	p.data = resize(p.data, pieces(p.n, panelWidth)*p.k*panelWidth)
	p.source = b
	Parallel(pieces(p.n, panelWidth), (*packPanels)(p))
	p.source = Matrix{}
}

// Run packs one panel.
func (p *packPanels) Run(i int, _ *Workspace) {
	size := p.k * panelWidth
	if size > 0 {
		packPanel(p.data[i*size:(i+1)*size], &p.source, 0, p.k, i*panelWidth, min(panelWidth, p.n-i*panelWidth))
	}
}

// GemmPanels is GemmSerial with a packed right operand. It gives the same bits.
func GemmPanels(ws *Workspace, dst, a Matrix, b *Panels, o GemmOptions) {
	checkGemm(&dst, &a, &Matrix{Data: b.data, Rows: b.k, Cols: b.n}, o.Bias)
	gemmPacked(ws, &dst, &a, b, o)
}

func gemmPacked(ws *Workspace, dst, a *Matrix, b *Panels, o GemmOptions) {
	if dst.Rows == 0 || dst.Cols == 0 {
		return
	}
	var t column // by fields: a literal would be made elsewhere and copied, which a small product notices
	t.ldc, t.ars, t.acs, t.rows, t.accumulate = dst.RowStride, a.RowStride, a.ColStride, dst.Rows, o.Accumulate
	t.ldb, t.panelStride = panelWidth, b.k*panelWidth
	bias, depth := o.Bias, stretch(a.Cols)
	for k0 := 0; k0 == 0 || k0 < a.Cols; k0 += depth {
		t.k = min(depth, a.Cols-k0)
		if t.k > 0 {
			t.a = a.Data[k0*a.ColStride:]
			packLeft(ws, &t, pieces(b.n, panelWidth))
		}
		for j := 0; j < b.n; j += t.panels * panelWidth {
			t.panels = abreast(t.rows, (b.n-j)/panelWidth)
			width := min(t.panels*panelWidth, b.n-j)
			if t.k > 0 {
				t.b = b.data[(j/panelWidth*b.k+k0)*panelWidth:]
			}
			t.bias = nil
			if bias != nil {
				t.bias = bias[j : j+width]
			}
			t.into(ws, width, dst.Data[j:])
		}
		t.accumulate, bias = true, nil
	}
}
