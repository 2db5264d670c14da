package terrain

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/grid"
)

// ore says how much of an ore a chunk holds, and where.
type ore struct {
	kind block.Kind
	// veins are tried in each chunk, of length blocks at most, below top.
	veins, length, top int
}

var ores = []ore{
	{block.CoalOre, 12, 7, 48},
	{block.IronOre, 11, 5, 30},
	{block.DiamondOre, 3, 4, 13},
	{block.Gravel, 3, 9, 40},
}

// ores winds veins through the stone of a chunk. They end at its walls.
func (t *Terrain) ores(c *grid.Chunk) {
	for i, o := range ores {
		for v := range o.veins {
			h := t.hash(saltOre, c.X, i<<8|v, c.Z)
			x, z, y := int(h&15), int(h>>4&15), 2+int(h>>8&0xffff)*(o.top-2)>>16
			h >>= 24
			for range o.length {
				if index := grid.Index(x, y, z); c.Blocks[index] == block.Stone {
					c.Blocks[index] = o.kind
				}
				x, y, z = walk(x, y, z, int(h&7))
				h >>= 3
			}
		}
	}
}

// walk goes one block along one of the axes, within a chunk.
func walk(x, y, z, way int) (nx, ny, nz int) {
	switch way {
	case 0:
		x++
	case 1:
		x--
	case 2, 3:
		y++
	case 4, 5:
		y--
	case 6:
		z++
	case 7:
		z--
	}
	return min(max(x, 0), grid.Side-1), min(max(y, 1), grid.Height-1), min(max(z, 0), grid.Side-1)
}

// The lattice of the noises that caves follow: its spacing is 8 blocks along each axis.
const (
	caveBits   = 3
	caveAcross = grid.Side>>caveBits + 1
	caveUp     = grid.Height>>caveBits + 1
	// caveWidth is how far the two noises may be from their middles, of 65536.
	caveWidth = 5400
	// caveRoof is how many blocks of ground a cave leaves above it, caveMouth where it may break through.
	caveRoof  = 5
	caveMouth = Sea + 4
	lavaLevel = 3
)

type lattice [caveUp][caveAcross][caveAcross]int32

func (t *Terrain) fillLattice(dst *lattice, s salt, c *grid.Chunk) {
	for y := range caveUp {
		for z := range caveAcross {
			for x := range caveAcross {
				h := t.hash(s, c.X<<(4-caveBits)+x, y+1, c.Z<<(4-caveBits)+z)
				dst[y][z][x] = int32(h>>48) - 1<<15
			}
		}
	}
}

// column blends the lattice down to the column x, z of the chunk: one number for every level of the lattice.
func (l *lattice) column(x, z int) (dst [caveUp]int32) {
	cx, fx := x>>caveBits, int32(x&7)
	cz, fz := z>>caveBits, int32(z&7)
	for y := range dst {
		a, b := l[y][cz][cx], l[y][cz][cx+1]
		c, d := l[y][cz+1][cx], l[y][cz+1][cx+1]
		near, far := a*8+(b-a)*fx, c*8+(d-c)*fx
		dst[y] = (near*8 + (far-near)*fz) >> 6
	}
	return dst
}

// caves hollows the stone out where two noises in space are both near their middles, which are winding tunnels. Their
// deepest parts are filled with lava.
func (t *Terrain) caves(c *grid.Chunk, columns *[across][across]column) {
	var a, b lattice
	t.fillLattice(&a, saltCaveA, c)
	t.fillLattice(&b, saltCaveB, c)
	for z := range grid.Side {
		for x := range grid.Side {
			if col := &columns[z+margin][x+margin]; col.wild {
				hollow(c, x, z, ceiling(columns, x+margin, z+margin), a.column(x, z), b.column(x, z))
			}
		}
	}
}

// ceiling returns below what height caves may be in a column. Where water may be near they stay below its ground.
func ceiling(columns *[across][across]column, x, z int) int {
	lowest := columns[z][x].height
	for _, d := range [...][2]int{{-2, 0}, {2, 0}, {0, -2}, {0, 2}, {-1, -1}, {1, 1}, {-1, 1}, {1, -1}} {
		lowest = min(lowest, columns[z+d[1]][x+d[0]].height)
	}
	if lowest >= caveMouth {
		return lowest
	}
	return lowest - caveRoof
}

// hollow digs the caves of one column, given its two noises at every level of the lattice.
func hollow(c *grid.Chunk, x, z, ceiling int, a, b [caveUp]int32) {
	for level := 0; level<<caveBits < ceiling; level++ {
		if beside(a[level], a[level+1]) || beside(b[level], b[level+1]) {
			continue
		}
		na, nb := a[level]*8, b[level]*8
		da, db := a[level+1]-a[level], b[level+1]-b[level]
		index := grid.Index(x, level<<caveBits, z)
		for y := level << caveBits; y < min(ceiling, (level+1)<<caveBits); y++ {
			if y > 0 && na < caveWidth*8 && na > -caveWidth*8 && nb < caveWidth*8 && nb > -caveWidth*8 {
				c.Blocks[index] = block.Air
				if y <= lavaLevel {
					c.Blocks[index] = block.Lava
				}
			}
			na, nb = na+da, nb+db
			index += grid.Layer
		}
	}
}

// beside says that a noise stays on one side of the middle, off it, all the way between two levels.
func beside(a, b int32) bool {
	return a >= caveWidth && b >= caveWidth || a <= -caveWidth && b <= -caveWidth
}
