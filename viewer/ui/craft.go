package ui

import (
	"strings"

	"somnium/viewer/wire"
)

// openCraft shows what can be made in the scene.
func (u *UI) openCraft() {
	if len(u.view.Scene.Crafts) == 0 {
		u.toast(wire.Notice{Text: "There is nothing to craft in this scene."}, u.in.Now)
		return
	}
	u.open(craftSheet)
}

// craftKey returns the key of a recipe: the letters in their order.
func craftKey(i int) string { return "Key" + string(rune('A'+i)) }

// craftKeys makes what a letter stands for. The sheet stays: one thing is made for another.
func (u *UI) craftKeys() {
	for i := range u.view.Scene.Crafts {
		if u.has(craftKey(i)) {
			u.craft(i)
		}
	}
}

// craft taps a recipe.
func (u *UI) craft(i int) {
	made := u.view.Scene.Crafts[i]
	u.seq++
	u.send(wire.Command{Do: wire.HandsOn, Hands: &wire.Hands{Tapped: []string{made.Intent}}, Seq: u.seq})
	u.toast(wire.Notice{Text: "Trying to make " + made.Makes + ", of " + made.Takes}, u.in.Now)
}

// craftGroup is the key of all that can be made, on the key map.
func craftGroup(crafts []wire.Craft) keyGroup {
	intents := make([]string, len(crafts))
	for i, made := range crafts {
		intents[i] = made.Intent
	}
	return keyGroup{label: "craft", keys: []capped{{"C", strings.Join(intents, "|")}}}
}

// craftWidth is how wide a column of the sheet is at least.
const craftWidth = 300

func (u *UI) drawCraft(r Rect) {
	in := u.sheetAt(r, "Craft")
	c := u.canvas
	list := u.view.Scene.Crafts
	c.Text(in.X, in.Y, u.cut("Of what you carry; tools beside a table, what is smelted beside a furnace. Nothing happens where something lacks.", small, in.W), small, soft)
	columns := max(int(in.W/craftWidth), 1)
	rows := (len(list) + columns - 1) / columns
	top := in.Y + 26
	height := min((in.Y+in.H-top)/float64(rows), 32)
	width := in.W / float64(columns)
	for i, made := range list {
		row := Rect{in.X + float64(i/rows)*width, top + float64(i%rows)*height, width - 10, height - 2}
		if row.has(u.in.MouseX, u.in.MouseY) {
			c.Fill(row, 6, raised)
		}
		u.drawKey(row.X+2, row.Y+max((row.H-26)/2, -1), capOf(craftKey(i)), false)
		y := row.Y + row.H/2 - 8
		c.Text(row.X+36, y, u.cut(made.Makes, small, 118), small, ink)
		c.Text(row.X+158, y, u.cut(made.Takes, small, row.W-160), small, faint)
		u.buttons = append(u.buttons, button{row, func() { u.craft(i) }})
	}
}
