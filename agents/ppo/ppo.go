// Package ppo learns to act by proximal policy optimisation (Schulman et al., arXiv 1707.06347) in any vector of
// environments, simulators or dreams: advantages by generalised estimation, clipped ratios, an entropy bonus, rewards scaled
// by the running deviation of the return, and a learning rate that falls to nothing. A teacher may say in every state what it would
// do, which the policy then learns too (Schmitt et al., Kickstarting, arXiv 1803.03835). The network is that of agents/actor.
package ppo

import (
	"context"
	"fmt"
	"math"

	"somnium/agents"
	"somnium/agents/actor"
	"somnium/env"
)

// Learner is what checkpoints of this package say of themselves.
const Learner = "ppo"

// Options shape a run. The zero value works.
type Options struct {
	// Environment is the name of what the vector holds, for the checkpoint.
	Environment string
	Seed        uint64
	// Steps is how many are taken in all environments together. Default: 1,000,000.
	Steps int
	// Horizon is the number of steps of each environment between updates. Default: 64.
	Horizon int
	// Epochs is how often each step is learned from. Default: 3.
	Epochs int
	// Discount and Lambda are those of the advantages. Defaults: 0.97 and 0.9.
	Discount, Lambda float64
	// Training shapes the updates; its batch is a quarter of the steps between updates by default.
	Training actor.Training
	// Teachers, one for each environment, say what they would do; Training.Teach weighs it. Default: none.
	Teachers []agents.Agent
	// Network is where to go on from; its steps are counted on. Default: fresh weights.
	Network *actor.Network
	// Report, where not nil, is called after each update.
	Report func(p actor.Point)
	// Checkpoint, where not nil, is called after every Every steps with the network so far. Default of Every: a tenth of Steps.
	Checkpoint func(n *actor.Network) error
	Every      int
}

// filled returns the options with defaults for n environments.
func (o Options) filled(n int) Options {
	fill := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	fill(&o.Steps, 1_000_000)
	fill(&o.Horizon, 64)
	fill(&o.Epochs, 3)
	fill(&o.Training.Batch, max(1, o.Horizon*n/4))
	fill(&o.Every, max(1, o.Steps/10))
	if o.Discount == 0 {
		o.Discount = 0.97
	}
	if o.Lambda == 0 {
		o.Lambda = 0.9
	}
	if o.Report == nil {
		o.Report = func(actor.Point) {}
	}
	if o.Checkpoint == nil {
		o.Checkpoint = func(*actor.Network) error { return nil }
	}
	return o
}

// Train learns in a vector of environments that resets what has ended within the same step (env.SameStep), and returns the
// network. Equal seeds give equal weights, to the bit, where the vector does its part.
func Train(ctx context.Context, vec env.VecEnv, options Options) (*actor.Network, error) {
	n := vec.Num()
	o := options.filled(n)
	network, before := o.Network, 0
	if network != nil {
		before = network.Config.Steps
	} else {
		config, err := actor.NewConfig(Learner, o.Environment, vec.Spec())
		if err != nil {
			return nil, fmt.Errorf("ppo: %w", err)
		}
		if network, err = actor.New(config, o.Seed); err != nil {
			return nil, fmt.Errorf("ppo: %w", err)
		}
	}
	collector, err := actor.NewCollector(network, vec, o.Horizon, o.Seed)
	if err != nil {
		return nil, fmt.Errorf("ppo: %w", err)
	}
	if len(o.Teachers) > 0 {
		if err := collector.Ask(o.Teachers); err != nil {
			return nil, fmt.Errorf("ppo: %w", err)
		}
	}
	trainer, err := actor.NewTrainer(network, o.Training, o.Seed)
	if err != nil {
		return nil, fmt.Errorf("ppo: %w", err)
	}
	defer trainer.Close()
	r := &run{options: o, network: network, collector: collector, trainer: trainer, scale: newReturnScale(n, o.Discount)}
	for taken, kept := 0, 0; taken < o.Steps; {
		if err := ctx.Err(); err != nil {
			return network, err
		}
		if err := r.update(taken); err != nil {
			return network, fmt.Errorf("ppo: %w", err)
		}
		taken += o.Horizon * n
		network.Config.Steps = before + taken
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
	network           *actor.Network
	collector         *actor.Collector
	trainer           *actor.Trainer
	scale             *returnScale
	advantage, target []float32
}

// update gathers experience and learns from it. taken is the number of steps before it.
func (r *run) update(taken int) error {
	o := r.options
	e, episodes, err := r.collector.Collect()
	if err != nil {
		return err
	}
	if r.advantage == nil {
		r.advantage, r.target = make([]float32, len(e.Reward)), make([]float32, len(e.Reward))
	}
	e.Advantages(r.advantage, o.Discount, o.Lambda, r.scale.observe(e))
	for i, a := range r.advantage {
		r.target[i] = a + e.Value[i]
	}
	rate := 1 - float64(taken)/float64(o.Steps)
	point := actor.NewPoint(taken+len(e.Reward), e, episodes)
	for range o.Epochs {
		if point.Progress, err = r.trainer.Pass(e, r.advantage, r.target, true, rate); err != nil {
			return err
		}
	}
	o.Report(point)
	return nil
}

// returnScale keeps the running deviation of the discounted return, by which rewards are divided: so that one learning rate
// does for rewards of any size.
type returnScale struct {
	discount              float64
	returns               []float64
	count, sum, squareSum float64
	largest               float64 // the size of the largest reward so far
}

// mostScaled bounds a scaled reward. Where rewards are rare, the deviation is next to nothing, and those that come would drown
// all else.
const mostScaled = 10

func newReturnScale(n int, discount float64) *returnScale {
	return &returnScale{discount: discount, returns: make([]float64, n)}
}

// observe takes in the rewards and returns the factor to scale them by.
func (s *returnScale) observe(e *actor.Experience) float64 {
	for i, reward := range e.Reward {
		s.largest = max(s.largest, math.Abs(reward))
		r := &s.returns[i%e.N]
		*r = *r*s.discount + reward
		s.count++
		s.sum += *r
		s.squareSum += *r * *r
		if e.End[i] {
			*r = 0
		}
	}
	mean := s.sum / s.count
	deviation := math.Sqrt(max(s.squareSum/s.count-mean*mean, 1e-8))
	return 1 / max(deviation, s.largest/mostScaled)
}
