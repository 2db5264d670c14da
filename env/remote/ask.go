package remote

import "somnium/env"

// capabilities returns the names of what e can do for a client beyond being stepped.
func capabilities(e env.Env) []string {
	names := []string{}
	if _, ok := env.As[env.Snapshotter](e); ok {
		names = append(names, "snapshot")
	}
	if _, ok := env.As[env.Prober](e); ok {
		names = append(names, "state")
	}
	if _, ok := env.As[env.Captioner](e); ok {
		names = append(names, "captions")
	}
	if _, _, ok := env.FrameSize(e.Spec().Observation); ok {
		names = append(names, "render")
	}
	return names
}

// able finds a capability of the environment that the request names.
func able[T any](h *handle, r request) (T, error) {
	var none T
	if r.Index < 0 || r.Index >= len(h.envs) {
		return none, fail(kindRequest, "%s: environment %d of %d; they are counted from 0", r.Op, r.Index, len(h.envs))
	}
	found, ok := env.As[T](h.envs[r.Index])
	if !ok {
		return none, fail(kindUnsupported, "%s cannot do %s; it can do %v", h.spec.ID, r.Op, capabilities(h.envs[r.Index]))
	}
	return found, nil
}

func (h *handle) snapshot(r request) (reply, error) {
	e, err := able[env.Snapshotter](h, r)
	if err != nil {
		return reply{}, err
	}
	snapshot, err := e.Snapshot()
	if snapshot == nil {
		snapshot = []byte{}
	}
	return reply{fields: fields{"snapshot": snapshot}}, err
}

// restore brings a state back. A vector keeps account of which episodes have ended, so that a reset goes before: the first
// Restore finds out whether it would be in vain.
func (h *handle) restore(r request) (reply, error) {
	e, err := able[env.Snapshotter](h, r)
	if err != nil {
		return reply{}, err
	}
	obs, err := e.Restore(r.Snapshot)
	if err != nil {
		return reply{}, err
	}
	slot := h.following()
	batch := h.ring[slot].batch
	if _, alone := h.vec.(lone); !alone {
		mask := make([]bool, len(h.envs))
		mask[r.Index] = true
		if err := h.vec.Reset(env.VecResetOptions{Mask: mask}, batch); err != nil {
			return reply{}, err
		}
		if obs, err = e.Restore(r.Snapshot); err != nil {
			return reply{}, err
		}
	}
	put(batch, r.Index, env.Step{Obs: obs})
	return h.told(slot), nil
}

func (h *handle) state(r request) (reply, error) {
	e, err := able[env.Prober](h, r)
	if err != nil {
		return reply{}, err
	}
	return reply{fields: fields{"state": describeState(e.State())}}, nil
}

func (h *handle) captions(r request) (reply, error) {
	e, err := able[env.Captioner](h, r)
	if err != nil {
		return reply{}, err
	}
	short, detailed := e.Captions()
	return reply{fields: fields{"short": short, "detailed": detailed}}, nil
}

// render returns the picture of the last observation, uint8 [height, width, 3].
func (h *handle) render(r request) (reply, error) {
	if _, err := able[env.Env](h, r); err != nil {
		return reply{}, err
	}
	height, width, ok := env.FrameSize(h.spec.Observation)
	if !ok {
		return reply{}, fail(kindUnsupported, "%s shows no picture: its observations are %v", h.spec.ID, h.spec.Observation)
	}
	pixels := h.ring[h.last].batch.Obs[r.Index].Pixels()
	return reply{fields: fields{"height": height, "width": width}, block: pixels}, nil
}
