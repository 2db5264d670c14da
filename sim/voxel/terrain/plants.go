package terrain

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/grid"
)

// plants strews grass and flowers over the lawns, and cacti over the sand.
func (t *Terrain) plants(c *grid.Chunk, columns *[across][across]column) {
	for z := range grid.Side {
		for x := range grid.Side {
			col := columns[z+margin][x+margin]
			ground := c.Blocks[grid.Index(x, col.height-1, z)]
			h := t.hash(saltPlant, c.X*grid.Side+x, 0, c.Z*grid.Side+z) >> 32
			roll := int(h & 1023)
			switch {
			case ground == block.Grass:
				if k := lawnPlant(col.biome, roll); k != block.Air {
					c.Blocks[grid.Index(x, col.height, z)] = k
				}
			case ground == block.Sand && col.biome == Desert && col.wild && roll < 8:
				for y := range 1 + int(h>>10&1) + int(h>>11&1) {
					c.Blocks[grid.Index(x, col.height+y, z)] = block.Cactus
				}
			}
		}
	}
}

// lawnPlant picks what grows on a block of grass by a number of 0..1023.
func lawnPlant(b Biome, roll int) block.Kind {
	grass := 40
	if b == Plains {
		grass = 90
	}
	switch {
	case roll < grass:
		return block.TallGrass
	case roll < grass+8:
		return block.RedFlower
	case roll < grass+16:
		return block.YellowFlower
	}
	return block.Air
}

// A tree may stand in every cell of treeCell x treeCell columns, its trunk off the cell's edges, so that no two touch.
const (
	treeBits = 2
	treeCell = 1 << treeBits
)

// treeOdds returns in how many of 256 cells a tree stands.
func treeOdds(b Biome) int {
	return [Biomes]int{Plains: 9, Forest: 120, Desert: 0, Snow: 44}[b]
}

// trees plants the trees whose trunk or crown reaches into the chunk.
func (t *Terrain) trees(c *grid.Chunk, columns *[across][across]column) {
	x0, z0 := c.X*grid.Side, c.Z*grid.Side
	for cz := (z0 - margin) >> treeBits; cz<<treeBits < z0+grid.Side+margin; cz++ {
		for cx := (x0 - margin) >> treeBits; cx<<treeBits < x0+grid.Side+margin; cx++ {
			h := t.hash(saltTree, cx, 0, cz) >> 16
			x := cx<<treeBits + 1 + int(h&1) - x0
			z := cz<<treeBits + 1 + int(h>>1&1) - z0
			if x < -margin || x >= grid.Side+margin || z < -margin || z >= grid.Side+margin {
				continue
			}
			col := columns[z+margin][x+margin]
			if col.wild && col.height > Sea+1 && int(h>>2&255) < treeOdds(col.biome) {
				grow(c, x, z, col, h>>10)
			}
		}
	}
}

// grow puts a tree into the chunk, as far as it lies within.
func grow(c *grid.Chunk, x, z int, col column, h uint64) {
	if col.biome == Snow {
		spruce(c, x, z, col.height, 5+int(h&3))
		return
	}
	oak(c, x, z, col.height, 4+int(h&1)+int(h>>1&1))
}

// put puts a block into the chunk where it lies within and there is room.
func put(c *grid.Chunk, x, y, z int, k block.Kind) {
	if uint(x) >= grid.Side || uint(z) >= grid.Side || uint(y) >= grid.Height {
		return
	}
	at := &c.Blocks[grid.Index(x, y, z)]
	if *at == block.Air || *at == block.TallGrass || at.Info().Shape == block.Cross {
		*at = k
	}
}

// disc puts leaves in a square of 2 radius + 1 blocks without its corners.
func disc(c *grid.Chunk, x, y, z, radius int, k block.Kind) {
	for dz := -radius; dz <= radius; dz++ {
		for dx := -radius; dx <= radius; dx++ {
			if radius > 0 && dx*dx == radius*radius && dz*dz == radius*radius {
				continue
			}
			put(c, x+dx, y, z+dz, k)
		}
	}
}

// oak grows a trunk with a round crown.
func oak(c *grid.Chunk, x, z, ground, height int) {
	for y := range height {
		put(c, x, ground+y, z, block.OakLog)
	}
	top := ground + height
	disc(c, x, top-2, z, 2, block.OakLeaves)
	disc(c, x, top-1, z, 2, block.OakLeaves)
	disc(c, x, top, z, 1, block.OakLeaves)
	put(c, x, top+1, z, block.OakLeaves)
}

// spruce grows a trunk with a pointed crown.
func spruce(c *grid.Chunk, x, z, ground, height int) {
	for y := range height {
		put(c, x, ground+y, z, block.SpruceLog)
	}
	top := ground + height
	for y := ground + 2; y < top; y++ {
		disc(c, x, y, z, 1+(top-y)&1, block.SpruceLeaves)
	}
	disc(c, x, top, z, 1, block.SpruceLeaves)
	put(c, x, top+1, z, block.SpruceLeaves)
}
