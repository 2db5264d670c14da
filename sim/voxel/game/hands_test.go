package game_test

import (
	"testing"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/item"
	"somnium/sim/voxel/terrain"
)

// before puts a block right before the player's eyes.
func before(w *game.World, k block.Kind) game.Cell {
	at := game.Cell{X: 0, Y: floor + 1, Z: 2}
	w.Grid.Set(at.X, at.Y, at.Z, k)
	return at
}

func has(w *game.World, k item.Kind) int { return int(w.Player.Inventory.Counts[k]) }

// hold gives an item and takes it into the hand.
func hold(w *game.World, k item.Kind, n int) {
	w.Give(k, n)
	for slot, held := range w.Player.Inventory.Hotbar {
		if held == k {
			w.Player.Inventory.Selected = slot
		}
	}
}

func TestDiggingTakesTheToolsTime(t *testing.T) {
	for _, c := range []struct {
		kind  block.Kind
		tool  item.Kind
		ticks int
		gives item.Portion
	}{
		{block.Dirt, item.None, 14, item.Portion{Kind: item.Of(block.Dirt), Count: 1}},
		{block.OakLog, item.None, 40, item.Portion{Kind: item.Of(block.OakLog), Count: 1}},
		{block.OakLog, item.StoneAxe, 10, item.Portion{Kind: item.Of(block.OakLog), Count: 1}},
		{block.Stone, item.None, 48, item.Portion{Kind: item.Of(block.Cobblestone)}},
		{block.Stone, item.WoodenPickaxe, 24, item.Portion{Kind: item.Of(block.Cobblestone), Count: 1}},
		{block.IronOre, item.WoodenPickaxe, 32, item.Portion{Kind: item.Of(block.IronOre)}},
		{block.IronOre, item.StonePickaxe, 16, item.Portion{Kind: item.Of(block.IronOre), Count: 1}},
		{block.DiamondOre, item.StonePickaxe, 16, item.Portion{Kind: item.Diamond}},
		{block.DiamondOre, item.IronPickaxe, 11, item.Portion{Kind: item.Diamond, Count: 1}},
		{block.Glass, item.None, 6, item.Portion{Kind: item.Of(block.Glass)}},
		{block.RedFlower, item.None, 1, item.Portion{Kind: item.Of(block.RedFlower), Count: 1}},
		{block.Mark, item.IronPickaxe, -1, item.Portion{}},
	} {
		w := field(t)
		at := before(w, c.kind)
		if c.tool != item.None {
			hold(w, c.tool, 1)
		}
		ticks := 0
		for ; ticks < 100 && w.Grid.At(at.X, at.Y, at.Z) == c.kind; ticks++ {
			w.Step(&game.Controls{Attack: true})
		}
		if ticks != c.ticks && (c.ticks > 0 || ticks < 100) {
			t.Errorf("%v with %v takes %d ticks, want %d", c.kind, c.tool, ticks, c.ticks)
		}
		if c.gives.Kind != item.None && has(w, c.gives.Kind) != c.gives.Count {
			t.Errorf("%v with %v gives %d %v", c.kind, c.tool, has(w, c.gives.Kind), c.gives.Kind)
		}
	}
}

func TestLettingGoBeginsAnew(t *testing.T) {
	w := field(t)
	at := before(w, block.Stone)
	for range 10 {
		steps(w, 40, game.Controls{Attack: true})
		steps(w, 1, game.Controls{})
	}
	if w.Grid.At(at.X, at.Y, at.Z) != block.Stone {
		t.Error("work on a block outlasts letting go of it")
	}
}

func TestPlacingPutsAgainstTheFace(t *testing.T) {
	w := field(t)
	at := before(w, block.Stone)
	hold(w, item.Of(block.Planks), 3)
	steps(w, 1, game.Controls{Use: true})
	front := at.Add(game.Cell{Z: -1})
	if w.Grid.At(front.X, front.Y, front.Z) != block.Planks || has(w, item.Of(block.Planks)) != 2 {
		t.Fatal("the planks are not before the stone")
	}
	// There is no room before that, for the player is there.
	steps(w, 20, game.Controls{Use: true})
	if has(w, item.Of(block.Planks)) != 2 {
		t.Error("a block was placed into the player")
	}
}

// craft follows the recipe for a kind, or fails the test.
func craft(t *testing.T, w *game.World, kind item.Kind) {
	t.Helper()
	for i, r := range item.Recipes() {
		if r.Makes.Kind == kind && w.Craftable(i) {
			w.Step(&game.Controls{Craft: i + 1})
			return
		}
	}
	t.Fatalf("%v cannot be crafted from %v", kind, w.Player.Inventory.Counts)
}

// From four logs to iron tools, by the way of a table and a furnace.
func TestTheTechnologyTree(t *testing.T) {
	w := field(t)
	w.Give(item.Of(block.OakLog), 6)
	for range 6 {
		craft(t, w, item.Of(block.Planks))
	}
	craft(t, w, item.Of(block.Table))
	for range 3 {
		craft(t, w, item.Stick)
	}
	for i, r := range item.Recipes() {
		if r.Near != block.Air && w.Craftable(i) {
			t.Errorf("%v can be made without a %v", r.Makes.Kind, r.Near)
		}
	}
	before(w, block.Stone)
	w.Step(&game.Controls{Place: block.Table})
	for _, k := range []item.Kind{item.WoodenPickaxe, item.WoodenSword} {
		craft(t, w, k)
	}
	w.Give(item.Of(block.Cobblestone), 20)
	w.Give(item.Of(block.IronOre), 5)
	w.Give(item.Coal, 5)
	for _, k := range []item.Kind{item.StonePickaxe, item.StoneSword, item.Of(block.Furnace)} {
		craft(t, w, k)
	}
	steps(w, 5, game.Controls{Yaw: 1800, Pitch: 800})
	w.Step(&game.Controls{Place: block.Furnace})
	for range 5 {
		craft(t, w, item.IronIngot)
	}
	for _, k := range []item.Kind{item.IronPickaxe, item.IronSword} {
		craft(t, w, k)
	}
	for _, a := range []game.Achievement{
		game.PlaceTable, game.PlaceFurnace, game.MakeWoodPickaxe, game.MakeWoodSword, game.MakeStonePickaxe, game.MakeStoneSword,
		game.MakeIronPickaxe, game.MakeIronSword,
	} {
		if !w.Achieved.Has(a) {
			t.Errorf("%v is not achieved", a)
		}
	}
	if has(w, item.Of(block.IronOre)) != 0 || has(w, item.Coal) != 0 {
		t.Error("smelting used up the wrong amount")
	}
}

func TestSaplingsRipenAndAreEaten(t *testing.T) {
	w := field(t)
	hold(w, item.Of(block.Sapling), 1)
	w.Player.Food = 5
	steps(w, 4, game.Controls{Pitch: 1000})
	steps(w, 1, game.Controls{Use: true})
	if !w.Achieved.Has(game.PlacePlant) {
		t.Fatal("the sapling is not placed")
	}
	at := w.Pick().Cell
	steps(w, 1300, game.Controls{})
	if got := w.Grid.At(at.X, at.Y, at.Z); got != block.Bush {
		t.Fatalf("after a minute the sapling is a %v", got)
	}
	steps(w, 1, game.Controls{Use: true})
	if !w.Achieved.Has(game.EatPlant) || w.Player.Food != 9 || w.Grid.At(at.X, at.Y, at.Z) != block.Sapling {
		t.Errorf("eating leaves food at %d and %v", w.Player.Food, w.Grid.At(at.X, at.Y, at.Z))
	}
}

func TestDrinkingAndSleeping(t *testing.T) {
	w := field(t)
	w.Player.Drink, w.Player.Energy = 3, 18
	before(w, block.Water)
	steps(w, 30, game.Controls{Use: true})
	if !w.Achieved.Has(game.CollectDrink) || w.Player.Drink < 8 {
		t.Errorf("drinking leaves the need at %d", w.Player.Drink)
	}
	steps(w, 2, game.Controls{Sleep: true})
	if !w.Player.Sleeping {
		t.Fatal("the player does not fall asleep")
	}
	steps(w, 80, game.Controls{Forward: 1})
	if w.Player.Sleeping || !w.Achieved.Has(game.WakeUp) || w.Player.Energy != game.Full {
		t.Errorf("after 80 ticks of sleep the energy is %d", w.Player.Energy)
	}
}

func TestNeedsWearThePlayerDown(t *testing.T) {
	w := game.New(8)
	w.Begin(game.Options{Land: terrain.New(terrain.Options{Meadow: 20}), Needs: true, Clock: game.DayTicks / 2})
	w.Enter(0, 0, 0)
	steps(w, 9600, game.Controls{})
	if p := &w.Player; p.Drink != 0 || p.Food != 4 || p.Energy != 8 {
		t.Errorf("after 8 minutes food is %d, drink %d, energy %d", p.Food, p.Drink, p.Energy)
	}
	steps(w, 2400, game.Controls{})
	if w.Player.Health != 0 {
		t.Errorf("two minutes of thirst leave a health of %d", w.Player.Health)
	}
}

func TestAFallBreaksGlass(t *testing.T) {
	w := field(t)
	w.Grid.Set(0, floor-1, 0, block.Glass)
	w.Player.Pos.Y += 5 * fixed.One
	w.Player.Peak, w.Player.OnGround = w.Player.Pos.Y, false
	steps(w, 30, game.Controls{})
	if w.Grid.At(0, floor-1, 0) != block.Air {
		t.Error("a fall of five blocks leaves the glass whole")
	}
}

// What only a hand can use always comes to hand, tools and food among themselves first come, first served.
func TestToolsAndFoodComeToHand(t *testing.T) {
	w := field(t)
	for k := range game.Slots {
		w.Give(item.Of(block.Grass+block.Kind(k)), 1)
	}
	w.Give(item.Stick, 1)
	w.Give(item.IronPickaxe, 1)
	w.Give(item.Meat, 1)
	v := w.Player.Inventory
	if v.Hotbar[8] != item.IronPickaxe || v.Hotbar[7] != item.Meat || v.Hotbar[6] != item.Of(block.Snow) {
		t.Errorf("the hotbar holds %v", v.Hotbar)
	}
	for k := item.WoodenPickaxe; k <= item.IronSword; k++ {
		w.Give(k, 1)
	}
	if v = w.Player.Inventory; v.Hotbar[8] != item.IronPickaxe || v.Hotbar[7] != item.Meat || v.Hotbar[0] != item.StoneShovel {
		t.Errorf("the hotbar holds %v", v.Hotbar)
	}
}
