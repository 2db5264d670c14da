package main

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"somnium/world"
	"somnium/world/train"
)

// trainFigures is what `train` reports.
type trainFigures struct {
	Out            string  `json:"out"`
	Weights        string  `json:"weights"`
	Preset         string  `json:"preset"`
	TokenizerSteps int     `json:"tokenizer_steps"`
	DynamicsSteps  int     `json:"dynamics_steps"`
	DynamicsClips  int     `json:"dynamics_clips"`
	Parameters     int     `json:"parameters"`
	ClipsPerSecond float64 `json:"clips_per_second"`
	Seconds        float64 `json:"seconds"`
}

func (a *app) train() *cobra.Command {
	var options train.Options
	var weights map[string]string
	c := &cobra.Command{
		Use:   "train <data>...",
		Short: "Train a world model on recorded episodes",
		Long: "Train a world model on data sets that `somnium collect` recorded: first the tokenizer, then the dynamics. The run's\n" +
			"folder holds a checkpoint, the losses as a table and a picture, and the weights so far. A run that was stopped, by\n" +
			"whatever means, goes on to the same losses when the same command is run again.",
		Args: takes(1, 1000),
		RunE: func(c *cobra.Command, args []string) error {
			if options.Dir == "" || options.TokenizerSteps+options.DynamicsSteps <= 0 {
				return usage("train needs --out and --tokenizer-steps, --dynamics-steps or both; see `somnium train --help`")
			}
			options.Data, options.Seed, options.Weights = args, a.seed, map[string]float64{}
			for id, text := range weights {
				weight, err := strconv.ParseFloat(text, 64)
				if err != nil || weight < 0 || math.IsInf(weight, 0) || math.IsNaN(weight) {
					return usage("--weight %s=%s is not a number from 0; write for example --weight RigidCatch-v0=2", id, text)
				}
				options.Weights[id] = weight
			}
			start, clips := time.Now(), 0
			options.Report = func(l train.Loss) {
				if l.Stage == "dynamics" {
					clips += options.Clips
				}
			}
			model, err := train.Run(c.Context(), options)
			if err != nil {
				return err
			}
			seconds := time.Since(start).Seconds()
			figures := trainFigures{
				Out: options.Dir, Weights: filepath.Join(options.Dir, "weights.safetensors"), Preset: model.Info.Preset,
				TokenizerSteps: model.Info.TokenizerSteps, DynamicsSteps: model.Info.DynamicsSteps, DynamicsClips: model.Info.DynamicsClips,
				Parameters: model.Tokenizer.Params.Count() + model.Dynamics.Params.Count(), ClipsPerSecond: float64(clips) / seconds, Seconds: seconds,
			}
			return a.report(figures, figures.print)
		},
	}
	flags := c.Flags()
	flags.StringVar(&options.Dir, "out", "", "folder of the run")
	flags.StringVar(&options.Preset, "preset", "small", fmt.Sprintf("sizes of the model, one of %v", world.Presets()))
	flags.StringVar(&options.From, "from", "", "weights to start from, a path or an embedded preset (default: fresh weights)")
	flags.IntVar(&options.TokenizerSteps, "tokenizer-steps", 0, "updates of the tokenizer, counted over all runs")
	flags.IntVar(&options.DynamicsSteps, "dynamics-steps", 0, "updates of the dynamics, counted over all runs")
	flags.IntVar(&options.Clips, "clips", 4, "clips in a batch of the dynamics")
	flags.IntVar(&options.Frames, "frames", 16, "frames in a clip of the dynamics")
	flags.StringToStringVar(&weights, "weight", nil, "factors on the shares of environments, such as RigidCatch-v0=2 (default: shares in proportion to frames)")
	flags.Float64Var(&options.SelfRollout, "self-rollout", 0.4, "share of the dynamics' updates, at the end, that show the model frames of its own")
	flags.Float64Var(&options.Rate, "rate", 1, "factor on the learning rates")
	flags.DurationVar(&options.Save, "save", time.Minute, "time between checkpoints")
	return c
}

func (f trainFigures) print(w io.Writer) {
	fmt.Fprintf(w, "%s: preset %s, %d weights, trained for %d updates of the tokenizer and %d of the dynamics (%d clips)\n",
		f.Weights, f.Preset, f.Parameters, f.TokenizerSteps, f.DynamicsSteps, f.DynamicsClips)
	fmt.Fprintf(w, "this run: %.0f s, %.2f clips/s\n", f.Seconds, f.ClipsPerSecond)
}
