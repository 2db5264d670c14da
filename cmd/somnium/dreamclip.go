package main

import (
	"fmt"
	"strconv"
	"strings"

	"somnium/datasets"
	"somnium/env"
	"somnium/evals"
	"somnium/world"
)

// fromClip opens the recorded episode as a truth, and the model's dream of it.
func (d *dreaming) fromClip(model *world.Model) (stage, error) {
	episode, err := openEpisode(d.clip)
	if err != nil {
		return stage{}, err
	}
	if err := d.fits(episode); err != nil {
		return stage{}, err
	}
	r := &recording{episode: episode}
	s := stage{Scene: evals.Scene{Name: d.env, Truth: r, Agent: replay{r}}, spec: r.Spec(), episodes: 1, longest: episode.Len()}
	return s, s.openDream(model, d)
}

// fits says what keeps the episode from being dreamed on as it is asked for. Without an environment it takes the episode's.
func (d *dreaming) fits(e *datasets.Episode) error {
	if e.Len() < d.context {
		return fmt.Errorf("the episode %s has %d frames, too few for %d of context and one more; give a smaller --context", d.clip, e.Len()+1, d.context)
	}
	if d.env == "" {
		d.env = e.Env
		return nil
	}
	named, err := env.Make(d.env)
	if err != nil {
		return err
	}
	defer named.Close()
	spec := named.Spec()
	height, width, _ := env.FrameSize(spec.Observation)
	switch {
	case spec.ID != e.Meta().ID():
		return fmt.Errorf("the episode %s is of %s and not of %s; name that, or no environment", d.clip, e.Env, d.env)
	case height != e.Height || width != e.Width:
		return fmt.Errorf("the episode %s shows %dx%d pixels and %s %dx%d; name %s, or no environment", d.clip, e.Height, e.Width, d.env, height, width, e.Env)
	}
	return nil
}

// openEpisode reads the episode of a name: the path of a data set or a shard, and after a # the episode's number.
func openEpisode(name string) (*datasets.Episode, error) {
	path, number := name, 0
	if at := strings.LastIndexByte(name, '#'); at >= 0 {
		var err error
		if number, err = strconv.Atoi(name[at+1:]); err != nil {
			return nil, usage("--clip %s: %q is no number of an episode; give it as data/x#3", name, name[at+1:])
		}
		path = name[:at]
	}
	data, err := datasets.Open(path)
	if err != nil {
		return nil, err
	}
	if number < 0 || number >= data.Len() {
		return nil, fmt.Errorf("%s has no episode %d; it holds %d, counted from 0: choose one as in %s#0", path, number, data.Len(), path)
	}
	return data.Episode(number)
}

// recording is an episode as an environment that takes any action and goes on as was recorded.
type recording struct {
	episode *datasets.Episode
	at      int
}

func (r *recording) Spec() env.Spec {
	spec := r.episode.Spec
	spec.Observation, spec.FPS = env.Frame(r.episode.Height, r.episode.Width), r.episode.FPS
	return spec
}

func (r *recording) Reset(env.ResetOptions) (env.Value, error) {
	r.at = 0
	return env.Value{U8: r.episode.Frame(0)}, nil
}

func (r *recording) Step(env.Value) (env.Step, error) {
	if r.at == r.episode.Len() {
		return env.Step{}, env.ErrEpisodeOver
	}
	step := env.Step{
		Obs: env.Value{U8: r.episode.Frame(r.at + 1)}, Reward: float64(r.episode.Rewards[r.at]),
		Terminated: r.episode.Terminated[r.at], Truncated: r.episode.Truncated[r.at],
	}
	r.at++
	step.Truncated = step.Truncated || r.at == r.episode.Len() && !step.Terminated
	return step, nil
}

func (r *recording) Close() error { return nil }

// Captions implements env.Captioner.
func (r *recording) Captions() (short, detailed string) {
	caption := r.episode.Caption(r.at)
	return caption.Short, caption.Detailed
}

// replay is an agent that does what was recorded.
type replay struct{ recording *recording }

func (replay) Reset(uint64) {}

func (r replay) Act(env.Value) env.Value { return r.recording.episode.Actions[r.recording.at] }
