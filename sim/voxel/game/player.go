package game

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
)

// Player is the one whose eyes the world is seen through.
type Player struct {
	Body
	// Yaw and Pitch are where the player looks, as package fixed has them: yaw in 0..35999, pitch in -9000..9000.
	Yaw, Pitch int
	// Health, Food, Drink and Energy go from 0 to Full.
	Health, Food, Drink, Energy int
	// Breath is how many more ticks the player can be under water.
	Breath   int
	Sleeping bool
	Sneaking bool

	Inventory Inventory
	Dig       Dig

	// Hurt and Swing count down the ticks since the last wound and the last blow; Ready until things can be used again.
	Hurt, Swing, Ready int
	// hunger, thirst, weariness, recovery and harm count ticks towards the next change of a need.
	hunger, thirst, weariness, recovery, harm int
}

// Dig is a block being dug.
type Dig struct {
	Cell Cell
	// Done is the work done so far, of the block's hardness; 0 where nothing is being dug.
	Done int
}

// Full is the most of each need.
const Full = 20

// The player's measures, in 1/65536 of a block.
const (
	playerHalf = 19660  // 0.3
	playerTall = 117964 // 1.8
	playerEye  = 106168 // 1.62
	sneakEye   = 97648  // 1.49
	maxBreath  = 300
)

// Controls is what a player does in a tick.
type Controls struct {
	// Forward is 1, 0 or -1 (back); Strafe 1 (right), 0 or -1 (left).
	Forward, Strafe                         int
	Jump, Sneak, Sprint, Attack, Use, Sleep bool
	// Pitch and Yaw are by how much to turn down and right, in hundredths of a degree.
	Pitch, Yaw int
	// Hotbar is the slot to select, 1..9, or 0.
	Hotbar int
	// Craft is the recipe to follow, 1 + its place in item.Recipes, or 0.
	Craft int
	// Place is the block to place, whatever is in the hand, or Air.
	Place block.Kind
}

// Eye returns where the player sees from.
func (p *Player) Eye() Vec {
	if p.Sneaking {
		return p.Pos.Add(Vec{Y: sneakEye})
	}
	return p.Pos.Add(Vec{Y: playerEye})
}

// Look returns the unit vector along which the player looks, in 1/2^30.
func (p *Player) Look() Vec {
	x, y, z := fixed.Look(p.Yaw, p.Pitch)
	return Vec{x, y, z}
}

// turn turns the player's head.
func (p *Player) turn(c *Controls) {
	p.Yaw = ((p.Yaw+c.Yaw)%fixed.Turn + fixed.Turn) % fixed.Turn
	p.Pitch = min(max(p.Pitch+c.Pitch, -fixed.Turn/4), fixed.Turn/4)
}

// Movement is Minecraft's, in 1/65536 of a block and tick.
const (
	gravity   = 5243  // 0.08
	jumpSpeed = 27525 // 0.42
	airDrag   = 64225 // 0.98, up and down
	// Along the ground: what is kept of the speed from tick to tick, and what is added.
	groundKeep, groundPush = 35783, 6423 // 0.546, 0.098
	airKeep, airPush       = 59638, 1285 // 0.91, 0.0196
	// In a liquid.
	liquidGravity, liquidKeep, liquidPush = 1311, 52429, 1966 // 0.02, 0.8, 0.03
	swimUp, climbOut                      = 2621, 19661       // 0.04, 0.3
	sprintPush                            = 85197             // 1.3
	sneakPush                             = 19661             // 0.3
	leap                                  = 13107             // 0.2
)

// times multiplies by a number in 1/65536, rounding towards 0, so that what slows down comes to rest.
func times(x, factor int) int { return x * factor / fixed.One }

// push accelerates a body along the yaw, by strength times forward and strafe, each -1..1.
func (b *Body) push(yaw, forward, strafe, strength int) {
	if forward == 0 && strafe == 0 {
		return
	}
	if forward != 0 && strafe != 0 {
		strength = times(strength, 46341) // 1/sqrt 2
	}
	sin, cos := fixed.Sin(yaw), fixed.Cos(yaw)
	b.Vel.X += fixed.Mul(strength, -sin*forward-cos*strafe)
	b.Vel.Z += fixed.Mul(strength, cos*forward-sin*strafe)
}

// walk moves the player by one tick.
func (w *World) walk(c *Controls) {
	p := &w.Player
	p.Sneaking = c.Sneak && !p.InLiquid
	strength := airPush
	switch {
	case p.InLiquid:
		strength = liquidPush
	case p.OnGround:
		strength = groundPush
	}
	if c.Sprint && c.Forward > 0 && !c.Sneak && p.Food > 0 {
		strength = times(strength, sprintPush)
		p.hunger++
	}
	if p.Sneaking {
		strength = times(strength, sneakPush)
	}
	if c.Jump {
		w.jump(c)
	}
	p.push(p.Yaw, c.Forward, c.Strafe, strength)
	if p.Sneaking && p.OnGround {
		w.clingToEdge()
	}
	w.fall(&p.Body)
}

// jump leaves the ground, or swims up.
func (w *World) jump(c *Controls) {
	p := &w.Player
	switch {
	case p.InLiquid && p.Bumped:
		p.Vel.Y = max(p.Vel.Y, climbOut)
	case p.InLiquid:
		p.Vel.Y += swimUp
	case p.OnGround:
		p.Vel.Y = jumpSpeed
		p.hunger += 4
		if c.Sprint && c.Forward > 0 {
			p.push(p.Yaw, 1, 0, leap)
		}
	}
}

// clingToEdge stops the one who sneaks from stepping off a block.
func (w *World) clingToEdge() {
	p := &w.Player
	probe := p.Body
	probe.Pos.X += p.Vel.X
	if !probe.onFloor(w.Grid) {
		p.Vel.X = 0
	}
	probe = p.Body
	probe.Pos.Z += p.Vel.Z
	if !probe.onFloor(w.Grid) {
		p.Vel.Z = 0
	}
}

// fall moves a body, and slows it down by what it is in.
func (w *World) fall(b *Body) {
	b.Move(w.Grid)
	b.InLiquid = b.medium(w.Grid) != block.Air
	switch {
	case b.InLiquid:
		b.Vel = Vec{times(b.Vel.X, liquidKeep), times(b.Vel.Y, liquidKeep) - liquidGravity, times(b.Vel.Z, liquidKeep)}
	case b.OnGround:
		b.Vel = Vec{times(b.Vel.X, groundKeep), times(b.Vel.Y-gravity, airDrag), times(b.Vel.Z, groundKeep)}
	default:
		b.Vel = Vec{times(b.Vel.X, airKeep), times(b.Vel.Y-gravity, airDrag), times(b.Vel.Z, airKeep)}
	}
}

// landed returns by how many blocks a body that is on the ground now has fallen, and remembers where the next fall begins.
func (b *Body) landed() int {
	b.Peak = max(b.Peak, b.Pos.Y)
	if b.InLiquid {
		b.Peak = b.Pos.Y
	}
	if !b.OnGround {
		return 0
	}
	fallen := b.Peak - b.Pos.Y
	b.Peak = b.Pos.Y
	return fallen / fixed.One
}
