package render

import "somnium/sim/voxel/block"

// touch returns the face at which a ray touches the plant or the post of a cell, 0 where it goes past.
func (t *tracer) touch(cx, cy, cz int, dx, dy, dz int64) int {
	corner := t.cornerOf(cx, cy, cz)
	d := [3]int64{dx, dy, dz}
	k := t.region.kind(cx, cy, cz)
	if k.Info().Shape == block.Post {
		face, _ := post(corner, d)
		return face
	}
	face, _, _, _ := t.cross(k, corner, d)
	return face
}

// cornerOf returns the corner of a cell, seen from the eye.
func (t *tracer) cornerOf(cx, cy, cz int) [3]int64 {
	return [3]int64{int64(cx)<<placeBits - t.origin[0], int64(cy)<<placeBits - t.origin[1], int64(cz)<<placeBits - t.origin[2]}
}

// The post of a torch, in 1/4096 of a block from the corner of its cell.
var (
	postLow  = [3]int64{cell * 7 / 16, 0, cell * 7 / 16}
	postHigh = [3]int64{cell * 9 / 16, cell * 5 / 8, cell * 9 / 16}
)

// post returns the face of a torch that a ray comes in by, 0 where it goes past, and after how many times d. corner is the
// cell's, seen from the eye.
func post(corner, d [3]int64) (face int, when float64) {
	low, high := corner, corner
	for i := range low {
		low[i] += postLow[i]
		high[i] += postHigh[i]
	}
	return slab(low, high, d)
}

// slab returns the face of a box that the ray from 0 along d comes in by, and after how many times d; 0 where it misses, or
// begins inside.
func slab(low, high, d [3]int64) (face int, when float64) {
	first, last := 0.0, 1e300
	for i := range d {
		near, far, side := low[i], high[i], 1
		if d[i] < 0 {
			near, far, side = high[i], low[i], 0
		}
		in, out := float64(near)/float64(d[i]), float64(far)/float64(d[i])
		if in > first {
			first, face = in, [3]int{faceEast, faceTop, faceSouth}[i]+side
		}
		last = min(last, out)
	}
	if first >= last {
		return 0, 0
	}
	return face, first
}

// cross returns the face of a plant that a ray touches, faceTop for a blossom and faceSouth for the rest, 0 where it goes past;
// where on the plant that is, in sixteenths of a block from the left and from the top; and after how many times d. The plant
// stands on the two diagonals of its cell.
func (t *tracer) cross(k block.Kind, corner, d [3]int64) (face, u, v int, best float64) {
	best = 1e300
	for side := range 2 {
		// The planes x - z = 0 and x + z = 1 of the cell.
		distance, speed := corner[0]-corner[2], d[0]-d[2]
		if side == 1 {
			distance, speed = corner[0]+corner[2]+cell, d[0]+d[2]
		}
		if speed == 0 {
			continue
		}
		when := float64(distance) / float64(speed)
		if when <= 0 || when >= best {
			continue
		}
		x := sixteenth(when, d[0], corner[0])
		y := sixteenth(when, d[1], corner[1])
		if uint(x) >= 16 || uint(y) >= 16 {
			continue
		}
		if part := t.plants[k][15-y][x]; part != 0 {
			face, u, v, best = int(part), x, 15-y, when
		}
	}
	return face, u, v, best
}

// sixteenth returns in which sixteenth of a cell a ray is after when times d, along one axis.
func sixteenth(when float64, d, corner int64) int {
	at := float64(when*float64(d)) - float64(corner)
	return int(at+cell)>>(placeBits-4) - 16
}
