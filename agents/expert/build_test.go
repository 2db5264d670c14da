package expert_test

import (
	"fmt"
	"testing"

	"somnium/agents/expert"
	"somnium/env"
)

// The expert builds every structure that comes along.
func TestTheExpertBuildsWhatIsShown(t *testing.T) {
	for structure := range 5 {
		e, err := env.Make(fmt.Sprintf("VoxelBuild-v0?height=16&width=16&structure=%d", structure))
		if err != nil {
			t.Fatal(err)
		}
		agent, err := expert.New(e)
		if err != nil {
			t.Fatal(err)
		}
		obs, err := e.Reset(env.Seeded(1))
		if err != nil {
			t.Fatal(err)
		}
		agent.Reset(1)
		for n := 1; ; n++ {
			step, err := e.Step(agent.Act(obs))
			if err != nil {
				t.Fatal(err)
			}
			if obs = step.Obs; step.Done() {
				captioner, _ := env.As[env.Captioner](e)
				_, detailed := captioner.Captions()
				t.Logf("structure %d: %d steps, reward %g: %s", structure, n, step.Reward, detailed)
				if step.Reward != 1 {
					t.Errorf("structure %d is not built in %d steps: %s", structure, n, detailed)
				}
				break
			}
		}
		e.Close()
	}
}
