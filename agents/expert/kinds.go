package expert

// kind is a kind of block, by its number in the voxel worlds. Nothing here may import a simulator; a test compares the table with
// the one in question.
type kind uint8

// The kinds that the expert knows by name.
const (
	air          kind = 0
	grass        kind = 1
	dirt         kind = 2
	stone        kind = 3
	cobblestone  kind = 4
	snow         kind = 7
	bedrock      kind = 10
	water        kind = 11
	flowLast     kind = 14
	lava         kind = 15
	oakLog       kind = 16
	oakLeaves    kind = 17
	spruceLog    kind = 18
	spruceLeaves kind = 19
	cactus       kind = 20
	coalOre      kind = 21
	ironOre      kind = 22
	diamondOre   kind = 23
	table        kind = 26
	furnace      kind = 27
	tallGrass    kind = 29
	bush         kind = 33
	kindCount         = 42
)

// trait is what matters of a kind to one who walks and digs.
type trait struct {
	// hardness is the work of digging it, in ticks by hand; never where it cannot be dug.
	hardness int32
	solid    bool
	// pickaxe says that a pickaxe digs it faster; falls that it falls where nothing holds it up.
	pickaxe, falls bool
}

const never = 1<<16 - 1

// traits is the table of the kinds.
var traits = [kindCount]trait{
	0: {never, false, false, false}, 1: {16, true, false, false}, 2: {14, true, false, false}, 3: {48, true, true, false},
	4: {56, true, true, false}, 5: {14, true, false, true}, 6: {36, true, true, false}, 7: {14, true, false, false},
	8: {16, true, true, false}, 9: {16, true, false, true}, 10: {never, true, false, false}, 11: {never, false, false, false},
	12: {never, false, false, false}, 13: {never, false, false, false}, 14: {never, false, false, false}, 15: {never, false, false, false},
	16: {40, true, false, false}, 17: {6, true, false, false}, 18: {40, true, false, false}, 19: {6, true, false, false},
	20: {10, true, false, false}, 21: {64, true, true, false}, 22: {64, true, true, false}, 23: {64, true, true, false},
	24: {6, true, false, false}, 25: {40, true, false, false}, 26: {40, true, false, false}, 27: {60, true, true, false},
	28: {0, false, false, false}, 29: {0, false, false, false}, 30: {0, false, false, false}, 31: {0, false, false, false},
	32: {0, false, false, false}, 33: {0, false, false, false}, 34: {56, true, true, false}, 35: {16, true, false, false},
	36: {16, true, false, false}, 37: {16, true, false, false}, 38: {16, true, false, false}, 39: {16, true, false, false},
	40: {16, true, false, false}, 41: {never, true, false, false},
}

func (k kind) solid() bool { return traits[k].solid }

func (k kind) watery() bool { return k >= water && k <= flowLast }

// touchable says whether the crosshair stops at the kind: anything but air and liquids.
func (k kind) touchable() bool { return k != air && !k.watery() && k != lava }

// Recipes, by their number in an action.
const (
	craftPlanks       = 1
	craftSprucePlanks = 2
	craftStick        = 3
	craftTable        = 4
	craftWoodPickaxe  = 7
	craftStonePickaxe = 8
	craftIronPickaxe  = 9
	craftWoodSword    = 16
	craftStoneSword   = 17
	craftIronSword    = 18
	craftFurnace      = 19
	craftIngot        = 20
)
