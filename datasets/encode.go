package datasets

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/vmihailenco/msgpack/v5"

	"somnium/env"
)

// packer writes msgpack into memory, where no write fails; what the format cannot say (a space of an unknown kind) is
// kept in err. Maps are written in the order of their sorted keys, so that equal episodes give equal bytes.
type packer struct {
	buffer  bytes.Buffer
	encoder *msgpack.Encoder
	err     error
}

func newPacker(capacity int) *packer {
	p := &packer{}
	p.buffer.Grow(capacity)
	p.encoder = msgpack.NewEncoder(&p.buffer)
	return p
}

func (p *packer) note(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *packer) mapOf(n int)            { p.note(p.encoder.EncodeMapLen(n)) }
func (p *packer) array(n int)            { p.note(p.encoder.EncodeArrayLen(n)) }
func (p *packer) text(s string)          { p.note(p.encoder.EncodeString(s)) }
func (p *packer) integer(n int)          { p.note(p.encoder.EncodeInt(int64(n))) }
func (p *packer) natural(n uint64)       { p.note(p.encoder.EncodeUint(n)) }
func (p *packer) number(x float64)       { p.note(p.encoder.EncodeFloat64(x)) }
func (p *packer) truth(b bool)           { p.note(p.encoder.EncodeBool(b)) }
func (p *packer) binary(b []byte)        { p.note(p.encoder.EncodeBytes(notNil(b))) }
func (p *packer) bytes() ([]byte, error) { return p.buffer.Bytes(), p.err }

// notNil keeps an empty slice from being written as nil.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// packMeta writes a record's meta.
func packMeta(m Meta) ([]byte, error) {
	p := newPacker(256)
	p.mapOf(11)
	p.text("env")
	p.text(m.Env)
	p.text("number")
	p.integer(m.Number)
	p.text("seed")
	p.natural(m.Seed)
	p.text("agent")
	p.text(m.Agent)
	p.text("fps")
	p.number(m.FPS)
	p.text("height")
	p.integer(m.Height)
	p.text("width")
	p.integer(m.Width)
	p.text("steps")
	p.integer(m.Steps)
	p.text("return")
	p.number(m.Return)
	p.text("terminated")
	p.truth(m.Terminated)
	p.text("truncated")
	p.truth(m.Truncated)
	return p.bytes()
}

// codingRaw stands for frames as they are. Differences of successive frames come out 1.3 to 1.7 times larger under zstd,
// whose window spans many frames: a repeated background is one long match, and a moving body a match elsewhere.
const codingRaw = "raw"

// packBody writes a record's body, not yet compressed.
func packBody(e *Episode) ([]byte, error) {
	p := newPacker(len(e.Frames) + 4096)
	p.mapOf(9)
	p.text("coding")
	p.text(codingRaw)
	p.text("frames")
	p.binary(e.Frames)
	p.text("actions")
	p.array(len(e.Actions))
	for _, action := range e.Actions {
		p.value(action)
	}
	p.text("rewards")
	p.binary(floatBytes(e.Rewards))
	p.text("terminated")
	p.binary(truthBytes(e.Terminated))
	p.text("truncated")
	p.binary(truthBytes(e.Truncated))
	p.text("captions")
	p.array(len(e.Captions))
	for _, caption := range e.Captions {
		p.array(3)
		p.integer(caption.Step)
		p.text(caption.Short)
		p.text(caption.Detailed)
	}
	p.text("spec")
	p.spec(e.Spec)
	p.text("states")
	p.states(e.States)
	return p.bytes()
}

// value writes an action. One choice, by far the most common, is a bare integer.
func (p *packer) value(v env.Value) {
	if len(v.Int) == 1 && v.U8 == nil && v.F32 == nil && v.Dict == nil {
		p.integer(v.Int[0])
		return
	}
	fields := 0
	for _, set := range []bool{v.Int != nil, v.U8 != nil, v.F32 != nil, v.Dict != nil} {
		if set {
			fields++
		}
	}
	if fields == 0 {
		p.note(p.encoder.EncodeNil())
		return
	}
	p.mapOf(fields)
	if v.Int != nil {
		p.text("i")
		p.integers(v.Int)
	}
	if v.U8 != nil {
		p.text("u")
		p.binary(v.U8)
	}
	if v.F32 != nil {
		p.text("f")
		p.binary(floatBytes(v.F32))
	}
	if v.Dict != nil {
		p.text("d")
		p.mapOf(len(v.Dict))
		for _, key := range slices.Sorted(maps.Keys(v.Dict)) {
			p.text(key)
			p.value(v.Dict[key])
		}
	}
}

func (p *packer) integers(list []int) {
	p.array(len(list))
	for _, n := range list {
		p.integer(n)
	}
}

func (p *packer) spec(s env.Spec) {
	p.mapOf(7)
	p.text("id")
	p.text(s.ID)
	p.text("doc")
	p.text(s.Doc)
	p.text("observation")
	p.space(s.Observation)
	p.text("action")
	p.space(s.Action)
	p.text("max_episode_steps")
	p.integer(s.MaxEpisodeSteps)
	p.text("fps")
	p.number(s.FPS)
	p.text("params")
	p.array(len(s.Params))
	for _, param := range s.Params {
		p.array(6)
		p.text(param.Name)
		p.text(param.Doc)
		p.number(param.Default)
		p.number(param.Min)
		p.number(param.Max)
		p.truth(param.Random)
	}
}

func (p *packer) space(s env.Space) {
	switch s := s.(type) {
	case nil:
		p.note(p.encoder.EncodeNil())
	case env.Discrete:
		p.kind("discrete", 2)
		p.text("n")
		p.integers([]int{s.N})
	case env.MultiDiscrete:
		p.kind("multi_discrete", 2)
		p.text("n")
		p.integers(s.Nvec)
	case env.Box:
		p.box(s)
	case env.Dict:
		p.kind("dict", 2)
		p.text("parts")
		p.mapOf(len(s.Spaces))
		for _, key := range slices.Sorted(maps.Keys(s.Spaces)) {
			p.text(key)
			p.space(s.Spaces[key])
		}
	default:
		p.note(fmt.Errorf("a space of type %T has no place in a shard; use Discrete, MultiDiscrete, Box or Dict", s))
	}
}

func (p *packer) kind(name string, fields int) {
	p.mapOf(fields)
	p.text("kind")
	p.text(name)
}

func (p *packer) box(b env.Box) {
	p.kind("box", 5)
	p.text("shape")
	p.integers(b.Shape)
	p.text("type")
	p.text(b.Type.String())
	p.text("low")
	p.number(b.Low)
	p.text("high")
	p.number(b.High)
}

// states writes the true states as msgpack within a bin, which a reader without need of them steps over in one.
func (p *packer) states(states []env.State) {
	inner := newPacker(256 * len(states))
	inner.array(len(states))
	for _, state := range states {
		inner.state(state)
	}
	data, err := inner.bytes()
	p.note(err)
	p.binary(data)
}

func (p *packer) state(s env.State) {
	p.array(3)
	p.integer(s.Step)
	p.array(len(s.Bodies))
	for _, body := range s.Bodies {
		p.body(body)
	}
	p.mapOf(len(s.Values))
	for _, name := range slices.Sorted(maps.Keys(s.Values)) {
		p.text(name)
		p.number(s.Values[name])
	}
}

// flags of a body.
const (
	flagStatic = 1 << iota
	flagInFrame
)

// bodyNumbers is how many float64 a body holds.
const bodyNumbers = 11

func (p *packer) body(b env.Body) {
	numbers := [bodyNumbers]float64{
		b.Position[0], b.Position[1], b.Position[2], b.Velocity[0], b.Velocity[1], b.Velocity[2],
		b.Angle, b.Size[0], b.Size[1], b.Size[2], b.Hidden,
	}
	var packed [8 * bodyNumbers]byte
	for i, x := range numbers {
		binary.LittleEndian.PutUint64(packed[8*i:], math.Float64bits(x))
	}
	flags := 0
	if b.Static {
		flags |= flagStatic
	}
	if b.InFrame {
		flags |= flagInFrame
	}
	p.array(5)
	p.integer(b.ID)
	p.text(b.Kind)
	p.binary(packed[:])
	p.binary(b.Color[:])
	p.integer(flags)
}

func floatBytes(list []float32) []byte {
	out := make([]byte, 4*len(list))
	for i, x := range list {
		binary.LittleEndian.PutUint32(out[4*i:], math.Float32bits(x))
	}
	return out
}

func truthBytes(list []bool) []byte {
	out := make([]byte, len(list))
	for i, b := range list {
		if b {
			out[i] = 1
		}
	}
	return out
}
