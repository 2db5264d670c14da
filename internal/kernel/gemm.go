package kernel

// Matrix is a strided view: element (i, j) is Data[i*RowStride + j*ColStride].
type Matrix struct {
	Data                 []float32
	Rows, Cols           int
	RowStride, ColStride int
}

// Dense views data as a row-major [rows, cols] matrix.
func Dense(data []float32, rows, cols int) Matrix {
	return Matrix{Data: data, Rows: rows, Cols: cols, RowStride: cols, ColStride: 1}
}

// T returns the transposed view.
func (m Matrix) T() Matrix {
	return Matrix{Data: m.Data, Rows: m.Cols, Cols: m.Rows, RowStride: m.ColStride, ColStride: m.RowStride}
}

// GemmOptions says what happens around a product. The zero value overwrites.
type GemmOptions struct {
	Accumulate bool      // dst += instead of dst =; default false
	Bias       []float32 // [N], added to every row; default none
}

// Gemm computes dst = a b + bias, or dst += a b + bias, over the pool:
//
//	for i in M, j in N:
//		dst[i, j] = (Accumulate ? dst[i, j] : 0) + Bias[j] + sum over k in K of a[i, k] * b[k, j]
//
// dst: [M, N], its ColStride 1; a: [M, K] and b: [K, N] of any non-negative
// strides, so that Gemm(dst, a, w.T(), o) and Gemm(dst, x.T(), dy, o) need no
// copies. dst must not overlap a, b or the bias.
func Gemm(dst, a, b Matrix, o GemmOptions) {
	checkGemm(&dst, &a, &b, o.Bias)
	ws := getWorkspace()
	gemmParallel(ws, dst, a, b, o)
	putWorkspace(ws)
}

// GemmSerial is Gemm in the calling goroutine, for use inside parallel regions
// and for small matrices. It gives the same bits as Gemm and allocates nothing
// once ws is warm.
func GemmSerial(ws *Workspace, dst, a, b Matrix, o GemmOptions) {
	checkGemm(&dst, &a, &b, o.Bias)
	gemmTile(ws, &dst, &a, &b, o, 0, dst.Rows, 0, dst.Cols)
}

func checkGemm(dst, a, b *Matrix, bias []float32) {
	if a.Rows != dst.Rows || b.Cols != dst.Cols || a.Cols != b.Rows {
		panic("kernel: Gemm of matrices whose shapes do not fit")
	}
	if dst.ColStride != 1 && dst.Cols > 1 {
		panic("kernel: Gemm into a matrix whose column stride is not 1")
	}
	if bias != nil && len(bias) != dst.Cols {
		panic("kernel: Gemm bias length is not the number of columns")
	}
	if !dst.fits() || !a.fits() || !b.fits() {
		panic("kernel: Gemm of a matrix that reaches outside its data")
	}
}

// fits tells whether every element lies within Data.
func (m *Matrix) fits() bool {
	if m.Rows < 0 || m.Cols < 0 || m.RowStride < 0 || m.ColStride < 0 {
		return false
	}
	if m.Rows == 0 || m.Cols == 0 {
		return true
	}
	return (m.Rows-1)*m.RowStride+(m.Cols-1)*m.ColStride < len(m.Data)
}
