//go:build !noasm

package kernel

// floatBytes is the size of a float32.
const floatBytes = 4

func normRotate(dst, inverse, x []float32, stride int, gain, cos, sin []float32) {
	if !avx2 || len(gain)%16 != 0 || len(inverse) == 0 {
		normRotateGeneric(dst, inverse, x, stride, gain, cos, sin)
		return
	}
	normRotateAVX2(&dst[0], &inverse[0], &x[0], uintptr(stride*floatBytes), &gain[0], &cos[0], &sin[0],
		len(inverse), uintptr(len(gain)/2*floatBytes))
}

func normRotateGrad(dx, dGain, dy, x []float32, stride int, inverse, gain, cos, sin []float32) {
	if !avx2 || len(gain)%16 != 0 || len(inverse) == 0 {
		normRotateGradGeneric(dx, dGain, dy, x, stride, inverse, gain, cos, sin)
		return
	}
	normRotateGradAVX2(&dx[0], &dGain[0], &dy[0], &x[0], uintptr(stride*floatBytes), &inverse[0], &gain[0], &cos[0], &sin[0],
		len(inverse), uintptr(len(gain)/2*floatBytes))
}

func windowDot(dst []float32, a, b window, rows, cols int, accumulate bool) {
	fast := 0
	if avx2 {
		fast = len(dst) &^ 7
	}
	if fast > 0 {
		windowDotAVX2(&dst[0], &a.data[a.at], &b.data[b.at], a.row*floatBytes, a.col*floatBytes,
			b.row*floatBytes, b.col*floatBytes, rows, cols, fast, accumulate)
	}
	if fast < len(dst) {
		a.at, b.at = a.at+fast, b.at+fast
		windowDotGeneric(dst[fast:], a, b, rows, cols, accumulate)
	}
}

func dotRows(dst, x, rows []float32) {
	if !avx2 || len(x)%8 != 0 || len(dst) == 0 {
		dotRowsGeneric(dst, x, rows)
		return
	}
	dotRowsAVX2(&dst[0], &x[0], &rows[0], len(dst), uintptr(len(x)*floatBytes))
}

func addRows(dst, weights, rows []float32) {
	if !avx2 || len(dst)%8 != 0 || len(weights) == 0 {
		addRowsGeneric(dst, weights, rows)
		return
	}
	addRowsAVX2(&dst[0], &weights[0], &rows[0], len(weights), len(dst))
}

func softmaxGrad(gradient, probability []float32, rows, n int) {
	if !avx2 || n%8 != 0 || rows == 0 || n == 0 {
		softmaxGradGeneric(gradient, probability, rows, n)
		return
	}
	softmaxGradAVX2(&gradient[0], &probability[0], rows, uintptr(n*floatBytes))
}

func normRows(dst, x, gain, shift []float32) {
	if !avx2 || len(gain)%8 != 0 || len(x) == 0 {
		normRowsGeneric(dst, x, gain, shift)
		return
	}
	var offset *float32
	if shift != nil {
		offset = &shift[0]
	}
	normRowsAVX2(&dst[0], &x[0], &gain[0], offset, len(x)/len(gain), uintptr(len(gain)*floatBytes))
}

func normGradRows(dx, scaled, plain, dOut, x, gain, residual []float32) {
	if !avx2 || len(gain)%8 != 0 || len(x) == 0 {
		normGradRowsGeneric(dx, scaled, plain, dOut, x, gain, residual)
		return
	}
	normGradRowsAVX2(&dx[0], &scaled[0], &plain[0], &dOut[0], &x[0], &gain[0], &residual[0],
		len(x)/len(gain), uintptr(len(gain)*floatBytes))
}
