package remote

import (
	"encoding/binary"
	"errors"

	"somnium/env"
)

// modeSingle is the mode of an environment by itself; the others are those of vectors.
const modeSingle = "single"

// modes are what a vector does with an environment whose episode has ended.
var modes = map[string]env.Autoreset{"next_step": env.NextStep, "same_step": env.SameStep, "disabled": env.Disabled}

// handle is what a client has made: an environment or a vector of them, and the blocks of what they return.
type handle struct {
	server *Server
	vec    env.VecEnv
	envs   []*entrance
	spec   env.Spec

	// ring holds the blocks; last is the one that the last reply was about.
	ring    []outcome
	last    int
	segment *segment
	// shared says that the client has mapped the segment and reads there.
	shared bool

	// actions alias the memory of the layout.
	input   layout
	actions []env.Value

	// num and memory are what the handle has reserved: environments, and bytes.
	num, memory int
}

// newHandle makes what the request asks for.
func (s *Server) newHandle(r request) (*handle, error) {
	num, err := checkMake(r)
	if err != nil {
		return nil, err
	}
	if err := s.reserve(num, 0); err != nil {
		return nil, err
	}
	h := &handle{server: s, num: num}
	if err := h.make(r, num); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

// checkMake returns the number of environments that the request asks for.
func checkMake(r request) (int, error) {
	if _, ok := modes[r.Mode]; !ok && r.Mode != modeSingle {
		return 0, fail(kindRequest, "mode %q; it is one of single, next_step, same_step and disabled", r.Mode)
	}
	if r.Num < 1 || r.Mode == modeSingle && r.Num != 1 {
		return 0, fail(kindRequest, "num is %d; it is at least 1, and 1 under the mode single", r.Num)
	}
	if r.Slots < 0 || r.Slots > maxSlots {
		return 0, fail(kindRequest, "slots is %d; it lies in 0..%d", r.Slots, maxSlots)
	}
	return r.Num, nil
}

// make opens one environment, finds room for what num of them return, and opens the rest.
func (h *handle) make(r request, num int) error {
	open, err := h.server.Open(r.Name)
	if err != nil {
		return err
	}
	first, err := h.add(open)
	if err != nil {
		return err
	}
	h.spec = first.Spec()
	if err := h.lay(r, num); err != nil {
		return err
	}
	if r.Mode == modeSingle {
		h.vec = lone{first}
		return nil
	}
	// What the vector has not taken over by an error is closed by closeEnvs, and closing twice is fine.
	h.vec, err = newVec(env.VecOptions{Autoreset: modes[r.Mode]}, num, func(i int) (env.Env, error) {
		if i == 0 {
			return first, nil
		}
		return h.add(open)
	})
	return err
}

// add opens an environment more.
func (h *handle) add(open func() (env.Env, error)) (env.Env, error) {
	e, err := open()
	if err != nil {
		return nil, err
	}
	added := &entrance{Env: e}
	h.envs = append(h.envs, added)
	return added, nil
}

// newVec makes a vector; a nil pointer does not become an interface that is none.
func newVec(o env.VecOptions, n int, newEnv func(int) (env.Env, error)) (env.VecEnv, error) {
	v, err := o.New(n, newEnv)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// lay reserves and lays out the blocks, in shared memory where that is asked for and to be had.
func (h *handle) lay(r request, num int) error {
	final := r.Mode == "same_step"
	size := placeOutcome(nil, h.spec.Observation, num, final).size
	slots := 1
	if r.Shared {
		slots = max(r.Slots, 1)
	}
	var input layout
	input.values([]string{"action"}, h.spec.Action, num)
	h.memory = size*slots + input.size
	if err := h.server.reserve(0, h.memory); err != nil {
		h.memory = 0
		return err
	}
	memory := h.shareMemory(r.Shared, size*slots)
	for i := range slots {
		h.ring = append(h.ring, placeOutcome(memory[i*size:(i+1)*size], h.spec.Observation, num, final))
	}
	h.input = layout{memory: alignedMemory(input.size)}
	h.actions = h.input.values([]string{"action"}, h.spec.Action, num)
	return nil
}

// shareMemory returns size bytes, of a segment if it can be.
func (h *handle) shareMemory(shared bool, size int) []byte {
	if shared {
		segment, err := newSegment(size)
		if err == nil {
			h.segment = segment
			return segment.slots()
		}
		h.server.log("%v; its client reads through the socket", err)
	}
	return alignedMemory(size)
}

// close frees everything.
func (h *handle) close() error {
	err := h.closeEnvs()
	if h.segment != nil {
		err = errors.Join(err, h.segment.free())
	}
	h.ring = nil
	h.server.release(h.num, h.memory)
	return err
}

func (h *handle) closeEnvs() (err error) {
	if h.vec != nil {
		return h.vec.Close()
	}
	for _, e := range h.envs {
		err = errors.Join(err, e.Close())
	}
	return err
}

// made tells the client what it has made.
func (h *handle) made(number uint64) reply {
	block := h.ring[0]
	f := fields{
		"handle": number, "spec": describeSpec(h.spec), "capabilities": capabilities(h.envs[0]),
		"block": block.fields, "block_size": block.size, "action": h.input.fields, "action_size": h.input.size,
	}
	if h.segment != nil {
		f["segment"] = fields{"path": h.segment.path, "nonce": h.segment.nonce, "offset": segmentHead, "slots": len(h.ring)}
	}
	return reply{fields: f}
}

// attach takes the name of the segment away, which the client has mapped or cannot map.
func (h *handle) attach(mapped bool) (reply, error) {
	if h.segment == nil {
		return reply{}, fail(kindRequest, "attach: the environment has no segment; make it with shared set")
	}
	h.shared = mapped
	return reply{}, h.segment.unlink()
}

// next returns the slot after the last one.
func (h *handle) next() int { return (h.last + 1) % len(h.ring) }

// told makes slot the last one, and returns the reply about it.
func (h *handle) told(slot int) reply {
	h.last = slot
	if h.shared {
		return reply{fields: fields{"slot": slot}}
	}
	block := h.ring[slot]
	if block.ended() {
		return reply{block: block.memory}
	}
	return reply{block: block.memory[:block.head]}
}

// step applies the actions.
func (h *handle) step(r request) (reply, error) {
	if len(r.Actions) != h.input.size {
		return reply{}, fail(kindRequest, "step: %d bytes of actions; this environment's are %d, laid out as make's reply says", len(r.Actions), h.input.size)
	}
	copy(h.input.memory, r.Actions)
	slot := h.next()
	if err := h.vec.Step(h.actions, h.ring[slot].batch); err != nil {
		return reply{}, err
	}
	return h.told(slot), nil
}

// reset starts episodes in all environments or in those that the mask selects; the others' observations stay as they were.
func (h *handle) reset(r request) (reply, error) {
	options := env.VecResetOptions{Params: r.Params}
	if r.Seeds != nil {
		if len(r.Seeds) != 8*len(h.envs) {
			return reply{}, fail(kindRequest, "reset: %d bytes of seeds; %d environments take 8 each", len(r.Seeds), len(h.envs))
		}
		for i := range h.envs {
			options.Seeds = append(options.Seeds, binary.LittleEndian.Uint64(r.Seeds[8*i:]))
		}
	}
	if r.Mask != nil {
		if len(r.Mask) != len(h.envs) {
			return reply{}, fail(kindRequest, "reset: a mask of %d bytes; %d environments take 1 each", len(r.Mask), len(h.envs))
		}
		for _, b := range r.Mask {
			options.Mask = append(options.Mask, b != 0)
		}
	}
	slot := h.following()
	if err := h.vec.Reset(options, h.ring[slot].batch); err != nil {
		return reply{}, err
	}
	return h.told(slot), nil
}

// following returns the next slot with the content of the last one, for what changes some environments alone.
func (h *handle) following() int {
	slot := h.next()
	if slot != h.last {
		copy(h.ring[slot].memory, h.ring[h.last].memory)
	}
	return slot
}
