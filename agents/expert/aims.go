package expert

import (
	"cmp"
	"math"
	"slices"
)

// reach is from how far off, in blocks from the eye, a block is hit; eyeHeight is where the eye is.
const (
	reach     = 4.0
	eyeHeight = 1.62
	// maxTargets is how many blocks of a kind, the nearest ones, are ways sought to.
	maxTargets = 40
)

// aims is what can be hit from where.
type aims map[int32]goal

// look is a goals function of [routes.find].
func (a aims) look(i int32, _ cell) (goal, bool) {
	g, ok := a[i]
	return g, ok
}

// nearest returns the cells of the survey that hold one of the kinds, the nearest to a place first, at most maxTargets, less
// those that are left out.
func (l *land) nearest(from cell, left map[cell]int, kinds ...kind) []cell {
	var wanted [kindCount]bool
	for _, k := range kinds {
		wanted[k] = true
	}
	type found struct{ far, at int }
	var all []found
	for i, k := range l.kinds {
		if wanted[k] {
			if c := l.cell(i); left[c] == 0 {
				dx, dy, dz := c.x-from.x, c.y-from.y, c.z-from.z
				all = append(all, found{dx*dx + 2*dy*dy + dz*dz, i})
			}
		}
	}
	slices.SortFunc(all, func(a, b found) int { return cmp.Or(a.far-b.far, a.at-b.at) })
	var cells []cell
	for _, f := range all[:min(len(all), maxTargets)] {
		cells = append(cells, l.cell(f.at))
	}
	return cells
}

// aimAt returns from where the targets can be hit, and at what cost. What stands in the line is dug; nothing may where clear is
// asked for.
func (r *routes) aimAt(targets []cell, clear bool) aims {
	a := aims{}
	for _, t := range targets {
		x, y, z := t.middle()
		for dy := -4; dy <= 3; dy++ {
			for dz := -3; dz <= 3; dz++ {
				for dx := -3; dx <= 3; dx++ {
					from := t.add(cell{dx, dy, dz})
					i := r.land.index(from)
					if i < 0 || dx == 0 && dz == 0 && (dy == 0 || dy == -1) {
						continue
					}
					ex, ey, ez := float64(from.x)+0.5, float64(from.y)+eyeHeight, float64(from.z)+0.5
					if math.Sqrt((ex-x)*(ex-x)+(ey-y)*(ey-y)+(ez-z)*(ez-z)) > reach {
						continue
					}
					cost := r.line(from, t, clear)
					if had, ok := a[int32(i)]; cost < blocked && (!ok || cost < had.cost) {
						a[int32(i)] = goal{t, cost}
					}
				}
			}
		}
	}
	return a
}

// line returns the cost of digging what is between the eye of one who stands in a cell and a target, and the target itself
// where it can be dug.
func (r *routes) line(from, target cell, clear bool) int32 {
	cost := int32(0)
	if k := r.land.at(target); k.touchable() {
		cost = r.clearing(target)
	}
	if target == from.down() {
		// What it stands on must have a floor.
		if cost += costAim; !r.land.at(target.down()).solid() {
			return blocked
		}
	}
	x, y, z := target.middle()
	ray(float64(from.x)+0.5, float64(from.y)+eyeHeight, float64(from.z)+0.5, x, y, z, func(c cell) bool {
		if c == target {
			return false
		}
		switch k := r.land.at(c); {
		case c == from || c == from.up() || !k.touchable():
		case clear || c == from.down():
			cost = blocked
		default:
			cost += 2 + r.clearing(c)
		}
		return cost < blocked
	})
	return min(cost, blocked)
}
