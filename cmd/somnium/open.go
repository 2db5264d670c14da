package main

import (
	"fmt"
	"strings"

	"somnium/agents"
	agentlist "somnium/agents/all"
	"somnium/env"
	_ "somnium/sim/all" // fills the registry
	"somnium/world"
)

// openEnv makes the environment of a name.
func openEnv(name string) (env.Env, error) {
	open, err := opener(name)
	if err != nil {
		return nil, err
	}
	return open()
}

// opener returns what makes the environment of a name, as often as it is called. It is the one place where names are told
// apart: dream:<model>[@<simulator>] is a world model in the place of a simulator, any other name goes to the registry of
// package env.
func opener(name string) (open func() (env.Env, error), err error) {
	model, simulator, ok := world.ParseDream(name)
	if !ok {
		return func() (env.Env, error) { return env.Make(name) }, nil
	}
	return dreamOpener(model, simulator, 0)
}

// dreamOpener returns what makes dreams of a model in the place of a simulator, "" for the first that it was trained on, in so
// many denoising steps a frame, 0 for the default.
func dreamOpener(model, simulator string, steps int) (open func() (env.Env, error), err error) {
	m, err := world.Open(model)
	if err != nil {
		return nil, err
	}
	if simulator == "" {
		if len(m.Info.Environments) == 0 {
			return nil, fmt.Errorf("dream:%[1]s does not say in which simulator's place it stands; name one, as in dream:%[1]s@RigidCatch-v0", model)
		}
		simulator = m.Info.Environments[0]
	}
	return func() (env.Env, error) {
		truth, err := env.Make(simulator)
		if err != nil {
			return nil, err
		}
		options := world.DreamOptions{Name: world.DreamName(model, simulator), Spec: truth.Spec(), Source: world.FromSimulator(truth, 0), Steps: steps}
		return dreamOf(m, options)
	}, nil
}

// openDream makes one of them.
func openDream(model, simulator string, steps int) (env.Env, error) {
	open, err := dreamOpener(model, simulator, steps)
	if err != nil {
		return nil, err
	}
	return open()
}

// dreamOf makes a dream with the time limit of the simulator in whose place it stands.
func dreamOf(m *world.Model, options world.DreamOptions) (env.Env, error) {
	dream, err := world.NewDream(m, options)
	if err != nil {
		options.Source.Close()
		return nil, err
	}
	return env.EnforceOrder(env.LimitTime(env.HideFrames(dream), dream.Spec().MaxEpisodeSteps)), nil
}

// openVec makes n environments of a name that step together. Dreams share one copy of the weights.
func openVec(name string, n int) (env.VecEnv, error) {
	open, err := opener(name)
	if err != nil {
		return nil, err
	}
	return env.VecOptions{Autoreset: env.SameStep}.New(n, func(int) (env.Env, error) { return open() })
}

// agentFlag is the help of --agent, agentHelp what the flag takes, a line on each agent.
const agentFlag = "who acts, by the name of an agent"

func agentHelp() string { return "The agents:\n  " + strings.Join(agentlist.Describe(), "\n  ") }

// openWithAgent makes an environment and an agent that acts in it. A bad name of either is found before anything is made.
func openWithAgent(name, agent string) (env.Env, agents.Agent, error) {
	maker, err := agentlist.Parse(agent)
	if err != nil {
		return nil, nil, err
	}
	e, err := openEnv(name)
	if err != nil {
		return nil, nil, err
	}
	acting, err := maker(e)
	if err != nil {
		e.Close()
		return nil, nil, err
	}
	return e, acting, nil
}
