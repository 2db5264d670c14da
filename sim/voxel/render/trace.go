package render

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/grid"
)

// The faces of a cell, named for the way they look. A hit never has face 0.
const (
	faceEast = 1 + iota // +x
	faceWest
	faceSouth // +z
	faceNorth
	faceTop
	faceBottom
)

// A hit is what a pixel shows: 0 is the sky, else the cell x | z<<8 | y<<16 of the region, the face in bits 22..24, and what
// the ray came through.
type hit = uint32

const (
	hitFaceShift = 22
	throughWater = 1 << 25
	throughGlass = 1 << 26
	hitThrough   = throughWater | throughGlass
	// hitEntity marks an entity: its number is in bits 8..19, that of its box in bits 0..7.
	hitEntity = 1 << 31
)

// The axes, in the order in which faces are crossed that a ray meets at once.
const (
	axisX = iota
	axisZ
	axisY
	noAxis
)

// class is what a ray does at a block.
type class uint8

const (
	classClear class = iota
	classCube
	classWater
	classGlass
	classShape // plants and posts: it may go past
)

// classOf returns what rays do at a kind.
func classOf(k block.Kind) class {
	switch info := k.Info(); {
	case k == block.Air:
		return classClear
	case k.Watery():
		return classWater
	case info.Shape == block.Cross || info.Shape == block.Post:
		return classShape
	case !info.Opaque && !info.Liquid:
		return classGlass
	}
	return classCube
}

// tracer finds what rays hit. It is read only while a picture is made.
type tracer struct {
	view
	region  *region
	classes [256]class
	plants  [block.Count]plant
	// distance is how many blocks far one sees, reach the square of that in the tracer's units.
	distance int
	reach    int64
	// from is what the eye lies in: 0 or throughWater.
	from hit
	// lanes are those along x and z.
	lanes [2]lane
	// eyeLayer is the eye's cell by axis.
	eyeLayer [4]int
	// tile is the edge of the beams that a picture is begun with.
	tile int
	hits []hit
}

// trace follows a ray to the first block that stops it.
//
// The order in which the ray crosses faces is exact: the crossing of x at a distance of n from the eye comes before that of y
// at m where n/|dx| < m/|dy|, that is n |dy dz| < m |dx dz|, so that time is counted in units of 1/|dx dy dz|.
//
// It starts in the eye's cell (axis noAxis), or where the ray comes into the given layer of cells along an axis. Before that it
// must have come through nothing but through, and air.
func (t *tracer) trace(dx, dy, dz int64, axis, layer int, through hit) hit {
	ox, oy, oz := t.origin[0], t.origin[1], t.origin[2]
	ax, ay, az := abs(dx), abs(dy), abs(dz)
	px, py, pz := ay*az, ax*az, ax*ay
	stride := t.region.stride
	sx, sy, sz, jump := 1, 1, 1, stride
	if dx < 0 {
		sx = -1
	}
	if dy < 0 {
		sy = -1
	}
	if dz < 0 {
		sz, jump = -1, -stride
	}
	var cx, cy, cz int
	var tx, ty, tz int64
	switch axis {
	case noAxis:
		cx, cy, cz = int(ox>>placeBits), int(oy>>placeBits), int(oz>>placeBits)
		tx, ty, tz = ahead(cx, ox, dx)*px, ahead(cy, oy, dy)*py, ahead(cz, oz, dz)*pz
	case axisX:
		away := ahead(layer-sx, ox, dx)
		now, scale := away*px, float64(away)/float64(ax)
		cx, tx = layer, now+px<<placeBits
		cz, tz = enter(oz, dz, pz, scale, now)
		cy, ty = enter(oy, dy, py, scale, now)
	case axisZ:
		away := ahead(layer-sz, oz, dz)
		now, scale := away*pz, float64(away)/float64(az)
		cz, tz = layer, now+pz<<placeBits
		cx, tx = enter(ox, dx, px, scale, now+1)
		cy, ty = enter(oy, dy, py, scale, now)
	default:
		away := ahead(layer-sy, oy, dy)
		now, scale := away*py, float64(away)/float64(ay)
		cy, ty = layer, now+py<<placeBits
		cx, tx = enter(ox, dx, px, scale, now+1)
		cz, tz = enter(oz, dz, pz, scale, now+1)
	}
	if uint(cy) >= grid.Height || uint(cx-1) >= uint(t.region.side) || uint(cz-1) >= uint(t.region.side) {
		if cy >= grid.Height && dy < 0 {
			return t.trace(dx, dy, dz, axisY, grid.Height-1, through)
		}
		return 0
	}
	at, top, cells := cz*stride+cx, t.region.top, t.stops(through)
	for {
		if cells[at]>>uint(cy)&1 != 0 && axis != noAxis {
			switch t.meet(cx, cy, cz) {
			case classClear: // the end of the view
				return 0
			case classCube:
				return place(cx, cy, cz, axis, dx, dy, dz) | through
			case classWater:
				cells, through = t.region.dry, through|throughWater
			case classGlass:
				through |= throughGlass
			case classShape:
				if face := t.touch(cx, cy, cz, dx, dy, dz); face != 0 {
					return hit(face<<hitFaceShift|cy<<16|cz<<8|cx) | through
				}
			}
		}
		if tx <= tz && tx <= ty {
			tx += px << placeBits
			cx += sx
			at += sx
			axis = axisX
		} else if tz <= ty {
			tz += pz << placeBits
			cz += sz
			at += jump
			axis = axisZ
		} else {
			ty += py << placeBits
			cy += sy
			axis = axisY
			if sy < 0 && cy < 0 || sy > 0 && cy >= top {
				return 0
			}
		}
	}
}

// ahead returns how far the next face of a cell lies from o on the way of d, along one axis.
func ahead(c int, o, d int64) int64 {
	if d > 0 {
		return int64(c+1)<<placeBits - o
	}
	return o - int64(c)<<placeBits
}

// enter returns, for one axis, the cell of a ray at time now, which is after scale/4096 times its direction, and the time of
// the first crossing of its faces from then on. p is the time that a distance of 1 takes.
func enter(o, d, p int64, scale float64, now int64) (c int, next int64) {
	// The guess may round as it likes: the loops put it right, exactly.
	c = int(float64(o)+float64(d)*scale+1<<40)>>placeBits - 1<<(40-placeBits)
	forth := 1
	if d < 0 {
		forth = -1
	}
	next = ahead(c, o, d) * p
	for next < now {
		c, next = c+forth, next+p<<placeBits
	}
	for next-p<<placeBits >= now {
		c, next = c-forth, next-p<<placeBits
	}
	return c, next
}

// stops returns the columns that stop a ray which has come through something: to one in water more water is nothing.
func (t *tracer) stops(through hit) []uint64 {
	if through&throughWater != 0 {
		return t.region.dry
	}
	return t.region.any
}

// place returns the hit of a cell that a ray comes into along an axis.
func place(cx, cy, cz, axis int, dx, dy, dz int64) hit {
	face := faceEast
	switch axis {
	case axisX:
		if dx > 0 {
			face = faceWest
		}
	case axisZ:
		face = faceSouth
		if dz > 0 {
			face = faceNorth
		}
	default:
		face = faceTop
		if dy > 0 {
			face = faceBottom
		}
	}
	return hit(face<<hitFaceShift | cy<<16 | cz<<8 | cx)
}

// meet returns what a ray does at a cell that is not air, classClear where it lies beyond the view.
func (t *tracer) meet(cx, cy, cz int) class {
	side := uint(t.region.side)
	if uint(cx-1) >= side || uint(cz-1) >= side || t.square(cx, cy, cz) > t.reach {
		return classClear
	}
	if t.cubeAt(cx, cy, cz) {
		return classCube
	}
	return t.classes[t.region.kind(cx, cy, cz)]
}

// cubeAt says whether a cell is a cube.
func (t *tracer) cubeAt(cx, cy, cz int) bool {
	return t.region.cubes[cz*t.region.stride+cx]>>(uint(cy)&63)&1 != 0
}

// isCube says whether a hit is of a cube.
func (t *tracer) isCube(h hit) bool { return t.cubeAt(int(h&255), int(h>>16&63), int(h>>8&255)) }

// square returns the square of the distance from the eye to the middle of a cell.
func (t *tracer) square(cx, cy, cz int) int64 {
	x := int64(cx)<<placeBits + cell/2 - t.origin[0]
	y := int64(cy)<<placeBits + cell/2 - t.origin[1]
	z := int64(cz)<<placeBits + cell/2 - t.origin[2]
	return x*x + y*y + z*z
}

func abs(x int64) int64 {
	if x < 0 {
		return -x
	}
	return x
}
