package train

import (
	"math"
	"testing"

	"somnium/internal/nn"
)

// Updates of the flow alone give a model one that has none, leave the rest as it is, and go on with one that is there.
func TestFlowAlone(t *testing.T) {
	data := record(t, "RigidCatch-v0?height=16&width=24")
	first := tiny(t, data)
	before, _ := complete(t, first)
	second := tiny(t, data)
	second.From, second.TokenizerSteps, second.DynamicsSteps, second.FlowSteps = first.Dir+"/weights.safetensors", 0, 0, 60
	m, seen := complete(t, second)
	if before.Flow != nil || m.Flow == nil || m.Info.FlowSteps != 60 || m.Info.FlowFrames != 60*flowClips*(flowFrames-1) || m.Info.DynamicsSteps != before.Info.DynamicsSteps {
		t.Fatalf("sixty updates of the flow left %+v of %+v", m.Info, before.Info)
	}
	same(t, m.Dynamics.Params, before.Dynamics.Params)
	third := tiny(t, data)
	third.From, third.TokenizerSteps, third.DynamicsSteps, third.FlowSteps = second.Dir+"/weights.safetensors", 0, 3, 0
	after, _ := complete(t, third)
	same(t, after.Flow.Params, m.Flow.Params)
	if seen[key{"flow", 59}].Total >= seen[key{"flow", 0}].Total {
		t.Errorf("sixty updates brought the loss from %g to %g", seen[key{"flow", 0}].Total, seen[key{"flow", 59}].Total)
	}
}

// same expects equal weights, but for what bf16, in which they lay in between, leaves out.
func same(t *testing.T, got, want *nn.Params) {
	t.Helper()
	for i, p := range got.All() {
		for j, old := range want.All()[i].Data {
			if d := math.Abs(float64(p.Data[j] - old)); d > math.Abs(float64(old))/128 {
				t.Fatalf("weight %d of %s is %g and was %g", j, p.Name, p.Data[j], old)
			}
		}
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
