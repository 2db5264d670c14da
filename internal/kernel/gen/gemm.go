package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// level is what a kernel of products is made of.
type level struct {
	name    string
	vectors int // to a panel 16 wide
	tall    int // rows of the tallest tile
	vector  func(*build.Context) reg.VecVirtual
}

var (
	avx2   = level{"AVX2", 2, 6, (*build.Context).YMM}
	avx512 = level{"AVX512", 1, 12, (*build.Context).ZMM}
)

func emitGemm(c *build.Context) {
	for rows := avx2.tall; rows >= 1; rows-- {
		emitGemmKernel(c, avx2, rows, 1)
	}
	// Few rows take panels side by side: a sum waits for its own last addition,
	// and less than eight sums leave the multipliers idle.
	for _, tile := range [][2]int{{3, 2}, {2, 2}, {1, 2}, {1, 4}, {1, 6}} {
		emitGemmKernel(c, avx2, tile[0], tile[1])
	}
	for rows := avx512.tall; rows >= 4; rows-- {
		emitGemmKernel(c, avx512, rows, 2)
		emitGemmKernel(c, avx512, rows, 1)
	}
	emitGemmKernel(c, avx512, 8, 3)
	emitGemmKernel(c, avx512, 4, 4)
	emitGemmKernel(c, avx512, 4, 6)
	emitTranspose(c)
	emitPackRows(c)
	emitPackTiles(c, avx2)
	emitPackTiles(c, avx512)
}

// emitGemmKernel writes the kernel of tiles, rows x 16*panels, stacked below one another.
func emitGemmKernel(c *build.Context, l level, rows, panels int) {
	name := fmt.Sprintf("gemm%dx%d%s", rows, 16*panels, l.name)
	start(c, name, "func(c *float32, ldc uintptr, a *float32, ars, acs, ats uintptr, "+
		"b *float32, ldb, bps uintptr, next *float32, step uintptr, k, tiles int, bias *float32, accumulate bool)",
		fmt.Sprintf("%s computes a column of tiles, each %d rows high and %d wide. Strides are in bytes:", name, rows, 16*panels),
		"",
		fmt.Sprintf("\tfor t in tiles, i in %d, p in %d, j in 16:", rows, panels),
		fmt.Sprintf("\t\tat = (t*%d + i)*ldc + p*16 + j", rows),
		"\t\tc[at] = (accumulate ? c[at] : 0) + bias[p*16 + j] + sum over k of a[t*ats + i*ars + k*acs] * b[p*bps + k*ldb + j]",
		"",
		"A nil bias is none; k and tiles are at least 1. Kernels of the tallest tiles ask for the lines at next + k*step meanwhile.")
	g := gemmKernel{c: c, level: l, rows: rows, panels: panels}
	for range rows {
		var row []reg.VecVirtual
		for range l.vectors * panels {
			row = append(row, l.vector(c))
		}
		g.sums = append(g.sums, row)
	}
	c.Label("tile")
	g.initialise()
	g.multiply()
	g.store()
	c.DECQ(g.argument("tiles"))
	c.JNZ(operand.LabelRef("tile"))
	c.VZEROUPPER()
	c.RET()
}

// gemmKernel is the state of one kernel while it is being written.
type gemmKernel struct {
	level
	c            *build.Context
	rows, panels int
	sums         [][]reg.VecVirtual // rows, vectors of all panels
}

// load brings an argument into a register of its own.
func (g *gemmKernel) load(name string) reg.Register { return g.c.Load(g.c.Param(name), g.c.GP64()) }

// argument is where an argument lies: what a tile leaves for the next is kept there, for want of registers.
func (g *gemmKernel) argument(name string) operand.Mem {
	at, err := g.c.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return at.Addr
}

// lane is where vector v of contiguous panels begins, in bytes.
func (g *gemmKernel) lane(v int) int { return 64 / g.vectors * v }

// initialise sets the sums to the bias, or 0, plus what the destination holds
// if it is accumulated, and asks for the destination's lines.
func (g *gemmKernel) initialise() {
	c := g.c
	c.Comment("sums = bias or 0")
	bias := g.load("bias")
	c.TESTQ(bias, bias)
	c.JZ(operand.LabelRef("zero"))
	for v := range g.sums[0] {
		c.VMOVUPS(operand.Mem{Base: bias, Disp: g.lane(v)}, g.sums[0][v])
		for i := 1; i < g.rows; i++ {
			c.VMOVAPS(g.sums[0][v], g.sums[i][v])
		}
	}
	c.JMP(operand.LabelRef("start"))
	c.Label("zero")
	for _, row := range g.sums {
		for _, sum := range row {
			if g.vectors == 1 {
				c.VPXORD(sum, sum, sum) // VXORPS of this width is another extension's
			} else {
				c.VXORPS(sum, sum, sum)
			}
		}
	}
	c.Label("start")
	row, ldc := g.load("c"), g.load("ldc")
	accumulate := c.Load(c.Param("accumulate"), c.GP8())
	c.TESTB(accumulate, accumulate)
	c.JZ(operand.LabelRef("fetch"))
	for i := range g.rows {
		for v, sum := range g.sums[i] {
			c.VADDPS(operand.Mem{Base: row, Disp: g.lane(v)}, sum, sum)
		}
		if i+1 < g.rows {
			c.ADDQ(ldc, row)
		}
	}
	c.JMP(operand.LabelRef("ready"))
	c.Label("fetch")
	for i := range g.rows {
		for p := range g.panels {
			c.PREFETCHT0(operand.Mem{Base: row, Disp: 64*p + 60})
		}
		if i+1 < g.rows {
			c.ADDQ(ldc, row)
		}
	}
	c.Label("ready")
}

// multiply runs over k, four at a time.
func (g *gemmKernel) multiply() {
	c := g.c
	acs, ldb := g.load("acs"), g.load("ldb")
	a, b := newSteps(c, g.load("a"), g.load("ars"), g.rows), newSteps(c, g.load("b"), g.load("bps"), g.panels)
	var next, stride reg.Register
	if g.rows == g.tall {
		next, stride = g.load("next"), g.load("step")
	}
	step := func() {
		g.step(a, b)
		b.advance(c, ldb)
		a.advance(c, acs)
		if g.rows == g.tall {
			for p := range g.panels {
				c.PREFETCHT1(operand.Mem{Base: next, Disp: 64 * p})
			}
			c.ADDQ(stride, next)
		}
	}
	left := g.load("k")
	c.SUBQ(operand.Imm(4), left)
	c.JL(operand.LabelRef("rest"))
	c.Label("four")
	for range 4 {
		step()
	}
	c.SUBQ(operand.Imm(4), left)
	c.JGE(operand.LabelRef("four"))
	c.Label("rest")
	c.ADDQ(operand.Imm(4), left)
	c.JZ(operand.LabelRef("done"))
	c.Label("one")
	step()
	c.DECQ(left)
	c.JNZ(operand.LabelRef("one"))
	c.Label("done")
}

// step adds the outer product of a column of a and a row of b.
func (g *gemmKernel) step(a, b steps) {
	c := g.c
	from := func(v int) operand.Mem {
		m := b.at(v / g.vectors)
		m.Disp = g.lane(v % g.vectors)
		return m
	}
	columns := len(g.sums[0])
	if g.rows < columns { // the elements of a stay in registers, those of b pass by
		var x []reg.VecVirtual
		for i := range g.rows {
			x = append(x, g.vector(c))
			c.VBROADCASTSS(a.at(i), x[i])
		}
		for v := range columns {
			var y operand.Op = from(v)
			if g.rows > 1 {
				loaded := g.vector(c)
				c.VMOVUPS(y, loaded)
				y = loaded
			}
			for i := range g.rows {
				c.VFMADD231PS(y, x[i], g.sums[i][v])
			}
		}
		return
	}
	var y []reg.VecVirtual
	for v := range columns {
		y = append(y, g.vector(c))
		c.VMOVUPS(from(v), y[v])
	}
	for i := range g.rows {
		if g.vectors == 1 {
			for v := range columns {
				c.VFMADD231PS_BCST(a.at(i), y[v], g.sums[i][v])
			}
			continue
		}
		x := g.vector(c)
		c.VBROADCASTSS(a.at(i), x)
		for v := range columns {
			c.VFMADD231PS(y[v], x, g.sums[i][v])
		}
	}
}

// store writes the tile and moves on to the one below.
func (g *gemmKernel) store() {
	c := g.c
	row, ldc := g.load("c"), g.load("ldc")
	for i := range g.rows {
		for v, sum := range g.sums[i] {
			c.VMOVUPS(sum, operand.Mem{Base: row, Disp: g.lane(v)})
		}
		c.ADDQ(ldc, row)
	}
	c.MOVQ(row, g.argument("c"))
	next := g.load("ats")
	c.ADDQ(next, g.argument("a"))
}

// steps are addresses a stride apart, of up to 12 places: a base holds six, the
// stride and its third and fifth multiple reach them.
type steps struct {
	base, base6          reg.Register
	stride, third, fifth reg.Register
}

// newSteps takes the registers of the base and the stride for its own.
func newSteps(c *build.Context, base, stride reg.Register, count int) steps {
	s := steps{base: base, stride: stride}
	if count > 3 {
		s.third = c.GP64()
		c.LEAQ(operand.Mem{Base: stride, Index: stride, Scale: 2}, s.third)
	}
	if count > 5 {
		s.fifth = c.GP64()
		c.LEAQ(operand.Mem{Base: stride, Index: stride, Scale: 4}, s.fifth)
	}
	if count > 6 {
		s.base6 = c.GP64()
		c.LEAQ(operand.Mem{Base: base, Index: s.third, Scale: 2}, s.base6)
	}
	return s
}

// at is place i.
func (s steps) at(i int) operand.Mem {
	m := operand.Mem{Base: s.base}
	if i >= 6 {
		m.Base = s.base6
	}
	switch i %= 6; i {
	case 0:
	case 3:
		m.Index, m.Scale = s.third, 1
	case 5:
		m.Index, m.Scale = s.fifth, 1
	default:
		m.Index, m.Scale = s.stride, uint8(i)
	}
	return m
}

// advance moves every place on.
func (s steps) advance(c *build.Context, by reg.Register) {
	c.ADDQ(by, s.base)
	if s.base6 != nil {
		c.ADDQ(by, s.base6)
	}
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
func emitPackTiles(c *build.Context, l level) {
	name := "packTiles" + l.name
	start(c, name, "func(dst, src *float32, stride uintptr, k, tiles int)",
		fmt.Sprintf("%s packs columns of contiguous elements into tiles %d high. The stride is in bytes, k and tiles are at least 1:", name, l.tall),
		"",
		fmt.Sprintf("\tfor i in k, t in tiles, r in %d: dst[(t*k + i)*%[1]d + r] = src[i*stride + t*%[1]d + r]", l.tall))
	size := 4 * l.tall
	dst := c.Load(c.Param("dst"), c.GP64())
	src := c.Load(c.Param("src"), c.GP64())
	stride := c.Load(c.Param("stride"), c.GP64())
	left := c.Load(c.Param("k"), c.GP64())
	tileSize := c.GP64()
	c.IMUL3Q(operand.Imm(uint64(size)), left, tileSize)
	c.Label("column")
	from, to, tiles := c.GP64(), c.GP64(), c.GP64()
	c.MOVQ(src, from)
	c.MOVQ(dst, to)
	c.Load(c.Param("tiles"), tiles)
	c.Label("tile")
	var parts []reg.VecVirtual
	for at := 0; at < size; at += 16 {
		part, m := c.XMM(), operand.Mem{Base: from, Disp: at}
		if at+16 <= size {
			c.VMOVUPS(m, part)
		} else {
			c.VMOVSD(m, part)
		}
		parts = append(parts, part)
	}
	for n, part := range parts {
		m := operand.Mem{Base: to, Disp: 16 * n}
		if 16*n+16 <= size {
			c.VMOVUPS(part, m)
		} else {
			c.VMOVSD(part, m)
		}
	}
	c.ADDQ(operand.Imm(uint64(size)), from)
	c.ADDQ(tileSize, to)
	c.DECQ(tiles)
	c.JNZ(operand.LabelRef("tile"))
	c.ADDQ(stride, src)
	c.ADDQ(operand.Imm(uint64(size)), dst)
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
