package voxel

import (
	"fmt"
	"math/bits"
	"math/rand/v2"

	"somnium/env"
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/item"
)

// survive is the open world: sparse is 1 for each achievement the first time, shaped adds a tenth of every change of
// health, as Crafter does.
func survive() *task {
	return &task{
		id: "VoxelSurvive-v0", doc: "First-person survival in an open block world, with the counterparts of Crafter's 22 achievements.",
		steps: 10000, creatures: 1, needs: 1,
		build:   func(*environment, *rand.Rand) {},
		advance: func(e *environment) outcome { return e.surviving() },
		aim: func(e *environment) string {
			return fmt.Sprintf("the player is to survive, and has %d of %d achievements", bits.OnesCount32(uint32(e.world.Achieved)), game.AchievementCount)
		},
	}
}

// surviving returns what the tick was worth to one who survives.
func (e *environment) surviving() outcome {
	unlocked := float64(bits.OnesCount32(uint32(e.world.Achieved) &^ uint32(e.goal.Achieved)))
	return outcome{sparse: unlocked, shaped: unlocked + 0.1*float64(e.world.Player.Health-e.goal.Health)}
}

// markReach is how near to a mark one must come, in 1/65536 of a block.
const markReach = 2 * fixed.One

// navigate is the way to a beacon: sparse is 1 on arrival, shaped adds the blocks that the player came nearer.
func navigate() *task {
	return &task{
		id: "VoxelNavigate-v0", doc: "Walk to a beacon over natural land.", steps: 1000,
		params: []env.Param{randomParam("mark_distance", "how far off the beacon is, in blocks", 20, 5, 60)},
		build: func(e *environment, rng *rand.Rand) {
			distance := e.settings.draw(rng, "mark_distance", 12, 24)
			e.goal.Yaw = rng.IntN(360) * fixed.Degree
			x, z := e.ahead(distance, 0)
			e.goal.Target = e.pillar(x, z, 5, block.Mark)
			e.goal.Count = e.away(e.goal.Target)
		},
		advance: func(e *environment) outcome {
			now := e.away(e.goal.Target)
			o := outcome{shaped: float64(e.goal.Count-now) / fixed.One, done: now <= markReach}
			e.goal.Count = now
			if o.done {
				o.sparse, o.shaped = 1, o.shaped+1
			}
			return o
		},
		aim: func(e *environment) string {
			return fmt.Sprintf("the player is to walk to the beacon, %d blocks off", e.away(e.goal.Target)/fixed.One)
		},
	}
}

// errand is something to collect.
type errand struct {
	what  string
	kinds []item.Kind
	need  int
	// tool is given at the start, or None.
	tool item.Kind
}

var errands = [...]errand{
	{"wood", []item.Kind{item.Of(block.OakLog), item.Of(block.SpruceLog)}, 3, item.None},
	{"dirt", []item.Kind{item.Of(block.Dirt)}, 6, item.None},
	{"sand", []item.Kind{item.Of(block.Sand)}, 6, item.None},
	{"stone", []item.Kind{item.Of(block.Cobblestone)}, 6, item.WoodenPickaxe},
	{"flowers", []item.Kind{item.Of(block.RedFlower), item.Of(block.YellowFlower)}, 2, item.None},
	{"meat", []item.Kind{item.Meat}, 2, item.WoodenSword},
	{"coal", []item.Kind{item.Coal}, 2, item.StonePickaxe},
	{"iron ore", []item.Kind{item.Of(block.IronOre)}, 2, item.StonePickaxe},
}

// collect asks for some items: sparse is 1 when all are there, shaped as much in equal parts.
func collect() *task {
	return &task{
		id: "VoxelCollect-v0", doc: "Collect what is asked for: wood, dirt, sand, stone, flowers, meat, coal or iron ore.", steps: 3000, creatures: 1,
		params: []env.Param{randomParam("errand", "0: wood, 1: dirt, 2: sand, 3: stone, 4: flowers, 5: meat, 6: coal, 7: iron ore", 0, 0, float64(len(errands)-1))},
		build: func(e *environment, rng *rand.Rand) {
			e.goal.Kind = e.settings.draw(rng, "errand", 0, len(errands)-1)
			e.goal.Need = errands[e.goal.Kind].need
			if tool := errands[e.goal.Kind].tool; tool != item.None {
				e.world.Give(tool, 1)
			}
		},
		advance: func(e *environment) outcome {
			had := e.goal.Count
			e.goal.Count = max(had, min(e.carried(), e.goal.Need))
			o := outcome{shaped: float64(e.goal.Count-had) / float64(e.goal.Need), done: e.goal.Count == e.goal.Need}
			if o.done {
				o.sparse = 1
			}
			return o
		},
		aim: func(e *environment) string {
			return fmt.Sprintf("the player is to collect %s, and has %d of %d", errands[e.goal.Kind].what, e.goal.Count, e.goal.Need)
		},
	}
}

// carried returns how many of the errand's items the player has.
func (e *environment) carried() int {
	n := 0
	for _, k := range errands[e.goal.Kind].kinds {
		n += int(e.world.Player.Inventory.Counts[k])
	}
	return n
}

// The night that is to be survived goes from 18 to 6 o'clock.
const nightTicks = game.DayTicks / 2

// night asks to live till the morning: sparse is 1 then, shaped adds as much in equal parts and a tenth of every change of
// health.
func night() *task {
	return &task{
		id: "VoxelNight-v0", doc: "Survive a night among monsters.", steps: nightTicks, creatures: 1,
		build: func(e *environment, rng *rand.Rand) {
			if !e.settings.given[e.settings.place("hour")] {
				e.settings.values[e.settings.place("hour")] = 18
				e.world.Clock = game.DayTicks * 3 / 4
			}
			e.world.Give(item.WoodenSword, 1)
			e.world.Give(item.Of(block.Dirt), 16)
			e.world.Give(item.Of(block.Torch), 8)
		},
		advance: func(e *environment) outcome {
			o := outcome{done: e.world.Tick >= nightTicks-1}
			o.shaped = 1.0/nightTicks + 0.1*float64(e.world.Player.Health-e.goal.Health)
			if o.done && e.world.Player.Health > 0 {
				o.sparse = 1
			}
			return o
		},
		aim: func(e *environment) string {
			return fmt.Sprintf("the player is to live for %d more seconds", max(0, nightTicks-e.world.Tick)/game.TicksPerSecond)
		},
	}
}
