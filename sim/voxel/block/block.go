// Package block is the table of what the voxel world is built of.
package block

import (
	"fmt"
	"strings"
)

// Kind is one of the kinds of block. Its number is what segmentation pictures and snapshots hold: a new kind goes to the end.
type Kind uint8

// The kinds.
const (
	Air Kind = iota
	Grass
	Dirt
	Stone
	Cobblestone
	Sand
	Sandstone
	Snow
	Ice
	Gravel
	Bedrock
	Water // a source, which never runs dry
	Flow3 // running water, a block from a source
	Flow2
	Flow1
	Lava
	OakLog
	OakLeaves
	SpruceLog
	SpruceLeaves
	Cactus
	CoalOre
	IronOre
	DiamondOre
	Glass
	Planks
	Table
	Furnace
	Torch
	TallGrass
	RedFlower
	YellowFlower
	Sapling
	Bush // a sapling grown ripe
	Bricks
	White
	Red
	Yellow
	Green
	Blue
	Black
	Mark // a beacon: where to go
)

// Count is the number of kinds.
const Count = int(Mark) + 1

// Shape is how much of its cell a block fills.
type Shape uint8

// The shapes.
const (
	Nothing Shape = iota
	Cube
	Cross // a plant: two upright squares that cross
	Post  // a torch: a thin post in the middle of the cell, 5/8 high
)

// Tool is a class of tools.
type Tool uint8

// The classes of tools.
const (
	Hand Tool = iota
	Pickaxe
	Axe
	Shovel
	Sword
)

// RGB is an sRGB colour.
type RGB = [3]uint8

// Info is what there is to know of a kind.
type Info struct {
	// Name is unique, lower case, words joined by underscores.
	Name string
	// Top, Side and Bottom are the flat colours of the faces.
	Top, Side, Bottom RGB
	Shape             Shape
	// Solid blocks stop bodies, Opaque ones sight; Liquid ones can be swum in.
	Solid, Opaque, Liquid bool
	// Falls says that the block falls where nothing holds it up. NeedsFloor says that it breaks where none does.
	Falls, NeedsFloor bool
	// Light is how many blocks far the block shines, 0..15. A block with Light is seen at full brightness.
	Light uint8
	// Hardness is the work of digging the block, in ticks by hand; 0 breaks at once, Never cannot be dug.
	Hardness uint16
	// Tool is the class that digs faster.
	Tool Tool
	// Tier is the least tier of Tool without which the block drops nothing: 0 by hand, 1 wood, 2 stone, 3 iron.
	Tier uint8
}

// Never is the hardness of what cannot be dug.
const Never = 1<<16 - 1

// Info returns what there is to know of the kind.
func (k Kind) Info() *Info { return &table[k] }

// Solid says whether the kind stops bodies.
func (k Kind) Solid() bool { return table[k].Solid }

// Opaque says whether the kind stops sight.
func (k Kind) Opaque() bool { return table[k].Opaque }

// Liquid says whether the kind can be swum in.
func (k Kind) Liquid() bool { return table[k].Liquid }

// Watery says whether the kind is water, standing or running.
func (k Kind) Watery() bool { return k >= Water && k <= Flow1 }

// Replaceable says whether a block may be put where the kind is.
func (k Kind) Replaceable() bool { return k == Air || table[k].Liquid || k == TallGrass }

func (k Kind) String() string {
	if int(k) < Count {
		return table[k].Name
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Words returns the name as it reads in a sentence: "oak log".
func (k Kind) Words() string { return strings.ReplaceAll(k.String(), "_", " ") }

// Parse returns the kind of a name.
func Parse(name string) (Kind, error) {
	for k := range table {
		if table[k].Name == name {
			return Kind(k), nil
		}
	}
	return 0, fmt.Errorf("block: there is no block %q; the kinds are %s", name, strings.Join(Names(), ", "))
}

// Names returns the names of all kinds, in order.
func Names() []string {
	names := make([]string, Count)
	for k := range table {
		names[k] = table[k].Name
	}
	return names
}
