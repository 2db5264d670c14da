// Package builder is the agent that changes the world about it: it digs up what it stands on, puts up walls, opens and closes
// them, digs pits, stacks pillars under itself, and now and then does what cannot work, such as a jump in mid-air or a blow at
// nothing. It shows what becomes of a world that is acted on, and that what was changed stays changed. Where a structure is asked for,
// as in VoxelBuild-v0, it builds that, as the expert does.
package builder

import (
	"math/rand/v2"
	"strings"

	"somnium/agents"
	"somnium/agents/avatar"
	"somnium/agents/expert"
	"somnium/env"
)

// New returns a builder in the voxel world e, or an error where e is none.
func New(e env.Env) (agents.Agent, error) {
	if strings.HasPrefix(e.Spec().ID, "VoxelBuild-") {
		if agent, err := expert.New(e); err == nil { // which it is not with the flat actions: they cannot say what to place
			return agent, nil
		}
	}
	return avatar.NewAgent("builder", e, func() avatar.Plan { return (&mind{}).plan })
}

// mind is what the builder means to do yet: numbers of works, in a random order, so that each has its turn.
type mind struct{ deck []int }

// plan is one work. Who has not enough to build with digs first.
func (m *mind) plan(rng *rand.Rand, s *avatar.Sight) []avatar.Move {
	w := work{rng: rng, yaw: s.Yaw, stock: stock(s)}
	works := [...]struct {
		needs int
		begin func() []avatar.Move
	}{
		{0, w.wander}, {0, w.fail}, {0, w.hitAir}, {1, w.change}, {2, w.pit}, {4, w.pillar}, {4, w.wall},
	}
	if len(m.deck) == 0 {
		m.deck = rng.Perm(len(works))
	}
	next := works[m.deck[0]]
	if w.stock < next.needs {
		return w.gather()
	}
	m.deck = m.deck[1:]
	return next.begin()
}

// stock returns how many plain blocks there are to build with.
func stock(s *avatar.Sight) int {
	n := 0
	for _, block := range materials() {
		n += s.Carries(block)
	}
	return n
}

// materials are the blocks that it builds with.
func materials() []string { return avatar.Placeable()[:7] }

// work is what the plans of one moment have in common.
type work struct {
	rng   *rand.Rand
	yaw   float64
	stock int
}

// Where to look, in degrees below the horizon, at what stands or lies about two blocks off: the ground, the top of a block on
// it, the upper of two blocks.
const (
	atGround = 40
	atTop    = 18
	atUpper  = 0
	atFeet   = 90
)

// brisk is how fast it turns, in degrees a step; patience how many steps it hits a block; reach how far off, in blocks.
const (
	brisk    = 10
	patience = 70
	reach    = 4.5
)

// put places a block, of what it carries most, where the crosshair is, and waits until hands are free again.
func put() avatar.Move {
	steps, block := 0, ""
	return func(s *avatar.Sight) (avatar.Controls, bool) {
		if steps++; steps == 1 {
			for _, candidate := range materials() {
				if block == "" || s.Carries(candidate) > s.Carries(block) {
					block = candidate
				}
			}
			// Who has none of these tries what is in the hand.
			return avatar.Controls{Place: block, Use: s.Carries(block) == 0}, false
		}
		return avatar.Controls{}, steps > 5
	}
}

// gather digs up the ground about it.
func (w work) gather() []avatar.Move {
	var moves []avatar.Move
	for range 6 + w.rng.IntN(5) {
		yaw, pitch := w.yaw+40*w.rng.NormFloat64(), 40+30*w.rng.Float64()
		moves = append(moves, avatar.Aim(yaw, pitch, brisk), avatar.Dig(1, patience, reach))
	}
	return moves
}

// wall puts up a row of pillars of one or two blocks in an arc, opens it, and closes it again after a look elsewhere.
func (w work) wall() []avatar.Move {
	var moves []avatar.Move
	high := 1 + w.rng.IntN(2)
	for i := range 2 + w.rng.IntN(3) {
		yaw := w.yaw + 30*float64(i)
		moves = append(moves, avatar.Aim(yaw, atGround, brisk), put())
		if high == 2 {
			moves = append(moves, avatar.Aim(yaw, atTop, brisk), put())
		}
	}
	pitch := [...]float64{atTop + 6, atUpper}[high-1]
	return append(moves,
		avatar.Aim(w.yaw, pitch, brisk), avatar.Dig(1, patience, 3),
		avatar.Hold(avatar.Controls{}, w.rng.IntN(10)),
		avatar.Aim(w.yaw+120+120*w.rng.Float64(), 0, brisk),
		avatar.Hold(avatar.Controls{}, w.rng.IntN(20)),
		avatar.Aim(w.yaw, [...]float64{atGround, atTop}[high-1], brisk), put(),
		avatar.Hold(avatar.Controls{}, w.rng.IntN(10)))
}

// pillar rises on blocks that it puts under its feet, and comes down by digging them or by a step off.
func (w work) pillar() []avatar.Move {
	moves := []avatar.Move{avatar.Aim(w.yaw, atFeet, brisk)}
	high := 1 + w.rng.IntN(min(4, w.stock))
	for range high {
		// At the top of a jump, a block fits under the feet.
		moves = append(moves, avatar.Hold(avatar.Controls{Jump: true}, 1), avatar.Hold(avatar.Controls{}, 4), put(), settle())
	}
	if w.rng.Float64() < 0.5 {
		return append(moves, avatar.Aim(w.yaw, 20, brisk), avatar.Go(w.yaw, 15, avatar.Manner{Pitch: 20, Pace: brisk}))
	}
	return append(moves, avatar.Dig(high, high*patience, reach), avatar.Aim(w.yaw, 10, brisk))
}

// pit digs down where it stands, or before its feet, looks around, and climbs out on blocks that it puts under itself.
func (w work) pit() []avatar.Move {
	if w.rng.Float64() < 0.3 {
		return []avatar.Move{avatar.Aim(w.yaw, 55, brisk), avatar.Dig(1+w.rng.IntN(3), 2*patience, reach), avatar.Aim(w.yaw, 20, brisk)}
	}
	deep := 1 + w.rng.IntN(3)
	moves := []avatar.Move{
		avatar.Aim(w.yaw, atFeet, brisk), avatar.Dig(deep, deep*patience, reach), settle(),
		avatar.Spin(180, brisk), avatar.Aim(w.yaw, atFeet, brisk),
	}
	for range deep {
		moves = append(moves, avatar.Hold(avatar.Controls{Jump: true}, 1), avatar.Hold(avatar.Controls{}, 4), put(), settle())
	}
	return append(moves, avatar.Aim(w.yaw, 10, brisk))
}

// settle waits until it stands.
func settle() avatar.Move {
	steps := 0
	return func(s *avatar.Sight) (avatar.Controls, bool) {
		steps++
		return avatar.Controls{}, steps > 2 && !s.Airborne || steps > 30
	}
}

// change breaks a block that it sees, looks away, looks at the gap, and fills it.
func (w work) change() []avatar.Move {
	yaw, pitch := w.yaw+60*w.rng.NormFloat64(), 25+30*w.rng.Float64()
	away := w.yaw + 100 + 160*w.rng.Float64()
	return []avatar.Move{
		avatar.Aim(yaw, pitch, brisk), avatar.Dig(1, patience, reach), avatar.Hold(avatar.Controls{}, w.rng.IntN(10)),
		avatar.Aim(away, 10, brisk), avatar.Hold(avatar.Controls{}, w.rng.IntN(30)),
		avatar.Aim(yaw, pitch, brisk), avatar.Hold(avatar.Controls{}, w.rng.IntN(15)), put(),
	}
}

// fail does on purpose what has no effect, or not the one it looks like.
func (w work) fail() []avatar.Move {
	switch w.rng.IntN(4) {
	case 0: // jumps in mid-air
		return []avatar.Move{avatar.Hold(avatar.Controls{Jump: true}, 3), avatar.Hold(avatar.Controls{Forward: 1, Jump: true}, 12)}
	case 1: // places against nothing
		return []avatar.Move{avatar.Aim(w.yaw, -40, brisk), put(), avatar.Hold(avatar.Controls{Use: true}, 4), avatar.Aim(w.yaw, 10, brisk)}
	case 2: // crafts what may lack its parts
		return []avatar.Move{avatar.Hold(avatar.Controls{Craft: 1 + w.rng.IntN(24)}, 2), avatar.Hold(avatar.Controls{Hotbar: 1 + w.rng.IntN(9)}, 1)}
	}
	// Lets go of a block before it breaks.
	return []avatar.Move{
		avatar.Aim(w.yaw, 50, brisk), avatar.Hold(avatar.Controls{Attack: true}, 5), avatar.Hold(avatar.Controls{}, 3),
		avatar.Hold(avatar.Controls{Attack: true}, 5), avatar.Hold(avatar.Controls{}, 3),
	}
}

// hitAir hits at the sky.
func (w work) hitAir() []avatar.Move {
	return []avatar.Move{
		avatar.Aim(w.yaw, -50, brisk), avatar.Hold(avatar.Controls{Attack: true}, 8+w.rng.IntN(12)), avatar.Aim(w.yaw, 10, brisk),
	}
}

// wander goes some steps to a new place.
func (w work) wander() []avatar.Move {
	yaw := w.yaw + 80*w.rng.NormFloat64()
	manner := avatar.Manner{Pitch: 10 + 10*w.rng.NormFloat64(), Pace: brisk, Digs: true}
	return []avatar.Move{avatar.Go(yaw, 15+w.rng.IntN(40), manner)}
}
