package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"somnium/agents"
	"somnium/env"
	"somnium/internal/picture"
)

// rolloutFigures is what `rollout` reports.
type rolloutFigures struct {
	Env   string `json:"env"`
	Agent string `json:"agent"`
	Seed  uint64 `json:"seed"`
	// SHA256 is that of every observation, reward and end, in order: equal rollouts have equal ones.
	SHA256 string `json:"sha256"`
	// Return is the sum of all rewards, Length the number of steps, Episodes that of the episodes that ended.
	Return   float64 `json:"return"`
	Length   int     `json:"length"`
	Episodes int     `json:"episodes"`
	// Out is where the picture is.
	Out string `json:"out,omitempty"`
}

func (a *app) rollout() *cobra.Command {
	var (
		agent, out           string
		steps, frames, every int
	)
	c := &cobra.Command{
		Use:   "rollout <env>",
		Short: "Let an agent act in an environment, and make a picture of it",
		Long: "Let an agent act for a number of steps, through the ends of episodes, and print the sum of rewards and a checksum\n" +
			"of everything that came out: the same seed gives the same checksum. --out ends in .gif for an animation, in .png for\n" +
			"a contact sheet, or names a folder for single frames.\n\n" + agentHelp(),
		Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if steps < 1 || frames < 1 || every < 1 {
				return usage("--steps is %d, --frames %d and --every %d; all are at least 1", steps, frames, every)
			}
			if err := checkPictureName(out); err != nil {
				return err
			}
			e, acting, err := openWithAgent(args[0], agent)
			if err != nil {
				return err
			}
			defer e.Close()
			film, err := newFilm(e.Spec(), out, frames, every)
			if err != nil {
				return err
			}
			figures := rolloutFigures{Env: args[0], Agent: agent, Seed: a.seed, Out: out}
			if err := figures.play(c.Context(), e, acting, steps, film); err != nil {
				return err
			}
			if err := film.write(out); err != nil {
				return err
			}
			return a.report(figures, figures.print)
		},
	}
	c.Flags().StringVar(&agent, "agent", "random", agentFlag)
	c.Flags().IntVar(&steps, "steps", 128, "number of steps")
	c.Flags().StringVar(&out, "out", "", "where the picture goes: x.gif, x.png or a folder")
	c.Flags().IntVar(&frames, "frames", 600, "the most frames that go into the picture")
	c.Flags().IntVar(&every, "every", 1, "of how many frames one goes into the picture, which plays so many times as fast")
	return c
}

// play steps e so many times, resetting it whenever an episode ends, and fills in the figures.
func (f *rolloutFigures) play(ctx context.Context, e env.Env, agent agents.Agent, steps int, film *film) error {
	sum := newDigest()
	obs, err := e.Reset(env.Seeded(f.Seed))
	if err != nil {
		return err
	}
	agent.Reset(f.Seed)
	sum.observe(obs)
	film.add(obs)
	for f.Length < steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		step, err := e.Step(agent.Act(obs))
		if err != nil {
			return err
		}
		obs = step.Obs
		sum.step(step)
		film.add(obs)
		f.Return += step.Reward
		f.Length++
		if !step.Done() {
			continue
		}
		f.Episodes++
		if obs, err = e.Reset(env.ResetOptions{}); err != nil {
			return err
		}
		agent.Reset(f.Seed + uint64(f.Episodes))
		sum.observe(obs)
		film.add(obs)
	}
	f.SHA256 = sum.String()
	return nil
}

func (f *rolloutFigures) print(w io.Writer) {
	fmt.Fprintf(w, "%s, %s, seed %d: %d steps, %d episodes ended, return %g\nsha256 %s\n",
		f.Env, f.Agent, f.Seed, f.Length, f.Episodes, f.Return, f.SHA256)
	if f.Out != "" {
		fmt.Fprintf(w, "picture %s\n", f.Out)
	}
}

// film keeps the first frames of a rollout, of every so many the first. A nil one keeps none.
type film struct {
	height, width, limit int
	every, seen          int
	fps                  float64
	frames               []picture.Frame
}

// newFilm returns a film for the observations of the spec, or nil where no picture is asked for.
func newFilm(spec env.Spec, out string, limit, every int) (*film, error) {
	if out == "" {
		return nil, nil
	}
	height, width, ok := env.FrameSize(spec.Observation)
	if !ok {
		return nil, fmt.Errorf("%s shows no picture; leave --out away", spec.ID)
	}
	return &film{height: height, width: width, limit: limit, every: every, fps: spec.FPS}, nil
}

func (f *film) add(obs env.Value) {
	if f == nil {
		return
	}
	if f.seen%f.every == 0 && len(f.frames) < f.limit {
		f.frames = append(f.frames, picture.Of(obs.Pixels(), f.height, f.width).Clone())
	}
	f.seen++
}

func (f *film) write(out string) error {
	if f == nil {
		return nil
	}
	return writePicture(out, f.frames, f.fps)
}
