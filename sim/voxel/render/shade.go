package render

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/grid"
)

// levels is the number of levels of light: 0..31 of the day's, 32..63 the same of torches, which are warmer.
const levels = 64

// fogSteps is the number of steps of fog, by the square of the distance.
const fogSteps = 64

// sides are what faces share a colour: those that look east or west, south or north, up, and down.
const (
	sideX = iota
	sideZ
	sideTop
	sideBottom
)

// sideOf is the side of every face.
var sideOf = [8]uint8{faceEast: sideX, faceWest: sideX, faceSouth: sideZ, faceNorth: sideZ, faceTop: sideTop, faceBottom: sideBottom}

// sideLight is how bright a side is, in 1/256.
var sideLight = [4]uint32{sideX: 182, sideZ: 218, sideTop: 256, sideBottom: 144}

// glow is what light makes of a component of colour, in 1/256, by level.
type glow struct{ r, g, b uint32 }

// glowOf returns the light of a level: bluish in the dark, or as torches have it, warm.
func glowOf(level int) glow {
	f := uint32(level&31*225/31 + 31)
	if level >= levels/2 {
		return glow{f, f * 15 / 16, f * 3 / 4}
	}
	dim := uint32(brightest - level)
	return glow{f - f*dim/240, f - f*dim/320, f}
}

// shader turns hits into colours.
type shader struct {
	// lit are the colours of the sides of the kinds at every level.
	lit [block.Count][4][levels]color
	// fog is how much of a color is fog, 0..256, by step.
	fog [fogSteps + 1]uint32
	// steps times the square of a distance, in 1/4096 of a block each, is its step of fog, in 1/2^40.
	steps int64
	// haze is the colour of fog, water and glass those of tints.
	haze, water, glass color
	daylight           int
}

// cacheBits is the number of bits of a place in a cache.
const cacheBits = 9

// cache holds the colours of hits of the present picture.
type cache struct {
	keys   [1 << cacheBits]hit
	colors [1 << cacheBits]color
}

func (s *shader) prepare() {
	for k := range block.Count {
		info := block.Kind(k).Info()
		faces := [4]block.RGB{info.Side, info.Side, info.Top, info.Bottom}
		if blossoms(block.Kind(k)) {
			faces[sideX], faces[sideZ] = stem, stem
		}
		for side, c := range faces {
			for level := range levels {
				s.lit[k][side][level] = shine(colorOf(c), side, level)
			}
		}
	}
	for i := range s.fog {
		// From half the distance on, by the square of the rest.
		at := isqrt(i * 65536 / fogSteps) // 256 times the share of the distance
		beyond := max(at-128, 0) * 2
		s.fog[i] = uint32(beyond * beyond >> 8)
	}
}

// shine returns a colour on a side at a level of light.
func shine(c color, side, level int) color {
	g, l := glowOf(level), sideLight[side]
	return scale(c, g.r*l>>8, g.g*l>>8, g.b*l>>8)
}

// begin readies the shader for a picture.
func (s *shader) begin(t *tracer, sky *sky) {
	s.haze, s.daylight = sky.bands[0], sky.daylight
	s.water = shine(colorOf(block.Water.Info().Top), sideTop, s.daylight)
	s.glass = shine(colorOf(block.Glass.Info().Top), sideTop, s.daylight)
	reach := t.reach
	if t.from&throughWater != 0 {
		reach = min(reach, murk*murk<<(2*placeBits))
		s.haze = blend(s.water, 0x000820, 96)
	}
	s.steps = fogSteps << 40 / (reach >> 8)
}

// murk is how many blocks far one sees under water.
const murk = 16

// flat returns the colour of a hit of a block, where faces are of one colour.
func (r *Renderer) flat(store *cache, h hit) color {
	slot := h * 2654435769 >> (32 - cacheBits)
	if store.keys[slot] == h {
		return store.colors[slot]
	}
	x, y, z, face := int(h&255), int(h>>16&63), int(h>>8&255), h>>hitFaceShift&7
	k := r.region.kind(x, y, z)
	c := r.veil(r.shader.lit[k][sideOf[face]][r.levelAt(k, x, y, z, int(face))], h, r.tracer.square(x, y, z))
	store.keys[slot], store.colors[slot] = h, c
	return c
}

// veil adds what lies between the eye and a thing: water, glass, and fog by the square of the distance.
func (r *Renderer) veil(c color, h hit, square int64) color {
	s := &r.shader
	if h&throughWater != 0 {
		c = blend(c, s.water, 150)
	}
	if h&throughGlass != 0 {
		c = blend(c, s.glass, 70)
	}
	if step := min(square>>8*s.steps>>40, fogSteps); s.fog[step] > 0 {
		c = blend(c, s.haze, s.fog[step])
	}
	return c
}

// levelAt returns the level of light on the face of a block: that of the cell that the face looks at.
func (r *Renderer) levelAt(k block.Kind, x, y, z, face int) int {
	info := k.Info()
	if info.Light > 0 {
		return brightest
	}
	if info.Shape == block.Cube {
		switch axis, step := faceAxis[face], 2*faceOut[face]-1; axis {
		case 0:
			x += step
		case 1:
			y += step
		default:
			z += step
		}
	}
	return r.lightIn(x, y, z)
}

// lightIn returns the level of light in a cell: daylight where it is under the open sky or near it, and torches.
func (r *Renderer) lightIn(x, y, z int) int {
	level := r.sky.daylight
	if shade := int(r.region.shelter[z*r.region.stride+x]) - y; shade > 0 {
		level = max(level-level*shade/12, 2)
	}
	if uint(y) < grid.Height {
		if torch := 2*int(r.region.lamps.at(&r.region, x, y, z)) + 7; torch > level && torch > 7 {
			return levels/2 + torch
		}
	}
	return level
}

// shadeFlat colours the rows top <= i < bottom, where faces are of one colour. rgb is uint8 [H, W, 3].
func (r *Renderer) shadeFlat(rgb []uint8, store *cache, top, bottom int) {
	t := &r.tracer
	clear(store.keys[:])
	for i := top; i < bottom; i++ {
		row, out := t.hits[i*t.width:(i+1)*t.width], rgb[3*i*t.width:3*(i+1)*t.width]
		heaven := r.rowColor(i)
		last, c := hit(0), heaven
		for _, h := range row {
			if h != last {
				last, c = h, heaven
				if h&hitEntity != 0 {
					c = r.entityColor(h)
				} else if h != 0 {
					c = r.flat(store, h)
				}
			}
			put(out, c)
			out = out[3:]
		}
	}
}

// rowColor returns the colour of a row where nothing is hit.
func (r *Renderer) rowColor(row int) color {
	if r.tracer.from&throughWater != 0 {
		return r.shader.haze
	}
	return r.tracer.rowSky(&r.sky, row)
}

// isqrt returns the square root of a small number, rounded down.
func isqrt(x int) int {
	root := 0
	for (root+1)*(root+1) <= x {
		root++
	}
	return root
}
