package render

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/grid"
)

// shadowReach is how many blocks daylight comes in sideways before it fades.
const shadowReach = 2

// cover computes shelter: the least roof within shadowReach along both axes, so that shade is soft.
func (r *region) cover() {
	for i := range r.chunks {
		c := r.columnsOf(r.chunks[i])
		for z := range grid.Side {
			at := (i/r.chunkSide*grid.Side+z+1)*r.stride + i%r.chunkSide*grid.Side + 1
			copy(r.roofs[at:at+grid.Side], c.roof[z*grid.Side:])
		}
	}
	for z := 1; z <= r.side; z++ {
		row, out := r.roofs[z*r.stride:(z+1)*r.stride], r.least[z*r.stride:(z+1)*r.stride]
		for x := 1 + shadowReach; x <= r.side-shadowReach; x++ {
			out[x] = min(row[x-2], row[x-1], row[x], row[x+1], row[x+2])
		}
	}
	for z := 1 + shadowReach; z <= r.side-shadowReach; z++ {
		a, b, c, d, e := r.row(z-2), r.row(z-1), r.row(z), r.row(z+1), r.row(z+2)
		out := r.shelter[z*r.stride : (z+1)*r.stride]
		for x := range out {
			out[x] = min(a[x], b[x], c[x], d[x], e[x])
		}
	}
}

func (r *region) row(z int) []uint8 { return r.least[z*r.stride : (z+1)*r.stride] }

// lamps is the light of torches, which goes from cell to cell and fades by one at each.
type lamps struct {
	// level is the light of every cell at y*stride*stride + z*stride + x, 0..15; empty until there is a torch.
	level []uint8
	// lit are the cells whose level is not 0; it serves as the queue of the flood.
	lit []int32
}

// shine computes the light of all torches of the region afresh.
func (l *lamps) shine(r *region) {
	for _, i := range l.lit {
		l.level[i] = 0
	}
	l.lit = l.lit[:0]
	for i, c := range r.chunks {
		for _, at := range c.Torches {
			x, z := i%r.chunkSide*grid.Side+int(at)&15+1, i/r.chunkSide*grid.Side+int(at)>>4&15+1
			l.put(r, x, int(at)>>8, z, block.Torch.Info().Light)
		}
	}
	for next := 0; next < len(l.lit); next++ {
		l.spread(r, int(l.lit[next]))
	}
}

// put lights a cell. All torches are equally bright, so that cells come into the queue from the brightest to the darkest, and
// none twice.
func (l *lamps) put(r *region, x, y, z int, light uint8) {
	layer := r.stride * r.stride
	if len(l.level) == 0 {
		l.level = make([]uint8, layer*grid.Height)
	}
	if at := y*layer + z*r.stride + x; l.level[at] == 0 {
		l.level[at] = light
		l.lit = append(l.lit, int32(at))
	}
}

// spread lights the neighbours of a cell that light comes into.
func (l *lamps) spread(r *region, at int) {
	light := l.level[at] - 1
	if light == 0 {
		return
	}
	layer := r.stride * r.stride
	y, column := at/layer, at%layer
	x, z := column%r.stride, column/r.stride
	for _, n := range [6][3]int{{x - 1, y, z}, {x + 1, y, z}, {x, y - 1, z}, {x, y + 1, z}, {x, y, z - 1}, {x, y, z + 1}} {
		if uint(n[1]) < grid.Height && uint(n[0]-1) < uint(r.side) && uint(n[2]-1) < uint(r.side) && !r.kind(n[0], n[1], n[2]).Opaque() {
			l.put(r, n[0], n[1], n[2], light)
		}
	}
}

// at returns the light of torches in a cell.
func (l *lamps) at(r *region, x, y, z int) uint8 {
	if len(l.lit) == 0 {
		return 0
	}
	return l.level[(y*r.stride+z)*r.stride+x]
}
