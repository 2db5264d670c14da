package raster

import "math"

// Point is a place in pixels.
type Point struct{ X, Y float64 }

// edge is a side of a polygon: the corner that it starts at, its direction and length, and its outward normal.
type edge struct {
	from         Point
	along, out   Point
	length, base float64 // base is out times from
}

// Polygon draws a filled convex polygon with the given corners, in either order around it. Fewer than three corners, or
// corners on one line, draw nothing.
func (c *Canvas) Polygon(corners []Point, color Color) {
	if !c.outline(corners) {
		return
	}
	low, high := corners[0], corners[0]
	for _, p := range corners[1:] {
		low = Point{min(low.X, p.X), min(low.Y, p.Y)}
		high = Point{max(high.X, p.X), max(high.Y, p.Y)}
	}
	reachX, reachY := (high.X-low.X)/2+0.5, (high.Y-low.Y)/2+0.5
	area := c.touch(around((low.X+high.X)/2, (low.Y+high.Y)/2, reachX, reachY))
	ink := c.ink(color)
	for i := area.top; i < area.bottom; i++ {
		y := float64(i) + 0.5
		from, to := c.within(y, 0.5, area)
		if from >= to {
			continue
		}
		row := c.row(i)
		solid, end := c.within(y, -0.5, area)
		if solid < end {
			copy(row[3*solid:3*end], ink)
		} else {
			solid, end = to, to
		}
		c.polygonEdge(row, from, solid, y, color)
		c.polygonEdge(row, end, to, y, color)
	}
}

// outline fills c.edges with the polygon's sides, and says whether they enclose anything.
func (c *Canvas) outline(corners []Point) bool {
	c.edges = c.edges[:0]
	if len(corners) < 3 {
		return false
	}
	twice := 0.0 // the enclosed area, negative where the corners go the other way round
	last := corners[len(corners)-1]
	for _, p := range corners {
		twice += last.X*p.Y - p.X*last.Y
		last = p
	}
	side := math.Copysign(1, twice)
	last = corners[len(corners)-1]
	for _, p := range corners {
		length := math.Hypot(p.X-last.X, p.Y-last.Y)
		if length > 0 {
			along := Point{(p.X - last.X) / length, (p.Y - last.Y) / length}
			out := Point{side * along.Y, -side * along.X}
			c.edges = append(c.edges, edge{from: last, along: along, out: out, length: length, base: out.X*last.X + out.Y*last.Y})
		}
		last = p
	}
	return math.Abs(twice) > 1e-9
}

// within returns the columns from <= j < to of area at whose centres the row at height y lies inside every side moved
// outward by grow.
func (c *Canvas) within(y, grow float64, area rectangle) (from, to int) {
	low, high := float64(area.left)+0.5, float64(area.right)-0.5
	for i := range c.edges {
		e := &c.edges[i]
		rest := e.base + grow - e.out.Y*y // out.X * x may be no more than this
		switch {
		case math.Abs(e.out.X) < 1e-12 && rest < 0:
			return 0, 0
		case e.out.X >= 1e-12:
			high = min(high, rest/e.out.X)
		case e.out.X <= -1e-12:
			low = max(low, rest/e.out.X)
		}
	}
	if low > high {
		return 0, 0
	}
	return int(math.Ceil(low - 0.5)), int(math.Floor(high-0.5)) + 1
}

// polygonEdge blends the pixels from <= j < to of the row at height y.
func (c *Canvas) polygonEdge(row []uint8, from, to int, y float64, color Color) {
	for j := from; j < to; j++ {
		blend(row[3*j:3*j+3], color, min(0.5-c.distance(float64(j)+0.5, y), 1))
	}
}

// distance returns the signed distance of (x, y) to the outline of the polygon: that to its nearest side within, that to
// its nearest point without.
func (c *Canvas) distance(x, y float64) float64 {
	inside, outside := math.Inf(-1), math.Inf(1)
	for i := range c.edges {
		e := &c.edges[i]
		d := e.out.X*x + e.out.Y*y - e.base
		inside = max(inside, d)
		if d <= 0 {
			continue
		}
		t := min(max((x-e.from.X)*e.along.X+(y-e.from.Y)*e.along.Y, 0), e.length)
		outside = min(outside, math.Hypot(x-e.from.X-t*e.along.X, y-e.from.Y-t*e.along.Y))
	}
	if inside <= 0 {
		return inside
	}
	return outside
}
