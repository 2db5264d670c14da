package expert_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"somnium/agents/expert"
	"somnium/env"
	_ "somnium/sim/all"
)

// world is where the expert plays: pictures are small, as it does not look at them.
const world = "VoxelSurvive-v0?height=16&width=16"

// feat is an achievement and the step at which it was made.
type feat struct {
	name string
	step int
}

// play plays an episode until it is over, the feat named last is made or, where none is named, all are. It returns the feats in
// order.
func play(t *testing.T, seed uint64, last string) []feat {
	t.Helper()
	e, err := env.Make(world)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	agent, err := expert.New(e)
	if err != nil {
		t.Fatal(err)
	}
	obs, err := e.Reset(env.Seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	agent.Reset(seed)
	prober, _ := env.As[env.Prober](e)
	var feats []feat
	for n := 1; ; n++ {
		step, err := e.Step(agent.Act(obs))
		if err != nil {
			t.Fatal(err)
		}
		if step.Reward > 0 { // sparse: 1 for each feat
			feats = note(feats, prober.State())
		}
		if obs = step.Obs; step.Done() || len(feats) == 22 || len(feats) > 0 && feats[len(feats)-1].name == last {
			return feats
		}
	}
}

// note appends what the state tells of achievements that are not yet among the feats.
func note(feats []feat, s env.State) []feat {
	for _, value := range slices.Sorted(maps.Keys(s.Values)) {
		name, ok := strings.CutPrefix(value, "achievement_")
		if ok && s.Values[value] == 1 && !slices.ContainsFunc(feats, func(f feat) bool { return f.name == name }) {
			feats = append(feats, feat{name, s.Step})
		}
	}
	return feats
}

func TestTheExpertMakesTheIronPickaxe(t *testing.T) {
	for _, seed := range []uint64{4, 5} {
		feats := play(t, seed, "make_iron_pickaxe")
		if last := feats[len(feats)-1]; last.name != "make_iron_pickaxe" || last.step > 4000 || len(feats) < 12 {
			t.Errorf("seed %d: it achieves %v", seed, feats)
		}
	}
}

// Seed and world determine what the expert does.
func TestTheExpertRepeatsItself(t *testing.T) {
	first, again := play(t, 3, "make_wood_pickaxe"), play(t, 3, "make_wood_pickaxe")
	if !slices.Equal(first, again) {
		t.Errorf("it achieves %v, and then %v", first, again)
	}
}

func TestTheExpertRefusesWhatItCannotPlay(t *testing.T) {
	for id, says := range map[string]string{
		"RigidCatch-v0":          "no voxel world",
		"VoxelSurvive-v0?flat=1": "leave flat=1 away",
	} {
		e, err := env.Make(id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := expert.New(e); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: the error is %v, want one that says %q", id, err, says)
		}
		e.Close()
	}
}
