// Package cem plans: at every step it draws sequences of actions, asks a [Foresight] what each would bring, and takes the first
// action of the best. With one round that is random shooting; with more, each round draws from what was common to the best of
// the one before, the cross-entropy method (Rubinstein and Kroese, The Cross-Entropy Method, 2004; for planning in learned
// models: Chua et al., arXiv 1805.12114).
//
// What is foreseen by is either the environment itself, through its snapshots ([Snapshots]), or a batch of dreams that follows
// it.
package cem

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"somnium/agents"
	"somnium/env"
)

// Foresight tells what plans would bring.
type Foresight interface {
	// Begin begins an episode by its first observation.
	Begin(obs env.Value, seed uint64) error
	// Observe takes in the observation that an action led to.
	Observe(action, obs env.Value) error
	// Foresee writes into returns [N] the discounted sums of rewards of N plans of H actions each.
	Foresee(plans [][]env.Value, discount float64, returns []float64) error
}

// Options shape the planning. The zero value works.
type Options struct {
	// Horizon is the number of actions of a plan. Default: 8.
	Horizon int
	// Candidates is the number of plans that are looked at for one action, in all rounds together. Default: 64.
	Candidates int
	// Rounds is how often plans are drawn; 1 is random shooting. Default: 2.
	Rounds int
	// Hold is for how many steps a drawn action is kept. Default: 2.
	Hold int
	// Elite is the share of a round's plans that the next one learns from. Default: 0.25.
	Elite float64
	// Discount is that of a step. Default: 0.97.
	Discount float64
}

// filled returns the options with defaults, or an error where one is out of range.
func (o Options) filled() (Options, error) {
	for _, f := range []struct {
		field *int
		value int
		name  string
	}{{&o.Horizon, 8, "horizon"}, {&o.Candidates, 64, "candidates"}, {&o.Rounds, 2, "rounds"}, {&o.Hold, 2, "hold"}} {
		if *f.field == 0 {
			*f.field = f.value
		}
		if *f.field < 1 || *f.field > 1<<16 {
			return o, fmt.Errorf("cem: %s is %d; give 1 to %d", f.name, *f.field, 1<<16)
		}
	}
	if o.Elite == 0 {
		o.Elite = 0.25
	}
	if o.Discount == 0 {
		o.Discount = 0.97
	}
	if !(o.Elite > 0 && o.Elite <= 1) || !(o.Discount > 0 && o.Discount <= 1) || o.Rounds > o.Candidates {
		return o, fmt.Errorf("cem: the share of the elite is %g, the discount %g, and %d rounds look at %d candidates; give numbers in 0..1, and a candidate for each round", o.Elite, o.Discount, o.Rounds, o.Candidates)
	}
	return o, nil
}

// Planner is an agent that plans every action.
type Planner struct {
	options   Options
	foresight Foresight
	choices   []int
	blocks    int // drawn actions of a plan
	rng       *rand.Rand
	seed      uint64
	begun     bool
	action    env.Value

	chance  [][]float64 // [blocks*parts][choices]: how likely each is to be drawn
	drawn   []plan
	values  [][]env.Value // [candidates of a round][horizon]
	returns []float64
	best    plan
	// failed is the first error of the foresight, after which the planner acts at random.
	failed error
}

// plan is what is drawn, [blocks*parts], and what it brings.
type plan struct {
	choice []int
	value  float64
}

// New returns a planner for environments of the spec, whose actions must be choices.
func New(spec env.Spec, foresight Foresight, options Options) (*Planner, error) {
	o, err := options.filled()
	if err != nil {
		return nil, err
	}
	p := &Planner{options: o, foresight: foresight, blocks: (o.Horizon + o.Hold - 1) / o.Hold, action: spec.Action.New()}
	switch space := spec.Action.(type) {
	case env.Discrete:
		p.choices = []int{space.N}
	case env.MultiDiscrete:
		p.choices = space.Nvec
	default:
		return nil, fmt.Errorf("cem: the actions of %s are %v; plans are made of choices, Discrete or MultiDiscrete (a voxel world has them with flat=1)", spec.ID, spec.Action)
	}
	parts := len(p.choices)
	for range p.blocks {
		for _, n := range p.choices {
			p.chance = append(p.chance, make([]float64, n))
		}
	}
	for range (o.Candidates + o.Rounds - 1) / o.Rounds {
		p.drawn = append(p.drawn, plan{choice: make([]int, p.blocks*parts)})
		p.values = append(p.values, env.NewValues(spec.Action, o.Horizon))
	}
	p.returns = make([]float64, len(p.drawn))
	p.best.choice = make([]int, p.blocks*parts)
	p.Reset(0)
	return p, nil
}

// Maker returns what makes planners, each with a foresight of its own.
func Maker(foresight func(e env.Env) (Foresight, error), options Options) agents.Maker {
	return func(e env.Env) (agents.Agent, error) {
		f, err := foresight(e)
		if err != nil {
			return nil, err
		}
		return New(e.Spec(), f, options)
	}
}

// Reset implements [agents.Agent].
func (p *Planner) Reset(seed uint64) {
	p.seed, p.begun = seed, false
	p.rng = rand.New(rand.NewPCG(seed, 0xce3))
}

// Err returns the first error of the foresight, after which the planner does nothing: it takes the first choice everywhere.
func (p *Planner) Err() error { return p.failed }

// Act implements [agents.Agent].
func (p *Planner) Act(obs env.Value) env.Value {
	if p.failed != nil {
		return p.action
	}
	if p.failed = p.look(obs); p.failed == nil {
		p.failed = p.plan()
	}
	if p.failed != nil {
		clear(p.action.Int)
		return p.action
	}
	copy(p.action.Int, p.best.choice[:len(p.choices)])
	return p.action
}

// look takes in what came of the last action.
func (p *Planner) look(obs env.Value) error {
	if !p.begun {
		p.begun = true
		return p.foresight.Begin(obs, p.seed)
	}
	return p.foresight.Observe(p.action, obs)
}

// plan finds the best plan.
func (p *Planner) plan() error {
	for _, chance := range p.chance {
		for j := range chance {
			chance[j] = 1 / float64(len(chance))
		}
	}
	left := p.options.Candidates
	for round := range p.options.Rounds {
		rounds := p.options.Rounds - round // that are to come, of which each gets its share
		n := (left + rounds - 1) / rounds
		left -= n
		p.draw(n, round > 0)
		if err := p.foresight.Foresee(p.values[:n], p.options.Discount, p.returns[:n]); err != nil {
			return fmt.Errorf("cem: %w", err)
		}
		for i := range n {
			p.drawn[i].value = p.returns[i]
		}
		drawn := p.drawn[:n]
		slices.SortStableFunc(drawn, func(a, b plan) int {
			switch {
			case a.value > b.value:
				return -1
			case a.value < b.value:
				return 1
			}
			return 0
		})
		if round == 0 || drawn[0].value > p.best.value {
			p.best.value = drawn[0].value
			copy(p.best.choice, drawn[0].choice)
		}
		p.learn(drawn[:max(1, int(float64(n)*p.options.Elite))])
	}
	return nil
}

// draw draws n plans. With keep set, the best so far is the first of them.
func (p *Planner) draw(n int, keep bool) {
	parts := len(p.choices)
	for i := range n {
		choice := p.drawn[i].choice
		for k, chance := range p.chance {
			choice[k] = pick(p.rng.Float64(), chance)
		}
		if keep && i == 0 {
			copy(choice, p.best.choice)
		}
		for t, action := range p.values[i] {
			at := t / p.options.Hold * parts
			copy(action.Int, choice[at:at+parts])
		}
	}
}

// pick returns the choice that u in 0..1 falls on.
func pick(u float64, chance []float64) int {
	for j, c := range chance {
		if u -= c; u < 0 {
			return j
		}
	}
	return len(chance) - 1
}

// learn makes the chances those of the elite, of which a tenth stays with all choices alike.
func (p *Planner) learn(elite []plan) {
	const rest = 0.1
	for k, chance := range p.chance {
		for j := range chance {
			chance[j] = rest / float64(len(chance))
		}
		for _, e := range elite {
			chance[e.choice[k]] += (1 - rest) / float64(len(elite))
		}
	}
}
