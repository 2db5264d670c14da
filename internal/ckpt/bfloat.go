package ckpt

import "math"

// ToBF16 rounds x to the nearest bfloat16, ties to even, and returns its bits. A NaN stays a NaN.
func ToBF16(x float32) uint16 {
	bits := math.Float32bits(x)
	if x != x {
		return uint16(bits>>16) | 0x40 // quiet, so that dropping the low bits cannot make it an infinity
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}

// FromBF16 returns the float32 of the bits of a bfloat16, exactly.
func FromBF16(bits uint16) float32 {
	return math.Float32frombits(uint32(bits) << 16)
}
