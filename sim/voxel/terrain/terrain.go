// Package terrain makes the land of the voxel world from a seed, in whole numbers: a chunk is the same to the bit on every
// processor, in whatever order chunks are asked for.
package terrain

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/grid"
)

// Biome is a climate.
type Biome uint8

// The biomes.
const (
	Plains Biome = iota
	Forest
	Desert
	Snow
)

// Biomes is the number of biomes.
const Biomes = 4

func (b Biome) String() string {
	return [Biomes]string{"plains", "forest", "desert", "snow"}[b]
}

// Sea is the height of the water: its surface lies on top of the block at Sea-1.
const Sea = 22

// Options say what land to make. The zero value is the natural world of seed 0.
type Options struct {
	Seed uint64
	// Only makes all land of the biome Biome. Default: every biome in its place.
	Only  bool
	Biome Biome
	// Meadow is the radius, in blocks, of a level lawn around column 0, 0, which is free of trees and caves. Default: none.
	Meadow int
}

// Terrain is a land. It is safe for concurrent use.
type Terrain struct {
	Options
	seed uint64
}

// New returns the land that the options describe.
func New(o Options) *Terrain {
	return &Terrain{Options: o, seed: mix(o.Seed + 0x9e3779b97f4a7c15)}
}

// The noises of the plane.
var (
	landNoise  = noise{saltLand, 6}
	hillNoise  = noise{saltHills, 5}
	roughNoise = noise{saltRoughness, 3}
	riverNoise = noise{saltRiver, 6}
	heatNoise  = noise{saltHeat, 7}
	rainNoise  = noise{saltRain, 6}
)

// meadowHeight is the height of a meadow.
const meadowHeight = Sea + 3

// column is what a column of blocks is made from.
type column struct {
	// height is one above the highest block of ground.
	height int
	biome  Biome
	// wild says that caves and trees may be here.
	wild bool
}

// shape works a column out of its noises.
func (t *Terrain) shape(x, z int, land, hill, rough, river, heat, rain int) column {
	c := column{biome: t.climate(heat, rain), wild: true}
	// From 16 to 34, hills of up to 14 more where the land is high, and a little roughness, in 1/65536 of a block.
	height := 16<<16 + 18*land
	if swell := land - 20000; swell > 0 {
		height += 14 * (swell * hill >> 16)
	}
	height += 2*rough - 65536
	height = carve(height, river)
	c.height = height >> 16
	if t.Meadow > 0 {
		c.height, c.wild = t.level(x, z, c.height)
		if !c.wild && !t.Only {
			c.biome = Plains
		}
	}
	return c
}

// riverWidth is how far the river's noise may be from its middle, riverBank how far its valley reaches.
const (
	riverWidth = 1400
	riverBank  = 5200
)

// carve lowers the land, in 1/65536 of a block, towards the bed of a river.
func carve(height, river int) int {
	const bed = (Sea - 3) << 16
	away := river - 1<<15
	if away < 0 {
		away = -away
	}
	if height <= bed || away >= riverBank {
		return height
	}
	if away <= riverWidth {
		return bed
	}
	return bed + (height-bed)*(away-riverWidth)/(riverBank-riverWidth)
}

// level makes the meadow level, and the land around it meet it within as many blocks again.
func (t *Terrain) level(x, z, height int) (leveled int, wild bool) {
	away := max(x, -x, z, -z)
	switch {
	case away <= t.Meadow:
		return meadowHeight, false
	case away >= 2*t.Meadow:
		return height, true
	}
	return meadowHeight + (height-meadowHeight)*(away-t.Meadow)/t.Meadow, true
}

// climate tells the biome of a place.
func (t *Terrain) climate(heat, rain int) Biome {
	switch {
	case t.Only:
		return t.Biome
	case heat < 20000:
		return Snow
	case heat > 42000 && rain < 36000:
		return Desert
	case rain > 34000:
		return Forest
	}
	return Plains
}

// at works out one column.
func (t *Terrain) at(x, z int) column {
	return t.shape(x, z, landNoise.at(t, x, z), hillNoise.at(t, x, z), roughNoise.at(t, x, z),
		riverNoise.at(t, x, z), heatNoise.at(t, x, z), rainNoise.at(t, x, z))
}

// Ground returns one above the highest block of ground of a column, trees and water apart, and the biome there.
func (t *Terrain) Ground(x, z int) (height int, biome Biome) {
	c := t.at(x, z)
	return c.height, c.biome
}

// Chunk is the grid.Generator of the land.
func (t *Terrain) Chunk(c *grid.Chunk) {
	var columns [across][across]column
	t.survey(&columns, c.X*grid.Side, c.Z*grid.Side)
	clear(c.Blocks[:])
	for z := range grid.Side {
		for x := range grid.Side {
			layers(c, x, z, columns[z+margin][x+margin])
		}
	}
	t.ores(c)
	t.caves(c, &columns)
	t.plants(c, &columns)
	t.trees(c, &columns)
}

// survey works out the columns of a chunk and its margin.
func (t *Terrain) survey(dst *[across][across]column, x0, z0 int) {
	var land, hill, rough, river, heat, rain patch
	landNoise.fill(t, &land, x0, z0)
	hillNoise.fill(t, &hill, x0, z0)
	roughNoise.fill(t, &rough, x0, z0)
	riverNoise.fill(t, &river, x0, z0)
	heatNoise.fill(t, &heat, x0, z0)
	rainNoise.fill(t, &rain, x0, z0)
	for z := range across {
		for x := range across {
			dst[z][x] = t.shape(x0+x-margin, z0+z-margin, int(land[z][x]), int(hill[z][x]), int(rough[z][x]),
				int(river[z][x]), int(heat[z][x]), int(rain[z][x]))
		}
	}
}

// layers fills a column with bedrock, stone, its ground and water.
func layers(c *grid.Chunk, x, z int, col column) {
	top, under := block.Grass, block.Dirt
	switch {
	case col.biome == Desert:
		top, under = block.Sand, block.Sandstone
	case col.height <= Sea-3:
		top, under = block.Gravel, block.Dirt
	case col.height <= Sea+1 && col.biome != Snow:
		top, under = block.Sand, block.Sand
	case col.height < Sea:
		top = block.Dirt
	case col.biome == Snow:
		top = block.Snow
	}
	i := grid.Index(x, 0, z)
	c.Blocks[i] = block.Bedrock
	for y := 1; y < col.height; y++ {
		i += grid.Layer
		switch {
		case y == col.height-1:
			c.Blocks[i] = top
		case y >= col.height-4:
			c.Blocks[i] = under
		default:
			c.Blocks[i] = block.Stone
		}
	}
	for y := col.height; y < Sea; y++ {
		i += grid.Layer
		c.Blocks[i] = block.Water
	}
	if col.height < Sea && col.biome == Snow {
		c.Blocks[i] = block.Ice
	}
}
