package game

import (
	"strings"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/item"
)

// Achievement is one of the 22 things to achieve: the counterparts of Crafter's (Hafner, arXiv 2109.06780), under its names.
type Achievement uint8

// The achievements, in Crafter's order.
const (
	CollectCoal Achievement = iota
	CollectDiamond
	CollectDrink
	CollectIron
	CollectSapling
	CollectStone
	CollectWood
	DefeatSkeleton
	DefeatZombie
	EatMeat
	EatPlant
	MakeIronPickaxe
	MakeIronSword
	MakeStonePickaxe
	MakeStoneSword
	MakeWoodPickaxe
	MakeWoodSword
	PlaceFurnace
	PlacePlant
	PlaceStone
	PlaceTable
	WakeUp
)

// AchievementCount is the number of achievements.
const AchievementCount = int(WakeUp) + 1

var achievementNames = [AchievementCount]string{
	"collect_coal", "collect_diamond", "collect_drink", "collect_iron", "collect_sapling", "collect_stone", "collect_wood",
	"defeat_skeleton", "defeat_zombie", "eat_cow", "eat_plant", "make_iron_pickaxe", "make_iron_sword", "make_stone_pickaxe",
	"make_stone_sword", "make_wood_pickaxe", "make_wood_sword", "place_furnace", "place_plant", "place_stone", "place_table",
	"wake_up",
}

// String returns Crafter's name.
func (a Achievement) String() string { return achievementNames[a] }

// Achievements is a set of them, a bit each.
type Achievements uint32

// Has says whether the achievement is in the set.
func (s Achievements) Has(a Achievement) bool { return s>>a&1 == 1 }

func (s Achievements) String() string {
	var names []string
	for a := range Achievement(AchievementCount) {
		if s.Has(a) {
			names = append(names, a.String())
		}
	}
	return strings.Join(names, " ")
}

func (w *World) achieve(a Achievement) { w.Achieved |= 1 << a }

// achieveDug notes what digging a block achieves.
func (w *World) achieveDug(k block.Kind) {
	switch k {
	case block.OakLog, block.SpruceLog:
		w.achieve(CollectWood)
	case block.Stone, block.Cobblestone:
		w.achieve(CollectStone)
	case block.CoalOre:
		w.achieve(CollectCoal)
	case block.IronOre:
		w.achieve(CollectIron)
	case block.DiamondOre:
		w.achieve(CollectDiamond)
	case block.Sapling:
		w.achieve(CollectSapling)
	}
}

// achievePlaced notes what placing a block achieves.
func (w *World) achievePlaced(k block.Kind) {
	switch k {
	case block.Stone, block.Cobblestone:
		w.achieve(PlaceStone)
	case block.Table:
		w.achieve(PlaceTable)
	case block.Furnace:
		w.achieve(PlaceFurnace)
	case block.Sapling:
		w.achieve(PlacePlant)
	}
}

// achieveMade notes what making an item achieves.
func (w *World) achieveMade(k item.Kind) {
	switch k {
	case item.WoodenPickaxe:
		w.achieve(MakeWoodPickaxe)
	case item.StonePickaxe:
		w.achieve(MakeStonePickaxe)
	case item.IronPickaxe:
		w.achieve(MakeIronPickaxe)
	case item.WoodenSword:
		w.achieve(MakeWoodSword)
	case item.StoneSword:
		w.achieve(MakeStoneSword)
	case item.IronSword:
		w.achieve(MakeIronSword)
	}
}
