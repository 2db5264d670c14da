package render

import "somnium/sim/voxel/grid"

// plunge follows a ray along y: u is x, and z takes the place of y.
func (g *glider) plunge() hit {
	region := g.t.region
	if uint(g.in.y()-1) >= uint(region.side) {
		return g.exact()
	}
	for g.sink() {
		if g.stray() || g.layer >= grid.Height {
			return g.exact()
		}
		x, z := g.in.u(), g.in.y()
		if g.cells[z*region.stride+x]>>(uint(g.layer)&63)&1 != 0 && g.t.meet(x, g.layer, z) == classCube {
			// Most rays that a layer stops are stopped by the first cell.
			return g.face(byM) | hit(g.layer<<16|z<<8|x) | g.through
		}
		if found, ends := g.dive(); ends {
			return found
		}
		g.in, g.out = g.out, g.out+g.step
		g.advance(1)
	}
	return 0
}

// stray says whether the cells that the ray comes through in the present layer are in doubt, or more than three.
func (g *glider) stray() bool {
	return g.out.unsure() || uint(g.out.u()-g.in.u()+1) > 2 || uint(g.out.y()-g.in.y()+1) > 2
}

// sink takes a ray along y to the next layer in which something may be on its way, or to where it goes astray; it says whether
// there is one.
func (g *glider) sink() bool {
	region, cells, in, out, step := g.t.region, g.cells, g.in, g.out, g.step
	layer, left, forth, stride := g.layer, g.left, 1, region.stride
	if g.dm < 0 {
		forth = -1
	}
	for uint(layer) < uint(region.top) && left >= 0 {
		x0, z0, x1, z1 := in.u(), in.y(), out.u(), out.y()
		if out.unsure() || uint(x1-x0+1) > 2 || uint(z1-z0+1) > 2 {
			break
		}
		at, other := z0*stride, z1*stride
		if (cells[at+x0]|cells[at+x1]|cells[other+x0]|cells[other+x1])>>(uint(layer)&63)&1 != 0 {
			break
		}
		in, out, layer, left = out, out+step, layer+forth, left-1
	}
	g.in, g.out, g.layer, g.left = in, out, layer, left
	return left >= 0 && layer >= 0 && (layer < region.top || forth < 0)
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
