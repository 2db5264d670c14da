package render

import (
	"math"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/grid"
)

// Limits of a scene's entities, by the bits of a hit.
const (
	maxEntities = 1 << 12
	maxBoxes    = 1 << 8
)

// seen is an entity as the eye has it.
type seen struct {
	*Entity
	// eye is where the eye is, in 1/4096 of a block in the axes of the boxes. sin and cos turn to these.
	eye      [3]int64
	sin, cos int64
	// foot is where it stands as the eye has it, in 1/4096 of a block in the axes of the world.
	foot   [3]int64
	level  int
	square int64
	// covered counts the pixels that would show it if nothing were before it.
	covered int
}

// turn returns a direction in the axes of the boxes, in 1/2^10 of the tracer's.
func (e *seen) turn(dx, dy, dz int64) [3]int64 {
	d := [3]int64{(dx*e.cos + dz*e.sin) >> 20, dy << 10, (dz*e.cos - dx*e.sin) >> 20}
	for i := range d {
		if d[i] == 0 {
			d[i] = 1
		}
	}
	return d
}

// drawEntities shows the entities in the hits, the nearer before the farther and behind the blocks that hide them.
func (r *Renderer) drawEntities(list []Entity) {
	r.seen = r.seen[:0]
	sides := r.tracer.sides()
	for i := range list[:min(len(list), maxEntities)] {
		e := &list[i]
		if e.Instance == 0 || len(e.Boxes) > maxBoxes {
			panic("render: an entity has the instance 0 or more than 256 boxes")
		}
		r.seen = append(r.seen, r.see(e))
		if r.seen[i].within(&sides) {
			r.drawEntity(i)
		}
	}
}

// see looks at an entity.
func (r *Renderer) see(e *Entity) seen {
	t := &r.tracer
	s := seen{Entity: e, sin: int64(fixed.Sin(e.Yaw)), cos: int64(fixed.Cos(e.Yaw))}
	x := t.origin[0] - int64(e.X-r.region.x*fixed.One)>>(16-placeBits)
	y := t.origin[1] - int64(e.Y)>>(16-placeBits)
	z := t.origin[2] - int64(e.Z-r.region.z*fixed.One)>>(16-placeBits)
	s.foot = [3]int64{-x, -y, -z}
	s.square = x*x + y*y + z*z
	s.eye = [3]int64{(x*s.cos + z*s.sin) >> 30, y, (z*s.cos - x*s.sin) >> 30}
	s.level = brightest
	cx, cy, cz := fixed.Block(e.X)-r.region.x, fixed.Block(e.Y+fixed.One/4), fixed.Block(e.Z)-r.region.z
	if uint(cx-1) < uint(r.region.side) && uint(cz-1) < uint(r.region.side) {
		s.level = r.lightIn(cx, cy, cz)
	}
	return s
}

// sides returns the planes through the eye that bound what the picture shows, by the unit vectors across them that point inward.
func (t *tracer) sides() (all [5][3]float64) {
	for i, side := range [5]struct{ right, up int }{{0, 0}, {-1, 0}, {1, 0}, {0, -1}, {0, 1}} {
		// The ray at the edge of the picture runs along forward + width right: across it is width forward / forward^2 - right / right^2.
		along := float64(max(t.width*side.right*side.right, t.height*side.up*side.up, 1)) / float64(norm(t.forward))
		across, upward := float64(side.right)/float64(norm(t.right)), float64(side.up)/float64(norm(t.up))
		n, square := &all[i], 0.0
		for axis := range n {
			n[axis] = float64(t.forward[axis])*along + float64(t.right[axis])*across + float64(t.up[axis])*upward
			square += n[axis] * n[axis]
		}
		for axis := range n {
			n[axis] /= math.Sqrt(square)
		}
	}
	return all
}

// within says whether an entity may reach into the picture; it may say so of one a little outside.
func (e *seen) within(sides *[5][3]float64) bool {
	reach := 0
	for i := range e.Boxes {
		b := &e.Boxes[i]
		reach = max(reach, max(-b.Low[0], b.High[0])+max(-b.Low[1], b.High[1])+max(-b.Low[2], b.High[2]))
	}
	least := -float64(reach>>(16-placeBits) + cell/4)
	for _, n := range sides {
		if n[0]*float64(e.foot[0])+n[1]*float64(e.foot[1])+n[2]*float64(e.foot[2]) < least {
			return false
		}
	}
	return true
}

// drawEntity shows one entity in the pixels that its boxes may reach.
func (r *Renderer) drawEntity(index int) {
	e, t := &r.seen[index], &r.tracer
	if e.square > t.reach {
		return
	}
	var memory [maxBoxes]frame
	frames := memory[:len(e.Boxes)]
	all := r.frames(e, frames)
	for i := all.top; i <= all.bottom; i++ {
		for j := all.left; j <= all.right; j++ {
			if !reached(frames, i, j) {
				continue
			}
			dx, dy, dz := t.ray(i, j)
			box, face, when := e.nearest(e.turn(dx, dy, dz), frames, i, j)
			if face == 0 {
				continue
			}
			e.covered++
			at := &t.hits[i*t.width+j]
			if *at != 0 && r.when(*at, dx, dy, dz) < when {
				continue
			}
			through := *at & hitThrough
			if through != t.from {
				through = r.filters(dx, dy, dz, when)
			}
			*at = hitEntity | hit(face<<hitFaceShift|index<<8|box) | through
		}
	}
}

// nearest returns the box of an entity that the ray of a pixel meets first, its face, 0 where there is none, and after how
// many times the tracer's direction.
func (e *seen) nearest(d [3]int64, frames []frame, row, column int) (box, face int, when float64) {
	per := [3]float64{1 / float64(d[0]), 1 / float64(d[1]), 1 / float64(d[2])}
	when = math.Inf(1)
	for i := range e.Boxes {
		if !frames[i].holds(row, column) {
			continue
		}
		if f, w := e.meet(&e.Boxes[i], &per); f != 0 && w < when {
			box, face, when = i, f, w
		}
	}
	return box, face, when
}

// meet returns the face of a box that a ray comes in by, 0 if it misses or begins inside, and after how many times the
// tracer's direction. per holds the reciprocals of the ray's direction in the axes of the boxes.
func (e *seen) meet(b *Box, per *[3]float64) (face int, when float64) {
	first, last := 0.0, 1e300
	for i := range per {
		in := float64(int64(b.Low[i])>>(16-placeBits)-e.eye[i]) * per[i]
		out := float64(int64(b.High[i])>>(16-placeBits)-e.eye[i]) * per[i]
		side := 1
		if per[i] < 0 {
			in, out, side = out, in, 0
		}
		if in > first {
			first, face = in, int(slabFaces[i])+side
		}
		last = min(last, out)
		if first >= last {
			return 0, 0
		}
	}
	return face, first * 1024
}

// slabFaces are the faces of a box by the axis that they are across, those that look towards less one farther.
var slabFaces = [3]uint8{faceEast, faceTop, faceSouth}

// frame is a rectangle of pixels, ends included.
type frame struct{ top, left, bottom, right int }

// noPixels is a frame without pixels.
var noPixels = frame{math.MaxInt32, math.MaxInt32, -1, -1}

func (f *frame) holds(row, column int) bool {
	return row >= f.top && row <= f.bottom && column >= f.left && column <= f.right
}

// join widens a frame to hold another one.
func (f *frame) join(o frame) {
	*f = frame{min(f.top, o.top), min(f.left, o.left), max(f.bottom, o.bottom), max(f.right, o.right)}
}

// reached says whether any of the frames holds a pixel.
func reached(frames []frame, row, column int) bool {
	for i := range frames {
		if frames[i].holds(row, column) {
			return true
		}
	}
	return false
}

// frames writes outside of what frame each box of an entity does not show, and returns the frame of all.
func (r *Renderer) frames(e *seen, dst []frame) frame {
	all := noPixels
	for i := range dst {
		dst[i] = r.boxFrame(e, &e.Boxes[i])
		all.join(dst[i])
	}
	return all
}

// margin is how far before the eye a box is cut off, in 1/4096 of a block: what is nearer shows noPixels else.
const margin = 1

// boxFrame returns the frame of a box: that of its corners, and where a corner lies behind the eye, of what the box is cut
// to along its edges.
func (r *Renderer) boxFrame(e *seen, b *Box) frame {
	t := &r.tracer
	length, across, upward := math.Sqrt(float64(norm(t.forward))), 1/float64(norm(t.right)), 1/float64(norm(t.up))
	var corners [8][3]float64 // along forward, right and up
	for n := range corners {
		v := e.corner(b, n)
		dot := func(a [3]int64) float64 { return float64(v[0]*a[0] + v[1]*a[1] + v[2]*a[2]) }
		corners[n] = [3]float64{dot(t.forward) / length, dot(t.right) * across, dot(t.up) * upward}
	}
	f := noPixels
	for n, c := range corners {
		if c[0] >= margin {
			f.join(t.around(c, length))
		}
		for axis := range 3 {
			if o := corners[n|1<<axis]; n>>axis&1 == 0 && (o[0] >= margin) != (c[0] >= margin) {
				f.join(t.around(cut(c, o), length))
			}
		}
	}
	return frame{max(f.top, 0), max(f.left, 0), min(f.bottom, t.height-1), min(f.right, t.width-1)}
}

// cut returns where the line between two corners, one before and one behind, has the margin's distance.
func cut(a, b [3]float64) [3]float64 {
	s := (margin - a[0]) / (b[0] - a[0])
	return [3]float64{margin, a[1] + float64(s*(b[1]-a[1])), a[2] + float64(s*(b[2]-a[2]))}
}

// around returns the pixels around which a corner shows, which lies before the eye. The ray of row i and column j is
// forward + (2j + 1 - width) right + (height - 1 - 2i) up, and length is that of forward.
func (v *view) around(corner [3]float64, length float64) frame {
	const far = 1 << 20
	depth := corner[0] / length
	a, b := max(min(corner[1]/depth, far), -far), max(min(corner[2]/depth, far), -far)
	i, j := (v.height-1-int(b))/2, (v.width-1+int(a))/2
	return frame{i - 2, j - 2, i + 2, j + 2}
}

// corner returns the n-th corner of a box, seen from the eye in the axes of the world, in 1/4096 of a block.
func (e *seen) corner(b *Box, n int) [3]int64 {
	var v [3]int64
	for axis := range v {
		at := b.Low[axis]
		if n>>axis&1 == 1 {
			at = b.High[axis]
		}
		v[axis] = int64(at)>>(16-placeBits) - e.eye[axis]
	}
	return [3]int64{(v[0]*e.cos - v[2]*e.sin) >> 30, v[1], (v[0]*e.sin + v[2]*e.cos) >> 30}
}

// when returns after how many times its direction a ray meets what it hits.
func (r *Renderer) when(h hit, dx, dy, dz int64) float64 {
	t := &r.tracer
	if h&hitEntity != 0 {
		e := &r.seen[h>>8&(maxEntities-1)]
		d := e.turn(dx, dy, dz)
		per := [3]float64{1 / float64(d[0]), 1 / float64(d[1]), 1 / float64(d[2])}
		_, when := e.meet(&e.Boxes[h&(maxBoxes-1)], &per)
		return when
	}
	x, y, z, face := int(h&255), int(h>>16&63), int(h>>8&255), h>>hitFaceShift&7
	d := [3]int64{dx, dy, dz}
	if k := r.region.kind(x, y, z); t.classes[k] == classShape {
		corner := t.cornerOf(x, y, z)
		if k.Info().Shape == block.Post {
			_, when := post(corner, d)
			return when
		}
		_, _, _, when := t.cross(k, corner, d)
		return when
	}
	axis := faceAxis[face]
	plane := int64([3]int{x, y, z}[axis]+faceOut[face])<<placeBits - t.origin[axis]
	return float64(plane) / float64(d[axis])
}

// filters returns what a ray comes through before a time.
func (r *Renderer) filters(dx, dy, dz int64, until float64) hit {
	t := &r.tracer
	through := t.from
	for w := t.walk([3]int64{dx, dy, dz}); w.next() && w.when < until; {
		if uint(w.at[1]) < grid.Height {
			switch t.classes[r.region.kind(w.at[0], w.at[1], w.at[2])] {
			case classWater:
				through |= throughWater
			case classGlass:
				through |= throughGlass
			}
		}
	}
	return through
}

// entityColor returns the colour of a pixel that shows an entity.
func (r *Renderer) entityColor(h hit) color {
	e := &r.seen[h>>8&(maxEntities-1)]
	c := colorOf(e.Boxes[h&(maxBoxes-1)].Color)
	if e.Hurt {
		c = blend(c, 0xe03020, 110)
	}
	return r.veil(shine(c, int(sideOf[h>>hitFaceShift&7]), e.level), h, e.square)
}
