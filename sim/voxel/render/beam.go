package render

import (
	"math"

	"somnium/sim/voxel/grid"
)

// slopeBits are the fractional bits of the places of a beam, in blocks.
const slopeBits = 28

// A beam is the rays of a rectangle of pixels, rows top <= i <= bottom and columns left <= j <= right, which have met air only
// before they come into the given layer of cells along axis; noAxis says that nothing is known yet.
type beam struct {
	top, left, bottom, right int
	axis, layer              int
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

// cast finds what all pixels of a beam show.
func (t *tracer) cast(b beam) {
	var x, y, z [4]int64
	x[0], y[0], z[0] = t.ray(b.top, b.left)
	x[1], y[1], z[1] = t.ray(b.top, b.right)
	x[2], y[2], z[2] = t.ray(b.bottom, b.left)
	x[3], y[3], z[3] = t.ray(b.bottom, b.right)
	if b.axis == noAxis {
		b.axis, b.layer = t.mainAxis(&x, &y, &z)
	}
	switch t.advance(&b, &x, &y, &z, anywhere) {
	case open:
		t.fill(&b, 0)
	default:
		if !t.plane(&b, &x, &y, &z) {
			t.resolve(&b)
		}
	}
}

// advance takes a beam to the first layer that is not empty, as far as it lies within the limits.
func (t *tracer) advance(b *beam, x, y, z *[4]int64, within limits) int {
	switch b.axis {
	case axisX:
		return t.march(b, x, z, y, &t.lanes[axisX], within.low[2], within.high[2], within.low[1], within.high[1])
	case axisZ:
		return t.march(b, z, x, y, &t.lanes[axisZ], within.low[0], within.high[0], within.low[1], within.high[1])
	case axisY:
		return t.sink(b, y, x, z, within)
	}
	return blocked
}

// What a beam comes to.
const (
	blocked = iota
	open    // nothing but sky
	crossed // it has left the limits
)

// limits are the cells that matter along x, y and z.
type limits struct{ low, high [3]int }

// anywhere are no limits.
var anywhere = limits{[3]int{-1 << 30, -1 << 30, -1 << 30}, [3]int{1 << 30, 1 << 30, 1 << 30}}

// mainAxis returns the axis along which a beam is cut into layers, and the layer of the eye: one along which all rays go the
// same way, and not much slower than along the others; noAxis if there is none.
func (t *tracer) mainAxis(x, y, z *[4]int64) (axis, layer int) {
	ax, ay, az := abs(x[0]+x[3]), abs(y[0]+y[3]), abs(z[0]+z[3])
	axis, main, at := axisX, x, 0
	if az > ax {
		axis, main, at, ax = axisZ, z, 2, az
	}
	if ay > ax {
		axis, main, at = axisY, y, 1
	}
	for i := range 4 {
		if most := max(abs(x[i]), abs(y[i]), abs(z[i])); (main[i] < 0) != (main[0] < 0) || 4*abs(main[i]) < most {
			return noAxis, 0
		}
	}
	return axis, int(t.origin[at] >> placeBits)
}

// march takes a beam from layer to layer along x or z, the main axis m, to the first that is not empty between the limits. u is
// the other of the two.
func (t *tracer) march(b *beam, m, u, y *[4]int64, l *lane, uMin, uMax, yMin, yMax int) int {
	forth := 1
	if m[0] < 0 {
		forth = -1
	}
	var per [4]float64
	for i := range per {
		per[i] = (1 << slopeBits) / float64(abs(m[i]))
	}
	uFan, yFan := spread(u, &per), spread(y, &per)
	eye := int(l.m >> placeBits)
	first := ahead(eye, l.m, int64(forth))
	n := (b.layer - eye) * forth
	far := t.farthest(uFan, yFan)
	side, roof := t.region.side, t.region.top
	uLow, uHigh := l.u<<(slopeBits-placeBits), l.u<<(slopeBits-placeBits)
	yLow, yHigh := t.origin[1]<<(slopeBits-placeBits), t.origin[1]<<(slopeBits-placeBits)
	step := first
	if n > 0 {
		away := first + int64(n-1)<<placeBits
		uLow, uHigh = uLow+away*uFan.low>>placeBits, uHigh+(away*uFan.high>>placeBits)+1
		yLow, yHigh = yLow+away*yFan.low>>placeBits, yHigh+(away*yFan.high>>placeBits)+1
		step = cell
	}
	for ; n <= far; n++ {
		uNext, uTop := uLow+step*uFan.low>>placeBits, uHigh+(step*uFan.high>>placeBits)+1
		yNext, yTop := yLow+step*yFan.low>>placeBits, yHigh+(step*yFan.high>>placeBits)+1
		u0, u1 := int(min(uLow, uNext)>>slopeBits), int(max(uHigh, uTop)>>slopeBits)
		y0, y1 := int(min(yLow, yNext)>>slopeBits), int(max(yHigh, yTop)>>slopeBits)
		if y0 >= roof && yFan.low >= 0 || y1 < 0 && yFan.high <= 0 {
			return open
		}
		if y1 < yMin || y0 > yMax || u1 < uMin || u0 > uMax {
			return crossed
		}
		if y0 < roof && y1 >= 0 {
			y0, y1 = max(y0, yMin, 0), min(y1, yMax, grid.Height-1)
			mask := uint64(2)<<uint(y1) - uint64(1)<<uint(y0)
			u0, u1 = max(u0, uMin, 1), min(u1, uMax, side)
			at := (eye+n*forth)*l.mStride + u0*l.uStride
			for ; u0 <= u1; u0++ {
				if t.air[at]&mask != 0 {
					b.layer = eye + n*forth
					return blocked
				}
				at += l.uStride
			}
		}
		uLow, uHigh, yLow, yHigh, step = uNext, uTop, yNext, yTop, cell
	}
	return open
}

// sink takes a beam from layer to layer along y, to the first that is not empty.
func (t *tracer) sink(b *beam, y, x, z *[4]int64, within limits) int {
	forth := 1
	if y[0] < 0 {
		forth = -1
	}
	var per [4]float64
	for i := range per {
		per[i] = (1 << slopeBits) / float64(abs(y[i]))
	}
	xFan, zFan := spread(x, &per), spread(z, &per)
	eye := int(t.origin[1] >> placeBits)
	first := ahead(eye, t.origin[1], int64(forth))
	n := (b.layer - eye) * forth
	far := t.farthest(xFan, zFan)
	side, roof, stride := t.region.side, t.region.top, t.region.stride
	xLow, xHigh := t.origin[0]<<(slopeBits-placeBits), t.origin[0]<<(slopeBits-placeBits)
	zLow, zHigh := t.origin[2]<<(slopeBits-placeBits), t.origin[2]<<(slopeBits-placeBits)
	step := first
	if n > 0 {
		away := first + int64(n-1)<<placeBits
		xLow, xHigh = xLow+away*xFan.low>>placeBits, xHigh+(away*xFan.high>>placeBits)+1
		zLow, zHigh = zLow+away*zFan.low>>placeBits, zHigh+(away*zFan.high>>placeBits)+1
		step = cell
	}
	for ; n <= far; n++ {
		layer := eye + n*forth
		xNext, xTop := xLow+step*xFan.low>>placeBits, xHigh+(step*xFan.high>>placeBits)+1
		zNext, zTop := zLow+step*zFan.low>>placeBits, zHigh+(step*zFan.high>>placeBits)+1
		if layer < 0 && forth < 0 || layer >= roof && forth > 0 {
			return open
		}
		if layer < roof {
			x0, x1 := int(min(xLow, xNext)>>slopeBits), int(max(xHigh, xTop)>>slopeBits)
			z0, z1 := int(min(zLow, zNext)>>slopeBits), int(max(zHigh, zTop)>>slopeBits)
			if x1 < within.low[0] || x0 > within.high[0] || z1 < within.low[2] || z0 > within.high[2] {
				return crossed
			}
			x0, x1 = max(x0, within.low[0], 1), min(x1, within.high[0], side)
			z0, z1 = max(z0, within.low[2], 1), min(z1, within.high[2], side)
			for ; z0 <= z1; z0++ {
				for x := x0; x <= x1; x++ {
					if t.air[z0*stride+x]>>uint(layer)&1 != 0 {
						b.layer = layer
						return blocked
					}
				}
			}
		}
		xLow, xHigh, zLow, zHigh, step = xNext, xTop, zNext, zTop, cell
	}
	return open
}

// farthest returns the last layer, counted from the eye's, in which a beam can meet a cell that is in view: the middle of a cell
// of layer n is at least (n-1) sqrt(1 + u^2 + y^2) - sqrt(1/2) away, where u and y are the least slopes.
func (t *tracer) farthest(u, y fan) int {
	a, b := nearest(u), nearest(y)
	slant := math.Sqrt(1 + float64(a*a) + float64(b*b))
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
func (t *tracer) resolve(b *beam) {
	high, wide := b.bottom-b.top+1, b.right-b.left+1
	if high > small || wide > small {
		t.split(b, high, wide)
		return
	}
	var left, right [small]uint64
	t.edge(b, b.left, &left)
	t.edge(b, b.right, &right)
	for i := range high {
		row := t.hits[(b.top+i)*t.width:]
		if left[i] == right[i] && left[i] != deadEnd && row[b.left] == row[b.right] {
			for j := b.left + 1; j < b.right; j++ {
				row[j] = row[b.left]
			}
			continue
		}
		for j := b.left + 1; j < b.right; j++ {
			row[j], _ = t.single(b, b.top+i, j)
		}
	}
}

// edge finds what a column of the pixels of a beam shows, and on what paths.
func (t *tracer) edge(b *beam, j int, paths *[small]uint64) {
	last := b.bottom - b.top
	for i := 0; i <= last; i += max(last, 1) {
		t.hits[(b.top+i)*t.width+j], paths[i] = t.single(b, b.top+i, j)
	}
	same := paths[0] == paths[last] && paths[0] != deadEnd && t.hits[b.top*t.width+j] == t.hits[b.bottom*t.width+j]
	for i := 1; i < last; i++ {
		if same {
			t.hits[(b.top+i)*t.width+j], paths[i] = t.hits[b.top*t.width+j], paths[0]
		} else {
			t.hits[(b.top+i)*t.width+j], paths[i] = t.single(b, b.top+i, j)
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
			t.cast(beam{i, j, min(i+t.tile, bottom) - 1, min(j+t.tile, t.width) - 1, noAxis, 0})
		}
	}
}
