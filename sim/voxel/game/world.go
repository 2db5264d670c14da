// Package game is the world in motion: a player, animals and monsters among blocks that are dug, placed, fall and flow, by
// day and by night. It knows nothing of pictures and rewards.
//
// All is done in whole numbers, tick by tick, 20 to the second: the same seed and the same controls give the same bits on
// every processor.
//
//	w := game.New(8)
//	w.Begin(game.Options{Land: terrain.New(terrain.Options{Seed: 7}), Seed: 7, Inhabited: true})
//	w.Step(&game.Controls{Forward: 1, Jump: true})
package game

import (
	"math/bits"
	"math/rand/v2"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/grid"
	"somnium/sim/voxel/terrain"
)

// TicksPerSecond is the pace of the world; DayTicks is the length of its day, 10 minutes.
const (
	TicksPerSecond = 20
	DayTicks       = 12000
	hourTicks      = DayTicks / 24
)

// Options say what world to begin.
type Options struct {
	Land *terrain.Terrain
	// Seed is what chance in the world follows from.
	Seed uint64
	// Clock is the time of day, 0..DayTicks-1 from midnight.
	Clock int
	// Inhabited says that animals and monsters come and go of themselves.
	Inhabited bool
	// Needs says that the player grows hungry, thirsty and weary.
	Needs bool
}

// World is everything that there is. Its zero value is not ready: see [New] and [World.Begin].
type World struct {
	Grid *grid.Grid
	Options
	// Tick counts the ticks since Begin.
	Tick      int
	Player    Player
	Creatures []Creature
	// Achieved holds what the player has achieved so far.
	Achieved Achievements
	// Events are the changes of the inventory in the last tick.
	Events []Event

	nextID int
	source rand.PCG
	// soon and later hold the blocks to look at again: what may fall, and what may flow.
	soon, later queue
	sprouts     []sprout
}

// New returns a world whose grid keeps size x size chunks; see [grid.New].
func New(size int) *World {
	return &World{Grid: grid.New(size, func(*grid.Chunk) {}), Creatures: make([]Creature, 0, maxCreatures), Events: make([]Event, 0, 16)}
}

// Begin starts the world anew. The player stands nowhere in particular until [World.Enter].
func (w *World) Begin(o Options) {
	w.Options = o
	w.Grid.Reset(o.Land.Chunk)
	w.Tick, w.nextID, w.Achieved = 0, 1, 0
	w.Creatures, w.Events, w.sprouts = w.Creatures[:0], w.Events[:0], w.sprouts[:0]
	w.soon.clear()
	w.later.clear()
	w.source.Seed(o.Seed, o.Seed^0x5851f42d4c957f2d)
	w.Player = Player{
		Body:   Body{Half: playerHalf, Tall: playerTall},
		Health: Full, Food: Full, Drink: Full, Energy: Full, Breath: maxBreath,
	}
}

// Enter puts the player on top of a column, looking along the yaw.
func (w *World) Enter(x, z, yaw int) {
	p := &w.Player
	p.Pos = Cell{x, w.standing(x, z), z}.Middle()
	p.Vel, p.Yaw, p.Pitch = Vec{}, yaw, 0
	p.Peak, p.OnGround = p.Pos.Y, true
}

// standing returns the lowest height at or above the ground at which one can stand in a column.
func (w *World) standing(x, z int) int {
	y, _ := w.Land.Ground(x, z)
	for w.Grid.At(x, y, z).Solid() || w.Grid.At(x, y+1, z).Solid() {
		y++
	}
	return y
}

// Step advances by one tick.
func (w *World) Step(c *Controls) {
	w.Tick++
	w.Clock = (w.Clock + 1) % DayTicks
	w.Events = w.Events[:0]
	if w.Player.Sleeping {
		c = &Controls{Sleep: c.Sleep}
	}
	w.act(c)
	w.walk(c)
	w.feel()
	w.need(c)
	w.moveCreatures()
	if w.Inhabited && w.Tick%spawnEvery == 0 {
		w.populate()
	}
	w.settle()
	w.ripen()
}

// act does what the player's head and hands do.
func (w *World) act(c *Controls) {
	p := &w.Player
	p.turn(c)
	p.Hurt, p.Swing, p.Ready = max(p.Hurt-1, 0), max(p.Swing-1, 0), max(p.Ready-1, 0)
	if c.Hotbar > 0 {
		p.Inventory.Selected = c.Hotbar - 1
	}
	if c.Craft > 0 {
		w.Craft(c.Craft - 1)
	}
	if !c.Attack {
		p.Dig = Dig{}
	}
	if !c.Attack && !c.Use && c.Place == block.Air {
		return
	}
	hit := w.Pick()
	if c.Attack {
		w.attack(hit)
	}
	if c.Place != block.Air {
		w.place(hit, c.Place)
	}
	if c.Use {
		w.use(hit)
	}
}

// Sunlight returns how bright the sky is, from 0 at night to 65536 by day, with an hour and a half of dawn from 4:45 and of
// dusk from 17:45.
func Sunlight(clock int) int {
	const dawn, dusk, takes = 4*hourTicks + hourTicks*3/4, 17*hourTicks + hourTicks*3/4, hourTicks * 3 / 2
	switch {
	case clock < dawn || clock >= dusk+takes:
		return 0
	case clock < dawn+takes:
		return (clock - dawn) * fixed.One / takes
	case clock < dusk:
		return fixed.One
	}
	return (dusk + takes - clock) * fixed.One / takes
}

// Sunlight returns how bright the sky is now.
func (w *World) Sunlight() int { return Sunlight(w.Clock) }

// UnderSky says whether nothing stands above the cell.
func (w *World) UnderSky(c Cell) bool { return c.Y+1 >= w.Grid.Top(c.X, c.Z) }

// torchReach is how far a torch keeps monsters away, in blocks.
const torchReach = 8

// Dark says whether monsters would come to a cell: no sun and no torch shines there.
func (w *World) Dark(c Cell) bool {
	if w.Sunlight() > fixed.One/4 && w.UnderSky(c) {
		return false
	}
	for cz := (c.Z - torchReach) >> 4; cz <= (c.Z+torchReach)>>4; cz++ {
		for cx := (c.X - torchReach) >> 4; cx <= (c.X+torchReach)>>4; cx++ {
			for _, index := range w.Grid.Chunk(cx, cz).Torches {
				dx := cx<<4 + int(index&15) - c.X
				dz := cz<<4 + int(index>>4&15) - c.Z
				dy := int(index>>8) - c.Y
				if dx*dx+dy*dy+dz*dz <= torchReach*torchReach {
					return false
				}
			}
		}
	}
	return true
}

// chance draws a number of 0..n-1.
func (w *World) chance(n int) int {
	high, _ := bits.Mul64(w.source.Uint64(), uint64(n))
	return int(high)
}
