package game

import (
	"math"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/grid"
)

// Hit is what a ray meets.
type Hit struct {
	// Cell is the block, Kind its kind: Air where the ray meets none.
	Cell Cell
	Kind block.Kind
	// Face points out of the face through which the ray enters; it is 0 where the ray starts within the block.
	Face Cell
	// Distance is in 1/65536 of a block.
	Distance int
}

// axis is one axis of a ray's way through the blocks (Amanatides and Woo, 1987).
type axis struct {
	cell, step int
	// next is the ray's length at the next wall, each what it grows by from wall to wall.
	next, each int64
}

// newAxis starts at a coordinate in a direction in 1/2^30.
func newAxis(from, direction int) axis {
	a := axis{cell: fixed.Block(from), next: math.MaxInt64 / 2, each: math.MaxInt64 / 4}
	into := int64(from - a.cell*fixed.One)
	switch {
	case direction > 0:
		a.step, a.each = 1, fixed.One*fixed.Unit/int64(direction)
		a.next = (fixed.One - into) * fixed.Unit / int64(direction)
	case direction < 0:
		a.step, a.each = -1, fixed.One*fixed.Unit/int64(-direction)
		a.next = into * fixed.Unit / int64(-direction)
	}
	return a
}

// Cast follows a ray from a place along a unit vector in 1/2^30, to the first block that stops it or to the reach, in
// 1/65536 of a block. Air must stop nothing.
func Cast(g *grid.Grid, from, along Vec, reach int, stops func(block.Kind) bool) Hit {
	x, y, z := newAxis(from.X, along.X), newAxis(from.Y, along.Y), newAxis(from.Z, along.Z)
	chunk := g.Chunk(x.cell>>4, z.cell>>4)
	length, crossed := int64(0), Cell{}
	for {
		k := block.Air
		if uint(y.cell) < grid.Height {
			k = chunk.Blocks[grid.Index(x.cell&15, y.cell, z.cell&15)]
		} else if k = g.At(x.cell, y.cell, z.cell); y.cell > 0 && y.step >= 0 {
			return Hit{Distance: reach} // there is nothing above
		}
		if k != block.Air && stops(k) {
			return Hit{Cell: Cell{x.cell, y.cell, z.cell}, Kind: k, Face: crossed, Distance: int(length)}
		}
		switch {
		case x.next <= y.next && x.next <= z.next:
			length, crossed = x.next, Cell{X: -x.step}
			x.cell, x.next = x.cell+x.step, x.next+x.each
		case y.next <= z.next:
			length, crossed = y.next, Cell{Y: -y.step}
			y.cell, y.next = y.cell+y.step, y.next+y.each
		default:
			length, crossed = z.next, Cell{Z: -z.step}
			z.cell, z.next = z.cell+z.step, z.next+z.each
		}
		if length > int64(reach) {
			return Hit{Distance: reach}
		}
		if x.cell>>4 != chunk.X || z.cell>>4 != chunk.Z {
			chunk = g.Chunk(x.cell>>4, z.cell>>4)
		}
	}
}

// Touchable says whether a kind can be dug at: anything but air and liquids.
func Touchable(k block.Kind) bool { return k != block.Air && !k.Liquid() }

// direction returns the unit vector of v in 1/2^30, and v's length.
func direction(v Vec) (unit Vec, length int) {
	length = max(v.Length(), 1)
	scale := func(x int) int { return int(int64(x) * fixed.Unit / int64(length)) }
	return Vec{scale(v.X), scale(v.Y), scale(v.Z)}, length
}

// Sees says whether no opaque block lies between two places.
func Sees(g *grid.Grid, from, to Vec) bool {
	along, length := direction(to.Sub(from))
	return Cast(g, from, along, length, block.Kind.Opaque).Kind == block.Air
}

// meets returns how far along a ray it enters the body, and whether it does.
func (b *Body) meets(from, along Vec) (distance int, ok bool) {
	near, far := int64(0), int64(math.MaxInt64)
	for _, a := range [3]struct{ from, along, low, high int }{
		{from.X, along.X, b.Pos.X - b.Half, b.Pos.X + b.Half},
		{from.Y, along.Y, b.Pos.Y, b.Pos.Y + b.Tall},
		{from.Z, along.Z, b.Pos.Z - b.Half, b.Pos.Z + b.Half},
	} {
		if a.along == 0 {
			if a.from < a.low || a.from >= a.high {
				return 0, false
			}
			continue
		}
		t0 := int64(a.low-a.from) * fixed.Unit / int64(a.along)
		t1 := int64(a.high-a.from) * fixed.Unit / int64(a.along)
		near, far = max(near, min(t0, t1)), min(far, max(t0, t1))
	}
	return int(near), near <= far
}

// MetBy says whether a ray from a place along a unit vector in 1/2^30 meets the body, however far off.
func (b *Body) MetBy(from, along Vec) bool {
	_, ok := b.meets(from, along)
	return ok
}

// Points returns places all over the body, just within its box: what is seen of them is what is seen of the body.
func (b *Body) Points() (points [27]Vec) {
	n := 0
	for _, y := range [3]int{b.Tall / 16, b.Tall / 2, b.Tall * 15 / 16} {
		for z := -1; z <= 1; z++ {
			for x := -1; x <= 1; x++ {
				points[n] = b.Pos.Add(Vec{x * b.Half * 7 / 8, y, z * b.Half * 7 / 8})
				n++
			}
		}
	}
	return points
}

// Pointed says whether the crosshair is on a creature within a reach, with nothing opaque before it.
func (w *World) Pointed(c *Creature, reach int) bool {
	from, along := w.Player.Eye(), w.Player.Look()
	distance, ok := c.meets(from, along)
	return ok && distance <= reach && Cast(w.Grid, from, along, distance, block.Kind.Opaque).Kind == block.Air
}
