package kernel

// SiLU is the sigmoid linear unit (Elfwing et al., 2017); dst may be x:
//
//	for i: dst[i] = x[i] / (1 + exp(-x[i]))
func SiLU(dst, x []float32) {
	checkPair(dst, x)
	silu(dst, x)
}

// SiLUGrad is the gradient of SiLU; dx may be dOut or x:
//
//	for i: s = 1 / (1 + exp(-x[i])); dx[i] = dOut[i] * s * (1 + x[i] * (1 - s))
func SiLUGrad(dx, dOut, x []float32) {
	checkTriple(dx, dOut, x)
	siluGrad(dx, dOut, x)
}

// SwiGLU gates one half of a layer by the SiLU of the other (Shazeer, 2020);
// dst may be gate or up:
//
//	for i: dst[i] = silu(gate[i]) * up[i]
func SwiGLU(dst, gate, up []float32) {
	checkTriple(dst, gate, up)
	swiGLU(dst, gate, up)
}

// SwiGLUGrad is SwiGLU once more and its gradient; dGate may be gate and dUp may be up:
//
//	for i:
//		s = 1 / (1 + exp(-gate[i]))
//		dst[i] = gate[i] * s * up[i]
//		dGate[i] = dOut[i] * up[i] * s * (1 + gate[i] * (1 - s))
//		dUp[i] = dOut[i] * gate[i] * s
func SwiGLUGrad(dst, dGate, dUp, dOut, gate, up []float32) {
	checkTriple(dGate, dUp, dOut)
	checkTriple(dGate, gate, up)
	checkPair(dst, dOut)
	swiGLUGrad(dst, dGate, dUp, dOut, gate, up)
}

// Tanh is the hyperbolic tangent; dst may be x:
//
//	for i: dst[i] = tanh(x[i])
func Tanh(dst, x []float32) {
	checkPair(dst, x)
	tanh(dst, x)
}

// TanhGrad is the gradient of Tanh, from its output; dx may be dOut or out:
//
//	for i: dx[i] = dOut[i] * (1 - out[i]*out[i])
func TanhGrad(dx, dOut, out []float32) {
	checkTriple(dx, dOut, out)
	tanhGrad(dx, dOut, out)
}

// Exp is the exponential, within 2e-7 of itself; dst may be x. Below -87.3 it
// is 0, and above 88.37 it stays at its value there, 2.4e38, so that it is
// never subnormal and never infinite; NaN stays NaN:
//
//	for i: dst[i] = exp(x[i])
func Exp(dst, x []float32) {
	checkPair(dst, x)
	expShifted(dst, x, 1, 0)
}

// SoftmaxRow turns one row of scores into probabilities; dst may be x. Scores
// of -Inf get probability 0; a row of nothing else becomes all zeros:
//
//	largest = max over i of scale*x[i]
//	for i: dst[i] = exp(scale*x[i] - largest); sum += dst[i]
//	for i: dst[i] /= sum
//
// It returns log(sum) + largest, the log of the sum of exponentials, -Inf for a
// row without mass. scale must be positive.
func SoftmaxRow(dst, x []float32, scale float32) float32 {
	checkPair(dst, x)
	if scale <= 0 {
		panic("kernel: SoftmaxRow scale is not positive")
	}
	return softmaxRow(dst, x, scale)
}
