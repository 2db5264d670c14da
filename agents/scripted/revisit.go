package scripted

import "somnium/env"

// revisitAway is how many degrees off the block the look goes when it turns away.
const revisitAway = 95.0

// revisit breaks the block, or fills the gap, turns away to the right until the task wants it back, and turns back to the left.
func revisit(state env.State) int {
	mark, seen := find(state, "mark")
	if !seen {
		return flatWait
	}
	yaw, pitch := off(state, mark)
	v := state.Values
	if v["stage"] == 1 {
		if yaw > -revisitAway && yaw < 180-flatDeadband {
			return flatTurnRight
		}
		return flatWait
	}
	switch {
	case yaw > flatDeadband:
		return flatTurnRight
	case yaw < -flatDeadband:
		return flatTurnLeft
	case pitch > flatDeadband:
		return flatLookDown
	case pitch < -flatDeadband:
		return flatLookUp
	case v["stage"] > 1:
		return flatWait
	case v["change"] == 1:
		return flatUse
	}
	return flatAttack
}
