package render

import "somnium/sim/voxel/grid"

// plunge follows a ray along y: u is x, and z takes the place of y.
func (g *glider) plunge() (found hit, path uint64) {
	region := g.t.region
	if uint(g.in.y()-1) >= uint(region.side) {
		return g.exact(), deadEnd
	}
	for ; ; g.leave(0) {
		if g.layer < 0 && g.dm < 0 || g.layer >= region.top && g.dm > 0 || g.left < 0 {
			return 0, g.path
		}
		xc, zc, xd, zd := g.in.u(), g.in.y(), g.out.u(), g.out.y()
		if g.out.unsure() || uint(xd-xc+1) > 2 || uint(zd-zc+1) > 2 || g.layer >= grid.Height {
			return g.exact(), deadEnd
		}
		at, other := zc*region.stride, zd*region.stride
		if (g.cells[at+xc]|g.cells[at+xd]|g.cells[other+xc]|g.cells[other+xd])>>(uint(g.layer)&63)&1 != 0 {
			if found, ends := g.dive(); ends {
				return found, g.path
			}
		}
	}
}

// dive takes a ray along y through a layer that is not clear, and says what it shows if it ends there.
func (g *glider) dive() (found hit, ends bool) {
	t := g.t
	// The cells of a column are bits by z.
	xc, xd, base := g.in.u(), g.out.u(), g.in.y()-1
	here, there := g.layerBits(xc, base), g.layerBits(xd, base)
	for {
		way, cx, cz := g.meets(here, there, base)
		if way == nowhere {
			return 0, false
		}
		if way == astray {
			return g.exact(), true
		}
		switch c := t.meet(cx, g.layer, cz); c {
		case classCube:
			return g.face(way) | hit(g.layer<<16|cz<<8|cx) | g.through, true
		case classWater:
			g.cells, g.through = t.region.dry, g.through|throughWater
			here, there = g.layerBits(xc, base), g.layerBits(xd, base)
			continue
		default:
			if found, ends := g.pass(c, cx, g.layer, cz); ends {
				return found, true
			}
		}
		// It goes on behind this cell.
		if cx == xc {
			here &^= 1 << uint(cz-base)
		}
		if cx == xd {
			there &^= 1 << uint(cz-base)
		}
	}
}

// layerBits returns the cells x, z..z+2 of the layer as three bits; z may be outside the columns where it is not needed.
func (g *glider) layerBits(x, z int) (bits uint64) {
	stride := g.t.region.stride
	for i := range 3 {
		if uint(z+i) < uint(stride) {
			bits |= g.cells[(z+i)*stride+x] >> (uint(g.layer) & 63) & 1 << i
		}
	}
	return bits
}
