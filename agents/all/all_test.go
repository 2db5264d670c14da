package all_test

import (
	"slices"
	"strings"
	"testing"

	"somnium/agents/all"
	"somnium/env"
	"somnium/env/envtest"
	_ "somnium/sim/all"
)

func TestNames(t *testing.T) {
	names := all.Names()
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("the names %v are not sorted or not unique", names)
	}
	for i, line := range all.Describe() {
		if !strings.HasPrefix(line, names[i]+": ") {
			t.Errorf("line %d, %q, does not describe %s", i, line, names[i])
		}
	}
}

// play returns the actions of an agent over some steps of an environment.
func play(t *testing.T, name, id string, seed uint64, steps int) []int {
	t.Helper()
	e, err := env.Make(id)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	agent, err := all.New(name, e)
	if err != nil {
		t.Fatal(err)
	}
	obs, err := e.Reset(env.Seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	agent.Reset(seed)
	var actions []int
	for range steps {
		action := agent.Act(obs)
		if err := e.Spec().Action.Contains(action); err != nil {
			t.Fatalf("%s in %s: %v", name, id, err)
		}
		actions = append(actions, action.Int...)
		step, err := e.Step(action)
		if err != nil {
			t.Fatal(err)
		}
		if obs = step.Obs; step.Done() {
			break
		}
	}
	return actions
}

func TestAgentsAreFunctionsOfTheirSeeds(t *testing.T) {
	for _, name := range []string{"noop", "random", "sticky", "sticky:2.5", "scripted", "scripted:0.5", "scripted:1"} {
		for _, id := range []string{"RigidCatch-v0?height=32&width=32", "RigidPush-v0?height=32&width=48"} {
			first := play(t, name, id, 3, 60)
			if !slices.Equal(first, play(t, name, id, 3, 60)) {
				t.Errorf("%s in %s: one seed gives two plays", name, id)
			}
			if name != "noop" && slices.Equal(first, play(t, name, id, 4, 60)) {
				t.Errorf("%s in %s: two seeds give one play", name, id)
			}
		}
	}
}

func TestVoxelAgentsAreFunctionsOfTheirSeeds(t *testing.T) {
	for _, name := range []string{"builder", "explorer", "loop"} {
		for _, id := range []string{"VoxelSurvive-v0?height=16&width=16", "VoxelBuild-v0?height=16&width=16&flat=1"} {
			first := play(t, name, id, 3, 60)
			if !slices.Equal(first, play(t, name, id, 3, 60)) {
				t.Errorf("%s in %s: one seed gives two plays", name, id)
			}
			if slices.Equal(first, play(t, name, id, 4, 60)) {
				t.Errorf("%s in %s: two seeds give one play", name, id)
			}
		}
	}
}

func TestNoopDoesNothing(t *testing.T) {
	if actions := play(t, "noop", "RigidPush-v0", 1, 20); slices.Max(actions) != 0 || len(actions) != 20 {
		t.Errorf("it does %v", actions)
	}
}

// Doing nothing leaves the camera where it is, in both action spaces of a voxel world.
func TestNoopLooksNowhere(t *testing.T) {
	for _, id := range []string{"VoxelLookAway-v0?height=16&width=16", "VoxelLookAway-v0?height=16&width=16&flat=1"} {
		e, err := env.Make(id)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		agent, err := all.New("noop", e)
		if err != nil {
			t.Fatal(err)
		}
		obs, err := e.Reset(env.Seeded(1))
		if err != nil {
			t.Fatal(err)
		}
		prober, _ := env.As[env.Prober](e)
		before := prober.State().Values
		for range 5 {
			if _, err := e.Step(agent.Act(obs)); err != nil {
				t.Fatal(err)
			}
		}
		after := prober.State().Values
		for _, name := range []string{"x", "z", "yaw", "pitch"} {
			if before[name] != after[name] {
				t.Errorf("%s: %s goes from %g to %g", id, name, before[name], after[name])
			}
		}
	}
}

func TestSimpleAgentsPlayEverything(t *testing.T) {
	for _, id := range env.IDs() {
		for _, name := range []string{"noop", "random", "sticky"} {
			play(t, name, id+"?height=16&width=16", 1, 5)
		}
	}
}

func TestBadNames(t *testing.T) {
	e := envtest.NewCounter(16, 16)
	defer e.Close()
	tests := []struct{ name, says string }{
		{"", "there are builder, expert, explorer, loop, noop, random, scripted, sticky"},
		{"master", `no agent "master"; there are builder, expert, explorer, loop, noop, random, scripted, sticky`},
		{"random:2", "takes no number"},
		{"noop:", "takes no number"},
		{"sticky:", `"" is not a number`},
		{"sticky:often", `"often" is not a number`},
		{"sticky:0.5", "at least 1"},
		{"sticky:NaN", "at least 1"},
		{"sticky:Inf", "at least 1"},
		{"scripted:1.5", "0..1"},
		{"scripted:NaN", "0..1"},
		{"explorer", "explorer: Counter-v0 is no voxel world"},
		{"loop:2", "takes no number"},
		{"scripted", "no script for Counter-v0; there is one for RigidCatch-v0, RigidPush-v0, VoxelCollect-v0, VoxelNavigate-v0, VoxelRevisit-v0"},
	}
	for _, test := range tests {
		if _, err := all.New(test.name, e); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("New(%q) says %v, want something with %q", test.name, err, test.says)
		}
	}
}
