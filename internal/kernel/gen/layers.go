package main

import (
	"math"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vector is the width of a YMM register in bytes, 8 float32.
const vector = 32

// emitLayers writes the kernels of attention and of the convolution.
func emitLayers(c *build.Context) {
	emitNormRotate(c)
	emitNormRotateGrad(c)
	emitWindowDot(c)
	emitDotRows(c)
	emitAddRows(c)
	emitSoftmaxGrad(c)
	emitNormRows(c)
	emitNormGradRows(c)
}

// layer writes one kernel of this file.
type layer struct{ *build.Context }

func (l layer) argument(name string) reg.GPVirtual {
	r := l.GP64()
	l.Load(l.Param(name), r)
	return r
}

// constant loads a number into the low lane of a register.
func (l layer) constant(value float32) reg.VecVirtual {
	bits, x := l.GP32(), l.XMM()
	l.MOVL(operand.U32(math.Float32bits(value)), bits)
	l.VMOVD(bits, x)
	return x
}

// inverseWidth returns 1/(2m), given the number of bytes of m floats.
func (l layer) inverseWidth(half reg.GPVirtual) reg.VecVirtual {
	elements, x := l.GP64(), l.XMM()
	l.MOVQ(half, elements)
	l.SHRQ(operand.U8(1), elements) // 4 bytes an element, 2 halves
	l.VXORPS(x, x, x)
	l.VCVTSI2SSQ(elements, x, x)
	l.VDIVSS(x, l.constant(1), x)
	return x
}

// sumLanes returns the sum of the lanes of y in the low lane.
func (l layer) sumLanes(y reg.VecVirtual) reg.VecVirtual {
	high := l.XMM()
	l.VEXTRACTF128(operand.U8(1), y, high)
	l.VADDPS(y.AsX(), high, high)
	l.VHADDPS(high, high, high)
	l.VHADDPS(high, high, high)
	return high
}

func (l layer) zero() reg.VecVirtual {
	y := l.YMM()
	l.VXORPS(y, y, y)
	return y
}

// broadcast returns the low lane of x in every lane.
func (l layer) broadcast(x reg.VecVirtual) reg.VecVirtual {
	y := l.YMM()
	l.VBROADCASTSS(x.AsX(), y)
	return y
}

func at(base, index reg.Register) operand.Mem {
	return operand.Mem{Base: base, Index: index, Scale: 1}
}

// loop writes body for offsets from 0 in steps of one vector while they are
// under limit; body gets the offset and the offset plus limit.
func (l layer) loop(label string, limit reg.GPVirtual, body func(low, high reg.GPVirtual)) {
	low, high := l.GP64(), l.GP64()
	l.XORQ(low, low)
	l.MOVQ(limit, high)
	l.Label(label)
	body(low, high)
	l.ADDQ(operand.U8(vector), low)
	l.ADDQ(operand.U8(vector), high)
	l.CMPQ(low, limit)
	l.JLT(operand.LabelRef(label))
}

// ahead returns the address a few rows on, to ask for early: heads lie too far
// apart for the processor to foresee them.
func (l layer) ahead(row, stride reg.GPVirtual) reg.GPVirtual {
	ahead := l.GP64()
	l.LEAQ(operand.Mem{Base: row, Index: stride, Scale: 4}, ahead)
	return ahead
}

func emitNormRotate(c *build.Context) {
	start(c, "normRotateAVX2", "func(dst, inverse, x *float32, stride uintptr, gain, cos, sin *float32, rows int, half uintptr)",
		"normRotateAVX2 is normRotate. stride and half, which is m, are in bytes; m is a",
		"multiple of 8 and rows at least 1.")
	l := layer{c}
	dst, inverse, x, stride := l.argument("dst"), l.argument("inverse"), l.argument("x"), l.argument("stride")
	gain, cos, sin := l.argument("gain"), l.argument("cos"), l.argument("sin")
	rows, half := l.argument("rows"), l.argument("half")
	perElement, epsilon, one := l.inverseWidth(half), l.constant(1e-6), l.constant(1)

	c.Label("row")
	squares, more, ahead := l.zero(), l.zero(), l.ahead(x, stride)
	l.loop("squares", half, func(low, high reg.GPVirtual) {
		c.PREFETCHT0(at(ahead, low))
		c.PREFETCHT0(at(ahead, high))
		a, b := c.YMM(), c.YMM()
		c.VMOVUPS(at(x, low), a)
		c.VMOVUPS(at(x, high), b)
		c.VFMADD231PS(a, a, squares)
		c.VFMADD231PS(b, b, more)
	})
	c.VADDPS(more, squares, squares)
	mean := l.sumLanes(squares)
	c.VMULSS(perElement, mean, mean)
	c.VADDSS(epsilon, mean, mean)
	c.VSQRTSS(mean, mean, mean)
	c.VDIVSS(mean, one, mean)
	c.VMOVSS(mean, operand.Mem{Base: inverse})
	scale := l.broadcast(mean)

	l.loop("turn", half, func(low, high reg.GPVirtual) {
		a, b, cosine, sine, out := c.YMM(), c.YMM(), c.YMM(), c.YMM(), c.YMM()
		c.VMULPS(at(x, low), scale, a)
		c.VMULPS(at(x, high), scale, b)
		c.VMULPS(at(gain, low), a, a)
		c.VMULPS(at(gain, high), b, b)
		c.VMOVUPS(at(cos, low), cosine)
		c.VMOVUPS(at(sin, low), sine)
		c.VMULPS(a, cosine, out)
		c.VFNMADD231PS(b, sine, out)
		c.VMOVUPS(out, at(dst, low))
		c.VMULPS(b, cosine, cosine)
		c.VFMADD231PS(a, sine, cosine)
		c.VMOVUPS(cosine, at(dst, high))
	})
	c.LEAQ(operand.Mem{Base: dst, Index: half, Scale: 2}, dst)
	c.ADDQ(half, cos)
	c.ADDQ(half, sin)
	c.ADDQ(stride, x)
	c.ADDQ(operand.U8(4), inverse)
	c.DECQ(rows)
	c.JNZ(operand.LabelRef("row"))
	c.VZEROUPPER()
	c.RET()
}

func emitNormRotateGrad(c *build.Context) {
	start(c, "normRotateGradAVX2", "func(dx, dGain, dy, x *float32, stride uintptr, inverse, gain, cos, sin *float32, rows int, half uintptr)",
		"normRotateGradAVX2 is normRotateGrad. stride and half, which is m, are in bytes; m is",
		"a multiple of 8 and rows at least 1.")
	l := layer{c}
	dx, dGain, dy, x := l.argument("dx"), l.argument("dGain"), l.argument("dy"), l.argument("x")
	inverse, gain, cos, sin := l.argument("inverse"), l.argument("gain"), l.argument("cos"), l.argument("sin")
	rows, half := l.argument("rows"), l.argument("half")
	perElement := l.inverseWidth(half)

	c.Label("row")
	scale, along, more := c.YMM(), l.zero(), l.zero()
	c.VBROADCASTSS(operand.Mem{Base: inverse}, scale)
	ahead := l.ahead(dx, l.argument("stride"))
	l.loop("turn", half, func(low, high reg.GPVirtual) {
		a, b, cosine, sine := c.YMM(), c.YMM(), c.YMM(), c.YMM()
		c.VMOVUPS(at(dy, low), a)
		c.VMOVUPS(at(dy, high), b)
		c.VMOVUPS(at(cos, low), cosine)
		c.VMOVUPS(at(sin, low), sine)
		e, f := c.YMM(), c.YMM()
		c.VMULPS(a, cosine, e)
		c.VFMADD231PS(b, sine, e)
		c.VMULPS(b, cosine, f)
		c.VFNMADD231PS(a, sine, f)
		for _, part := range []struct {
			e, along reg.VecVirtual
			offset   reg.GPVirtual
		}{{e, along, low}, {f, more, high}} {
			c.VMOVUPS(part.e, at(dy, part.offset))
			c.VMULPS(at(x, part.offset), part.e, part.e)
			c.VFMADD231PS(at(gain, part.offset), part.e, part.along)
			c.VMULPS(part.e, scale, part.e)
			c.VADDPS(at(dGain, part.offset), part.e, part.e)
			c.VMOVUPS(part.e, at(dGain, part.offset))
		}
	})
	c.VADDPS(more, along, along)
	total := l.sumLanes(along)
	c.VMULSS(perElement, total, total)
	c.VMULSS(scale.AsX(), total, total)
	c.VMULSS(scale.AsX(), total, total)
	toward := l.broadcast(total)

	for _, label := range []string{"low", "high"} {
		l.loop(label, half, func(low, high reg.GPVirtual) {
			offset, e := low, c.YMM()
			if label == "high" {
				offset = high
			}
			c.PREFETCHT0(at(ahead, offset))
			c.VMOVUPS(at(dy, offset), e)
			c.VMULPS(at(gain, offset), e, e)
			c.VFNMADD231PS(at(x, offset), toward, e)
			c.VMULPS(scale, e, e)
			c.VMOVUPS(e, at(dx, offset))
		})
	}
	c.LEAQ(operand.Mem{Base: dy, Index: half, Scale: 2}, dy)
	c.ADDQ(half, cos)
	c.ADDQ(half, sin)
	stride := l.argument("stride")
	c.ADDQ(stride, x)
	c.ADDQ(stride, dx)
	c.ADDQ(operand.U8(4), inverse)
	c.DECQ(rows)
	c.JNZ(operand.LabelRef("row"))
	c.VZEROUPPER()
	c.RET()
}

// inChunks writes body for four vectors of channels at a time and then for
// one, while channels, a number, lasts. body moves its pointers on itself.
func (l layer) inChunks(channels reg.GPVirtual, body func(label string, vectors int)) {
	for _, chunk := range []struct {
		label   string
		vectors int
	}{{"four", 4}, {"one", 1}} {
		done := chunk.label + "Done"
		l.Label(chunk.label)
		l.CMPQ(channels, operand.U8(8*chunk.vectors))
		l.JLT(operand.LabelRef(done))
		body(chunk.label, chunk.vectors)
		l.SUBQ(operand.U8(8*chunk.vectors), channels)
		l.JMP(operand.LabelRef(chunk.label))
		l.Label(done)
	}
}

func (l layer) sums(vectors int) []reg.VecVirtual {
	sums := make([]reg.VecVirtual, vectors)
	for v := range sums {
		sums[v] = l.YMM()
	}
	return sums
}

func emitWindowDot(c *build.Context) {
	start(c, "windowDotAVX2", "func(dst, a, b *float32, aRow, aCol, bRow, bCol, rows, cols, channels int, accumulate bool)",
		"windowDotAVX2 is windowDot. Strides are in bytes and may be negative; channels is a",
		"multiple of 8, rows and cols at least 1.")
	l := layer{c}
	dst, a, b := l.argument("dst"), l.argument("a"), l.argument("b")
	aCol, bCol := l.argument("aCol"), l.argument("bCol")
	aRest, bRest := l.argument("aRow"), l.argument("bRow")
	for _, side := range []struct{ rest, col reg.GPVirtual }{{aRest, aCol}, {bRest, bCol}} {
		c.Comment("from the end of a row to the start of the next")
		width := l.argument("cols")
		c.IMULQ(side.col, width)
		c.SUBQ(width, side.rest)
	}
	channels := l.argument("channels")
	l.inChunks(channels, func(label string, vectors int) {
		sums := l.sums(vectors)
		accumulate := c.GP8()
		c.Load(c.Param("accumulate"), accumulate)
		for _, sum := range sums {
			c.VXORPS(sum, sum, sum)
		}
		c.TESTB(accumulate, accumulate)
		c.JZ(operand.LabelRef(label + "Start"))
		for v, sum := range sums {
			c.VMOVUPS(operand.Mem{Base: dst, Disp: vector * v}, sum)
		}
		c.Label(label + "Start")
		fromA, fromB := c.GP64(), c.GP64()
		c.MOVQ(a, fromA)
		c.MOVQ(b, fromB)
		row := l.argument("rows")
		c.Label(label + "Row")
		col := l.argument("cols")
		c.Label(label + "Col")
		for v, sum := range sums {
			factor := c.YMM()
			c.VMOVUPS(operand.Mem{Base: fromA, Disp: vector * v}, factor)
			c.VFMADD231PS(operand.Mem{Base: fromB, Disp: vector * v}, factor, sum)
		}
		c.ADDQ(aCol, fromA)
		c.ADDQ(bCol, fromB)
		c.DECQ(col)
		c.JNZ(operand.LabelRef(label + "Col"))
		c.ADDQ(aRest, fromA)
		c.ADDQ(bRest, fromB)
		c.DECQ(row)
		c.JNZ(operand.LabelRef(label + "Row"))
		for v, sum := range sums {
			c.VMOVUPS(sum, operand.Mem{Base: dst, Disp: vector * v})
		}
		for _, pointer := range []reg.GPVirtual{dst, a, b} {
			c.ADDQ(operand.U32(vector*vectors), pointer)
		}
	})
	c.VZEROUPPER()
	c.RET()
}

func emitDotRows(c *build.Context) {
	start(c, "dotRowsAVX2", "func(dst, x, rows *float32, n int, width uintptr)",
		"dotRowsAVX2 is dotRows for n rows, at least 1, of width bytes, a multiple of 32.")
	l := layer{c}
	dst, x, rows := l.argument("dst"), l.argument("x"), l.argument("rows")
	n, width := l.argument("n"), l.argument("width")
	c.Label("row")
	sum := l.zero()
	l.loop("dot", width, func(offset, _ reg.GPVirtual) {
		factor := c.YMM()
		c.VMOVUPS(at(x, offset), factor)
		c.VFMADD231PS(at(rows, offset), factor, sum)
	})
	c.VMOVSS(l.sumLanes(sum), operand.Mem{Base: dst})
	c.ADDQ(width, rows)
	c.ADDQ(operand.U8(4), dst)
	c.DECQ(n)
	c.JNZ(operand.LabelRef("row"))
	c.VZEROUPPER()
	c.RET()
}

func emitAddRows(c *build.Context) {
	start(c, "addRowsAVX2", "func(dst, weights, rows *float32, n, channels int)",
		"addRowsAVX2 is addRows for n rows, at least 1; channels is a multiple of 8.")
	l := layer{c}
	dst, weights, rows := l.argument("dst"), l.argument("weights"), l.argument("rows")
	channels, stride := l.argument("channels"), l.argument("channels")
	c.SHLQ(operand.U8(2), stride)
	l.inChunks(channels, func(label string, vectors int) {
		sums := l.sums(vectors)
		for v, sum := range sums {
			c.VMOVUPS(operand.Mem{Base: dst, Disp: vector * v}, sum)
		}
		from, weight := c.GP64(), c.GP64()
		c.MOVQ(rows, from)
		c.MOVQ(weights, weight)
		n := l.argument("n")
		c.Label(label + "Row")
		factor := c.YMM()
		c.VBROADCASTSS(operand.Mem{Base: weight}, factor)
		for v, sum := range sums {
			c.VFMADD231PS(operand.Mem{Base: from, Disp: vector * v}, factor, sum)
		}
		c.ADDQ(stride, from)
		c.ADDQ(operand.U8(4), weight)
		c.DECQ(n)
		c.JNZ(operand.LabelRef(label + "Row"))
		for v, sum := range sums {
			c.VMOVUPS(sum, operand.Mem{Base: dst, Disp: vector * v})
		}
		c.ADDQ(operand.U32(vector*vectors), dst)
		c.ADDQ(operand.U32(vector*vectors), rows)
	})
	c.VZEROUPPER()
	c.RET()
}

func emitSoftmaxGrad(c *build.Context) {
	start(c, "softmaxGradAVX2", "func(gradient, probability *float32, rows int, width uintptr)",
		"softmaxGradAVX2 is softmaxGrad for rows, at least 1, of width bytes, a multiple of 32.")
	l := layer{c}
	gradient, probability := l.argument("gradient"), l.argument("probability")
	rows, width := l.argument("rows"), l.argument("width")
	c.Label("row")
	sum := l.zero()
	l.loop("dot", width, func(offset, _ reg.GPVirtual) {
		p := c.YMM()
		c.VMOVUPS(at(probability, offset), p)
		c.VFMADD231PS(at(gradient, offset), p, sum)
	})
	mean := l.broadcast(l.sumLanes(sum))
	l.loop("apply", width, func(offset, _ reg.GPVirtual) {
		g := c.YMM()
		c.VMOVUPS(at(gradient, offset), g)
		c.VSUBPS(mean, g, g)
		c.VMULPS(at(probability, offset), g, g)
		c.VMOVUPS(g, at(gradient, offset))
	})
	c.ADDQ(width, gradient)
	c.ADDQ(width, probability)
	c.DECQ(rows)
	c.JNZ(operand.LabelRef("row"))
	c.VZEROUPPER()
	c.RET()
}

// inverseRMS returns 1/sqrt(sum of the lanes of squares / D + 1e-6) in every lane.
func (l layer) inverseRMS(squares, perElement, epsilon, one reg.VecVirtual) reg.VecVirtual {
	mean := l.sumLanes(squares)
	l.VMULSS(perElement, mean, mean)
	l.VADDSS(epsilon, mean, mean)
	l.VSQRTSS(mean, mean, mean)
	l.VDIVSS(mean, one, mean)
	return l.broadcast(mean)
}

// perElement returns 1/n in the low lane, given 4n.
func (l layer) perElement(width reg.GPVirtual) reg.VecVirtual {
	doubled := l.GP64()
	l.MOVQ(width, doubled)
	l.SHRQ(operand.U8(1), doubled)
	return l.inverseWidth(doubled)
}

// walk writes body for offsets from 0 in steps of one vector while they are under limit.
func (l layer) walk(label string, limit reg.GPVirtual, body func(offset reg.GPVirtual)) {
	offset := l.GP64()
	l.XORQ(offset, offset)
	l.Label(label)
	body(offset)
	l.ADDQ(operand.U8(vector), offset)
	l.CMPQ(offset, limit)
	l.JLT(operand.LabelRef(label))
}

func emitNormRows(c *build.Context) {
	start(c, "normRowsAVX2", "func(dst, x, gain, shift *float32, rows int, width uintptr)",
		"normRowsAVX2 is normRows for rows, at least 1, of width bytes, a multiple of 32.")
	l := layer{c}
	dst, x, gain, shift := l.argument("dst"), l.argument("x"), l.argument("gain"), l.argument("shift")
	rows, width := l.argument("rows"), l.argument("width")
	perElement, epsilon, one := l.perElement(width), l.constant(1e-6), l.constant(1)
	c.Label("row")
	squares := l.zero()
	l.walk("squares", width, func(offset reg.GPVirtual) {
		v := c.YMM()
		c.VMOVUPS(at(x, offset), v)
		c.VFMADD231PS(v, v, squares)
	})
	scale := l.inverseRMS(squares, perElement, epsilon, one)
	scaled := func(offset reg.GPVirtual) reg.VecVirtual {
		v := c.YMM()
		c.VMULPS(at(x, offset), scale, v)
		return v
	}
	c.TESTQ(shift, shift)
	c.JZ(operand.LabelRef("plain"))
	l.walk("shifted", width, func(offset reg.GPVirtual) {
		v, y := scaled(offset), c.YMM()
		c.VMOVUPS(at(shift, offset), y)
		c.VFMADD231PS(at(gain, offset), v, y)
		c.VMOVUPS(y, at(dst, offset))
	})
	c.JMP(operand.LabelRef("next"))
	c.Label("plain")
	l.walk("unshifted", width, func(offset reg.GPVirtual) {
		v := scaled(offset)
		c.VMULPS(at(gain, offset), v, v)
		c.VMOVUPS(v, at(dst, offset))
	})
	c.Label("next")
	c.ADDQ(width, dst)
	c.ADDQ(width, x)
	c.DECQ(rows)
	c.JNZ(operand.LabelRef("row"))
	c.VZEROUPPER()
	c.RET()
}

func emitNormGradRows(c *build.Context) {
	start(c, "normGradRowsAVX2", "func(dx, scaled, plain, dOut, x, gain, residual *float32, rows int, width uintptr)",
		"normGradRowsAVX2 is normGradRows for rows, at least 1, of width bytes, a multiple of 32.")
	l := layer{c}
	dx, dOut, x, gain := l.argument("dx"), l.argument("dOut"), l.argument("x"), l.argument("gain")
	scaled, plain, residual := l.argument("scaled"), l.argument("plain"), l.argument("residual")
	rows, width := l.argument("rows"), l.argument("width")
	perElement, epsilon, one := l.perElement(width), l.constant(1e-6), l.constant(1)
	c.Label("row")
	squares, along := l.zero(), l.zero()
	l.walk("sums", width, func(offset reg.GPVirtual) {
		v, g := c.YMM(), c.YMM()
		c.VMOVUPS(at(x, offset), v)
		c.VFMADD231PS(v, v, squares)
		c.VMULPS(at(dOut, offset), v, g)
		c.VFMADD231PS(at(gain, offset), g, along)
	})
	scale := l.inverseRMS(squares, perElement, epsilon, one)
	total := l.sumLanes(along)
	c.VMULSS(perElement, total, total)
	c.VMULSS(scale.AsX(), total, total)
	c.VMULSS(scale.AsX(), total, total)
	toward := l.broadcast(total)
	l.walk("apply", width, func(offset reg.GPVirtual) {
		v, g, sum := c.YMM(), c.YMM(), c.YMM()
		c.VMOVUPS(at(x, offset), v)
		c.VMOVUPS(at(dOut, offset), g)
		c.VADDPS(at(plain, offset), g, sum)
		c.VMOVUPS(sum, at(plain, offset))
		c.VMULPS(g, v, sum)
		c.VMULPS(scale, sum, sum)
		c.VADDPS(at(scaled, offset), sum, sum)
		c.VMOVUPS(sum, at(scaled, offset))
		c.VMULPS(at(gain, offset), g, g)
		c.VFNMADD231PS(v, toward, g)
		c.VMOVUPS(at(residual, offset), sum)
		c.VFMADD231PS(g, scale, sum)
		c.VMOVUPS(sum, at(dx, offset))
	})
	for _, pointer := range []reg.GPVirtual{dx, dOut, x, residual} {
		c.ADDQ(width, pointer)
	}
	c.DECQ(rows)
	c.JNZ(operand.LabelRef("row"))
	c.VZEROUPPER()
	c.RET()
}
