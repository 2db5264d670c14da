// Package noop is the agent that does nothing: it takes the least action, which by the project's convention is the one
// without effect (choice 0 of a Discrete, zeros of a Box), or, where the camera turns by bins, the one that leaves it still.
package noop

import (
	"somnium/agents"
	"somnium/agents/avatar"
	"somnium/env"
)

// Agent does nothing.
type Agent struct {
	action env.Value
}

// New returns an agent that does nothing in e.
func New(e env.Env) (agents.Agent, error) {
	space := e.Spec().Action
	if still, ok := avatar.Still(space); ok {
		return &Agent{action: still}, nil
	}
	return &Agent{action: space.New()}, nil
}

// Reset implements [agents.Agent].
func (a *Agent) Reset(seed uint64) {}

// Act implements [agents.Agent].
func (a *Agent) Act(obs env.Value) env.Value { return a.action }
