package remote

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/vmihailenco/msgpack/v5"

	"somnium/env"
)

// Protocol is the version of the protocol that this package speaks. Fields and operations may be added to a version; what
// is there keeps its meaning.
const Protocol = 1

// request is every message of a client: the operation says which fields count.
type request struct {
	ID     uint64 `msgpack:"id"`
	Op     string `msgpack:"op"`
	Handle uint64 `msgpack:"handle"`
	Index  int    `msgpack:"index"`

	// hello
	Protocol int    `msgpack:"protocol"`
	Token    string `msgpack:"token"`

	// make and spec
	Name   string `msgpack:"name"`
	Num    int    `msgpack:"num"`
	Mode   string `msgpack:"mode"`
	Shared bool   `msgpack:"shared"`
	Slots  int    `msgpack:"slots"`

	// attach
	Mapped bool `msgpack:"mapped"`

	// reset: N seeds, uint64 little endian, and N booleans
	Seeds  []byte             `msgpack:"seeds"`
	Mask   []byte             `msgpack:"mask"`
	Params map[string]float64 `msgpack:"params"`

	// step, and prime: the T-1 actions between T frames
	Actions []byte `msgpack:"actions"`

	// restore
	Snapshot []byte `msgpack:"snapshot"`

	// prime: T frames, uint8 [T, Height, Width, 3]
	Height  int    `msgpack:"height"`
	Width   int    `msgpack:"width"`
	Frames  []byte `msgpack:"frames"`
	Caption string `msgpack:"caption"`
}

// decode reads the body of a request.
func decode(body []byte) (request, error) {
	var r request
	if err := scan(body); err != nil {
		return r, err
	}
	if err := msgpack.Unmarshal(body, &r); err != nil {
		return r, fmt.Errorf("remote: a field of the message is of the wrong type (%w); docs/protocol.md lists them", err)
	}
	return r, nil
}

// Kinds of failure, which a client may tell apart.
const (
	kindProtocol    = "protocol"    // malformed: the connection closes
	kindVersion     = "version"     // another version of the protocol: the connection closes
	kindToken       = "token"       // no token or a wrong one: the connection closes
	kindLimit       = "limit"       // more than the server allows
	kindRequest     = "request"     // an unknown operation, handle or index, or a field out of range
	kindUnsupported = "unsupported" // the environment lacks the capability
	kindEnvironment = "environment" // the environment's own error
	kindStopping    = "stopping"    // the server stops: the connection closes
)

// failure is an error with its kind.
type failure struct {
	kind string
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func fail(kind, format string, args ...any) error {
	return &failure{kind, fmt.Errorf("remote: "+format, args...)}
}

// kindOf returns the kind of an error; one that names none is an environment's.
func kindOf(err error) string {
	if f := (*failure)(nil); errors.As(err, &f) {
		return f.kind
	}
	return kindEnvironment
}

// fields are what a reply holds beside its id.
type fields map[string]any

// reply is what answers a request: fields, and where there is one a block, which goes out as it lies in memory.
type reply struct {
	fields fields
	block  []byte
}

// encode writes the length and the body of a reply, up to the bytes of its block, into the buffer, which it empties first.
func (r reply) encode(buffer *bytes.Buffer, id uint64) error {
	buffer.Reset()
	buffer.Write(make([]byte, 4))
	encoder := msgpack.NewEncoder(buffer)
	encoder.SetSortMapKeys(true)
	size := 1 + len(r.fields)
	if r.block != nil {
		size++
	}
	err := errors.Join(encoder.EncodeMapLen(size), encoder.EncodeString("id"), encoder.EncodeUint64(id))
	for name, value := range r.fields {
		err = errors.Join(err, encoder.EncodeString(name), encoder.Encode(value))
	}
	if r.block != nil {
		err = errors.Join(err, encoder.EncodeString("block"), encoder.EncodeBytesLen(len(r.block)))
	}
	if err != nil {
		return fmt.Errorf("remote: encoding a reply: %w", err)
	}
	binary.LittleEndian.PutUint32(buffer.Bytes(), uint32(buffer.Len()-4+len(r.block)))
	return nil
}

// errorReply tells a client what went wrong.
func errorReply(err error) reply {
	return reply{fields: fields{"error": map[string]string{"kind": kindOf(err), "message": err.Error()}}}
}

// readBody reads a length and as many bytes into buffer, which grows no further ahead of what has arrived than its double.
func readBody(r io.Reader, buffer []byte, limit int) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return buffer[:0], err
	}
	length := int64(binary.LittleEndian.Uint32(head[:]))
	if length > int64(limit) {
		return buffer[:0], fail(kindProtocol, "a message of %d bytes; at most %d are read: this is another protocol, or too much for one message", length, limit)
	}
	buffer = buffer[:0]
	for size := 0; size < int(length); {
		chunk := min(int(length)-size, max(4096, size, cap(buffer)-size))
		if cap(buffer) < size+chunk {
			buffer = append(make([]byte, 0, size+chunk), buffer...)
		}
		n, err := io.ReadFull(r, buffer[size:size+chunk])
		size += n
		buffer = buffer[:size]
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return buffer, fail(kindProtocol, "a message of %d bytes ends after %d; send it whole", length, size)
		}
		if err != nil {
			return buffer, err
		}
	}
	return buffer, nil
}

// describeSpec returns a spec as a client reads it.
func describeSpec(spec env.Spec) fields {
	f := listing(spec)
	f["observation"], f["action"], f["fps"] = describeSpace(spec.Observation), describeSpace(spec.Action), spec.FPS
	return f
}

// listing returns what is known of an environment without making it.
func listing(spec env.Spec) fields {
	params := []fields{}
	for _, p := range spec.Params {
		params = append(params, fields{"name": p.Name, "doc": p.Doc, "default": p.Default, "min": p.Min, "max": p.Max, "random": p.Random})
	}
	return fields{"id": spec.ID, "doc": spec.Doc, "max_episode_steps": spec.MaxEpisodeSteps, "params": params}
}

// describeSpace returns a space as a client reads it: its kind says which other fields there are.
func describeSpace(space env.Space) fields {
	switch s := space.(type) {
	case env.Discrete:
		return fields{"kind": "discrete", "n": s.N}
	case env.MultiDiscrete:
		return fields{"kind": "multi_discrete", "nvec": s.Nvec}
	case env.Box:
		return fields{"kind": "box", "shape": s.Shape, "dtype": s.Type.String(), "low": s.Low, "high": s.High}
	case env.Dict:
		parts := fields{}
		for key, part := range s.Spaces {
			parts[key] = describeSpace(part)
		}
		return fields{"kind": "dict", "spaces": parts}
	}
	panic("remote: a space of an unknown kind")
}

// describeState returns a true state as a client reads it.
func describeState(state env.State) fields {
	bodies := []fields{}
	for _, b := range state.Bodies {
		bodies = append(bodies, fields{
			"id": b.ID, "kind": b.Kind, "position": b.Position[:], "velocity": b.Velocity[:], "angle": b.Angle, "size": b.Size[:],
			"color": []int{int(b.Color[0]), int(b.Color[1]), int(b.Color[2])}, "static": b.Static, "in_frame": b.InFrame, "hidden": b.Hidden,
		})
	}
	values := map[string]float64{}
	for name, x := range state.Values {
		values[name] = x
	}
	return fields{"step": state.Step, "bodies": bodies, "values": values}
}
