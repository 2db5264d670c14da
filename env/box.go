package env

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
)

// DType is the type of a Box's elements.
type DType uint8

// The element types. A Uint8 Box's values are in U8, a Float32 Box's in F32.
const (
	Uint8 DType = iota
	Float32
)

func (d DType) String() string {
	switch d {
	case Uint8:
		return "uint8"
	case Float32:
		return "float32"
	}
	return "DType(" + strconv.Itoa(int(d)) + ")"
}

// Box is an array of numbers, each between Low and High, both included. The bounds of a Float32 Box may be infinite.
type Box struct {
	// Shape is the extent of each axis, the slowest first; the empty shape is a single number.
	Shape     []int
	Type      DType
	Low, High float64
}

// Frame returns the space of pictures: uint8 [h, w, 3], row-major RGB, 0..255.
func Frame(h, w int) Box { return Box{Shape: []int{h, w, 3}, Type: Uint8, High: 255} }

// Size returns the number of elements.
func (b Box) Size() int {
	size := 1
	for _, n := range b.Shape {
		size *= n
	}
	return size
}

// Contains returns nil where v has the right type and length and lies within the bounds.
func (b Box) Contains(v Value) error {
	if b.Type == Uint8 {
		return b.containsBytes(v)
	}
	return b.containsFloats(v)
}

func (b Box) containsBytes(v Value) error {
	if v.fields() != fieldU8 {
		return wrongFields(b, v, fieldU8)
	}
	if len(v.U8) != b.Size() {
		return b.wrongLength(len(v.U8))
	}
	if b.Low <= 0 && b.High >= math.MaxUint8 {
		return nil
	}
	for i, x := range v.U8 {
		if float64(x) < b.Low || float64(x) > b.High {
			return b.outOfBounds(i, float64(x))
		}
	}
	return nil
}

func (b Box) containsFloats(v Value) error {
	if v.fields() != fieldF32 {
		return wrongFields(b, v, fieldF32)
	}
	if len(v.F32) != b.Size() {
		return b.wrongLength(len(v.F32))
	}
	for i, x := range v.F32 {
		if x != x {
			return fmt.Errorf("env: element %d is NaN, which no Box holds", i)
		}
		if float64(x) < b.Low || float64(x) > b.High {
			return b.outOfBounds(i, float64(x))
		}
	}
	return nil
}

func (b Box) wrongLength(got int) error {
	return fmt.Errorf("env: the value holds %d elements, but %v calls for %d", got, b, b.Size())
}

func (b Box) outOfBounds(index int, x float64) error {
	return fmt.Errorf("env: element %d is %g, outside the bounds %g..%g of %v", index, x, b.Low, b.High, b)
}

// New returns zeros, clamped into the bounds.
func (b Box) New() Value {
	if b.Type > Float32 {
		panic("env: a Box is of Type Uint8 or Float32")
	}
	if !(b.Low <= b.High) {
		panic("env: a Box needs Low <= High")
	}
	zero := min(max(0, b.Low), b.High)
	if b.Type == Uint8 {
		v := Value{U8: make([]uint8, b.Size())}
		for i := range v.U8 {
			v.U8[i] = uint8(math.Ceil(zero))
		}
		return v
	}
	v := Value{F32: make([]float32, b.Size())}
	for i := range v.F32 {
		v.F32[i] = b.clamp(zero)
	}
	return v
}

// Sample draws every element of dst: uniformly between finite bounds, exponentially away from the finite one of two,
// normally where neither is finite.
func (b Box) Sample(rng *rand.Rand, dst Value) {
	if b.Type == Uint8 {
		b.sampleBytes(rng, dst.U8)
		return
	}
	for i := range dst.F32 {
		dst.F32[i] = b.clamp(b.draw(rng))
	}
}

func (b Box) sampleBytes(rng *rand.Rand, dst []uint8) {
	low, high := int(math.Ceil(max(b.Low, 0))), int(math.Floor(min(b.High, math.MaxUint8)))
	if low > 0 || high < math.MaxUint8 {
		for i := range dst {
			dst[i] = uint8(low + rng.IntN(high-low+1))
		}
		return
	}
	for len(dst) >= 8 {
		binary.LittleEndian.PutUint64(dst, rng.Uint64())
		dst = dst[8:]
	}
	for i := range dst {
		dst[i] = uint8(rng.Uint32())
	}
}

// draw returns one number of the distribution that Sample describes.
func (b Box) draw(rng *rand.Rand) float64 {
	noLow, noHigh := math.IsInf(b.Low, -1), math.IsInf(b.High, 1)
	switch {
	case noLow && noHigh:
		return rng.NormFloat64()
	case noHigh:
		return b.Low + rng.ExpFloat64()
	case noLow:
		return b.High - rng.ExpFloat64()
	}
	u := rng.Float64()
	return b.Low*(1-u) + b.High*u
}

// clamp rounds to float32 without leaving the bounds, which need not be float32 numbers themselves.
func (b Box) clamp(x float64) float32 {
	y := float32(x)
	if float64(y) < b.Low {
		return math.Nextafter32(y, float32(math.Inf(1)))
	}
	if float64(y) > b.High {
		return math.Nextafter32(y, float32(math.Inf(-1)))
	}
	return y
}

func (b Box) String() string {
	return fmt.Sprintf("Box(%v %v, %g..%g)", b.Type, b.Shape, b.Low, b.High)
}
