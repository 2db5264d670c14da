package datasets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"

	"somnium/env"
)

// maxDepth bounds how deep maps and arrays of a record nest.
const maxDepth = 16

var (
	errDepth  = errors.New("maps or arrays nest too deep")
	errLength = errors.New("a length goes beyond the end of the record")
	errLacks  = errors.New("a field is missing or of the wrong length")
)

// unpacker reads msgpack from memory. The first error sticks, and everything read after it is zero. No length from the
// data is believed beyond the bytes that are left.
type unpacker struct {
	data    []byte
	reader  *bytes.Reader
	decoder *msgpack.Decoder
	err     error
}

func newUnpacker(data []byte) *unpacker {
	reader := bytes.NewReader(data)
	return &unpacker{data: data, reader: reader, decoder: msgpack.NewDecoder(reader)}
}

func (u *unpacker) fail(err error) {
	if u.err == nil && err != nil {
		u.err = err
	}
}

// count checks a number of elements, each of which takes at least one byte; nil counts as none.
func (u *unpacker) count(n int, err error) int {
	u.fail(err)
	if u.err == nil && n > u.reader.Len() {
		u.fail(errLength)
	}
	if u.err != nil || n < 0 {
		return 0
	}
	return n
}

func (u *unpacker) array() int {
	if u.err != nil {
		return 0
	}
	return u.count(u.decoder.DecodeArrayLen())
}

func (u *unpacker) mapLength() int {
	if u.err != nil {
		return 0
	}
	return u.count(u.decoder.DecodeMapLen())
}

// binary returns the bytes of a bin or string; they share the data's memory.
func (u *unpacker) binary() []byte {
	if u.err != nil {
		return nil
	}
	n := u.count(u.decoder.DecodeBytesLen())
	start := len(u.data) - u.reader.Len()
	_, err := u.reader.Seek(int64(n), 1)
	u.fail(err)
	if u.err != nil {
		return nil
	}
	return u.data[start : start+n : start+n]
}

func (u *unpacker) text() string { return string(u.binary()) }

func (u *unpacker) integer() int {
	if u.err != nil {
		return 0
	}
	n, err := u.decoder.DecodeInt64()
	u.fail(err)
	if int64(int(n)) != n {
		u.fail(errLength)
	}
	return int(n)
}

func (u *unpacker) natural() uint64 {
	if u.err != nil {
		return 0
	}
	n, err := u.decoder.DecodeUint64()
	u.fail(err)
	return n
}

func (u *unpacker) number() float64 {
	if u.err != nil {
		return 0
	}
	x, err := u.decoder.DecodeFloat64()
	u.fail(err)
	return x
}

func (u *unpacker) truth() bool {
	if u.err != nil {
		return false
	}
	b, err := u.decoder.DecodeBool()
	u.fail(err)
	return b
}

// fields calls read with each key of a map; read takes the value or passes over it.
func (u *unpacker) fields(read func(key string)) {
	for n := u.mapLength(); n > 0 && u.err == nil; n-- {
		key := u.text()
		if u.err == nil {
			read(key)
		}
	}
}

// tuple reads an array of at least n elements: read takes the first n, and what a later program added is passed over.
func (u *unpacker) tuple(n int, read func()) {
	length := u.array()
	if u.err == nil && length < n {
		u.fail(errLacks)
	}
	if u.err != nil {
		return
	}
	read()
	for ; length > n && u.err == nil; length-- {
		u.skip(0)
	}
}

// skip passes over one value of whatever kind.
func (u *unpacker) skip(depth int) {
	if u.err != nil {
		return
	}
	if depth > maxDepth {
		u.fail(errDepth)
		return
	}
	code, err := u.decoder.PeekCode()
	u.fail(err)
	switch {
	case u.err != nil:
	case msgpcode.IsFixedMap(code), code == msgpcode.Map16, code == msgpcode.Map32:
		for n := u.mapLength(); n > 0 && u.err == nil; n-- {
			u.skip(depth + 1)
			u.skip(depth + 1)
		}
	case msgpcode.IsFixedArray(code), code == msgpcode.Array16, code == msgpcode.Array32:
		for n := u.array(); n > 0 && u.err == nil; n-- {
			u.skip(depth + 1)
		}
	case msgpcode.IsString(code), msgpcode.IsBin(code):
		u.binary()
	default:
		u.fail(u.decoder.Skip())
	}
}

// unpackMeta reads a record's meta and checks its bounds.
func unpackMeta(data []byte) (Meta, error) {
	var m Meta
	u := newUnpacker(data)
	u.fields(func(key string) {
		switch key {
		case "env":
			m.Env = u.text()
		case "number":
			m.Number = u.integer()
		case "seed":
			m.Seed = u.natural()
		case "agent":
			m.Agent = u.text()
		case "fps":
			m.FPS = u.number()
		case "height":
			m.Height = u.integer()
		case "width":
			m.Width = u.integer()
		case "steps":
			m.Steps = u.integer()
		case "return":
			m.Return = u.number()
		case "terminated":
			m.Terminated = u.truth()
		case "truncated":
			m.Truncated = u.truth()
		default:
			u.skip(0)
		}
	})
	if u.err == nil {
		u.fail(checkSize(m.Height, m.Width, m.Steps))
	}
	return m, u.err
}

// unpackBody reads the episode of a body, which it takes over: the frames stay in its memory. The states are left out
// unless asked for.
func unpackBody(m Meta, data []byte, states bool) (*Episode, error) {
	e := &Episode{
		Env: m.Env, Number: m.Number, Seed: m.Seed, Agent: m.Agent, FPS: m.FPS, Height: m.Height, Width: m.Width,
	}
	coding := codingRaw
	u := newUnpacker(data)
	u.fields(func(key string) {
		switch key {
		case "coding":
			coding = u.text()
		case "frames":
			e.Frames = u.binary()
		case "actions":
			e.Actions = u.values(m.Steps)
		case "rewards":
			e.Rewards = u.floats()
		case "terminated":
			e.Terminated = u.truths()
		case "truncated":
			e.Truncated = u.truths()
		case "captions":
			e.Captions = u.captions()
		case "spec":
			e.Spec = u.spec()
		case "states":
			if packed := u.binary(); states && u.err == nil {
				e.States = u.states(packed, m.Steps+1)
			}
		default:
			u.skip(0)
		}
	})
	if u.err != nil {
		return nil, u.err
	}
	if coding != codingRaw {
		return nil, fmt.Errorf("frames of coding %q are not known to this program: use a newer one", coding)
	}
	if len(e.Actions) != m.Steps {
		return nil, errShape
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	return e, nil
}

func (u *unpacker) values(steps int) []env.Value {
	n := u.array()
	if u.err == nil && n != steps {
		u.fail(fmt.Errorf("%w: the meta tells of %d steps, the body holds %d actions", errShape, steps, n))
		return nil
	}
	list := make([]env.Value, n)
	for i := range list {
		list[i] = u.value(0)
	}
	return list
}

// value reads an action.
func (u *unpacker) value(depth int) env.Value {
	var v env.Value
	if u.err != nil {
		return v
	}
	if depth > maxDepth {
		u.fail(errDepth)
		return v
	}
	code, err := u.decoder.PeekCode()
	u.fail(err)
	switch {
	case u.err != nil:
	case code == msgpcode.Nil:
		u.fail(u.decoder.DecodeNil())
	case msgpcode.IsFixedMap(code), code == msgpcode.Map16, code == msgpcode.Map32:
		u.fields(func(key string) { u.valueField(&v, key, depth) })
	default:
		v.Int = []int{u.integer()}
	}
	return v
}

func (u *unpacker) valueField(v *env.Value, key string, depth int) {
	switch key {
	case "i":
		v.Int = u.integers()
	case "u":
		v.U8 = bytes.Clone(u.binary())
	case "f":
		v.F32 = u.floats()
	case "d":
		v.Dict = map[string]env.Value{}
		u.fields(func(name string) { v.Dict[name] = u.value(depth + 1) })
	default:
		u.skip(depth)
	}
}

func (u *unpacker) integers() []int {
	list := make([]int, u.array())
	for i := range list {
		list[i] = u.integer()
	}
	return list
}

func (u *unpacker) floats() []float32 {
	data := u.binary()
	if len(data)%4 != 0 {
		u.fail(errLacks)
		return nil
	}
	list := make([]float32, len(data)/4)
	for i := range list {
		list[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return list
}

func (u *unpacker) truths() []bool {
	data := u.binary()
	list := make([]bool, len(data))
	for i, b := range data {
		list[i] = b != 0
	}
	return list
}

func (u *unpacker) captions() []Caption {
	var list []Caption
	for n := u.array(); n > 0 && u.err == nil; n-- {
		u.tuple(3, func() {
			list = append(list, Caption{Step: u.integer(), Short: u.text(), Detailed: u.text()})
		})
	}
	return list
}
