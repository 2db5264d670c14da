package ui

import (
	"fmt"
	"slices"
	"strings"

	"somnium/viewer/wire"
)

// drawSide is the column at the right: figures, and the keys.
func (u *UI) drawSide(r Rect) {
	c, v := u.canvas, u.view
	c.Fill(r, 10, panel)
	in := r.inset(16)
	y := u.drawFigures(in, in.Y)
	y = u.drawSpark(Rect{in.X, y + 4, in.W, 54})
	y += 14
	if len(v.Scene.Bindings) > 0 {
		c.Text(in.X, y, "KEYS", label, faint)
		y = u.drawKeyMap(Rect{in.X, y + 20, in.W, r.Y + r.H - y - 36})
	} else {
		c.Text(in.X, y, "Nothing to do here but watch.", small, soft)
		y += 24
	}
	u.drawHints(Rect{in.X, y + 8, in.W, r.Y + r.H - y - 18})
}

// drawFigures lists what is measured, and returns where that ends.
func (u *UI) drawFigures(r Rect, y float64) float64 {
	v := u.view
	row := func(name, value string) {
		u.canvas.Text(r.X, y, name, small, faint)
		value = u.cut(value, mono, r.W-76)
		u.canvas.Text(r.X+r.W-u.canvas.Width(value, mono), y-1, value, mono, ink)
		y += 22
	}
	row("action", v.Action)
	if v.Scene.Truth && v.Scene.Dream {
		psnr := "-"
		if v.PSNR >= 0 {
			psnr = fmt.Sprintf("%.1f dB", v.PSNR)
		}
		row("PSNR", psnr)
		row("reward", fmt.Sprintf("%+.2f | %+.2f", v.Reward, v.DreamReward))
	} else {
		row("reward", fmt.Sprintf("%+.2f", v.Reward))
	}
	row("return", fmt.Sprintf("%+.2f", v.Return))
	rate := "-"
	if v.Rate > 0 {
		rate = fmt.Sprintf("%.1f a second", v.Rate)
	}
	row("frames", rate)
	return y
}

// drawSpark is the PSNR of the last frames, and returns where it ends.
func (u *UI) drawSpark(r Rect) float64 {
	v := u.view
	if !v.Scene.Truth || !v.Scene.Dream {
		return r.Y
	}
	c := u.canvas
	c.Fill(r, 6, night)
	c.Text(r.X+6, r.Y+3, "dream to truth, dB", label, faint)
	const last = 120
	first := max(v.At-last+1, 0)
	lowest, highest := 60.0, 0.0
	for i := first; i <= v.At; i++ {
		if p := float64(u.pointAt(i).PSNR); p >= 0 {
			lowest, highest = min(lowest, p), max(highest, min(p, 60))
		}
	}
	span := max(highest-lowest, 6)
	px, py := 0.0, -1.0
	for i := first; i <= v.At; i++ {
		p := float64(u.pointAt(i).PSNR)
		if p < 0 {
			continue
		}
		x := r.X + 6 + float64(i-first)/(last-1)*(r.W-12)
		y := r.Y + r.H - 6 - (min(p, 60)-lowest)/span*(r.H-26)
		if py >= 0 {
			c.Line(px, py, x, y, 1.5, orange)
		}
		px, py = x, y
	}
	if py >= 0 {
		c.Disc(px, py, 3, 3, orange)
	}
	return r.Y + r.H
}

// caps are the names of keys on caps.
var caps = map[string]string{
	"ArrowLeft": "←", "ArrowRight": "→", "ArrowUp": "↑", "ArrowDown": "↓", "Space": "Space", "ShiftLeft": "Shift", "MouseLeft": "click", "MouseRight": "right click",
}

// capOf returns what is written on a key.
func capOf(key string) string {
	if name, ok := caps[key]; ok {
		return name
	}
	return strings.TrimPrefix(strings.TrimPrefix(key, "Key"), "Digit")
}

// drawKeyMap shows the scene's keys; those that are held light up. It returns where it ends.
func (u *UI) drawKeyMap(r Rect) float64 {
	x, y := r.X, r.Y
	groups := grouped(u.view.Scene.Bindings)
	if crafts := u.view.Scene.Crafts; len(crafts) > 0 {
		groups = append(groups, craftGroup(crafts))
	}
	for _, group := range groups {
		width := u.canvas.Width(group.label, small) + 14
		for _, k := range group.keys {
			width += u.keyWidth(k.cap) + 3
		}
		if x > r.X && x+width > r.X+r.W {
			x, y = r.X, y+30
		}
		if y+26 > r.Y+r.H {
			return y
		}
		for _, k := range group.keys {
			x = u.drawKey(x, y, k.cap, k.down(u)) + 3
		}
		u.canvas.Text(x+3, y+4, group.label, small, soft)
		x += u.canvas.Width(group.label, small) + 14
	}
	return y + 30
}

// capped is a key of the map.
type capped struct {
	cap, intent string
}

// down says whether the key does something now: by hand, or because who acts does the same.
func (k capped) down(u *UI) bool {
	for _, intent := range strings.Split(k.intent, "|") {
		if slices.Contains(u.sent.Held, intent) || slices.Contains(strings.Split(u.view.Action, ", "), intent) {
			return true
		}
	}
	return false
}

// keyGroup is keys with one label.
type keyGroup struct {
	label string
	keys  []capped
}

// grouped puts keys of one label together; many of them, such as slots, become a range.
func grouped(bindings []wire.Binding) []keyGroup {
	var groups []keyGroup
	for _, b := range bindings {
		k := capped{capOf(b.Keys[0]), b.Intent}
		i := slices.IndexFunc(groups, func(g keyGroup) bool { return g.label == b.Label })
		if i < 0 {
			groups = append(groups, keyGroup{label: b.Label, keys: []capped{k}})
			continue
		}
		groups[i].keys = append(groups[i].keys, k)
	}
	for i, g := range groups {
		if n := len(g.keys); n > 4 {
			all := make([]string, n)
			for j, k := range g.keys {
				all[j] = k.intent
			}
			groups[i].keys = []capped{{g.keys[0].cap + "–" + g.keys[n-1].cap, strings.Join(all, "|")}}
		}
	}
	return groups
}

func (u *UI) keyWidth(s string) float64 { return max(u.canvas.Width(s, small)+14, 26) }

// drawKey draws a cap and returns where it ends.
func (u *UI) drawKey(x, y float64, s string, down bool) float64 {
	r := Rect{x, y, u.keyWidth(s), 24}
	fill, c := raised, ink
	if down {
		fill, c = sky, night
	}
	u.canvas.Fill(Rect{r.X, r.Y + 2, r.W, r.H}, 5, edge)
	u.canvas.Fill(r, 5, fill)
	if arrow, ok := map[string][2]float64{"←": {-1, 0}, "→": {1, 0}, "↑": {0, -1}, "↓": {0, 1}}[s]; ok {
		mx, my := r.X+r.W/2, r.Y+r.H/2
		dx, dy := arrow[0]*5, arrow[1]*5
		u.canvas.Shape([]float64{mx + dx, my + dy, mx - dx - dy, my - dy + dx, mx - dx + dy, my - dy - dx}, c)
	} else {
		u.centered(r.X, r.W, r.Y+4, s, small, c)
	}
	return r.X + r.W
}

// drawHints names a few of the viewer's own keys.
func (u *UI) drawHints(r Rect) {
	hints := [][2]string{{"P", "pause"}, {", .", "frame by frame"}, {"V", "view"}, {"G", "agent or hands"}, {"N", "next seed"}, {"M", "scenes"}, {"T", "say what to see"}, {"X", "save"}, {"?", "help"}}
	if len(u.view.Scene.Bindings) == 0 {
		hints = slices.DeleteFunc(hints, func(h [2]string) bool { return h[0] == "G" }) // nobody acts here
	}
	c := u.canvas
	y := r.Y
	if r.H > 40 {
		c.Text(r.X, y, "VIEWER", label, faint)
		y += 20
	}
	for _, h := range hints {
		if y+20 > r.Y+r.H {
			return
		}
		c.Text(r.X, y, h[0], Font{12, Mono}, ink)
		c.Text(r.X+34, y, h[1], small, soft)
		y += 20
	}
}
