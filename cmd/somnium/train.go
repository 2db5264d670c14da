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
	Out            string `json:"out"`
	Weights        string `json:"weights"`
	Preset         string `json:"preset"`
	TokenizerSteps int    `json:"tokenizer_steps"`
	FlowSteps      int    `json:"flow_steps,omitempty"`
	DynamicsSteps  int    `json:"dynamics_steps"`
	DynamicsClips  int    `json:"dynamics_clips"`
	Parameters     int    `json:"parameters"`
	// ClipsPerSecond is the pace of the dynamics in this run, 0 where it made fewer than two updates of it.
	ClipsPerSecond float64 `json:"clips_per_second"`
	Seconds        float64 `json:"seconds"`
}

// pace measures how many clips of the dynamics are trained on in a second.
type pace struct {
	clips       int // after the first update
	first, last time.Time
}

// update counts one of so many clips.
func (p *pace) update(clips int) {
	p.last = time.Now()
	if p.first.IsZero() {
		p.first = p.last
		return
	}
	p.clips += clips
}

// perSecond returns the pace, 0 where it is not known.
func (p *pace) perSecond() float64 {
	if p.clips == 0 {
		return 0
	}
	return float64(p.clips) / p.last.Sub(p.first).Seconds()
}

// parseWeights reads the values of --weight.
func parseWeights(given map[string]string) (map[string]float64, error) {
	weights := map[string]float64{}
	for id, text := range given {
		weight, err := strconv.ParseFloat(text, 64)
		if err != nil || weight < 0 || math.IsInf(weight, 0) || math.IsNaN(weight) {
			return nil, usage("--weight %s=%s is not a number from 0; write for example --weight RigidCatch-v0=2", id, text)
		}
		weights[id] = weight
	}
	return weights, nil
}

func (a *app) train() *cobra.Command {
	var options train.Options
	var weights map[string]string
	c := &cobra.Command{
		Use:   "train <data>...",
		Short: "Train a world model on recorded episodes",
		Long: "Train a world model on data sets that `somnium collect` recorded: first the tokenizer, then the flow, which\n" +
			"guesses the next frame, then the dynamics; each where updates of it are asked for. The run's folder holds a checkpoint,\n" +
			"the losses as a table and a picture, and the weights so far. A run that was stopped, by whatever means, goes on to the\n" +
			"same losses when the same command is run again.",
		Args: takes(1, 1000),
		RunE: func(c *cobra.Command, args []string) (err error) {
			if options.Dir == "" || options.TokenizerSteps+options.FlowSteps+options.DynamicsSteps <= 0 {
				return usage("train needs --out and --tokenizer-steps, --flow-steps or --dynamics-steps; see `somnium train --help`")
			}
			if options.Clips < 1 || options.Frames < 1 || options.Save < 0 {
				return usage("--clips is %d, --frames %d and --save %v; give at least 1 of the first two, and no time below 0", options.Clips, options.Frames, options.Save)
			}
			options.Data, options.Seed = args, a.seed
			if options.Weights, err = parseWeights(weights); err != nil {
				return err
			}
			start, dynamics := time.Now(), pace{}
			options.Report = func(l train.Loss) {
				if l.Stage == "dynamics" {
					dynamics.update(options.Clips)
				}
			}
			model, err := train.Run(c.Context(), options)
			if err != nil {
				return err
			}
			figures := trainFigures{
				Out: options.Dir, Weights: filepath.Join(options.Dir, "weights.safetensors"), Preset: model.Info.Preset,
				TokenizerSteps: model.Info.TokenizerSteps, FlowSteps: model.Info.FlowSteps, DynamicsSteps: model.Info.DynamicsSteps, DynamicsClips: model.Info.DynamicsClips,
				Parameters:     model.Weights(),
				ClipsPerSecond: dynamics.perSecond(), Seconds: time.Since(start).Seconds(),
			}
			return a.report(figures, figures.print)
		},
	}
	flags := c.Flags()
	flags.StringVar(&options.Dir, "out", "", "folder of the run")
	flags.StringVar(&options.Preset, "preset", "small", fmt.Sprintf("sizes of the model, one of %v", world.Presets()))
	flags.StringVar(&options.From, "from", "", "weights to start from, a path or an embedded preset, of the preset's sizes, or smaller: of fewer layers, heads, hidden features or actions, or without a memory (default: fresh weights)")
	flags.IntVar(&options.TokenizerSteps, "tokenizer-steps", 0, "updates of the tokenizer, counted over all runs")
	flags.IntVar(&options.FlowSteps, "flow-steps", 0, "updates of the network that guesses the next frame from the last two, counted over all runs; a model that has none gets one")
	flags.IntVar(&options.DynamicsSteps, "dynamics-steps", 0, "updates of the dynamics, counted over all runs")
	flags.BoolVar(&options.KeepLatents, "keep-latents", false, "train the tokenizer's decoder alone, under a transformer that stays as it is")
	flags.IntVar(&options.Clips, "clips", 4, "clips in a batch of the dynamics")
	flags.IntVar(&options.Frames, "frames", 16, "frames in a clip of the dynamics; where a latent stands for S of them, the most up to it that are 1 more than a multiple of S")
	flags.StringToStringVar(&weights, "weight", nil, "factors on the shares of environments, such as RigidCatch-v0=2 (default: shares in proportion to frames)")
	flags.Float64Var(&options.SelfRollout, "self-rollout", 0.4, "share of the dynamics' updates, at the end, that show the model frames of its own")
	flags.Float64Var(&options.Rate, "rate", 1, "factor on the learning rates")
	flags.DurationVar(&options.Save, "save", time.Minute, "time between checkpoints")
	return c
}

func (f trainFigures) print(w io.Writer) {
	fmt.Fprintf(w, "%s: preset %s, %d weights, trained for %d updates of the tokenizer", f.Weights, f.Preset, f.Parameters, f.TokenizerSteps)
	if f.FlowSteps > 0 {
		fmt.Fprintf(w, ", %d of the flow", f.FlowSteps)
	}
	fmt.Fprintf(w, " and %d of the dynamics (%d clips)\n", f.DynamicsSteps, f.DynamicsClips)
	fmt.Fprintf(w, "this run took %.0f s", f.Seconds)
	if f.ClipsPerSecond > 0 {
		fmt.Fprintf(w, ", the dynamics at %.2f clips/s", f.ClipsPerSecond)
	}
	fmt.Fprintln(w)
}
