package kernel

import "math"

// BF16FromFloat rounds to bfloat16, to nearest and ties to even; NaN stays a
// quiet NaN:
//
//	for i: dst[i] = upper 16 bits of round(x[i])
func BF16FromFloat(dst []uint16, x []float32) {
	if len(dst) != len(x) {
		panic("kernel: vectors of different lengths")
	}
	bf16FromFloat(dst, x)
}

// FloatFromBF16 widens bfloat16, exactly:
//
//	for i: dst[i] = float with upper 16 bits x[i]
func FloatFromBF16(dst []float32, x []uint16) {
	if len(dst) != len(x) {
		panic("kernel: vectors of different lengths")
	}
	floatFromBF16(dst, x)
}

// U8ToFloat maps the bytes of a picture to -1..1:
//
//	for i: dst[i] = src[i]/127.5 - 1
func U8ToFloat(dst []float32, src []uint8) {
	if len(dst) != len(src) {
		panic("kernel: vectors of different lengths")
	}
	u8ToFloat(dst, src)
}

// FloatToU8 maps -1..1 to the bytes of a picture, clamped and rounded to
// nearest with ties to even; NaN becomes 0:
//
//	for i: dst[i] = round(clamp((src[i]+1)*127.5, 0, 255))
func FloatToU8(dst []uint8, src []float32) {
	if len(dst) != len(src) {
		panic("kernel: vectors of different lengths")
	}
	floatToU8(dst, src)
}

func bf16FromFloatGeneric(dst []uint16, x []float32) {
	for i, v := range x {
		b := math.Float32bits(v)
		if v != v {
			dst[i] = uint16(b>>16) | 0x40
			continue
		}
		dst[i] = uint16((b + 0x7fff + b>>16&1) >> 16)
	}
}

func floatFromBF16Generic(dst []float32, x []uint16) {
	for i, v := range x {
		dst[i] = math.Float32frombits(uint32(v) << 16)
	}
}

func u8ToFloatGeneric(dst []float32, src []uint8) {
	for i, v := range src {
		dst[i] = float32(v)/127.5 - 1
	}
}

func floatToU8Generic(dst []uint8, src []float32) {
	for i, v := range src {
		v = float32(float32(v+1) * 127.5)
		if !(v > 0) {
			v = 0
		}
		dst[i] = uint8(math.RoundToEven(float64(min(v, 255))))
	}
}
