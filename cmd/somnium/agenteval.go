package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"somnium/agents"
	"somnium/agents/cem"
	"somnium/env"
	"somnium/evals"
)

// returnFigures is what one agent earned.
type returnFigures struct {
	Agent    string `json:"agent"`
	Episodes int    `json:"episodes"`
	// Return is the mean, Low and High the ends of its 95% bootstrap interval.
	Return float64 `json:"return"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	// Length is the mean number of steps, Terminated the share of episodes that ended by the rules.
	Length     float64 `json:"length"`
	Terminated float64 `json:"terminated"`
	// Normalised is where the return lies between that of random, 0, and that of scripted, 1. Null: one of them did not play.
	Normalised evals.Number `json:"normalised"`
	// Ahead is the mean of the returns less those of the reference in the same episodes, AheadLow and AheadHigh the ends of its interval. What
	// episodes differ in, for all alike, is not in it. Null: this is the reference.
	Ahead     evals.Number `json:"ahead"`
	AheadLow  evals.Number `json:"ahead_low"`
	AheadHigh evals.Number `json:"ahead_high"`

	returns []float64
}

// evalFigures is what `agent eval` reports.
type evalFigures struct {
	Env    string          `json:"env"`
	Seed   uint64          `json:"seed"`
	Agents []returnFigures `json:"agents"`
	// Reference is whom the others are ahead of, or behind: scripted where it plays, else the first.
	Reference string `json:"reference"`
}

func (a *app) agentEval() *cobra.Command {
	episodes, makers := 100, agentMakers{}
	c := &cobra.Command{
		Use:   "eval <env> <agent>...",
		Short: "Play episodes of an environment with agents, and compare their returns",
		Long: "Play episodes that nothing was trained on, the same for every agent, and report mean returns with 95% bootstrap\n" +
			"intervals, and by how much each is ahead of scripted, or of the first, in the same episodes. An agent is a checkpoint of `somnium agent train`; cem, which plans by the environment's snapshots;\n" +
			"cem:<model>, which plans in dreams of a model; or a name.\n" + agentHelp(),
		Args: takes(2, 100),
		RunE: func(c *cobra.Command, args []string) error {
			if episodes < 1 {
				return usage("--episodes is %d; give at least 1", episodes)
			}
			makers.env = args[0]
			figures := evalFigures{Env: args[0], Seed: a.seed}
			for _, name := range args[1:] {
				maker, err := makers.maker(name)
				if err != nil {
					return err
				}
				played, err := playEpisodes(c.Context(), args[0], maker, a.seed, episodes)
				if err != nil {
					return err
				}
				figures.Agents = append(figures.Agents, played.figures(name))
			}
			figures.normalise()
			figures.pair()
			return a.report(figures, figures.print)
		},
	}
	c.Flags().IntVar(&episodes, "episodes", episodes, "episodes of each agent")
	makers.flags(c)
	return c
}

// played is a number of episodes.
type played struct {
	returns, lengths []float64
	terminated       []bool
}

// playEpisodes plays held-out episodes, on all processors. What an episode brings depends on its seed alone.
func playEpisodes(ctx context.Context, name string, maker agents.Maker, seed uint64, episodes int) (played, error) {
	p := played{returns: make([]float64, episodes), lengths: make([]float64, episodes), terminated: make([]bool, episodes)}
	workers := min(episodes, runtime.GOMAXPROCS(0))
	errs := make([]error, workers)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() { errs[w] = p.play(ctx, name, maker, seed, w, workers) })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return p, err
		}
	}
	return p, nil
}

// play plays every so-manyth episode from the first.
func (p *played) play(ctx context.Context, name string, maker agents.Maker, seed uint64, first, every int) error {
	e, err := openEnv(name)
	if err != nil {
		return err
	}
	defer e.Close()
	agent, err := maker(e)
	if err != nil {
		return err
	}
	for i := first; i < len(p.returns); i += every {
		obs, err := e.Reset(env.Seeded(evals.HeldOut + seed<<20 + uint64(i)))
		if err != nil {
			return err
		}
		agent.Reset(seed<<20 + uint64(i))
		for done := false; !done; {
			if err := ctx.Err(); err != nil {
				return err
			}
			step, err := e.Step(agent.Act(obs))
			if err != nil {
				return err
			}
			obs, done = step.Obs, step.Done()
			p.returns[i] += step.Reward
			p.lengths[i]++
			p.terminated[i] = step.Terminated
		}
		if planner, ok := agent.(*cem.Planner); ok && planner.Err() != nil {
			return planner.Err()
		}
	}
	return nil
}

func (p *played) figures(name string) returnFigures {
	f := returnFigures{Agent: name, Episodes: len(p.returns), Return: meanOf(p.returns), Length: meanOf(p.lengths), returns: p.returns}
	f.Low, f.High = interval(p.returns)
	for _, t := range p.terminated {
		if t {
			f.Terminated += 1 / float64(len(p.terminated))
		}
	}
	return f
}

// normalise places the returns between those of random and of scripted.
func (f *evalFigures) normalise() {
	of := func(name string) float64 {
		for _, a := range f.Agents {
			if a.Agent == name {
				return a.Return
			}
		}
		return math.NaN()
	}
	low, high := of("random"), of("scripted")
	if !(high > low) { // there is no way between them
		low = math.NaN()
	}
	for i := range f.Agents {
		f.Agents[i].Normalised = evals.Number((f.Agents[i].Return - low) / (high - low))
	}
}

// pair compares every agent with the reference, episode by episode.
func (f *evalFigures) pair() {
	reference := max(0, slices.IndexFunc(f.Agents, func(a returnFigures) bool { return a.Agent == "scripted" }))
	f.Reference = f.Agents[reference].Agent
	for i := range f.Agents {
		a, none := &f.Agents[i], evals.Number(math.NaN())
		if a.Ahead, a.AheadLow, a.AheadHigh = none, none, none; i == reference {
			continue
		}
		ahead := slices.Clone(a.returns)
		for k := range ahead {
			ahead[k] -= f.Agents[reference].returns[k]
		}
		low, high := interval(ahead)
		a.Ahead, a.AheadLow, a.AheadHigh = evals.Number(meanOf(ahead)), evals.Number(low), evals.Number(high)
	}
}

func meanOf(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// interval returns the 95% percentile bootstrap interval of the mean.
func interval(x []float64) (low, high float64) {
	const resamples = 2000
	rng := rand.New(rand.NewPCG(uint64(len(x)), 0xb00))
	means := make([]float64, resamples)
	for i := range means {
		for range x {
			means[i] += x[rng.IntN(len(x))] / float64(len(x))
		}
	}
	slices.Sort(means)
	return means[resamples*25/1000], means[int(math.Ceil(resamples*0.975))-1]
}

func (f evalFigures) print(w io.Writer) {
	fmt.Fprintf(w, "%s, seed %d\n", f.Env, f.Seed)
	for _, a := range f.Agents {
		fmt.Fprintf(w, "  %-40s return %8.3f [%.3f, %.3f] over %d episodes of %.0f steps; %.0f%% ended by the rules\n",
			a.Agent, a.Return, a.Low, a.High, a.Episodes, a.Length, 100*a.Terminated)
		if normalised := float64(a.Normalised); !math.IsNaN(normalised) {
			fmt.Fprintf(w, "  %-40s %.2f of the way from random to scripted\n", "", normalised)
		}
		if ahead := float64(a.Ahead); !math.IsNaN(ahead) {
			fmt.Fprintf(w, "  %-40s %+.3f [%+.3f, %+.3f] beside %s, episode by episode\n", "", ahead, float64(a.AheadLow), float64(a.AheadHigh), f.Reference)
		}
	}
}
