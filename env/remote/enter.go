package remote

import "somnium/env"

// entrance is an environment whose episodes can begin by other ways than a reset. A vector keeps account of which of its
// environments run, and only a Reset tells it: so the first Reset after set hands over what has begun already.
type entrance struct {
	env.Env
	begun *env.Value
}

// Unwrap returns the environment inside.
func (e *entrance) Unwrap() env.Env { return e.Env }

// Reset implements [env.Env].
func (e *entrance) Reset(opts env.ResetOptions) (env.Value, error) {
	if e.begun == nil {
		return e.Env.Reset(opts)
	}
	obs := *e.begun
	e.begun = nil
	return obs, nil
}

// enter puts environment index into the episode that begin returns the observation of, and leaves the others as they are. An
// error of begin changes nothing.
func (h *handle) enter(index int, begin func() (env.Value, error)) (reply, error) {
	obs, err := begin()
	if err != nil {
		return reply{}, err
	}
	h.envs[index].begun = &obs
	mask := make([]bool, len(h.envs))
	mask[index] = true
	slot := h.following()
	if err := h.vec.Reset(env.VecResetOptions{Mask: mask}, h.ring[slot].batch); err != nil {
		return reply{}, err
	}
	return h.told(slot), nil
}

// restore brings a state back.
func (h *handle) restore(r request) (reply, error) {
	e, err := able[env.Snapshotter](h, r)
	if err != nil {
		return reply{}, err
	}
	return h.enter(r.Index, func() (env.Value, error) { return e.Restore(r.Snapshot) })
}

// prime begins an episode that continues a context.
func (h *handle) prime(r request) (reply, error) {
	e, err := able[env.Primer](h, r)
	if err != nil {
		return reply{}, err
	}
	context, err := h.context(r)
	if err != nil {
		return reply{}, err
	}
	return h.enter(r.Index, func() (env.Value, error) { return e.Prime(context) })
}

// context returns the stretch of video that a request holds. What the environment checks as well is left to it, but for what a
// size or a count is computed from.
func (h *handle) context(r request) (env.Context, error) {
	none := env.Context{}
	height, width, ok := env.FrameSize(h.spec.Observation)
	if !ok {
		return none, fail(kindUnsupported, "prime: %s shows no picture: its observations are %v", h.spec.ID, h.spec.Observation)
	}
	if r.Height != height || r.Width != width {
		return none, fail(kindRequest, "prime: frames of %dx%d; those of %s are %dx%d", r.Height, r.Width, h.spec.ID, height, width)
	}
	size := height * width * 3
	count := len(r.Frames) / size
	if len(r.Frames) != count*size {
		return none, fail(kindRequest, "prime: %d bytes of frames, which are %d each; send whole ones", len(r.Frames), size)
	}
	if count > maxContext {
		return none, fail(kindRequest, "prime: %d frames; at most %d are taken: send the last ones", count, maxContext)
	}
	context := env.Context{Height: height, Width: width, Frames: r.Frames, Caption: r.Caption}
	if r.Actions == nil {
		return context, nil
	}
	between := max(0, count-1)
	var sized layout
	sized.values([]string{"action"}, h.spec.Action, between)
	if len(r.Actions) != sized.size {
		return none, fail(kindRequest, "prime: %d bytes of actions; the %d between %d frames are %d, laid out like those of so many environments", len(r.Actions), between, count, sized.size)
	}
	input := layout{memory: alignedMemory(sized.size)}
	copy(input.memory, r.Actions)
	context.Actions = input.values([]string{"action"}, h.spec.Action, between)
	return context, nil
}
