package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// emitConvert writes the conversions. They work on whole vectors of 8 only: the
// caller does the rest.
func emitConvert(c *build.Context) {
	conversion(c, "bf16FromFloatAVX2", "func(dst *uint16, x *float32, blocks int)", 16, 32,
		"bf16FromFloatAVX2 rounds to nearest even:\n\n\tfor i in 8*blocks: dst[i] = upper 16 bits of round(x[i])", bf16FromFloat)
	conversion(c, "floatFromBF16AVX2", "func(dst *float32, x *uint16, blocks int)", 32, 16,
		"floatFromBF16AVX2 widens:\n\n\tfor i in 8*blocks: dst[i] = float with upper 16 bits x[i]", floatFromBF16)
	conversion(c, "u8ToFloatAVX2", "func(dst *float32, x *uint8, blocks int)", 32, 8,
		"u8ToFloatAVX2 maps bytes to -1..1:\n\n\tfor i in 8*blocks: dst[i] = x[i]/127.5 - 1", u8ToFloat)
	conversion(c, "floatToU8AVX2", "func(dst *uint8, x *float32, blocks int)", 8, 32,
		"floatToU8AVX2 maps -1..1 to bytes:\n\n\tfor i in 8*blocks: dst[i] = round(clamp((x[i]+1)*127.5, 0, 255))", floatToU8)
}

// conversion writes a loop whose pointers move by so many bytes for 8 elements.
func conversion(c *build.Context, name, signature string, dstBytes, srcBytes int, doc string, body func(w *writer, dst, src operand.Mem)) {
	start(c, name, signature, lines(doc)...)
	w := &writer{Context: c, constants: map[string]reg.VecVirtual{}}
	dst := c.Load(c.Param("dst"), c.GP64())
	src := c.Load(c.Param("x"), c.GP64())
	blocks := c.Load(c.Param("blocks"), c.GP64())
	c.Label("block")
	body(w, operand.Mem{Base: dst}, operand.Mem{Base: src})
	c.ADDQ(operand.Imm(uint64(dstBytes)), dst)
	c.ADDQ(operand.Imm(uint64(srcBytes)), src)
	c.DECQ(blocks)
	c.JNZ(operand.LabelRef("block"))
	c.VZEROUPPER()
	c.RET()
}

func bf16FromFloat(w *writer, dst, src operand.Mem) {
	x, odd, nan, high := w.YMM(), w.YMM(), w.YMM(), w.YMM()
	w.VMOVUPS(src, x)
	const unordered = 3
	w.VCMPPS(operand.Imm(unordered), x, x, nan)
	w.VPSRLD(operand.Imm(16), x, high)
	w.VPAND(w.words("one", operand.U32(1)), high, odd)
	w.VPADDD(w.words("half", operand.U32(0x7fff)), odd, odd)
	w.VPADDD(x, odd, odd)
	w.VPSRLD(operand.Imm(16), odd, odd)
	w.VPOR(w.words("quiet", operand.U32(0x40)), high, high)
	w.VBLENDVPS(nan, high, odd, odd)
	w.VEXTRACTI128(operand.Imm(1), odd, high.AsX())
	w.VPACKUSDW(high.AsX(), odd.AsX(), odd.AsX())
	w.VMOVDQU(odd.AsX(), dst)
}

func floatFromBF16(w *writer, dst, src operand.Mem) {
	x := w.YMM()
	w.VPMOVZXWD(src, x)
	w.VPSLLD(operand.Imm(16), x, x)
	w.VMOVDQU(x, dst)
}

func u8ToFloat(w *writer, dst, src operand.Mem) {
	x := w.YMM()
	w.VPMOVZXBD(src, x)
	w.VCVTDQ2PS(x, x)
	w.VDIVPS(w.float("middle", 127.5), x, x)
	w.VSUBPS(w.float("oneFloat", 1), x, x)
	w.VMOVUPS(x, dst)
}

func floatToU8(w *writer, dst, src operand.Mem) {
	x, limit := w.YMM(), w.YMM()
	w.VMOVUPS(src, x)
	w.VADDPS(w.float("oneFloat", 1), x, x)
	w.VMULPS(w.float("middle", 127.5), x, x)
	w.VXORPS(limit, limit, limit)
	w.VMAXPS(limit, x, x) // the second of the two if one is NaN
	w.VMINPS(w.float("highest", 255), x, x)
	w.VCVTPS2DQ(x, x)
	w.VEXTRACTI128(operand.Imm(1), x, limit.AsX())
	w.VPACKUSDW(limit.AsX(), x.AsX(), x.AsX())
	w.VPACKUSWB(x.AsX(), x.AsX(), x.AsX())
	w.VMOVQ(x.AsX(), dst)
}
