package remote

import "somnium/env"

// capabilities returns the names of what e can do for a client beyond being stepped.
func capabilities(e env.Env) []string {
	names := []string{}
	if _, ok := env.As[env.Snapshotter](e); ok {
		names = append(names, "snapshot")
	}
	if _, ok := env.As[env.Primer](e); ok {
		names = append(names, "prime")
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
