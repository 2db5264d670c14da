package avatar

import (
	"math/rand/v2"

	"somnium/agents"
	"somnium/env"
)

// Plan returns the next moves, at least one, when those before are done. All chance comes from rng.
type Plan func(rng *rand.Rand, s *Sight) []Move

// Agent makes plans and carries them out.
type Agent struct {
	avatar *Avatar
	// begin returns the plan of an episode, so that what it remembers is the episode's.
	begin  func() Plan
	plan   Plan
	moves  []Move
	stream env.Stream
}

// NewAgent returns an agent of the given name for e, which begins a plan at every reset. It is an error where an avatar cannot
// be in e.
func NewAgent(name string, e env.Env, begin func() Plan) (agents.Agent, error) {
	a, err := New(name, e)
	if err != nil {
		return nil, err
	}
	return &Agent{avatar: a, begin: begin, plan: begin()}, nil
}

// Reset implements [agents.Agent].
func (a *Agent) Reset(seed uint64) {
	a.stream.Reseed(&seed)
	a.plan, a.moves = a.begin(), nil
}

// idle is how many moves may be over at once before the agent stands still for a step: a plan may be of nothing but moves that
// are done already, such as a look to where it looks.
const idle = 8

// Act implements [agents.Agent]. It looks at the true state, not at the observation.
func (a *Agent) Act(env.Value) env.Value {
	s := a.avatar.See()
	for range idle {
		if len(a.moves) == 0 {
			a.moves = a.plan(a.stream.Rand(), s)
		}
		c, done := a.moves[0](s)
		if !done {
			return a.avatar.Act(c)
		}
		a.moves = a.moves[1:]
	}
	return a.avatar.Act(Controls{})
}
