package parse

import (
	"math"
	"testing"
)

// paint draws a soft-edged disc.
func paint(frame []uint8, width int, x, y, radius float64, c Color) {
	for i := range len(frame) / 3 {
		dx, dy := float64(i%width)+0.5-x, float64(i/width)+0.5-y
		cover := min(max(radius+0.5-math.Hypot(dx, dy), 0), 1)
		for k := range 3 {
			frame[3*i+k] = uint8(math.Round(float64(frame[3*i+k])*(1-cover) + cover*float64(c[k])))
		}
	}
}

func flat(height, width int, c Color) []uint8 {
	frame := make([]uint8, height*width*3)
	for i := range frame {
		frame[i] = c[i%3]
	}
	return frame
}

func TestDiscsAreFoundWhereTheyAre(t *testing.T) {
	ground, red, green := Color{246, 245, 241}, Color{214, 48, 49}, Color{40, 160, 90}
	for _, place := range [][3]float64{{20.3, 30.7, 4}, {41.5, 12.25, 6.5}, {50, 50, 3.2}} {
		frame := flat(64, 64, ground)
		paint(frame, 64, place[0], place[1], place[2], red)
		paint(frame, 64, 10, 10, 3, green)
		if got := Ground(frame); got != ground {
			t.Fatalf("the ground is %v, want %v", got, ground)
		}
		things := Of(frame, 64, 64, red, ground, 4)
		if len(things) != 1 {
			t.Fatalf("%d red things, want 1", len(things))
		}
		if d := math.Hypot(things[0].X-place[0], things[0].Y-place[1]); d > 0.05 {
			t.Errorf("the disc at %v is found %.3f pixels off", place, d)
		}
		if math.Abs(things[0].Radius()-place[2]) > 0.1 {
			t.Errorf("the disc of radius %v is found with %v", place[2], things[0].Radius())
		}
		if all := Apart(frame, 64, 64, ground, 4); len(all) != 2 {
			t.Errorf("%d things stand out, want 2", len(all))
		}
	}
}

func TestThresholdsOfPhyWorld(t *testing.T) {
	frame := flat(128, 128, Color{255, 255, 255})
	paint(frame, 128, 40.25, 60.5, 10, Color{255, 0, 0})
	paint(frame, 128, 90.5, 60.5, 14, Color{0, 0, 255})
	for name, test := range map[string]struct {
		got  Disc
		x, r float64
	}{"red": {Red(frame, 128, 128), 40.25, 10}, "blue": {Blue(frame, 128, 128), 90.5, 14}} {
		if math.Abs(test.got.X-test.x) > 0.3 || math.Abs(test.got.Y-60.5) > 0.3 || math.Abs(test.got.Radius-test.r) > 0.2 {
			t.Errorf("the %s ball is %+v, want it at %v with radius %v", name, test.got, test.x, test.r)
		}
	}
	if Red(flat(16, 16, Color{255, 255, 255}), 16, 16).Found() {
		t.Error("a red ball is found on white paper")
	}
}

func TestSoftEdgesAreNoColours(t *testing.T) {
	ground, red, black := Color{255, 255, 255}, Color{255, 0, 0}, Color{16, 16, 18}
	frame := flat(64, 64, ground)
	paint(frame, 64, 20.3, 30.7, 9, red)
	paint(frame, 64, 45.1, 20.2, 4.4, black)
	palette := Palette(frame, ground, 5, 3)
	if len(palette) != 2 || Gap(palette[0], red) > 16 || Gap(palette[1], black) > 16 {
		t.Errorf("the colours are %v, want red and black", palette)
	}
}
