package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"somnium/env"
	"somnium/evals"
	"somnium/internal/progress"
	"somnium/world"
)

// rankFigures is what `agent rank` reports.
type rankFigures struct {
	Env     string        `json:"env"`
	Dream   string        `json:"dream"`
	Seed    uint64        `json:"seed"`
	Ranking evals.Ranking `json:"ranking"`
	Events  evals.Events  `json:"events"`
}

func (a *app) agentRank() *cobra.Command {
	var (
		model           string
		chances         []float64
		episodes, steps int
		clips           int
		dream           dreamVecOptions
	)
	c := &cobra.Command{
		Use:   "rank <env> <checkpoint>...",
		Short: "Rank policies of different skill in the truth and in a dream of it",
		Long: "Rank policies of different skill, each checkpoint acting at random in several shares of the steps, by their returns in\n" +
			"the truth and in a dream of it, and tell how well the dream foretells rewards and ends: number 14 of the scorecard.",
		Args: takes(2, 100),
		RunE: func(c *cobra.Command, args []string) error {
			makers := agentMakers{env: args[0]}
			var policies []evals.Policy
			for _, path := range args[1:] {
				for _, chance := range chances {
					name := fmt.Sprintf("%s:%g", path, chance)
					learned, err := makers.learned(name)
					if err != nil {
						return err
					}
					policies = append(policies, evals.Policy{
						Name: strings.Replace(filepath.Base(name), ".safetensors", "", 1),
						New:  func(spec env.Spec) (evals.Agent, error) { return learned(spec) },
					})
				}
			}
			figures := rankFigures{Env: args[0], Dream: world.DreamName(model, args[0]), Seed: a.seed}
			n := len(policies) * episodes
			if n < 1 {
				return usage("--episodes is %d and there are %d policies; give at least one of each", episodes, len(policies))
			}
			truth, err := openVec(args[0], n)
			if err != nil {
				return err
			}
			defer truth.Close()
			dreams, err := dream.open(figures.Dream, n)
			if err != nil {
				return err
			}
			defer dreams.Close()
			if figures.Ranking, err = evals.Rank(c.Context(), truth, dreams, policies, episodes, steps, a.seed); err != nil {
				return err
			}
			if figures.Events, err = a.events(c, args[0], model, dream.steps, clips); err != nil {
				return err
			}
			return a.report(figures, figures.print)
		},
	}
	flags := c.Flags()
	flags.StringVar(&model, "model", "small", "the model that dreams: a path, or an embedded preset")
	flags.Float64SliceVar(&chances, "chances", []float64{0, 0.3, 0.6, 0.9}, "shares of the steps in which a checkpoint acts at random")
	flags.IntVar(&episodes, "episodes", 4, "episodes of each policy on either side")
	flags.IntVar(&steps, "steps", 150, "steps of an episode at most")
	flags.IntVar(&clips, "clips", 64, "clips whose rewards and ends the dream foretells")
	dream.flags(c)
	return c
}

// events measures how a model's dream tells rewards and ends, in so many denoising steps a frame, 0 for its own.
func (a *app) events(c *cobra.Command, name, model string, steps, clips int) (evals.Events, error) {
	truth, agent, err := openWithAgent(name, measured)
	if err != nil {
		return evals.Events{}, err
	}
	defer truth.Close()
	open, err := dreamOpener(model, name, steps)
	if err != nil {
		return evals.Events{}, err
	}
	dreamed, err := open()
	if err != nil {
		return evals.Events{}, err
	}
	defer dreamed.Close()
	reporter := &progress.Reporter{Title: "events", Unit: "clips", Total: int64(clips), Out: a.err}
	defer reporter.Done()
	o := evals.Options{Seed: a.seed, Clips: clips, Context: 12, Progress: func(done, _ int) { reporter.Set(int64(done)) }}
	return evals.Tell(c.Context(), evals.Scene{Name: name, Truth: truth, Dream: dreamed, Agent: agent}, o, 16)
}

func (f rankFigures) print(w io.Writer) {
	fmt.Fprintf(w, "%s and %s, seed %d, %d episodes of at most %d steps\n", f.Env, f.Dream, f.Seed, f.Ranking.Episodes, f.Ranking.Steps)
	fmt.Fprintf(w, "  %-32s %8s %8s\n", "policy", "truth", "dream")
	for _, p := range f.Ranking.Policies {
		fmt.Fprintf(w, "  %-32s %8.2f %8.2f\n", p.Name, p.Truth, p.Dream)
	}
	fmt.Fprintf(w, "  rank correlation %.2f [%.2f, %.2f] over %d policies\n", f.Ranking.Correlation, f.Ranking.Low, f.Ranking.High, len(f.Ranking.Policies))
	fmt.Fprintf(w, "  over %d clips of %d frames: F1 of rewards %.2f (%d true ones), of ends %.2f (%d true ones); correlation of the rewards %.2f\n",
		f.Events.Clips, f.Events.Frames, f.Events.RewardF1, f.Events.Rewards, f.Events.EndF1, f.Events.Ends, f.Events.RewardCorrelation)
}
