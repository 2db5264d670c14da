package grid

import (
	"slices"

	"somnium/sim/voxel/block"
)

// The extent of a chunk in blocks: Side along x and z, Height along y.
const (
	Side   = 16
	Height = 64
	Layer  = Side * Side
	Volume = Layer * Height
)

// Chunk is an upright piece of the world.
type Chunk struct {
	// X and Z are the chunk's coordinates: it covers the blocks Side*X..Side*X+15 along x, and so along z.
	X, Z int
	// Blocks holds the kinds, at [Index](x, y, z) = y<<8 | z<<4 | x of the coordinates within the chunk: a layer lies
	// together, a column is 256 apart.
	Blocks [Volume]block.Kind
	// Top is, at z<<4 | x, one above the highest block of the column that is not air: from Top up there is only air.
	Top [Layer]uint8
	// Torches lists the indices of the torches, ascending.
	Torches []uint16
	// Version changes whenever a block does, and no two states of any chunks of a grid share it.
	Version uint64

	// Edits lists what differs from what was generated, by ascending index.
	edits []Edit
}

// Edit is a block that differs, or once differed, from what the generator made.
type Edit struct {
	// Index is the block's place in Chunk.Blocks.
	Index uint16
	// Was is the generated kind, Is the present one.
	Was, Is block.Kind
}

// Index returns the place in Blocks of the block at x, y, z within the chunk: x and z in 0..15, y in 0..63.
func Index(x, y, z int) int { return y<<8 | z<<4 | x }

// Edits returns what differs from the generated chunk, by ascending index. It is not to be changed.
func (c *Chunk) Edits() []Edit { return c.edits }

// survey computes Top and Torches from Blocks.
func (c *Chunk) survey() {
	clear(c.Top[:])
	c.Torches = c.Torches[:0]
	for y := range Height {
		layer := (*[Layer]block.Kind)(c.Blocks[y*Layer:])
		if *layer == ([Layer]block.Kind{}) {
			continue // all air, as most of the upper half
		}
		for i, k := range layer {
			if k != block.Air {
				c.Top[i] = uint8(y + 1)
				if k == block.Torch {
					c.Torches = append(c.Torches, uint16(y*Layer+i))
				}
			}
		}
	}
}

// put writes a block and keeps Top and Torches.
func (c *Chunk) put(index int, k block.Kind) {
	was := c.Blocks[index]
	c.Blocks[index] = k
	column, y := index%Layer, uint8(index/Layer)
	switch {
	case k != block.Air:
		c.Top[column] = max(c.Top[column], y+1)
	case c.Top[column] == y+1:
		for y > 0 && c.Blocks[int(y-1)*Layer+column] == block.Air {
			y--
		}
		c.Top[column] = y
	}
	if was == block.Torch || k == block.Torch {
		c.keepTorch(uint16(index), k == block.Torch)
	}
}

func (c *Chunk) keepTorch(index uint16, burns bool) {
	at, found := slices.BinarySearch(c.Torches, index)
	switch {
	case burns && !found:
		c.Torches = slices.Insert(c.Torches, at, index)
	case !burns && found:
		c.Torches = slices.Delete(c.Torches, at, at+1)
	}
}

// record notes that a block became another.
func (c *Chunk) record(index int, was, is block.Kind) {
	at, found := slices.BinarySearchFunc(c.edits, uint16(index), func(e Edit, i uint16) int { return int(e.Index) - int(i) })
	if found {
		c.edits[at].Is = is
		return
	}
	c.edits = slices.Insert(c.edits, at, Edit{Index: uint16(index), Was: was, Is: is})
}
