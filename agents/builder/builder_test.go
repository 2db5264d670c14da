package builder_test

import (
	"strings"
	"testing"

	"somnium/agents/builder"
	"somnium/env"
	_ "somnium/sim/all"
)

// deeds counts what a builder did.
type deeds struct {
	// dug and put are blocks gained and blocks spent, sunk and raised those of them right under its feet; idle counts the
	// blows at nothing.
	dug, put, sunk, raised, idle int
}

// build plays an episode.
func build(t *testing.T, id string, seed uint64, steps int) deeds {
	t.Helper()
	e, err := env.Make(id)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	agent, err := builder.New(e)
	if err != nil {
		t.Fatal(err)
	}
	obs, err := e.Reset(env.Seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	agent.Reset(seed)
	prober, _ := env.As[env.Prober](e)
	var d deeds
	before := prober.State().Values
	for range steps {
		action := agent.Act(obs)
		attack := len(action.Int) == 1 && action.Int[0] == 7 || len(action.Int) > 1 && action.Int[5] == 1
		step, err := e.Step(action)
		if err != nil {
			t.Fatal(err)
		}
		after := prober.State().Values
		down := 0
		if before["pitch"] > 85 {
			down = 1
		}
		if change := carried(after) - carried(before); change > 0 {
			d.dug, d.sunk = d.dug+change, d.sunk+down
		} else if change < 0 {
			d.put, d.raised = d.put-change, d.raised+down
		}
		if attack && after["crosshair"] == 0 && before["crosshair"] == 0 {
			d.idle++
		}
		before = after
		if obs = step.Obs; step.Done() {
			break
		}
	}
	return d
}

// carried counts the things in the inventory.
func carried(values map[string]float64) int {
	n := 0.0
	for name, x := range values {
		if strings.HasPrefix(name, "inventory_") {
			n += x
		}
	}
	return int(n)
}

// The builder digs and places, before it and under its feet, and hits the air, in both action spaces.
func TestTheBuilderChangesItsWorld(t *testing.T) {
	const full = "VoxelSurvive-v0?height=16&width=16&creatures=0&biome=0"
	for _, id := range []string{full, full + "&flat=1"} {
		var sum deeds
		for seed := range uint64(3) {
			d := build(t, id, seed, 800)
			sum.dug, sum.put, sum.idle = sum.dug+d.dug, sum.put+d.put, sum.idle+d.idle
			sum.sunk, sum.raised = sum.sunk+d.sunk, sum.raised+d.raised
		}
		if sum.dug < 30 || sum.put < 20 || sum.sunk < 3 || sum.raised < 3 || sum.idle < 5 {
			t.Errorf("%s: it does no more than %+v", id, sum)
		}
	}
}

// Where a structure is asked for, the builder builds it.
func TestTheBuilderBuildsWhatIsShown(t *testing.T) {
	e, err := env.Make("VoxelBuild-v0?height=16&width=16&structure=2")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	agent, err := builder.New(e)
	if err != nil {
		t.Fatal(err)
	}
	obs, err := e.Reset(env.Seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	agent.Reset(1)
	for {
		step, err := e.Step(agent.Act(obs))
		if err != nil {
			t.Fatal(err)
		}
		if obs = step.Obs; step.Done() {
			if step.Reward != 1 {
				t.Errorf("the hut is not built; the last reward is %g", step.Reward)
			}
			return
		}
	}
}
