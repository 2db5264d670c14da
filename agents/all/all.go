// Package all is the table of the agents.
package all

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"somnium/agents"
	"somnium/agents/builder"
	"somnium/agents/expert"
	"somnium/agents/explorer"
	"somnium/agents/loop"
	"somnium/agents/noop"
	"somnium/agents/random"
	"somnium/agents/scripted"
	"somnium/agents/sticky"
	"somnium/env"
)

// entry is an agent of the table.
type entry struct {
	name, doc string
	// number says what the number after the colon is; empty where the agent takes none. fallback is its default.
	number   string
	fallback float64
	make     func(e env.Env, number float64) (agents.Agent, error)
}

// table lists the agents, sorted by name.
var table = []entry{
	{name: "builder", doc: "digs, builds, opens and closes in a voxel world", make: plain(builder.New)},
	{name: "expert", doc: "makes tools up to the iron pickaxe in VoxelSurvive, and the other achievements on its way", make: plain(expert.New)},
	{name: "explorer", doc: "gets about in a voxel world", make: plain(explorer.New)},
	{name: "loop", doc: "walks there and back, round squares and turns around in a voxel world", make: plain(loop.New)},
	{name: "noop", doc: "does nothing", make: plain(noop.New)},
	{name: "random", doc: "draws every action anew", make: plain(random.New)},
	{name: "scripted", doc: "reads the true state and does what the task asks for",
		number: "fraction of the steps in which it acts at random", fallback: 0, make: scripted.New},
	{name: "sticky", doc: "draws an action and keeps to it for a while",
		number: "mean number of steps", fallback: sticky.DefaultMean, make: sticky.New},
}

// plain makes an entry's function of a maker that takes no number.
func plain(maker agents.Maker) func(env.Env, float64) (agents.Agent, error) {
	return func(e env.Env, _ float64) (agents.Agent, error) { return maker(e) }
}

// Names returns the names of the agents, sorted.
func Names() []string {
	names := make([]string, len(table))
	for i, agent := range table {
		names[i] = agent.name
	}
	return names
}

// Describe returns a line on each agent, in the order of Names.
func Describe() []string {
	lines := make([]string, len(table))
	for i, agent := range table {
		lines[i] = agent.name + ": " + agent.doc
		if agent.number != "" {
			lines[i] += fmt.Sprintf(" (%s:%g; the number is the %s)", agent.name, agent.fallback, agent.number)
		}
	}
	return lines
}

// New returns the agent of a name for the environment. A name may carry a number after a colon, such as scripted:0.3: see
// [Describe].
func New(name string, e env.Env) (agents.Agent, error) {
	maker, err := Parse(name)
	if err != nil {
		return nil, err
	}
	return maker(e)
}

// Parse returns the maker of a name, so that a bad name is found before an environment is made.
func Parse(name string) (agents.Maker, error) {
	base, text, hasNumber := strings.Cut(name, ":")
	i := slices.IndexFunc(table, func(agent entry) bool { return agent.name == base })
	if i < 0 {
		return nil, fmt.Errorf("agents: no agent %q; there are %s", base, strings.Join(Names(), ", "))
	}
	agent, number := table[i], table[i].fallback
	if hasNumber {
		if agent.number == "" {
			return nil, fmt.Errorf("agents: the agent %s takes no number, but %q gives one", base, name)
		}
		var err error
		if number, err = strconv.ParseFloat(text, 64); err != nil {
			return nil, fmt.Errorf("agents: in %q, %q is not a number (%s)", name, text, agent.number)
		}
	}
	return func(e env.Env) (agents.Agent, error) {
		made, err := agent.make(e, number)
		if err != nil {
			return nil, fmt.Errorf("agents: %w", err)
		}
		return made, nil
	}, nil
}
