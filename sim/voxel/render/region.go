package render

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/grid"
)

// region is the surroundings of the camera as columns of bits, side x side of them with a border one wide whose bits are all
// set. Its cells are numbered from 0, so that x and z of what lies inside are in 1..side, and y in 0..63.
type region struct {
	// chunkSide is the number of chunks along an edge, side that of blocks, stride that of columns with their border.
	chunkSide, side, stride int
	// grid and chunkX, chunkZ are what it was last built of: the chunk of the lowest coordinates.
	grid           *grid.Grid
	chunkX, chunkZ int
	// x and z are the world's coordinates of cell 0.
	x, z int

	any, dry, cubes []uint64
	// anyFour and dryFour are squares of 4 x 4 columns in one: their bits are set where any of theirs is. That of column x, z is
	// at (z+3)/4*fours + (x+3)/4.
	anyFour, dryFour []uint64
	fours            int
	// shelter is, for every column, the height above which there is full daylight.
	shelter []uint8
	// roofs and least are the steps on the way to shelter.
	roofs, least []uint8
	chunks       []*grid.Chunk
	built        []uint64 // the version of every chunk, as it is in any and dry
	// slots caches columns on a torus, a power of two along an edge.
	slots   []columns
	slotBit int
	top     int
	// blindAt is the column of the eye, blindAny and blindDry what was taken out of it.
	blindAt            int
	blindAny, blindDry uint64
	lamps              lamps
}

func newRegion(distance int) region {
	chunkSide := 2*((distance+grid.Side-1)/grid.Side) + 1
	r := region{chunkSide: chunkSide, side: chunkSide * grid.Side, stride: chunkSide*grid.Side + 2}
	r.any, r.dry, r.cubes = make([]uint64, r.stride*r.stride), make([]uint64, r.stride*r.stride), make([]uint64, r.stride*r.stride)
	for i := range r.any {
		r.any[i], r.dry[i] = ^uint64(0), ^uint64(0)
	}
	r.fours = r.side/4 + 2
	r.anyFour, r.dryFour = make([]uint64, r.fours*r.fours), make([]uint64, r.fours*r.fours)
	for i := range r.anyFour {
		r.anyFour[i], r.dryFour[i] = ^uint64(0), ^uint64(0)
	}
	r.shelter, r.roofs, r.least = make([]uint8, r.stride*r.stride), make([]uint8, r.stride*r.stride), make([]uint8, r.stride*r.stride)
	r.chunks, r.built = make([]*grid.Chunk, chunkSide*chunkSide), make([]uint64, chunkSide*chunkSide)
	for 1<<r.slotBit < chunkSide {
		r.slotBit++
	}
	r.slots = make([]columns, 1<<(2*r.slotBit))
	return r
}

// follow brings the region to the chunk of the camera and up to date with the grid.
func (r *region) follow(g *grid.Grid, cameraX, cameraZ int) {
	r.any[r.blindAt] |= r.blindAny
	r.dry[r.blindAt] |= r.blindDry
	half := r.chunkSide / 2
	chunkX, chunkZ := fixed.Block(cameraX)>>4-half, fixed.Block(cameraZ)>>4-half
	if g != r.grid {
		for i := range r.slots {
			r.slots[i].version = 0
		}
	}
	if g != r.grid || chunkX != r.chunkX || chunkZ != r.chunkZ {
		clear(r.built)
	}
	r.grid, r.chunkX, r.chunkZ = g, chunkX, chunkZ
	r.x, r.z = chunkX*grid.Side-1, chunkZ*grid.Side-1
	changed := false
	for i := range r.chunks {
		c := g.Chunk(chunkX+i%r.chunkSide, chunkZ+i/r.chunkSide)
		r.chunks[i] = c
		if r.built[i] != c.Version {
			r.built[i] = c.Version
			r.lay(i, r.columnsOf(c))
			changed = true
		}
	}
	if changed {
		r.settle()
	}
}

// columnsOf returns the columns of a chunk out of the cache.
func (r *region) columnsOf(c *grid.Chunk) *columns {
	mask := 1<<r.slotBit - 1
	slot := &r.slots[(c.Z&mask)<<r.slotBit|c.X&mask]
	if slot.version != c.Version {
		slot.survey(c)
	}
	return slot
}

// lay copies a chunk's columns to their place.
func (r *region) lay(i int, c *columns) {
	for z := range grid.Side {
		at := (i/r.chunkSide*grid.Side+z+1)*r.stride + i%r.chunkSide*grid.Side + 1
		copy(r.any[at:at+grid.Side], c.any[z*grid.Side:])
		copy(r.dry[at:at+grid.Side], c.dry[z*grid.Side:])
		copy(r.cubes[at:at+grid.Side], c.cubes[z*grid.Side:])
	}
	for z := range grid.Side / 4 {
		for x := range grid.Side / 4 {
			at := (i/r.chunkSide*grid.Side/4+z+1)*r.fours + i%r.chunkSide*grid.Side/4 + x + 1
			r.anyFour[at], r.dryFour[at] = fourOf(&c.any, x, z), fourOf(&c.dry, x, z)
		}
	}
}

// fourOf returns a block of 4 x 4 columns of a chunk in one.
func fourOf(columns *[grid.Layer]uint64, x, z int) (set uint64) {
	for i := range 4 {
		row := columns[(4*z+i)*grid.Side+4*x:]
		set |= row[0] | row[1] | row[2] | row[3]
	}
	return set
}

// settle computes what depends on several chunks.
func (r *region) settle() {
	r.top = 0
	for i := range r.chunks {
		r.top = max(r.top, r.columnsOf(r.chunks[i]).top)
	}
	r.cover()
	r.lamps.shine(r)
}

// kind returns the block of a cell that is inside.
func (r *region) kind(x, y, z int) block.Kind {
	x, z = x-1, z-1
	return r.chunks[z>>4*r.chunkSide+x>>4].Blocks[grid.Index(x&15, y, z&15)]
}

// blind empties the cell of the eye, which nothing is seen in, until the region follows again.
func (r *region) blind(x, y, z int) {
	bit := uint64(1) << uint(y)
	r.blindAt = z*r.stride + x
	r.blindAny, r.blindDry = r.any[r.blindAt]&bit, r.dry[r.blindAt]&bit
	r.any[r.blindAt] &^= bit
	r.dry[r.blindAt] &^= bit
}
