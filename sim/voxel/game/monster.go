package game

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/grid"
	"somnium/sim/voxel/terrain"
)

// How far monsters notice the player and how far a zombie's arm and a skeleton's bow reach, in 1/65536 of a block.
const (
	notice  = 16 * fixed.One
	armSpan = fixed.One + fixed.One/4
	bowSpan = 12 * fixed.One
)

// The pauses between blows and shots, in ticks, and their damage.
const (
	zombiePause, zombieDamage   = 20, 3
	asleepDamage                = 7
	skeletonPause, arrowDamage  = 45, 2
	arrowSpeed                  = 52429 // 0.8
	arrowTicks                  = 60
	burnTicks                   = 20
	forgetAcross, forgetMonster = 40, 36 // blocks
)

// hunt is the mind of monsters: they go for the player where they notice one, and stroll else. The sun burns them.
func (w *World) hunt(c *Creature) {
	if w.Tick%burnTicks == 0 && w.Sunlight() > fixed.One/2 && w.UnderSky(c.Pos.Cell()) && !c.InLiquid {
		c.Health -= 2
		c.Hurt = blowPause
	}
	toPlayer := w.Player.Pos.Sub(c.Pos)
	distance := toPlayer.Length()
	if distance > notice || w.Player.Health == 0 {
		w.graze(c)
		return
	}
	if c.InLiquid {
		c.Vel.Y += swimUp
	}
	if (w.Tick+c.ID)%4 == 0 {
		c.Yaw = yawAlong(toPlayer)
	}
	if c.Kind == Zombie {
		w.maul(c, distance)
		return
	}
	w.shoot(c, distance)
}

// maul walks up to the player and strikes.
func (w *World) maul(c *Creature, distance int) {
	if distance > armSpan {
		w.stride(c, 100)
		return
	}
	if c.Cool > 0 {
		return
	}
	c.Cool = zombiePause
	damage := zombieDamage
	if w.Player.Sleeping {
		damage = asleepDamage
	}
	w.hitPlayer(damage, c.Yaw)
}

// hitPlayer wounds the player and knocks the body back along the yaw.
func (w *World) hitPlayer(damage, yaw int) {
	p := &w.Player
	w.wound(damage)
	p.push(yaw, 1, 0, 16384)
	if p.OnGround {
		p.Vel.Y = 16384
	}
}

// shoot keeps its distance and looses arrows at a player in sight.
func (w *World) shoot(c *Creature, distance int) {
	switch {
	case distance > bowSpan*2/3:
		w.stride(c, 100)
	case distance < bowSpan/4:
		c.push(c.Yaw, -1, 0, c.Kind.Info().Push/3)
	}
	if distance > bowSpan || c.Cool > 0 {
		return
	}
	c.Cool = skeletonPause
	from := c.Pos.Add(Vec{Y: c.Tall * 3 / 4})
	aim := w.Player.Pos.Add(Vec{Y: playerTall / 2})
	if !Sees(w.Grid, from, aim) {
		return
	}
	along, length := direction(aim.Sub(from))
	arrow := w.Spawn(Arrow, from, c.Yaw)
	if arrow == nil {
		return
	}
	arrow.Timer = arrowTicks
	// It falls on its way by g t^2 / 2, with g a quarter of gravity: aim higher by that.
	flight := length / arrowSpeed
	arrow.Vel = Vec{fixed.Mul(arrowSpeed, along.X), fixed.Mul(arrowSpeed, along.Y) + flight*arrowGravity/2, fixed.Mul(arrowSpeed, along.Z)}
}

const arrowGravity = gravity / 4

// fly moves an arrow until it hits the player, breaks glass, or meets anything else.
func (w *World) fly(c *Creature) {
	velocity := c.Vel
	along, length := direction(velocity)
	distance, hits := w.Player.meets(c.Pos, along)
	wall := Cast(w.Grid, c.Pos, along, length, block.Kind.Solid)
	switch {
	case hits && distance <= length && distance <= wall.Distance:
		w.hitPlayer(arrowDamage, c.Yaw)
		c.Health = 0
	case wall.Kind != block.Air:
		w.shatter(wall.Cell)
		c.Health = 0
	case c.Timer == 0:
		c.Health = 0
	}
	c.Pos = c.Pos.Add(velocity)
	c.Vel.Y -= arrowGravity
}

// forgotten says whether a creature is too far from the player to be kept.
func (w *World) forgotten(c *Creature) bool {
	limit := forgetAcross
	if c.Kind.Info().Monster {
		limit = forgetMonster
	}
	away := c.Pos.Sub(w.Player.Pos)
	return c.Mood != Patrol && max(away.X, -away.X, away.Z, -away.Z) > limit*fixed.One
}

// Every spawnEvery ticks the world tries to add an animal and a monster, up to these numbers, between nearest and farthest
// blocks away.
const (
	spawnEvery           = 16
	maxAnimals           = 6
	maxMonsters          = 5
	nearest, farthest    = 9, 26
	cavesSought, bySkies = 6, 1
)

// populate adds creatures.
func (w *World) populate() {
	animals, monsters := 0, 0
	for i := range w.Creatures {
		switch kind := w.Creatures[i].Kind; {
		case kind.Info().Monster:
			monsters++
		case kind != Arrow:
			animals++
		}
	}
	if animals < maxAnimals && w.chance(4) == 0 {
		w.spawnAnimal()
	}
	if monsters < maxMonsters && w.chance(2) == 0 {
		w.spawnMonster()
	}
}

// Populate adds a few animals at once, as a world has them that was there before the player came.
func (w *World) Populate() {
	for range 2 * maxAnimals {
		if len(w.Creatures) < maxAnimals {
			w.spawnAnimal()
		}
	}
}

// column draws a column around the player.
func (w *World) column() (x, z int) {
	at := w.Player.Pos.Cell()
	for {
		dx, dz := w.chance(2*farthest+1)-farthest, w.chance(2*farthest+1)-farthest
		if max(dx, -dx, dz, -dz) >= nearest {
			return at.X + dx, at.Z + dz
		}
	}
}

// room says whether a creature two blocks high can stand in a cell.
func (w *World) room(c Cell) bool {
	return c.Y > 0 && c.Y < grid.Height && w.Grid.At(c.X, c.Y-1, c.Z).Solid() &&
		!blocked(w.Grid.At(c.X, c.Y, c.Z)) && !blocked(w.Grid.At(c.X, c.Y+1, c.Z))
}

func blocked(k block.Kind) bool { return k.Solid() || k.Liquid() }

// wide says whether there is room for a body of a kind around the middle of a cell.
func (w *World) wide(kind CreatureKind, c Cell) bool {
	info := kind.Info()
	body := Body{Pos: c.Middle(), Half: info.Half, Tall: info.Tall}
	return body.Free(w.Grid)
}

// spawnAnimal tries to put an animal on a lawn.
func (w *World) spawnAnimal() {
	x, z := w.column()
	y, biome := w.Land.Ground(x, z)
	at := Cell{x, y, z}
	kind := Cow
	if w.chance(2) == 0 || biome == terrain.Snow {
		kind = Sheep
	}
	ground := w.Grid.At(x, y-1, z)
	if (ground == block.Grass || ground == block.Snow) && w.room(at) && w.wide(kind, at) {
		w.Spawn(kind, at.Middle(), w.chance(360)*fixed.Degree)
	}
}

// spawnMonster tries to put a monster into the dark: on the ground at night, or into a cave.
func (w *World) spawnMonster() {
	x, z := w.column()
	ground, _ := w.Land.Ground(x, z)
	at, kind := Cell{x, ground, z}, Zombie
	if w.Sunlight() > 0 || w.chance(2) == 0 {
		at.Y = 2 + w.chance(max(ground-4, 1))
		for range cavesSought {
			if w.room(at) || at.Y >= ground-2 {
				break
			}
			at.Y++
		}
	}
	if at.Y < ground-2 && w.chance(3) > 0 {
		kind = Skeleton
	}
	if w.room(at) && w.wide(kind, at) && w.Dark(at) {
		w.Spawn(kind, at.Middle(), w.chance(360)*fixed.Degree)
	}
}
