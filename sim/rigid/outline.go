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
