package voxel

import (
	"fmt"
	"slices"
	"strings"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/item"
	"somnium/sim/voxel/terrain"
)

// Captions implements env.Captioner. Before the first Reset and after Close both are empty.
func (e *environment) Captions() (short, detailed string) {
	if !e.hasEpisode() {
		return "", ""
	}
	s := e.survey()
	short = "minecraft-style world: " + strings.Join(nonEmpty(daytime(e.world.Clock), e.deed(), e.ground(&s), s.toward()), " ")
	detailed = "A minecraft-style world of blocks, seen in first person. " + sentences(
		strings.Join(nonEmpty(daytime(e.world.Clock), e.deed(), e.ground(&s), s.toward()), " "),
		e.heading(), s.view(), e.company(), e.atHand(), e.condition(), e.task.aim(e),
	)
	return short, detailed
}

func nonEmpty(words ...string) []string {
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}

// sentences makes one text of clauses, each a sentence; empty ones are left out.
func sentences(clauses ...string) string {
	var all []string
	for _, clause := range nonEmpty(clauses...) {
		all = append(all, strings.ToUpper(clause[:1])+clause[1:]+".")
	}
	return strings.Join(all, " ")
}

// daytime tells the time of day.
func daytime(clock int) string {
	switch hour := hourOf(clock); {
	case hour < 4.75 || hour >= 19.25:
		return "at night"
	case hour < 6.25:
		return "at dawn"
	case hour < 11:
		return "in the morning"
	case hour < 14:
		return "at noon"
	case hour < 17.75:
		return "in the afternoon"
	}
	return "at dusk"
}

// deed says what the player does.
func (e *environment) deed() string {
	p := &e.world.Player
	switch {
	case p.Health == 0:
		return "the player has died"
	case p.Sleeping:
		return "the player sleeps"
	case p.Dig.Done > 0:
		return "the player digs at " + article(named(e.world.Grid.At(p.Dig.Cell.X, p.Dig.Cell.Y, p.Dig.Cell.Z)))
	case p.InLiquid:
		return "the player swims"
	case !p.OnGround && p.Vel.Y < -3*fixed.One/10:
		return "the player falls"
	case !p.OnGround && p.Vel.Y > 0:
		return "the player jumps"
	}
	return e.gait()
}

// gait says how the player moves along the ground.
func (e *environment) gait() string {
	p := &e.world.Player
	speed := p.Vel.Level()
	if speed < fixed.One/50 {
		return "the player stands"
	}
	x, _, z := fixed.Look(p.Yaw, 0)
	along := dot(game.Vec{X: p.Vel.X, Z: p.Vel.Z}, game.Vec{X: x, Z: z})
	verb := "walks"
	switch {
	case along < -speed/2:
		verb = "backs away"
	case p.Sneaking:
		verb = "sneaks"
	case speed > 9300: // between walking, 7720 after drag, and sprinting, 10030
		verb = "runs"
	}
	return "the player " + verb
}

// ground says what the player is on: "over a grassy hill", "through a cave".
func (e *environment) ground(s *scene) string {
	p := &e.world.Player
	at := p.Pos.Cell()
	height, biome := e.land.Ground(at.X, at.Z)
	if at.Y < height-3 && !e.world.UnderSky(at) {
		return "in a cave"
	}
	if p.InLiquid {
		return "in the water"
	}
	slope := e.slope()
	switch under := e.world.Grid.At(at.X, at.Y-1, at.Z); under {
	case block.Grass, block.TallGrass, block.Dirt:
		if biome == terrain.Forest && s.trees() > 2 {
			return "in an oak forest"
		}
		return slope + "grassy " + hillOr(slope, "plain")
	case block.Sand, block.Sandstone:
		if biome == terrain.Desert {
			return slope + "sandy " + hillOr(slope, "desert")
		}
		return "on a sandy beach"
	case block.Snow:
		return slope + "snowy " + hillOr(slope, "plain")
	case block.Ice:
		return "on the ice"
	case block.Air:
		return ""
	default:
		return "on " + article(named(under))
	}
}

// slope says whether the player goes up or down a hill, or stands on one.
func (e *environment) slope() string {
	at := e.world.Player.Pos.Cell()
	ahead := e.world.Player.Look()
	rise, _ := e.land.Ground(at.X+sign(ahead.X)*4, at.Z+sign(ahead.Z)*4)
	here, _ := e.land.Ground(at.X, at.Z)
	switch {
	case rise <= here-3:
		return "down a "
	case rise >= here+3:
		return "up a "
	}
	return "on a "
}

func sign(x int) int {
	switch {
	case x > fixed.Unit/3:
		return 1
	case x < -fixed.Unit/3:
		return -1
	}
	return 0
}

func hillOr(slope, level string) string {
	if slope == "on a " {
		return level
	}
	return "hill"
}

// heading says where the player looks.
func (e *environment) heading() string {
	p := &e.world.Player
	compass := [...]string{"south", "south-west", "west", "north-west", "north", "north-east", "east", "south-east"}
	clause := "the player looks " + compass[(p.Yaw+fixed.Turn/16)%fixed.Turn*8/fixed.Turn]
	switch {
	case p.Pitch > 5000:
		return clause + ", steeply down"
	case p.Pitch > 1500:
		return clause + ", downward"
	case p.Pitch < -5000:
		return clause + ", steeply up"
	case p.Pitch < -1500:
		return clause + ", upward"
	}
	return clause
}

// company names the creatures in sight.
func (e *environment) company() string {
	l := e.lens()
	var seen []string
	for i := range e.world.Creatures {
		c := &e.world.Creatures[i]
		b := e.probe(&l, c.ID, c.Kind.String(), &c.Body, c.Kind.Info().Color)
		if !b.InFrame || b.Hidden > 0.9 {
			continue
		}
		away := c.Pos.Sub(l.eye)
		side := "ahead"
		if across, along := dot(away, l.right), dot(away, l.forward); across > along*l.wide>>16/3 {
			side = "on the right"
		} else if -across > along*l.wide>>16/3 {
			side = "on the left"
		}
		seen = append(seen, fmt.Sprintf("%s %s, %d blocks off", article(c.Kind.String()), side, away.Length()/fixed.One))
	}
	if len(seen) == 0 {
		return ""
	}
	return "there is " + list(seen)
}

// atHand says what the player holds and points at.
func (e *environment) atHand() string {
	var parts []string
	if held := e.world.Player.Inventory.Held(); held != item.None {
		parts = append(parts, "holds "+article(namedItem(held)))
	}
	if hit := e.world.Pick(); hit.Kind != block.Air {
		parts = append(parts, "points at "+article(named(hit.Kind)))
	}
	if len(parts) == 0 {
		return ""
	}
	return "the player " + list(parts)
}

// condition says what the player lacks.
func (e *environment) condition() string {
	p := &e.world.Player
	var lacks []string
	for _, need := range []struct {
		amount int
		word   string
	}{{p.Health, "wounded"}, {p.Food, "hungry"}, {p.Drink, "thirsty"}, {p.Energy, "tired"}} {
		if need.amount <= game.Full/3 {
			lacks = append(lacks, need.word)
		}
	}
	if len(lacks) == 0 {
		return ""
	}
	return "the player is " + list(lacks)
}

// list joins words: "a", "a and b", "a, b and c".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// article puts "a" or "an" before a noun, and nothing before what is not counted.
func article(noun string) string {
	switch {
	case slices.Contains([]string{"grass", "dirt", "sand", "gravel", "snow", "ice", "stone", "cobblestone", "sandstone", "glass",
		"planks", "bricks", "oak leaves", "spruce leaves", "tall grass", "bedrock", "coal", "meat", "cooked meat", "berries", "wool",
		"coal ore", "iron ore", "diamond ore", "water", "lava"}, noun):
		return noun
	case strings.ContainsRune("aeiou", rune(noun[0])):
		return "an " + noun
	}
	return "a " + noun
}

// named returns a block's name as it reads in a sentence.
func named(k block.Kind) string {
	switch {
	case k >= block.White && k <= block.Black:
		return k.Words() + " block"
	case k == block.Mark:
		return "beacon"
	case k.Watery():
		return "water"
	}
	return k.Words()
}

// namedItem returns an item's name as it reads in a sentence.
func namedItem(k item.Kind) string {
	if b := k.Block(); b != block.Air {
		return named(b)
	}
	return k.Words()
}
