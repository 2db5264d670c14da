package main

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	agentlist "somnium/agents/all"
	"somnium/datasets"
	"somnium/datasets/recipe"
	"somnium/env"
	"somnium/internal/progress"
)

// collectFigures is what `collect` reports.
type collectFigures struct {
	Out      string `json:"out"`
	Episodes int    `json:"episodes"`
	Steps    int64  `json:"steps"`
	// Bytes is what this run wrote, Resumed the number of episodes that were there before it.
	Bytes   int64   `json:"bytes"`
	Resumed int     `json:"resumed"`
	Seconds float64 `json:"seconds"`
}

func (a *app) collect() *cobra.Command {
	var options datasets.CollectOptions
	var cast []string
	var recipeName string
	c := &cobra.Command{
		Use:   "collect <env>...",
		Short: "Record episodes of environments into a data set",
		Long: "Record episodes into the shards of a data set. Environments and agents take turns; agents with weights, as in\n" +
			"--agent explorer=2,loop=1,sticky:16=1, are drawn by them, by each episode's seed. A run that was stopped, by whatever means,\n" +
			"goes on where it was when the same command is run again. --recipe records all parts of a recipe, each into a folder below\n" +
			"--out; there are: " + strings.Join(recipe.Names(), ", ") + ", and a file of yours can be one.\n\n" + agentHelp(),
		Args: takes(0, 1000),
		RunE: func(c *cobra.Command, args []string) (err error) {
			options.MakeEnv, options.MakeAgent = openEnv, makeRecorded
			jobs := []datasets.CollectOptions{options}
			switch {
			case recipeName != "" && options.Dir != "":
				jobs, err = a.recipeOptions(c, recipeName, args, options)
			case options.Dir == "" || len(args) == 0 || (options.Episodes > 0) == (options.Steps > 0):
				return usage("collect needs --out, and either a --recipe or environments with one of --episodes and --steps; see `somnium collect --help`")
			default:
				jobs[0].Envs, jobs[0].Seed = args, a.seed
				jobs[0].Agents, jobs[0].Weights, err = parseMixture(cast)
			}
			if err != nil {
				return err
			}
			figures, start := collectFigures{Out: options.Dir}, time.Now()
			for _, job := range jobs {
				done, err := datasets.Collect(c.Context(), job, a.collecting(job))
				if err != nil {
					return err
				}
				figures.add(done)
			}
			figures.Seconds = time.Since(start).Seconds()
			return a.report(figures, figures.print)
		},
	}
	flags := c.Flags()
	flags.StringVar(&options.Dir, "out", "", "folder of the data set")
	flags.StringVar(&recipeName, "recipe", "", "a recipe: the name of one that is part of the program, or a file")
	flags.StringSliceVar(&cast, "agent", []string{"random"}, agentFlag+"; several are separated by commas, each with =WEIGHT or none")
	flags.IntVar(&options.Episodes, "episodes", 0, "how many episodes to record")
	flags.Int64Var(&options.Steps, "steps", 0, "how many steps to record, up to the end of the last episode")
	flags.IntVar(&options.MaxSteps, "max-steps", 0, "cut episodes to so many steps (default: the environment's own limit)")
	flags.IntVar(&options.Workers, "workers", 0, "episodes that are played at a time (default: the number of processors)")
	flags.BoolVar(&options.NoStates, "no-states", false, "leave out the true states")
	return c
}

// parseMixture splits names such as explorer=2 into agents and their weights, which are nil where no name has one. Beside
// others that have, a name without a weight has 1.
func parseMixture(names []string) (agents []string, weights []float64, err error) {
	mixed := false
	for _, name := range names {
		agent, text, weighted := strings.Cut(name, "=")
		weight := 1.0
		if weighted {
			mixed = true
			if weight, err = strconv.ParseFloat(text, 64); err != nil || !(weight > 0) || math.IsInf(weight, 1) {
				return nil, nil, usage("in --agent %s, %q is no weight; give a number above 0, as in explorer=2,loop=1", name, text)
			}
		}
		agents, weights = append(agents, agent), append(weights, weight)
	}
	if !mixed {
		weights = nil
	}
	return agents, weights, nil
}

// makeRecorded makes an agent by the name that --agent gives it.
func makeRecorded(name string, e env.Env) (datasets.Agent, error) { return agentlist.New(name, e) }

// collecting returns a function that shows how far the job is.
func (a *app) collecting(options datasets.CollectOptions) func(datasets.CollectProgress) {
	reporter := &progress.Reporter{Title: "collect " + filepath.Base(options.Dir), Unit: "steps", Total: options.Steps, Out: a.err}
	if options.Episodes > 0 {
		reporter.Unit, reporter.Total = "episodes", int64(options.Episodes)
	}
	begun := false
	return func(p datasets.CollectProgress) {
		at := p.Steps
		if options.Episodes > 0 {
			at = int64(p.Episodes)
		}
		if !begun {
			begun, reporter.Initial = true, at
		}
		reporter.Set(at)
		if at >= reporter.Total {
			reporter.Done()
		}
	}
}

func (f *collectFigures) add(p datasets.CollectProgress) {
	f.Episodes += p.Episodes
	f.Steps += p.Steps
	f.Bytes += p.Bytes
	f.Resumed += p.Resumed
}

func (f collectFigures) print(w io.Writer) {
	fmt.Fprintf(w, "%s holds %d episodes, %d steps; this run wrote %.1f MB in %.1f s\n", f.Out, f.Episodes, f.Steps, float64(f.Bytes)/1e6, f.Seconds)
	if f.Resumed > 0 {
		fmt.Fprintf(w, "%d episodes were there before\n", f.Resumed)
	}
}
