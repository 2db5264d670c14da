package datasets

import (
	"context"
	"fmt"

	"somnium/env"
)

// Agent is who acts while an episode is recorded.
type Agent interface {
	// Reset starts an episode. After it the agent's actions are a function of the seed and the observations alone.
	Reset(seed uint64)
	// Act answers an observation with an action, which holds until the next call.
	Act(obs env.Value) env.Value
}

// RecordOptions are the options of [Record].
type RecordOptions struct {
	// Seed is the seed of the environment's Reset.
	Seed uint64
	// AgentSeed is the seed of the agent's Reset.
	AgentSeed uint64
	// MaxSteps ends the episode as truncated after so many steps. Default: 0, the environment's own limit; without
	// either Record would not end, and returns an error.
	MaxSteps int
	// NoStates leaves out the true states.
	NoStates bool
}

// recorder fills an episode as it happens.
type recorder struct {
	episode *Episode
	prober  env.Prober
	words   env.Captioner
}

// Record plays one episode and returns it. Env, Number and Agent of the episode are the caller's to fill in; Env is set
// to the environment's id. The episode keeps the picture of an observation, and of a Dict observation nothing beside it.
func Record(ctx context.Context, e env.Env, agent Agent, options RecordOptions) (*Episode, error) {
	spec := e.Spec()
	height, width, err := frameSize(spec)
	if err != nil {
		return nil, err
	}
	if options.MaxSteps <= 0 && spec.MaxEpisodeSteps <= 0 {
		return nil, fmt.Errorf("datasets: %s has no time limit of its own: set MaxSteps", spec.ID)
	}
	r := newRecorder(e, options, height, width)
	obs, err := e.Reset(env.Seeded(options.Seed))
	if err != nil {
		return nil, err
	}
	agent.Reset(options.AgentSeed)
	if err := r.observe(obs); err != nil {
		return nil, err
	}
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		action := agent.Act(obs)
		step, err := e.Step(action)
		if err != nil {
			return nil, err
		}
		if options.MaxSteps > 0 && r.episode.Len()+1 >= options.MaxSteps && !step.Done() {
			step.Truncated = true
		}
		r.transition(action, step)
		if err := r.observe(step.Obs); err != nil {
			return nil, err
		}
		obs, done = step.Obs, step.Done()
	}
	return r.episode, nil
}

func newRecorder(e env.Env, options RecordOptions, height, width int) *recorder {
	spec := e.Spec()
	r := &recorder{episode: &Episode{
		Env: spec.ID, Seed: options.Seed, FPS: spec.FPS, Height: height, Width: width, Spec: spec,
	}}
	if !options.NoStates {
		r.prober, _ = env.As[env.Prober](e)
	}
	r.words, _ = env.As[env.Captioner](e)
	return r
}

// transition keeps an action and what it led to, without the observation.
func (r *recorder) transition(action env.Value, step env.Step) {
	e := r.episode
	e.Actions = append(e.Actions, action.Clone())
	e.Rewards = append(e.Rewards, float32(step.Reward))
	e.Terminated = append(e.Terminated, step.Terminated)
	e.Truncated = append(e.Truncated, step.Truncated)
}

// observe keeps a frame with its true state, and the caption where it changed.
func (r *recorder) observe(obs env.Value) error {
	e := r.episode
	pixels := obs.Pixels()
	if len(pixels) != e.Height*e.Width*3 {
		return fmt.Errorf("datasets: %s returned a picture of %d bytes, and its space calls for %dx%dx3", e.Spec.ID, len(pixels), e.Height, e.Width)
	}
	e.Frames = append(e.Frames, pixels...)
	if r.prober != nil {
		e.States = append(e.States, r.prober.State())
	}
	if r.words == nil {
		return nil
	}
	caption := Caption{Step: e.Len()}
	caption.Short, caption.Detailed = r.words.Captions()
	last := e.Caption(e.Len())
	if len(e.Captions) == 0 || last.Short != caption.Short || last.Detailed != caption.Detailed {
		e.Captions = append(e.Captions, caption)
	}
	return nil
}

// frameSize returns the height and width of an environment's picture.
func frameSize(spec env.Spec) (height, width int, err error) {
	height, width, ok := env.FrameSize(spec.Observation)
	if !ok {
		return 0, 0, fmt.Errorf("datasets: the observation of %s, %v, is no picture of uint8 [height width 3]; wrap it to render one", spec.ID, spec.Observation)
	}
	return height, width, nil
}
