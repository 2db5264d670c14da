package rigid

import (
	"math"

	"github.com/jakecoffman/cp/v2"
)

// An outline is the corners of a convex polygon, counter-clockwise, in units.

// rectangle returns the outline of a box around its centre.
func rectangle(width, height float64) []cp.Vector {
	x, y := width/2, height/2
	return []cp.Vector{{X: -x, Y: -y}, {X: x, Y: -y}, {X: x, Y: y}, {X: -x, Y: y}}
}

// extent returns the largest half extents, along the axes and around the origin, of the outlines.
func extent(parts [][]cp.Vector) (half [2]float64) {
	for _, part := range parts {
		for _, v := range part {
			half = [2]float64{max(half[0], math.Abs(v.X)), max(half[1], math.Abs(v.Y))}
		}
	}
	return half
}

// area returns the area that an outline encloses, counter-clockwise.
func area(outline []cp.Vector) float64 {
	twice := 0.0
	last := outline[len(outline)-1]
	for _, v := range outline {
		twice += last.Cross(v)
		last = v
	}
	return twice / 2
}

// centreOfMass returns the centre of mass of what a counter-clockwise outline encloses.
func centreOfMass(outline []cp.Vector) cp.Vector {
	var sum cp.Vector
	last := outline[len(outline)-1]
	for _, v := range outline {
		sum = sum.Add(last.Add(v).Mult(last.Cross(v)))
		last = v
	}
	return sum.Mult(1 / (6 * area(outline)))
}

// moved returns the outlines shifted so that the place by comes to lie at the origin.
func moved(parts [][]cp.Vector, by cp.Vector) [][]cp.Vector {
	shifted := make([][]cp.Vector, len(parts))
	for i, part := range parts {
		shifted[i] = make([]cp.Vector, len(part))
		for j, v := range part {
			shifted[i][j] = v.Sub(by)
		}
	}
	return shifted
}

// encloses says whether the point lies within the counter-clockwise outline.
func encloses(outline []cp.Vector, point cp.Vector) bool {
	last := outline[len(outline)-1]
	for _, v := range outline {
		if v.Sub(last).Cross(point.Sub(last)) < 0 {
			return false
		}
		last = v
	}
	return true
}

// clip returns the part of an outline where normal times place is at most limit; it may be empty.
func clip(outline []cp.Vector, normal cp.Vector, limit float64) []cp.Vector {
	var kept []cp.Vector
	if len(outline) == 0 {
		return nil
	}
	last := outline[len(outline)-1]
	before := normal.Dot(last) - limit
	for _, v := range outline {
		now := normal.Dot(v) - limit
		if before < 0 && now > 0 || before > 0 && now < 0 {
			kept = append(kept, last.Lerp(v, before/(before-now)))
		}
		if now <= 0 {
			kept = append(kept, v)
		}
		last, before = v, now
	}
	if len(kept) < 3 {
		return nil
	}
	return kept
}

// rounding is the radius of the corners of boxes and polygons where they touch, in units: a third of a pixel in a picture of
// 64. The solver tells the contact of two cores that stay apart by their distance, which is faster and steadier than by
// their overlap.
const rounding = 0.05

// core returns the outline moved inward, and the radius to give it so that it reaches as far as before: rounding, or less
// where the outline is too narrow.
func core(outline []cp.Vector) (inner []cp.Vector, radius float64) {
	for radius = rounding; radius > 1e-3; radius /= 2 {
		inner = outline
		last := outline[len(outline)-1]
		for _, v := range outline {
			out := v.Sub(last).ReversePerp().Normalize()
			inner = clip(inner, out, out.Dot(v)-radius)
			last = v
		}
		if len(inner) >= 3 && area(inner) > area(outline)/8 {
			return inner, radius
		}
	}
	return outline, 0
}
