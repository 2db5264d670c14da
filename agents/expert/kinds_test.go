package expert

import (
	"strings"
	"testing"

	"somnium/sim/voxel"
	"somnium/sim/voxel/block"
)

// What this package knows of blocks and recipes is what the simulator says.
func TestTheKindsAreTheSimulators(t *testing.T) {
	if kindCount != block.Count {
		t.Fatalf("there are %d kinds", block.Count)
	}
	for k := range kind(kindCount) {
		info := block.Kind(k).Info()
		hardness := int32(info.Hardness)
		if want := (trait{hardness, info.Solid, info.Tool == block.Pickaxe, info.Falls}); traits[k] != want {
			t.Errorf("%s is %+v, want %+v", info.Name, traits[k], want)
		}
		if k.watery() != block.Kind(k).Watery() {
			t.Errorf("%s: watery is %v", info.Name, k.watery())
		}
	}
	for k, name := range map[kind]string{
		air: "air", grass: "grass", dirt: "dirt", stone: "stone", cobblestone: "cobblestone", snow: "snow", bedrock: "bedrock",
		water: "water", flowLast: "flow_1", lava: "lava", oakLog: "oak_log", oakLeaves: "oak_leaves", spruceLog: "spruce_log",
		spruceLeaves: "spruce_leaves", cactus: "cactus", coalOre: "coal_ore", ironOre: "iron_ore", diamondOre: "diamond_ore",
		table: "table", furnace: "furnace", tallGrass: "tall_grass", bush: "bush",
	} {
		if got := block.Kind(k).String(); got != name {
			t.Errorf("kind %d is %s, want %s", k, got, name)
		}
	}
}

func TestTheRecipesAreTheSimulators(t *testing.T) {
	var recipes []string
	for _, choice := range voxel.Actions() {
		if choice.Name == "craft" {
			recipes = choice.Values
		}
	}
	for recipe, makes := range map[int]string{
		craftPlanks: "planks from oak_log", craftSprucePlanks: "planks from spruce_log", craftStick: "stick from planks",
		craftTable: "table from planks", craftWoodPickaxe: "wooden_pickaxe from planks", craftStonePickaxe: "stone_pickaxe from cobblestone",
		craftIronPickaxe: "iron_pickaxe from iron_ingot", craftWoodSword: "wooden_sword from planks", craftStoneSword: "stone_sword from cobblestone",
		craftIronSword: "iron_sword from iron_ingot", craftFurnace: "furnace from cobblestone", craftIngot: "iron_ingot from iron_ore",
	} {
		if recipes[recipe] != makes {
			t.Errorf("recipe %d is %s, want %s", recipe, recipes[recipe], makes)
		}
	}
	for _, tool := range tools {
		if !strings.HasPrefix(recipes[tool.recipe], tool.name+" from "+tool.of) {
			t.Errorf("%s is made by %s", tool.name, recipes[tool.recipe])
		}
	}
}
