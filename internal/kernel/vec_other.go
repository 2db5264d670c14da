//go:build !amd64 || noasm

package kernel

func axpy(dst, x []float32, a float32)  { axpyGeneric(dst, x, a) }
func mulAdd(dst, x, y []float32)        { mulAddGeneric(dst, x, y) }
func add(dst, x, y []float32)           { addGeneric(dst, x, y) }
func mul(dst, x, y []float32)           { mulGeneric(dst, x, y) }
func scale(dst, x []float32, a float32) { scaleGeneric(dst, x, a) }
func lerp(dst, x []float32, a float32)  { lerpGeneric(dst, x, a) }
func dot(x, y []float32) float32        { return dotGeneric(x, y) }
func sumSquares(x []float32) float32    { return sumSquaresGeneric(x) }
func sum(x []float32) float32           { return sumGeneric(x) }
func maximum(x []float32) float32       { return maximumGeneric(x) }
func silu(dst, x []float32)             { siluGeneric(dst, x) }
func siluGrad(dx, dOut, x []float32)    { siluGradGeneric(dx, dOut, x) }
func swiGLU(dst, gate, up []float32)    { swiGLUGeneric(dst, gate, up) }
func swiGLUGrad(dst, dGate, dUp, dOut, gate, up []float32) {
	swiGLUGradGeneric(dst, dGate, dUp, dOut, gate, up)
}
func tanh(dst, x []float32)            { tanhGeneric(dst, x) }
func tanhGrad(dx, dOut, out []float32) { tanhGradGeneric(dx, dOut, out) }
func expShifted(dst, x []float32, scale, shift float32) float32 {
	return expShiftedGeneric(dst, x, scale, shift)
}
func adamW(param, grad, m, v []float32, c *adamWConstants) { adamWGeneric(param, grad, m, v, c) }
func bf16FromFloat(dst []uint16, x []float32)              { bf16FromFloatGeneric(dst, x) }
func floatFromBF16(dst []float32, x []uint16)              { floatFromBF16Generic(dst, x) }
func u8ToFloat(dst []float32, x []uint8)                   { u8ToFloatGeneric(dst, x) }
func floatToU8(dst []uint8, x []float32)                   { floatToU8Generic(dst, x) }
