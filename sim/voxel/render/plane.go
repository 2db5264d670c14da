package render

import (
	"slices"

	"somnium/sim/voxel/grid"
)

// faceAxis and faceOut are, for every face, the coordinate that it is across, and 1 where it looks along it and 0 where it looks
// back.
var (
	faceAxis = [8]int{faceEast: 0, faceWest: 0, faceTop: 1, faceBottom: 1, faceSouth: 2, faceNorth: 2}
	faceOut  = [8]int{faceEast: 1, faceTop: 1, faceSouth: 1}
)

// plane shows what a beam meets where that is one plane: it guesses the plane by the ray in the middle, makes sure that the beam
// comes through air only until it is there, and then finds every pixel's cell by a division. It says whether that was so.
func (t *tracer) plane(b *beam, s *sweep, g *glider) bool {
	found := g.shoot((b.top+b.bottom)/2, (b.left+b.right)/2)
	if found == 0 || found&hitThrough != b.through || !t.isCube(found) {
		return false
	}
	face := int(found >> hitFaceShift & 7)
	axis := faceAxis[face]
	at := [3]int{int(found & 255), int(found >> 16 & 63), int(found >> 8 & 255)}[axis]
	if axis == coordinate[b.axis] {
		if at != b.layer {
			return false
		}
	} else {
		within, low, high := anywhere, at+1, at-1
		if faceOut[face] == 1 {
			high = anywhere.aMax
		} else {
			low = anywhere.aMin
		}
		// Of the two other axes, b is y, or z where the axis is y itself.
		if axis == 1 || axis == 2 && b.axis == axisY {
			within.bMin, within.bMax = low, high
		} else {
			within.aMin, within.aMax = low, high
		}
		part := *b
		if t.advance(&part, s, &within) != crossed {
			return false
		}
	}
	t.pierce(b, g, face, at)
	return true
}

// blur is how much farther than it says a place on a plane may lie, in 1/2^slopeBits.
const blur = 1 << 11

// piercing is the search for the cells in which the rays of a beam come through a plane.
type piercing struct {
	t            *tracer
	face, layer  int
	axis, p, q   int
	away         float64 // from the eye to the plane
	pEye, qEye   int64
	lastP, lastQ int
	through      hit
	last         hit
}

// pierce shows in every pixel of a beam the face of the cells in a layer, to which all its rays come through air.
func (t *tracer) pierce(b *beam, g *glider, face, layer int) {
	axis := faceAxis[face]
	s := piercing{t: t, face: face, layer: layer, axis: axis, p: (axis + 1) % 3, q: (axis + 2) % 3, lastP: -1, through: b.through}
	s.away = float64(abs(int64(layer+faceOut[face])<<placeBits-t.origin[axis])) * (1 << (slopeBits - placeBits))
	s.pEye, s.qEye = t.origin[s.p]<<(slopeBits-placeBits)-blur/2, t.origin[s.q]<<(slopeBits-placeBits)-blur/2
	// What two ends show in the same cell, all between them do.
	a, z := s.at(b.top, b.left), s.at(b.bottom, b.right)
	if a == z && a != 0 && s.at(b.top, b.right) == a && s.at(b.bottom, b.left) == a {
		t.fill(b, a)
		return
	}
	for i := b.top; i <= b.bottom; i++ {
		row := t.hits[i*t.width+b.left : i*t.width+b.right+1]
		if s.row(i, b.left, row); slices.Contains(row, 0) {
			for j := range row {
				if row[j] == 0 {
					row[j] = g.shoot(i, b.left+j)
				}
			}
		}
	}
}

// row finds the cells of a row of pixels, 0 where that is not simply what shows.
func (s *piercing) row(i, left int, row []hit) {
	right := len(row) - 1
	row[0], row[right] = s.at(i, left), s.at(i, left+right)
	if row[0] == row[right] && row[0] != 0 {
		for j := range row {
			row[j] = row[0]
		}
		return
	}
	if s.axis != 1 {
		for j := 1; j < right; j++ {
			row[j] = s.at(i, left+j)
		}
		return
	}
	// All rays of a row go down alike: the places on the plane are evenly spaced.
	v := &s.t.view
	dx, dy, dz := v.ray(i, left)
	times := s.away / float64(abs(dy))
	p, pStep := s.pEye+int64(times*float64(dz)), int64(times*float64(2*v.right[2]))
	q, qStep := s.qEye+int64(times*float64(dx)), int64(times*float64(2*v.right[0]))
	for j := range row {
		row[j] = s.cellAt(p, q)
		p, q = p+pStep, q+qStep
	}
}

// at returns the cell that the ray of a pixel comes through the plane into, 0 where that is not simply what shows.
func (s *piercing) at(i, j int) hit {
	var d [3]int64
	d[0], d[1], d[2] = s.t.ray(i, j)
	times := s.away / float64(abs(d[s.axis]))
	return s.cellAt(s.pEye+int64(times*float64(d[s.p])), s.qEye+int64(times*float64(d[s.q])))
}

// cellAt returns the cell at a place on the plane.
func (s *piercing) cellAt(p, q int64) hit {
	if (p+blur^p|q+blur^q)>>slopeBits != 0 {
		return 0 // it may lie in either of two cells
	}
	if pc, qc := int(p>>slopeBits), int(q>>slopeBits); pc != s.lastP || qc != s.lastQ {
		s.lastP, s.lastQ = pc, qc
		s.last = s.look(pc, qc)
	}
	return s.last
}

// look returns what a cell of the layer shows, 0 if that is not simply its face.
func (s *piercing) look(pc, qc int) hit {
	var at [3]int
	at[s.axis], at[s.p], at[s.q] = s.layer, pc, qc
	if uint(at[1]) >= grid.Height || s.t.meet(at[0], at[1], at[2]) != classCube {
		return 0
	}
	return hit(s.face<<hitFaceShift|at[1]<<16|at[2]<<8|at[0]) | s.through
}
