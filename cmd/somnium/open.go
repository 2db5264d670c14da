package main

import (
	"somnium/agents"
	agentlist "somnium/agents/all"
	"somnium/env"
	_ "somnium/sim/all" // fills the registry
)

// openEnv makes the environment of a name. It is the one place where names are told apart: a simulator's id goes to the
// registry of package env.
func openEnv(name string) (env.Env, error) {
	return env.Make(name)
}

// openVec makes n environments of a name that step together.
func openVec(name string, n int) (env.VecEnv, error) {
	return env.VecOptions{Autoreset: env.SameStep}.New(n, func(int) (env.Env, error) { return openEnv(name) })
}

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
