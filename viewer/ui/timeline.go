package ui

import (
	"fmt"
	"math"
)

// Decibels between which the timeline's curve runs.
const (
	lowPSNR  = 10
	highPSNR = 45
)

// frames returns how many frames the strip of the timeline has room for: those there are, those of the scene's limit where that is
// near, and some to go on with.
func (u *UI) frames() int {
	v := u.view
	total := max(v.Len+v.Len/8, 60)
	if v.Limit > 0 && v.Limit < 400 {
		total = max(v.Limit+1, v.Len)
	}
	return total
}

// frameAt returns the frame at a place of the strip.
func (u *UI) frameAt(x float64) int {
	at := int(math.Round((x - u.strip.X) / max(u.strip.W, 1) * float64(u.frames()-1)))
	return min(max(at, 0), u.view.Len-1)
}

// place returns where a frame is on the strip.
func (u *UI) placeOf(frame int) float64 {
	return u.strip.X + float64(frame)/float64(max(u.frames()-1, 1))*u.strip.W
}

// drawFoot is the timeline and what moves it.
func (u *UI) drawFoot(r Rect) {
	bar := Rect{r.X, r.Y + r.H - 28, r.W, 28}
	u.strip = Rect{r.X, r.Y, r.W, r.H - 34}
	u.drawStrip()
	x := bar.X
	for _, b := range []struct {
		key  string
		draw func(r Rect, c Color)
	}{{"Home", u.iconStart}, {"Comma", u.iconBack}, {"KeyP", u.iconPlay}, {"Period", u.iconOn}, {"End", u.iconEnd}} {
		u.iconButton(Rect{x, bar.Y, 32, 28}, b.draw, b.key)
		x += 36
	}
	v, c := u.view, u.canvas
	said := fmt.Sprintf("frame %d of %d", v.At, v.Len-1)
	if v.Speed != 1 {
		said += fmt.Sprintf("   %g×", v.Speed)
	}
	if v.Paused {
		said += "   paused"
	}
	if u.mark >= 0 {
		c.Disc(x+12, bar.Y+14, 5, 5, red.fade(0.55+0.45*math.Sin(u.in.Now*4)))
		said = fmt.Sprintf("recording since %d   ", u.mark) + said
		x += 14
	}
	c.Text(x+10, bar.Y+6, u.cut(said, small, max(r.X+r.W-x-10, 10)), small, soft)
	x += 22 + c.Width(said, small)
	right := r.X + r.W
	for _, b := range []struct {
		name, key string
		do        func()
	}{
		{"Save", "X", func() { u.open(saveSheet) }}, {"Prompt", "T", func() { u.open(promptSheet) }},
		{"Wake", "K", func() { u.press("KeyK") }}, {"View: " + u.mode.String(), "V", u.nextMode},
	} {
		if b.key == "K" && !(v.Scene.Truth && v.Scene.Dream) || b.key == "V" && len(u.modesThere()) < 2 {
			continue
		}
		width := c.Width(b.name, small) + c.Width(b.key, label) + 30
		if right-width < x {
			break
		}
		right -= width
		u.button(Rect{right, bar.Y, width, 28}, b.name, b.key, b.do)
		right -= 8
	}
}

// press does what a key does.
func (u *UI) press(key string) {
	for _, s := range shortcuts() {
		if s.key == key {
			s.do(u)
		}
	}
}

func (u *UI) drawStrip() {
	c, v, r := u.canvas, u.view, u.strip
	c.Fill(r, 6, panel)
	if v.Context > 1 && v.Dream != nil {
		given := Rect{r.X, r.Y, max(u.placeOf(v.Context-1)-r.X, 2), r.H}
		c.Fill(given, 6, raised)
		if given.W > 44 {
			c.Text(given.X+6, given.Y+3, "given", label, faint)
		}
	}
	if v.Limit == 0 || v.Len <= v.Limit {
		c.Fill(Rect{u.placeOf(v.Len - 1), r.Y + r.H - 3, r.X + r.W - u.placeOf(v.Len-1), 3}, 0, edge)
	}
	u.drawCurve()
	for i := v.Len - 1; i >= 0; i-- {
		if p := u.pointAt(i); p.Reward >= 0.5 || p.Reward <= -0.5 {
			u.drawReward(u.placeOf(i), p.Reward > 0)
		}
	}
	for i, f := range v.Forks {
		x := u.placeOf(f.At)
		c.Line(x, r.Y+4, x, r.Y+r.H-4, 1, sky)
		end := min(u.placeOf(f.At+f.Len), r.X+r.W-2)
		y := r.Y + 6 + float64(i%4)*5
		c.Line(x, y, end, y, 2, sky.fade(0.7))
		c.Disc(x, y, 3, 3, sky)
	}
	if u.mark >= 0 {
		c.Line(u.placeOf(u.mark), r.Y, u.placeOf(u.mark), r.Y+r.H, 2, red)
	}
	x := u.placeOf(v.At)
	c.Line(x, r.Y-2, x, r.Y+r.H+2, 2, ink)
	c.Disc(x, r.Y-2, 4, 4, ink)
	c.Stroke(r, 6, 1, edge)
	if r.has(u.in.MouseX, u.in.MouseY) && !u.in.Captured && u.sheet == noSheet {
		u.drawHover()
	}
}

func (u *UI) drawHover() {
	c, r := u.canvas, u.strip
	frame := u.frameAt(u.in.MouseX)
	said := fmt.Sprintf("frame %d", frame)
	if p := u.pointAt(frame); p.PSNR >= 0 {
		said += fmt.Sprintf("  %.1f dB", p.PSNR)
	}
	width := c.Width(said, small) + 16
	x := min(max(u.placeOf(frame)-width/2, r.X), r.X+r.W-width)
	c.Line(u.placeOf(frame), r.Y, u.placeOf(frame), r.Y+r.H, 1, soft)
	c.Fill(Rect{x, r.Y - 26, width, 22}, 6, raised)
	c.Text(x+8, r.Y-23, said, small, ink)
}

func (u *UI) pointAt(i int) (p struct{ PSNR, Reward float32 }) {
	p.PSNR = -1
	if i >= 0 && i < len(u.points) {
		p.PSNR, p.Reward = u.points[i].PSNR, u.points[i].Reward
	}
	return p
}

// drawCurve draws the PSNR over time, and where something is out of sight.
func (u *UI) drawCurve() {
	c, v, r := u.canvas, u.view, u.strip
	height := func(psnr float32) float64 {
		at := (min(max(float64(psnr), lowPSNR), highPSNR) - lowPSNR) / (highPSNR - lowPSNR)
		return r.Y + r.H - 7 - at*(r.H-14)
	}
	// Of a long timeline no more points are drawn than the strip has columns.
	stride := max(1, v.Len/max(int(r.W), 1))
	lastX, lastY := 0.0, -1.0
	for i := 0; i < min(v.Len, len(u.points)); i += stride {
		x := u.placeOf(i)
		if u.points[i].Hidden > 0 {
			c.Fill(Rect{x, r.Y + r.H - 4, max(u.placeOf(i+stride)-x, 1.5), 3}, 0, soft)
		}
		if u.points[i].PSNR < 0 {
			lastY = -1
			continue
		}
		y := height(u.points[i].PSNR)
		if lastY >= 0 {
			c.Line(lastX, lastY, x, y, 1.5, orange)
		}
		lastX, lastY = x, y
	}
}

// drawReward marks a reward: a triangle up, or down where it is negative.
func (u *UI) drawReward(x float64, up bool) {
	y := u.strip.Y + u.strip.H - 10
	if up {
		u.canvas.Shape([]float64{x - 4, y + 3, x + 4, y + 3, x, y - 4}, green)
	} else {
		u.canvas.Shape([]float64{x - 4, y - 4, x + 4, y - 4, x, y + 3}, red)
	}
}

func (u *UI) iconButton(r Rect, draw func(Rect, Color), key string) {
	over := r.has(u.in.MouseX, u.in.MouseY) && !u.in.Captured
	fill := panel
	if over {
		fill = raised
	}
	u.canvas.Fill(r, 7, fill)
	u.canvas.Stroke(r, 7, 1, edge)
	draw(Rect{r.X + r.W/2, r.Y + r.H/2, 0, 0}, ink)
	u.buttons = append(u.buttons, button{r, func() { u.press(key) }})
}

func (u *UI) triangle(x, y, w float64, c Color) {
	u.canvas.Shape([]float64{x - w/2, y - 6, x - w/2, y + 6, x + w/2, y}, c)
}

func (u *UI) iconPlay(m Rect, c Color) {
	if u.view.Paused {
		u.triangle(m.X+1, m.Y, 10, c)
		return
	}
	u.canvas.Fill(Rect{m.X - 5, m.Y - 6, 4, 12}, 1, c)
	u.canvas.Fill(Rect{m.X + 1, m.Y - 6, 4, 12}, 1, c)
}

func (u *UI) iconOn(m Rect, c Color) {
	u.triangle(m.X-2, m.Y, 8, c)
	u.canvas.Fill(Rect{m.X + 4, m.Y - 6, 2.5, 12}, 0, c)
}

func (u *UI) iconBack(m Rect, c Color) {
	u.triangle(m.X+2, m.Y, -8, c)
	u.canvas.Fill(Rect{m.X - 6.5, m.Y - 6, 2.5, 12}, 0, c)
}

func (u *UI) iconEnd(m Rect, c Color) {
	u.triangle(m.X-5, m.Y, 7, c)
	u.triangle(m.X+2, m.Y, 7, c)
	u.canvas.Fill(Rect{m.X + 6, m.Y - 6, 2.5, 12}, 0, c)
}

func (u *UI) iconStart(m Rect, c Color) {
	u.triangle(m.X+5, m.Y, -7, c)
	u.triangle(m.X-2, m.Y, -7, c)
	u.canvas.Fill(Rect{m.X - 8.5, m.Y - 6, 2.5, 12}, 0, c)
}
