package scripted

import (
	"math"

	"somnium/env"
)

// Actions of RigidPush-v0.
const (
	pushNone = iota
	pushLeft
	pushRight
	pushUp
	pushDown
)

// pushDeadband is how near, in units, the disc may come to rest to the mark's centre without a further push.
const pushDeadband = 0.1

// push pushes the disc along the axis on which it would come to rest farther from the mark.
func push(state env.State) int {
	disc, seesDisc := find(state, "disc")
	mark, seesMark := find(state, "mark")
	if !seesDisc || !seesMark {
		return pushNone
	}
	dx, dy := mark.Position[0]-disc.Position[0], mark.Position[1]-disc.Position[1]
	// A speed that dies away at the rate c carries the disc on by v/c.
	if c := state.Values["damping"]; c > 0 {
		dx -= disc.Velocity[0] / c
		dy -= disc.Velocity[1] / c
	}
	if max(math.Abs(dx), math.Abs(dy)) < pushDeadband {
		return pushNone
	}
	if math.Abs(dx) > math.Abs(dy) {
		return choose(dx > 0, pushRight, pushLeft)
	}
	return choose(dy > 0, pushUp, pushDown)
}

func choose(condition bool, yes, no int) int {
	if condition {
		return yes
	}
	return no
}
