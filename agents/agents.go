// Package agents is the contract of what acts in an environment: something that turns observations into actions. The
// agents themselves have a folder each, and agents/all is their table.
//
//	agent, err := all.New("scripted:0.3", e)
//	if err != nil {
//		return err
//	}
//	obs, err := e.Reset(env.Seeded(7))
//	agent.Reset(7)
//	for !done {
//		step, err := e.Step(agent.Act(obs))
//		...
//	}
package agents

import "somnium/env"

// Agent acts in one environment. It is not safe for concurrent use.
type Agent interface {
	// Reset begins an episode: forgets the last one and restarts the agent's own random stream from the seed, so that
	// seed and observations determine the actions.
	Reset(seed uint64)
	// Act returns the action for the observation, an element of the action space. It holds until the next Act.
	Act(obs env.Value) env.Value
}

// Maker makes an agent for an environment. It returns an error where the agent cannot act in it. The environment is the one
// that the agent will be stepped with: an oracle may ask it for its true state.
type Maker func(e env.Env) (Agent, error)
