package voxel

import (
	"slices"

	"somnium/env"
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/item"
)

// Choice is one of the choices that an action makes at once, with the names of what can be chosen.
type Choice struct {
	Name   string
	Values []string
}

// Places of the choices in a full action.
const (
	actMove = iota
	actStrafe
	actJump
	actSneak
	actSprint
	actAttack
	actUse
	actPitch
	actYaw
	actHotbar
	actCraft
	actPlace
	actSleep
)

// turns are VPT's bins of the camera (Baker et al., arXiv 2206.11795): 11, by mu-law with mu = 10, finest in the middle, of
// at most 10 degrees a step; here in hundredths of a degree.
var turns = [...]int{-1000, -581, -322, -161, -62, 0, 62, 161, 322, 581, 1000}

// stillBin is the bin that does not turn.
const stillBin = len(turns) / 2

// Actions returns the choices of the full action space, in order, under MineRL's and VPT's names. The first value of each
// does nothing, but for the camera's, whose middle bin does: pitch grows downward, yaw to the right.
func Actions() []Choice {
	key := func(name string) Choice { return Choice{name, []string{"none", name}} }
	bins := []string{"-10", "-5.81", "-3.22", "-1.61", "-0.62", "0", "0.62", "1.61", "3.22", "5.81", "10"}
	hotbar := []string{"none"}
	for i := range game.Slots {
		hotbar = append(hotbar, "hotbar."+string(rune('1'+i)))
	}
	craft, place := []string{"none"}, []string{"none"}
	for _, r := range item.Recipes() {
		craft = append(craft, r.Makes.Kind.String()+" from "+r.Takes[0].Kind.String())
	}
	for _, k := range item.Placeable() {
		place = append(place, k.String())
	}
	return []Choice{
		{"move", []string{"none", "forward", "back"}}, {"strafe", []string{"none", "left", "right"}},
		key("jump"), key("sneak"), key("sprint"), key("attack"), key("use"),
		{"camera.pitch", bins}, {"camera.yaw", slices.Clone(bins)}, {"hotbar", hotbar},
		{"craft", craft}, {"place", place}, key("sleep"),
	}
}

// fullSpace returns the space of the full actions.
func fullSpace() env.MultiDiscrete {
	var space env.MultiDiscrete
	for _, c := range Actions() {
		space.Nvec = append(space.Nvec, len(c.Values))
	}
	return space
}

// fullControls translates a full action.
func fullControls(a []int) game.Controls {
	c := game.Controls{
		Forward: [...]int{0, 1, -1}[a[actMove]], Strafe: [...]int{0, -1, 1}[a[actStrafe]],
		Jump: a[actJump] == 1, Sneak: a[actSneak] == 1, Sprint: a[actSprint] == 1,
		Attack: a[actAttack] == 1, Use: a[actUse] == 1, Sleep: a[actSleep] == 1,
		Pitch: turns[a[actPitch]], Yaw: turns[a[actYaw]], Hotbar: a[actHotbar], Craft: a[actCraft],
	}
	if place := a[actPlace]; place > 0 {
		c.Place = item.Placeable()[place-1]
	}
	return c
}

// flatTurn is by how much a flat action turns the camera, in hundredths of a degree.
const flatTurn = 1000

// FlatActions returns the names of the flat actions: the preset for those who want a few plain ones. "jump" also goes
// forward; "next_slot" takes the next thing of the hotbar into the hand; "craft" makes the most advanced thing that is
// possible and lacking.
func FlatActions() []string {
	return []string{
		"noop", "forward", "back", "left", "right", "jump", "sprint", "attack", "use",
		"turn_left", "turn_right", "look_up", "look_down", "next_slot", "craft", "sleep",
	}
}

// flatControls translates a flat action.
func flatControls(w *game.World, action int) game.Controls {
	switch action {
	case 1:
		return game.Controls{Forward: 1}
	case 2:
		return game.Controls{Forward: -1}
	case 3:
		return game.Controls{Strafe: -1}
	case 4:
		return game.Controls{Strafe: 1}
	case 5:
		return game.Controls{Forward: 1, Jump: true}
	case 6:
		return game.Controls{Forward: 1, Sprint: true}
	case 7:
		return game.Controls{Attack: true}
	case 8:
		return game.Controls{Use: true}
	case 9:
		return game.Controls{Yaw: -flatTurn}
	case 10:
		return game.Controls{Yaw: flatTurn}
	case 11:
		return game.Controls{Pitch: -flatTurn}
	case 12:
		return game.Controls{Pitch: flatTurn}
	case 13:
		return game.Controls{Hotbar: nextSlot(&w.Player.Inventory)}
	case 14:
		return game.Controls{Craft: nextRecipe(w)}
	case 15:
		return game.Controls{Sleep: true}
	}
	return game.Controls{}
}

// nextSlot returns the slot, 1..9, of the next thing in the hotbar, or 0 where there is no other.
func nextSlot(v *game.Inventory) int {
	for i := 1; i < game.Slots; i++ {
		if slot := (v.Selected + i) % game.Slots; v.Hotbar[slot] != item.None {
			return slot + 1
		}
	}
	return 0
}

// wishes lists what the flat action "craft" makes, the most advanced first, and how many of it are enough.
var wishes = [...]item.Portion{
	{Kind: item.IronPickaxe, Count: 1}, {Kind: item.IronSword, Count: 1}, {Kind: item.IronIngot, Count: 5},
	{Kind: item.StonePickaxe, Count: 1}, {Kind: item.StoneSword, Count: 1}, {Kind: item.Of(block.Furnace), Count: 1},
	{Kind: item.WoodenPickaxe, Count: 1}, {Kind: item.WoodenSword, Count: 1}, {Kind: item.Of(block.Table), Count: 1},
	{Kind: item.Of(block.Torch), Count: 4}, {Kind: item.Stick, Count: 4}, {Kind: item.Of(block.Planks), Count: 16},
	{Kind: item.CookedMeat, Count: 9},
}

// nextRecipe returns the recipe, 1 + its place in item.Recipes, for the first wish that is open and can be met, or 0.
func nextRecipe(w *game.World) int {
	for _, wish := range wishes {
		if w.Player.Inventory.Has(wish) {
			continue
		}
		for i, r := range item.Recipes() {
			if r.Makes.Kind == wish.Kind && w.Craftable(i) {
				return i + 1
			}
		}
	}
	return 0
}
