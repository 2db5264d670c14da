package scripted

import (
	"math"

	"somnium/env"
)

// Flat actions of the voxel tasks.
const (
	flatWait      = 0
	flatJump      = 5 // and forward
	flatAttack    = 7
	flatUse       = 8
	flatTurnLeft  = 9
	flatTurnRight = 10
	flatLookUp    = 11
	flatLookDown  = 12
)

// flatDeadband is by how many degrees the look may pass what is looked at: an action turns it by ten.
const flatDeadband = 6.0

// off returns by how many degrees the body's middle lies to the right of the player's look, -180..180, and below it.
func off(state env.State, body env.Body) (yaw, pitch float64) {
	v := state.Values
	x, y, z := body.Position[0]-v["x"], body.Position[1]-v["y"], body.Position[2]-v["z"]
	yaw = math.Remainder(math.Atan2(-x, z)*180/math.Pi-v["yaw"], 360)
	pitch = math.Atan2(-y, math.Hypot(x, z))*180/math.Pi - v["pitch"]
	return yaw, pitch
}
