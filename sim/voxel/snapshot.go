package voxel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"slices"

	"somnium/env"
)

// A snapshot is the seed, what was done to the blocks, and all that moves: some 500 bytes and four for every block that is
// not as the land was made. All numbers are little endian:
//
//	"VOXL"  magic
//	uint8   version, 1
//	string  id                     a string is a uint16 length and its bytes
//	uint16  height, width
//	params  of Make                params are a uint16 count, and for each a string and a float64
//	string  the random stream
//	uint8   phase
//	uint64  the episode's seed
//	floats  the episode's parameters, float64 each, in the order of the spec
//	ints    the goal, int64 each
//	bytes   the state of the world, as package game writes it
//	uint32  CRC-32C of all before
const (
	snapshotMagic   = "VOXL"
	snapshotVersion = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errSnapshot = errors.New("voxel: the snapshot is damaged or none of a voxel world; take a new one")

// Snapshot implements env.Snapshotter.
func (e *environment) Snapshot() ([]byte, error) {
	switch e.phase {
	case closed:
		return nil, env.ErrClosed
	case fresh:
		return nil, env.ErrNotReset
	}
	stream, err := e.stream.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("voxel: keeping the random stream: %w", err)
	}
	b := e.appendHead(make([]byte, 0, 1024))
	b = appendString(b, string(stream))
	b = append(b, byte(e.phase))
	b = binary.LittleEndian.AppendUint64(b, e.seed)
	for _, x := range e.settings.values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	for _, n := range e.goal.ints() {
		b = binary.LittleEndian.AppendUint64(b, uint64(*n))
	}
	if b, err = e.world.AppendState(b); err != nil {
		return nil, fmt.Errorf("voxel: keeping the world: %w", err)
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli)), nil
}

// appendHead appends what must be the same in the environment that a snapshot is restored in.
func (e *environment) appendHead(b []byte) []byte {
	b = append(append(b, snapshotMagic...), snapshotVersion)
	b = appendString(b, e.task.id)
	b = binary.LittleEndian.AppendUint16(b, uint16(e.pictures.height))
	b = binary.LittleEndian.AppendUint16(b, uint16(e.pictures.width))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(e.made)))
	for _, name := range slices.Sorted(maps.Keys(e.made)) {
		b = appendString(b, name)
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(e.made[name]))
	}
	return b
}

func appendString(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint16(b, uint16(len(s))), s...)
}

// Restore implements env.Snapshotter. It makes no chunk anew where the episode's land is the present one.
func (e *environment) Restore(snapshot []byte) (env.Value, error) {
	if e.phase == closed {
		return env.Value{}, env.ErrClosed
	}
	kept, err := e.readSnapshot(snapshot)
	if err != nil {
		return env.Value{}, err
	}
	if err := e.apply(&kept); err != nil {
		return env.Value{}, err
	}
	return e.observe(), nil
}

// episode is what a snapshot tells.
type episode struct {
	stream []byte
	phase  phase
	seed   uint64
	values []float64
	goal   goal
	world  []byte
}

// readSnapshot takes a snapshot apart and holds it against the environment.
func (e *environment) readSnapshot(snapshot []byte) (kept episode, err error) {
	body := len(snapshot) - 4
	if body < len(snapshotMagic)+1 || string(snapshot[:len(snapshotMagic)]) != snapshotMagic {
		return kept, errSnapshot
	}
	if version := snapshot[len(snapshotMagic)]; version != snapshotVersion {
		return kept, fmt.Errorf("voxel: the snapshot is of version %d, but only version %d can be restored; take a new one", version, snapshotVersion)
	}
	if crc32.Checksum(snapshot[:body], castagnoli) != binary.LittleEndian.Uint32(snapshot[body:]) {
		return kept, errSnapshot
	}
	head := e.appendHead(nil)
	if body < len(head) || string(snapshot[:len(head)]) != string(head) {
		return kept, fmt.Errorf("voxel: the snapshot is not of %s at %dx%d with the parameters %v, which this environment is",
			e.task.id, e.pictures.height, e.pictures.width, e.made)
	}
	rest := snapshot[len(head):body]
	if len(rest) < 2 || len(rest) < 2+int(binary.LittleEndian.Uint16(rest)) {
		return kept, errSnapshot
	}
	kept.stream, rest = rest[2:2+binary.LittleEndian.Uint16(rest)], rest[2+binary.LittleEndian.Uint16(rest):]
	numbers := len(e.settings.list) + len(kept.goal.ints()) + 1
	if len(rest) < 1+8*numbers || phase(rest[0]) != running && phase(rest[0]) != over {
		return kept, errSnapshot
	}
	kept.phase, rest = phase(rest[0]), rest[1:]
	next := func() uint64 {
		x := binary.LittleEndian.Uint64(rest)
		rest = rest[8:]
		return x
	}
	kept.seed = next()
	for range e.settings.list {
		kept.values = append(kept.values, math.Float64frombits(next()))
	}
	for _, n := range kept.goal.ints() {
		*n = int(next())
	}
	kept.world = rest
	return kept, nil
}

// apply brings an episode back, or changes nothing.
func (e *environment) apply(kept *episode) error {
	restore, err := e.world.ReadState(kept.world)
	if err != nil {
		return errSnapshot
	}
	if err := e.stream.UnmarshalBinary(kept.stream); err != nil {
		return errSnapshot
	}
	same := e.hasEpisode() && e.seed == kept.seed && slices.Equal(e.settings.values, kept.values)
	e.seed, e.goal, e.phase = kept.seed, kept.goal, kept.phase
	copy(e.settings.values, kept.values)
	if !same {
		e.enter(0)
	}
	restore()
	return nil
}
