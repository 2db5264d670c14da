package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"somnium/agents"
	"somnium/agents/actor"
	agentlist "somnium/agents/all"
	"somnium/agents/cem"
	"somnium/agents/imagine"
	"somnium/agents/ppo"
	"somnium/env"
	"somnium/world"
)

// agentMakers makes the agents that learned or plan, and those of the table.
type agentMakers struct {
	// env is the name of the environment that they act in, for planners to make further ones.
	env string
	// greedy makes learned agents take the likeliest action.
	greedy bool
	plan   cem.Options
	dream  dreamVecOptions
}

func (m *agentMakers) flags(c *cobra.Command) {
	flags := c.Flags()
	flags.BoolVar(&m.greedy, "greedy", false, "learned agents take the likeliest action in place of drawing one")
	flags.IntVar(&m.plan.Horizon, "horizon", 8, "steps that a planner looks ahead")
	flags.IntVar(&m.plan.Candidates, "candidates", 64, "plans that a planner tries for each action")
	flags.IntVar(&m.plan.Rounds, "rounds", 2, "rounds of the cross-entropy method; 1 is random shooting")
	flags.IntVar(&m.plan.Hold, "hold", 2, "steps for which a planner keeps an action")
	m.dream.flags(c)
}

// maker returns the maker of an agent. A number behind the colon that follows a checkpoint is the share of the steps in which
// it acts at random.
func (m *agentMakers) maker(name string) (agents.Maker, error) {
	base, rest, _ := strings.Cut(name, ":")
	switch {
	case base == "cem" && rest == "":
		return cem.Maker(func(e env.Env) (cem.Foresight, error) {
			return cem.NewSnapshots(e, func() (env.Env, error) { return openEnv(m.env) })
		}, m.plan), nil
	case base == "cem":
		model, err := world.Open(rest)
		if err != nil {
			return nil, err
		}
		return cem.Maker(func(e env.Env) (cem.Foresight, error) {
			branches := (m.plan.Candidates + m.plan.Rounds - 1) / max(1, m.plan.Rounds)
			f, err := world.NewForesight(model, e.Spec(), branches, m.dream.steps)
			return follower{f, e}, err
		}, m.plan), nil
	case strings.Contains(name, ".safetensors"):
		policy, err := m.learned(name)
		if err != nil {
			return nil, err
		}
		return func(e env.Env) (agents.Agent, error) { return policy(e.Spec()) }, nil
	}
	return agentlist.Parse(name)
}

// learned returns what makes agents of a checkpoint.
func (m *agentMakers) learned(name string) (func(spec env.Spec) (agents.Agent, error), error) {
	path, chance := name, 0.0
	if at := strings.LastIndex(name, ".safetensors:"); at >= 0 {
		var err error
		path = name[:at] + ".safetensors"
		if chance, err = strconv.ParseFloat(name[len(path)+1:], 64); err != nil {
			return nil, usage("in %s, %q is no fraction of the steps", name, name[len(path)+1:])
		}
	}
	network, err := actor.Load(path, ppo.Learner, imagine.Learner)
	if err != nil {
		return nil, err
	}
	act := func(spec env.Spec) (agents.Agent, error) {
		agent, err := actor.NewAgent(network, spec, chance)
		if err != nil {
			return nil, err
		}
		agent.Greedy = m.greedy
		return agent, nil
	}
	if network.Config.Learner == ppo.Learner {
		return act, nil
	}
	// Who has learned from latents sees through the model whose latents they were.
	dreamed, _, _ := world.ParseDream(network.Config.Environment)
	model, err := world.Open(dreamed)
	if err != nil {
		return nil, err
	}
	if learned, now := network.Config.Latents, model.LatentDigest(); learned != "" && learned != now {
		return nil, fmt.Errorf("%s learned from the latents of other weights (%s) than those that %s holds now (%s); bring them back, or train the agent anew", path, learned, dreamed, now)
	}
	return func(spec env.Spec) (agents.Agent, error) {
		lens, err := world.NewLens(model, spec)
		if err != nil {
			return nil, err
		}
		spec.Observation = lens.Space()
		agent, err := act(spec)
		if err != nil {
			return nil, err
		}
		return &seer{agent, lens}, nil
	}, nil
}

// seer is an agent that sees pictures as latents.
type seer struct {
	agents.Agent
	lens *world.Lens
}

// Act implements agents.Agent.
func (s *seer) Act(obs env.Value) env.Value { return s.Agent.Act(s.lens.Look(obs)) }

// follower is a dream's foresight that hears the caption of the environment that it follows.
type follower struct {
	*world.Foresight
	env env.Env
}

// Begin implements cem.Foresight.
func (f follower) Begin(obs env.Value, seed uint64) error {
	caption := ""
	if c, ok := env.As[env.Captioner](f.env); ok {
		caption, _ = c.Captions()
	}
	return f.Foresight.Begin(obs, caption, seed)
}
