// Package item is the table of what a player can carry, of how one thing is made from others, and of what digging a block
// gives.
package item

import (
	"fmt"
	"strings"

	"somnium/sim/voxel/block"
)

// Kind is one of the kinds of item. The first [block.Count] are the blocks, under their own numbers; None is air's.
type Kind uint8

// The kinds beside the blocks.
const (
	None  Kind = 0
	Stick Kind = Kind(block.Count) + iota - 1
	Coal
	IronIngot
	Diamond
	Meat
	CookedMeat
	Berries
	Wool
	WoodenPickaxe
	StonePickaxe
	IronPickaxe
	WoodenAxe
	StoneAxe
	IronAxe
	WoodenShovel
	StoneShovel
	IronShovel
	WoodenSword
	StoneSword
	IronSword
)

// Count is the number of kinds, None included.
const Count = int(IronSword) + 1

// Info is what there is to know of a kind that is no block.
type Info struct {
	// Name is unique, lower case, words joined by underscores.
	Name string
	// Color is the flat colour of the item in the hand and in the hotbar.
	Color block.RGB
	// Food is how much hunger eating it stills, 0 for what cannot be eaten.
	Food int
	// Tool is the class of a tool, Tier its tier: 1 wood, 2 stone, 3 iron.
	Tool block.Tool
	Tier uint8
}

var (
	wood  = block.RGB{150, 112, 66}
	stone = block.RGB{134, 134, 134}
	iron  = block.RGB{214, 214, 216}
)

// extra lists the kinds from Stick on.
var extra = [Count - block.Count]Info{
	{Name: "stick", Color: block.RGB{128, 94, 52}},
	{Name: "coal", Color: block.RGB{40, 40, 44}},
	{Name: "iron_ingot", Color: iron},
	{Name: "diamond", Color: block.RGB{96, 222, 220}},
	{Name: "meat", Color: block.RGB{206, 84, 84}, Food: 3},
	{Name: "cooked_meat", Color: block.RGB{140, 84, 50}, Food: 8},
	{Name: "berries", Color: block.RGB{196, 60, 100}, Food: 4},
	{Name: "wool", Color: block.RGB{234, 234, 230}},
	{Name: "wooden_pickaxe", Color: wood, Tool: block.Pickaxe, Tier: 1},
	{Name: "stone_pickaxe", Color: stone, Tool: block.Pickaxe, Tier: 2},
	{Name: "iron_pickaxe", Color: iron, Tool: block.Pickaxe, Tier: 3},
	{Name: "wooden_axe", Color: wood, Tool: block.Axe, Tier: 1},
	{Name: "stone_axe", Color: stone, Tool: block.Axe, Tier: 2},
	{Name: "iron_axe", Color: iron, Tool: block.Axe, Tier: 3},
	{Name: "wooden_shovel", Color: wood, Tool: block.Shovel, Tier: 1},
	{Name: "stone_shovel", Color: stone, Tool: block.Shovel, Tier: 2},
	{Name: "iron_shovel", Color: iron, Tool: block.Shovel, Tier: 3},
	{Name: "wooden_sword", Color: wood, Tool: block.Sword, Tier: 1},
	{Name: "stone_sword", Color: stone, Tool: block.Sword, Tier: 2},
	{Name: "iron_sword", Color: iron, Tool: block.Sword, Tier: 3},
}

// Of returns the item that is the block.
func Of(b block.Kind) Kind { return Kind(b) }

// Block returns the block that the item is, or Air where it is none.
func (k Kind) Block() block.Kind {
	if int(k) < block.Count {
		return block.Kind(k)
	}
	return block.Air
}

// Info returns what there is to know of the kind.
func (k Kind) Info() Info {
	if int(k) >= block.Count {
		return extra[int(k)-block.Count]
	}
	b := block.Kind(k).Info()
	return Info{Name: b.Name, Color: b.Side}
}

// Tool returns the class and tier of a tool, and Hand and 0 of anything else.
func (k Kind) Tool() (block.Tool, uint8) {
	if int(k) < block.Count {
		return block.Hand, 0
	}
	info := &extra[int(k)-block.Count]
	return info.Tool, info.Tier
}

// Food returns how much hunger eating it stills, 0 for what cannot be eaten.
func (k Kind) Food() int {
	if int(k) < block.Count {
		return 0
	}
	return extra[int(k)-block.Count].Food
}

// Damage returns what a blow with the item takes of a creature's health.
func (k Kind) Damage() int {
	tool, tier := k.Tool()
	switch tool {
	case block.Sword:
		return 2 + 2*int(tier)
	case block.Axe, block.Pickaxe:
		return 2 + int(tier)
	}
	return 2
}

func (k Kind) String() string {
	if int(k) >= Count {
		return fmt.Sprintf("Kind(%d)", uint8(k))
	}
	if k == None {
		return "nothing"
	}
	return k.Info().Name
}

// Words returns the name as it reads in a sentence: "iron ingot".
func (k Kind) Words() string { return strings.ReplaceAll(k.String(), "_", " ") }

// Parse returns the kind of a name.
func Parse(name string) (Kind, error) {
	for k := Kind(1); int(k) < Count; k++ {
		if k.String() == name {
			return k, nil
		}
	}
	return None, fmt.Errorf("item: there is no item %q", name)
}
