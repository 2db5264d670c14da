package main

import (
	"context"
	"fmt"

	"somnium/env"
	"somnium/evals"
	"somnium/evals/metrics"
	"somnium/world"
)

// recall asks arms for what was seen longer ago than a window of attention holds. A dream is given true frames up to the moment
// before a thing comes back into sight, and dreams on to where it is there again; what counts is the last frame, where the
// truth differs from the last frame that was given. So it is memory that is asked for, and not how well a long rollout holds.
type recall struct {
	// Name is that of the figure, Env the simulator.
	Name, Env string
	// Turn is by how many steps the view turns away and back in a voxel world. Where it is 0, the first body of a rigid scene is
	// waited for to come out from behind another.
	Turn int
	// Hidden is for how many frames nothing moves while the view is away, or for how many, at least, the body is out of sight.
	Hidden int
	// Clips is how many are asked for.
	Clips int
}

const (
	// before is how many frames show what will be out of sight, at most.
	before = 4
	// covered and bare are the shares of a body behind others from which on it counts as out of sight, and up to which as in sight.
	covered, bare = 0.999, 0.02
	// stay, left and right are flat actions of the voxel worlds.
	stay, left, right = 0, 9, 10
	// attempts is how many episodes are played for one clip before giving up.
	attempts = 200
)

// question is a clip of which the first frames are given.
type question struct {
	clip  env.Context
	given int
}

// recall returns by how many decibels what comes back is nearer to the truth than the last given frame is.
func (m *measurer) recall(ctx context.Context, model *world.Model, r recall) (float64, error) {
	truth, err := env.Make(r.Env)
	if err != nil {
		return 0, err
	}
	defer truth.Close()
	height, width, _ := env.FrameSize(truth.Spec().Observation)
	session, err := world.NewSession(model, world.SessionOptions{Height: height, Width: width})
	if err != nil {
		return 0, err
	}
	var dreamed, copied metrics.Errors
	mask := make([]bool, height*width)
	seed := uint64(evals.HeldOut)
	for range r.Clips {
		q, next, err := r.ask(ctx, truth, seed)
		if err != nil {
			return 0, err
		}
		seed = next
		frame, err := q.answer(session, truth.Spec().Action)
		if err != nil {
			return 0, err
		}
		last, end := q.frame(q.given-1), q.frame(q.clip.Len()-1)
		metrics.Changed(mask, end, last)
		dreamed.Add(metrics.OfMasked(frame, end, mask))
		copied.Add(metrics.OfMasked(last, end, mask))
	}
	return dreamed.PSNR() - copied.PSNR(), nil
}

// frame returns a frame of the truth.
func (q question) frame(i int) []uint8 {
	size := q.clip.Height * q.clip.Width * 3
	return q.clip.Frames[i*size : (i+1)*size]
}

// answer returns the last frame as it is dreamed from those given and the true actions.
func (q question) answer(s *world.Session, space env.Space) (frame []uint8, err error) {
	given := q.clip
	given.Frames, given.Actions = q.clip.Frames[:q.given*len(q.frame(0))], q.clip.Actions[:q.given-1]
	if _, err := s.Prime(given, space, 1); err != nil {
		return nil, err
	}
	for _, action := range q.clip.Actions[q.given-1:] {
		out, err := s.Step(space, action)
		if err != nil {
			return nil, err
		}
		frame = out.Frame
	}
	return frame, nil
}

// ask plays the truth from a seed on until an episode has what is asked for, and returns it with the seed after.
func (r recall) ask(ctx context.Context, truth env.Env, seed uint64) (q question, next uint64, err error) {
	for next = seed; next < seed+attempts; next++ {
		if err := ctx.Err(); err != nil {
			return q, next, err
		}
		clip, states, err := r.play(truth, next)
		if err != nil {
			return q, next, err
		}
		if q, ok := r.cut(clip, states); ok {
			return q, next + 1, nil
		}
	}
	return q, next, fmt.Errorf("ablate: in %d episodes of %s nothing is out of sight for %d frames and comes back", attempts, r.Env, r.Hidden)
}

// play plays an episode and returns it with the true state at every frame.
func (r recall) play(truth env.Env, seed uint64) (clip env.Context, states []env.State, err error) {
	prober, ok := env.As[env.Prober](truth)
	if !ok {
		return clip, nil, fmt.Errorf("ablate: %s does not tell its true state", r.Env)
	}
	obs, err := truth.Reset(env.Seeded(seed))
	if err != nil {
		return clip, nil, err
	}
	clip.Height, clip.Width, _ = env.FrameSize(truth.Spec().Observation)
	clip.Frames, states = append(clip.Frames, obs.Pixels()...), append(states, prober.State())
	for i := 0; ; i++ {
		action := env.Int(r.action(i))
		step, err := truth.Step(action)
		if err != nil {
			return clip, nil, err
		}
		clip.Frames, clip.Actions, states = append(clip.Frames, step.Obs.Pixels()...), append(clip.Actions, action), append(states, prober.State())
		if over := r.Turn > 0 && len(states) == r.length(); over || step.Done() {
			return clip, states, nil
		}
	}
}

// length is how many frames a look away takes.
func (r recall) length() int { return before + 2*r.Turn + r.Hidden }

// action is that of a step: look, turn away, stay so, and turn back.
func (r recall) action(step int) int {
	switch since := step + 1 - before; {
	case r.Turn == 0 || since < 0:
		return stay
	case since < r.Turn:
		return right
	case since < r.Turn+r.Hidden:
		return stay
	}
	return left
}

// cut returns the question of an episode, if it has one.
func (r recall) cut(clip env.Context, states []env.State) (q question, ok bool) {
	if r.Turn > 0 {
		return question{clip, before + r.Turn + r.Hidden}, clip.Len() == r.length()
	}
	first, gone := 0, 0 // the first frame of the last in sight, and how many frames it has been out of it since
	for i, s := range states {
		switch hidden := s.Bodies[0].Hidden; {
		case hidden > covered:
			gone++
		case hidden <= bare && gone >= r.Hidden && s.Bodies[0].InFrame:
			return r.between(clip, states, first, i)
		case hidden <= bare:
			first, gone = max(0, i+1-before), 0
		}
	}
	return q, false
}

// between cuts the frames first to last out of an episode, of which those are given in which the body has not come out yet.
func (r recall) between(clip env.Context, states []env.State, first, last int) (q question, ok bool) {
	given := last - 1 // of a body that is said to be covered a pixel may show at the rim, for a frame
	for states[given].Bodies[0].Hidden <= covered {
		given--
	}
	size := clip.Height * clip.Width * 3
	clip.Frames, clip.Actions = clip.Frames[first*size:(last+1)*size], clip.Actions[first:last]
	return question{clip, given - first}, states[first].Bodies[0].Hidden <= bare
}
