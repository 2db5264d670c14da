package scripted

import (
	"math"

	"somnium/env"
)

// Flat actions of VoxelRevisit-v0.
const (
	revisitWait      = 0
	revisitAttack    = 7
	revisitUse       = 8
	revisitTurnLeft  = 9
	revisitTurnRight = 10
	revisitLookUp    = 11
	revisitLookDown  = 12
)

const (
	// revisitDeadband is by how many degrees the look may pass a block's middle: an action turns it by ten.
	revisitDeadband = 6.0
	// revisitAway is how many degrees off the block the look goes when it turns away.
	revisitAway = 95.0
)

// revisit breaks the block, or fills the gap, turns away to the right until the task wants it back, and turns back to the left.
func revisit(state env.State) int {
	mark, seen := find(state, "mark")
	if !seen {
		return revisitWait
	}
	v := state.Values
	x, y, z := mark.Position[0]-v["x"], mark.Position[1]-v["y"], mark.Position[2]-v["z"]
	yaw := math.Remainder(math.Atan2(-x, z)*180/math.Pi-v["yaw"], 360)
	pitch := math.Atan2(-y, math.Hypot(x, z))*180/math.Pi - v["pitch"]
	if v["stage"] == 1 {
		if yaw > -revisitAway && yaw < 180-revisitDeadband {
			return revisitTurnRight
		}
		return revisitWait
	}
	switch {
	case yaw > revisitDeadband:
		return revisitTurnRight
	case yaw < -revisitDeadband:
		return revisitTurnLeft
	case pitch > revisitDeadband:
		return revisitLookDown
	case pitch < -revisitDeadband:
		return revisitLookUp
	case v["stage"] > 1:
		return revisitWait
	case v["change"] == 1:
		return revisitUse
	}
	return revisitAttack
}
