package render

import (
	"math/bits"

	"somnium/sim/voxel/grid"
)

// A ray glides from layer to layer along its main axis m, and looks at all cells of a layer at once: those between where it
// comes in and where it goes out, along y and along the third axis u. Its place is one number: u in 1/2^spotBits of a block
// times 2^32, plus y in the same. It is rounded, and u and y are known to lie within doubt above what it says: where that
// spans two cells, the exact trace takes over.
const (
	spotBits = 23
	spotCell = 1 << spotBits
	doubt    = 1 << 9
	// cellBits are those of a place that say in which cell it lies.
	cellBits = 0xff<<spotBits | 0xff<<(spotBits+32)
)

// spot is where a ray is.
type spot int64

// u and y return the cell that a place lies in.
func (s spot) u() int { return int(s >> (32 + spotBits)) }
func (s spot) y() int { return int(s>>spotBits) & 0xff }

// unsure says whether a place may lie in either of two cells.
func (s spot) unsure() bool { return (s+(doubt<<32|doubt)^s)&cellBits != 0 }

// lane is how far apart cells are in the columns, and in their squares of 4 x 4, along the axes m and u.
type lane struct{ mStride, uStride, mFour, uFour int }

// glider follows rays of a beam on their own: those along x or z with u as the third axis, those along y with x in the place of
// u and z in that of y.
type glider struct {
	t      *tracer
	b      beam
	eye    spot  // where the eye is
	nearer int64 // how far the layer's two faces are from the eye; the eye is where nearer is 0
	beyond int64
	row    int // the place in the columns of the layer
	first  int // the number of layers between the eye's and the beam's
	lane
	stride int // mStride the way that the rays go
	fours  []uint64

	// Of the present ray: its direction, its layer and how many it may yet cross, the columns that stop it, the place in them of
	// the column where it comes in, where it comes in and goes out, and what it moves by in a layer.
	dm, du, dy  int64
	layer, left int
	cells       []uint64
	at          int
	in, out     spot
	step        spot
	uStep       int64
	yStep       int64
	through     hit
}

// board readies a glider for a beam, which must have come to its layer.
func (g *glider) board(t *tracer, b *beam) {
	g.t, g.b, g.nearer, g.beyond = t, *b, 0, 0
	if b.axis == noAxis {
		return
	}
	u, y := axisX+axisZ-b.axis, axisY
	if b.axis == axisY {
		u, y = axisX, axisZ
	} else {
		g.lane = t.lanes[b.axis]
		g.row = b.layer * g.mStride
		g.fours = t.region.anyFour
	}
	g.eye = spot(t.origin[coordinate[u]]<<(spotBits-placeBits)-doubt/2)<<32 + spot(t.origin[coordinate[y]]<<(spotBits-placeBits)-doubt/2)
}

// shoot follows the ray of one pixel of a beam to what it shows.
func (g *glider) shoot(i, j int) hit {
	dx, dy, dz := g.t.ray(i, j)
	switch g.b.axis {
	case axisX:
		g.dm, g.du, g.dy = dx, dz, dy
	case axisZ:
		g.dm, g.du, g.dy = dz, dx, dy
	case axisY:
		g.dm, g.du, g.dy = dy, dx, dz
	default:
		return g.t.alone(i, j, dx, dy, dz)
	}
	g.start()
	if uint(g.in.u()-1) >= uint(g.t.region.side) || g.in.unsure() {
		return g.exact()
	}
	if g.b.axis == axisY {
		return g.plunge()
	}
	return g.glide()
}

// alone follows a ray of a beam that has no axis, along its own.
func (t *tracer) alone(i, j int, dx, dy, dz int64) hit {
	b := beam{i, j, i, j, axisX, 0, t.from}
	if abs(dz) > abs(dx) {
		b.axis = axisZ
	}
	if abs(dy) > max(abs(dx), abs(dz)) {
		b.axis = axisY
	}
	b.layer = t.eyeLayer[b.axis]
	var g glider
	g.board(t, &b)
	return g.shoot(i, j)
}

// aim works out the way to the beam's layer, by the present ray: all go the same way along the beam's axis.
func (g *glider) aim() {
	t, b := g.t, &g.b
	eye := t.eyeLayer[b.axis]
	g.beyond = ahead(eye, t.origin[coordinate[b.axis]], g.dm)
	g.first, g.stride = b.layer-eye, g.mStride
	if g.dm < 0 {
		g.first, g.stride = -g.first, -g.stride
	}
	if g.first > 0 {
		g.nearer = g.beyond + int64(g.first-1)<<placeBits
		g.beyond = g.nearer + cell
	}
}

// start puts the present ray where it comes into the beam's layer.
func (g *glider) start() {
	if g.beyond == 0 {
		g.aim()
	}
	per := spotCell / float64(abs(g.dm))
	g.uStep, g.yStep = int64(float64(g.du)*per), int64(float64(g.dy)*per)
	g.step = spot(g.uStep)<<32 + spot(g.yStep)
	g.in = g.eye + spot(g.nearer*g.uStep>>placeBits)<<32 + spot(g.nearer*g.yStep>>placeBits)
	g.out = g.eye + spot(g.beyond*g.uStep>>placeBits)<<32 + spot(g.beyond*g.yStep>>placeBits)
	g.layer, g.left, g.cells, g.through = g.b.layer, g.t.distance-g.first, g.t.stops(g.b.through), g.b.through
}

// glide follows a ray along x or z.
func (g *glider) glide() hit {
	g.at = g.layer*g.mStride + g.in.u()*g.uStride
	top := g.t.region.top
	if g.yStep < 0 {
		top = grid.Height
	}
	// Steep rays may cross several cells of a layer, and are looked at in every one.
	steep := abs(g.uStep) > spotCell || abs(g.yStep) > spotCell
	// The first few layers one by one, then fours where they begin.
	budget := 8 - g.phase()
	for {
		if !steep && g.skip(top, budget) {
			g.leap(top)
			budget = 4
			continue
		}
		if g.left < 0 {
			return 0
		}
		if found, ends := g.cross(); ends {
			return found
		}
		budget = 4 - g.phase()
	}
}

// phase returns how many layers of its four lie behind the present one: fours are those of a square of 4 x 4 columns in one.
func (g *glider) phase() int {
	if g.dm < 0 {
		return -g.layer & 3
	}
	return (g.layer + 3) & 3
}

// skip crosses layers below top, at most so many, as long as all cells on the way are surely clear; it says whether they were.
// The ray is not steep.
func (g *glider) skip(top, budget int) bool {
	if g.in.y() >= top {
		return false
	}
	cells, at, uStride, stride := g.cells, g.at, g.uStride, g.stride
	in, out, step := g.in, g.out, g.step
	budget = min(budget, g.left+1)
	left := budget
	for left > 0 {
		yd := out.y()
		other := at + (out.u()-in.u())*uStride
		if yd >= top || (cells[at]|cells[other])&(1<<(uint(in.y())&63)|1<<(uint(yd)&63)) != 0 || out.unsure() {
			break
		}
		at, in, out = other+stride, out, out+step
		left--
	}
	if crossed := budget - left; crossed > 0 {
		g.advance(crossed)
		g.at, g.in, g.out = at, in, out
	}
	return left == 0 && g.left >= 0
}

// leap crosses four layers at once, as often as the columns of whole squares are clear. The ray comes into the first layer of a
// four.
func (g *glider) leap(top int) {
	fours, step := g.fours, g.mFour
	if g.through&throughWater != 0 {
		fours = g.t.region.dryFour
	}
	if g.dm < 0 {
		step = -step
	}
	square, in, n := (g.layer+3)>>2*g.mFour, g.in, 0
	for ; g.left-n >= 4; n += 4 {
		out := in + 4*g.step
		a, b := (in.u()+3)>>2, (out.u()+3)>>2
		low, high := min(in.y(), out.y()), max(in.y(), out.y())
		mask := uint64(2)<<(uint(high)&63) - uint64(1)<<(uint(low)&63)
		if out.y() >= top || (fours[square+a*g.uFour]|fours[square+b*g.uFour])&mask != 0 || out.unsure() {
			break
		}
		in, square = out, square+step
	}
	if n > 0 {
		g.advance(n)
		g.at, g.in, g.out = g.layer*g.mStride+in.u()*g.uStride, in, in+g.step
	}
}

// advance counts layers.
func (g *glider) advance(layers int) {
	g.left -= layers
	if g.dm < 0 {
		layers = -layers
	}
	g.layer += layers
}

// cross takes a ray along x or z through one layer, and says what it shows if it ends there.
func (g *glider) cross() (found hit, ends bool) {
	t := g.t
	uc, ud, yc, yd := g.in.u(), g.out.u(), g.in.y(), g.out.y()
	if below := g.out<<32 < 0; g.out.unsure() || uint(ud-uc+1) > 2 || below || yc >= grid.Height && g.yStep < 0 {
		return g.exact(), true
	}
	low, high := min(yc, yd), max(yc, yd)
	if low >= t.region.top && g.yStep >= 0 {
		return 0, true
	}
	mask := 2<<uint(high) - uint64(1)<<uint(low)
	other := g.at + (ud-uc)*g.uStride
	here, there := g.cells[g.at]&mask, g.cells[other]&mask
	if here>>(uint(yc)&63)&1 != 0 {
		// Most rays that a layer stops are stopped by the first cell.
		if cx, cz := g.across(uc); t.meet(cx, yc, cz) == classCube {
			return g.face(byM) | hit(yc<<16|cz<<8|cx) | g.through, true
		}
	}
	for here|there != 0 {
		way, cu, cy := g.meets(here, there, 0)
		if way == nowhere {
			break
		}
		if way == astray {
			return g.exact(), true
		}
		cx, cz := g.across(cu)
		switch c := t.meet(cx, cy, cz); c {
		case classCube:
			return g.face(way) | hit(cy<<16|cz<<8|cx) | g.through, true
		case classWater:
			g.cells, g.through = t.region.dry, g.through|throughWater
			here, there = g.cells[g.at]&mask, g.cells[other]&mask
			continue
		default:
			if found, ends := g.pass(c, cx, cy, cz); ends {
				return found, true
			}
		}
		// It goes on behind this cell.
		if cu == uc {
			here &^= 1 << uint(cy)
		}
		if cu == ud {
			there &^= 1 << uint(cy)
		}
	}
	g.leave(other + g.stride)
	return 0, false
}

// across returns x and z of the cells at u in the present layer along x or z.
func (g *glider) across(u int) (x, z int) {
	if g.b.axis == axisZ {
		return u, g.layer
	}
	return g.layer, u
}

// pass comes to a cell that is no cube: it ends at the end of the view and where it touches something, and else goes on.
func (g *glider) pass(c class, cx, cy, cz int) (found hit, ends bool) {
	switch c {
	case classClear:
		return 0, true
	case classGlass:
		g.through |= throughGlass
	case classShape:
		dx, dy, dz := g.direction()
		if face := g.t.touch(cx, cy, cz, dx, dy, dz); face != 0 {
			return hit(face<<hitFaceShift|cy<<16|cz<<8|cx) | g.through, true
		}
	}
	return 0, false
}

// leave takes the ray out of a layer, into the column at a place of the next.
func (g *glider) leave(at int) {
	g.at, g.in, g.out = at, g.out, g.out+g.step
	g.advance(1)
}

// direction returns the direction of the present ray.
func (g *glider) direction() (dx, dy, dz int64) {
	switch g.b.axis {
	case axisX:
		return g.dm, g.dy, g.du
	case axisZ:
		return g.du, g.dy, g.dm
	}
	return g.du, g.dm, g.dy
}

// face returns the face by which the present ray comes into a cell, in its place in a hit.
func (g *glider) face(way int) hit {
	back := [3]uint64{uint64(g.dm) >> 63, uint64(g.du) >> 63, uint64(g.dy) >> 63}[way]
	return hit(wayFaces[g.b.axis][way][back]) << hitFaceShift
}

// wayFaces are, by the axis of a beam and the way into a cell, the faces that rays come in by that go along and that go back.
var wayFaces = [3][3][2]uint8{
	axisX: {{faceWest, faceEast}, {faceNorth, faceSouth}, {faceBottom, faceTop}},
	axisZ: {{faceNorth, faceSouth}, {faceWest, faceEast}, {faceBottom, faceTop}},
	axisY: {{faceBottom, faceTop}, {faceWest, faceEast}, {faceNorth, faceSouth}},
}

// exact goes on by the exact trace.
func (g *glider) exact() hit {
	axis := g.b.axis
	if g.layer == g.t.eyeLayer[axis] {
		axis = noAxis
	}
	dx, dy, dz := g.direction()
	return g.t.trace(dx, dy, dz, axis, g.layer, g.through)
}

// The ways in which a ray comes into a cell: by the face that is across the axis m, u or y; not at all; or nobody knows.
const (
	byM = iota
	byU
	byY
	nowhere
	astray
)

// meets returns the first cell on the way through a layer whose bit is set, here of those at the ray's u where it comes in, there
// of those where it goes out, and how the ray comes into it. Bits are numbered by y, the first by base. Where the ray crosses
// several cells along y, no bits may be set but between its ends.
func (g *glider) meets(here, there uint64, base int) (way, cu, cy int) {
	uc, ud, yc, yd := g.in.u(), g.out.u(), g.in.y()-base, g.out.y()-base
	if uint(yd-yc+1) > 2 {
		return g.meetsSteeply(here, yc)
	}
	// It goes through at most three cells: the one that it comes in by, the next along u or y, and that beyond both. The tables
	// are for these in turn, and for none of them: the ways in pairs of bits, and whether the cell is at ud and at yd.
	ways, atU, atY, middle := 0xd8, 0b100, 0b110, here>>uint(yd)
	uFirst := uc != ud
	if uFirst && yc != yd {
		uWay := remains(int64(g.in>>32), g.uStep) * abs(g.yStep)
		yWay := remains(int64(g.in&(1<<32-1)), g.yStep) * abs(g.uStep)
		if abs(uWay-yWay) < doubt<<(spotBits+3) {
			return astray, 0, 0
		}
		uFirst = uWay < yWay
	}
	if uFirst {
		ways, atU, atY, middle = 0xe4, 0b110, 0b100, there>>uint(yc)
	}
	n := bits.TrailingZeros64(here>>uint(yc)&1 | middle&1<<1 | there>>uint(yd)&1<<2 | 8)
	return ways >> uint(2*n&7) & 3, uc + (ud-uc)*(atU>>uint(n&3)&1), base + yc + (yd-yc)*(atY>>uint(n&3)&1)
}

// meetsSteeply is meets for a ray that crosses several cells along y.
func (g *glider) meetsSteeply(here uint64, yc int) (way, cu, cy int) {
	switch uc := g.in.u(); {
	case uc != g.out.u():
		return astray, 0, 0
	case here>>uint(yc)&1 != 0:
		return byM, uc, yc
	case g.yStep < 0:
		return byY, uc, 63 - bits.LeadingZeros64(here)
	default:
		return byY, uc, bits.TrailingZeros64(here)
	}
}

// remains returns how far a place lies from the end of its cell, along one axis.
func remains(place, step int64) int64 {
	into := place & (spotCell - 1)
	if step > 0 {
		return spotCell - into
	}
	return into
}
