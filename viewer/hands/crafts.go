package hands

import "somnium/viewer/wire"

// voxelCraft is the place of the choice of a recipe in an action of a voxel world.
const voxelCraft = 10

// craftPrefix begins the intents of recipes.
const craftPrefix = "craft "

// recipes are those of the voxel worlds, in the order of their choice: the name that the world gives to each, what it makes, and
// what it takes. Tools take a table within three blocks, what is smelted a furnace.
var recipes = []struct{ name, makes, takes string }{
	{"planks from oak_log", "4 planks", "1 oak log"},
	{"planks from spruce_log", "4 planks", "1 spruce log"},
	{"stick from planks", "4 sticks", "2 planks"},
	{"table from planks", "1 table", "4 planks"},
	{"torch from coal", "4 torches", "1 coal, 1 stick"},
	{"sandstone from sand", "1 sandstone", "4 sand"},
	{"wooden_pickaxe from planks", "1 wooden pickaxe", "3 planks, 2 sticks; table"},
	{"stone_pickaxe from cobblestone", "1 stone pickaxe", "3 cobblestone, 2 sticks; table"},
	{"iron_pickaxe from iron_ingot", "1 iron pickaxe", "3 iron ingots, 2 sticks; table"},
	{"wooden_axe from planks", "1 wooden axe", "3 planks, 2 sticks; table"},
	{"stone_axe from cobblestone", "1 stone axe", "3 cobblestone, 2 sticks; table"},
	{"iron_axe from iron_ingot", "1 iron axe", "3 iron ingots, 2 sticks; table"},
	{"wooden_shovel from planks", "1 wooden shovel", "1 planks, 2 sticks; table"},
	{"stone_shovel from cobblestone", "1 stone shovel", "1 cobblestone, 2 sticks; table"},
	{"iron_shovel from iron_ingot", "1 iron shovel", "1 iron ingot, 2 sticks; table"},
	{"wooden_sword from planks", "1 wooden sword", "2 planks, 1 stick; table"},
	{"stone_sword from cobblestone", "1 stone sword", "2 cobblestone, 1 stick; table"},
	{"iron_sword from iron_ingot", "1 iron sword", "2 iron ingots, 1 stick; table"},
	{"furnace from cobblestone", "1 furnace", "8 cobblestone; table"},
	{"iron_ingot from iron_ore", "1 iron ingot", "1 iron ore, 1 coal; furnace"},
	{"glass from sand", "1 glass", "1 sand, 1 coal; furnace"},
	{"stone from cobblestone", "1 stone", "1 cobblestone, 1 coal; furnace"},
	{"cooked_meat from meat", "1 cooked meat", "1 meat, 1 coal; furnace"},
	{"coal from oak_log", "1 coal", "1 oak log, 1 planks; furnace"},
}

// crafts returns the recipes as a window shows them.
func crafts() []wire.Craft {
	list := make([]wire.Craft, len(recipes))
	for i, r := range recipes {
		list[i] = wire.Craft{Intent: craftPrefix + r.name, Makes: r.makes, Takes: r.takes}
	}
	return list
}

// craft returns the choice of the recipe that the hands ask for, 0 where they ask for none.
func craft(does func(string) bool) int {
	for i, r := range recipes {
		if does(craftPrefix + r.name) {
			return i + 1
		}
	}
	return 0
}
