package ui

import (
	"fmt"
	"math"

	"somnium/viewer/wire"
)

// pane is one picture of the stage.
type pane struct {
	name, title, remark string
	color               Color
	pixels              []byte
}

// panes returns the pictures that the mode shows.
func (u *UI) panes() []pane {
	v := u.view
	truth := pane{"truth", "Truth", "", sky, v.Truth}
	dream := pane{"dream", "Dream", "", orange, v.Dream}
	switch {
	case v.At < v.Context && v.Truth != nil:
		dream.remark = "given"
	case v.DreamEnded:
		dream.remark = "over, it holds"
	case v.PSNR >= 99:
		dream.remark = "equal"
	case v.PSNR >= 0:
		dream.remark = fmt.Sprintf("%.1f dB", v.PSNR)
	}
	switch {
	case v.Dream == nil:
		return []pane{truth}
	case v.Truth == nil:
		return []pane{dream}
	}
	switch u.mode {
	case TruthOnly:
		return []pane{truth}
	case DreamOnly:
		return []pane{dream}
	case Difference:
		return []pane{truth, dream, {"difference", "Difference", "blue: the truth is brighter", red, u.difference()}}
	}
	return []pane{truth, dream}
}

// difference returns where truth and dream differ: what is equal is dark, where the truth is brighter it is blue, where the dream is,
// orange.
func (u *UI) difference() []byte {
	v := u.view
	if len(u.shown) != len(v.Truth) {
		u.shown = make([]byte, len(v.Truth))
	}
	for i := 0; i+2 < len(v.Truth); i += 3 {
		d := 0
		for k := range 3 {
			d += int(v.Truth[i+k]) - int(v.Dream[i+k])
		}
		c, by := sky, min(math.Abs(float64(d))/300, 1)
		if d < 0 {
			c = orange
		}
		u.shown[i], u.shown[i+1], u.shown[i+2] = mix(panel.R, c.R, by), mix(panel.G, c.G, by), mix(panel.B, c.B, by)
	}
	return u.shown
}

func mix(a, b uint8, by float64) uint8 {
	return uint8(float64(a) + (float64(b)-float64(a))*math.Sqrt(by))
}

const paneTitle = 26

// drawStage draws the pictures, and below them what is to be said.
func (u *UI) drawStage(r Rect) {
	v := u.view
	words := 22.0
	if v.Scene.Remark != "" {
		words += 20
	}
	lines := v.Verdict
	if room := int((r.H - 140) / 24); len(lines) > max(room, 1) {
		lines = lines[len(lines)-max(room, 1):]
	}
	if v.Scene.Test {
		words += 24*float64(max(len(lines), 2)) + 8
	}
	panes := u.panes()
	area := Rect{r.X, r.Y, r.W, max(r.H-words, 40)}
	bottom := u.drawPanes(area, panes)
	y := min(bottom+8, r.Y+r.H-words)
	u.centered(r.X, r.W, y, u.cut(v.Caption, small, r.W), small, soft)
	y += 22
	if v.Scene.Remark != "" {
		u.centered(r.X, r.W, y, u.cut(v.Scene.Remark, small, r.W), small, faint)
		y += 20
	}
	if v.Scene.Test {
		u.drawVerdict(Rect{r.X, y + 2, r.W, words}, lines)
	}
}

// drawVerdict lists the lines of a test's verdict.
func (u *UI) drawVerdict(r Rect, lines []wire.Line) {
	width := 0.0
	for _, line := range lines {
		width = max(width, u.canvas.Width(line.Text, text)+28)
	}
	width = min(width, r.W)
	x := r.X + (r.W-width)/2
	for i, line := range lines {
		c := map[string]Color{"good": green, "bad": red, "open": soft, "told": sky}[line.Mood]
		y := r.Y + 24*float64(i)
		u.mood(x+8, y+10, line.Mood, c)
		u.canvas.Text(x+24, y, u.cut(line.Text, text, r.W-28), text, ink)
	}
}

// grid returns in how many columns n pictures are largest, and how many points wide a pixel then is.
func grid(n int, r Rect, height, width int, density float64) (columns int, scale float64) {
	for k := 1; k <= n; k++ {
		rows := (n + k - 1) / k
		s := min((r.W-float64(k-1)*16)/float64(k)/float64(width), (r.H/float64(rows)-paneTitle-6)/float64(height))
		if s > scale {
			columns, scale = k, s
		}
	}
	scale = max(scale, 0.25)
	if whole := math.Floor(scale*density) / density; whole*density >= 2 {
		scale = whole // crisp: every pixel is as large as the others
	}
	return max(columns, 1), scale
}

// drawPanes draws the pictures, and returns where they end.
func (u *UI) drawPanes(r Rect, panes []pane) float64 {
	v := u.view
	columns, scale := grid(len(panes), r, v.Scene.Height, v.Scene.Width, max(u.in.Density, 1))
	w, h := scale*float64(v.Scene.Width), scale*float64(v.Scene.Height)
	rows := (len(panes) + columns - 1) / columns
	cell := h + paneTitle + 6
	top := r.Y + max((r.H-cell*float64(rows))/2, 0)
	for i, p := range panes {
		inRow := min(columns, len(panes)-i/columns*columns)
		left := r.X + (r.W-float64(inRow)*w-float64(inRow-1)*16)/2
		at := Rect{u.snap(left + float64(i%columns)*(w+16)), u.snap(top + float64(i/columns)*cell + paneTitle), w, h}
		u.drawPane(at, p)
	}
	return top + cell*float64(rows)
}

// snap moves a coordinate to a whole pixel of the screen.
func (u *UI) snap(x float64) float64 {
	density := max(u.in.Density, 1)
	return math.Round(x*density) / density
}

func (u *UI) drawPane(r Rect, p pane) {
	c, v := u.canvas, u.view
	c.Disc(r.X+5, r.Y-14, 4, 4, p.color)
	c.Text(r.X+16, r.Y-23, p.title, Font{13, Bold}, ink)
	if p.remark != "" && r.W > 130 {
		said := u.cut(p.remark, small, r.W-100)
		c.Text(r.X+r.W-c.Width(said, small), r.Y-22, said, small, soft)
	}
	c.Picture(p.name, p.pixels, v.Scene.Height, v.Scene.Width, r)
	u.picture = append(u.picture, r)
	if u.outlines && p.name != "difference" {
		c.Clip(Rect{r.X - 1, r.Y - 1, r.W + 2, r.H + 2})
		for _, s := range v.Shapes {
			u.drawShape(r, s)
		}
		c.Clip(Rect{})
	}
	border := edge
	if v.At < v.Context && p.name == "dream" {
		border = faint
	}
	c.Stroke(Rect{r.X - 1, r.Y - 1, r.W + 2, r.H + 2}, 2, 1, border)
	if v.Scene.Look && u.in.Captured {
		x, y := r.X+r.W/2, r.Y+r.H/2
		c.Line(x-7, y, x+7, y, 1.5, ink.fade(0.8))
		c.Line(x, y-7, x, y+7, 1.5, ink.fade(0.8))
	} else if v.Scene.Look && len(u.picture) == 1 && v.Agent == "" && u.sheet == noSheet {
		c.Fill(Rect{r.X + r.W/2 - 92, r.Y + r.H - 34, 184, 24}, 12, shade)
		u.centered(r.X, r.W, r.Y+r.H-31, "click to look around", small, ink)
	}
	if v.Ended != "" && v.At == v.Len-1 && len(u.picture) == 1 {
		c.Fill(Rect{r.X + r.W/2 - min(r.W, 240)/2, r.Y + 10, min(r.W, 240), 44}, 10, shade)
		u.centered(r.X, r.W, r.Y+14, v.Ended, small, ink)
		u.centered(r.X, r.W, r.Y+32, "N next seed   Bksp again", small, soft)
	}
}

// drawShape outlines a thing: what is hidden is a ghost, dashed and tinted, what is outside an arrow at the edge.
func (u *UI) drawShape(r Rect, s wire.Shape) {
	c := u.canvas
	points, x, y := outline(r, s)
	if s.Outside {
		u.drawArrow(r, x, y)
		return
	}
	tint := Color{s.Color[0], s.Color[1], s.Color[2], 255}
	ghost := s.Hidden > 0.5
	if ghost {
		c.Shape(points, tint.fade(0.28))
	}
	// A light line on a wider dark one is seen on any ground.
	for _, pen := range [...]struct {
		width float64
		color Color
	}{{1.75, halo}, {0, ink.fade(0.85)}} {
		n := len(points) / 2
		for i := range n {
			j := (i + 1) % n
			x0, y0, x1, y1 := points[2*i], points[2*i+1], points[2*j], points[2*j+1]
			if ghost {
				u.dashes(x0, y0, x1, y1, i, 2+pen.width, pen.color)
			} else {
				c.Line(x0, y0, x1, y1, 1.5+pen.width, pen.color)
			}
		}
	}
	if ghost && r.W > 200 {
		u.nameGhost(r, points, x, fmt.Sprintf("%s, hidden", s.Label))
	}
}

// nameGhost says what a ghost is, above it, or below where there is no room above: within, dashes and text would be in each other's way.
func (u *UI) nameGhost(r Rect, points []float64, x float64, said string) {
	top, bottom := math.Inf(1), math.Inf(-1)
	for i := 1; i < len(points); i += 2 {
		top, bottom = min(top, points[i]), max(bottom, points[i])
	}
	width := u.canvas.Width(said, label) + 12
	at := Rect{min(max(x-width/2, r.X+2), r.X+r.W-width-2), top - 22, width, 18}
	if at.Y < r.Y+2 {
		at.Y = min(bottom+4, r.Y+r.H-20)
	}
	u.canvas.Fill(at, 6, shade)
	u.canvas.Text(at.X+6, at.Y+2, said, label, ink)
}

// dashes draws a side of a ghost: sides of round things are every other one, longer ones are broken.
func (u *UI) dashes(x0, y0, x1, y1 float64, i int, width float64, c Color) {
	length := math.Hypot(x1-x0, y1-y0)
	if length < 14 {
		if i%2 == 0 {
			u.canvas.Line(x0, y0, x1, y1, width, c)
		}
		return
	}
	n := math.Floor(length / 6)
	for k := 0.0; k < n; k += 2 {
		a, b := k/n, min((k+1)/n, 1)
		u.canvas.Line(x0+(x1-x0)*a, y0+(y1-y0)*a, x0+(x1-x0)*b, y0+(y1-y0)*b, width, c)
	}
}

// outline returns the corners of a shape in the window, and its middle.
func outline(r Rect, s wire.Shape) (points []float64, x, y float64) {
	if s.Disc != nil {
		const sides = 28
		x, y = r.X+float64(s.Disc[0])*r.W, r.Y+float64(s.Disc[1])*r.H
		for i := range sides {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / sides)
			points = append(points, x+float64(s.Disc[2])*r.W*cos, y+float64(s.Disc[3])*r.H*sin)
		}
		return points, x, y
	}
	n := len(s.Corners) / 2
	for i := range n {
		px, py := r.X+float64(s.Corners[2*i])*r.W, r.Y+float64(s.Corners[2*i+1])*r.H
		points = append(points, px, py)
		x, y = x+px/float64(n), y+py/float64(n)
	}
	return points, x, y
}

// drawArrow points from the edge of the picture to what is outside of it.
func (u *UI) drawArrow(r Rect, x, y float64) {
	const margin = 9
	px, py := min(max(x, r.X+margin), r.X+r.W-margin), min(max(y, r.Y+margin), r.Y+r.H-margin)
	dx, dy := x-px, y-py
	length := math.Hypot(dx, dy)
	if length == 0 {
		return
	}
	dx, dy = dx/length, dy/length
	for _, pen := range [...]struct {
		size  float64
		color Color
	}{{1.5, halo}, {1, ink}} {
		u.arrow(px, py, dx*pen.size, dy*pen.size, pen.color)
	}
}

// arrow draws the tip of an arrow; dx and dy are its direction, and 1 long where it is of the usual size.
func (u *UI) arrow(x, y, dx, dy float64, c Color) {
	u.canvas.Shape([]float64{x + 7*dx, y + 7*dy, x - 5*dx - 5*dy, y - 5*dy + 5*dx, x - 5*dx + 5*dy, y - 5*dy - 5*dx}, c)
}
