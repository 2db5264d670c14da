package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	agentlist "somnium/agents/all"
	"somnium/evals"
	"somnium/internal/atomicfile"
	"somnium/internal/picture"
	"somnium/internal/progress"
	"somnium/world"
)

// measured is who acts in the truth while a model is measured.
const measured = "sticky"

// measureFigures is what `measure` reports.
type measureFigures struct {
	Model string `json:"model"`
	Seed  uint64 `json:"seed"`
	Quick bool   `json:"quick"`
	evals.Measurement
	Seconds float64 `json:"seconds"`
	// Picture and Plot are where those of the rollouts are.
	Picture string `json:"picture,omitempty"`
	Plot    string `json:"plot,omitempty"`
}

// measurement is one run of the command.
type measurement struct {
	app     *app
	model   string
	out     string
	steps   int
	options evals.MeasureOptions
}

func (a *app) measure() *cobra.Command {
	m := &measurement{app: a}
	require := false
	c := &cobra.Command{
		Use:   "measure <model>...",
		Short: "Measure a world model against the truth, figure by figure beside the bars that it must clear",
		Long: "Measure a world model, the path of a checkpoint or an embedded preset, on episodes that nothing was trained on: what its\n" +
			"code loses (tokenizer), how near its next frame comes (next), whether it heeds actions (actions), and whether hundreds\n" +
			"of frames dreamed on their own hold together (rollout). docs/measuring.md says what each figure is.\n\n" +
			"Several models, such as checkpoints of one run, are measured one after the other; --out then holds a plot of quality against\n" +
			"training compute as well.",
		Args: takes(1, math.MaxInt),
		RunE: func(c *cobra.Command, args []string) error {
			m.options.Seed = a.seed
			if err := m.check(c); err != nil {
				return err
			}
			all, err := m.each(c.Context(), args)
			if err != nil {
				return err
			}
			if err := a.report(all.figures(), all.print); err != nil {
				return err
			}
			for _, figures := range all.Models {
				if require && !figures.Pass {
					return fmt.Errorf("%s does not clear every bar: train it longer, or look which figure lags", figures.Model)
				}
			}
			return nil
		},
	}
	flags := c.Flags()
	flags.StringSliceVar(&m.options.Only, "only", evals.GateNames(), "gates to measure, separated by commas")
	flags.StringSliceVar(&m.options.Scenes, "env", nil, "environments of tokenizer and next (default: those that the model was trained on)")
	flags.BoolVar(&m.options.Quick, "quick", false, "measure on a sixteenth of the clips and one rollout: an impression, not a verdict")
	flags.StringVar(&m.out, "out", "", "folder for a picture and a plot of the rollouts")
	flags.BoolVar(&require, "require", false, "end with status 1 where a bar is not cleared")
	flags.IntVar(&m.options.Clips, "clips", 0, "clips of each environment (default: 32 for tokenizer, 64 for next, 512 for actions)")
	flags.IntVar(&m.steps, "steps", world.DefaultSteps, "denoising steps a frame")
	flags.IntVar(&m.options.Context, "context", 15, "true frames that the model is given")
	flags.IntVar(&m.options.Rollouts, "rollouts", 0, "how many rollouts (default: 8)")
	flags.IntVar(&m.options.Length, "frames", 600, "frames of a rollout")
	return c
}

// check finds what is wrong with the command line before anything is measured.
func (m *measurement) check(c *cobra.Command) error {
	gates := strings.Join(evals.GateNames(), ", ")
	if len(m.options.Only) == 0 {
		return usage("--only is empty; it takes %s", gates)
	}
	for _, name := range m.options.Only {
		if !slices.Contains(evals.GateNames(), name) {
			return usage("--only takes %s, not %q", gates, name)
		}
	}
	for _, flag := range []struct {
		name  string
		value int
		least int
	}{{"clips", m.options.Clips, 2}, {"context", m.options.Context, 1}, {"rollouts", m.options.Rollouts, 1}, {"frames", m.options.Length, 1}, {"steps", m.steps, 1}} {
		if c.Flags().Changed(flag.name) && flag.value < flag.least {
			return usage("--%s is %d; give at least %d", flag.name, flag.value, flag.least)
		}
	}
	return nil
}

// measuredModels are the models that were measured, and where the plot of their quality against compute is.
type measuredModels struct {
	Models []measureFigures `json:"models"`
	Curve  string           `json:"curve,omitempty"`
}

// figures is what is reported: of one model its own figures.
func (m measuredModels) figures() any {
	if len(m.Models) == 1 {
		return m.Models[0]
	}
	return m
}

func (m measuredModels) print(w io.Writer) {
	for i, figures := range m.Models {
		if i > 0 {
			fmt.Fprintln(w)
		}
		figures.print(w)
	}
	if m.Curve != "" {
		fmt.Fprintf(w, "quality against compute %s\n", m.Curve)
	}
}

// each measures the models in order, several each with a folder of its own below --out, and draws the quality of those
// that were trained against compute.
func (m *measurement) each(ctx context.Context, names []string) (all measuredModels, err error) {
	var models []*world.Model
	for _, name := range names { // all of them, before the first is measured
		model, err := world.Open(name)
		if err != nil {
			return all, err
		}
		models = append(models, model)
	}
	out := m.out
	var trained []evals.Trained
	for i, name := range names {
		one := *m
		one.model = name
		if len(names) > 1 && out != "" {
			one.out = filepath.Join(out, strconv.Itoa(i+1))
		}
		figures, err := one.run(ctx, models[i])
		if err != nil {
			return all, err
		}
		all.Models = append(all.Models, figures)
		compute := float64(models[i].Info.DynamicsClips) * float64(models[i].Dynamics.Params.Count())
		if compute > 0 {
			trained = append(trained, evals.Trained{Compute: compute, Measurement: figures.Measurement})
		}
	}
	if len(trained) > 1 && out != "" {
		all.Curve = filepath.Join(out, "compute.png")
		return all, atomicfile.Write(all.Curve, func(w io.Writer) error { return evals.PlotCompute(w, trained) })
	}
	return all, nil
}

// run measures the gates in order.
func (m *measurement) run(ctx context.Context, model *world.Model) (measureFigures, error) {
	figures := measureFigures{Model: m.model, Seed: m.options.Seed, Quick: m.options.Quick}
	if len(m.options.Scenes) == 0 {
		if m.options.Scenes = model.Info.Simulators(); len(m.options.Scenes) == 0 {
			return figures, fmt.Errorf("%s does not say which environments it was trained on; name some with --env", m.model)
		}
	}
	if m.out != "" {
		if err := os.MkdirAll(m.out, 0o755); err != nil {
			return figures, fmt.Errorf("making the folder of the pictures: %w; name another with --out", err)
		}
	}
	o := m.options
	o.Open, o.Begin = m.openScene, m.begin
	o.Rolled = func(r evals.RolloutResult) error { return m.draw(r, &figures) }
	start := time.Now()
	var err error
	figures.Measurement, err = evals.Measure(ctx, o)
	figures.Seconds = time.Since(start).Seconds()
	return figures, err
}

// begin shows the progress of a gate.
func (m *measurement) begin(g evals.Gate) (progressed func(done, total int), end func()) {
	reporter := &progress.Reporter{Title: g.Name, Unit: g.Unit, Out: m.app.err}
	return func(done, total int) {
		if done == 0 {
			reporter.Total = int64(total)
		}
		reporter.Set(int64(done))
	}, reporter.Done
}

// openScene opens the truth of a name, the model's dream of it and who acts.
func (m *measurement) openScene(name string) (s evals.Scene, err error) {
	s.Name = name
	if s.Truth, err = openEnv(name); err != nil {
		return s, err
	}
	if s.Agent, err = agentlist.New(measured, s.Truth); err == nil {
		s.Dream, err = openDream(m.model, name, m.steps)
	}
	if err != nil {
		s.Truth.Close()
	}
	return s, err
}

// draw writes the picture and the plot of the rollouts where a folder is given.
func (m *measurement) draw(result evals.RolloutResult, figures *measureFigures) error {
	if m.out == "" {
		return nil
	}
	figures.Picture, figures.Plot = filepath.Join(m.out, "rollout.png"), filepath.Join(m.out, "rollout-figures.png")
	if err := picture.WritePNG(figures.Picture, result.Picture()); err != nil {
		return err
	}
	return atomicfile.Write(figures.Plot, func(w io.Writer) error { return result.Plot(w) })
}
