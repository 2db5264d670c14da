package item_test

import (
	"testing"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/item"
)

func TestEveryKindHasANameOfItsOwn(t *testing.T) {
	for k := item.Kind(1); int(k) < item.Count; k++ {
		if back, err := item.Parse(k.String()); err != nil || back != k {
			t.Errorf("%d, %v, parses as %v, %v", k, k, back, err)
		}
	}
	if _, err := item.Parse("mithril"); err == nil {
		t.Error("mithril is known")
	}
}

// Everything that a recipe takes can be had: dug, dropped by a creature, or made by another recipe.
func TestEveryRecipeCanBeReached(t *testing.T) {
	had := map[item.Kind]bool{item.Meat: true, item.Wool: true, item.Berries: true}
	for k := range block.Kind(block.Count) {
		if p := item.Dug(k); p.Count > 0 {
			had[p.Kind] = true
		}
	}
	for changed := true; changed; {
		changed = false
		for _, r := range item.Recipes() {
			able := !had[r.Makes.Kind]
			for _, p := range r.Takes {
				able = able && had[p.Kind]
			}
			if able && (r.Near == block.Air || had[item.Of(r.Near)]) {
				had[r.Makes.Kind], changed = true, true
			}
		}
	}
	for _, r := range item.Recipes() {
		if !had[r.Makes.Kind] {
			t.Errorf("%v cannot be made", r.Makes.Kind)
		}
	}
}

// Nothing is made out of nothing: no recipe takes back more than went in.
func TestDiggingWhatWasPlacedGivesNoMore(t *testing.T) {
	for _, k := range item.Placeable() {
		if p := item.Dug(k); p.Count > 1 || p.Count == 1 && p.Kind != item.Of(k) && k != block.Stone {
			t.Errorf("placing and digging %v gives %d %v", k, p.Count, p.Kind)
		}
	}
}

func TestToolsAreOrdered(t *testing.T) {
	if tool, tier := item.IronPickaxe.Tool(); tool != block.Pickaxe || tier != 3 {
		t.Errorf("the iron pickaxe is a %v of tier %d", tool, tier)
	}
	if tool, tier := item.Of(block.Dirt).Tool(); tool != block.Hand || tier != 0 {
		t.Error("dirt is a tool")
	}
	if !(item.IronSword.Damage() > item.StoneSword.Damage() && item.WoodenSword.Damage() > item.Stick.Damage()) {
		t.Error("better swords do not cut better")
	}
}
