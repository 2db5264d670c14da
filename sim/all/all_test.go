package all

import (
	"fmt"
	"slices"
	"testing"

	"somnium/env"
	"somnium/sim/rigid"
	"somnium/sim/voxel"
)

// Every scene and task is made by its name, with a size and its own parameters, and steps.
func TestEverySimulatorIsMadeByName(t *testing.T) {
	for _, r := range slices.Concat(rigid.Scenes(), voxel.Tasks()) {
		name := fmt.Sprintf("%s?height=48&width=80&max_episode_steps=5", r.ID)
		for _, p := range r.Params {
			name += fmt.Sprintf("&%s=%g", p.Name, p.Default)
		}
		e, err := env.Make(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := e.Reset(env.Seeded(1)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i := range 5 {
			step, err := e.Step(e.Spec().Action.New())
			if err != nil || step.Truncated != (i == 4) {
				t.Errorf("%s: step %d gives %v, truncated %v", name, i+1, err, step.Truncated)
			}
			if err := e.Spec().Observation.Contains(step.Obs); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := e.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
