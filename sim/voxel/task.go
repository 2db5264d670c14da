package voxel

import (
	"math/rand/v2"
	"slices"

	"somnium/env"
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/terrain"
)

// task is something to do in a voxel world.
type task struct {
	id, doc string
	// steps is the time limit.
	steps int
	// creatures and needs are the defaults of those parameters.
	creatures, needs float64
	// params are those of the task alone.
	params []env.Param
	// meadow is the radius of the level lawn to play on, 0 for natural land.
	meadow int
	// build furnishes the world and sets the goal. The player has entered.
	build func(e *environment, rng *rand.Rand)
	// advance tells what the last tick was worth.
	advance func(e *environment) outcome
	// aim says in words what is to be done.
	aim func(e *environment) string
}

// outcome is what a tick was worth in each reward mode, and whether the task is done.
type outcome struct {
	sparse, shaped float64
	done           bool
}

// goal is how far a task has come. Each task uses what it needs.
type goal struct {
	// Target is where to go or to look.
	Target game.Cell
	// Kind says which of a task's variants it is, Stage how far it has come, Count how much of Need is reached.
	Kind, Stage, Count, Need int
	// Timer counts ticks within a stage.
	Timer int
	// Yaw is the direction of the start.
	Yaw int
	// Creature is the ID of the one that matters.
	Creature int
	// Health and Achieved are the player's before the tick.
	Health   int
	Achieved int
}

// before notes what a tick's outcome is compared with.
func (g *goal) before(w *game.World) {
	g.Health, g.Achieved = w.Player.Health, int(w.Achieved)
}

// ints returns the goal's fields, for snapshots.
func (g *goal) ints() []*int {
	return []*int{
		&g.Target.X, &g.Target.Y, &g.Target.Z, &g.Kind, &g.Stage, &g.Count, &g.Need, &g.Timer, &g.Yaw, &g.Creature, &g.Health, &g.Achieved,
	}
}

// tasks is the table.
func tasks() []*task {
	return []*task{
		survive(), navigate(), collect(), construct(nil), night(),
		lookAway(), loop(), behindWall(), revisit(),
	}
}

// Tasks returns every task, ready for env.Register.
func Tasks() []env.Registration {
	var all []env.Registration
	for _, t := range tasks() {
		all = append(all, env.Registration{
			ID: t.id, Doc: t.doc, Params: t.allParams(), MaxEpisodeSteps: t.steps,
			New: func(c env.Config) (env.Env, error) { return newEnv(t, c) },
		})
	}
	return slices.Clip(all)
}

// episodeParams returns the parameters that a Reset takes.
func (t *task) episodeParams() []env.Param {
	return slices.Concat(worldParams(t.creatures, t.needs), t.params)
}

// allParams returns the parameters that Make takes.
func (t *task) allParams() []env.Param { return slices.Concat(t.episodeParams(), formParams()) }

// landOptions returns what land an episode is played on.
func (e *environment) landOptions() terrain.Options {
	o := terrain.Options{Seed: e.seed, Meadow: e.task.meadow}
	if biome := e.settings.whole("biome"); biome >= 0 {
		o.Only, o.Biome = true, terrain.Biome(biome)
	}
	return o
}

// begin starts the episode of a seed.
func (e *environment) begin(seed uint64) {
	e.seed, e.goal, e.phase = seed, goal{}, running
	rng := rand.New(rand.NewPCG(seed, 1))
	// From 7 to 17 o'clock it is day.
	e.settings.draw(rng, "hour", 7, 16)
	yaw := rng.IntN(36) * 10 * fixed.Degree
	e.enter(int(e.settings.get("hour")*game.DayTicks/24) % game.DayTicks)
	x, z := 0, 0
	if e.task.meadow == 0 {
		x, z = e.shore()
	}
	e.world.Enter(x, z, yaw)
	e.task.build(e, rng)
	if e.settings.whole("creatures") == 1 {
		e.world.Populate()
	}
}

// enter begins the world of the episode's seed and settings, at a time of day in ticks.
func (e *environment) enter(clock int) {
	if o := e.landOptions(); e.land == nil || e.land.Options != o {
		e.land = terrain.New(o)
	}
	e.world.Begin(game.Options{
		Land: e.land, Seed: e.seed, Clock: clock,
		Inhabited: e.settings.whole("creatures") == 1, Needs: e.settings.whole("needs") == 1,
	})
}

// shore returns a column of dry land, the nearest to the middle of the world among those looked at.
func (e *environment) shore() (x, z int) {
	const stride, rings = 6, 40
	for ring := range rings {
		for i := range max(1, 8*ring) {
			x, z = around(i, ring)
			x, z = x*stride, z*stride
			if height, _ := e.land.Ground(x, z); height > terrain.Sea+1 {
				return x, z
			}
		}
	}
	return 0, 0 // an ocean: the player swims
}

// around returns the i-th of the 8 ring places at distance ring from the middle.
func around(i, ring int) (x, z int) {
	if ring == 0 {
		return 0, 0
	}
	side, along := i/(2*ring), i%(2*ring)
	switch side {
	case 0:
		return along - ring, -ring
	case 1:
		return ring, along - ring
	case 2:
		return ring - along, ring
	}
	return -ring, ring - along
}

// pillar puts up a column of blocks on the ground, and clears what grows there.
func (e *environment) pillar(x, z, height int, k block.Kind) game.Cell {
	y, _ := e.land.Ground(x, z)
	for i := range height {
		e.world.Grid.Set(x, y+i, z, k)
	}
	return game.Cell{X: x, Y: y, Z: z}
}

// ahead returns the column at a distance along a yaw from the player's, and to the right of that.
func (e *environment) ahead(distance, right int) (x, z int) {
	at := e.world.Player.Pos
	dx, _, dz := fixed.Look(e.goal.Yaw, 0)
	rx, _, rz := fixed.Look(e.goal.Yaw+fixed.Turn/4, 0)
	place := game.Vec{
		X: at.X + fixed.Mul(distance*fixed.One, dx) + fixed.Mul(right*fixed.One, rx),
		Z: at.Z + fixed.Mul(distance*fixed.One, dz) + fixed.Mul(right*fixed.One, rz),
	}
	c := place.Cell()
	return c.X, c.Z
}

// offBy returns by how much the player looks away from a yaw, in hundredths of a degree, 0..18000.
func (e *environment) offBy(yaw int) int {
	off := ((e.world.Player.Yaw-yaw)%fixed.Turn + fixed.Turn) % fixed.Turn
	return min(off, fixed.Turn-off)
}

// away returns the distance along the ground from the player to the middle of a cell, in 1/65536 of a block.
func (e *environment) away(c game.Cell) int { return c.Middle().Sub(e.world.Player.Pos).Level() }

// colors are the plain blocks that stand about in tasks.
var colors = [...]block.Kind{block.Red, block.Yellow, block.Green, block.Blue, block.White, block.Black, block.Bricks, block.Planks}
