package render

import "math"

// slopeBits are the fractional bits of the places of a beam, in blocks.
const slopeBits = 28

// A beam is the rays of a rectangle of pixels, rows top <= i <= bottom and columns left <= j <= right, which have met only air
// and what through says before they come into the given layer of cells along axis; noAxis says that nothing is known yet.
type beam struct {
	top, left, bottom, right int
	axis, layer              int
	through                  hit
}

// widen is what a slope is widened by, in 1/2^slopeBits: more than the rounding of its computation.
const widen = 4

// fan is how the rays of a beam spread along one axis: place after a distance of n layers is between
// origin + n low and origin + n high, in 1/2^slopeBits of a block.
type fan struct{ low, high int64 }

// spread returns the fan of four rays along an axis, given the reciprocals of their components along the main axis.
func spread(d *[4]int64, per *[4]float64) fan {
	s0, s1, s2, s3 := float64(d[0])*per[0], float64(d[1])*per[1], float64(d[2])*per[2], float64(d[3])*per[3]
	return fan{int64(min(s0, s1, s2, s3)) - widen, int64(max(s0, s1, s2, s3)) + widen}
}

// sweep is the way of a beam from layer to layer.
type sweep struct {
	// forth is 1 or -1, whither it goes along its axis; eye the eye's layer, first the distance from the eye to its end.
	forth, eye int
	first      int64
	// a and b spread along the two other axes from aEye and bEye: along u and y, or x and z where the axis is y.
	a, b       fan
	aEye, bEye int64
	// far is the last layer, counted from the eye's, with cells that are in view.
	far int
}

// limits are the cells that matter along the axes a and b of a sweep.
type limits struct{ aMin, aMax, bMin, bMax int }

// anywhere are no limits.
var anywhere = limits{-1 << 30, 1 << 30, -1 << 30, 1 << 30}

// What a beam comes to.
const (
	blocked = iota
	open    // nothing but sky
	crossed // it has left the limits
)

// cast finds what all pixels of a beam show.
func (t *tracer) cast(b beam) {
	var d [3][4]int64
	d[axisX][0], d[axisY][0], d[axisZ][0] = t.ray(b.top, b.left)
	d[axisX][1], d[axisY][1], d[axisZ][1] = t.ray(b.top, b.right)
	d[axisX][2], d[axisY][2], d[axisZ][2] = t.ray(b.bottom, b.left)
	d[axisX][3], d[axisY][3], d[axisZ][3] = t.ray(b.bottom, b.right)
	if b.axis == noAxis {
		b.axis, b.layer = t.mainAxis(&d)
	}
	var g glider
	if b.axis == noAxis {
		g.board(t, &b)
		t.resolve(&b, &g)
		return
	}
	var s sweep
	s.begin(t, b.axis, &d)
	state := t.advance(&b, &s, &anywhere)
	if state == blocked && t.submerges(&b, &s) {
		b.through |= throughWater
		state = t.advance(&b, &s, &anywhere)
	}
	if state == open {
		t.fill(&b, 0)
		return
	}
	g.board(t, &b)
	if !t.plane(&b, &s, &g) {
		t.resolve(&b, &g)
	}
}

// mainAxis returns the axis along which a beam is cut into layers, and the layer of the eye: one along which all rays go the
// same way, and not much slower than along the others; noAxis if there is none.
func (t *tracer) mainAxis(d *[3][4]int64) (axis, layer int) {
	most := int64(0)
	for i := range d {
		if middle := abs(d[i][0] + d[i][3]); middle > most {
			axis, most = i, middle
		}
	}
	main := &d[axis]
	for i := range main {
		if fastest := max(abs(d[0][i]), abs(d[1][i]), abs(d[2][i])); (main[i] < 0) != (main[0] < 0) || 4*abs(main[i]) < fastest {
			return noAxis, 0
		}
	}
	return axis, t.eyeLayer[axis]
}

// begin works out how the rays with the components d go along an axis.
func (s *sweep) begin(t *tracer, axis int, d *[3][4]int64) {
	s.forth, s.eye = 1, t.eyeLayer[axis]
	if d[axis][0] < 0 {
		s.forth = -1
	}
	var per [4]float64
	for i := range per {
		per[i] = (1 << slopeBits) / float64(abs(d[axis][i]))
	}
	a, b := axisX+axisZ-axis, axisY
	if axis == axisY {
		a, b = axisX, axisZ
	}
	s.first = ahead(s.eye, t.origin[coordinate[axis]], int64(s.forth))
	s.a, s.b = spread(&d[a], &per), spread(&d[b], &per)
	s.aEye, s.bEye = t.origin[coordinate[a]]<<(slopeBits-placeBits), t.origin[coordinate[b]]<<(slopeBits-placeBits)
	s.far = t.farthest(s.a, s.b)
}

// coordinate is the place of an axis among the coordinates x, y and z.
var coordinate = [3]int{axisX: 0, axisY: 1, axisZ: 2}

// advance takes a beam to the first layer that is not empty, as far as it lies within the limits.
func (t *tracer) advance(b *beam, s *sweep, within *limits) int {
	if b.axis == axisY {
		return t.sink(b, s, within)
	}
	return t.march(b, s, &t.lanes[b.axis], within)
}

// span returns the least and the greatest place of a fan in layer n, at both faces of the layer. Both go on by low and high.
func (s *sweep) span(n int, eye int64, f fan) (low, high int64) {
	away := s.first + int64(n)<<placeBits
	return eye + away*f.low>>placeBits - max(f.low, 0), eye + away*f.high>>placeBits + 1 - min(f.high, 0)
}

// march takes a beam from layer to layer along x or z.
func (t *tracer) march(b *beam, s *sweep, l *lane, within *limits) int {
	n := (b.layer - s.eye) * s.forth
	uLow, uHigh := s.span(n, s.aEye, s.a)
	yLow, yHigh := s.span(n, s.bEye, s.b)
	cells, roof := t.stops(b.through), t.region.top
	uMin, uMax, yMin, yMax := max(within.aMin, 1), min(within.aMax, t.region.side), max(within.bMin, 0), min(within.bMax, roof-1)
	for row, step := b.layer*l.mStride, s.forth*l.mStride; n <= s.far; n, row = n+1, row+step {
		u0, u1, y0, y1 := int(uLow>>slopeBits), int(uHigh>>slopeBits), int(yLow>>slopeBits), int(yHigh>>slopeBits)
		uLow, uHigh, yLow, yHigh = uLow+s.a.low, uHigh+s.a.high, yLow+s.b.low, yHigh+s.b.high
		if u0 > uMax || u1 < uMin || y0 > yMax || y1 < yMin {
			if u0 > within.aMax || u1 < within.aMin || y0 > within.bMax || y1 < within.bMin {
				return crossed
			}
			if y0 >= roof && s.b.low < 0 {
				continue
			}
			return open
		}
		u0, u1 = max(u0, uMin), min(u1, uMax)
		mask := uint64(2)<<(uint(min(y1, yMax))&63) - uint64(1)<<(uint(max(y0, yMin))&63)
		for at := row + u0*l.uStride; u0 <= u1; u0, at = u0+1, at+l.uStride {
			if cells[at]&mask != 0 {
				b.layer = s.eye + n*s.forth
				return blocked
			}
		}
	}
	return open
}

// sink takes a beam from layer to layer along y.
func (t *tracer) sink(b *beam, s *sweep, within *limits) int {
	n := (b.layer - s.eye) * s.forth
	xLow, xHigh := s.span(n, s.aEye, s.a)
	zLow, zHigh := s.span(n, s.bEye, s.b)
	cells, stride, side := t.stops(b.through), t.region.stride, t.region.side
	for layer := b.layer; n <= s.far; n, layer = n+1, layer+s.forth {
		x0, x1, z0, z1 := int(xLow>>slopeBits), int(xHigh>>slopeBits), int(zLow>>slopeBits), int(zHigh>>slopeBits)
		xLow, xHigh, zLow, zHigh = xLow+s.a.low, xHigh+s.a.high, zLow+s.b.low, zHigh+s.b.high
		if uint(layer) >= uint(t.region.top) {
			if layer >= 0 && s.forth < 0 {
				continue
			}
			return open
		}
		if x0 > within.aMax || x1 < within.aMin || z0 > within.bMax || z1 < within.bMin {
			return crossed
		}
		x0, x1 = max(x0, within.aMin, 1), min(x1, within.aMax, side)
		z0, z1 = max(z0, within.bMin, 1), min(z1, within.bMax, side)
		for ; z0 <= z1; z0++ {
			for x := x0; x <= x1; x++ {
				if cells[z0*stride+x]>>(uint(layer)&63)&1 != 0 {
					b.layer = layer
					return blocked
				}
			}
		}
	}
	return open
}

// submerges says whether all rays of a beam come into water in the beam's layer, and within view: whether all cells there that any
// of them may touch are water.
func (t *tracer) submerges(b *beam, s *sweep) bool {
	if b.through&throughWater != 0 {
		return false
	}
	n := (b.layer - s.eye) * s.forth
	aLow, aHigh := s.span(n, s.aEye, s.a)
	bLow, bHigh := s.span(n, s.bEye, s.b)
	a0, a1, b0, b1 := int(aLow>>slopeBits), int(aHigh>>slopeBits), int(bLow>>slopeBits), int(bHigh>>slopeBits)
	if b.axis == axisY {
		return t.allWater(a0, a1, b.layer, b.layer, b0, b1)
	}
	if b.axis == axisX {
		return t.allWater(b.layer, b.layer, b0, b1, a0, a1)
	}
	return t.allWater(a0, a1, b0, b1, b.layer, b.layer)
}

// allWater says whether all cells of a box, ends included, are water in view.
func (t *tracer) allWater(x0, x1, y0, y1, z0, z1 int) bool {
	r := t.region
	if x0 < 1 || x1 > r.side || y0 < 0 || y1 >= r.top || z0 < 1 || z1 > r.side {
		return false
	}
	mask := uint64(2)<<uint(y1&63) - uint64(1)<<uint(y0&63)
	for z := z0; z <= z1; z++ {
		for x := x0; x <= x1; x++ {
			if at := z*r.stride + x; r.any[at]&^r.dry[at]&mask != mask {
				return false
			}
		}
	}
	far := max(t.square(x0, y0, z0), t.square(x1, y0, z0), t.square(x0, y0, z1), t.square(x1, y0, z1))
	far = max(far, t.square(x0, y1, z0), t.square(x1, y1, z0), t.square(x0, y1, z1), t.square(x1, y1, z1))
	return far <= t.reach
}

// farthest returns the last layer, counted from the eye's, in which a beam can meet a cell that is in view: the middle of a
// cell of layer n is at least (n-1) sqrt(1 + a^2 + b^2) - sqrt(1/2) away, where a and b are the least slopes.
func (t *tracer) farthest(a, b fan) int {
	u, v := nearest(a), nearest(b)
	slant := math.Sqrt(1 + float64(u*u) + float64(v*v))
	return min(t.distance, 1+int(float64(t.distance+1)/slant))
}

// nearest returns the least slope of a fan, whichever way.
func nearest(f fan) float64 {
	if f.low < 0 && f.high > 0 {
		return 0
	}
	return float64(min(abs(f.low), abs(f.high))) / (1 << slopeBits)
}

// fill shows the same in all pixels of a beam.
func (t *tracer) fill(b *beam, h hit) {
	for i := b.top; i <= b.bottom; i++ {
		row := t.hits[i*t.width+b.left : i*t.width+b.right+1]
		for j := range row {
			row[j] = h
		}
	}
}

// small is the edge of beams that are no longer split.
const small = 4

// resolve finds what the pixels of a beam show that has come to a layer where it is not alone.
func (t *tracer) resolve(b *beam, g *glider) {
	high, wide := b.bottom-b.top+1, b.right-b.left+1
	if high > small || wide > small {
		t.split(b, high, wide)
		return
	}
	for i := b.top; i <= b.bottom; i++ {
		for j := b.left; j <= b.right; j++ {
			t.hits[i*t.width+j] = g.shoot(i, j)
		}
	}
}

// split casts the parts of a beam.
func (t *tracer) split(b *beam, high, wide int) {
	rows, columns := 1, 1
	if high > small {
		rows = 2
	}
	if wide > small {
		columns = 2
	}
	for i := range rows {
		for j := range columns {
			part := *b
			part.top, part.bottom = b.top+high*i/rows, b.top+high*(i+1)/rows-1
			part.left, part.right = b.left+wide*j/columns, b.left+wide*(j+1)/columns-1
			t.cast(part)
		}
	}
}

// castAll finds what every pixel of the rows top <= i < bottom shows.
func (t *tracer) castAll(top, bottom int) {
	for i := top; i < bottom; i += t.tile {
		for j := 0; j < t.width; j += t.tile {
			t.cast(beam{i, j, min(i+t.tile, bottom) - 1, min(j+t.tile, t.width) - 1, noAxis, 0, t.from})
		}
	}
}
