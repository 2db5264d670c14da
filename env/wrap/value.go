package wrap

import (
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"slices"

	"somnium/env"
)

// appendValue appends the elements of a value to dst, little endian, the parts of a Dict in the order of their sorted keys.
// The space that it lies in says how long it is.
func appendValue(dst []byte, v env.Value) []byte {
	for _, choice := range v.Int {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(choice))
	}
	dst = append(dst, v.U8...)
	for _, x := range v.F32 {
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(x))
	}
	for _, key := range slices.Sorted(maps.Keys(v.Dict)) {
		dst = appendValue(dst, v.Dict[key])
	}
	return dst
}

// valueBytes returns how many bytes appendValue appends.
func valueBytes(v env.Value) int {
	n := 8*len(v.Int) + len(v.U8) + 4*len(v.F32)
	for _, part := range v.Dict {
		n += valueBytes(part)
	}
	return n
}

// readValue reads what appendValue wrote into dst, an element of the same space, and returns the rest. The bytes must be as
// many as valueBytes says.
func readValue(dst env.Value, data []byte) []byte {
	for i := range dst.Int {
		dst.Int[i] = int(binary.LittleEndian.Uint64(data[8*i:]))
	}
	data = data[8*len(dst.Int):]
	data = data[copy(dst.U8, data):]
	for i := range dst.F32 {
		dst.F32[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	data = data[4*len(dst.F32):]
	for _, key := range slices.Sorted(maps.Keys(dst.Dict)) {
		data = readValue(dst.Dict[key], data)
	}
	return data
}

// decodeValue returns the element of the space that the bytes hold, and the rest.
func decodeValue(space env.Space, data []byte) (v env.Value, rest []byte, err error) {
	v = space.New()
	if len(data) < valueBytes(v) {
		return v, nil, errors.New("wrap: the snapshot is cut short")
	}
	rest = readValue(v, data)
	return v, rest, space.Contains(v)
}

// stateless is the part of a wrapper that has no state of its own to keep.
type stateless struct{}

// Began implements [env.Stateful].
func (stateless) Began() {}

// SaveState implements [env.Stateful]: nothing.
func (stateless) SaveState() ([]byte, error) { return nil, nil }

// ReadState implements [env.Stateful].
func (stateless) ReadState(state []byte) (apply func(), err error) {
	if len(state) != 0 {
		return nil, errors.New("wrap: the snapshot is not one of an environment wrapped in this way")
	}
	return func() {}, nil
}
