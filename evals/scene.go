package evals

import (
	"context"
	"fmt"
	"math/rand/v2"

	"somnium/env"
)

// Agent is who acts in the truth. Its actions lead truth and dream alike.
type Agent interface {
	// Reset starts an episode. After it the agent's actions are a function of the seed and the observations alone.
	Reset(seed uint64)
	// Act answers an observation with an action, which holds until the next call.
	Act(obs env.Value) env.Value
}

// Scene is a truth and the dream of it, both with pictures of one size and the same actions.
type Scene struct {
	// Name is what the figures call it, such as RigidCatch-v0.
	Name         string
	Truth, Dream env.Env
	// Agent acts in Truth.
	Agent Agent
}

// HeldOut is the first of the seeds that episodes are measured on. The seeds of a run are a block of 65,536 in the lower half of
// HeldOut..2*HeldOut, and one of 32 times 1,048,576 in the upper half for what needs more. Those of recorded training data
// are hashes, spread evenly over all 2^64 numbers (datasets.EpisodeSeeds): of a million recorded episodes, one falls into a
// given block of 65,536 with a probability of 4e-9. Seeds that people type are small numbers, below HeldOut.
const HeldOut = 1 << 40

// block is the number of near seeds of a run. It is cut into shares: the first is for the gates of `somnium measure` and whoever
// else asks for heldOut, that of an exam's number for the exam. shares and farShare cut a run's seeds in the upper half alike.
const (
	block     = 1 << 16
	nearShare = block / 16
	shares    = 32
	farShare  = 1 << 20
)

// heldOut returns the seed of attempt i of the run of a seed.
func heldOut(run uint64, i int) uint64 {
	if i >= nearShare {
		return far(run, 0, i)
	}
	return near(run, 0, i)
}

// near returns seed i of a share, below 16, of the run's block.
func near(run uint64, share, i int) uint64 {
	return HeldOut + run%(HeldOut/2/block)*block + uint64(share*nearShare+i%nearShare)
}

// far returns seed i of a share, below 32, of the run's seeds in the upper half.
func far(run uint64, share, i int) uint64 {
	const all = shares * farShare
	return HeldOut + HeldOut/2 + run%(HeldOut/2/all)*all + uint64(share%shares*farShare+i%farShare)
}

// Streams of the numbers that are drawn beside the environment's own, which starts from the bare seed.
const (
	agentStream  = 1 << 62
	offsetStream = 1 << 61
)

// latest is the greatest number of frames of an episode that pass before a clip begins.
const latest = 64

// tries is how many episodes are played for one clip before giving up.
const tries = 1000

// recorder cuts clips out of held-out episodes of a scene, one from each.
type recorder struct {
	scene         Scene
	height, width int
	run           uint64
	next          int // attempt
}

// newRecorder returns an error where truth and dream do not fit each other.
func newRecorder(s Scene, run uint64) (*recorder, error) {
	truth, dream := s.Truth.Spec(), s.Dream.Spec()
	height, width, ok := env.FrameSize(truth.Observation)
	if !ok {
		return nil, fmt.Errorf("evals: %s shows no pictures: measure a scene that does", s.Name)
	}
	if h, w, _ := env.FrameSize(dream.Observation); h != height || w != width {
		return nil, fmt.Errorf("evals: %s shows pictures of %dx%d and its dream of %dx%d: open both at one size", s.Name, height, width, h, w)
	}
	if a, b := truth.Action.String(), dream.Action.String(); a != b {
		return nil, fmt.Errorf("evals: %s has the actions %s and its dream %s: this is a dream of something else", s.Name, a, b)
	}
	return &recorder{scene: s, height: height, width: width, run: run}, nil
}

// size is the number of values of a frame.
func (r *recorder) size() int { return r.height * r.width * 3 }

// clip returns so many frames of a held-out episode, from a random place of it, with the actions between them. Episodes
// that end too soon are passed over; of one that ends within the clip, the last frames are taken.
func (r *recorder) clip(ctx context.Context, frames int) (env.Context, error) {
	slack := latest
	if limit := r.scene.Truth.Spec().MaxEpisodeSteps; limit > 0 {
		slack = min(slack, limit+1-frames)
	}
	if slack < 0 {
		return env.Context{}, fmt.Errorf("evals: episodes of %s have at most %d frames, and %d are asked for: ask for fewer, or raise its max_episode_steps",
			r.scene.Name, r.scene.Truth.Spec().MaxEpisodeSteps+1, frames)
	}
	for range tries {
		seed := heldOut(r.run, r.next)
		r.next++
		offset := rand.New(rand.NewPCG(seed, offsetStream)).IntN(slack + 1)
		e, err := r.play(ctx, seed, offset+frames)
		if err != nil {
			return env.Context{}, err
		}
		if have := e.clip.Len(); have >= frames {
			return e.cut(have-frames, have), nil
		}
	}
	return env.Context{}, fmt.Errorf("evals: %d episodes of %s all ended before %d frames: ask for fewer", tries, r.scene.Name, frames)
}

// episode is a played episode, with the caption of every frame.
type episode struct {
	clip     env.Context
	captions []string
}

// cut returns frames from..to-1, which share the episode's memory, under the caption of the first of them.
func (e episode) cut(from, to int) env.Context {
	c := cutOf(e.clip, from, to)
	if e.captions != nil {
		c.Caption = e.captions[from]
	}
	return c
}

// cutOf returns frames from..to-1 of a clip, sharing its memory.
func cutOf(c env.Context, from, to int) env.Context {
	size := c.Height * c.Width * 3
	c.Frames = c.Frames[from*size : to*size]
	c.Actions = c.Actions[from : to-1]
	return c
}

// play plays an episode of at most so many frames.
func (r *recorder) play(ctx context.Context, seed uint64, frames int) (episode, error) {
	e := episode{clip: env.Context{Height: r.height, Width: r.width}}
	words, _ := env.As[env.Captioner](r.scene.Truth)
	keep := func(obs env.Value) {
		e.clip.Frames = append(e.clip.Frames, obs.Pixels()...)
		if words != nil {
			short, _ := words.Captions()
			e.captions = append(e.captions, short)
		}
	}
	obs, err := r.scene.Truth.Reset(env.Seeded(seed))
	if err != nil {
		return e, fmt.Errorf("evals: starting %s from seed %d: %w", r.scene.Name, seed, err)
	}
	r.scene.Agent.Reset(seed ^ agentStream)
	keep(obs)
	for done := false; !done && e.clip.Len() < frames; {
		if err := ctx.Err(); err != nil {
			return e, err
		}
		action := r.scene.Agent.Act(obs).Clone()
		step, err := r.scene.Truth.Step(action)
		if err != nil {
			return e, fmt.Errorf("evals: stepping %s from seed %d: %w", r.scene.Name, seed, err)
		}
		e.clip.Actions = append(e.clip.Actions, action)
		keep(step.Obs)
		obs, done = step.Obs, step.Done()
	}
	return e, nil
}

// frame returns frame t of a clip.
func frame(c env.Context, t int) []uint8 {
	size := c.Height * c.Width * 3
	return c.Frames[t*size : (t+1)*size]
}

// lacks is the error for a dream without a capability.
func lacks(s Scene, what string) error {
	return fmt.Errorf("evals: what stands for the dream of %s cannot %s: give a dream", s.Name, what)
}

// begin starts the dream's random stream from the seed, so that the same figures come out again, and returns it as what
// goes on from a context.
func begin(s Scene, seed uint64) (env.Primer, error) {
	primer, ok := env.As[env.Primer](s.Dream)
	if !ok {
		return nil, lacks(s, "go on from a context one frame at a time")
	}
	if _, err := s.Dream.Reset(env.Seeded(seed)); err != nil {
		return nil, fmt.Errorf("evals: starting the dream of %s: %w", s.Name, err)
	}
	return primer, nil
}
