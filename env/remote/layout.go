package remote

import (
	"maps"
	"slices"
	"strconv"
	"unsafe"

	"somnium/env"
)

// A block is the memory in which numbers travel, in either direction: fields behind each other, each an array in row-major
// order and in the machine's byte order, little endian on every machine that this program runs on. A layout says where each
// begins. The same block goes through a socket or lies in shared memory.

// field is one array of a block.
type field struct {
	// Path says what it is: {"reward"}, {"obs"}, or {"obs", "pixels"} for a part of a Dict.
	Path []string `msgpack:"path"`
	// DType is as NumPy names it.
	DType string `msgpack:"dtype"`
	// Shape begins with the number of environments.
	Shape []int `msgpack:"shape"`
	// Offset is where it begins, in bytes.
	Offset int `msgpack:"offset"`
}

// alignment is that of every field, and of blocks that follow each other, in bytes: a cache line.
const alignment = 64

// layout places fields in a block, and, where there is memory, returns them as slices of it. The zero value begins a block
// without memory, which finds out the size.
type layout struct {
	fields []field
	size   int
	memory []byte
}

// element are the types of arrays.
type element interface {
	uint8 | float32 | float64 | int | bool
}

// place appends a field. It returns nil where there is no memory.
func place[T element](l *layout, path []string, dtype string, shape []int) []T {
	l.fields = append(l.fields, field{slices.Clone(path), dtype, shape, l.size})
	count := 1
	for _, n := range shape {
		count *= n
	}
	offset := l.size
	l.size += aligned(count * int(unsafe.Sizeof(*new(T))))
	if l.memory == nil || count == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&l.memory[offset])), count)
}

// segmentHead is the size of what precedes the blocks in shared memory: a page that begins with the nonce.
const segmentHead = 4096

func aligned(size int) int { return (size + alignment - 1) / alignment * alignment }

// alignedMemory returns zeroed memory that begins at a multiple of 8.
func alignedMemory(size int) []byte {
	words := make([]uint64, (size+7)/8+1)
	return unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), size)
}

// intType is the type of a Go int.
var intType = "int" + strconv.Itoa(strconv.IntSize)

// values places the elements of n values of the space, and returns values that alias the memory.
func (l *layout) values(path []string, space env.Space, n int) []env.Value {
	values := make([]env.Value, n)
	switch s := space.(type) {
	case env.Discrete:
		for i, row := range rows(place[int](l, path, intType, []int{n}), n) {
			values[i].Int = row
		}
	case env.MultiDiscrete:
		for i, row := range rows(place[int](l, path, intType, []int{n, len(s.Nvec)}), n) {
			values[i].Int = row
		}
	case env.Box:
		l.box(values, path, s)
	case env.Dict:
		for i := range values {
			values[i].Dict = make(map[string]env.Value, len(s.Spaces))
		}
		for _, key := range slices.Sorted(maps.Keys(s.Spaces)) {
			for i, part := range l.values(append(slices.Clone(path), key), s.Spaces[key], n) {
				values[i].Dict[key] = part
			}
		}
	default:
		panic("remote: a space of an unknown kind")
	}
	return values
}

func (l *layout) box(values []env.Value, path []string, box env.Box) {
	shape := append([]int{len(values)}, box.Shape...)
	if box.Type == env.Uint8 {
		for i, row := range rows(place[uint8](l, path, "uint8", shape), len(values)) {
			values[i].U8 = row
		}
		return
	}
	for i, row := range rows(place[float32](l, path, "float32", shape), len(values)) {
		values[i].F32 = row
	}
}

// rows cuts all into n equal parts, which are nil where all is.
func rows[T any](all []T, n int) [][]T {
	parts := make([][]T, n)
	if all == nil {
		return parts
	}
	size := len(all) / n
	for i := range parts {
		parts[i] = all[i*size : (i+1)*size : (i+1)*size]
	}
	return parts
}

// outcome is a block for what n environments return, as a batch over its memory.
type outcome struct {
	layout
	batch *env.Batch
	// head is the size without the final observations, which come last.
	head int
}

// placeOutcome lays a block out: rewards, ends, observations, and, where a step may both end an episode and begin the next,
// the last observations of those that ended.
func placeOutcome(memory []byte, space env.Space, n int, final bool) outcome {
	o := outcome{layout: layout{memory: memory}, batch: &env.Batch{}}
	o.batch.Reward = place[float64](&o.layout, []string{"reward"}, "float64", []int{n})
	o.batch.Terminated = place[bool](&o.layout, []string{"terminated"}, "bool", []int{n})
	o.batch.Truncated = place[bool](&o.layout, []string{"truncated"}, "bool", []int{n})
	o.batch.Obs = o.values([]string{"obs"}, space, n)
	o.head = o.size
	o.batch.FinalObs = make([]env.Value, n)
	if final {
		o.batch.FinalObs = o.values([]string{"final_obs"}, space, n)
	}
	return o
}

// ended says whether an episode ended in the step that the block tells of.
func (o outcome) ended() bool {
	return slices.Contains(o.batch.Terminated, true) || slices.Contains(o.batch.Truncated, true)
}
