package render

import (
	"encoding/binary"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/grid"
)

// columns are the blocks of one chunk as bits: bit y of word z<<4 | x is the block at height y.
type columns struct {
	x, z    int
	version uint64
	// any are the blocks that are not air, dry those that are neither air nor water, cubes those that no ray gets through.
	any, dry, cubes [grid.Layer]uint64
	// roof is one above the highest block of the column that holds off daylight.
	roof [grid.Layer]uint8
	// top is one above the highest block of all.
	top int
}

// The pattern with a one in every byte, and in the high bit of every byte.
const (
	ones  = 0x0101010101010101
	highs = ones << 7
)

// survey reads the columns off a chunk.
func (c *columns) survey(from *grid.Chunk) {
	c.x, c.z, c.version, c.top = from.X, from.Z, from.Version, 0
	for _, top := range from.Top {
		c.top = max(c.top, int(top))
	}
	clear(c.any[:])
	clear(c.dry[:])
	clear(c.cubes[:])
	for y := 0; y < c.top; y += 8 {
		for group := 0; group < grid.Layer; group += 8 {
			c.surveyEight(from, y, group)
		}
	}
	for i := range c.roof {
		y := int(from.Top[i])
		for y > 0 && !from.Blocks[(y-1)*grid.Layer+i].Opaque() {
			y--
		}
		c.roof[i] = uint8(y)
	}
}

// surveyEight reads the eight columns from group on, at eight heights from y on.
func (c *columns) surveyEight(from *grid.Chunk, y, group int) {
	var solid, wet, odd uint64
	for dy := range 8 {
		w := loadEight(from, (y+dy)*grid.Layer+group)
		if w == 0 {
			continue
		}
		solid |= gather(w+127*ones) << (8 * dy)
		wet |= gather(between(w, block.Water, block.Flow1)) << (8 * dy)
		odd |= gather(between(w, block.Torch, block.Bush)|between(w, block.Glass, block.Glass)) << (8 * dy)
	}
	if solid == 0 {
		return
	}
	solid, wet, odd = transpose(solid), transpose(wet), transpose(odd)
	for i := range 8 {
		any := solid >> (8 * i) & 0xff << y
		dry := any &^ (wet >> (8 * i) & 0xff << y)
		c.any[group+i] |= any
		c.dry[group+i] |= dry
		c.cubes[group+i] |= dry &^ (odd >> (8 * i) & 0xff << y)
	}
}

// between sets the high bits of the bytes of w that are from a kind to another. Kinds are below 128, so that no sum carries into
// the next byte.
func between(w uint64, from, to block.Kind) uint64 {
	return (w + (128-uint64(from))*ones) &^ (w + (127-uint64(to))*ones)
}

// loadEight returns eight blocks of a layer, the first in the lowest byte.
func loadEight(from *grid.Chunk, at int) uint64 {
	b := from.Blocks[at : at+8]
	raw := [8]byte{byte(b[0]), byte(b[1]), byte(b[2]), byte(b[3]), byte(b[4]), byte(b[5]), byte(b[6]), byte(b[7])}
	return binary.LittleEndian.Uint64(raw[:])
}

// gather returns the high bits of the bytes of w, that of byte i as bit i.
func gather(w uint64) uint64 { return w & highs >> 7 * 0x0102040810204080 >> 56 }

// transpose turns eight bytes of eight bits, bit j of byte i, into bit i of byte j. (Hacker's Delight, 7-3.)
func transpose(x uint64) uint64 {
	t := (x ^ x>>7) & 0x00aa00aa00aa00aa
	x ^= t ^ t<<7
	t = (x ^ x>>14) & 0x0000cccc0000cccc
	x ^= t ^ t<<14
	t = (x ^ x>>28) & 0x00000000f0f0f0f0
	return x ^ t ^ t<<28
}
