package render

import "somnium/sim/voxel/block"

// texels is the number of texels of a texture and of its coarser copies: 16 x 16, 8 x 8, 4 x 4, 2 x 2 and one.
const texels = 256 + 64 + 16 + 4 + 1

// textures are the pictures of the kinds: of their sides, tops and bottoms.
type textures [block.Count][3][texels]color

// A canvas is a texture while it is painted: its flat colour, and 16 x 16 texels.
type canvas struct {
	flat  block.RGB
	kind  block.Kind
	face  int // 0 side, 1 top, 2 bottom
	texel [256]color
}

// newTextures paints all textures. What is random in them depends on kind and place alone.
func newTextures() *textures {
	all := &textures{}
	for k := range block.Count {
		info := block.Kind(k).Info()
		for face, flat := range [3]block.RGB{info.Side, info.Top, info.Bottom} {
			c := canvas{flat: flat, kind: block.Kind(k), face: face}
			c.paint()
			copy(all[k][face][:], c.texel[:])
			coarsen(&all[k][face])
		}
	}
	return all
}

// level returns the texels of a side at 1/2^coarse of the full size.
func (t *textures) level(k block.Kind, side uint8, coarse int) []color {
	return t[k][[4]int{sideX: 0, sideZ: 0, sideTop: 1, sideBottom: 2}[side]][[5]int{0, 256, 320, 336, 340}[coarse]:]
}

// coarsen fills in the coarser copies, every texel the mean of four.
func coarsen(t *[texels]color) {
	from, to := 0, 256
	for size := 8; size > 0; size /= 2 {
		for v := range size {
			for u := range size {
				at := from + 4*v*size + 2*u
				t[to+v*size+u] = mean(t[at], t[at+1], t[at+2*size], t[at+2*size+1])
			}
		}
		from, to = to, to+size*size
	}
}

func mean(a, b, c, d color) color {
	part := func(shift int) color { return (a>>shift&255 + b>>shift&255 + c>>shift&255 + d>>shift&255) / 4 << shift }
	return part(16) | part(8) | part(0)
}

// noise returns 0..255 for a texel, other for every salt.
func (c *canvas) noise(u, v int, salt uint32) int {
	h := uint32(u&15)*0x9e3779b1 ^ uint32(v&15)*0x85ebca77 ^ uint32(c.kind)*0xc2b2ae3d ^ salt*0x27d4eb2f
	h ^= h >> 15
	h *= 0x2c1b3c6d
	h ^= h >> 12
	h *= 0x297a2d39
	return int(h >> 24)
}

// set paints a texel in a colour, brighter or darker by so many percent.
func (c *canvas) set(u, v int, rgb block.RGB, percent int) {
	var out color
	for _, part := range rgb {
		out = out<<8 | color(min(max(int(part)*(100+percent)/100, 0), 255))
	}
	c.texel[(v&15)<<4|u&15] = out
}

// grain paints the flat colour with noise of so many percent either way, in spots of two texels where coarse.
func (c *canvas) grain(percent int, coarse bool) {
	for v := range 16 {
		for u := range 16 {
			n := c.noise(u, v, 1)
			if coarse {
				n = (c.noise(u/2, v/2, 2)*2 + n) / 3
			}
			c.set(u, v, c.flat, (n-128)*percent/128)
		}
	}
}

// paint paints the texture of a kind.
func (c *canvas) paint() {
	switch k := c.kind; {
	case k == block.Grass || k == block.Snow:
		c.paintTurf()
	case k == block.CoalOre || k == block.IronOre || k == block.DiamondOre:
		c.paintOre()
	case k == block.Planks || k == block.Table || k == block.Furnace || k == block.Bricks || k == block.Cobblestone || k == block.Sandstone:
		c.paintMade()
	case k == block.OakLog || k == block.SpruceLog || k == block.Cactus:
		c.paintTrunk()
	case k == block.OakLeaves || k == block.SpruceLeaves:
		c.grain(30, true)
	case k.Watery() || k == block.Ice || k == block.Glass:
		c.paintClear()
	case k == block.Stone || k == block.Bedrock || k == block.Gravel:
		c.grain(map[block.Kind]int{block.Stone: 9, block.Bedrock: 45, block.Gravel: 22}[k], true)
	case k == block.Lava || k == block.Mark:
		c.grain(14, true)
	case k >= block.White && k <= block.Black:
		c.grain(4, false)
	default:
		c.grain(10, k == block.Dirt)
	}
}

// paintTurf paints earth, with a fringe of what grows or lies on it.
func (c *canvas) paintTurf() {
	c.grain(10, true)
	if c.face != 0 {
		return
	}
	earth, cover := c.kind.Info().Bottom, c.kind.Info().Top
	for v := range 16 {
		for u := range 16 {
			if depth := 3 + c.noise(u, 0, 3)%3; v < depth {
				c.set(u, v, cover, (c.noise(u, v, 4)-128)/12-6)
			} else {
				c.set(u, v, earth, (c.noise(u/2, v/2, 2)-128)/10)
			}
		}
	}
}

// paintOre paints stone with specks.
func (c *canvas) paintOre() {
	speck := c.flat
	c.flat = block.Stone.Info().Side
	if c.kind == block.CoalOre {
		speck = block.RGB{52, 52, 56}
	}
	c.grain(9, true)
	for i := range 7 {
		u, v := 1+c.noise(i, 0, 5)%13, 1+c.noise(i, 1, 6)%13
		for _, d := range [4][2]int{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
			if c.noise(u+d[0], v+d[1], 7) > 50 {
				c.set(u+d[0], v+d[1], speck, 12-24*d[1])
			}
		}
	}
}

// paintTrunk paints bark or ribs, and rings at the ends.
func (c *canvas) paintTrunk() {
	for v := range 16 {
		for u := range 16 {
			shade := (c.noise(u, v/5, 8) - 128) / 9
			if c.face != 0 {
				ring := max(max(2*u-15, 15-2*u), max(2*v-15, 15-2*v)) / 2
				shade = [2]int{6, -8}[ring/2%2]
				if ring >= 7 {
					c.set(u, v, c.kind.Info().Side, shade)
					continue
				}
			} else if u%4 == 0 {
				shade -= 16
			}
			c.set(u, v, c.flat, shade)
		}
	}
}

// paintClear paints water, ice and glass: plain, with a few streaks, glass with a frame.
func (c *canvas) paintClear() {
	for v := range 16 {
		for u := range 16 {
			shade := 0
			if c.noise(u/4, v, 9) > 226 {
				shade = 4
			}
			if c.kind == block.Glass && (u == 0 || v == 0 || u == 15 || v == 15) {
				shade = -14
			}
			c.set(u, v, c.flat, shade)
		}
	}
}

// paintMade paints what people make: boards, bricks, stones, and the fronts of table and furnace.
func (c *canvas) paintMade() {
	for v := range 16 {
		for u := range 16 {
			c.set(u, v, c.flat, c.madeShade(u, v))
		}
	}
	if c.kind == block.Furnace && c.face == 0 {
		for v := 8; v < 14; v++ {
			for u := 4; u < 12; u++ {
				c.set(u, v, block.RGB{34, 30, 30}, 0)
			}
		}
	}
}

// madeShade returns how much brighter a texel is, in percent.
func (c *canvas) madeShade(u, v int) int {
	shade := (c.noise(u, v, 10) - 128) / 16
	switch c.kind {
	case block.Planks:
		shade = (c.noise(u/5, v, 11) - 128) / 14
		if v%4 == 3 || u == v/4*5%16 {
			shade -= 18
		}
	case block.Table:
		if u == 0 || v == 0 || u == 15 || v == 15 || c.face == 1 && (u%5 == 0 || v%5 == 0) {
			shade -= 22
		}
	case block.Bricks:
		if v%4 == 3 || (u+v/4%2*4)%8 == 7 {
			return 34
		}
		shade += (c.noise(u/8, v/4, 12) - 128) / 9
	case block.Cobblestone:
		if (u+v/5*3)%6 == 0 || v%5 == 4 {
			return -24
		}
		shade += (c.noise((u+v/5*3)/6, v/5, 13) - 128) / 7
	case block.Sandstone:
		if v%8 == 7 || v == 0 {
			shade -= 9
		}
	case block.Furnace:
		if u == 0 || v == 0 || u == 15 || v == 15 {
			shade -= 18
		}
	}
	return shade
}
