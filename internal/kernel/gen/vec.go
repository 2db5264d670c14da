package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const attrReadOnly = attr.RODATA | attr.NOPTR

type vectors = []reg.VecVirtual

// vectorLoops is the table of the elementwise functions and the reductions.
var vectorLoops = []loop{
	{
		name: "axpyAVX2", doc: "axpyAVX2 adds a multiple:\n\n\tfor i: dst[i] += a * x[i]",
		loads: []string{"dst", "x"}, stores: []string{"dst"}, scalars: []string{"a"}, unroll: 4,
		body: func(w *writer, v vectors) vectors {
			w.VFMADD231PS(v[1], w.constants["a"], v[0])
			return v[:1]
		},
	},
	{
		name: "mulAddAVX2", doc: "mulAddAVX2 adds an elementwise product:\n\n\tfor i: dst[i] += x[i] * y[i]",
		loads: []string{"dst", "x", "y"}, stores: []string{"dst"}, unroll: 4,
		body: func(w *writer, v vectors) vectors {
			w.VFMADD231PS(v[1], v[2], v[0])
			return v[:1]
		},
	},
	{
		name: "addAVX2", doc: "addAVX2 sums:\n\n\tfor i: dst[i] = x[i] + y[i]",
		loads: []string{"x", "y"}, stores: []string{"dst"}, unroll: 4,
		body: func(w *writer, v vectors) vectors {
			w.VADDPS(v[1], v[0], v[0])
			return v[:1]
		},
	},
	{
		name: "mulAVX2", doc: "mulAVX2 multiplies:\n\n\tfor i: dst[i] = x[i] * y[i]",
		loads: []string{"x", "y"}, stores: []string{"dst"}, unroll: 4,
		body: func(w *writer, v vectors) vectors {
			w.VMULPS(v[1], v[0], v[0])
			return v[:1]
		},
	},
	{
		name: "scaleAVX2", doc: "scaleAVX2 multiplies by a number:\n\n\tfor i: dst[i] = a * x[i]",
		loads: []string{"x"}, stores: []string{"dst"}, scalars: []string{"a"}, unroll: 4,
		body: func(w *writer, v vectors) vectors {
			w.VMULPS(w.constants["a"], v[0], v[0])
			return v
		},
	},
	{
		name: "lerpAVX2", doc: "lerpAVX2 moves a part of the way:\n\n\tfor i: dst[i] += a * (x[i] - dst[i])",
		loads: []string{"dst", "x"}, stores: []string{"dst"}, scalars: []string{"a"}, unroll: 4,
		body: func(w *writer, v vectors) vectors {
			w.VSUBPS(v[0], v[1], v[1])
			w.VFMADD231PS(v[1], w.constants["a"], v[0])
			return v[:1]
		},
	},
	{
		name: "tanhGradAVX2", doc: "tanhGradAVX2 is the gradient of tanh from its output:\n\n\tfor i: dst[i] = dOut[i] * (1 - out[i]*out[i])",
		loads: []string{"dOut", "out"}, stores: []string{"dst"}, unroll: 4,
		body: func(w *writer, v vectors) vectors {
			w.VMULPS(v[1], v[1], v[1])
			w.VFNMADD213PS(v[0], v[0], v[1])
			return v[1:]
		},
	},
	{
		name: "dotAVX2", doc: "dotAVX2 returns the inner product:\n\n\tfor i: sum += x[i] * y[i]",
		loads: []string{"x", "y"}, reduces: true, unroll: 4,
		prepare: func(w *writer) { w.zeroSums(4) },
		body: func(w *writer, v vectors) vectors {
			w.VFMADD231PS(v[0], v[1], w.sum())
			return nil
		},
		finish: func(w *writer) reg.VecVirtual { return w.combine(w.VADDPS) },
	},
	{
		name: "sumSquaresAVX2", doc: "sumSquaresAVX2 returns the squared length:\n\n\tfor i: sum += x[i] * x[i]",
		loads: []string{"x"}, reduces: true, unroll: 4,
		prepare: func(w *writer) { w.zeroSums(4) },
		body: func(w *writer, v vectors) vectors {
			w.VFMADD231PS(v[0], v[0], w.sum())
			return nil
		},
		finish: func(w *writer) reg.VecVirtual { return w.combine(w.VADDPS) },
	},
	{
		name: "sumAVX2", doc: "sumAVX2 returns the sum:\n\n\tfor i: sum += x[i]",
		loads: []string{"x"}, reduces: true, unroll: 4,
		prepare: func(w *writer) { w.zeroSums(4) },
		body: func(w *writer, v vectors) vectors {
			w.VADDPS(v[0], w.sum(), w.sum())
			return nil
		},
		finish: func(w *writer) reg.VecVirtual { return w.combine(w.VADDPS) },
	},
	{
		name: "maximumAVX2", doc: "maximumAVX2 returns the largest element, -Inf if there is none:\n\n\tfor i: largest = max(largest, x[i])",
		loads: []string{"x"}, reduces: true, unroll: 4,
		prepare: func(w *writer) {
			w.constant("least", operand.U32(0xff800000)) // -Inf
			for range 4 {
				x := w.YMM()
				w.VMOVAPS(w.constants["least"], x)
				w.sums = append(w.sums, x)
			}
		},
		body: func(w *writer, v vectors) vectors {
			if w.mask != nil {
				w.VBLENDVPS(w.mask, v[0], w.constants["least"], v[0])
			}
			w.VMAXPS(v[0], w.sum(), w.sum())
			return nil
		},
		finish: func(w *writer) reg.VecVirtual { return w.combine(w.VMAXPS) },
	},
}

func emitVectors(c *build.Context) {
	for i := range vectorLoops {
		vectorLoops[i].emit(c)
	}
	emitAdamW(c)
}

// emitAdamW writes the optimiser's loop, whose constants come by pointer.
func emitAdamW(c *build.Context) {
	l := loop{
		name: "adamWAVX2",
		doc: "adamWAVX2 is one step of AdamW, where c points to the first of adamWConstants:\n\n" +
			"\tfor i:\n\t\tg = gradScale * grad[i]\n\t\tm[i] = beta1*m[i] + rest1*g\n\t\tv[i] = beta2*v[i] + rest2*g*g\n" +
			"\t\tparam[i] = keep*param[i] - rate*m[i] / (sqrt(v[i]*unbias) + epsilon)",
		loads: []string{"param", "grad", "m", "v"}, stores: []string{"param", "m", "v"},
		extra: "c *float32",
		prepare: func(w *writer) {
			from := w.Load(w.Param("c"), w.GP64())
			for i, name := range []string{"beta1", "beta2", "rest1", "rest2", "gradScale", "keep", "rate", "unbias", "epsilon"} {
				x := w.YMM()
				w.VBROADCASTSS(operand.Mem{Base: from, Disp: 4 * i}, x)
				w.constants[name] = x
			}
		},
		body: func(w *writer, x vectors) vectors {
			param, grad, m, v := x[0], x[1], x[2], x[3]
			w.VMULPS(w.constants["gradScale"], grad, grad)
			w.VMULPS(w.constants["beta1"], m, m)
			w.VFMADD231PS(w.constants["rest1"], grad, m)
			w.VMULPS(grad, grad, grad)
			w.VMULPS(w.constants["beta2"], v, v)
			w.VFMADD231PS(w.constants["rest2"], grad, v)
			root, step := w.YMM(), w.YMM()
			w.VMULPS(w.constants["unbias"], v, root)
			w.VSQRTPS(root, root)
			w.VADDPS(w.constants["epsilon"], root, root)
			w.VMULPS(w.constants["rate"], m, step)
			w.VDIVPS(root, step, step)
			w.VFMSUB213PS(step, w.constants["keep"], param)
			return vectors{param, m, v}
		},
	}
	l.emit(c)
}
