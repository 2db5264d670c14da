package render

import "somnium/sim/voxel/grid"

// faceAxis and faceOut are, for every face, the coordinate that it is across, and 1 where it looks along it and 0 where it looks
// back.
var (
	faceAxis = [8]int{faceEast: 0, faceWest: 0, faceTop: 1, faceBottom: 1, faceSouth: 2, faceNorth: 2}
	faceOut  = [8]int{faceEast: 1, faceTop: 1, faceSouth: 1}
)

// plane shows what a beam meets where that is one plane: it guesses the plane by the ray in the middle, makes sure that the beam
// comes through air only until it is there, and then finds every pixel's cell by a division. It says whether that was so.
func (t *tracer) plane(b *beam, x, y, z *[4]int64) bool {
	if b.axis == noAxis {
		return false
	}
	found, path := t.single(b, (b.top+b.bottom)/2, (b.left+b.right)/2)
	if path == deadEnd || found == 0 || found&hitThrough != t.from {
		return false
	}
	face := int(found >> hitFaceShift & 7)
	axis := faceAxis[face]
	at := [3]int{int(found & 255), int(found >> 16 & 63), int(found >> 8 & 255)}
	if axis == [3]int{0, 2, 1}[b.axis] {
		if at[axis] != b.layer {
			return false
		}
	} else {
		within := anywhere
		if faceOut[face] == 1 {
			within.low[axis] = at[axis] + 1
		} else {
			within.high[axis] = at[axis] - 1
		}
		ahead := *b
		if t.advance(&ahead, x, y, z, within) != crossed {
			return false
		}
	}
	t.pierce(b, face, at[axis])
	return true
}

// piercing is the search for the cells in which the rays of a beam come through a plane.
type piercing struct {
	t            *tracer
	b            *beam
	face, layer  int
	axis, p, q   int
	away         float64 // from the eye to the plane
	pEye, qEye   int64
	lastP, lastQ int
	last         hit
}

// pierce shows in every pixel of a beam the face of the cells in a layer, to which all its rays come through air.
func (t *tracer) pierce(b *beam, face, layer int) {
	axis := faceAxis[face]
	s := piercing{t: t, b: b, face: face, layer: layer, axis: axis, p: (axis + 1) % 3, q: (axis + 2) % 3, lastP: -1}
	s.away = float64(abs(int64(layer+faceOut[face])<<placeBits-t.origin[axis])) * (1 << (slopeBits - placeBits))
	s.pEye, s.qEye = t.origin[s.p]<<(slopeBits-placeBits)-doubt/2, t.origin[s.q]<<(slopeBits-placeBits)-doubt/2
	// What two ends show in the same cell, all between them do.
	a, z := s.at(b.top, b.left), s.at(b.bottom, b.right)
	if a == z && a != 0 && s.at(b.top, b.right) == a && s.at(b.bottom, b.left) == a {
		t.fill(b, a)
		return
	}
	for i := b.top; i <= b.bottom; i++ {
		row := t.hits[i*t.width : (i+1)*t.width]
		row[b.left], row[b.right] = s.at(i, b.left), s.at(i, b.right)
		if row[b.left] == row[b.right] && row[b.left] != 0 {
			for j := b.left + 1; j < b.right; j++ {
				row[j] = row[b.left]
			}
			continue
		}
		for j := b.left + 1; j < b.right; j++ {
			row[j] = s.at(i, j)
		}
		for j := b.left; j <= b.right; j++ {
			if row[j] == 0 {
				row[j], _ = t.single(b, i, j)
			}
		}
	}
}

// at returns the cell that the ray of a pixel comes through the plane into, 0 where that is not one that shows there.
func (s *piercing) at(i, j int) hit {
	var d [3]int64
	d[0], d[1], d[2] = s.t.ray(i, j)
	times := s.away / float64(abs(d[s.axis]))
	p, q := s.pEye+int64(times*float64(d[s.p])), s.qEye+int64(times*float64(d[s.q]))
	if unsure(p, q) {
		return 0
	}
	pc, qc := int(p>>slopeBits), int(q>>slopeBits)
	if pc != s.lastP || qc != s.lastQ {
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
	return hit(s.face<<hitFaceShift|at[1]<<16|at[2]<<8|at[0]) | s.t.from
}
