package render

import (
	"fmt"
	"math/bits"
	"testing"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/grid"
)

// reference follows a ray cell by cell through the grid itself, comparing every crossing with every other by 128-bit products:
// the picture is what it says, and the quick tracer must agree in every pixel.
func reference(t *tracer, g *grid.Grid, d [3]int64) hit {
	at := [3]int{int(t.origin[0] >> placeBits), int(t.origin[1] >> placeBits), int(t.origin[2] >> placeBits)}
	world := func() block.Kind {
		if at[1] < 0 || at[1] >= grid.Height {
			return block.Air
		}
		return g.At(t.region.x+at[0], at[1], t.region.z+at[2])
	}
	through := hit(0)
	if world().Watery() {
		through = throughWater
	}
	for {
		axis := soonest(t, at, d)
		if d[axis] > 0 {
			at[axis]++
		} else {
			at[axis]--
		}
		if at[1] < 0 && d[1] < 0 || at[1] >= grid.Height && d[1] > 0 {
			return 0
		}
		k := world()
		if t.square(at[0], at[1], at[2]) > t.reach {
			// Air, and more of the water that it is in, do not end a ray, until nothing can come nearer.
			level := max(abs(int64(at[0])-t.origin[0]>>placeBits), abs(int64(at[2])-t.origin[2]>>placeBits))
			if level > int64(t.distance) || k != block.Air && !(through&throughWater != 0 && k.Watery()) {
				return 0
			}
		}
		face := [3][2]int{{faceEast, faceWest}, {faceTop, faceBottom}, {faceSouth, faceNorth}}[axis][bits.Len64(uint64(d[axis])>>63)^1]
		switch t.classes[k] {
		case classClear:
			continue
		case classWater:
			through |= throughWater
			continue
		case classGlass:
			through |= throughGlass
			continue
		case classShape:
			if face = t.touch(at[0], at[1], at[2], d[0], d[1], d[2]); face == 0 {
				continue
			}
		}
		return hit(face<<hitFaceShift|at[1]<<16|at[2]<<8|at[0]) | through
	}
}

// soonest returns the coordinate along which the ray leaves a cell first; of several at once x, then z.
func soonest(t *tracer, at [3]int, d [3]int64) int {
	best := 0
	for _, i := range [2]int{2, 1} {
		// ahead_i / |d_i| < ahead_best / |d_best|
		iHigh, iLow := bits.Mul64(uint64(ahead(at[i], t.origin[i], d[i])), uint64(abs(d[best])))
		bestHigh, bestLow := bits.Mul64(uint64(ahead(at[best], t.origin[best], d[best])), uint64(abs(d[i])))
		if iHigh < bestHigh || iHigh == bestHigh && iLow < bestLow {
			best = i
		}
	}
	return best
}

// shapes are sizes, fields of view and distances to hold the tracer to.
var shapes = []Options{
	{}, {Height: 33, Width: 47}, {Height: 48, Width: 97, FieldOfView: 100}, {Height: 65, Width: 32, Distance: 17}, {Height: 32, Width: 200},
}

func TestTheTracerSeesWhatTheReferenceSees(t *testing.T) {
	holdToReference(t, stands(4*len(shapes)), len(shapes))
}

// holdToReference compares pictures of every shape in three worlds, of one in so many cameras each.
func holdToReference(t *testing.T, cameras []Camera, share int) {
	for name, generate := range map[string]grid.Generator{"hills": hills, "sparse": rubble(8, 1), "dense": rubble(150, 2)} {
		g := grid.New(8, generate)
		for i, o := range shapes {
			r := open64(t, o)
			for j, c := range cameras {
				if j%share != i%share {
					continue
				}
				r.look(g, c)
				r.tracer.castAll(0, r.tracer.height)
				if err := compare(&r.tracer, g); err != nil {
					t.Fatalf("%s, shape %d, camera %d %+v: %v", name, i, j, c, err)
				}
			}
		}
	}
}

// compare holds every pixel to the reference.
func compare(t *tracer, g *grid.Grid) error {
	for i := range t.height {
		for j := range t.width {
			dx, dy, dz := t.ray(i, j)
			if got, want := t.hits[i*t.width+j], reference(t, g, [3]int64{dx, dy, dz}); got != want {
				return fmt.Errorf("row %d, column %d shows %s, the reference %s", i, j, describe(got), describe(want))
			}
		}
	}
	return nil
}

func describe(h hit) string {
	return fmt.Sprintf("(%d %d %d face %d through %d)", h&255, h>>16&63, h>>8&255, h>>hitFaceShift&7, h>>25)
}
