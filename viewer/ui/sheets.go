package ui

import (
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"somnium/viewer/wire"
)

// drawSheet draws what lies over the stage.
func (u *UI) drawSheet() {
	if u.sheet == noSheet {
		return
	}
	u.buttons = u.buttons[:0] // what lies below cannot be clicked
	w, h := u.in.Width, u.in.Height
	u.canvas.Fill(Rect{0, 0, w, h}, 0, shade)
	switch u.sheet {
	case menuSheet:
		u.drawMenu(Rect{max(w/2-520, 12), 16, min(w-24, 1040), h - 32})
	case helpSheet:
		u.drawHelp(Rect{max(w/2-360, 12), max(h/2-260, 12), min(w-24, 720), min(h-24, 520)})
	case promptSheet:
		u.drawPrompt(Rect{max(w/2-300, 12), max(h/2-110, 12), min(w-24, 600), min(h-24, 210)})
	case saveSheet:
		u.drawSave(Rect{max(w/2-250, 12), max(h/2-170, 12), min(w-24, 500), min(h-24, 340)})
	case craftSheet:
		u.drawCraft(Rect{max(w/2-360, 12), max(h/2-250, 12), min(w-24, 720), min(h-24, 500)})
	}
}

// sheetAt draws an empty sheet, which does not close when it is clicked.
func (u *UI) sheetAt(r Rect, name string) Rect {
	u.canvas.Fill(r, 14, panel)
	u.canvas.Stroke(r, 14, 1, edge)
	u.buttons = append(u.buttons, button{r, func() {}})
	u.canvas.Text(r.X+22, r.Y+16, name, Font{19, Bold}, ink)
	esc := "Esc closes"
	u.canvas.Text(r.X+r.W-22-u.canvas.Width(esc, small), r.Y+20, esc, small, faint)
	return Rect{r.X + 22, r.Y + 52, r.W - 44, r.H - 68}
}

// card is a scene in the menu.
type card struct {
	Rect
	wire.SceneCard
}

const (
	cardWidth  = 236
	cardHeight = 118
)

func (u *UI) drawMenu(r Rect) {
	in := u.sheetAt(r, "Scenes")
	columns := max(int((in.W+12)/(cardWidth+12)), 1)
	width := (in.W - float64(columns-1)*12) / float64(columns)
	u.cards = u.cards[:0]
	u.canvas.Clip(in)
	y := in.Y - u.scroll
	for _, part := range []struct {
		name  string
		cards []wire.SceneCard
	}{{"TESTS: DOES IT KNOW WHAT IT CANNOT SEE?", u.welcome.Tests}, {"WORLDS", u.welcome.Worlds}} {
		u.canvas.Text(in.X, y, part.name, label, faint)
		y += 22
		for i, s := range part.cards {
			at := Rect{in.X + float64(i%columns)*(width+12), y + float64(i/columns)*(cardHeight+12), width, cardHeight}
			u.drawCard(card{at, s}, in)
		}
		y += float64((len(part.cards)+columns-1)/columns)*(cardHeight+12) + 12
	}
	u.canvas.Clip(Rect{})
	u.scroll = min(u.scroll, max(y+u.scroll-in.Y-in.H, 0))
}

func (u *UI) drawCard(k card, within Rect) {
	c := u.canvas
	number := len(u.cards)
	u.cards = append(u.cards, k)
	if k.Y+k.H < within.Y || k.Y > within.Y+within.H {
		return
	}
	over := k.has(u.in.MouseX, u.in.MouseY) && within.has(u.in.MouseX, u.in.MouseY)
	fill, line, width := raised.fade(0.6), edge, 1.0
	if over {
		fill = raised
	}
	if number == u.choice {
		fill, line, width = raised, sky, 2
	}
	c.Fill(k.Rect, 10, fill)
	c.Stroke(k.Rect, 10, width, line)
	place := Rect{k.X + 10, k.Y + 10, 80, 80}
	c.Fill(place, 4, night)
	if t, ok := u.thumbs[k.Name]; ok {
		scale := min(place.W/float64(t.Width), place.H/float64(t.Height))
		w, h := scale*float64(t.Width), scale*float64(t.Height)
		c.Picture("thumb "+k.Name, t.Pixels, t.Height, t.Width, Rect{place.X + (place.W-w)/2, place.Y + (place.H-h)/2, w, h})
	} else {
		u.moon(place.X+40, place.Y+40, 8+math.Sin(u.in.Now*2), night)
	}
	said := "not learned"
	if k.Dreamt {
		c.Disc(k.X+16, k.Y+103, 3.5, 3.5, orange)
		said = "dreamed"
	} else {
		c.Disc(k.X+16, k.Y+103, 3.5, 3.5, faint)
	}
	c.Text(k.X+25, k.Y+95, said, label, faint)
	x, wide := k.X+102, k.W-112
	y := k.Y + 9
	for _, line := range u.wrap(k.Title, Font{14, Bold}, wide, 2) {
		c.Text(x, y, line, Font{14, Bold}, ink)
		y += 19
	}
	for _, line := range u.wrap(k.Asks, small, wide, max(int((k.Y+k.H-8-y)/16), 1)) {
		c.Text(x, y, line, small, soft)
		y += 16
	}
	if within.has(u.in.MouseX, u.in.MouseY) {
		u.buttons = append(u.buttons, button{k.Rect, func() { u.choose(number) }})
	}
}

// choose opens a scene of the menu.
func (u *UI) choose(number int) {
	all := slices.Concat(u.welcome.Tests, u.welcome.Worlds)
	if number < len(all) {
		u.send(wire.Command{Do: wire.Open, Place: &wire.Place{Scene: all[number].Name}})
	}
	u.sheet = noSheet
}

// menuKeys moves the choice as the cards lie.
func (u *UI) menuKeys() {
	if len(u.cards) == 0 {
		return
	}
	u.choice = min(u.choice, len(u.cards)-1)
	if u.has("Enter") || u.has("NumpadEnter") || u.has("Space") {
		u.choose(u.choice)
		return
	}
	if u.has("KeyM") {
		u.sheet = noSheet
		return
	}
	now := u.cards[u.choice]
	for _, move := range []struct {
		key    string
		dx, dy float64
	}{{"ArrowLeft", -1, 0}, {"ArrowRight", 1, 0}, {"ArrowUp", 0, -1}, {"ArrowDown", 0, 1}, {"Tab", 1, 0}} {
		if !u.has(move.key) {
			continue
		}
		if move.dx != 0 {
			u.choice = min(max(u.choice+int(move.dx), 0), len(u.cards)-1)
		} else {
			u.choice = u.nearest(now, move.dy)
		}
		// The choice stays in sight.
		at, room := u.cards[u.choice], u.in.Height-32-68
		top := 16.0 + 52
		if at.Y < top {
			u.scroll = max(0, u.scroll-(top-at.Y)-24)
		} else if over := at.Y + at.H - top - room; over > 0 {
			u.scroll += over + 8
		}
	}
}

// nearest returns the card below or above another one.
func (u *UI) nearest(from card, dy float64) int {
	best, distance := u.choice, math.Inf(1)
	for i, k := range u.cards {
		if (k.Y-from.Y)*dy <= 1 {
			continue
		}
		if d := math.Abs(k.Y-from.Y)*4 + math.Abs(k.X-from.X); d < distance {
			best, distance = i, d
		}
	}
	return best
}

func (u *UI) drawHelp(r Rect) {
	in := u.sheetAt(r, "Help")
	c := u.canvas
	y := in.Y
	for _, line := range u.wrap("On the left the truth, a simulator; on the right the dream, a world model that was shown the first frames and goes on by itself. The same actions lead both. Grab the keys at any time; go back in time and do something else.", text, in.W, 4) {
		c.Text(in.X, y, line, text, soft)
		y += 20
	}
	y += 12
	columns := 1.0
	if in.W > 560 {
		columns = 2
	}
	all := shortcuts()
	rows := math.Ceil(float64(len(all)) / columns)
	step := min(26, (in.Y+in.H-y-46)/rows)
	for i, s := range all {
		column, row := math.Floor(float64(i)/rows), math.Mod(float64(i), rows)
		x, at := in.X+column*in.W/columns, y+row*step
		u.drawKey(x, at-3, s.cap, false)
		c.Text(x+54, at, u.cut(s.does, small, in.W/columns-60), small, ink)
	}
	y += rows*step + 8
	c.Text(in.X, y, u.cut("Drop a picture on the window to dream on from it. Outlines: what is true; dashed: hidden; arrows: out of the frame.", small, in.W), small, faint)
}

func (u *UI) drawPrompt(r Rect) {
	in := u.sheetAt(r, "What do you want to see?")
	c := u.canvas
	field := Rect{in.X, in.Y + 4, in.W, 42}
	c.Fill(field, 8, night)
	c.Stroke(field, 8, 1.5, sky)
	said := string(u.line)
	for c.Width(said, Font{16, Plain}) > field.W-30 {
		_, size := utf8.DecodeRuneInString(said)
		said = said[size:]
	}
	c.Text(field.X+12, field.Y+11, said, Font{16, Plain}, ink)
	if int(u.in.Now*2)%2 == 0 {
		x := field.X + 13 + c.Width(said, Font{16, Plain})
		c.Line(x, field.Y+10, x, field.Y+32, 1.5, ink)
	}
	for i, line := range []string{"a red ball falls towards a blue paddle", "seed 12      RigidPush-v0      data/x#3 (a recorded clip)      agent random", "Enter goes there. A picture dropped on the window is dreamed on from."} {
		c.Text(in.X, field.Y+56+20*float64(i), u.cut(line, small, in.W), small, faint)
	}
}

// formats are what the timeline can be saved as, by the key of their line.
var formats = []struct{ key, format, name, doc string }{
	{"Digit1", "gif", "Animation", "GIF, truth beside dream"},
	{"Digit2", "png", "Pictures", "a folder of PNG files"},
	{"Digit3", "mp4", "Film", "mp4, by ffmpeg"},
	{"Digit4", "shard", "Episode", "a shard for training, with actions and true states"},
	{"Digit5", "link", "Link", "replays scene, seed and actions in a browser"},
	{"Digit6", "line", "Command line", "replays the same in a terminal"},
}

func (u *UI) drawSave(r Rect) {
	in := u.sheetAt(r, "Take it with you")
	c := u.canvas
	from, until := u.stretch()
	c.Text(in.X, in.Y, fmt.Sprintf("frames %d to %d; R marks where to begin", from, until), small, soft)
	y := in.Y + 28
	for i, f := range formats {
		row := Rect{in.X, y, in.W, 34}
		if row.has(u.in.MouseX, u.in.MouseY) {
			c.Fill(row, 8, raised)
		}
		u.drawKey(row.X+6, row.Y+4, fmt.Sprint(i+1), false)
		c.Text(row.X+44, row.Y+7, f.name, text, ink)
		c.Text(row.X+160, row.Y+9, u.cut(f.doc, small, row.W-166), small, faint)
		u.buttons = append(u.buttons, button{row, func() { u.save(f.format) }})
		y += 38
	}
}

// stretch returns the frames to save: from the mark to what is shown, or everything.
func (u *UI) stretch() (from, until int) {
	if u.view == nil {
		return 0, 0
	}
	if u.mark >= 0 && u.mark < u.view.At {
		return u.mark, u.view.At
	}
	return 0, u.view.Len - 1
}

func (u *UI) saveKeys() {
	for _, f := range formats {
		if u.has(f.key) {
			u.save(f.format)
			return
		}
	}
}

func (u *UI) save(format string) {
	u.sheet = noSheet
	switch format {
	case "link":
		u.copyLink()
	case "line":
		if !u.reachable() {
			return
		}
		u.out.Copy, u.out.Copied = u.commandLine(), "The command line"
	default:
		from, until := u.stretch()
		u.send(wire.Command{Do: wire.Save, Text: format, Count: from, Until: until})
		u.wait("Saving…")
		u.mark = -1
	}
}
