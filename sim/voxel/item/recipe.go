package item

import "somnium/sim/voxel/block"

// Portion is a number of items of one kind.
type Portion struct {
	Kind  Kind
	Count int
}

// Recipe says how something is made.
type Recipe struct {
	// Takes lists what is used up, Makes what comes out.
	Takes []Portion
	Makes Portion
	// Near is the block that must stand within reach: Table, Furnace or, for what is made by hand, Air.
	Near block.Kind
}

// recipes is the table of recipes, in the order of the action that names them.
var recipes = []Recipe{
	{Makes: Portion{Of(block.Planks), 4}, Takes: []Portion{{Of(block.OakLog), 1}}},
	{Makes: Portion{Of(block.Planks), 4}, Takes: []Portion{{Of(block.SpruceLog), 1}}},
	{Makes: Portion{Stick, 4}, Takes: []Portion{{Of(block.Planks), 2}}},
	{Makes: Portion{Of(block.Table), 1}, Takes: []Portion{{Of(block.Planks), 4}}},
	{Makes: Portion{Of(block.Torch), 4}, Takes: []Portion{{Coal, 1}, {Stick, 1}}},
	{Makes: Portion{Of(block.Sandstone), 1}, Takes: []Portion{{Of(block.Sand), 4}}},

	tool(WoodenPickaxe, Of(block.Planks), 3),
	tool(StonePickaxe, Of(block.Cobblestone), 3),
	tool(IronPickaxe, IronIngot, 3),
	tool(WoodenAxe, Of(block.Planks), 3),
	tool(StoneAxe, Of(block.Cobblestone), 3),
	tool(IronAxe, IronIngot, 3),
	tool(WoodenShovel, Of(block.Planks), 1),
	tool(StoneShovel, Of(block.Cobblestone), 1),
	tool(IronShovel, IronIngot, 1),
	sword(WoodenSword, Of(block.Planks)),
	sword(StoneSword, Of(block.Cobblestone)),
	sword(IronSword, IronIngot),
	{Makes: Portion{Of(block.Furnace), 1}, Takes: []Portion{{Of(block.Cobblestone), 8}}, Near: block.Table},

	smelt(IronIngot, Of(block.IronOre)),
	smelt(Of(block.Glass), Of(block.Sand)),
	smelt(Of(block.Stone), Of(block.Cobblestone)),
	smelt(CookedMeat, Meat),
	smelt(Coal, Of(block.OakLog)),
}

// tool is the recipe of a tool with two sticks for its handle.
func tool(makes, of Kind, count int) Recipe {
	return Recipe{Makes: Portion{makes, 1}, Takes: []Portion{{of, count}, {Stick, 2}}, Near: block.Table}
}

// sword is the recipe of a sword.
func sword(makes, of Kind) Recipe {
	return Recipe{Makes: Portion{makes, 1}, Takes: []Portion{{of, 2}, {Stick, 1}}, Near: block.Table}
}

// smelt is what a furnace does, for a piece of coal; charcoal burns planks.
func smelt(makes, of Kind) Recipe {
	fuel := Coal
	if makes == Coal {
		fuel = Of(block.Planks)
	}
	return Recipe{Makes: Portion{makes, 1}, Takes: []Portion{{of, 1}, {fuel, 1}}, Near: block.Furnace}
}

// Recipes returns the table of recipes. It is not to be changed.
func Recipes() []Recipe { return recipes }

// placeable lists the blocks that can be placed by name, whatever is in the hand.
var placeable = []block.Kind{
	block.Dirt, block.Sand, block.Cobblestone, block.Stone, block.Planks, block.OakLog, block.Glass,
	block.Table, block.Furnace, block.Torch, block.Sapling,
}

// Placeable returns the blocks that can be placed by name. It is not to be changed.
func Placeable() []block.Kind { return placeable }

// Dug returns what digging the block out with the right tool gives; a count of 0 is nothing.
func Dug(b block.Kind) Portion {
	switch b {
	case block.Grass, block.Snow:
		return Portion{Of(block.Dirt), 1}
	case block.Stone:
		return Portion{Of(block.Cobblestone), 1}
	case block.CoalOre:
		return Portion{Coal, 1}
	case block.DiamondOre:
		return Portion{Diamond, 1}
	case block.Bush:
		return Portion{Berries, 1}
	case block.Air, block.Bedrock, block.Mark, block.Glass, block.Ice, block.OakLeaves, block.SpruceLeaves, block.TallGrass:
		return Portion{}
	}
	if b.Liquid() {
		return Portion{}
	}
	return Portion{Of(b), 1}
}
