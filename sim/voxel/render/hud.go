package render

import "somnium/sim/voxel/item"

// The colours of what is drawn flat.
const (
	slotColor     color = 0x4a4a50
	frameColor    color = 0x26262a
	selectedColor color = 0xf4f4f4
	crossColor    color = 0xf0f0f0
	healthColor   color = 0xd83030
	foodColor     color = 0xc88a40
	emptyColor    color = 0x3a2c2c
	countColor    color = 0xffffff
)

// maxGauge is full health, and full food.
const maxGauge = 20

// drawHud draws the crosshair and the hotbar.
func (r *Renderer) drawHud(rgb []uint8, hud *Hud) {
	dot := r.unit()
	if hud.Crosshair {
		i, j := r.options.Height/2, r.options.Width/2
		r.fillRect(rgb, i-2*dot, j-dot/2, i+3*dot, j-dot/2+max(dot/2, 1), crossColor)
		r.fillRect(rgb, i-dot/2, j-2*dot, i-dot/2+max(dot/2, 1), j+3*dot, crossColor)
	}
	if hud.Hotbar {
		r.drawHotbar(rgb, hud, dot)
	}
}

// drawHotbar draws the slots along the lower edge, and health and food above.
func (r *Renderer) drawHotbar(rgb []uint8, hud *Hud, dot int) {
	pitch := min(7*dot, (r.options.Width-1)/HotbarSlots)
	left, top := (r.options.Width-HotbarSlots*pitch)/2, r.options.Height-pitch-1
	edge := max(dot/2, 1)
	r.fillRect(rgb, top-edge, left-edge, r.options.Height, left+HotbarSlots*pitch+edge, frameColor)
	for i, slot := range hud.Slots {
		at := left + i*pitch
		if i == hud.Selected {
			r.fillRect(rgb, top-edge, at-edge, top+pitch, at+pitch, selectedColor)
		}
		r.fillRect(rgb, top, at, top+pitch-edge, at+pitch-edge, slotColor)
		if slot.Item != item.None && slot.Count > 0 {
			r.drawIcon(rgb, slot.Item, top+edge, at+edge, pitch-3*edge, brightest)
			r.drawCount(rgb, slot.Count, top+pitch-edge, at+pitch-edge)
		}
	}
	half := HotbarSlots * pitch / 2
	r.drawGauge(rgb, hud.Health, top-edge-2*dot, left, half-dot, dot, healthColor)
	r.drawGauge(rgb, hud.Food, top-edge-2*dot, left+half+dot, half-dot, dot, foodColor)
}

// drawGauge draws a bar that is full at maxGauge.
func (r *Renderer) drawGauge(rgb []uint8, value, top, left, width, dot int, c color) {
	full := width * min(max(value, 0), maxGauge) / maxGauge
	r.fillRect(rgb, top, left, top+dot, left+full, c)
	r.fillRect(rgb, top, left+full, top+dot, left+width, emptyColor)
}

// digits are the figures in 3 x 5, a row in three bits.
var digits = [10][5]uint8{
	{7, 5, 5, 5, 7}, {2, 6, 2, 2, 7}, {7, 1, 7, 4, 7}, {7, 1, 3, 1, 7}, {5, 5, 7, 1, 1},
	{7, 4, 7, 1, 7}, {7, 4, 7, 5, 7}, {7, 1, 1, 2, 2}, {7, 5, 7, 5, 7}, {7, 5, 7, 1, 7},
}

// drawCount writes a number of two or more to the left of a corner, where pictures are large enough to read it.
func (r *Renderer) drawCount(rgb []uint8, count, bottom, right int) {
	size := r.unit() / 3
	if size == 0 || count < 2 {
		return
	}
	for ; count > 0; count /= 10 {
		right -= 4 * size
		for v, row := range digits[count%10] {
			for u := range 3 {
				if row>>(2-u)&1 != 0 {
					r.fillRect(rgb, bottom-(5-v)*size, right+u*size, bottom-(4-v)*size, right+(u+1)*size, countColor)
				}
			}
		}
	}
}
