package env

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// ErrClosed is returned by Reset and Step after Close.
var ErrClosed = errors.New("env: the environment is closed; make a new one")

// Value is an element of a Space. The one field that the space calls for is set.
type Value struct {
	// Int holds the choice of a Discrete (one element) or those of a MultiDiscrete.
	Int []int
	// U8 and F32 hold the elements of a Box in row-major order, by its Type.
	U8  []uint8
	F32 []float32
	// Dict holds the parts of a Dict.
	Dict map[string]Value
}

// Int returns a Discrete value.
func Int(choice int) Value { return Value{Int: []int{choice}} }

// Clone returns a deep copy.
func (v Value) Clone() Value {
	c := Value{Int: slices.Clone(v.Int), U8: slices.Clone(v.U8), F32: slices.Clone(v.F32)}
	if v.Dict != nil {
		c.Dict = make(map[string]Value, len(v.Dict))
		for k, part := range v.Dict {
			c.Dict[k] = part.Clone()
		}
	}
	return c
}

// Copy copies src into dst, both elements of the same space; it does not allocate.
func Copy(dst, src Value) {
	copy(dst.Int, src.Int)
	copy(dst.U8, src.U8)
	copy(dst.F32, src.F32)
	for key, part := range dst.Dict {
		Copy(part, src.Dict[key])
	}
}

// Pixels returns the picture of an observation: the value itself, or the part "pixels" of a Dict.
func (v Value) Pixels() []uint8 {
	if v.Dict != nil {
		return v.Dict["pixels"].U8
	}
	return v.U8
}

// Space is a set of values: [Discrete], [MultiDiscrete], [Box] or [Dict].
type Space interface {
	// Contains returns nil where v is an element, else an error that says what is wrong with it.
	Contains(v Value) error
	// New returns an element with memory of its own: the least choice, or all zeros clamped into the bounds.
	New() Value
	// Sample fills dst, which New made, with an element drawn uniformly.
	Sample(rng *rand.Rand, dst Value)
	// String reads like Discrete(3) or Box(uint8 [64 64 3], 0..255).
	String() string
}

// FrameSize returns the picture's size in pixels where the space is a uint8 [h, w, 3] Box, or a Dict with one under the
// key "pixels".
func FrameSize(space Space) (h, w int, ok bool) {
	if d, isDict := space.(Dict); isDict {
		space = d.Spaces["pixels"]
	}
	b, isBox := space.(Box)
	if !isBox || b.Type != Uint8 || len(b.Shape) != 3 || b.Shape[2] != 3 {
		return 0, 0, false
	}
	return b.Shape[0], b.Shape[1], true
}

// field is one of a Value's fields, of which a space calls for one. Fields add up to a set.
type field uint8

const (
	fieldInt field = 1 << iota
	fieldU8
	fieldF32
	fieldDict
)

// String names the fields of the set, or says that there is none.
func (f field) String() string {
	var names []string
	for i, name := range []string{"Int", "U8", "F32", "Dict"} {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if names == nil {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

// fields returns the set of those that are not nil.
func (v Value) fields() field {
	var set field
	if v.Int != nil {
		set |= fieldInt
	}
	if v.U8 != nil {
		set |= fieldU8
	}
	if v.F32 != nil {
		set |= fieldF32
	}
	if v.Dict != nil {
		set |= fieldDict
	}
	return set
}

// wrongFields is the error for a value that sets other fields than the space calls for.
func wrongFields(space Space, v Value, want field) error {
	return fmt.Errorf("env: the value sets %v, but %v calls for %v alone", v.fields(), space, want)
}
