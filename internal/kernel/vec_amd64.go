//go:build !noasm

package kernel

// Each function below runs the best kernel of this machine.

func axpy(dst, x []float32, a float32) {
	if avx2 {
		axpyAVX2(dst, x, a)
		return
	}
	axpyGeneric(dst, x, a)
}

func mulAdd(dst, x, y []float32) {
	if avx2 {
		mulAddAVX2(dst, x, y)
		return
	}
	mulAddGeneric(dst, x, y)
}

func add(dst, x, y []float32) {
	if avx2 {
		addAVX2(dst, x, y)
		return
	}
	addGeneric(dst, x, y)
}

func mul(dst, x, y []float32) {
	if avx2 {
		mulAVX2(dst, x, y)
		return
	}
	mulGeneric(dst, x, y)
}

func scale(dst, x []float32, a float32) {
	if avx2 {
		scaleAVX2(dst, x, a)
		return
	}
	scaleGeneric(dst, x, a)
}

func lerp(dst, x []float32, a float32) {
	if avx2 {
		lerpAVX2(dst, x, a)
		return
	}
	lerpGeneric(dst, x, a)
}

func dot(x, y []float32) float32 {
	if avx2 {
		return dotAVX2(x, y)
	}
	return dotGeneric(x, y)
}

func sumSquares(x []float32) float32 {
	if avx2 {
		return sumSquaresAVX2(x)
	}
	return sumSquaresGeneric(x)
}

func sum(x []float32) float32 {
	if avx2 {
		return sumAVX2(x)
	}
	return sumGeneric(x)
}

func maximum(x []float32) float32 {
	if avx2 {
		return maximumAVX2(x)
	}
	return maximumGeneric(x)
}

func silu(dst, x []float32) {
	if avx2 {
		siluAVX2(dst, x)
		return
	}
	siluGeneric(dst, x)
}

func siluGrad(dx, dOut, x []float32) {
	if avx2 {
		siluGradAVX2(dx, dOut, x)
		return
	}
	siluGradGeneric(dx, dOut, x)
}

func swiGLU(dst, gate, up []float32) {
	if avx2 {
		swiGLUAVX2(dst, gate, up)
		return
	}
	swiGLUGeneric(dst, gate, up)
}

func swiGLUGrad(dst, dGate, dUp, dOut, gate, up []float32) {
	if avx2 {
		swiGLUGradAVX2(dst, dGate, dUp, dOut, gate, up)
		return
	}
	swiGLUGradGeneric(dst, dGate, dUp, dOut, gate, up)
}

func tanh(dst, x []float32) {
	if avx2 {
		tanhAVX2(dst, x)
		return
	}
	tanhGeneric(dst, x)
}

func tanhGrad(dx, dOut, out []float32) {
	if avx2 {
		tanhGradAVX2(dx, dOut, out)
		return
	}
	tanhGradGeneric(dx, dOut, out)
}

func expShifted(dst, x []float32, scale, shift float32) float32 {
	if avx2 {
		return expShiftedAVX2(dst, x, scale, shift)
	}
	return expShiftedGeneric(dst, x, scale, shift)
}

func adamW(param, grad, m, v []float32, c *adamWConstants) {
	if avx2 {
		adamWAVX2(param, m, v, grad, &c.beta1)
		return
	}
	adamWGeneric(param, grad, m, v, c)
}

func bf16FromFloat(dst []uint16, x []float32) {
	done := 0
	if avx2 && len(dst) >= 8 {
		done = len(dst) &^ 7
		bf16FromFloatAVX2(&dst[0], &x[0], done/8)
	}
	bf16FromFloatGeneric(dst[done:], x[done:])
}

func floatFromBF16(dst []float32, x []uint16) {
	done := 0
	if avx2 && len(dst) >= 8 {
		done = len(dst) &^ 7
		floatFromBF16AVX2(&dst[0], &x[0], done/8)
	}
	floatFromBF16Generic(dst[done:], x[done:])
}

func u8ToFloat(dst []float32, x []uint8) {
	done := 0
	if avx2 && len(dst) >= 8 {
		done = len(dst) &^ 7
		u8ToFloatAVX2(&dst[0], &x[0], done/8)
	}
	u8ToFloatGeneric(dst[done:], x[done:])
}

func floatToU8(dst []uint8, x []float32) {
	done := 0
	if avx2 && len(dst) >= 8 {
		done = len(dst) &^ 7
		floatToU8AVX2(&dst[0], &x[0], done/8)
	}
	floatToU8Generic(dst[done:], x[done:])
}
