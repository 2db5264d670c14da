package env

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
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
