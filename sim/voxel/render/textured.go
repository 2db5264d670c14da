package render

// texelAt returns where on its face a pixel lies, in sixteenths from the left and from the top; of plants, where on the plant.
func (r *Renderer) texelAt(h hit, row, column int) (u, v int) {
	t := &r.tracer
	var d [3]int64
	d[0], d[1], d[2] = t.ray(row, column)
	x, y, z, face := int(h&255), int(h>>16&63), int(h>>8&255), h>>hitFaceShift&7
	corner := t.cornerOf(x, y, z)
	k := r.region.kind(x, y, z)
	shape := t.classes[k] == classShape
	axis := faceAxis[face]
	away := corner[axis]
	if !shape {
		away += int64(faceOut[face]) << placeBits
	}
	when := float64(away) / float64(d[axis])
	if shape {
		if when = r.when(h, d[0], d[1], d[2]); plantLike(k) {
			_, u, v, _ = t.cross(k, corner, d)
			return u, v
		}
	}
	on := func(i int) int { return min(max(sixteenth(when, d[i], corner[i]), 0), 15) }
	switch face {
	case faceTop, faceBottom:
		return on(0), on(2)
	case faceNorth:
		return 15 - on(0), 15 - on(1)
	case faceSouth:
		return on(0), 15 - on(1)
	case faceEast:
		return 15 - on(2), 15 - on(1)
	}
	return on(2), 15 - on(1)
}

// shadeTextured colours the rows top <= i < bottom, with textures. rgb is uint8 [H, W, 3].
func (r *Renderer) shadeTextured(rgb []uint8, top, bottom int) {
	t, w := &r.tracer, r.tracer.width
	for i := top; i < bottom; i++ {
		heaven := r.rowColor(i)
		var s surface
		for j, h := range t.hits[i*w : (i+1)*w] {
			c := heaven
			switch {
			case h&hitEntity != 0:
				c = r.entityColor(h)
			case h != 0:
				if h != s.hit {
					s = r.surfaceOf(h)
				}
				c = r.texel(&s, i, j)
			}
			put(rgb[3*(i*w+j):], c)
		}
	}
}

// surface is what all pixels of a face share.
type surface struct {
	hit    hit
	square int64
	// texels are those of the face, at 1/2^coarse of the full size.
	texels []color
	coarse int
	glow   glow
}

// surfaceOf looks up a face. The farther it is, the coarser its texture, so that a texel is about as large as a pixel.
func (r *Renderer) surfaceOf(h hit) surface {
	x, y, z, face := int(h&255), int(h>>16&63), int(h>>8&255), int(h>>hitFaceShift&7)
	k := r.region.kind(x, y, z)
	s := surface{hit: h, square: r.tracer.square(x, y, z)}
	for s.coarse < 4 && s.square > r.coarser[s.coarse] {
		s.coarse++
	}
	s.texels = r.textures.level(k, sideOf[face], s.coarse)
	g, l := glowOf(r.levelAt(k, x, y, z, face)), sideLight[sideOf[face]]
	s.glow = glow{g.r * l >> 8, g.g * l >> 8, g.b * l >> 8}
	return s
}

// texel returns the colour of a pixel of a surface.
func (r *Renderer) texel(s *surface, row, column int) color {
	at := 0
	if s.coarse < 4 {
		u, v := r.texelAt(s.hit, row, column)
		at = v>>s.coarse<<(4-s.coarse) | u>>s.coarse
	}
	return r.veil(scale(s.texels[at], s.glow.r, s.glow.g, s.glow.b), s.hit, s.square)
}
