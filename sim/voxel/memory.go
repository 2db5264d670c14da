package voxel

import (
	"fmt"
	"math/rand/v2"

	"somnium/env"
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/item"
)

// The tasks of this file ask what is remembered. They are played on a lawn with coloured pillars, by day unless an hour is
// given, and each goes through stages: sparse is 1 when the last is reached, shaped is as much in equal parts.

// stages moves a staged goal on, and tells what that was worth.
func (e *environment) stages(last int, reached bool) outcome {
	if !reached {
		return outcome{}
	}
	e.goal.Stage++
	e.goal.Timer = 0
	o := outcome{shaped: 1 / float64(last), done: e.goal.Stage == last}
	if o.done {
		o.sparse = 1
	}
	return o
}

// landmarks puts up coloured pillars around the player, between two distances and apart from the line of sight ahead.
func (e *environment) landmarks(rng *rand.Rand, n, near, far int) {
	for range n {
		yaw := rng.IntN(360) * fixed.Degree
		distance := near + rng.IntN(far-near+1)
		height, color := 2+rng.IntN(3), colors[rng.IntN(len(colors))]
		ahead := e.goal.Yaw
		e.goal.Yaw = yaw
		x, z := e.ahead(distance, 0)
		e.goal.Yaw = ahead
		e.pillar(x, z, height, color)
	}
}

// Angles in hundredths of a degree: how far one has to look away, and how near back.
const (
	lookAwayBy = 9000
	lookBackBy = 500
)

// holdParam is how long one looks away.
func holdParam() env.Param {
	return randomParam("hold", "for how many steps to look away", 16, 1, 256)
}

// aside counts the steps for which the player has looked away from the goal's yaw, and says whether they are enough.
func (e *environment) aside() bool {
	if e.offBy(e.goal.Yaw) >= lookAwayBy {
		e.goal.Timer++
	}
	return e.goal.Timer >= e.goal.Need
}

// lookAway asks to look away from a scene and back at it.
func lookAway() *task {
	return &task{
		id: "VoxelLookAway-v0", doc: "Look at coloured pillars, turn away for a while, and look back.", steps: 600, meadow: 24,
		params: []env.Param{holdParam()},
		build: func(e *environment, rng *rand.Rand) {
			e.goal.Yaw = e.world.Player.Yaw
			e.goal.Need = e.settings.draw(rng, "hold", 8, 64)
			e.landmarks(rng, 8, 5, 20)
			for i := range 3 {
				x, z := e.ahead(6+rng.IntN(5), 3*(i-1)+rng.IntN(2))
				e.pillar(x, z, 1+rng.IntN(4), colors[rng.IntN(len(colors))])
			}
		},
		advance: func(e *environment) outcome {
			if e.goal.Stage == 0 {
				return e.stages(2, e.aside())
			}
			pitch := e.world.Player.Pitch
			return e.stages(2, e.offBy(e.goal.Yaw) <= lookBackBy && max(pitch, -pitch) <= lookBackBy)
		},
		aim: func(e *environment) string {
			if e.goal.Stage == 0 {
				return fmt.Sprintf("the player is to look away for %d steps", e.goal.Need-e.goal.Timer)
			}
			return "the player is to look back to where the look first went"
		},
	}
}

// loop asks to walk from A to B and back.
func loop() *task {
	return &task{
		id: "VoxelLoop-v0", doc: "Walk from a red pillar A to a beacon B and back to A.", steps: 2000, meadow: 64,
		params: []env.Param{randomParam("mark_distance", "how far B is from A, in blocks", 15, 5, 50)},
		build: func(e *environment, rng *rand.Rand) {
			e.goal.Yaw = e.world.Player.Yaw
			e.goal.Kind = e.settings.draw(rng, "mark_distance", 8, 30)
			e.landmarks(rng, 12, 4, e.goal.Kind+6)
			x, z := e.ahead(e.goal.Kind, 0)
			e.goal.Target = e.pillar(x, z, 4, block.Mark)
			x, z = e.ahead(0, 2)
			e.pillar(x, z, 3, block.Red)
		},
		advance: func(e *environment) outcome {
			if e.goal.Stage == 0 {
				return e.stages(2, e.away(e.goal.Target) <= markReach)
			}
			return e.stages(2, e.away(game.Cell{}) <= markReach)
		},
		aim: func(e *environment) string {
			if e.goal.Stage == 0 {
				return fmt.Sprintf("the player is to walk to the beacon, %d blocks off, and back", e.away(e.goal.Target)/fixed.One)
			}
			return fmt.Sprintf("the player is to walk back to the red pillar, %d blocks off", e.away(game.Cell{})/fixed.One)
		},
	}
}

// Where the wall stands and the sheep walks, in blocks ahead and to the right of the player.
const (
	wallAhead, wallHalf, wallHigh = 6, 2, 3
	sheepAhead, sheepSide         = 9, 8
)

// Courses that the sheep of VoxelBehindWall-v0 takes.
const (
	coursePass = iota
	courseStop
	courseTurn
)

// behindWall shows a sheep that walks behind a wall, and asks to find it afterwards.
func behindWall() *task {
	return &task{
		id: "VoxelBehindWall-v0", doc: "A sheep walks behind a wall and passes, stops or turns back: find it with the crosshair once it was hidden.", steps: 600, meadow: 24,
		params: []env.Param{randomParam("course", "0: the sheep passes behind the wall, 1: stops there, 2: turns back there", 0, coursePass, courseTurn)},
		build: func(e *environment, rng *rand.Rand) {
			e.goal.Yaw = rng.IntN(4) * fixed.Turn / 4
			e.world.Player.Yaw = e.goal.Yaw
			e.goal.Kind = e.settings.draw(rng, "course", coursePass, courseTurn)
			for right := -wallHalf; right <= wallHalf; right++ {
				x, z := e.ahead(wallAhead, right)
				e.pillar(x, z, wallHigh, block.Bricks)
			}
			side := sheepSide * (1 - 2*rng.IntN(2))
			e.herd(side)
		},
		advance: func(e *environment) outcome {
			sheep := e.sheep()
			if sheep == nil {
				return outcome{done: true}
			}
			if e.goal.Stage == 0 {
				return e.stages(2, e.unseen(sheep))
			}
			return e.stages(2, e.world.Pointed(sheep, 32*fixed.One))
		},
		aim: func(e *environment) string {
			if e.goal.Stage == 0 {
				return "the player is to watch the sheep as it goes behind the wall"
			}
			return "the player is to find the sheep that went behind the wall, and to point at it"
		},
	}
}

// herd puts the sheep on its course, from a side.
func (e *environment) herd(side int) {
	place := func(right int) game.Vec {
		x, z := e.ahead(sheepAhead, right)
		y, _ := e.land.Ground(x, z)
		return game.Cell{X: x, Y: y, Z: z}.Middle()
	}
	sheep := e.world.Spawn(game.Sheep, place(side), 0)
	sheep.Mood, sheep.From, sheep.To = game.Patrol, place(side), place(-side)
	switch e.goal.Kind {
	case courseStop:
		sheep.To = place(0)
	case courseTurn:
		sheep.To, sheep.Back = place(0), true
	}
	e.goal.Creature = sheep.ID
}

// sheep returns the creature that matters, or nil where it is no more.
func (e *environment) sheep() *game.Creature {
	for i := range e.world.Creatures {
		if e.world.Creatures[i].ID == e.goal.Creature {
			return &e.world.Creatures[i]
		}
	}
	return nil
}

// unseen says whether blocks hide the whole creature from the player.
func (e *environment) unseen(c *game.Creature) bool {
	for _, p := range c.Points() {
		if game.Sees(e.world.Grid, e.world.Player.Eye(), p) {
			return false
		}
	}
	return true
}

// Changes that VoxelRevisit-v0 asks for.
const (
	changeBreak = iota
	changePlace
)

// revisit asks to change a block, to look away, and to look at it again.
func revisit() *task {
	return &task{
		id: "VoxelRevisit-v0", doc: "Break or place a block in a coloured wall, look away for a while, and look at it again.", steps: 800, meadow: 24,
		params: []env.Param{holdParam(), randomParam("change", "0: break a block of the wall, 1: fill its gap", 0, changeBreak, changePlace)},
		build: func(e *environment, rng *rand.Rand) {
			e.goal.Yaw = rng.IntN(4) * fixed.Turn / 4
			e.world.Player.Yaw = e.goal.Yaw
			e.goal.Need = e.settings.draw(rng, "hold", 8, 64)
			e.goal.Kind = e.settings.draw(rng, "change", changeBreak, changePlace)
			e.landmarks(rng, 6, 8, 20)
			e.colorWall(rng)
		},
		advance: func(e *environment) outcome {
			switch e.goal.Stage {
			case 0:
				return e.stages(3, e.changed())
			case 1:
				return e.stages(3, e.aside())
			}
			return e.stages(3, e.looksAtChange())
		},
		aim: func(e *environment) string {
			return [...]string{
				[...]string{"the player is to break a block of the wall at eye level", "the player is to fill the gap in the wall"}[e.goal.Kind],
				"the player is to look away from the wall", "the player is to look at the changed block again",
			}[min(e.goal.Stage, 2)]
		},
	}
}

// colorWall puts up a wall three blocks wide and high, with a gap in its middle where one is to be filled.
func (e *environment) colorWall(rng *rand.Rand) {
	for right := -1; right <= 1; right++ {
		x, z := e.ahead(3, right)
		base := e.pillar(x, z, 3, colors[rng.IntN(4)])
		for y := range 3 {
			e.world.Grid.Set(x, base.Y+y, z, colors[rng.IntN(4)])
		}
		if right == 0 {
			e.goal.Target = game.Cell{X: x, Y: base.Y + 1, Z: z}
		}
	}
	if e.goal.Kind == changePlace {
		// What stands behind the gap is what the new block is put against.
		x, z := e.ahead(4, 0)
		e.world.Grid.Set(x, e.goal.Target.Y, z, block.Stone)
		e.world.Grid.Set(e.goal.Target.X, e.goal.Target.Y, e.goal.Target.Z, block.Air)
		e.world.Give(item.Of(colors[rng.IntN(4)]), 4)
	}
}

// changed says whether the change that is asked for has been made: a block of the wall broken, or the gap filled.
func (e *environment) changed() bool {
	g, at := e.world.Grid, e.goal.Target
	if e.goal.Kind == changePlace {
		return g.At(at.X, at.Y, at.Z) != block.Air
	}
	for right := -1; right <= 1; right++ {
		x, z := e.wallColumn(right)
		for y := at.Y - 1; y <= at.Y+1; y++ {
			if g.At(x, y, z) == block.Air {
				e.goal.Target = game.Cell{X: x, Y: y, Z: z}
				return true
			}
		}
	}
	return false
}

// wallColumn returns a column of the wall, which stands across the goal's yaw, a quarter turn's multiple.
func (e *environment) wallColumn(right int) (x, z int) {
	rx, _, rz := fixed.Look(e.goal.Yaw+fixed.Turn/4, 0)
	return e.goal.Target.X + right*(rx/fixed.Unit), e.goal.Target.Z + right*(rz/fixed.Unit)
}

// looksAtChange says whether the crosshair's line passes through the changed block.
func (e *environment) looksAtChange() bool {
	p := &e.world.Player
	at := e.goal.Target
	cell := game.Body{Pos: at.Middle(), Half: fixed.One / 2, Tall: fixed.One}
	return cell.MetBy(p.Eye(), p.Look())
}
