package voxel

import (
	"fmt"
	"testing"

	"somnium/env"
	"somnium/env/envtest"
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/item"
)

// made returns the task as env.Make would.
func made(t *task, c env.Config) (env.Env, error) {
	if c.Height == 0 {
		c.Height, c.Width = 32, 32
	}
	e, err := newEnv(t, c)
	if err != nil {
		return nil, err
	}
	return env.EnforceOrder(env.LimitTime(e, t.steps)), nil
}

func TestEveryTaskPassesTheContract(t *testing.T) {
	for i, task := range tasks() {
		// Full and flat actions in turn.
		params := map[string]float64{"flat": float64(i % 2)}
		t.Run(task.id, func(t *testing.T) {
			t.Parallel()
			options := envtest.Options{EpisodeSteps: 1, Steps: 32}
			if task.steps <= 800 {
				options.EpisodeSteps = task.steps
			}
			options.TestEnv(t, func() (env.Env, error) { return made(task, env.Config{Params: params}) })
		})
	}
}

// everything asks for all that can be observed.
func everything() map[string]float64 {
	return map[string]float64{"hud": 1, "textured": 1, "depth": 1, "segmentation": 1, "instances": 1, "inventory": 1, "flat": 1}
}

func TestEveryFormPassesTheContract(t *testing.T) {
	for _, size := range [][2]int{{32, 32}, {48, 80}, {80, 48}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			envtest.Options{EpisodeSteps: 1, Steps: 16}.TestEnv(t, func() (env.Env, error) {
				return made(survive(), env.Config{Height: size[0], Width: size[1], Params: everything()})
			})
		})
	}
}

// wander plays random-sticky steps, and holds every observation to its space, the player to the air, and the inventory to
// what events tell of it.
func wander(t *testing.T, e *environment, seed uint64, steps int) {
	t.Helper()
	actor := newSticky(e.spec.Action, seed)
	obs, err := e.Reset(env.Seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	counts := countsOf(e)
	for i := range steps {
		if err := e.spec.Observation.Contains(obs); err != nil {
			t.Fatalf("seed %d, step %d: %v", seed, i, err)
		}
		taken, err := e.Step(actor.next())
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range e.world.Events {
			counts[event.Kind] += event.Change
		}
		if counts != countsOf(e) {
			t.Fatalf("seed %d, step %d: the inventory changed without an event", seed, i)
		}
		if !e.world.Player.Free(e.world.Grid) {
			t.Fatalf("seed %d, step %d: the player is inside a block", seed, i)
		}
		obs = taken.Obs
		if taken.Done() {
			if obs, err = e.Reset(env.ResetOptions{}); err != nil {
				t.Fatal(err)
			}
			counts = countsOf(e)
		}
	}
}

func countsOf(e *environment) (counts [item.Count]int) {
	for k, n := range e.world.Player.Inventory.Counts {
		counts[k] = int(n)
	}
	return counts
}

// wanderers makes every task, with full and flat actions and with all observations.
func wanderers(t *testing.T) (all []*environment) {
	t.Helper()
	for _, task := range tasks() {
		for _, params := range []map[string]float64{nil, everything()} {
			e, err := newEnv(task, env.Config{Height: 32, Width: 32, Params: params})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, e)
		}
	}
	return all
}

func TestWanderersStayWithinTheSpaces(t *testing.T) {
	t.Parallel()
	for i, e := range wanderers(t) {
		wander(t, e, uint64(i), 1200)
	}
}

func TestTheInventoryIsObserved(t *testing.T) {
	e, err := newEnv(collect(), env.Config{Height: 32, Width: 32, Params: everything()})
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(1)
	if _, err := e.Reset(env.ResetOptions{Seed: &seed, Params: map[string]float64{"errand": 3}}); err != nil {
		t.Fatal(err)
	}
	e.world.Give(item.Of(block.Dirt), 7)
	e.world.Player.Drink = 4
	taken, err := e.Step(env.Int(0))
	if err != nil {
		t.Fatal(err)
	}
	seen := taken.Obs.Dict[keyInventory].F32
	if seen[item.WoodenPickaxe] != 1 || seen[item.Of(block.Dirt)] != 7 || seen[item.Count] != game.Full || seen[item.Count+2] != 4 {
		t.Errorf("the inventory is seen as %v", seen)
	}
}
