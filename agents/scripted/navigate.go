package scripted

import "somnium/env"

// navigate turns to the beacon and walks there, jumping over what is in the way.
func navigate(state env.State) int {
	mark, seen := find(state, "mark")
	if !seen {
		return flatWait
	}
	switch yaw, _ := off(state, mark); {
	case yaw > flatDeadband:
		return flatTurnRight
	case yaw < -flatDeadband:
		return flatTurnLeft
	}
	return flatJump
}
