// Package grid holds the blocks of the voxel world in chunks that are made when they are first looked at.
//
// What a chunk holds is a function of the generator and of the edits since: the grid keeps a bounded number of chunks, drops
// those that it needs least and makes them again, edits and all, when they are asked for. So memory stays flat however far
// the player walks, and a snapshot of the world is its edits alone.
package grid

import (
	"maps"
	"slices"

	"somnium/sim/voxel/block"
)

// Generator fills the Blocks of a chunk, all of them, as a function of its X and Z alone.
type Generator func(c *Chunk)

// Grid is a world of blocks without end along x and z. Below y 0 is bedrock, from [Height] up air. A Grid is not safe for
// concurrent use: looking at it makes chunks.
type Grid struct {
	generate Generator
	// slots is a torus of chunks: the chunk at X, Z lies at [Z mod size][X mod size].
	slots []*Chunk
	mask  int
	bits  int
	// away holds the edits of chunks that were dropped.
	away map[position][]Edit
	// version is the last Version given out.
	version uint64
}

type position struct{ X, Z int }

// New returns a grid that keeps size x size chunks, size a power of two: chunks less than size apart along both axes do not
// drive each other out. It holds 18 KB for each that was looked at.
func New(size int, generate Generator) *Grid {
	if size < 1 || size&(size-1) != 0 || generate == nil {
		panic("grid: New needs a size that is a power of two, and a generator")
	}
	g := &Grid{generate: generate, slots: make([]*Chunk, size*size), mask: size - 1, away: map[position][]Edit{}}
	for 1<<g.bits < size {
		g.bits++
	}
	return g
}

// Reset forgets everything but the memory that the chunks lie in, and goes on with another generator.
func (g *Grid) Reset(generate Generator) {
	g.generate = generate
	clear(g.away)
	for _, c := range g.slots {
		if c != nil {
			c.edits, c.Version = c.edits[:0], 0
		}
	}
}

// Chunk returns the chunk at the chunk coordinates, making it where need be. It holds until another chunk whose
// coordinates differ from its own by multiples of the grid's size is looked at.
func (g *Grid) Chunk(x, z int) *Chunk {
	c := g.slots[(z&g.mask)<<g.bits|x&g.mask]
	if c != nil && c.X == x && c.Z == z && c.Version != 0 {
		return c
	}
	return g.load(x, z)
}

// load makes a chunk in its slot.
func (g *Grid) load(x, z int) *Chunk {
	slot := &g.slots[(z&g.mask)<<g.bits|x&g.mask]
	if *slot == nil {
		*slot = &Chunk{}
	}
	c := *slot
	if len(c.edits) > 0 {
		g.away[position{c.X, c.Z}] = slices.Clone(c.edits)
	}
	c.X, c.Z, c.edits = x, z, c.edits[:0]
	g.generate(c)
	if edits, ok := g.away[position{x, z}]; ok {
		c.edits = append(c.edits, edits...)
		delete(g.away, position{x, z})
		for _, e := range edits {
			c.Blocks[e.Index] = e.Is
		}
	}
	c.survey()
	g.touch(c)
	return c
}

// touch gives the chunk a version of its own.
func (g *Grid) touch(c *Chunk) {
	g.version++
	c.Version = g.version
}

// At returns the block at x, y, z.
func (g *Grid) At(x, y, z int) block.Kind {
	if uint(y) >= Height {
		return outside(y)
	}
	return g.Chunk(x>>4, z>>4).Blocks[Index(x&15, y, z&15)]
}

// outside returns what lies below and above the world.
func outside(y int) block.Kind {
	if y < 0 {
		return block.Bedrock
	}
	return block.Air
}

// Set puts a block at x, y, z. It says whether anything changed: nothing does below and above the world.
func (g *Grid) Set(x, y, z int, k block.Kind) bool {
	if uint(y) >= Height {
		return false
	}
	c, index := g.Chunk(x>>4, z>>4), Index(x&15, y, z&15)
	was := c.Blocks[index]
	if was == k {
		return false
	}
	c.record(index, was, k)
	c.put(index, k)
	g.touch(c)
	return true
}

// Top returns one above the highest block of the column that is not air.
func (g *Grid) Top(x, z int) int {
	return int(g.Chunk(x>>4, z>>4).Top[z&15<<4|x&15])
}

// Edits calls visit for every chunk that has edits, by ascending Z, then X.
func (g *Grid) Edits(visit func(x, z int, edits []Edit)) {
	all := maps.Clone(g.away)
	for _, c := range g.slots {
		if c != nil && len(c.edits) > 0 {
			all[position{c.X, c.Z}] = c.edits
		}
	}
	keys := slices.SortedFunc(maps.Keys(all), func(a, b position) int {
		if a.Z != b.Z {
			return a.Z - b.Z
		}
		return a.X - b.X
	})
	for _, p := range keys {
		visit(p.X, p.Z, all[p])
	}
}

// Undo takes every edit back.
func (g *Grid) Undo() {
	clear(g.away)
	for _, c := range g.slots {
		if c == nil || c.Version == 0 || len(c.edits) == 0 {
			continue
		}
		for _, e := range c.edits {
			c.Blocks[e.Index] = e.Was
		}
		c.edits = c.edits[:0]
		c.survey()
		g.touch(c)
	}
}

// Redo gives a chunk without edits these, which [Grid.Edits] told of it, in ascending order.
func (g *Grid) Redo(x, z int, edits []Edit) {
	c := g.slots[(z&g.mask)<<g.bits|x&g.mask]
	if c == nil || c.X != x || c.Z != z || c.Version == 0 {
		g.away[position{x, z}] = slices.Clone(edits)
		return
	}
	c.edits = append(c.edits[:0], edits...)
	for _, e := range edits {
		c.Blocks[e.Index] = e.Is
	}
	c.survey()
	g.touch(c)
}
