//go:build !noasm

package kernel

// multiplyColumn runs the column on the best kernel of this machine.
func multiplyColumn(t *column) {
	if avx2 && t.k > 0 {
		multiplyColumnAVX2(t)
		return
	}
	multiplyColumnGeneric(t)
}

// multiplyColumnAVX2 covers the rows with tiles of 6, and what is left with
// tiles as tall as possible, because short ones wait for their own additions.
func multiplyColumnAVX2(t *column) {
	full, rest := splitRows(t.rows)
	if full > 0 {
		t.tiles(0, tileRows, full)
	}
	row := full * tileRows
	if rest > tileRows {
		t.tiles(row, 4, 1)
		row, rest = row+4, rest-4
	}
	if rest > 0 {
		t.tiles(row, rest, 1)
	}
}

// splitRows returns how many tiles of 6 rows there are, and how many rows are
// left for lower ones: 3, 4, 5, 7 or 8, and fewer only when there are no more.
func splitRows(rows int) (full, rest int) {
	full, rest = rows/tileRows, rows%tileRows
	if full > 0 && (rest == 1 || rest == 2) {
		return full - 1, rest + tileRows
	}
	return full, rest
}

// tiles computes count tiles of the given height, from row on.
func (t *column) tiles(row, height, count int) {
	const size = 4 // bytes of a float32
	c, a, b := &t.c[row*t.ldc], &t.a[row*t.ars], &t.b[0]
	ldc, ars, acs, ldb := uintptr(t.ldc*size), uintptr(t.ars*size), uintptr(t.acs*size), uintptr(t.ldb*size)
	ats := ars * tileRows
	if t.packed != nil && height == tileRows {
		a, ars, acs, ats = &t.packed[0], size, tileRows*size, uintptr(t.k*tileRows*size)
	}
	var bias *float32
	if t.bias != nil {
		bias = &t.bias[0]
	}
	switch height {
	case 6:
		gemm6x16AVX2(c, ldc, a, ars, acs, ats, b, ldb, t.k, count, bias, t.accumulate)
	case 5:
		gemm5x16AVX2(c, ldc, a, ars, acs, ats, b, ldb, t.k, count, bias, t.accumulate)
	case 4:
		gemm4x16AVX2(c, ldc, a, ars, acs, ats, b, ldb, t.k, count, bias, t.accumulate)
	case 3:
		gemm3x16AVX2(c, ldc, a, ars, acs, ats, b, ldb, t.k, count, bias, t.accumulate)
	case 2:
		gemm2x16AVX2(c, ldc, a, ars, acs, ats, b, ldb, t.k, count, bias, t.accumulate)
	case 1:
		gemm1x16AVX2(c, ldc, a, ars, acs, ats, b, ldb, t.k, count, bias, t.accumulate)
	}
}

// firstCache is how many floats the first cache holds, on all but the oldest
// processors with AVX2.
const firstCache = 8192

// packLeft packs the tiles of the left operand if it is stored by columns, is
// too large for the first cache and meets enough panels for that to pay: the
// tiles are then read in order, not a few bytes out of every line.
func packLeft(ws *Workspace, t *column, panels int) {
	t.packed = nil
	full, _ := splitRows(t.rows)
	if !avx2 || t.ars != 1 || t.acs == 1 || full == 0 || t.k < 64 || panels < 3 || t.k*t.acs <= firstCache {
		return
	}
	t.packed = grow(&ws.packA, full*tileRows*t.k)
	packTilesAVX2(&t.packed[0], &t.a[0], uintptr(t.acs*4), t.k, full)
}

// packWhole packs the panel whose rows are contiguous and 16 wide.
func packWhole(dst, src []float32, stride, k int) bool {
	if !avx2 {
		return false
	}
	packRowsAVX2(&dst[0], &src[0], uintptr(stride*4), k)
	return true
}

// packTransposed packs the part of a panel that goes in blocks of 8 by 8, and
// returns how many rows are done.
func packTransposed(dst, src []float32, stride, k, width int) int {
	if !avx2 || width < panelWidth || k < 8 {
		return 0
	}
	packTransposed8AVX2(&dst[0], &src[0], uintptr(stride*4), k/8)
	packTransposed8AVX2(&dst[8], &src[8*stride], uintptr(stride*4), k/8)
	return k / 8 * 8
}
