//go:build !noasm

package kernel

// multiplyColumn runs the column on the best kernels of this machine.
func multiplyColumn(t *column) {
	if !avx2 || t.k == 0 {
		multiplyColumnGeneric(t)
		return
	}
	tall, least := heights(t.rows)
	full, rest := splitRows(t.rows, tall, least)
	if full > 0 {
		t.tiles(0, tall, full)
	}
	row := full * tall
	if rest > tall { // two tiles, the upper one two thirds as high as the tallest
		t.tiles(row, tall*2/3, 1)
		row, rest = row+tall*2/3, rest-tall*2/3
	}
	if rest > 0 {
		t.tiles(row, rest, 1)
	}
}

// heights returns the height of the tallest tiles of a column, and the least height of those beside them: short tiles
// wait for their own additions.
func heights(rows int) (tall, least int) {
	switch {
	case !avx512 || rows < fewRows:
		return 6, 3
	case eights(rows):
		return 8, 4
	}
	return 12, 4
}

// splitRows returns how many of the tallest tiles there are, and how many rows are left for one or two lower ones:
// fewer than least only when there are no more.
func splitRows(rows, tall, least int) (full, rest int) {
	if rows <= tall {
		return 0, rows
	}
	full, rest = rows/tall, rows%tall
	if rest > 0 && rest < least {
		return full - 1, rest + tall
	}
	return full, rest
}

// multiply is a kernel: gemm6x16AVX2 and its like.
type multiply func(c *float32, ldc uintptr, a *float32, ars, acs, ats uintptr, b *float32, ldb, bps uintptr,
	next *float32, step uintptr, k, tiles int, bias *float32, accumulate bool)

// The kernels by the height of their tiles and the panels they take abreast.
var (
	kernelsAVX2 = [...][7]multiply{
		1: {1: gemm1x16AVX2, 2: gemm1x32AVX2, 4: gemm1x64AVX2, 6: gemm1x96AVX2},
		2: {1: gemm2x16AVX2, 2: gemm2x32AVX2},
		3: {1: gemm3x16AVX2, 2: gemm3x32AVX2},
		4: {1: gemm4x16AVX2},
		5: {1: gemm5x16AVX2},
		6: {1: gemm6x16AVX2},
	}
	kernelsAVX512 = [...][7]multiply{
		4:  {1: gemm4x16AVX512, 2: gemm4x32AVX512, 4: gemm4x64AVX512, 6: gemm4x96AVX512},
		5:  {1: gemm5x16AVX512, 2: gemm5x32AVX512},
		6:  {1: gemm6x16AVX512, 2: gemm6x32AVX512},
		7:  {1: gemm7x16AVX512, 2: gemm7x32AVX512},
		8:  {1: gemm8x16AVX512, 2: gemm8x32AVX512, 3: gemm8x48AVX512},
		9:  {1: gemm9x16AVX512, 2: gemm9x32AVX512},
		10: {1: gemm10x16AVX512, 2: gemm10x32AVX512},
		11: {1: gemm11x16AVX512, 2: gemm11x32AVX512},
		12: {1: gemm12x16AVX512, 2: gemm12x32AVX512},
	}
)

// tiles computes count tiles of the given height, from row on.
func (t *column) tiles(row, height, count int) {
	const size = 4 // bytes of a float32
	a, ars, acs, ats := &t.a[row*t.ars], uintptr(t.ars*size), uintptr(t.acs*size), uintptr(t.ars*height*size)
	if t.packed != nil && row == 0 {
		a, ars, acs, ats = &t.packed[0], size, uintptr(height*size), uintptr(t.k*height*size)
	}
	var bias *float32
	if t.bias != nil {
		bias = &t.bias[0]
	}
	kernel := kernelsAVX2[min(height, 6)][t.panels]
	if avx512 && t.rows >= fewRows {
		kernel = kernelsAVX512[height][t.panels]
	}
	next, step := &t.b[0], uintptr(t.ldb*size)
	if t.next != nil {
		next, step = &t.next[0], uintptr(t.nextStride*size)
	}
	kernel(&t.c[row*t.ldc], uintptr(t.ldc*size), a, ars, acs, ats,
		&t.b[0], uintptr(t.ldb*size), uintptr(t.panelStride*size),
		next, step, t.k, count, bias, t.accumulate)
}

// firstCache is how many floats the first cache holds, on all but the oldest
// processors with AVX2.
const firstCache = 8192

// packLeft packs the tiles of the left operand if it is stored by columns, is
// too large for the first cache and meets enough panels for that to pay: the
// tiles are then read in order, not a few bytes out of every line.
func packLeft(ws *Workspace, t *column, panels int) {
	t.packed = nil
	if !avx2 || t.ars != 1 || t.acs == 1 || t.k < 64 || panels < 3 || t.k*t.acs <= firstCache {
		return
	}
	tall, least := heights(t.rows)
	full, _ := splitRows(t.rows, tall, least)
	pack := packTilesAVX2
	switch {
	case full == 0 || tall == 8:
		return
	case tall == 12:
		pack = packTilesAVX512
	}
	t.packed = grow(&ws.packA, full*tall*t.k)
	pack(&t.packed[0], &t.a[0], uintptr(t.acs*4), t.k, full)
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
