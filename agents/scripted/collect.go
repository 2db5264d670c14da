package scripted

import "somnium/env"

// Kinds of blocks, by their numbers in the voxel worlds.
const (
	blockGrass = 1
	blockDirt  = 2
	blockSand  = 5
)

// Errands of VoxelCollect-v0 that lie at one's feet.
const (
	errandDirt = 1
	errandSand = 2
)

// collectPitch is how many degrees the look goes down: steep enough that the ground is in reach, and flat enough that a turn
// brings another block before it.
const collectPitch = 50.0

// collect digs what is asked for out of the ground before it, and turns to the right where there is none. It knows dirt and
// sand; for what must be searched for it turns in vain.
func collect(state env.State) int {
	v := state.Values
	under, wanted := v["crosshair"], false
	switch v["errand"] {
	case errandDirt:
		wanted = under == blockGrass || under == blockDirt
	case errandSand:
		wanted = under == blockSand
	}
	switch pitch := v["pitch"] - collectPitch; {
	case wanted:
		return flatAttack
	case pitch < -flatDeadband:
		return flatLookDown
	case pitch > flatDeadband:
		return flatLookUp
	}
	return flatTurnRight
}
