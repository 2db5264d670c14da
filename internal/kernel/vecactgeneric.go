package kernel

import "math"

// The exponential is limited to its highest argument, so that it stays finite,
// and is 0 below its lowest, so that it is never subnormal.
const (
	expHighest = 88.3762626647950
	expLowest  = -87.3365447504
)

func exp32(x float32) float32 {
	if x < expLowest {
		return 0
	}
	if x > expHighest {
		x = expHighest
	}
	return float32(math.Exp(float64(x)))
}

func sigmoid32(x float32) float32 { return 1 / (1 + exp32(-x)) }

func siluGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = v * sigmoid32(v)
	}
}

func siluGradGeneric(dx, dOut, x []float32) {
	for i, v := range x {
		s := sigmoid32(v)
		dx[i] = dOut[i] * s * (1 + v*(1-s))
	}
}

func swiGLUGeneric(dst, gate, up []float32) {
	for i, g := range gate {
		dst[i] = g * sigmoid32(g) * up[i]
	}
}

func swiGLUGradGeneric(dst, dGate, dUp, dOut, gate, up []float32) {
	for i, g := range gate {
		s, d, u := sigmoid32(g), dOut[i], up[i]
		dst[i] = g * s * u
		dGate[i] = d * u * s * (1 + g*(1-s))
		dUp[i] = d * g * s
	}
}

func tanhGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(math.Tanh(float64(v)))
	}
}

func tanhGradGeneric(dx, dOut, out []float32) {
	for i, y := range out {
		dx[i] = dOut[i] * (1 - y*y)
	}
}

// expShiftedGeneric: for i: dst[i] = exp(scale*x[i] - shift); sum += dst[i].
func expShiftedGeneric(dst, x []float32, scale, shift float32) (sum float32) {
	for i, v := range x {
		e := exp32(scale*v - shift)
		dst[i] = e
		sum += e
	}
	return sum
}

// softmaxRow is built of the dispatched kernels.
func softmaxRow(dst, x []float32, scale32 float32) float32 {
	if len(x) == 0 {
		return float32(math.Inf(-1))
	}
	largest := scale32 * maximum(x)
	if math.IsInf(float64(largest), -1) {
		clear(dst)
		return largest
	}
	total := expShifted(dst, x, scale32, largest)
	scale(dst, dst, 1/total)
	return largest + float32(math.Log(float64(total)))
}
