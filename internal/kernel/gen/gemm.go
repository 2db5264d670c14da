package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const maxRows = 6 // 6 rows x 2 vectors of accumulators fill 12 of 16 registers

func emitGemm(c *build.Context) {
	for rows := maxRows; rows >= 1; rows-- {
		emitGemmKernel(c, rows)
	}
	emitTranspose(c)
	emitPackRows(c)
	emitPackTiles(c)
}

// emitGemmKernel writes the kernel of rows x 16 tiles stacked below one another.
func emitGemmKernel(c *build.Context, rows int) {
	name := fmt.Sprintf("gemm%dx16AVX2", rows)
	start(c, name, "func(c *float32, ldc uintptr, a *float32, ars, acs, ats uintptr, "+
		"b *float32, ldb uintptr, k, tiles int, bias *float32, accumulate bool)",
		fmt.Sprintf("%s computes a column of tiles, each %d rows high and 16 wide. Strides are in bytes:", name, rows),
		"",
		fmt.Sprintf("\tfor t in tiles, i in %d, j in 16:", rows),
		fmt.Sprintf("\t\tat = (t*%d + i)*ldc + j", rows),
		"\t\tc[at] = (accumulate ? c[at] : 0) + bias[j] + sum over k of a[t*ats + i*ars + k*acs] * b[k*ldb + j]",
		"",
		"A nil bias is none; k and tiles are at least 1.")
	k := gemmKernel{c: c, rows: rows}
	k.load()
	c.Label("tile")
	k.initialise()
	k.multiply()
	k.store()
	c.DECQ(k.tiles)
	c.JNZ(operand.LabelRef("tile"))
	c.VZEROUPPER()
	c.RET()
}

// gemmKernel is the state of one kernel while it is being written.
type gemmKernel struct {
	c    *build.Context
	rows int

	out, ldc, a, ars, acs, b, ldb, tiles reg.Register
	sums                                 [][2]reg.VecVirtual
}

func (g *gemmKernel) load() {
	argument := func(name string) reg.Register { return g.c.Load(g.c.Param(name), g.c.GP64()) }
	g.out, g.ldc = argument("c"), argument("ldc")
	g.a, g.ars, g.acs = argument("a"), argument("ars"), argument("acs")
	g.b, g.ldb, g.tiles = argument("b"), argument("ldb"), argument("tiles")
	for range g.rows {
		g.sums = append(g.sums, [2]reg.VecVirtual{g.c.YMM(), g.c.YMM()})
	}
}

// initialise sets the sums to the bias, or 0, plus what the destination holds
// if it is accumulated, and asks for the destination's lines.
func (g *gemmKernel) initialise() {
	c := g.c
	c.Comment("sums = bias or 0")
	bias := c.Load(c.Param("bias"), c.GP64())
	c.TESTQ(bias, bias)
	c.JZ(operand.LabelRef("zero"))
	for v := range 2 {
		c.VMOVUPS(operand.Mem{Base: bias, Disp: 32 * v}, g.sums[0][v])
		for i := 1; i < g.rows; i++ {
			c.VMOVAPS(g.sums[0][v], g.sums[i][v])
		}
	}
	c.JMP(operand.LabelRef("start"))
	c.Label("zero")
	for i := range g.rows {
		for v := range 2 {
			c.VXORPS(g.sums[i][v], g.sums[i][v], g.sums[i][v])
		}
	}
	c.Label("start")
	row := c.GP64()
	c.MOVQ(g.out, row)
	accumulate := c.Load(c.Param("accumulate"), c.GP8())
	c.TESTB(accumulate, accumulate)
	c.JZ(operand.LabelRef("fetch"))
	for i := range g.rows {
		for v := range 2 {
			c.VADDPS(operand.Mem{Base: row, Disp: 32 * v}, g.sums[i][v], g.sums[i][v])
		}
		g.next(i, row)
	}
	c.JMP(operand.LabelRef("ready"))
	c.Label("fetch")
	for i := range g.rows {
		c.PREFETCHT0(operand.Mem{Base: row, Disp: 60})
		g.next(i, row)
	}
	c.Label("ready")
}

// next moves row to the next row of the tile unless i is the last.
func (g *gemmKernel) next(i int, row reg.Register) {
	if i+1 < g.rows {
		g.c.ADDQ(g.ldc, row)
	}
}

// multiply runs over k, four at a time.
func (g *gemmKernel) multiply() {
	c := g.c
	p, q, b := c.GP64(), c.GP64(), c.GP64()
	c.MOVQ(g.a, p)
	if g.rows > 3 {
		c.LEAQ(operand.Mem{Base: g.a, Index: g.ars, Scale: 2}, q)
		c.ADDQ(g.ars, q)
	}
	c.MOVQ(g.b, b)
	left := c.Load(c.Param("k"), c.GP64())
	c.SUBQ(operand.Imm(4), left)
	c.JL(operand.LabelRef("rest"))
	c.Label("four")
	for range 4 {
		g.step(p, q, b)
	}
	c.SUBQ(operand.Imm(4), left)
	c.JGE(operand.LabelRef("four"))
	c.Label("rest")
	c.ADDQ(operand.Imm(4), left)
	c.JZ(operand.LabelRef("done"))
	c.Label("one")
	g.step(p, q, b)
	c.DECQ(left)
	c.JNZ(operand.LabelRef("one"))
	c.Label("done")
}

// step adds the outer product of a column of a and a row of b. Rows 0 to 2 of
// a are reached from p, rows 3 to 5 from q.
func (g *gemmKernel) step(p, q, b reg.Register) {
	c := g.c
	b0, b1 := c.YMM(), c.YMM()
	c.VMOVUPS(operand.Mem{Base: b}, b0)
	c.VMOVUPS(operand.Mem{Base: b, Disp: 32}, b1)
	for i := range g.rows {
		at := operand.Mem{Base: p}
		if i >= 3 {
			at.Base = q
		}
		if i%3 > 0 {
			at.Index, at.Scale = g.ars, uint8(i%3)
		}
		x := c.YMM()
		c.VBROADCASTSS(at, x)
		c.VFMADD231PS(b0, x, g.sums[i][0])
		c.VFMADD231PS(b1, x, g.sums[i][1])
	}
	c.ADDQ(g.ldb, b)
	c.ADDQ(g.acs, p)
	if g.rows > 3 {
		c.ADDQ(g.acs, q)
	}
}

// store writes the tile and moves on to the one below.
func (g *gemmKernel) store() {
	c := g.c
	for i := range g.rows {
		for v := range 2 {
			c.VMOVUPS(g.sums[i][v], operand.Mem{Base: g.out, Disp: 32 * v})
		}
		c.ADDQ(g.ldc, g.out)
	}
	step, err := c.Param("ats").Resolve()
	if err != nil {
		panic(err)
	}
	c.ADDQ(step.Addr, g.a)
}

// emitPackRows writes the packing of a column panel that is stored by rows.
func emitPackRows(c *build.Context) {
	start(c, "packRowsAVX2", "func(dst, src *float32, stride uintptr, k int)",
		"packRowsAVX2 packs a panel of contiguous rows. The stride is in bytes and k at least 1:",
		"",
		"\tfor i in k, j in 16: dst[i*16 + j] = src[i*stride + j]")
	dst := c.Load(c.Param("dst"), c.GP64())
	src := c.Load(c.Param("src"), c.GP64())
	stride := c.Load(c.Param("stride"), c.GP64())
	left := c.Load(c.Param("k"), c.GP64())
	c.Label("row")
	low, high := c.YMM(), c.YMM()
	c.VMOVUPS(operand.Mem{Base: src}, low)
	c.VMOVUPS(operand.Mem{Base: src, Disp: 32}, high)
	c.VMOVUPS(low, operand.Mem{Base: dst})
	c.VMOVUPS(high, operand.Mem{Base: dst, Disp: 32})
	c.ADDQ(stride, src)
	c.ADDQ(operand.Imm(64), dst)
	c.DECQ(left)
	c.JNZ(operand.LabelRef("row"))
	c.VZEROUPPER()
	c.RET()
}

// emitPackTiles writes the packing of the left operand when it is stored by columns.
func emitPackTiles(c *build.Context) {
	start(c, "packTilesAVX2", "func(dst, src *float32, stride uintptr, k, tiles int)",
		"packTilesAVX2 packs columns of contiguous elements into tiles 6 high. The stride is in bytes, k and tiles are at least 1:",
		"",
		"\tfor i in k, t in tiles, r in 6: dst[(t*k + i)*6 + r] = src[i*stride + t*6 + r]")
	const size = 4 * maxRows
	dst := c.Load(c.Param("dst"), c.GP64())
	src := c.Load(c.Param("src"), c.GP64())
	stride := c.Load(c.Param("stride"), c.GP64())
	left := c.Load(c.Param("k"), c.GP64())
	tileSize := c.GP64()
	c.IMUL3Q(operand.Imm(size), left, tileSize)
	c.Label("column")
	from, to, tiles := c.GP64(), c.GP64(), c.GP64()
	c.MOVQ(src, from)
	c.MOVQ(dst, to)
	c.Load(c.Param("tiles"), tiles)
	c.Label("tile")
	four, two := c.XMM(), c.XMM()
	c.VMOVUPS(operand.Mem{Base: from}, four)
	c.VMOVSD(operand.Mem{Base: from, Disp: 16}, two)
	c.VMOVUPS(four, operand.Mem{Base: to})
	c.VMOVSD(two, operand.Mem{Base: to, Disp: 16})
	c.ADDQ(operand.Imm(size), from)
	c.ADDQ(tileSize, to)
	c.DECQ(tiles)
	c.JNZ(operand.LabelRef("tile"))
	c.ADDQ(stride, src)
	c.ADDQ(operand.Imm(size), dst)
	c.DECQ(left)
	c.JNZ(operand.LabelRef("column"))
	c.RET()
}

// emitTranspose writes the packing of a column panel that is stored by columns.
func emitTranspose(c *build.Context) {
	start(c, "packTransposed8AVX2", "func(dst, src *float32, stride uintptr, blocks int)",
		"packTransposed8AVX2 packs 8 columns, each contiguous in src, into half a panel 16 wide. The stride is in bytes:",
		"",
		"\tfor k in 8*blocks, j in 8: dst[k*16 + j] = src[j*stride + k]")
	dst := c.Load(c.Param("dst"), c.GP64())
	src := c.Load(c.Param("src"), c.GP64())
	stride := c.Load(c.Param("stride"), c.GP64())
	blocks := c.Load(c.Param("blocks"), c.GP64())
	stride3, src4 := c.GP64(), c.GP64()
	c.LEAQ(operand.Mem{Base: stride, Index: stride, Scale: 2}, stride3)
	c.LEAQ(operand.Mem{Base: src, Index: stride, Scale: 4}, src4)
	c.Label("block")
	at := func(j int) operand.Mem {
		m := operand.Mem{Base: src}
		if j >= 4 {
			m.Base = src4
		}
		switch j % 4 {
		case 1:
			m.Index, m.Scale = stride, 1
		case 2:
			m.Index, m.Scale = stride, 2
		case 3:
			m.Index, m.Scale = stride3, 1
		}
		return m
	}
	for half := range 2 { // k 0 to 3, then k 4 to 7
		var rows [4]reg.VecVirtual
		for j := range 4 { // columns j and j+4 side by side
			x, y := c.XMM(), c.YMM()
			low, high := at(j), at(j+4)
			low.Disp, high.Disp = 16*half, 16*half
			c.VMOVUPS(low, x)
			c.VINSERTF128(operand.Imm(1), high, x.AsY(), y)
			rows[j] = y
		}
		a0, a1, a2, a3 := c.YMM(), c.YMM(), c.YMM(), c.YMM()
		c.VUNPCKLPS(rows[1], rows[0], a0)
		c.VUNPCKHPS(rows[1], rows[0], a1)
		c.VUNPCKLPS(rows[3], rows[2], a2)
		c.VUNPCKHPS(rows[3], rows[2], a3)
		for k, pair := range [][2]reg.VecVirtual{{a0, a2}, {a1, a3}} {
			low, high := c.YMM(), c.YMM()
			c.VUNPCKLPD(pair[1], pair[0], low)
			c.VUNPCKHPD(pair[1], pair[0], high)
			c.VMOVUPS(low, operand.Mem{Base: dst, Disp: 64 * (4*half + 2*k)})
			c.VMOVUPS(high, operand.Mem{Base: dst, Disp: 64 * (4*half + 2*k + 1)})
		}
	}
	c.ADDQ(operand.U32(512), dst)
	c.ADDQ(operand.Imm(32), src)
	c.ADDQ(operand.Imm(32), src4)
	c.DECQ(blocks)
	c.JNZ(operand.LabelRef("block"))
	c.VZEROUPPER()
	c.RET()
}
