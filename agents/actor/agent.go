package actor

import (
	"fmt"
	"math/rand/v2"

	"somnium/env"
)

// Agent acts by a network.
type Agent struct {
	// Greedy makes it take the likeliest action in place of drawing one.
	Greedy bool

	mind   *Mind
	action env.Value
	chance float64
	random env.Space
	rng    *rand.Rand
}

// NewAgent returns an agent that draws its actions from the network's policy and, in the fraction chance (0 to 1) of the steps,
// from all actions alike. It is an error where the network was trained for other spaces than those of the spec.
func NewAgent(network *Network, spec env.Spec, chance float64) (*Agent, error) {
	if err := network.Config.Fits(spec); err != nil {
		return nil, err
	}
	if !(chance >= 0 && chance <= 1) {
		return nil, fmt.Errorf("actor: %g is no fraction of the steps; give a number in 0..1", chance)
	}
	mind, err := NewMind(network, 1)
	if err != nil {
		return nil, err
	}
	a := &Agent{mind: mind, action: spec.Action.New(), chance: chance, random: spec.Action}
	a.Reset(0)
	return a, nil
}

// Reset implements [agents.Agent].
func (a *Agent) Reset(seed uint64) {
	a.rng = rand.New(rand.NewPCG(seed, 0xac7))
	a.mind.Begin(0)
}

// Act implements [agents.Agent].
func (a *Agent) Act(obs env.Value) env.Value {
	a.mind.See(0, obs)
	if a.chance > 0 && a.rng.Float64() < a.chance {
		a.random.Sample(a.rng, a.action)
		return a.action
	}
	a.mind.Run()
	if a.Greedy {
		a.mind.Best(0, a.action.Int)
	} else {
		a.mind.Draw(0, a.rng, a.action.Int)
	}
	return a.action
}
