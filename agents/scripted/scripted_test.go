package scripted_test

import (
	"math"
	"strings"
	"testing"

	"somnium/agents"
	"somnium/agents/random"
	"somnium/agents/scripted"
	"somnium/env"
	_ "somnium/sim/all"
)

// play plays episodes and returns the mean return and the number that terminated.
func play(t *testing.T, name string, maker agents.Maker, episodes int) (meanReturn float64, terminated int) {
	t.Helper()
	e, err := env.Make(name)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	agent, err := maker(e)
	if err != nil {
		t.Fatal(err)
	}
	for episode := range episodes {
		seed := uint64(1000 + episode)
		obs, err := e.Reset(env.Seeded(seed))
		if err != nil {
			t.Fatal(err)
		}
		agent.Reset(seed)
		for done := false; !done; {
			step, err := e.Step(agent.Act(obs))
			if err != nil {
				t.Fatal(err)
			}
			meanReturn += step.Reward / float64(episodes)
			if step.Terminated {
				terminated++
			}
			obs, done = step.Obs, step.Done()
		}
	}
	return meanReturn, terminated
}

func expert(distract float64) agents.Maker {
	return func(e env.Env) (agents.Agent, error) { return scripted.New(e, distract) }
}

func TestCatches(t *testing.T) {
	for _, name := range []string{
		"RigidCatch-v0?height=16&width=16&max_episode_steps=300",
		"RigidCatch-v0?height=16&width=24&max_episode_steps=300&gravity=2",
		"RigidCatch-v0?height=16&width=16&max_episode_steps=300&paddle_speed=8",
	} {
		caught, _ := play(t, name, expert(0), 20)
		distracted, _ := play(t, name, expert(0.5), 20)
		chance, _ := play(t, name, random.New, 20)
		t.Logf("%s: the return is %.2f, half distracted %.2f, at random %.2f", name, caught, distracted, chance)
		if !(caught > distracted && distracted > chance) {
			t.Errorf("%s: the return is %.2f, half distracted %.2f, at random %.2f: they should fall", name, caught, distracted, chance)
		}
		if caught < 9 {
			t.Errorf("%s: the oracle's return over 300 steps is %.2f", name, caught)
		}
	}
}

func TestPushes(t *testing.T) {
	const episodes = 40
	name := "RigidPush-v0?height=16&width=16"
	pushed, reached := play(t, name, expert(0), episodes)
	distracted, reachedHalf := play(t, name, expert(0.5), episodes)
	chance, reachedByChance := play(t, name, random.New, episodes)
	t.Logf("the return is %.2f (%d of %d reach), half distracted %.2f (%d), at random %.2f (%d)",
		pushed, reached, episodes, distracted, reachedHalf, chance, reachedByChance)
	if reached != episodes {
		t.Errorf("the oracle reaches the mark in %d of %d episodes", reached, episodes)
	}
	if !(pushed > chance+2) || reachedByChance > episodes/2 {
		t.Errorf("the oracle's return is %.2f, that of chance %.2f with %d marks reached", pushed, chance, reachedByChance)
	}
}

func TestRevisits(t *testing.T) {
	const episodes = 12
	for _, name := range []string{"VoxelRevisit-v0?flat=1&height=16&width=16&change=0", "VoxelRevisit-v0?flat=1&height=16&width=16&change=1"} {
		_, done := play(t, name+"&max_episode_steps=200", expert(0), episodes)
		_, byChance := play(t, name+"&max_episode_steps=200", random.New, episodes)
		if done < episodes || byChance > episodes/2 {
			t.Errorf("%s: the oracle changes the block and finds it again in %d of %d episodes, chance in %d", name, done, episodes, byChance)
		}
	}
}

func TestNavigates(t *testing.T) {
	const episodes = 12
	name := "VoxelNavigate-v0?flat=1&height=16&width=16&reward=2&mark_distance=8&biome=0&max_episode_steps=100"
	walked, arrived := play(t, name, expert(0), episodes)
	distracted, _ := play(t, name, expert(0.5), episodes)
	chance, byChance := play(t, name, random.New, episodes)
	t.Logf("the return is %.2f (%d of %d arrive), half distracted %.2f, at random %.2f (%d)", walked, arrived, episodes, distracted, chance, byChance)
	if arrived < episodes-1 || byChance > episodes/3 {
		t.Errorf("the oracle arrives in %d of %d episodes, chance in %d", arrived, episodes, byChance)
	}
	if !(walked > distracted && distracted > chance+1) {
		t.Errorf("the return is %.2f, half distracted %.2f, at random %.2f: they should fall", walked, distracted, chance)
	}
}

func TestCollects(t *testing.T) {
	const episodes = 12
	for _, errand := range []string{"errand=1&biome=0", "errand=2&biome=2"} {
		name := "VoxelCollect-v0?flat=1&height=16&width=16&reward=2&creatures=0&max_episode_steps=250&" + errand
		collected, done := play(t, name, expert(0), episodes)
		distracted, _ := play(t, name, expert(0.5), episodes)
		chance, byChance := play(t, name, random.New, episodes)
		t.Logf("%s: the return is %.2f (%d of %d have all), half distracted %.2f, at random %.2f (%d)", errand, collected, done, episodes, distracted, chance, byChance)
		if done < episodes-1 || byChance > 0 {
			t.Errorf("%s: the oracle collects all in %d of %d episodes, chance in %d", errand, done, episodes, byChance)
		}
		if !(collected > distracted && distracted > chance) {
			t.Errorf("%s: the return is %.2f, half distracted %.2f, at random %.2f: they should fall", errand, collected, distracted, chance)
		}
	}
}

func TestOneNumberIsNotEnoughForAllActions(t *testing.T) {
	e, err := env.Make("VoxelRevisit-v0?height=16&width=16")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := scripted.New(e, 0); err == nil || !strings.Contains(err.Error(), "VoxelRevisit-v0?flat=1") {
		t.Errorf("with full actions New says %v", err)
	}
}

// TestDistractionIsAsAsked compares, in states where the oracle pushes, how often it does otherwise.
func TestDistractionIsAsAsked(t *testing.T) {
	e, err := env.Make("RigidCatch-v0?height=16&width=16&max_episode_steps=0")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	attentive, _ := scripted.New(e, 0)
	distracted, _ := scripted.New(e, 0.3)
	obs, _ := e.Reset(env.Seeded(1))
	attentive.Reset(1)
	distracted.Reset(1)
	const steps = 12000
	differ := 0.0
	for range steps {
		action := distracted.Act(obs)
		if attentive.Act(obs).Int[0] != action.Int[0] {
			differ++
		}
		step, err := e.Step(action)
		if err != nil {
			t.Fatal(err)
		}
		obs = step.Obs
	}
	// A random action of three is the oracle's own one time in three.
	if got, want := differ/steps, 0.3*2/3; math.Abs(got-want) > 0.04 {
		t.Errorf("it does otherwise in %.3f of the steps, want %.3f", got, want)
	}
}

// blind hides an environment's capabilities, as a dream lacks them.
type blind struct{ env.Env }

func TestNeedsTheTrueState(t *testing.T) {
	e, err := env.Make("RigidCatch-v0")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := scripted.New(blind{e}, 0); err == nil || !strings.Contains(err.Error(), "true state") {
		t.Errorf("without a true state New says %v", err)
	}
}
