package agents_test

import (
	"fmt"
	"log"

	"somnium/agents/all"
	"somnium/env"
	_ "somnium/sim/all"
)

// An agent plays an episode in an environment that is named by one string.
func Example() {
	e, err := env.Make("RigidPush-v0?height=48&width=80")
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close()
	agent, err := all.New("scripted", e)
	if err != nil {
		log.Fatal(err)
	}
	obs, err := e.Reset(env.Seeded(7))
	if err != nil {
		log.Fatal(err)
	}
	agent.Reset(7)
	for {
		step, err := e.Step(agent.Act(obs))
		if err != nil {
			log.Fatal(err)
		}
		if step.Done() {
			fmt.Println("reached the mark:", step.Terminated)
			return
		}
		obs = step.Obs
	}
	// Output: reached the mark: true
}
