package raster

import "math"

// Disc draws a filled circle of radius r around (x, y).
func (c *Canvas) Disc(x, y, r float64, color Color) {
	outer, inner := r+0.5, r-0.5
	area := c.touch(around(x, y, outer, outer))
	ink := c.ink(color)
	for i := area.top; i < area.bottom; i++ {
		dy := float64(i) + 0.5 - y
		from, to := c.chord(x, outer*outer-dy*dy)
		if from >= to {
			continue
		}
		row := c.row(i)
		solid, end := to, to
		if rest := inner*inner - dy*dy; inner > 0 && rest > 0 {
			solid, end = c.chord(x, rest)
			if solid < end {
				copy(row[3*solid:3*end], ink)
			} else {
				solid, end = to, to
			}
		}
		discEdge(row, from, solid, x, dy, outer, color)
		discEdge(row, end, to, x, dy, outer, color)
	}
}

// discEdge blends the pixels from <= j < to of a row at height dy off a disc's centre; outer is the radius plus one half.
func discEdge(row []uint8, from, to int, x, dy, outer float64, color Color) {
	for j := from; j < to; j++ {
		dx := float64(j) + 0.5 - x
		blend(row[3*j:3*j+3], color, min(outer-math.Sqrt(dx*dx+dy*dy), 1))
	}
}

// Ring draws what lies between the radii inner and outer around (x, y).
func (c *Canvas) Ring(x, y, inner, outer float64, color Color) {
	far, near := outer+0.5, inner-0.5
	area := c.touch(around(x, y, far, far))
	middle, half := (outer+inner)/2, (outer-inner)/2
	for i := area.top; i < area.bottom; i++ {
		dy := float64(i) + 0.5 - y
		from, to := c.chord(x, far*far-dy*dy)
		if from >= to {
			continue
		}
		hole, end := to, to
		if rest := near*near - dy*dy; near > 0 && rest > 0 {
			if a, b := c.chord(x, rest); a < b {
				hole, end = a, b
			}
		}
		ringEdge(c.row(i), from, hole, x, dy, middle, half+0.5, color)
		ringEdge(c.row(i), end, to, x, dy, middle, half+0.5, color)
	}
}

// ringEdge blends the pixels from <= j < to of a row through a ring; half is half the ring's breadth plus one half.
func ringEdge(row []uint8, from, to int, x, dy, middle, half float64, color Color) {
	for j := from; j < to; j++ {
		dx := float64(j) + 0.5 - x
		blend(row[3*j:3*j+3], color, min(half-math.Abs(math.Sqrt(dx*dx+dy*dy)-middle), 1))
	}
}

// Box draws a filled rectangle around (x, y) that reaches halfWidth and halfHeight along its own axes, which are turned
// by angle radians, counter-clockwise as seen.
func (c *Canvas) Box(x, y, halfWidth, halfHeight, angle float64, color Color) {
	sin, cos := math.Sincos(angle)
	reachX := math.Abs(cos)*(halfWidth+0.5) + math.Abs(sin)*(halfHeight+0.5)
	reachY := math.Abs(sin)*(halfWidth+0.5) + math.Abs(cos)*(halfHeight+0.5)
	area := c.touch(around(x, y, reachX, reachY))
	ink := c.ink(color)
	b := tilted{x: x, sin: sin, cos: cos, halfWidth: halfWidth, halfHeight: halfHeight}
	for i := area.top; i < area.bottom; i++ {
		b.up = y - (float64(i) + 0.5)
		from, to := b.span(0.5, area)
		if from >= to {
			continue
		}
		row := c.row(i)
		solid, end := b.span(-0.5, area)
		if solid < end {
			copy(row[3*solid:3*end], ink)
		} else {
			solid, end = to, to
		}
		b.edge(row, from, solid, color)
		b.edge(row, end, to, color)
	}
}

// tilted is a box around (x, .), seen from the row of pixels whose centres are up above its centre.
type tilted struct {
	x, up, sin, cos       float64
	halfWidth, halfHeight float64
}

// span returns the columns from <= j < to of area at whose centres the row is within the box made larger by grow on every
// side. At the distance dx from x, the place on the box's axes is (sin*up + cos*dx, cos*up - sin*dx).
func (b *tilted) span(grow float64, area rectangle) (from, to int) {
	low, high := slab(b.sin*b.up, b.cos, b.halfWidth+grow)
	low2, high2 := slab(b.cos*b.up, -b.sin, b.halfHeight+grow)
	low, high = max(low, low2), min(high, high2)
	if low > high {
		return 0, 0
	}
	from = int(math.Ceil(max(b.x+low-0.5, float64(area.left))))
	to = int(math.Floor(min(b.x+high-0.5, float64(area.right-1)))) + 1
	return from, to
}

// edge blends the pixels from <= j < to of the row.
func (b *tilted) edge(row []uint8, from, to int, color Color) {
	for j := from; j < to; j++ {
		dx := float64(j) + 0.5 - b.x
		d := boxDistance(b.sin*b.up+b.cos*dx, b.cos*b.up-b.sin*dx, b.halfWidth, b.halfHeight)
		blend(row[3*j:3*j+3], color, min(0.5-d, 1))
	}
}

// boxDistance returns the signed distance of (u, v) to the outline of a box around the origin.
func boxDistance(u, v, halfWidth, halfHeight float64) float64 {
	du, dv := math.Abs(u)-halfWidth, math.Abs(v)-halfHeight
	if du > 0 && dv > 0 {
		return math.Sqrt(du*du + dv*dv)
	}
	return max(du, dv)
}

// slab returns the interval of t in which |a + b*t| <= h; it is empty where low > high.
func slab(a, b, h float64) (low, high float64) {
	switch {
	case h < 0, math.Abs(b) < 1e-12 && math.Abs(a) > h:
		return math.Inf(1), math.Inf(-1)
	case math.Abs(b) < 1e-12:
		return math.Inf(-1), math.Inf(1)
	case b < 0:
		a, b = -a, -b
	}
	return (-h - a) / b, (h - a) / b
}

// chord returns the columns from <= j < to whose centres lie within the square root of rest of x.
func (c *Canvas) chord(x, rest float64) (from, to int) {
	if rest <= 0 {
		return 0, 0
	}
	half := math.Sqrt(rest)
	from = int(math.Ceil(max(x-half-0.5, 0)))
	to = int(math.Floor(min(x+half-0.5, float64(c.Width-1)))) + 1
	return from, to
}

// around returns the pixels whose centres may lie within reachX and reachY of (x, y).
func around(x, y, reachX, reachY float64) rectangle {
	return rectangle{
		top: pixel(y - reachY - 0.5), bottom: pixel(y+reachY-0.5) + 2,
		left: pixel(x - reachX - 0.5), right: pixel(x+reachX-0.5) + 2,
	}
}

// pixel rounds down, and keeps what flew far off from overflowing an int.
func pixel(x float64) int { return int(math.Floor(min(max(x, -1<<20), 1<<20))) }
