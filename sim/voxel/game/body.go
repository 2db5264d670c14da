package game

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/grid"
)

// Vec is a place, a velocity a tick or an extent, in 1/65536 of a block.
type Vec struct{ X, Y, Z int }

// Add returns the sum.
func (v Vec) Add(o Vec) Vec { return Vec{v.X + o.X, v.Y + o.Y, v.Z + o.Z} }

// Sub returns the difference.
func (v Vec) Sub(o Vec) Vec { return Vec{v.X - o.X, v.Y - o.Y, v.Z - o.Z} }

// Cell returns the block that the place lies in.
func (v Vec) Cell() Cell { return Cell{fixed.Block(v.X), fixed.Block(v.Y), fixed.Block(v.Z)} }

// Level returns the length of the part along the ground.
func (v Vec) Level() int { return fixed.Root(v.X*v.X + v.Z*v.Z) }

// Length returns the length.
func (v Vec) Length() int { return fixed.Root(v.X*v.X + v.Y*v.Y + v.Z*v.Z) }

// Cell is the place of a block.
type Cell struct{ X, Y, Z int }

// Add returns the cell a few blocks away.
func (c Cell) Add(o Cell) Cell { return Cell{c.X + o.X, c.Y + o.Y, c.Z + o.Z} }

// Middle returns the middle of the cell's floor.
func (c Cell) Middle() Vec {
	return Vec{c.X*fixed.One + fixed.One/2, c.Y * fixed.One, c.Z*fixed.One + fixed.One/2}
}

// Body is an upright box that blocks stop.
type Body struct {
	// Pos is the middle of the box's floor, Vel its velocity a tick.
	Pos, Vel Vec
	// Half is half the width, Tall the height.
	Half, Tall int
	// OnGround, InLiquid and Bumped (against something on a side) are as of the last move. Peak is where the fall began.
	OnGround, InLiquid, Bumped bool
	Peak                       int
}

// spanning returns the blocks from that of low to that of the last place before high.
func spanning(low, high int) (first, last int) { return fixed.Block(low), fixed.Block(high - 1) }

// Overlaps says whether the body and the block's cell have anything in common.
func (b *Body) Overlaps(c Cell) bool {
	x0, x1 := spanning(b.Pos.X-b.Half, b.Pos.X+b.Half)
	y0, y1 := spanning(b.Pos.Y, b.Pos.Y+b.Tall)
	z0, z1 := spanning(b.Pos.Z-b.Half, b.Pos.Z+b.Half)
	return x0 <= c.X && c.X <= x1 && y0 <= c.Y && c.Y <= y1 && z0 <= c.Z && c.Z <= z1
}

// Free says whether no solid block reaches into the body.
func (b *Body) Free(g *grid.Grid) bool {
	x0, x1 := spanning(b.Pos.X-b.Half, b.Pos.X+b.Half)
	y0, y1 := spanning(b.Pos.Y, b.Pos.Y+b.Tall)
	z0, z1 := spanning(b.Pos.Z-b.Half, b.Pos.Z+b.Half)
	return !solidIn(g, x0, x1, y0, y1, z0, z1)
}

// solidIn says whether any block of the range, ends included, is solid.
func solidIn(g *grid.Grid, x0, x1, y0, y1, z0, z1 int) bool {
	for z := z0; z <= z1; z++ {
		for x := x0; x <= x1; x++ {
			for y := y0; y <= y1; y++ {
				if g.At(x, y, z).Solid() {
					return true
				}
			}
		}
	}
	return false
}

// Move sweeps the body along its velocity, first up or down, then along x and z, up to where blocks stop it, and takes the
// velocity along a stopped axis away.
func (b *Body) Move(g *grid.Grid) {
	wanted := b.Vel
	b.Pos.Y += b.sweepY(g, wanted.Y)
	b.OnGround = false
	before := b.Pos
	b.Pos.X += b.sweepX(g, wanted.X)
	movedX := b.Pos.X - before.X
	b.Pos.Z += b.sweepZ(g, wanted.Z)
	movedZ := b.Pos.Z - before.Z
	b.Bumped = movedX != wanted.X || movedZ != wanted.Z
	if movedX != wanted.X {
		b.Vel.X = 0
	}
	if movedZ != wanted.Z {
		b.Vel.Z = 0
	}
	b.OnGround = wanted.Y <= 0 && b.onFloor(g)
	if b.OnGround || wanted.Y > 0 && b.sweepY(g, 1) == 0 {
		b.Vel.Y = 0
	}
}

// onFloor says whether something solid is right under the body.
func (b *Body) onFloor(g *grid.Grid) bool { return b.sweepY(g, -1) == 0 }

// sweepY returns how far of d the body can go up or down.
func (b *Body) sweepY(g *grid.Grid, d int) int {
	x0, x1 := spanning(b.Pos.X-b.Half, b.Pos.X+b.Half)
	z0, z1 := spanning(b.Pos.Z-b.Half, b.Pos.Z+b.Half)
	if d > 0 {
		edge := b.Pos.Y + b.Tall
		for y := fixed.Block(edge-1) + 1; y <= fixed.Block(edge+d-1); y++ {
			if solidIn(g, x0, x1, y, y, z0, z1) {
				return y*fixed.One - edge
			}
		}
		return d
	}
	for y := fixed.Block(b.Pos.Y) - 1; y >= fixed.Block(b.Pos.Y+d); y-- {
		if solidIn(g, x0, x1, y, y, z0, z1) {
			return (y+1)*fixed.One - b.Pos.Y
		}
	}
	return d
}

// sweepX returns how far of d the body can go along x.
func (b *Body) sweepX(g *grid.Grid, d int) int {
	y0, y1 := spanning(b.Pos.Y, b.Pos.Y+b.Tall)
	z0, z1 := spanning(b.Pos.Z-b.Half, b.Pos.Z+b.Half)
	return sweep(b.Pos.X, b.Half, d, func(x int) bool { return solidIn(g, x, x, y0, y1, z0, z1) })
}

// sweepZ returns how far of d the body can go along z.
func (b *Body) sweepZ(g *grid.Grid, d int) int {
	y0, y1 := spanning(b.Pos.Y, b.Pos.Y+b.Tall)
	x0, x1 := spanning(b.Pos.X-b.Half, b.Pos.X+b.Half)
	return sweep(b.Pos.Z, b.Half, d, func(z int) bool { return solidIn(g, x0, x1, y0, y1, z, z) })
}

// sweep returns how far of d the interval of half the width around the middle can go, given which layers stop it.
func sweep(middle, half, d int, stops func(layer int) bool) int {
	if d >= 0 {
		edge := middle + half
		for layer := fixed.Block(edge-1) + 1; layer <= fixed.Block(edge+d-1); layer++ {
			if stops(layer) {
				return layer*fixed.One - edge
			}
		}
		return d
	}
	edge := middle - half
	for layer := fixed.Block(edge) - 1; layer >= fixed.Block(edge+d); layer-- {
		if stops(layer) {
			return (layer+1)*fixed.One - edge
		}
	}
	return d
}

// medium returns what the body is in at its knees: a liquid, or air.
func (b *Body) medium(g *grid.Grid) block.Kind {
	k := g.At(fixed.Block(b.Pos.X), fixed.Block(b.Pos.Y+b.Tall/4), fixed.Block(b.Pos.Z))
	if k.Liquid() {
		return k
	}
	return block.Air
}
