// Package imagine learns to act from a world model's latents alone: from contexts of a fixed data set the model imagines short
// stretches under the policy, and an actor and a critic learn from what it imagines. Nothing is stepped but the model.
//
// It goes the way of Dreamer (Hafner et al., arXiv 2301.04104, section "Actor critic learning"): lambda-returns as the
// critic's target, advantages divided by the range of the returns between the 5th and the 95th percentile where that is above
// one, an entropy bonus. Unlike there, actor and critic share a trunk, the critic is a plain regression, and a stretch may be
// learned from more than once, for imagining is what costs: then the ratio is clipped as in agents/ppo.
package imagine

import (
	"context"
	"fmt"
	"slices"

	"somnium/agents/actor"
	"somnium/env"
)

// Learner is what checkpoints of this package say of themselves.
const Learner = "imagine"

// Options shape a run. The zero value works.
type Options struct {
	// Environment is the name of the dream, for the checkpoint: whoever acts by it needs the same model's latents.
	Environment string
	Seed        uint64
	// Steps is how many are imagined, of all stretches together. Default: 500,000.
	Steps int
	// Horizon is the number of steps between updates. A stretch is as long as the vector's time limit. Default: 16.
	Horizon int
	// Epochs is how often each step is learned from. Default: 2.
	Epochs int
	// Discount and Lambda are those of the returns. Defaults: 0.97 and 0.95.
	Discount, Lambda float64
	// Training shapes the updates; its batch is half the steps between updates by default.
	Training actor.Training
	// Report, where not nil, is called after each update.
	Report func(p actor.Point)
	// Checkpoint, where not nil, is called after every Every steps with the network so far. Default of Every: a tenth of Steps.
	Checkpoint func(n *actor.Network) error
	Every      int
}

// filled returns the options with defaults for n stretches side by side.
func (o Options) filled(n int) Options {
	fill := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	fill(&o.Steps, 500_000)
	fill(&o.Horizon, 16)
	fill(&o.Epochs, 2)
	fill(&o.Training.Batch, max(1, o.Horizon*n/2))
	fill(&o.Every, max(1, o.Steps/10))
	if o.Discount == 0 {
		o.Discount = 0.97
	}
	if o.Lambda == 0 {
		o.Lambda = 0.95
	}
	if o.Report == nil {
		o.Report = func(actor.Point) {}
	}
	if o.Checkpoint == nil {
		o.Checkpoint = func(*actor.Network) error { return nil }
	}
	return o
}

// Train learns in a vector of imagined stretches, whose observations are latents and which begins another stretch within the
// step that ended one (env.SameStep). It returns the network. Equal seeds give equal weights, to the bit.
func Train(ctx context.Context, vec env.VecEnv, options Options) (*actor.Network, error) {
	n := vec.Num()
	o := options.filled(n)
	config, err := actor.NewConfig(Learner, o.Environment, vec.Spec())
	if err != nil {
		return nil, fmt.Errorf("imagine: %w", err)
	}
	if config.Features == 0 {
		return nil, fmt.Errorf("imagine: %s observes %v, not latents; pictures are for agents/ppo", vec.Spec().ID, vec.Spec().Observation)
	}
	if v, ok := vec.(interface{ LatentDigest() string }); ok {
		config.Latents = v.LatentDigest()
	}
	network, err := actor.New(config, o.Seed)
	if err != nil {
		return nil, fmt.Errorf("imagine: %w", err)
	}
	collector, err := actor.NewCollector(network, vec, o.Horizon, o.Seed)
	if err != nil {
		return nil, fmt.Errorf("imagine: %w", err)
	}
	trainer, err := actor.NewTrainer(network, o.Training, o.Seed)
	if err != nil {
		return nil, fmt.Errorf("imagine: %w", err)
	}
	defer trainer.Close()
	r := &run{options: o, collector: collector, trainer: trainer}
	for taken, kept := 0, 0; taken < o.Steps; {
		if err := ctx.Err(); err != nil {
			return network, err
		}
		if err := r.update(taken); err != nil {
			return network, fmt.Errorf("imagine: %w", err)
		}
		taken += o.Horizon * n
		network.Config.Steps = taken
		if taken-kept >= o.Every || taken >= o.Steps {
			kept = taken
			if err := o.Checkpoint(network); err != nil {
				return network, err
			}
		}
	}
	return network, nil
}

// run is one training.
type run struct {
	options           Options
	collector         *actor.Collector
	trainer           *actor.Trainer
	spread            spread
	advantage, target []float32
}

// update imagines and learns from it. taken is the number of steps before it.
func (r *run) update(taken int) error {
	o := r.options
	e, episodes, err := r.collector.Collect()
	if err != nil {
		return err
	}
	if r.advantage == nil {
		r.advantage, r.target = make([]float32, len(e.Reward)), make([]float32, len(e.Reward))
	}
	e.Advantages(r.advantage, o.Discount, o.Lambda, 1)
	for i, a := range r.advantage {
		r.target[i] = a + e.Value[i]
	}
	scale := 1 / float32(max(1, r.spread.observe(r.target)))
	for i := range r.advantage {
		r.advantage[i] *= scale
	}
	point := actor.NewPoint(taken+len(e.Reward), e, episodes)
	rate := 1 - float64(taken)/float64(o.Steps)
	for range o.Epochs {
		if point.Progress, err = r.trainer.Pass(e, r.advantage, r.target, false, rate); err != nil {
			return err
		}
	}
	o.Report(point)
	return nil
}

// spread is the running mean of the range between the 5th and the 95th percentile.
type spread struct {
	sorted []float32
	mean   float64
	begun  bool
}

// decay is that of the running mean.
const decay = 0.99

// observe takes in values and returns the mean range.
func (s *spread) observe(x []float32) float64 {
	s.sorted = append(s.sorted[:0], x...)
	slices.Sort(s.sorted)
	width := float64(s.sorted[(len(x)-1)*95/100] - s.sorted[(len(x)-1)*5/100])
	if !s.begun {
		s.mean, s.begun = width, true
	}
	s.mean += (1 - decay) * (width - s.mean)
	return s.mean
}
