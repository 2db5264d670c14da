package ui

import (
	"fmt"
	"math"
	"strings"
)

// layout is where everything is.
type layout struct {
	top, stage, side, foot, bar Rect
}

// arrange divides the window. What there is no room for has no size.
func arrange(w, h float64) layout {
	margin := 16.0
	if w < 640 || h < 420 {
		margin = 8
	}
	l := layout{top: Rect{margin, margin / 2, w - 2*margin, 40}}
	foot := 84.0
	if h < 420 {
		foot = 56
	}
	l.foot = Rect{margin, h - foot - margin/2, w - 2*margin, foot}
	l.stage = Rect{margin, l.top.Y + l.top.H + 4, w - 2*margin, l.foot.Y - l.top.Y - l.top.H - 8}
	if w >= 980 && h >= 460 {
		l.side = Rect{w - margin - 252, l.stage.Y, 252, l.stage.H}
		l.stage.W -= 252 + margin
	}
	l.bar = Rect{l.foot.X, l.foot.Y + l.foot.H - 30, l.foot.W, 30}
	return l
}

func (u *UI) draw() {
	in := u.in
	u.buttons, u.picture = u.buttons[:0], u.picture[:0]
	u.canvas.Fill(Rect{0, 0, in.Width, in.Height}, 0, night)
	if u.view == nil || u.view.Len == 0 {
		u.drawWaiting()
	} else {
		l := arrange(in.Width, in.Height)
		u.drawTop(l.top)
		u.drawStage(l.stage)
		if l.side.W > 0 {
			u.drawSide(l.side)
		}
		u.drawFoot(l.foot)
	}
	u.drawSheet()
	u.drawToasts()
	if !u.linked && u.view != nil {
		u.drawLost()
	}
}

// centered writes a line in the middle of a width.
func (u *UI) centered(x, w, y float64, s string, f Font, c Color) {
	u.canvas.Text(x+(w-u.canvas.Width(s, f))/2, y, s, f, c)
}

// cut shortens a line to a width.
func (u *UI) cut(s string, f Font, width float64) string {
	if u.canvas.Width(s, f) <= width {
		return s
	}
	runes := []rune(s)
	low, high := 0, len(runes)
	for low < high {
		middle := (low + high + 1) / 2
		if u.canvas.Width(string(runes[:middle])+"…", f) <= width {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return strings.TrimSpace(string(runes[:low])) + "…"
}

// wrap breaks a text into lines of a width, at most so many.
func (u *UI) wrap(s string, f Font, width float64, most int) []string {
	var lines []string
	line := ""
	words := strings.Fields(s)
	for i, word := range words {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && u.canvas.Width(longer, f) > width {
			if len(lines) == most-1 {
				return append(lines, u.cut(line+" "+strings.Join(words[i:], " "), f, width))
			}
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	return append(lines, u.cut(line, f, width))
}

// moon draws the sign of the house.
func (u *UI) moon(x, y, r float64, behind Color) {
	u.canvas.Disc(x, y, r, r, orange)
	u.canvas.Disc(x+r*0.5, y-r*0.28, r*0.86, r*0.86, behind)
}

// drawWaiting is what is seen before anything is on.
func (u *UI) drawWaiting() {
	w, h := u.in.Width, u.in.Height
	y := h/2 - 60
	u.moon(w/2, y, 24, night)
	u.centered(0, w, y+40, "Somnium", Font{22, Bold}, ink)
	switch {
	case u.lost != "":
		for i, line := range u.wrap(u.lost, text, min(w-40, 560), 4) {
			u.centered(0, w, y+76+20*float64(i), line, text, soft)
		}
		if !u.refused {
			u.centered(0, w, y+166, "Trying again…", small, faint)
		}
	case u.linked:
		u.centered(0, w, y+76, "Nothing is on yet. Press M for the scenes.", text, soft)
	default:
		dots := strings.Repeat(".", 1+int(u.in.Now*2)%3)
		u.centered(0, w, y+76, "Waking the simulator and the dream"+dots, text, soft)
	}
}

// drawLost lies over what was last seen.
func (u *UI) drawLost() {
	w, h := u.in.Width, u.in.Height
	u.canvas.Fill(Rect{0, 0, w, h}, 0, shade)
	box := Rect{w/2 - min(w-24, 460)/2, h/2 - 74, min(w-24, 460), 148}
	u.canvas.Fill(box, 12, panel)
	u.canvas.Stroke(box, 12, 1, red)
	u.centered(box.X, box.W, box.Y+22, "The server is gone", title, ink)
	said := "Start it again, and this goes on where it was: make play"
	if u.lost != "" && u.refused {
		said = u.lost
	}
	for i, line := range u.wrap(said, text, box.W-32, 2) {
		u.centered(box.X, box.W, box.Y+56+20*float64(i), line, text, soft)
	}
	if !u.refused {
		phase := 0.5 + 0.5*math.Sin(u.in.Now*3)
		u.canvas.Disc(box.X+box.W/2-58, box.Y+119, 4, 4, orange.fade(0.3+0.7*phase))
		u.canvas.Text(box.X+box.W/2-46, box.Y+112, "trying again…", small, faint)
	}
}

// drawTop is the line at the top: what is on, who acts, how fast.
func (u *UI) drawTop(r Rect) {
	v, c := u.view, u.canvas
	u.moon(r.X+10, r.Y+20, 8, night)
	x := r.X + 28
	right := r.X + r.W
	help := Rect{right - 30, r.Y + 5, 30, 30}
	u.button(help, "?", "", func() { u.open(helpSheet) })
	scenes := Rect{help.X - 92, r.Y + 5, 86, 30}
	u.button(scenes, "Scenes", "M", func() { u.open(menuSheet) })
	right = scenes.X - 12
	if r.W > 620 {
		who := "hands"
		if v.Agent != "" {
			who = "agent: " + v.Agent
		}
		if len(v.Scene.Bindings) == 0 && v.Agent == "" {
			who = "watching"
		}
		chip := Rect{right - c.Width(who, small) - 34, r.Y + 7, c.Width(who, small) + 34, 26}
		c.Fill(chip, 13, raised)
		mark := sky
		if v.Agent != "" {
			mark = orange
		}
		c.Disc(chip.X+14, chip.Y+13, 4, 4, mark)
		c.Text(chip.X+24, chip.Y+5, who, small, ink)
		u.buttons = append(u.buttons, button{chip, u.handOver})
		right = chip.X - 12
	}
	name := u.cut(v.Scene.Title, title, right-x)
	c.Text(x, r.Y+9, name, title, ink)
	x += c.Width(name, title) + 12
	if seed := fmt.Sprintf("seed %d", v.Scene.Seed); x+c.Width(seed, small) < right {
		c.Text(x, r.Y+13, seed, small, faint)
		x += c.Width(seed, small) + 14
	}
	if right-x > 160 {
		c.Text(x, r.Y+13, u.cut(v.Scene.Asks, small, right-x), small, soft)
	}
}

// button draws a place to click, with the key that does the same.
func (u *UI) button(r Rect, name, key string, do func()) {
	c := u.canvas
	over := r.has(u.in.MouseX, u.in.MouseY) && !u.in.Captured
	fill := panel
	if over {
		fill = raised
	}
	c.Fill(r, 7, fill)
	c.Stroke(r, 7, 1, edge)
	width := c.Width(name, small)
	keyWidth := 0.0
	if key != "" {
		keyWidth = c.Width(key, label) + 8
	}
	x := r.X + (r.W-width-keyWidth)/2
	c.Text(x, r.Y+(r.H-16)/2, name, small, ink)
	if key != "" {
		c.Text(x+width+8, r.Y+(r.H-15)/2, key, label, faint)
	}
	u.buttons = append(u.buttons, button{r, do})
}

// drawToasts are the remarks, above the timeline.
func (u *UI) drawToasts() {
	y := u.in.Height - 108
	for i := len(u.toasts) - 1; i >= 0; i-- {
		t := u.toasts[i]
		lines := u.wrap(t.Text, text, min(u.in.Width-72, 640), 3)
		width := 0.0
		for _, line := range lines {
			width = max(width, u.canvas.Width(line, text))
		}
		height := float64(len(lines))*20 + 18
		y -= height + 8
		box := Rect{(u.in.Width - width - 52) / 2, y, width + 52, height}
		u.canvas.Fill(box, 9, raised)
		mark := green
		if t.Bad {
			mark = red
		}
		u.canvas.Stroke(box, 9, 1, mark)
		u.mood(box.X+18, box.Y+19, moodOf(t.Bad), mark)
		for k, line := range lines {
			u.canvas.Text(box.X+34, box.Y+9+20*float64(k), line, text, ink)
		}
	}
}

func moodOf(isBad bool) string {
	if isBad {
		return "bad"
	}
	return "good"
}

// mood draws the sign of a line: a tick, a cross, a ring or a dot, so that colour is not all that tells.
func (u *UI) mood(x, y float64, mood string, c Color) {
	switch mood {
	case "good":
		u.canvas.Line(x-5, y, x-1, y+4, 2, c)
		u.canvas.Line(x-1, y+4, x+5, y-4, 2, c)
	case "bad":
		u.canvas.Line(x-4, y-4, x+4, y+4, 2, c)
		u.canvas.Line(x-4, y+4, x+4, y-4, 2, c)
	case "open":
		u.canvas.Stroke(Rect{x - 4, y - 4, 8, 8}, 4, 1.5, c)
	default:
		u.canvas.Disc(x, y, 3, 3, c)
	}
}
