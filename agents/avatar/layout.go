package avatar

import (
	"math"
	"slices"
)

// The layout of the action spaces of the voxel worlds. Nothing here may import a simulator; a test compares it with the one
// in question.

// Places of the choices in a full action.
const (
	fullMove = iota
	fullStrafe
	fullJump
	fullSneak
	fullSprint
	fullAttack
	fullUse
	fullPitch
	fullYaw
	fullHotbar
	fullCraft
	fullPlace
	fullSleep
	fullChoices
)

// Flat actions.
const (
	flatNone = iota
	flatForward
	flatBack
	flatLeft
	flatRight
	flatJump
	flatSprint
	flatAttack
	flatUse
	flatTurnLeft
	flatTurnRight
	flatLookUp
	flatLookDown
	flatNextSlot
	flatCraft
	flatSleep
	flatActions
)

const (
	// stillBin is the camera's bin that does not turn.
	stillBin = 5
	// hotbarSlots is the number of the hotbar's slots, recipes that of the recipes.
	hotbarSlots = 9
	recipes     = 24
	// flatTurn is by how many degrees a flat action turns, fineTurn the least that a full one does.
	flatTurn, fineTurn = 10, 0.62
	// How far off, in degrees, a look may stay: a little more than half of a turn, lest it trembles.
	flatTolerance, fineTolerance = 5.01, 0.32
)

// bins returns the turns of the camera's bins, in degrees.
func bins() [11]float64 {
	return [11]float64{-10, -5.81, -3.22, -1.61, -0.62, 0, 0.62, 1.61, 3.22, 5.81, 10}
}

// Placeable returns the blocks that a full action places by name, in its order.
func Placeable() []string {
	return []string{"dirt", "sand", "cobblestone", "stone", "planks", "oak_log", "glass", "table", "furnace", "torch", "sapling"}
}

// fullActions returns the numbers of choices of the full action space.
func fullActions() []int {
	return []int{3, 3, 2, 2, 2, 2, 2, len(bins()), len(bins()), 1 + hotbarSlots, 1 + recipes, 1 + len(Placeable()), 2}
}

// fullAction writes the full action for the controls.
func fullAction(c *Controls, dst []int) {
	clear(dst)
	dst[fullMove] = signChoice(c.Forward, 1, 2)
	dst[fullStrafe] = signChoice(c.Strafe, 2, 1)
	dst[fullJump], dst[fullSneak], dst[fullSprint] = truth(c.Jump), truth(c.Sneak), truth(c.Sprint)
	dst[fullAttack], dst[fullUse] = truth(c.Attack), truth(c.Use)
	dst[fullPitch], dst[fullYaw] = nearestBin(c.Pitch), nearestBin(c.Yaw)
	dst[fullHotbar] = min(max(c.Hotbar, 0), hotbarSlots)
	dst[fullCraft] = min(max(c.Craft, 0), recipes)
	dst[fullPlace] = 1 + slices.Index(Placeable(), c.Place)
	dst[fullSleep] = truth(c.Sleep)
}

// signChoice returns positive, negative or 0, by the sign of direction.
func signChoice(direction, positive, negative int) int {
	switch {
	case direction > 0:
		return positive
	case direction < 0:
		return negative
	}
	return 0
}

// nearestBin returns the bin whose turn comes nearest.
func nearestBin(degrees float64) int {
	best, all := stillBin, bins()
	for i, turn := range all {
		if math.Abs(turn-degrees) < math.Abs(all[best]-degrees) {
			best = i
		}
	}
	return best
}

// flatAction returns the flat action for the controls: the first of what hands do, the head, and the legs.
func flatAction(c *Controls) int {
	switch {
	case c.Sleep:
		return flatSleep
	case c.Hotbar > 0:
		return flatNextSlot
	case c.Craft > 0:
		return flatCraft
	case c.Use || c.Place != "":
		return flatUse
	case c.Attack:
		return flatAttack
	case c.Yaw >= flatTurn/2:
		return flatTurnRight
	case c.Yaw <= -flatTurn/2:
		return flatTurnLeft
	case c.Pitch >= flatTurn/2:
		return flatLookDown
	case c.Pitch <= -flatTurn/2:
		return flatLookUp
	case c.Jump:
		return flatJump
	case c.Forward > 0 && c.Sprint:
		return flatSprint
	case c.Forward > 0:
		return flatForward
	case c.Forward < 0:
		return flatBack
	}
	return signChoice(c.Strafe, flatRight, flatLeft)
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}
