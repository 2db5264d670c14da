package render

// hitCell is the cell of a hit of a block.
const hitCell = 1<<hitFaceShift - 1

// outlineReach is how many blocks away the block under the crosshair is outlined.
const outlineReach = 5

// cellHit returns the cell of a block of the world as it is in hits, and whether it lies in the region.
func (r *Renderer) cellHit(x, y, z int) (hit, bool) {
	x, z = x-r.region.x, z-r.region.z
	side := uint(r.region.side)
	return hit(y<<16 | z<<8 | x), uint(x-1) < side && uint(z-1) < side && uint(y) < 64
}

// drawCracks darkens more and more spots of the block that is being dug.
func (r *Renderer) drawCracks(rgb []uint8, dig Dig) {
	target, ok := r.cellHit(dig.X, dig.Y, dig.Z)
	if !ok {
		return
	}
	t := &r.tracer
	for p, h := range t.hits {
		if h&hitCell != target || h&hitEntity != 0 || h == 0 {
			continue
		}
		u, v := r.texelAt(h, p/t.width, p%t.width)
		// A spot cracks at a stage of its own, those in the middle first.
		spot := uint32(u/2*8+v/2) * 2654435769 >> 27
		if out := max(u-8, 7-u, v-8, 7-v); int(spot)*10/32+out/2 < dig.Stage {
			darken(rgb[3*p:], 120)
		}
	}
}

// drawOutline frames the block under the crosshair.
func (r *Renderer) drawOutline(rgb []uint8) {
	pick := r.pick(outlineReach)
	if !pick.Hit {
		return
	}
	target, _ := r.cellHit(pick.X, pick.Y, pick.Z)
	t, thick := &r.tracer, r.unit()
	is := func(i, j int) bool {
		if uint(i) >= uint(t.height) || uint(j) >= uint(t.width) {
			return true
		}
		h := t.hits[i*t.width+j]
		return h&hitEntity == 0 && h != 0 && h&hitCell == target
	}
	for i := range t.height {
		for j := range t.width {
			if is(i, j) && !(is(i-thick, j) && is(i+thick, j) && is(i, j-thick) && is(i, j+thick)) {
				darken(rgb[3*(i*t.width+j):], 110)
			}
		}
	}
}

// darken multiplies a pixel by f/256.
func darken(rgb []uint8, f int) {
	for i := range 3 {
		rgb[i] = uint8(int(rgb[i]) * f >> 8)
	}
}

// unit returns how many pixels wide a dot of what is drawn flat is: 1 in a picture of 64 x 64.
func (r *Renderer) unit() int { return max(min(r.options.Height, r.options.Width)/64, 1) }

// fillRect fills the rectangle of rows top <= i < bottom and columns left <= j < right, as far as it is in the picture.
func (r *Renderer) fillRect(rgb []uint8, top, left, bottom, right int, c color) {
	for i := max(top, 0); i < min(bottom, r.options.Height); i++ {
		for j := max(left, 0); j < min(right, r.options.Width); j++ {
			put(rgb[3*(i*r.options.Width+j):], c)
		}
	}
}

// corner is a place in the picture: a row and a column.
type corner struct{ i, j int }

// fillQuad fills a convex quadrangle, whose corners go round clockwise.
func (r *Renderer) fillQuad(rgb []uint8, q [4]corner, c color) {
	top, bottom := min(q[0].i, q[1].i, q[2].i, q[3].i), max(q[0].i, q[1].i, q[2].i, q[3].i)
	left, right := min(q[0].j, q[1].j, q[2].j, q[3].j), max(q[0].j, q[1].j, q[2].j, q[3].j)
	for i := max(top, 0); i <= min(bottom, r.options.Height-1); i++ {
		for j := max(left, 0); j <= min(right, r.options.Width-1); j++ {
			if within(q, i, j) {
				put(rgb[3*(i*r.options.Width+j):], c)
			}
		}
	}
}

// within says whether a pixel is in a convex quadrangle.
func within(q [4]corner, i, j int) bool {
	for k, a := range q {
		b := q[(k+1)%4]
		if (b.j-a.j)*(i-a.i)-(b.i-a.i)*(j-a.j) < 0 {
			return false
		}
	}
	return true
}
