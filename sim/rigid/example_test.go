package rigid_test

import (
	"fmt"

	"somnium/env"
	_ "somnium/sim/all"
)

// Stand still until the first ball is caught or missed, and look at the truth behind the picture.
func Example() {
	e, err := env.Make("RigidCatch-v0?height=48&width=80&gravity=4")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer e.Close()
	if _, err := e.Reset(env.Seeded(7)); err != nil {
		fmt.Println(err)
		return
	}
	reward := 0.0
	for reward == 0 {
		step, err := e.Step(env.Int(0))
		if err != nil {
			fmt.Println(err)
			return
		}
		reward = step.Reward
	}
	if p, ok := env.As[env.Prober](e); ok {
		state := p.State()
		fmt.Println(len(state.Bodies), "bodies, gravity", state.Values["gravity"])
	}
	fmt.Println("reward", reward)
	// Output:
	// 2 bodies, gravity 4
	// reward 1
}
