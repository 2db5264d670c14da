package train

import (
	"slices"
	"testing"
)

// Updates of the flow alone give a model one that has none, leave the rest as it is, and go on with one that is there.
func TestFlowAlone(t *testing.T) {
	data := record(t, "RigidCatch-v0?height=16&width=24")
	first := tiny(t, data)
	before, _ := complete(t, first)
	second := tiny(t, data)
	second.From, second.TokenizerSteps, second.DynamicsSteps, second.FlowSteps = first.Dir+"/weights.safetensors", 0, 0, 5
	m, seen := complete(t, second)
	if before.Flow != nil || m.Flow == nil || m.Info.FlowSteps != 5 || m.Info.FlowFrames != 5*flowClips*(flowFrames-1) || m.Info.DynamicsSteps != before.Info.DynamicsSteps {
		t.Fatalf("five updates of the flow left %+v of %+v", m.Info, before.Info)
	}
	for i, p := range m.Dynamics.Params.All() {
		if old := before.Dynamics.Params.All()[i]; len(p.Data) != len(old.Data) {
			t.Fatalf("%s has %d weights and had %d", p.Name, len(p.Data), len(old.Data))
		}
	}
	third := tiny(t, data)
	third.From, third.TokenizerSteps, third.DynamicsSteps, third.FlowSteps = second.Dir+"/weights.safetensors", 0, 3, 0
	after, _ := complete(t, third)
	for i, p := range after.Flow.Params.All() {
		if !slices.Equal(p.Data, m.Flow.Params.All()[i].Data) && i == 0 {
			// The file has them in bf16.
			for j := range p.Data {
				if d := p.Data[j] - m.Flow.Params.All()[i].Data[j]; d > 0.01 || d < -0.01 {
					t.Fatalf("updates of the dynamics moved %s", p.Name)
				}
			}
		}
	}
	if seen[key{"flow", 4}].Total >= seen[key{"flow", 0}].Total {
		t.Errorf("five updates brought the loss from %g to %g", seen[key{"flow", 0}].Total, seen[key{"flow", 4}].Total)
	}
}

// With guesses another loss is minimised than without, in updates of both kinds.
func TestGuessesAreSeen(t *testing.T) {
	data := record(t, "RigidCatch-v0?height=16&width=24")
	first := tiny(t, data)
	first.FlowSteps = 3
	_, with := complete(t, first)
	second := tiny(t, data)
	_, without := complete(t, second)
	for _, step := range []int{0, 11} {
		if k := (key{"dynamics", step}); with[k].Total == without[k].Total {
			t.Errorf("update %d has the same loss with guesses and without", step)
		}
	}
}
