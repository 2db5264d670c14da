package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"somnium/agents"
	"somnium/agents/actor"
	"somnium/agents/all"
	"somnium/agents/imagine"
	"somnium/agents/ppo"
	"somnium/env"
	"somnium/internal/atomicfile"
	"somnium/internal/progress"
	"somnium/world"
)

// agent is the command that holds those of learned agents.
func (a *app) agent() *cobra.Command {
	c := &cobra.Command{
		Use:   "agent",
		Short: "Train agents in simulators or in dreams, and test them",
		Args:  subcommand,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.agentTrain(), a.agentEval(), a.agentRank())
	return c
}

// agentFigures is what `agent train` reports.
type agentFigures struct {
	Env        string `json:"env"`
	Learner    string `json:"learner"`
	Checkpoint string `json:"checkpoint"`
	// Steps is how many the agent took in all, those before --from too.
	Steps int `json:"steps"`
	// Reward is the mean reward of a step over the last tenth of the run.
	Reward         float64 `json:"reward_per_step"`
	Seconds        float64 `json:"seconds"`
	StepsPerSecond float64 `json:"steps_per_second"`
}

// agentTraining is one run of `agent train`.
type agentTraining struct {
	app  *app
	env  string
	out  string
	from string
	num  int
	// teacher names who says what it would do, of agents/all; empty: nobody.
	teacher string
	// data are the folders that imagined stretches begin in, of length steps each; none: pixels and ppo.
	data    []string
	length  int
	dream   dreamVecOptions
	options ppo.Options
	curve   actor.Curve
}

func (a *app) agentTrain() *cobra.Command {
	t := &agentTraining{app: a}
	c := &cobra.Command{
		Use:   "train <env>",
		Short: "Train an agent in a simulator, in a dream, or in what a model imagines from a data set",
		Long: "Train an agent from pixels by proximal policy optimisation in any environment: a simulator, or a dream such as\n" +
			"dream:small@RigidCatch-v0. With --data, train it on a dream's latents instead, in short stretches that the model imagines\n" +
			"from recorded contexts: then no simulator is stepped. The folder of the run holds agent.safetensors, the agents of each\n" +
			"tenth of the way, and the curve as a table and a picture.",
		Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			t.env = args[0]
			if err := t.check(); err != nil {
				return err
			}
			figures, err := t.run(c)
			if err != nil {
				return err
			}
			return a.report(figures, figures.print)
		},
	}
	flags := c.Flags()
	flags.StringVar(&t.out, "out", "", "folder of the run")
	flags.StringVar(&t.from, "from", "", "checkpoint to go on from (default: fresh weights)")
	flags.IntVar(&t.num, "num-envs", 64, "number of environments that step side by side")
	flags.IntVar(&t.options.Steps, "steps", 1_000_000, "steps to take, of all environments together")
	flags.IntVar(&t.options.Horizon, "horizon", 0, "steps of each environment between updates (default: 64, imagining 16)")
	flags.IntVar(&t.options.Epochs, "epochs", 0, "how often each step is learned from (default: 3, imagining 2)")
	flags.IntVar(&t.options.Training.Batch, "batch", 0, "steps of an update (default: a quarter of those between updates, imagining half)")
	flags.Float64Var(&t.options.Training.Rate, "rate", 1e-3, "learning rate, which falls to nothing")
	flags.Float64Var(&t.options.Training.Entropy, "entropy", 0.01, "weight of the policy's entropy")
	flags.Float64Var(&t.options.Discount, "discount", 0.97, "discount of a step")
	flags.Float64Var(&t.options.Lambda, "lambda", 0, "decay of the advantages (default: 0.9, imagining 0.95)")
	flags.StringVar(&t.teacher, "teacher", "", "agent that says in every state what it would do, which is learned too, such as scripted (default: none)")
	flags.Float64Var(&t.options.Training.Teach, "teach", 1, "weight of what the teacher says")
	flags.StringSliceVar(&t.data, "data", nil, "data sets to imagine from (default: none, learn from pixels)")
	flags.IntVar(&t.length, "length", 24, "steps of an imagined stretch")
	t.dream.flags(c)
	return c
}

// check returns an error where a flag is out of range, and takes an entropy of 0 for none.
func (t *agentTraining) check() error {
	o := &t.options
	switch {
	case t.out == "" || t.num < 1:
		return usage("agent train needs --out and at least one environment; see `somnium agent train --help`")
	case o.Steps < 1 || o.Horizon < 0 || o.Epochs < 0 || o.Training.Batch < 0 || t.length < 1:
		return usage("--steps, --horizon, --epochs, --batch and --length count; give no fewer than 1, or leave them out")
	case !(o.Discount > 0 && o.Discount <= 1) || !(o.Lambda >= 0 && o.Lambda <= 1):
		return usage("--discount is %g and --lambda %g; give numbers in 0..1", o.Discount, o.Lambda)
	case t.teacher != "" && len(t.data) > 0:
		return usage("--teacher reads the state of simulators, and none is stepped with --data; leave one of them out")
	case t.teacher != "" && !(o.Training.Teach > 0):
		return usage("--teach is %g; give a weight above 0", o.Training.Teach)
	case !(o.Training.Rate > 0) || !(o.Training.Entropy >= 0):
		return usage("--rate is %g and --entropy %g; give a rate above 0 and no negative entropy", o.Training.Rate, o.Training.Entropy)
	}
	if o.Training.Entropy == 0 {
		o.Training.Entropy = -1 // in the options 0 stands for the default
	}
	return nil
}

// run trains.
func (t *agentTraining) run(c *cobra.Command) (figures agentFigures, err error) {
	if err := os.MkdirAll(t.out, 0o755); err != nil {
		return figures, fmt.Errorf("making the folder of the run: %w; name another with --out", err)
	}
	if t.from != "" {
		if len(t.data) > 0 {
			return figures, usage("--from goes on with an agent that learned from pixels; leave it or --data out")
		}
		if t.options.Network, err = actor.Load(t.from, ppo.Learner); err != nil {
			return figures, err
		}
	}
	vec, err := t.open()
	if err != nil {
		return figures, err
	}
	defer vec.Close()
	if t.options.Teachers, err = teachers(t.teacher, vec); err != nil {
		return figures, err
	}
	reporter := &progress.Reporter{Title: "agent", Unit: "steps", Total: int64(t.options.Steps), Out: t.app.err}
	defer reporter.Done()
	t.options.Environment, t.options.Seed = t.env, t.app.seed
	t.options.Report = func(p actor.Point) {
		t.curve = append(t.curve, p)
		reporter.Set(int64(min(p.Steps, t.options.Steps)))
		reporter.Status("reward %+.4f a step, entropy %.2f", p.Reward, p.Entropy)
	}
	t.options.Checkpoint = t.save
	start := time.Now()
	network, err := t.learn(c.Context(), vec)
	if err != nil {
		return figures, err
	}
	seconds := time.Since(start).Seconds()
	figures = agentFigures{
		Env: t.env, Learner: network.Config.Learner, Checkpoint: filepath.Join(t.out, "agent.safetensors"), Steps: network.Config.Steps,
		Reward: t.recent(), Seconds: seconds, StepsPerSecond: float64(t.curve[len(t.curve)-1].Steps) / seconds,
	}
	return figures, nil
}

// open makes what the agent learns in.
func (t *agentTraining) open() (env.VecEnv, error) {
	if len(t.data) > 0 {
		return t.dream.imagine(t.env, t.num, t.length, t.data)
	}
	return t.dream.open(t.env, t.num)
}

// teachers makes an agent of the name for each environment of the vector, or none for no name.
func teachers(name string, vec env.VecEnv) ([]agents.Agent, error) {
	if name == "" {
		return nil, nil
	}
	inside, ok := vec.(interface{ Env(i int) env.Env })
	if !ok {
		return nil, usage("--teacher %s stands beside each environment and looks at its state, which %s does not tell; train in a simulator, or leave --teacher out", name, vec.Spec().ID)
	}
	var made []agents.Agent
	for i := range vec.Num() {
		teacher, err := all.New(name, inside.Env(i))
		if err != nil {
			return nil, err
		}
		made = append(made, teacher)
	}
	return made, nil
}

// learn trains by the learner that is asked for.
func (t *agentTraining) learn(ctx context.Context, vec env.VecEnv) (*actor.Network, error) {
	o := t.options
	if len(t.data) == 0 {
		return ppo.Train(ctx, vec, o)
	}
	return imagine.Train(ctx, vec, imagine.Options{
		Environment: o.Environment, Seed: o.Seed, Steps: o.Steps, Horizon: o.Horizon, Epochs: o.Epochs, Discount: o.Discount,
		Lambda: o.Lambda, Training: o.Training, Report: o.Report, Checkpoint: o.Checkpoint,
	})
}

// save writes the agent so far, once under its number of steps, and the curve.
func (t *agentTraining) save(n *actor.Network) error {
	for _, name := range []string{fmt.Sprintf("agent-%08d.safetensors", n.Config.Steps), "agent.safetensors"} {
		if err := n.Save(filepath.Join(t.out, name)); err != nil {
			return err
		}
	}
	if err := atomicfile.Write(filepath.Join(t.out, "curve.csv"), t.curve.WriteCSV); err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(t.out, "curve.png"), func(w io.Writer) error {
		return actor.Plot(w, "learning in "+t.place(), actor.Line{Name: n.Config.Learner, Curve: t.curve, Smooth: max(1, len(t.curve)/50)})
	})
}

// place names what the agent learns in, shortly: without parameters and folders.
func (t *agentTraining) place() string {
	_, simulator, dreamed := world.ParseDream(t.env)
	if !dreamed {
		simulator = t.env
	}
	simulator, _, _ = strings.Cut(simulator, "?")
	if dreamed {
		return "the dream of " + simulator
	}
	return simulator
}

// recent returns the mean reward of a step over the last tenth of the run.
func (t *agentTraining) recent() float64 {
	last := t.curve[len(t.curve)-(len(t.curve)+9)/10:]
	sum := 0.0
	for _, p := range last {
		sum += p.Reward / float64(len(last))
	}
	return sum
}

func (f agentFigures) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %s in %s, %d steps in %.0f s (%.0f steps/s), reward %+.4f a step over the last tenth\n",
		f.Checkpoint, f.Learner, f.Env, f.Steps, f.Seconds, f.StepsPerSecond, f.Reward)
}
