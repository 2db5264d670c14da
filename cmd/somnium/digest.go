package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"maps"
	"math"
	"slices"

	"somnium/env"
)

// digest is a checksum over what an environment returns. Its form is fixed: an observation is 'o', then its integers as
// 64-bit, its bytes, its floats as 32-bit, and the parts of a Dict by key, each list behind its 64-bit length, all
// little-endian; a step is 's', the reward as 64-bit, a byte each for terminated and truncated, and the observation.
type digest struct {
	hash   hash.Hash
	buffer []byte
}

func newDigest() *digest { return &digest{hash: sha256.New()} }

// observe adds an observation.
func (d *digest) observe(obs env.Value) {
	d.buffer = appendValue(append(d.buffer[:0], 'o'), obs)
	d.hash.Write(d.buffer)
}

// step adds the outcome of a step.
func (d *digest) step(s env.Step) {
	d.buffer = binary.LittleEndian.AppendUint64(append(d.buffer[:0], 's'), math.Float64bits(s.Reward))
	d.buffer = append(d.buffer, bit(s.Terminated), bit(s.Truncated))
	d.hash.Write(d.buffer)
	d.observe(s.Obs)
}

// String returns the checksum so far in hexadecimal.
func (d *digest) String() string { return hex.EncodeToString(d.hash.Sum(nil)) }

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func appendValue(b []byte, v env.Value) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(len(v.Int)))
	for _, x := range v.Int {
		b = binary.LittleEndian.AppendUint64(b, uint64(x))
	}
	b = append(binary.LittleEndian.AppendUint64(b, uint64(len(v.U8))), v.U8...)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(v.F32)))
	for _, x := range v.F32 {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(len(v.Dict)))
	for _, key := range slices.Sorted(maps.Keys(v.Dict)) {
		b = append(binary.LittleEndian.AppendUint64(b, uint64(len(key))), key...)
		b = appendValue(b, v.Dict[key])
	}
	return b
}
