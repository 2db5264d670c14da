// Package ckpt reads and writes named tensors in the safetensors format, which PyTorch, JAX and NumPy read too.
//
// A file is an 8-byte little-endian header length N, N bytes of JSON that give every tensor's dtype, shape and byte range,
// and the tensors' bytes, row-major and little-endian, without holes or overlaps. The format is described at
// https://github.com/huggingface/safetensors#format.
//
// The writer is deterministic and equals the reference implementation byte for byte (tests hold it to that), metadata of
// more than one key apart, whose order the reference leaves to chance and which is sorted here. The reader trusts nothing:
// every number is bounded by the file's real size before it is used, and what the format forbids is an error that names
// the file, the tensor and the remedy.
package ckpt

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxRank bounds the number of dimensions of a tensor.
const maxRank = 16

// maxDimension bounds each dimension, so that products of two never overflow 64 bits.
const maxDimension = 1<<31 - 1

// metadataKey is the header key that holds the metadata, and so no tensor's name.
const metadataKey = "__metadata__"

// DType is the element type of a tensor as it lies in the file.
type DType uint8

// The element types that this package knows. In memory, F32 and BF16 are both float32.
const (
	F32 DType = iota
	BF16
	I64
	U8
)

// dtypes holds the name and the size in bytes of every DType.
var dtypes = [...]struct {
	name string
	size int64
}{F32: {"F32", 4}, BF16: {"BF16", 2}, I64: {"I64", 8}, U8: {"U8", 1}}

// fileOrder is the order of dtypes in a file: wider elements first, so that every tensor is aligned to its element.
var fileOrder = [...]int{I64: 0, F32: 1, BF16: 2, U8: 3}

// String returns the name that the format uses, such as "BF16".
func (d DType) String() string {
	if int(d) < len(dtypes) {
		return dtypes[d].name
	}
	return fmt.Sprintf("DType(%d)", uint8(d))
}

// parseDType returns the DType of a name in the format.
func parseDType(name string) (DType, bool) {
	for d := range dtypes {
		if dtypes[d].name == name {
			return DType(d), true
		}
	}
	return 0, false
}

// Tensor is a named array in row-major order. The one data field that its DType calls for is set.
type Tensor struct {
	Name string
	// DType is the element type in the file.
	DType DType
	// Shape holds the dimensions; an empty one is a scalar of one element.
	Shape []int
	// F32 holds the elements of F32 and BF16 tensors.
	F32 []float32
	// I64 holds the elements of I64 tensors.
	I64 []int64
	// U8 holds the elements of U8 tensors.
	U8 []uint8
}

// Len returns the number of elements that the data field holds.
func (t *Tensor) Len() int {
	switch t.DType {
	case I64:
		return len(t.I64)
	case U8:
		return len(t.U8)
	default:
		return len(t.F32)
	}
}

// check returns an error where the tensor cannot be written.
func (t *Tensor) check() error {
	if int(t.DType) >= len(dtypes) {
		return fmt.Errorf("tensor %q has the unknown dtype %d; use F32, BF16, I64 or U8", t.Name, t.DType)
	}
	if t.Name == metadataKey || !utf8.ValidString(t.Name) {
		return fmt.Errorf("%q cannot name a tensor; choose another name", t.Name)
	}
	count, err := elements(t.Shape)
	if err != nil {
		return fmt.Errorf("tensor %q: %w", t.Name, err)
	}
	if count != int64(t.Len()) {
		return fmt.Errorf("tensor %q has %d elements but shape %v, which holds %d; set the data field of its dtype %v",
			t.Name, t.Len(), t.Shape, count, t.DType)
	}
	return nil
}

// elements returns the product of the dimensions, or an error where it is not a plausible count.
func elements(shape []int) (int64, error) {
	if len(shape) > maxRank {
		return 0, fmt.Errorf("it has %d dimensions, and at most %d are allowed", len(shape), maxRank)
	}
	count := int64(1)
	for _, d := range shape {
		if d < 0 || d > maxDimension {
			return 0, fmt.Errorf("dimension %d of shape %v is out of range 0 to %d", d, shape, maxDimension)
		}
		if count *= int64(d); count > 1<<32 {
			return 0, fmt.Errorf("shape %v holds more than 2^32 elements", shape)
		}
	}
	return count, nil
}

// File is the content of a safetensors file.
type File struct {
	// Tensors are sorted by name after Load and Decode. Save takes them in any order.
	Tensors []Tensor
	// Metadata holds free text by key.
	Metadata map[string]string
}

// Find returns the tensor of the name in f, which must be sorted by name, as Load leaves it.
func (f *File) Find(name string) (*Tensor, bool) {
	i, ok := slices.BinarySearchFunc(f.Tensors, name, func(t Tensor, name string) int { return strings.Compare(t.Name, name) })
	if !ok {
		return nil, false
	}
	return &f.Tensors[i], true
}

// Sort puts the tensors in the order of their names.
func (f *File) Sort() {
	slices.SortFunc(f.Tensors, func(a, b Tensor) int { return strings.Compare(a.Name, b.Name) })
}
