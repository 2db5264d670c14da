package game

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/item"
)

// CreatureKind is a kind of creature, or an arrow.
type CreatureKind uint8

// The kinds.
const (
	Cow CreatureKind = iota
	Sheep
	Zombie
	Skeleton
	Arrow
)

// CreatureInfo is what there is to know of a kind.
type CreatureInfo struct {
	Name string
	// Half is half the width, Tall the height, in 1/65536 of a block.
	Half, Tall int
	Health     int
	// Push is the acceleration of its walk, in 1/65536 of a block and tick.
	Push int
	// Color is that of the body, Head that of the head.
	Color, Head block.RGB
	// Monster says that it is after the player.
	Monster bool
	// Drops is what the player gets for killing it.
	Drops []item.Portion
}

var creatureTable = [...]CreatureInfo{
	{Name: "cow", Half: 29491, Tall: 91750, Health: 6, Push: 2400, Color: block.RGB{92, 66, 50}, Head: block.RGB{214, 206, 196},
		Drops: []item.Portion{{Kind: item.Meat, Count: 2}}},
	{Name: "sheep", Half: 29491, Tall: 85197, Health: 5, Push: 2400, Color: block.RGB{228, 226, 220}, Head: block.RGB{196, 170, 150},
		Drops: []item.Portion{{Kind: item.Wool, Count: 1}, {Kind: item.Meat, Count: 1}}},
	{Name: "zombie", Half: 19660, Tall: 127795, Health: 10, Push: 3000, Color: block.RGB{48, 110, 150}, Head: block.RGB{92, 142, 78}, Monster: true},
	{Name: "skeleton", Half: 19660, Tall: 130416, Health: 8, Push: 2600, Color: block.RGB{176, 176, 170}, Head: block.RGB{212, 212, 206}, Monster: true},
	{Name: "arrow", Half: 8192, Tall: 16384, Health: 1, Color: block.RGB{120, 92, 62}, Head: block.RGB{230, 230, 230}},
}

// Info returns what there is to know of the kind.
func (k CreatureKind) Info() *CreatureInfo { return &creatureTable[k] }

func (k CreatureKind) String() string { return creatureTable[k].Name }

// Mood is what a creature is about.
type Mood uint8

// The moods.
const (
	Idle Mood = iota
	Wander
	Flee
	Patrol // along a line that was laid down for it
)

// Creature is an animal, a monster or an arrow.
type Creature struct {
	Body
	// ID is unique in its world, and grows: creatures are kept in its order.
	ID   int
	Kind CreatureKind
	// Yaw is where it looks, as the player's.
	Yaw    int
	Health int
	// Hurt counts down the ticks since the last wound.
	Hurt int
	Mood Mood
	// Timer counts down the ticks of the mood, Cool those until the next blow or shot.
	Timer, Cool int
	// From and To are the ends of a patrol. Where Back is set, it turns round at To and ends at From.
	From, To Vec
	Back     bool
}

// maxCreatures bounds the creatures, arrows included.
const maxCreatures = 32

// Spawn adds a creature that stands at a place, and returns it, or nil where there are too many.
func (w *World) Spawn(kind CreatureKind, at Vec, yaw int) *Creature {
	if len(w.Creatures) == maxCreatures {
		return nil
	}
	info := kind.Info()
	w.Creatures = append(w.Creatures, Creature{
		Body: Body{Pos: at, Half: info.Half, Tall: info.Tall, Peak: at.Y},
		ID:   w.nextID, Kind: kind, Yaw: yaw, Health: info.Health,
	})
	w.nextID++
	return &w.Creatures[len(w.Creatures)-1]
}

// strike deals a creature the player's blow.
func (w *World) strike(c *Creature) {
	c.Health -= w.Player.Inventory.Held().Damage()
	c.Hurt = blowPause
	away := c.Pos.Sub(w.Player.Pos)
	along, _ := direction(Vec{X: away.X, Z: away.Z})
	const knock = 20000
	c.Vel = c.Vel.Add(Vec{fixed.Mul(knock, along.X), knock / 2, fixed.Mul(knock, along.Z)})
	if !c.Kind.Info().Monster && c.Mood != Patrol {
		c.Mood, c.Timer, c.Yaw = Flee, 60, yawAlong(away)
	}
	if c.Health > 0 {
		return
	}
	for _, p := range c.Kind.Info().Drops {
		w.change(Killed, p.Kind, p.Count)
	}
	switch c.Kind {
	case Zombie:
		w.achieve(DefeatZombie)
	case Skeleton:
		w.achieve(DefeatSkeleton)
	}
}

// moveCreatures lets every creature think and move, and takes away those that died or are far off.
func (w *World) moveCreatures() {
	kept := w.Creatures[:0]
	// An arrow that is shot in this turn flies in the next one: it is added behind those that take theirs.
	for i := range len(w.Creatures) {
		c := &w.Creatures[i]
		if c.Health > 0 {
			w.live(c)
		}
	}
	for i := range w.Creatures {
		if c := &w.Creatures[i]; c.Health > 0 && !w.forgotten(c) {
			kept = append(kept, *c)
		}
	}
	w.Creatures = kept
}

// live is a creature's tick.
func (w *World) live(c *Creature) {
	c.Hurt, c.Cool, c.Timer = max(c.Hurt-1, 0), max(c.Cool-1, 0), max(c.Timer-1, 0)
	switch {
	case c.Kind == Arrow:
		w.fly(c)
		return
	case c.Mood == Patrol:
		c.patrol()
		return
	case c.Kind.Info().Monster:
		w.hunt(c)
	default:
		w.graze(c)
	}
	w.fall(&c.Body)
	if c.landed() > 3*safeFall || c.InLiquid && w.Tick%harmTicks == 0 && c.medium(w.Grid) == block.Lava {
		c.Health -= 3
		c.Hurt = blowPause
	}
}

// stride pushes a creature along its yaw, and has it jump over what it bumps into and swim.
func (w *World) stride(c *Creature, percent int) {
	strength := c.Kind.Info().Push * percent / 100
	if !c.OnGround {
		strength /= 3
	}
	c.push(c.Yaw, 1, 0, strength)
	if c.OnGround && c.Bumped {
		c.Vel.Y = jumpSpeed
	}
}

// graze is the mind of animals: they stand, stroll, and run from the one who struck them.
func (w *World) graze(c *Creature) {
	if c.InLiquid {
		c.Vel.Y += swimUp
	}
	if c.Timer == 0 {
		c.Mood = Idle
		c.Timer = 40 + w.chance(80)
		if w.chance(2) == 0 {
			c.Mood = Wander
			c.Yaw = w.chance(360) * fixed.Degree
		}
	}
	switch {
	case c.Mood == Idle:
	case w.ledge(c):
		c.Yaw = (c.Yaw + fixed.Turn/2) % fixed.Turn
	case c.Mood == Flee:
		w.stride(c, 220)
	default:
		w.stride(c, 100)
	}
}

// ledge says whether a step along the yaw leads down more than two blocks, or into lava or water.
func (w *World) ledge(c *Creature) bool {
	if !c.OnGround || c.InLiquid {
		return false
	}
	x, _, z := fixed.Look(c.Yaw, 0)
	at := c.Pos.Add(Vec{X: fixed.Mul(fixed.One, x), Z: fixed.Mul(fixed.One, z)}).Cell()
	for y := at.Y; y >= at.Y-3; y-- {
		k := w.Grid.At(at.X, y, at.Z)
		if k.Liquid() {
			return true
		}
		if k.Solid() {
			return false
		}
	}
	return true
}

// yawAlong returns the yaw, to within a degree, of a direction along the ground.
func yawAlong(v Vec) int {
	along, _ := direction(Vec{X: v.X, Z: v.Z})
	// Bisection over the half turn on whose side x lies: the cosine falls from 0 to a half turn.
	low, high := 0, fixed.Turn/2
	for high-low > fixed.Degree/2 {
		middle := (low + high) / 2
		if fixed.Cos(middle) > along.Z {
			low = middle
		} else {
			high = middle
		}
	}
	if along.X > 0 {
		return (fixed.Turn - low) % fixed.Turn
	}
	return low
}

// patrol follows the line laid down, along the ground and through whatever may stand there.
func (c *Creature) patrol() {
	const pace = 5200 // 1.6 blocks a second
	ahead := c.To.Sub(c.Pos)
	distance := ahead.Level()
	if distance <= pace {
		c.Pos, c.Vel = c.To, Vec{}
		if c.Back {
			c.From, c.To, c.Back = c.To, c.From, false
		}
		return
	}
	along, _ := direction(Vec{X: ahead.X, Z: ahead.Z})
	c.Vel = Vec{X: fixed.Mul(pace, along.X), Z: fixed.Mul(pace, along.Z)}
	c.Pos = c.Pos.Add(c.Vel)
	c.Yaw = yawAlong(ahead)
}
