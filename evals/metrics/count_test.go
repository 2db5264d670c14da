package metrics

import (
	"math"
	"math/rand/v2"
	"testing"

	"somnium/env"
	_ "somnium/sim/all"
)

// disc paints a soft-edged disc.
func disc(frame []uint8, width int, x, y, radius float64, color rgb) {
	for i := range len(frame) / 3 {
		dx, dy := float64(i%width)+0.5-x, float64(i/width)+0.5-y
		cover := min(max(radius+0.5-math.Hypot(dx, dy), 0), 1)
		for k := range 3 {
			frame[3*i+k] = uint8(math.Round(float64(frame[3*i+k])*(1-cover) + cover*float64(color[k])))
		}
	}
}

// bar paints a rectangle.
func bar(frame []uint8, width, top, bottom, left, right int, color rgb) {
	for y := top; y < bottom; y++ {
		for x := left; x < right; x++ {
			for k := range 3 {
				frame[3*(y*width+x)+k] = uint8(color[k])
			}
		}
	}
}

var (
	red    = rgb{214, 48, 49}
	orange = rgb{236, 137, 30}
	blue   = rgb{52, 110, 224}
)

func TestCountOfThings(t *testing.T) {
	c := NewCounter(64, 64)
	for _, test := range []struct {
		name  string
		want  int
		paint func(frame []uint8)
	}{
		{"nothing", 0, func([]uint8) {}},
		{"a disc", 1, func(f []uint8) { disc(f, 64, 20.3, 30.7, 4, red) }},
		{"a small disc", 1, func(f []uint8) { disc(f, 64, 20.3, 30.7, 1.9, blue) }},
		{"a speck", 0, func(f []uint8) { disc(f, 64, 20.5, 30.5, 0.9, blue) }},
		{"two of one colour", 2, func(f []uint8) { disc(f, 64, 20, 30, 4, red); disc(f, 64, 40, 30, 4, red) }},
		{"two that touch", 2, func(f []uint8) { bar(f, 64, 58, 62, 10, 26, orange); disc(f, 64, 18, 54, 4, red) }},
		{"two that overlap", 2, func(f []uint8) { disc(f, 64, 30, 30, 6, blue); disc(f, 64, 34, 33, 5, red) }},
		{"in a corner", 1, func(f []uint8) { disc(f, 64, 1, 1, 4, red) }},
		{"a thin bar and a disc", 2, func(f []uint8) { bar(f, 64, 60, 62, 10, 26, orange); disc(f, 64, 50, 20, 4, blue) }},
	} {
		for _, background := range []rgb{{246, 245, 241}, {26, 32, 56}, {24, 24, 26}} {
			frame := flat(64, 64, uint8(background[0]), uint8(background[1]), uint8(background[2]))
			test.paint(frame)
			if got := c.Count(frame); got != test.want {
				t.Errorf("%s on %v: counted %d, want %d", test.name, background, got, test.want)
			}
			// What a good model shows: a little softer, with a little noise.
			rng := rand.New(rand.NewPCG(1, 2))
			soft := Gaussian(frame, 64, 64, 0.4)
			for i := range soft {
				soft[i] = uint8(min(max(float64(soft[i])+4*rng.NormFloat64(), 0), 255))
			}
			if got := c.Count(soft); got != test.want && test.name != "a small disc" {
				t.Errorf("%s on %v, softened: counted %d, want %d", test.name, background, got, test.want)
			}
		}
	}
}

// A paddle of two rows whose colour wanders from cell to cell of the histogram, with a soft row of one colour above: the row
// is an edge though its cell is the fullest.
func TestAnEdgeIsNoThingWhereItsColourIsTheFullestCell(t *testing.T) {
	frame := flat(64, 64, 246, 245, 241)
	bar(frame, 64, 59, 60, 10, 26, rgb{244, 222, 159})
	for x := 10; x < 26; x++ {
		bar(frame, 64, 60, 62, x, x+1, rgb{226 + x, 185 + x, 30 + 2*x})
	}
	disc(frame, 64, 40, 20, 4, blue)
	if got := NewCounter(64, 64).Count(frame); got != 2 {
		t.Errorf("counted %d things, want 2", got)
	}
}

// In the scenes with a known number of bodies that stay in view, the count on true frames is that number.
func TestCountOnTrueFrames(t *testing.T) {
	for _, name := range []string{"RigidCatch-v0", "RigidPush-v0", "RigidCatch-v0?height=48&width=80"} {
		e, err := env.Make(name)
		if err != nil {
			t.Fatal(err)
		}
		height, width, _ := env.FrameSize(e.Spec().Observation)
		c, rng, action := NewCounter(height, width), rand.New(rand.NewPCG(3, 4)), e.Spec().Action.New()
		right, frames := 0, 0
		for seed := range uint64(10) {
			obs, err := e.Reset(env.Seeded(seed))
			for step := range 60 {
				if err != nil {
					t.Fatal(err)
				}
				if c.Count(obs.Pixels()) == 2 {
					right++
				}
				frames++
				if step%6 == 0 {
					e.Spec().Action.Sample(rng, action)
				}
				var s env.Step
				s, err = e.Step(action)
				obs = s.Obs
				if s.Done() {
					break
				}
			}
		}
		share := float64(right) / float64(frames)
		t.Logf("%s: two things in %.2f%% of %d frames", name, 100*share, frames)
		if share < 0.995 {
			t.Errorf("%s: two things in only %.2f%% of frames", name, 100*share)
		}
		e.Close()
	}
}

func BenchmarkCount(b *testing.B) {
	frame := flat(64, 64, 246, 245, 241)
	bar(frame, 64, 58, 62, 10, 26, orange)
	disc(frame, 64, 18, 54, 5, red)
	c := NewCounter(64, 64)
	for b.Loop() {
		c.Count(frame)
	}
}
