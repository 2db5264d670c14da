package datasets

import (
	"encoding/binary"
	"fmt"
	"math"

	"somnium/env"
)

func (u *unpacker) spec() env.Spec {
	var s env.Spec
	u.fields(func(key string) {
		switch key {
		case "id":
			s.ID = u.text()
		case "doc":
			s.Doc = u.text()
		case "observation":
			s.Observation = u.space(0)
		case "action":
			s.Action = u.space(0)
		case "max_episode_steps":
			s.MaxEpisodeSteps = u.integer()
		case "fps":
			s.FPS = u.number()
		case "params":
			s.Params = u.params()
		default:
			u.skip(0)
		}
	})
	return s
}

func (u *unpacker) params() []env.Param {
	var list []env.Param
	for n := u.array(); n > 0 && u.err == nil; n-- {
		u.tuple(6, func() {
			list = append(list, env.Param{
				Name: u.text(), Doc: u.text(), Default: u.number(), Min: u.number(), Max: u.number(), Random: u.truth(),
			})
		})
	}
	return list
}

// packedSpace is a space as the format holds it.
type packedSpace struct {
	kind, dtype string
	n, shape    []int
	low, high   float64
	parts       map[string]env.Space
}

// space reads a space; nil stands for none.
func (u *unpacker) space(depth int) env.Space {
	if depth > maxDepth {
		u.fail(errDepth)
		return nil
	}
	var s packedSpace
	found := false
	u.fields(func(key string) {
		found = true
		switch key {
		case "kind":
			s.kind = u.text()
		case "type":
			s.dtype = u.text()
		case "n":
			s.n = u.integers()
		case "shape":
			s.shape = u.integers()
		case "low":
			s.low = u.number()
		case "high":
			s.high = u.number()
		case "parts":
			s.parts = map[string]env.Space{}
			u.fields(func(name string) { s.parts[name] = u.space(depth + 1) })
		default:
			u.skip(depth)
		}
	})
	if !found || u.err != nil {
		return nil
	}
	space, err := s.unpack()
	u.fail(err)
	return space
}

// unpack returns the space, one that New and Contains take: what a file says must not make them panic.
func (s packedSpace) unpack() (env.Space, error) {
	switch s.kind {
	case "discrete":
		if len(s.n) != 1 {
			return nil, fmt.Errorf("%w: a discrete space has %d sizes", errLacks, len(s.n))
		}
		return env.Discrete{N: s.n[0]}, atLeastOne(s.n)
	case "multi_discrete":
		return env.MultiDiscrete{Nvec: s.n}, atLeastOne(s.n)
	case "box":
		return s.box()
	case "dict":
		for name, part := range s.parts {
			if part == nil {
				return nil, fmt.Errorf("%w: the part %q of a dict is no space", errLacks, name)
			}
		}
		return env.Dict{Spaces: s.parts}, nil
	}
	return nil, fmt.Errorf("a space of kind %q is not known to this program", s.kind)
}

func (s packedSpace) box() (env.Space, error) {
	size := 1
	for _, n := range s.shape {
		if n < 0 || n > maxRawBytes || n > 0 && size > maxRawBytes/n {
			return nil, fmt.Errorf("a box of shape %v is beyond the bounds of the format", s.shape)
		}
		size *= n
	}
	if !(s.low <= s.high) {
		return nil, fmt.Errorf("a box between %g and %g holds nothing", s.low, s.high)
	}
	for _, dtype := range []env.DType{env.Uint8, env.Float32} {
		if s.dtype == dtype.String() {
			return env.Box{Shape: s.shape, Type: dtype, Low: s.low, High: s.high}, nil
		}
	}
	return nil, fmt.Errorf("a box of type %q is not known to this program", s.dtype)
}

func atLeastOne(choices []int) error {
	for _, n := range choices {
		if n < 1 {
			return fmt.Errorf("a space of %d choices holds nothing", n)
		}
	}
	return nil
}

// states reads the true states, none or so many, of a bin of their own.
func (u *unpacker) states(packed []byte, frames int) []env.State {
	inner := newUnpacker(packed)
	n := inner.array()
	if n != 0 && n != frames {
		u.fail(errShape)
		return nil
	}
	list := make([]env.State, 0, n)
	for ; n > 0 && inner.err == nil; n-- {
		list = append(list, inner.state())
	}
	u.fail(inner.err)
	if u.err != nil || len(list) == 0 {
		return nil
	}
	return list
}

func (u *unpacker) state() env.State {
	var s env.State
	u.tuple(3, func() {
		s.Step = u.integer()
		for n := u.array(); n > 0 && u.err == nil; n-- {
			s.Bodies = append(s.Bodies, u.body())
		}
		if n := u.mapLength(); n > 0 {
			s.Values = map[string]float64{}
			for ; n > 0 && u.err == nil; n-- {
				name := u.text()
				s.Values[name] = u.number()
			}
		}
	})
	return s
}

func (u *unpacker) body() env.Body {
	var b env.Body
	u.tuple(5, func() {
		b.ID, b.Kind = u.integer(), u.text()
		packed, color, flags := u.binary(), u.binary(), u.integer()
		if len(packed) != 8*bodyNumbers || len(color) != len(b.Color) {
			u.fail(errLacks)
			return
		}
		x := func(i int) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(packed[8*i:])) }
		b.Position = [3]float64{x(0), x(1), x(2)}
		b.Velocity = [3]float64{x(3), x(4), x(5)}
		b.Angle, b.Size, b.Hidden = x(6), [3]float64{x(7), x(8), x(9)}, x(10)
		copy(b.Color[:], color)
		b.Static, b.InFrame = flags&flagStatic != 0, flags&flagInFrame != 0
	})
	return b
}
