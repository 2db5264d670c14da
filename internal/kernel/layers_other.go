//go:build !amd64 || noasm

package kernel

func normRotate(dst, inverse, x []float32, stride int, gain, cos, sin []float32) {
	normRotateGeneric(dst, inverse, x, stride, gain, cos, sin)
}

func normRotateGrad(dx, dGain, dy, x []float32, stride int, inverse, gain, cos, sin []float32) {
	normRotateGradGeneric(dx, dGain, dy, x, stride, inverse, gain, cos, sin)
}

func windowDot(dst []float32, a, b window, rows, cols int, accumulate bool) {
	windowDotGeneric(dst, a, b, rows, cols, accumulate)
}

func dotRows(dst, x, rows []float32) { dotRowsGeneric(dst, x, rows) }

func addRows(dst, weights, rows []float32) { addRowsGeneric(dst, weights, rows) }

func softmaxGrad(gradient, probability []float32, rows, n int) {
	softmaxGradGeneric(gradient, probability, rows, n)
}

func normRows(dst, x, gain, shift []float32) { normRowsGeneric(dst, x, gain, shift) }

func normGradRows(dx, scaled, plain, dOut, x, gain, residual []float32) {
	normGradRowsGeneric(dx, scaled, plain, dOut, x, gain, residual)
}
