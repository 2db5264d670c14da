package render

import "somnium/sim/voxel/fixed"

// The tracer's units: places are in 1/4096 of a block from the corner of the region of columns, directions below 2^20. So a
// product of a place and two components of a direction stays below 2^60.
const (
	placeBits     = 12
	cell          = 1 << placeBits
	directionSize = 1 << 20
)

// view is a camera and its rays. The ray of the pixel in row i and column j runs from origin along
//
//	forward + (2j + 1 - width) right + (height - 1 - 2i) up
//
// exactly: the components of forward are odd and those of right and up even, so that none of the sum is ever zero. Those of
// origin are odd, so that the eye never lies on a face of a block.
type view struct {
	width, height      int
	origin             [3]int64
	forward, right, up [3]int64
}

// aim turns the rays the camera's way. half is the tangent of half the vertical field of view, in 1/2^30.
func (v *view) aim(yaw, pitch, half int) {
	// |forward| + width |right| + height |up| stays below directionSize, and height |up| / |forward| is the tangent.
	wide := fixed.Unit + half + half*v.width/v.height
	length := int(int64(directionSize-1024) << 30 / int64(wide))
	step := (length * half >> 14) / v.height // in 1/2^16
	x, y, z := fixed.Look(yaw, pitch)
	v.forward = [3]int64{odd(x, length), odd(y, length), odd(z, length)}
	v.right = [3]int64{even(-fixed.Cos(yaw), step), 0, even(-fixed.Sin(yaw), step)}
	sin := fixed.Sin(pitch)
	v.up = [3]int64{
		even(fixed.Mul(-fixed.Sin(yaw), sin), step), even(fixed.Cos(pitch), step), even(fixed.Mul(fixed.Cos(yaw), sin), step),
	}
}

// odd returns the odd number nearest to unit*length, unit in 1/2^30.
func odd(unit, length int) int64 { return int64(unit*length)>>31<<1 | 1 }

// even returns the even number nearest to unit*step, unit in 1/2^30 and step in 1/2^16.
func even(unit, step int) int64 { return (int64(unit*step) + 1<<46) >> 47 << 1 }

// ray returns the direction of a pixel.
func (v *view) ray(row, column int) (dx, dy, dz int64) {
	a, b := int64(2*column+1-v.width), int64(v.height-1-2*row)
	return v.forward[0] + a*v.right[0] + b*v.up[0], v.forward[1] + b*v.up[1], v.forward[2] + a*v.right[2] + b*v.up[2]
}
