package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/spf13/cobra"

	"somnium/datasets"
	"somnium/env"
	"somnium/world"
)

// dreamVecOptions say how a vector of dreams dreams.
type dreamVecOptions struct {
	// steps is the number of denoising steps a frame, 0 for the model's own.
	steps int
}

func (o *dreamVecOptions) flags(c *cobra.Command) {
	c.Flags().IntVar(&o.steps, "denoise", 0, "denoising steps of a dreamed frame (default: the model's own, 4)")
}

// open makes n environments of a name that reset what has ended within the same step. Dreams go through the network in one pass.
func (o dreamVecOptions) open(name string, n int) (env.VecEnv, error) {
	if _, _, ok := world.ParseDream(name); !ok {
		return openVec(name, n)
	}
	model, truth, err := openDreamed(name)
	if err != nil {
		return nil, err
	}
	options := world.DreamOptions{Name: name, Spec: truth.Spec(), Source: world.FromSimulator(truth, 0), Steps: o.steps}
	vec, err := world.NewDreamVec(model, n, options, env.SameStep)
	if err != nil {
		truth.Close()
		return nil, err
	}
	return vec, nil
}

// imagine makes n stretches of the dream of a name, length steps each, that begin in recorded contexts and are observed as
// latents. The simulator in whose place the dream stands says what the spaces are, and is not stepped.
func (o dreamVecOptions) imagine(name string, n, length int, data []string) (env.VecEnv, error) {
	if _, _, ok := world.ParseDream(name); !ok {
		return nil, usage("%s is no dream, and nothing else imagines; name one, as in dream:small@RigidCatch-v0", name)
	}
	model, truth, err := openDreamed(name)
	if err != nil {
		return nil, err
	}
	defer truth.Close()
	spec := truth.Spec()
	spec.MaxEpisodeSteps = length
	source, err := newArchive(data, spec)
	if err != nil {
		return nil, err
	}
	return world.NewLatentVec(model, n, world.DreamOptions{Name: name, Spec: spec, Source: source, Steps: o.steps}, env.SameStep)
}

// openDreamed opens the model of a dream's name, and the simulator in whose place it stands.
func openDreamed(name string) (*world.Model, env.Env, error) {
	model, simulator, _ := world.ParseDream(name)
	m, err := world.Open(model)
	if err != nil {
		return nil, nil, err
	}
	if simulator == "" {
		return nil, nil, fmt.Errorf("%s does not say in which simulator's place it stands; name one, as in dream:%s@RigidCatch-v0", name, model)
	}
	truth, err := env.Make(simulator)
	return m, truth, err
}

// archive is a source of contexts that are cut out of recorded episodes.
type archive struct{ episodes []*datasets.Episode }

// newArchive reads the episodes of the data sets that are of the spec's simulator, size and actions.
func newArchive(paths []string, spec env.Spec) (*archive, error) {
	data, err := datasets.Open(paths...)
	if err != nil {
		return nil, err
	}
	height, width, _ := env.FrameSize(spec.Observation)
	data = data.Filter(func(m datasets.Meta) bool {
		return m.ID() == spec.ID && m.Height == height && m.Width == width
	})
	r := &archive{}
	for i := range data.Len() {
		episode, err := data.Episode(i)
		if err != nil {
			return nil, err
		}
		if episode.Len() >= world.ContextFrames && episode.Spec.Action.String() == spec.Action.String() {
			r.episodes = append(r.episodes, episode)
		}
	}
	if len(r.episodes) == 0 {
		return nil, fmt.Errorf("%v holds no episode of %s at %dx%d with %d frames and the actions %s; record some with `somnium collect`", paths, spec.ID, height, width, world.ContextFrames, spec.Action)
	}
	return r, nil
}

// Context implements world.Source.
func (r *archive) Context(seed uint64) (env.Context, error) {
	rng := rand.New(rand.NewPCG(seed, 0xc0))
	e := r.episodes[rng.IntN(len(r.episodes))]
	first := rng.IntN(e.Len() - world.ContextFrames + 1)
	last := first + world.ContextFrames - 1
	c := env.Context{Height: e.Height, Width: e.Width, Actions: e.Actions[first:last], Caption: e.Caption(first).Short}
	for i := first; i <= last; i++ {
		c.Frames = append(c.Frames, e.Frame(i)...)
	}
	return c, nil
}

// Close implements world.Source.
func (r *archive) Close() error { return nil }
