// Package train makes a world model from recorded episodes, in two stages: the tokenizer learns to compress frames; then the
// dynamics, the transformer, learns to predict latents, the tokenizer standing still.
//
// A run is a folder: checkpoint.safetensors holds the weights, the optimiser's state and the place in the data, and is
// written beside and renamed, so that a run that is stopped at any moment goes on to the same losses; losses.csv and
// losses.png show the way; weights.safetensors is the model so far, the moving average of the weights, in bf16. Where
// checkpoint.safetensors is lost, Options.From starts warm from weights alone.
package train

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"somnium/datasets"
	"somnium/env"
	"somnium/internal/atomicfile"
	"somnium/internal/nn"
	"somnium/internal/progress"
	"somnium/world"
	"somnium/world/dit"
)

// Options are the options of Run.
type Options struct {
	// Data are the folders of recorded episodes.
	Data []string
	// Dir is the run's folder.
	Dir string
	// Preset is the name of the model's sizes. Default: "small".
	Preset string
	// From is a model to start from, where the run's folder has no checkpoint: a path or an embedded preset, of the preset's
	// sizes, or smaller (see world.Grow). Default: fresh weights.
	From string
	// Seed shapes fresh weights, the order of clips and the noise. Default: 0.
	Seed uint64
	// TokenizerSteps, FlowSteps and DynamicsSteps are the lengths of the stages in updates, counted over all resumed runs. Default: 0,
	// which leaves the stage out. Where there are updates of the flow, and the weights have none, it is added.
	TokenizerSteps, FlowSteps, DynamicsSteps int
	// KeepLatents trains the tokenizer's decoder alone, so that a transformer that has learned the latents of the weights that the
	// run starts from still knows them. Default: false.
	KeepLatents bool
	// Dynamics, where not nil, are the sizes of the transformer, in place of the preset's; the one that there is gives way to a
	// fresh one. Default: nil.
	Dynamics *dit.Config
	// AdamW lets AdamW update the matrices too, at its own rate, in place of Muon. Default: false.
	AdamW bool
	// Clips and Frames are the size of a batch of the dynamics. Where latents stand for S frames each, clips have the greatest
	// length up to Frames that is 1 more than a multiple of S. Defaults: 4 and 16.
	Clips, Frames int
	// SelfRollout is the share of the dynamics' updates, at the end, in which the model is shown frames that it dreamed itself. Those
	// before have a plainer objective, which teaches the next frame sooner (docs/adr/0009). Default: 0.
	SelfRollout float64
	// Save is the time between checkpoints. Default: one minute.
	Save time.Duration
	// Rate multiplies the learning rates. Default: 1.
	Rate float64
	// Weights multiply the share of environments by id. Default: shares in proportion to frames.
	Weights map[string]float64
	// Report is told the loss of every update. Default: nothing.
	Report func(Loss)
}

// Loss is what one update saw.
type Loss struct {
	Stage string
	// Step counts from 0.
	Step int
	// Total is what was minimised; Heads, of the dynamics alone, is the part for reward and end, unweighted.
	Total, Heads float64
	// GradNorm is the norm of the gradient before it was clipped.
	GradNorm float64
}

func (o Options) withDefaults() Options {
	if o.Preset == "" {
		o.Preset = "small"
	}
	if o.Clips == 0 {
		o.Clips = 4
	}
	if o.Frames == 0 {
		o.Frames = 16
	}
	if o.Save == 0 {
		o.Save = time.Minute
	}
	if o.Rate == 0 {
		o.Rate = 1
	}
	return o
}

// check returns an error where an option is out of range.
func (o Options) check() error {
	switch {
	case len(o.Data) == 0 || o.Dir == "":
		return errors.New("train: a run needs folders of recorded episodes and a folder of its own")
	case o.TokenizerSteps < 0 || o.FlowSteps < 0 || o.DynamicsSteps < 0:
		return fmt.Errorf("train: %d updates of the tokenizer, %d of the flow and %d of the dynamics are asked for; none can be negative", o.TokenizerSteps, o.FlowSteps, o.DynamicsSteps)
	case o.Clips < 1 || o.Frames < 1:
		return fmt.Errorf("train: a batch of %d clips of %d frames is asked for; both must be at least 1", o.Clips, o.Frames)
	case !(o.Rate > 0) || math.IsInf(o.Rate, 0):
		return fmt.Errorf("train: the factor on the learning rates is %g; it must be above 0", o.Rate)
	case !(o.SelfRollout >= 0 && o.SelfRollout <= 1):
		return fmt.Errorf("train: the share of updates with frames of the model's own is %g; choose 0 to 1", o.SelfRollout)
	}
	return nil
}

// stageNames are the names of the stages, in their order.
var stageNames = []string{"tokenizer", "flow", "dynamics"}

// stage is one part of the training.
type stage interface {
	// name is one of stageNames.
	name() string
	// params are the weights that the stage updates.
	params() *nn.Params
	// tune sets the optimiser's rates.
	tune(o *nn.Optimizer)
	// gradients computes the loss of a batch and leaves its gradients in the returned step.
	gradients(batch *datasets.Batch, number int) (*nn.Step, Loss, error)
	// sampling is how the stage draws its clips.
	sampling() datasets.SamplerOptions
	// finish is called once at the end of the stage, with the averaged weights in place.
	finish(ctx context.Context, data *datasets.Dataset) error
	// seen counts an update in the model's Info.
	seen(info *world.Info)
}

// Run trains until the stages are complete or ctx is cancelled; then it saves and returns ctx's error. It returns the
// model with the averaged weights.
func Run(ctx context.Context, options Options) (*world.Model, error) {
	options = options.withDefaults()
	if err := options.check(); err != nil {
		return nil, err
	}
	data, err := datasets.Open(options.Data...)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if err := data.Damage(); err != nil { // better told now than missed in the figures
		return nil, fmt.Errorf("train: the data are damaged: %w", err)
	}
	if err := os.MkdirAll(options.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("train: making the run's folder: %w; name one that can be written to", err)
	}
	release, err := atomicfile.LockFolder(options.Dir)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	defer release()
	if err := atomicfile.Sweep(options.Dir, 0); err != nil { // what a run that was killed left half written
		return nil, fmt.Errorf("train: %w", err)
	}
	specs, err := data.Specs()
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if err := checkSpecs(specs, options.Weights); err != nil {
		return nil, err
	}
	r := &run{options: options, data: data, kept: "there is no checkpoint yet"}
	if err := r.start(); err != nil {
		return nil, err
	}
	if options.DynamicsSteps > 0 && options.TokenizerSteps == 0 && r.model.Info.TokenizerSteps == 0 {
		return nil, errors.New("train: the dynamics would learn the latents of a tokenizer that was never trained; ask for updates of it too, or start from weights that have some")
	}
	if options.FlowSteps > 0 && options.TokenizerSteps == 0 && r.model.Info.TokenizerSteps == 0 {
		return nil, errors.New("train: the flow would see frames through a tokenizer that was never trained; ask for updates of it too, or start from weights that have some")
	}
	if options.FlowSteps > 0 && r.model.Flow == nil {
		if err := r.model.AddFlow(r.model.FlowSizes(), options.Seed); err != nil {
			return nil, fmt.Errorf("train: %w", err)
		}
	}
	dynamics := &dynamicsStage{model: r.model, options: options, specs: specs}
	if options.DynamicsSteps > 0 {
		if err := checkLengths(data, dynamics.sampling().Frames, options.Weights); err != nil {
			return nil, err
		}
	}
	for _, s := range []struct {
		stage stage
		steps int
	}{
		{&tokenizerStage{model: r.model, options: options}, options.TokenizerSteps},
		{&flowStage{model: r.model, options: options, specs: specs}, options.FlowSteps},
		{dynamics, options.DynamicsSteps},
	} {
		if err := r.train(ctx, s.stage, s.steps); err != nil {
			return r.model, err
		}
	}
	return r.model, nil
}

// checkSpecs returns an error where the data do not tell an action space, or where a weight is given to what they do not hold.
func checkSpecs(specs map[string]env.Spec, weights map[string]float64) error {
	known := map[string]bool{}
	for name, spec := range specs {
		if spec.Action == nil {
			return fmt.Errorf("train: the data do not tell the action space of %s; collect them anew", name)
		}
		known[name], known[datasets.Meta{Env: name}.ID()] = true, true
	}
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		if !known[name] {
			return fmt.Errorf("train: a weight is given to %s, and no episode is of %s; there are %s", name, name, strings.Join(slices.Sorted(maps.Keys(specs)), ", "))
		}
	}
	return nil
}

// run is the state of Run.
type run struct {
	options Options
	data    *datasets.Dataset
	model   *world.Model
	resumed *resumed // nil once used, or where there is nothing to resume
	history history
	saved   time.Time
	kept    string // says which checkpoint there is to go on from
}

// start makes the model: from the run's checkpoint, else from given weights, else fresh.
func (r *run) start() error {
	path := r.path("checkpoint.safetensors")
	_, err := os.Stat(path)
	switch {
	case err == nil:
		if r.model, r.resumed, err = loadCheckpoint(path); err != nil {
			return err
		}
		r.kept = "the last good checkpoint is the one that this run began with, " + path
		if r.model.Info.Preset != r.options.Preset {
			return fmt.Errorf("train: %s holds a run of preset %q, not %q; choose another folder or that preset", r.options.Dir, r.model.Info.Preset, r.options.Preset)
		}
		if sizes := r.options.Dynamics; sizes != nil && *sizes != r.model.Info.Dynamics {
			return fmt.Errorf("train: %s holds a run of a transformer of sizes %+v, not %+v; choose another folder or those sizes", r.options.Dir, r.model.Info.Dynamics, *sizes)
		}
		return r.history.load(r.path("losses.csv"))
	case !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("train: %w", err)
	case r.options.From != "":
		from, err := world.Open(r.options.From)
		if err != nil {
			return fmt.Errorf("train: the model to start from: %w", err)
		}
		if r.model, err = world.Grow(r.options.Preset, r.options.Seed, from); err != nil {
			return fmt.Errorf("train: the model to start from, %s: %w", r.options.From, err)
		}
	default:
		if r.model, err = world.New(r.options.Preset, r.options.Seed); err != nil {
			return fmt.Errorf("train: %w", err)
		}
	}
	if r.options.Dynamics != nil {
		if r.model, err = r.model.WithDynamics(*r.options.Dynamics, r.options.Seed); err != nil {
			return fmt.Errorf("train: %w", err)
		}
	}
	r.model.Info.Environments = environments(r.data)
	return nil
}

func (r *run) path(name string) string { return filepath.Join(r.options.Dir, name) }

// train runs one stage from where it stands to the given number of updates.
func (r *run) train(ctx context.Context, s stage, steps int) error {
	if r.resumed != nil && slices.Index(stageNames, s.name()) < slices.Index(stageNames, r.resumed.stage) {
		return nil // the run stands in a later stage
	}
	if r.resumed == nil && steps == 0 {
		return nil
	}
	optimizer := nn.NewOptimizer(s.params())
	s.tune(optimizer)
	optimizer.Rate *= r.options.Rate
	optimizer.MuonRate *= r.options.Rate
	if r.options.AdamW {
		optimizer.MuonRate = 0
	}
	if r.resumed != nil && r.resumed.stage == s.name() {
		if err := optimizer.Load(r.resumed.file); err != nil {
			return fmt.Errorf("train: %w", err)
		}
		r.resumed = nil
	}
	if optimizer.Steps() == 0 && steps == 0 {
		return nil
	}
	if err := r.loop(ctx, s, optimizer, steps); err != nil {
		return err
	}
	optimizer.Swap()
	if err := s.finish(ctx, r.data); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return r.model.Save(r.path("weights.safetensors"))
}

// loop makes the updates.
func (r *run) loop(ctx context.Context, s stage, optimizer *nn.Optimizer, steps int) error {
	if optimizer.Steps() >= steps {
		return nil
	}
	sampling := s.sampling()
	sampling.Seed, sampling.Start = r.options.Seed, uint64(optimizer.Steps())
	sampling.Weights, sampling.Workers = r.options.Weights, 1
	sampler, err := datasets.NewSampler(r.data, sampling)
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	defer sampler.Close()
	bar := &progress.Reporter{Title: s.name(), Unit: "clips", Total: int64(steps * sampling.Batch), Initial: int64(optimizer.Steps() * sampling.Batch)}
	defer bar.Done()
	r.saved = time.Now()
	for optimizer.Steps() < steps {
		batch, err := next(ctx, sampler)
		if err != nil {
			return errors.Join(r.save(s, optimizer), fmt.Errorf("train: stopped at step %d of %d: %w", optimizer.Steps(), steps, err))
		}
		number := optimizer.Steps()
		step, loss, err := s.gradients(batch, number)
		if err != nil {
			return fmt.Errorf("train: %w", err)
		}
		if loss.GradNorm, err = optimizer.Update(step, schedule(number, steps)); err != nil {
			return fmt.Errorf("train: the %s: %w; %s", s.name(), err, r.kept)
		}
		s.seen(&r.model.Info)
		loss.Stage, loss.Step = s.name(), number
		r.history.add(loss)
		if r.options.Report != nil {
			r.options.Report(loss)
		}
		bar.Status("loss %.5f", r.history.recent(s.name()))
		bar.Set(int64(optimizer.Steps() * sampling.Batch))
		if time.Since(r.saved) >= r.options.Save {
			if err := r.save(s, optimizer); err != nil {
				return err
			}
		}
	}
	return r.save(s, optimizer)
}

// next returns the next batch, and none where ctx is over, whether or not one is ready: who stops a run at an update finds it there.
func next(ctx context.Context, sampler *datasets.Sampler) (*datasets.Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return sampler.Next(ctx)
}

// schedule is the factor on the learning rate: a warm-up over 100 updates and a linear decay to a fiftieth over the whole
// stage, since the loss falls as soon as the rate does.
func schedule(step, steps int) float64 {
	const warm, floor = 100, 0.02
	return min(float64(step+1)/warm, max(floor, 1-float64(step)/float64(steps)))
}

// environments lists the names in the data, sorted.
func environments(data *datasets.Dataset) []string {
	summary := data.Summary()
	names := make([]string, 0, len(summary.Envs))
	for _, e := range summary.Envs {
		names = append(names, e.Env)
	}
	return slices.Compact(names) // the summary has one for each agent
}
