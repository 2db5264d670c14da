package rigid

import (
	"math"
	"testing"
)

// centroid parses a frame as PhyWorld does: the mean index of the pixels with R > 127 and G, B < 127, in units, y up.
func centroid(pixels []uint8, size int) (x, y float64, count int) {
	for i := range size {
		for j := range size {
			p := pixels[3*(i*size+j):]
			if p[0] > 127 && p[1] < 127 && p[2] < 127 {
				x += float64(j)
				y += float64(size - 1 - i)
				count++
			}
		}
	}
	unit := 10 / float64(size)
	return x / float64(count) * unit, y / float64(count) * unit, count
}

// The floor of PhyWorld's parser on true frames, over the ranges of the training set: the mean over frames of the error of
// the velocity between two frames, and the error of its mean over time. Frames from the third on count while the ball is
// wholly in view. On frames drawn as PhyWorld draws them the two are .122, .038, .016 and, once the factor (W-1)/W of that
// drawing is taken out, .004, .001, .001. Ours are drawn without the factor, so the first comes out lower.
func TestParserFloorOnUniformMotion(t *testing.T) {
	for _, test := range []struct {
		size             int
		perFrame, ofMean float64
	}{{64, 0.122, 0.006}, {128, 0.042, 0.002}, {256, 0.016, 0.001}} {
		e := open(t, &uniformMotion, test.size, test.size, nil)
		perFrame, ofMean := 0.0, 0.0
		const episodes = 30
		for seed := range uint64(episodes) {
			frameError, meanError := parseUniform(t, e, seed, test.size)
			perFrame += frameError / episodes
			ofMean += meanError / episodes
		}
		t.Logf("%d pixels: mean |v - v'| %.4f, |time-mean v - v'| %.5f", test.size, perFrame, ofMean)
		if perFrame > test.perFrame || perFrame < 0.7*test.perFrame {
			t.Errorf("%d pixels: mean |v - v'| is %.4f, want about %.3f or a little less", test.size, perFrame, test.perFrame)
		}
		if ofMean > test.ofMean {
			t.Errorf("%d pixels: |time-mean v - v'| is %.5f, want at most %.4f", test.size, ofMean, test.ofMean)
		}
	}
}

// parseUniform returns both errors of one episode, and checks place and size of every frame on the way.
func parseUniform(t *testing.T, e *environment, seed uint64, size int) (frameError, meanError float64) {
	t.Helper()
	pixels := reset(t, e, seed)
	truth := find(e, kindDisc)[0]
	r, v := truth.Size[0]/2, truth.Velocity[0]
	pixel := 10 / float64(size)
	previous, sum, frames := math.NaN(), 0.0, 0
	for frame := range phyFrames {
		if frame > 0 {
			pixels = step(t, e, 0).Obs.U8
		}
		place := find(e, kindDisc)[0].Position
		if place[0]+r > 10 {
			break
		}
		x, y, count := centroid(pixels, size)
		// Pixel [i, j] has its centre half a pixel past its index.
		if dx, dy := x+pixel/2-place[0], y+pixel/2-place[1]; math.Abs(dx) > 0.5*pixel || math.Abs(dy) > 0.5*pixel {
			t.Fatalf("seed %d, frame %d, %d pixels: parsed %v, %v for %v", seed, frame, size, x+pixel/2, y+pixel/2, place)
		}
		if parsed := math.Sqrt(float64(count)/math.Pi) * pixel; math.Abs(parsed-r) > 0.35*pixel {
			t.Fatalf("seed %d, frame %d, %d pixels: parsed the radius %v for %v", seed, frame, size, parsed, r)
		}
		if frame > 3 {
			measured := (x - previous) / frameTime
			frameError += math.Abs(measured - v)
			sum += measured
			frames++
		}
		previous = x
	}
	if frames == 0 {
		t.Fatalf("seed %d: the ball leaves before the fifth frame", seed)
	}
	return frameError / float64(frames), math.Abs(sum/float64(frames) - v)
}

// A lone ball stays wholly in view for 24 frames, as PhyWorld's does, unless it is too fast for the picture.
func TestLoneBallStaysInView(t *testing.T) {
	for _, s := range []*scene{&uniformMotion, &parabola} {
		e := open(t, s, 64, 64, nil)
		for seed := range uint64(50) {
			reset(t, e, seed)
			start := find(e, kindDisc)[0]
			r := start.Size[0] / 2
			room := 10 - 2*r
			if start.Position[0] < r || start.Position[1] < r || start.Position[1] > 10-r {
				t.Fatalf("%s, seed %d: the ball of radius %v starts at %v", s.id, seed, r, start.Position)
			}
			for range phyInView {
				step(t, e, 0)
			}
			end := find(e, kindDisc)[0]
			if phyInView*frameTime*start.Velocity[0] <= room && end.Position[0] > 10-r+1e-9 {
				t.Errorf("%s, seed %d: the ball left to the right before frame %d", s.id, seed, phyInView)
			}
		}
	}
}

func TestPhyWorldRanges(t *testing.T) {
	inside := func(x float64, s span) bool { return x >= s.low && x <= s.high }
	outside := func(x float64, s span) bool {
		return x >= s.below[0] && x <= s.below[1] || x >= s.above[0] && x <= s.above[1]
	}
	check := func(t *testing.T, name string, x float64, s span, out bool) {
		t.Helper()
		if out && !outside(x, s) || !out && !inside(x, s) {
			t.Errorf("%s = %v, outside wanted: %v", name, x, out)
		}
	}
	for level, out := range outsideLevels {
		e := open(t, &collision, 64, 64, map[string]float64{"ood": float64(level)})
		for seed := range uint64(60) {
			reset(t, e, seed)
			values := e.State().Values
			check(t, "r1", values["r1"], pairRadius, out[0])
			check(t, "r2", values["r2"], pairRadius, out[1])
			check(t, "v1", values["v1"], phySpeed, out[2])
			check(t, "v2", values["v2"], phySpeed, out[3])
		}
	}
	for level := range 4 {
		e := open(t, &uniformMotion, 64, 64, map[string]float64{"ood": float64(level)})
		for seed := range uint64(60) {
			reset(t, e, seed)
			values := e.State().Values
			check(t, "radius", values["radius"], loneRadius, level == 1 || level == 3)
			check(t, "velocity", values["velocity"], phySpeed, level >= 2)
		}
	}
}
