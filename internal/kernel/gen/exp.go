package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Bounds and coefficients of the exponential and the hyperbolic tangent of the
// Cephes library (Moshier, expf.c and tanhf.c), which is in the public domain.
const (
	expHighest = 88.3762626647950
	expLowest  = -87.3365447504
	log2e      = 1.44269504088896341
	ln2High    = 0.693359375
	ln2Low     = -2.12194440e-4
)

var expCoefficients = []float32{1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2,
	1.6666665459e-1, 5.0000001201e-1, 1, 1}

var tanhCoefficients = []float32{-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1,
	-3.33332819422e-1}

const tanhSmall = 0.625

// float returns the memory that holds 8 copies of a number: constants of the
// exponential are read from there, registers being too few.
func (w *writer) float(name string, value float32) operand.Mem {
	return w.words(name, operand.F32(value))
}

func (w *writer) words(name string, word operand.Constant) operand.Mem {
	tables := wordTables[w.Context]
	if tables == nil {
		tables = map[string]operand.Mem{}
		wordTables[w.Context] = tables
	}
	if _, ok := tables[name]; !ok {
		tables[name] = w.StaticGlobal(name)
		w.DataAttributes(attrReadOnly)
		for range lanes {
			w.AppendDatum(word)
		}
	}
	return tables[name]
}

// wordTables holds the constants of each file by name.
var wordTables = map[*build.Context]map[string]operand.Mem{}

// exp writes x = exp(x): 2^n times a polynomial of what is left of x, within
// 1e-7 of itself; 0 below -87.3 and limited above 88.37; NaN stays.
func (w *writer) exp(x reg.VecVirtual) reg.VecVirtual {
	n, r, y, inside := w.YMM(), w.YMM(), w.YMM(), w.YMM()
	w.VMOVUPS(w.float("expHighest", expHighest), r)
	w.VMINPS(x, r, x)
	const notLess = 0x15
	w.VCMPPS(operand.Imm(notLess), w.float("expLowest", expLowest), x, inside)
	w.VMULPS(w.float("log2e", log2e), x, n)
	w.VROUNDPS(operand.Imm(0), n, n)
	w.VMOVAPS(x, r)
	w.VFNMADD231PS(w.float("ln2High", ln2High), n, r)
	w.VFNMADD231PS(w.float("ln2Low", ln2Low), n, r)
	w.VMOVUPS(w.float("exp0", expCoefficients[0]), y)
	for i, c := range expCoefficients[1:] {
		w.VFMADD213PS(w.float("exp"+string(rune('1'+i)), c), r, y)
	}
	w.VCVTPS2DQ(n, n)
	w.VPSLLD(operand.Imm(23), n, n)
	w.VPADDD(n, y, y)
	w.VANDPS(inside, y, y)
	return y
}

// sigmoid writes 1 / (1 + exp(-x)) and leaves x.
func (w *writer) sigmoid(x reg.VecVirtual) reg.VecVirtual {
	minus, s := w.YMM(), w.YMM()
	w.VXORPS(w.words("signBit", operand.U32(0x80000000)), x, minus)
	e := w.exp(minus)
	w.VMOVUPS(w.float("exp7", 1), s)
	w.VADDPS(s, e, e)
	w.VDIVPS(e, s, s)
	return s
}

// expLoops is the table of the functions that need the exponential.
var expLoops = []loop{
	{
		name:  "expShiftedAVX2",
		doc:   "expShiftedAVX2 returns the sum of what it writes:\n\n\tfor i: dst[i] = exp(scale*x[i] - shift); sum += dst[i]",
		loads: []string{"x"}, stores: []string{"dst"}, scalars: []string{"scale", "shift"}, reduces: true, unroll: 2,
		prepare: func(w *writer) { w.zeroSums(2) },
		body: func(w *writer, v vectors) vectors {
			w.VFMSUB213PS(w.constants["shift"], w.constants["scale"], v[0])
			y := w.exp(v[0])
			if w.mask != nil {
				w.VANDPS(w.mask, y, y)
			}
			w.VADDPS(y, w.sum(), w.sum())
			return vectors{y}
		},
		finish: func(w *writer) reg.VecVirtual { return w.combine(w.VADDPS) },
	},
	{
		name: "siluAVX2", doc: "siluAVX2 is the sigmoid linear unit:\n\n\tfor i: dst[i] = x[i] / (1 + exp(-x[i]))",
		loads: []string{"x"}, stores: []string{"dst"}, unroll: 2,
		body: func(w *writer, v vectors) vectors {
			s := w.sigmoid(v[0])
			w.VMULPS(v[0], s, s)
			return vectors{s}
		},
	},
	{
		name:  "siluGradAVX2",
		doc:   "siluGradAVX2 is the gradient of silu:\n\n\tfor i: s = 1 / (1 + exp(-x[i])); dst[i] = dOut[i] * s * (1 + x[i] * (1 - s))",
		loads: []string{"dOut", "x"}, stores: []string{"dst"}, unroll: 2,
		body: func(w *writer, v vectors) vectors {
			s := w.sigmoid(v[1])
			w.slope(s, v[1])
			w.VMULPS(v[0], s, s)
			w.VMULPS(v[1], s, s)
			return vectors{s}
		},
	},
	{
		name: "swiGLUAVX2", doc: "swiGLUAVX2 gates:\n\n\tfor i: dst[i] = silu(gate[i]) * up[i]",
		loads: []string{"gate", "up"}, stores: []string{"dst"}, unroll: 2,
		body: func(w *writer, v vectors) vectors {
			s := w.sigmoid(v[0])
			w.VMULPS(v[0], s, s)
			w.VMULPS(v[1], s, s)
			return vectors{s}
		},
	},
	{
		name: "swiGLUGradAVX2",
		doc: "swiGLUGradAVX2 is swiGLU and its gradient:\n\n\tfor i:\n\t\ts = 1 / (1 + exp(-gate[i]))\n\t\tdst[i] = gate[i] * s * up[i]\n" +
			"\t\tdGate[i] = dOut[i] * up[i] * s * (1 + gate[i] * (1 - s))\n\t\tdUp[i] = dOut[i] * gate[i] * s",
		loads: []string{"dOut", "gate", "up"}, stores: []string{"dst", "dGate", "dUp"},
		body: func(w *writer, v vectors) vectors {
			dOut, gate, up := v[0], v[1], v[2]
			s, dUp, out := w.sigmoid(gate), w.YMM(), w.YMM()
			w.VMULPS(gate, s, dUp)
			w.VMULPS(up, dUp, out)
			w.VMULPS(dOut, dUp, dUp)
			w.slope(s, gate)
			w.VMULPS(dOut, s, s)
			w.VMULPS(gate, s, s)
			w.VMULPS(up, s, s)
			return vectors{out, s, dUp}
		},
	},
	{
		name: "tanhAVX2", doc: "tanhAVX2 is the hyperbolic tangent:\n\n\tfor i: dst[i] = tanh(x[i])",
		loads: []string{"x"}, stores: []string{"dst"}, unroll: 2,
		body: func(w *writer, v vectors) vectors { return vectors{w.tanh(v[0])} },
	},
}

// slope writes gate = 1 + gate*(1-s).
func (w *writer) slope(s, gate reg.VecVirtual) {
	t := w.YMM()
	w.VMOVUPS(w.float("exp7", 1), t)
	w.VSUBPS(s, t, t)
	w.VFMADD213PS(w.float("exp7", 1), t, gate)
}

// tanh is an odd polynomial for small x, and otherwise the sign of x times
// (1 - e) / (1 + e) with e = exp(-2|x|).
func (w *writer) tanh(x reg.VecVirtual) reg.VecVirtual {
	sign, size, e, one := w.YMM(), w.YMM(), w.YMM(), w.YMM()
	w.VANDPS(w.words("signBit", operand.U32(0x80000000)), x, sign)
	w.VXORPS(sign, x, size)
	w.VMULPS(w.float("minusTwo", -2), size, e)
	e = w.exp(e)
	w.VMOVUPS(w.float("exp7", 1), one)
	large := w.YMM()
	w.VSUBPS(e, one, large)
	w.VADDPS(one, e, e)
	w.VDIVPS(e, large, large)
	w.VORPS(sign, large, large)
	z, y := w.YMM(), w.YMM()
	w.VMULPS(x, x, z)
	w.VMOVUPS(w.float("tanh0", tanhCoefficients[0]), y)
	for i, c := range tanhCoefficients[1:] {
		w.VFMADD213PS(w.float("tanh"+string(rune('1'+i)), c), z, y)
	}
	w.VMULPS(z, y, y)
	w.VFMADD213PS(x, x, y)
	const less = 0x11
	w.VCMPPS(operand.Imm(less), w.float("tanhSmall", tanhSmall), size, size)
	w.VBLENDVPS(size, y, large, y)
	return y
}

func emitExp(c *build.Context) {
	for i := range expLoops {
		expLoops[i].emit(c)
	}
}
