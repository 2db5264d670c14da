package kernel

// normRotateGeneric normalises the rows of x to unit mean square, multiplies them by
// a gain and turns them, with m = d/2 and d = len(gain):
//
//	inverse[r] = 1/sqrt(mean_i(x[r,i]^2) + 1e-6)
//	n[i]       = x[r,i] * inverse[r] * gain[i]
//	dst[r,i]   = n[i]*cos[r,i] - n[i+m]*sin[r,i]
//	dst[r,i+m] = n[i+m]*cos[r,i] + n[i]*sin[r,i]     0 <= i < m
//
//	dst: [rows, d]   x: rows of d values, stride apart   cos, sin: [rows, m]
func normRotateGeneric(dst, inverse, x []float32, stride int, gain, cos, sin []float32) {
	d := len(gain)
	m := d / 2
	for r := range inverse {
		row := x[r*stride : r*stride+d]
		inv := inverseRMS(row)
		inverse[r] = inv
		low, high := row[:m], row[m:d]
		gainLow, gainHigh := gain[:m], gain[m:d]
		c, s := cos[r*m:(r+1)*m], sin[r*m:(r+1)*m]
		outLow, outHigh := dst[r*d:r*d+m], dst[r*d+m:(r+1)*d]
		for i := range m {
			a := low[i] * inv * gainLow[i]
			b := high[i] * inv * gainHigh[i]
			outLow[i] = a*c[i] - b*s[i]
			outHigh[i] = b*c[i] + a*s[i]
		}
	}
}

// normRotateGradGeneric is the gradient of normRotate. It writes dx, in rows stride
// apart as those of x, and adds to dGain:
//
//	e[i]      = dy[r,i]*cos[r,i] + dy[r,i+m]*sin[r,i]
//	e[i+m]    = dy[r,i+m]*cos[r,i] - dy[r,i]*sin[r,i]
//	dGain[i] += e[i] * x[r,i] * inverse[r]
//	c         = sum_i(e[i]*gain[i]*x[r,i]) * inverse[r]^2 / d
//	dx[r,i]   = (e[i]*gain[i] - c*x[r,i]) * inverse[r]
//
// dy [rows, d] is overwritten with e.
func normRotateGradGeneric(dx, dGain, dy, x []float32, stride int, inverse, gain, cos, sin []float32) {
	d := len(gain)
	m := d / 2
	for r, inv := range inverse {
		row := x[r*stride : r*stride+d]
		c, s := cos[r*m:(r+1)*m], sin[r*m:(r+1)*m]
		e := dy[r*d : (r+1)*d]
		low, high := e[:m], e[m:d]
		for i := range m {
			a, b := low[i], high[i]
			low[i] = a*c[i] + b*s[i]
			high[i] = b*c[i] - a*s[i]
		}
		normGradRow(dx[r*stride:r*stride+d], dGain, e, row, gain, inv)
	}
}

// normGradRow is the part of normRotateGradGeneric behind the rotation.
func normGradRow(dx, dGain, e, x, gain []float32, inverse float32) {
	x, e, gain, dGain = x[:len(dx)], e[:len(dx)], gain[:len(dx)], dGain[:len(dx)]
	var along float32
	for i := range dx {
		product := e[i] * x[i]
		dGain[i] += product * inverse
		along += product * gain[i]
	}
	along *= inverse * inverse / float32(len(dx))
	for i := range dx {
		dx[i] = (e[i]*gain[i] - along*x[i]) * inverse
	}
}
