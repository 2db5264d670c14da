package explorer_test

import (
	"math"
	"testing"

	"somnium/agents"
	"somnium/agents/explorer"
	"somnium/agents/sticky"
	"somnium/env"
	_ "somnium/sim/all"
)

// ground is what an agent got to see in an episode.
type ground struct {
	// patches counts the squares of 4 x 4 blocks that it stood in, views the directions, in parts of 30 degrees, that it
	// looked along.
	patches, views int
	// breath is the least that it had left.
	breath float64
}

// roam plays an episode.
func roam(t *testing.T, make agents.Maker, id string, seed uint64, steps int) ground {
	t.Helper()
	e, err := env.Make(id)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	agent, err := make(e)
	if err != nil {
		t.Fatal(err)
	}
	obs, err := e.Reset(env.Seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	agent.Reset(seed)
	prober, _ := env.As[env.Prober](e)
	patches, views, least := map[[2]float64]bool{}, map[[2]float64]bool{}, 1.0
	for range steps {
		step, err := e.Step(agent.Act(obs))
		if err != nil {
			t.Fatal(err)
		}
		v := prober.State().Values
		patches[[2]float64{math.Floor(v["x"] / 4), math.Floor(v["z"] / 4)}] = true
		views[[2]float64{math.Floor(v["yaw"] / 30), math.Floor(v["pitch"] / 30)}] = true
		least = min(least, v["breath"])
		if obs = step.Obs; step.Done() {
			break
		}
	}
	return ground{len(patches), len(views), least}
}

func randomSticky(e env.Env) (agents.Agent, error) { return sticky.New(e, sticky.DefaultMean) }

// The explorer comes to far more places than the one that acts at random, in both action spaces, and does not drown.
func TestTheExplorerGetsAbout(t *testing.T) {
	const full, flat = "VoxelSurvive-v0?height=16&width=16&creatures=0", "VoxelSurvive-v0?height=16&width=16&creatures=0&flat=1"
	const episodes, steps = 3, 400
	random := 0
	for seed := range uint64(episodes) {
		random += roam(t, randomSticky, full, seed, steps).patches
	}
	for _, id := range []string{full, flat} {
		patches, views := 0, 0
		for seed := range uint64(episodes) {
			there := roam(t, explorer.New, id, seed, steps)
			if there.breath < 0.1 {
				t.Errorf("%s, seed %d: its breath falls to %.2f", id, seed, there.breath)
			}
			patches, views = patches+there.patches, views+there.views
		}
		if 3*patches < 5*random || patches < episodes*12 {
			t.Errorf("%s: it comes to %d patches of ground, and to %d at random", id, patches, random)
		}
		if views < episodes*10 {
			t.Errorf("%s: it looks along only %d directions", id, views)
		}
	}
}
