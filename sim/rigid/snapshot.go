package rigid

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

// A snapshot is what an episode is a function of: cp can neither be copied nor written out, so Restore plays the actions
// again. All numbers are little endian:
//
//	"RIGD"  magic
//	uint8   version, 1
//	string  id                     a string is a uint16 length and its bytes
//	uint16  height, width
//	params  of Make                params are a uint16 count, and for each a string and a float64
//	params  of Reset
//	string  the random stream at Reset
//	uint32  number of steps
//	bytes   the actions, one each; none where there is but one action
//	uint32  CRC-32C of all before
const (
	snapshotMagic   = "RIGD"
	snapshotVersion = 1
	// snapshotSteps is the longest episode that is kept: some ten seconds of replay.
	snapshotSteps = 1_000_000
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errSnapshot = errors.New("rigid: the snapshot is damaged or none of a rigid scene; take a new one")

// Snapshot implements env.Snapshotter. Its size is a byte a step at most, and the time that Restore takes is that of the
// episode so far, less the drawing.
func (e *environment) Snapshot() ([]byte, error) {
	switch {
	case e.phase == closed:
		return nil, env.ErrClosed
	case e.phase == fresh:
		return nil, env.ErrNotReset
	case len(e.actions) > snapshotSteps:
		return nil, fmt.Errorf("rigid: the episode is %d steps long, and only %d can be replayed; reset more often", len(e.actions), snapshotSteps)
	}
	b := append([]byte(snapshotMagic), snapshotVersion)
	b = appendString(b, e.scene.id)
	b = binary.LittleEndian.AppendUint16(b, uint16(e.canvas.Height))
	b = binary.LittleEndian.AppendUint16(b, uint16(e.canvas.Width))
	b = appendParams(b, e.made)
	b = appendParams(b, e.reset)
	b = appendString(b, string(e.origin))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(e.actions)))
	if e.scene.actions > 1 {
		b = append(b, e.actions...)
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli)), nil
}

// Restore implements env.Snapshotter.
func (e *environment) Restore(snapshot []byte) (env.Value, error) {
	if e.phase == closed {
		return env.Value{}, env.ErrClosed
	}
	kept, err := e.readSnapshot(snapshot)
	if err != nil {
		return env.Value{}, err
	}
	if err := e.stream.UnmarshalBinary(kept.origin); err != nil {
		return env.Value{}, errSnapshot
	}
	e.begin(kept.origin, kept.reset)
	for _, action := range kept.actions {
		e.advance(action)
	}
	return e.observe(), nil
}

// episode is what a snapshot tells beyond what its environment knows.
type episode struct {
	reset   map[string]float64
	origin  []byte
	actions []uint8
}

// readSnapshot takes a snapshot apart and holds it against the environment.
func (e *environment) readSnapshot(snapshot []byte) (episode, error) {
	var kept episode
	body := len(snapshot) - 4
	if body < len(snapshotMagic)+1 || string(snapshot[:len(snapshotMagic)]) != snapshotMagic {
		return kept, errSnapshot
	}
	if version := snapshot[len(snapshotMagic)]; version != snapshotVersion {
		return kept, fmt.Errorf("rigid: the snapshot is of version %d, but only version %d can be restored; take a new one", version, snapshotVersion)
	}
	if crc32.Checksum(snapshot[:body], castagnoli) != binary.LittleEndian.Uint32(snapshot[body:]) {
		return kept, errSnapshot
	}
	r := reader{rest: snapshot[len(snapshotMagic)+1 : body]}
	id := r.string()
	height, width := int(r.uint16()), int(r.uint16())
	made := r.params()
	kept.reset, kept.origin = r.params(), []byte(r.string())
	kept.actions = r.actions(e.scene.actions)
	if !r.failed && (id != e.scene.id || height != e.canvas.Height || width != e.canvas.Width || !maps.Equal(made, e.made)) {
		return kept, fmt.Errorf("rigid: the snapshot is of %s at %dx%d, parameters %v, but the environment is %s at %dx%d, parameters %v",
			id, height, width, made, e.scene.id, e.canvas.Height, e.canvas.Width, e.made)
	}
	if r.failed || len(r.rest) > 0 || e.accepts(kept.reset) != nil {
		return kept, errSnapshot
	}
	return kept, nil
}

func appendString(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint16(b, uint16(len(s))), s...)
}

func appendParams(b []byte, given map[string]float64) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(len(given)))
	for _, name := range slices.Sorted(maps.Keys(given)) {
		b = appendString(b, name)
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(given[name]))
	}
	return b
}

// reader reads a snapshot. After a read past the end it has failed, and gives zeros.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		r.rest, r.failed = nil, true
	}
	if r.failed {
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) uint16() uint16 {
	if b := r.take(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *reader) string() string { return string(r.take(int(r.uint16()))) }

func (r *reader) params() map[string]float64 {
	count := r.uint16()
	given := make(map[string]float64)
	for range count {
		name := r.string()
		bits := r.take(8)
		if r.failed {
			return nil
		}
		given[name] = math.Float64frombits(binary.LittleEndian.Uint64(bits))
	}
	return given
}

func (r *reader) actions(choices int) []uint8 {
	steps := int(r.uint32())
	if steps > snapshotSteps {
		r.failed = true
		return nil
	}
	if choices == 1 {
		return make([]uint8, steps)
	}
	actions := slices.Clone(r.take(steps))
	for _, action := range actions {
		r.failed = r.failed || int(action) >= choices
	}
	return actions
}
