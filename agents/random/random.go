// Package random is the agent that draws every action anew, uniformly from the action space.
package random

import (
	"somnium/agents"
	"somnium/env"
)

// Agent draws every action anew.
type Agent struct {
	space  env.Space
	action env.Value
	stream env.Stream
}

// New returns an agent that acts at random in e.
func New(e env.Env) (agents.Agent, error) {
	space := e.Spec().Action
	return &Agent{space: space, action: space.New()}, nil
}

// Reset implements [agents.Agent].
func (a *Agent) Reset(seed uint64) { a.stream.Reseed(&seed) }

// Act implements [agents.Agent].
func (a *Agent) Act(obs env.Value) env.Value {
	a.space.Sample(a.stream.Rand(), a.action)
	return a.action
}
