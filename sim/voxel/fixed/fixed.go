// Package fixed holds the numbers of the voxel world: whole numbers throughout, so that a seed gives the same bits on every
// processor.
//
// Lengths are in 1/65536 of a block ([One]), angles in hundredths of a degree ([Turn] to a full turn), sines and directions
// in 1/2^30 ([Unit]). The axes are Minecraft's: x points east, y up, z south. Yaw 0 looks south (+z), 9000 west (-x): it
// grows as one turns right. Pitch is 0 at the horizon and grows as one looks down, to 9000.
package fixed

// One is the length of a block's edge.
const One = 1 << 16

// Turn is a full turn, Degree a degree.
const (
	Turn   = 36000
	Degree = 100
)

// Unit is the length of a direction, and the sine of a right angle.
const (
	unitBits = 30
	Unit     = 1 << unitBits
)

// Block returns the block that a coordinate lies in.
func Block(x int) int { return x >> 16 }

// Mul returns x times a number in 1/2^30, rounded down.
func Mul(x, unit int) int { return int(int64(x) * int64(unit) >> unitBits) }

// Sin returns the sine of an angle, in 1/2^30, to within 3 of them. It is odd and exact at the quarter turns.
func Sin(angle int) int {
	angle %= Turn
	if angle < 0 {
		angle += Turn
	}
	sign := 1
	if angle >= Turn/2 {
		angle, sign = angle-Turn/2, -1
	}
	return sign * sinQuarter(min(angle, Turn/2-angle))
}

// Cos returns the cosine of an angle, in 1/2^30. See [Sin].
func Cos(angle int) int { return Sin(angle%Turn + Turn/4) }

// radian is an angle of 1/100 degree in radians, in 1/2^50: 2^50 pi / 18000.
const radian = 196506604223

// sinQuarter is Sin from 0 to a quarter turn: the Taylor series in Horner's form, in 1/2^30,
//
//	x (1 - x^2/6 (1 - x^2/20 (1 - x^2/42 (1 - x^2/72 (1 - x^2/110 (1 - x^2/156 (1 - x^2/210)))))))
func sinQuarter(angle int) int {
	if angle == Turn/4 {
		return Unit
	}
	x := int64(angle) * radian >> (50 - unitBits)
	square := x * x >> unitBits
	sum := int64(Unit)
	for _, divisor := range [...]int64{210, 156, 110, 72, 42, 20, 6} {
		sum = Unit - (square*sum>>unitBits)/divisor
	}
	return int(min(x*sum>>unitBits, Unit))
}

// Look returns the unit vector along which one looks, in 1/2^30.
func Look(yaw, pitch int) (x, y, z int) {
	level := Cos(pitch)
	return -Mul(Sin(yaw), level), -Sin(pitch), Mul(Cos(yaw), level)
}

// Root returns the square root of x >= 0, rounded down.
func Root(x int) int {
	if x < 2 {
		return x
	}
	n := int64(x)
	root := n
	for next := (root + 1) >> 1; next < root; next = (root + n/root) >> 1 {
		root = next
	}
	return int(root)
}
