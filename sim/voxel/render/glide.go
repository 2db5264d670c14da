package render

import (
	"math/bits"

	"somnium/sim/voxel/grid"
)

// A ray glides from layer to layer along its main axis m, and looks at all cells of a layer at once: those between where it
// comes in and where it goes out, along y and along the third axis u. Its places are rounded, and known to lie in
// place..place+doubt: where that spans two cells, the exact trace takes over.
const (
	doubt = 1 << 11
	whole = 1 << slopeBits
)

// lane is what a glide along x or z needs: where the eye is along m and u, in 1/4096 of a block, and how far apart cells are
// in the columns.
type lane struct {
	m, u             int64
	eye              int // its cell along m
	mStride, uStride int
}

// deadEnd is the path of a ray whose way is too long or too tangled to be told apart from others.
const deadEnd = 1 << 63

// single follows the ray of one pixel of a beam to what it shows. path is the way that it took up to the last layer, as a
// number that no other way of this beam has, or deadEnd. Rays of the same path that show the same have nothing else between
// them: to pass through given faces is a property that a convex cone of rays has.
func (t *tracer) single(b *beam, i, j int) (found hit, path uint64) {
	dx, dy, dz := t.ray(i, j)
	switch b.axis {
	case axisX:
		return t.glide(axisX, b.layer, dx, dz, dy)
	case axisZ:
		return t.glide(axisZ, b.layer, dz, dx, dy)
	case axisY:
		return t.plunge(b.layer, dx, dy, dz)
	}
	switch most := max(abs(dx), abs(dy), abs(dz)); most {
	case abs(dx):
		found, _ = t.glide(axisX, t.eyeLayer[axisX], dx, dz, dy)
	case abs(dz):
		found, _ = t.glide(axisZ, t.eyeLayer[axisZ], dz, dx, dy)
	default:
		found, _ = t.plunge(t.eyeLayer[axisY], dx, dy, dz)
	}
	return found, deadEnd
}

// glider is a ray on its way along x or z.
type glider struct {
	t           *tracer
	axis, layer int
	dm, du, dy  int64
	// cells are the columns that stop it, at the place in them of the column where it comes into the layer.
	cells              []uint64
	at                 int
	mStride, uStride   int
	uc, yc             int
	u, y, uNext, yNext int64
	uStep, yStep       int64
	// left is the number of layers that it may yet cross.
	left    int
	path    uint64
	through hit
}

// glide follows a ray along x or z from a layer on.
func (t *tracer) glide(axis, layer int, dm, du, dy int64) (found hit, path uint64) {
	l := &t.lanes[axis]
	per := whole / float64(abs(dm))
	g := glider{
		t: t, axis: axis, layer: layer, dm: dm, du: du, dy: dy, cells: t.air, mStride: l.mStride, uStride: l.uStride,
		uStep: int64(float64(du) * per), yStep: int64(float64(dy) * per), through: t.from,
	}
	if dm < 0 {
		g.mStride = -g.mStride
	}
	away, n := ahead(l.eye, l.m, dm), abs(int64(layer-l.eye))
	g.u, g.y = l.u<<(slopeBits-placeBits)-doubt/2, t.origin[1]<<(slopeBits-placeBits)-doubt/2
	if n == 0 {
		g.uNext, g.yNext = g.u+away*g.uStep>>placeBits, g.y+away*g.yStep>>placeBits
	} else {
		away += (n - 1) << placeBits
		g.u, g.y = g.u+away*g.uStep>>placeBits, g.y+away*g.yStep>>placeBits
		g.uNext, g.yNext = g.u+g.uStep, g.y+g.yStep
	}
	g.uc, g.yc, g.left = int(g.u>>slopeBits), int(g.y>>slopeBits), t.distance-int(n)
	if uint(g.uc-1) >= uint(t.region.side) || unsure(g.u, g.y) {
		return t.exact(axis, layer, dm, du, dy, t.from)
	}
	g.at = layer*l.mStride + g.uc*l.uStride
	g.path = uint64(g.uc)<<8 | uint64(g.yc)&63<<2 | uint64(g.yStep)>>63<<1 | uint64(g.uStep)>>63 | 1<<16
	// Steep rays may cross several cells of a layer, and are looked at in every one.
	steep := abs(g.uStep) > whole || abs(g.yStep) > whole
	if steep {
		g.path = deadEnd
	}
	for {
		if !steep && uint(g.yc) < uint(t.region.top) {
			g.skip(t.region.top)
		}
		if g.left < 0 {
			return 0, deadEnd
		}
		if found, ends := g.cross(); ends {
			return found, g.path
		}
	}
}

// skip crosses layers as long as all cells on the way are surely clear. The ray is below top, and not steep.
func (g *glider) skip(top int) {
	cells, at, uStride, mStride := g.cells, g.at, g.uStride, g.mStride
	u, y, uNext, yNext, uStep, yStep := g.u, g.y, g.uNext, g.yNext, g.uStep, g.yStep
	uc, yc, path, left := g.uc, g.yc, uint64(0), g.left
	for left >= 0 {
		ud, yd := int(uNext>>slopeBits), int(yNext>>slopeBits)
		other := at + (ud-uc)*uStride
		if uint(yd) >= uint(top) || (cells[at]|cells[other])&(1<<(uint(yc)&63)|1<<(uint(yd)&63)) != 0 || unsure(uNext, yNext) {
			break
		}
		path = path<<2 | uint64(ud-uc)&1<<1 | uint64(yd-yc)&1
		at, uc, yc, u, y = other+mStride, ud, yd, uNext, yNext
		uNext, yNext = u+uStep, y+yStep
		left--
	}
	crossed := g.left - left
	g.keep(path, crossed)
	if g.mStride < 0 {
		g.layer -= crossed
	} else {
		g.layer += crossed
	}
	g.at, g.u, g.y, g.uNext, g.yNext = at, u, y, uNext, yNext
	g.uc, g.yc, g.left = uc, yc, left
}

// keep adds what the ray did in so many layers to its path: two bits for each, whether it left its cell along u and along y.
func (g *glider) keep(bits uint64, layers int) {
	if layers > 20 || g.path>>uint(60-2*layers) != 0 {
		g.path = deadEnd
	} else {
		g.path = g.path<<uint(2*layers) | bits
	}
}

// cross takes the ray through one layer, and says what it shows if it ends there.
func (g *glider) cross() (found hit, ends bool) {
	t := g.t
	p := passage{g.uc, g.yc, int(g.uNext >> slopeBits), int(g.yNext >> slopeBits), g.u, g.y, g.uStep, g.yStep}
	low, high := max(min(p.yc, p.yd), 0), max(p.yc, p.yd)
	if unsure(g.uNext, g.yNext) || uint(p.ud-p.uc+1) > 2 || low >= t.region.top && g.yStep < 0 {
		return g.exact(), true
	}
	if low >= t.region.top || high < 0 {
		return 0, true
	}
	mask := 2<<uint(high) - uint64(1)<<uint(low)
	other := g.at + (p.ud-p.uc)*g.uStride
	here, there := g.cells[g.at]&mask, g.cells[other]&mask
	for here|there != 0 {
		way, cu, cy := p.first(here, there)
		if way == nowhere {
			break
		}
		if way == astray {
			return g.exact(), true
		}
		cx, cz, dx, dz := g.layer, cu, g.dm, g.du
		if g.axis == axisZ {
			cx, cz, dx, dz = cu, g.layer, g.du, g.dm
		}
		switch t.meet(cx, cy, cz) {
		case classClear: // the end of the view
			return 0, true
		case classCube:
			return place(cx, cy, cz, [3]int{g.axis, axisX + axisZ - g.axis, axisY}[way], dx, g.dy, dz) | g.through, true
		case classWater:
			g.cells, g.through = t.region.dry, g.through|throughWater
			here, there = g.cells[g.at]&mask, g.cells[other]&mask
			continue
		case classGlass:
			g.through |= throughGlass
		case classShape:
			g.path = deadEnd
			if face := t.touch(cx, cy, cz, dx, g.dy, dz); face != 0 {
				return hit(face<<hitFaceShift|cy<<16|cz<<8|cx) | g.through, true
			}
		}
		// It goes on behind this cell.
		if cu == p.uc {
			here &^= 1 << uint(cy)
		}
		if cu == p.ud {
			there &^= 1 << uint(cy)
		}
	}
	g.keep(uint64(p.ud-p.uc)&1<<1|uint64(p.yd-p.yc)&1, 1)
	g.at, g.uc, g.yc, g.u, g.y = other+g.mStride, p.ud, p.yd, g.uNext, g.yNext
	g.uNext, g.yNext = g.u+g.uStep, g.y+g.yStep
	g.left--
	if g.mStride < 0 {
		g.layer--
	} else {
		g.layer++
	}
	return 0, false
}

// exact goes on by the exact trace, on no path that is kept.
func (g *glider) exact() hit {
	g.path = deadEnd
	found, _ := g.t.exact(g.axis, g.layer, g.dm, g.du, g.dy, g.through)
	return found
}

// lost is the beginning of paths that are not kept.
const lost = -1 << 20

// short returns a path of so many layers, deadEnd if there are too many.
func short(path uint64, layers int) uint64 {
	if layers > 10 {
		return deadEnd
	}
	return path
}

// unsure says whether a place that is somewhat rounded may lie in either of two cells.
func unsure(u, y int64) bool { return (u+doubt^u|y+doubt^y)>>slopeBits != 0 }

// exact goes on by the exact trace.
func (t *tracer) exact(axis, layer int, dm, du, dy int64, through hit) (hit, uint64) {
	dx, dz := dm, du
	if axis == axisZ {
		dx, dz = du, dm
	}
	if layer == t.eyeLayer[axis] {
		axis = noAxis
	}
	return t.trace(dx, dy, dz, axis, layer, through), deadEnd
}

// passage is the way of a ray through one layer: the cells and the places at which it comes in and would leave, and its steps.
type passage struct {
	uc, yc, ud, yd     int
	u, y, uStep, yStep int64
}

// The ways in which a ray comes into a cell: by the face that is across the axis m, u or y; not at all; or nobody knows.
const (
	byM = iota
	byU
	byY
	nowhere
	astray
)

// first returns the first cell on the way whose bit is set, here of those at uc, there of those at ud, and how the ray comes
// into it. No others than those between yc and yd may be set.
func (p *passage) first(here, there uint64) (way, cu, cy int) {
	switch {
	case here|there == 0:
		return nowhere, 0, 0
	case here>>uint(p.yc)&1 != 0:
		return byM, p.uc, p.yc
	case p.uc == p.ud && p.yStep < 0:
		return byY, p.uc, 63 - bits.LeadingZeros64(here)
	case p.uc == p.ud:
		return byY, p.uc, bits.TrailingZeros64(here)
	case p.yc == p.yd:
		return byU, p.ud, p.yc
	case uint(p.yd-p.yc+1) > 2:
		return astray, 0, 0
	}
	// A corner: which of two faces comes first.
	uWay, yWay := remains(p.uc, p.u, p.uStep)*abs(p.yStep), remains(p.yc, p.y, p.yStep)*abs(p.uStep)
	switch uFirst := uWay < yWay; {
	case abs(uWay-yWay) < doubt<<(slopeBits+4):
		return astray, 0, 0
	case uFirst && there>>uint(p.yc)&1 != 0:
		return byU, p.ud, p.yc
	case !uFirst && here>>uint(p.yd)&1 != 0:
		return byY, p.uc, p.yd
	case there>>uint(p.yd)&1 == 0:
		return nowhere, 0, 0
	case uFirst:
		return byY, p.ud, p.yd
	}
	return byU, p.ud, p.yd
}

// remains returns how far a place lies from the end of its cell.
func remains(c int, place, step int64) int64 {
	if step > 0 {
		return int64(c+1)<<slopeBits - place
	}
	return place - int64(c)<<slopeBits
}

// plunge follows a ray along y from a layer on. u is x, and z takes the place of y.
func (t *tracer) plunge(layer int, dx, dy, dz int64) (found hit, path uint64) {
	per := whole / float64(abs(dy))
	xStep, zStep := int64(float64(dx)*per), int64(float64(dz)*per)
	eye, forth := t.eyeLayer[axisY], 1
	if dy < 0 {
		forth = -1
	}
	away, n := ahead(eye, t.origin[1], dy), (layer-eye)*forth
	x, z := t.origin[0]<<(slopeBits-placeBits)-doubt/2, t.origin[2]<<(slopeBits-placeBits)-doubt/2
	xNext, zNext := x+away*xStep>>placeBits, z+away*zStep>>placeBits
	if n > 0 {
		away += int64(n-1) << placeBits
		x, z = x+away*xStep>>placeBits, z+away*zStep>>placeBits
		xNext, zNext = x+xStep, z+zStep
	}
	xc, zc := int(x>>slopeBits), int(z>>slopeBits)
	if uint(xc-1) >= uint(t.region.side) || uint(zc-1) >= uint(t.region.side) || unsure(x, z) {
		return t.exactDown(layer, dx, dy, dz, t.from)
	}
	stride, top, cells, through := t.region.stride, t.region.top, t.air, t.from
	path = uint64(xc)<<10 | uint64(zc)<<2 | uint64(zStep)>>63<<1 | uint64(xStep)>>63 | 1<<18
	from := n
	for ; ; n++ {
		xd, zd := int(xNext>>slopeBits), int(zNext>>slopeBits)
		if layer < 0 && forth < 0 || layer >= top && forth > 0 || n > t.distance {
			return 0, short(path, n-from)
		}
		if unsure(xNext, zNext) || uint(xd-xc+1) > 2 || uint(zd-zc+1) > 2 || layer >= grid.Height {
			return t.exactDown(layer, dx, dy, dz, through)
		}
		at, other := zc*stride+xc, zd*stride+xc
		if (cells[at]|cells[at+xd-xc]|cells[other]|cells[other+xd-xc])>>uint(layer)&1 == 0 {
			path = path<<2 | uint64(xd-xc)&1<<1 | uint64(zd-zc)&1
			xc, zc, x, z = xd, zd, xNext, zNext
			xNext, zNext = x+xStep, z+zStep
			layer += forth
			continue
		}
		p := passage{xc, 1, xd, 1 + zd - zc, x, z - int64(zc-1)<<slopeBits, xStep, zStep}
		here, there := twoOf(cells, at, other, layer, p.yd), twoOf(cells, at+xd-xc, other+xd-xc, layer, p.yd)
		for {
			way, cx, cz := p.first(here, there)
			if way == nowhere {
				break
			}
			if way == astray {
				return t.exactDown(layer, dx, dy, dz, through)
			}
			bit := uint64(1) << uint(cz)
			cz += zc - 1
			switch t.meet(cx, layer, cz) {
			case classClear:
				return 0, short(path, n-from)
			case classCube:
				return place(cx, layer, cz, [3]int{axisY, axisX, axisZ}[way], dx, dy, dz) | through, short(path, n-from)
			case classWater:
				cells, through = t.region.dry, through|throughWater
				here, there = twoOf(cells, at, other, layer, p.yd), twoOf(cells, at+xd-xc, other+xd-xc, layer, p.yd)
				continue
			case classGlass:
				through |= throughGlass
			case classShape:
				if face := t.touch(cx, layer, cz, dx, dy, dz); face != 0 {
					return hit(face<<hitFaceShift|layer<<16|cz<<8|cx) | through, deadEnd
				}
				from = lost
			}
			// It goes on behind this cell.
			if cx == xc {
				here &^= bit
			}
			if cx == xd {
				there &^= bit
			}
		}
		path = path<<2 | uint64(xd-xc)&1<<1 | uint64(zd-zc)&1
		xc, zc, x, z = xd, zd, xNext, zNext
		xNext, zNext = x+xStep, z+zStep
		layer += forth
	}
}

// twoOf returns the bits of a layer in two columns, as bit 1 and bit other of a word.
func twoOf(cells []uint64, a, b, layer, other int) uint64 {
	return cells[a]>>uint(layer)&1<<1 | cells[b]>>uint(layer)&1<<uint(other)
}

// exactDown goes on by the exact trace.
func (t *tracer) exactDown(layer int, dx, dy, dz int64, through hit) (hit, uint64) {
	axis := axisY
	if layer == t.eyeLayer[axisY] {
		axis = noAxis
	}
	return t.trace(dx, dy, dz, axis, layer, through), deadEnd
}
