package fixed_test

import (
	"math"
	"testing"

	"somnium/sim/voxel/fixed"
)

func TestSinIsTheSine(t *testing.T) {
	for angle := -2 * fixed.Turn; angle <= 2*fixed.Turn; angle++ {
		want := math.Sin(float64(angle) * 2 * math.Pi / fixed.Turn)
		if got := float64(fixed.Sin(angle)) / fixed.Unit; math.Abs(got-want) > 3.0/fixed.Unit {
			t.Fatalf("the sine of %d is %.12f, want %.12f", angle, got, want)
		}
		if fixed.Sin(angle) != -fixed.Sin(-angle) || fixed.Cos(angle) != fixed.Cos(-angle) {
			t.Fatalf("sine or cosine of %d is not symmetric", angle)
		}
	}
}

func TestLookFollowsTheCompass(t *testing.T) {
	for _, c := range []struct{ yaw, pitch, x, y, z int }{
		{0, 0, 0, 0, 1}, {9000, 0, -1, 0, 0}, {18000, 0, 0, 0, -1}, {27000, 0, 1, 0, 0}, {0, 9000, 0, -1, 0}, {0, -9000, 0, 1, 0},
	} {
		x, y, z := fixed.Look(c.yaw, c.pitch)
		if x != c.x*fixed.Unit || y != c.y*fixed.Unit || z != c.z*fixed.Unit {
			t.Errorf("Look(%d, %d) is (%d, %d, %d)", c.yaw, c.pitch, x, y, z)
		}
	}
}

func TestRoot(t *testing.T) {
	for _, x := range []int{0, 1, 2, 3, 4, 15, 16, 17, 1<<40 - 1, 1 << 40, 1<<62 - 1} {
		if r := fixed.Root(x); r*r > x || (r+1)*(r+1) <= x {
			t.Errorf("Root(%d) is %d", x, r)
		}
	}
}
