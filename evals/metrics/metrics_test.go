package metrics

import (
	"math"
	"math/rand/v2"
	"testing"
)

// flat returns a frame of one colour.
func flat(height, width int, r, g, b uint8) []uint8 {
	frame := make([]uint8, height*width*3)
	for i := 0; i < len(frame); i += 3 {
		frame[i], frame[i+1], frame[i+2] = r, g, b
	}
	return frame
}

// noise returns a frame of independent values.
func noise(height, width int, seed uint64) []uint8 {
	rng := rand.New(rand.NewPCG(seed, 1))
	frame := make([]uint8, height*width*3)
	for i := range frame {
		frame[i] = uint8(rng.UintN(256))
	}
	return frame
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestPSNROfAConstantOffset(t *testing.T) {
	a, b := flat(16, 24, 100, 100, 100), flat(16, 24, 105, 95, 105)
	near(t, "PSNR", Of(a, b).PSNR(), 10*math.Log10(255*255/25.0), 1e-12)
	if !math.IsInf(Of(a, a).PSNR(), 1) {
		t.Error("equal frames have a finite PSNR")
	}
	if !math.IsNaN((Errors{}).PSNR()) {
		t.Error("nothing has a PSNR")
	}
	sum := Of(a, b)
	sum.Add(Of(a, a))
	near(t, "pooled PSNR", sum.PSNR(), 10*math.Log10(255*255/12.5), 1e-12)
}

func TestChangedPixelsAlone(t *testing.T) {
	before, after := flat(16, 16, 50, 60, 70), flat(16, 16, 50, 60, 70)
	after[3*5+1] += ChangedBy     // not enough
	after[3*9+2] += ChangedBy + 1 // enough, in one channel
	after[3*200] -= 40
	mask := make([]bool, 256)
	if n := Changed(mask, after, before); n != 2 || !mask[9] || !mask[200] {
		t.Fatalf("%d pixels changed", n)
	}
	e := OfMasked(before, after, mask)
	if e.Values != 6 || e.Squares != 81+1600 {
		t.Errorf("the errors are %+v", e)
	}
}

func TestGradientOfARampAndOfAStep(t *testing.T) {
	const height, width = 16, 20
	ramp := make([]uint8, height*width*3)
	for y := range height {
		for x := range width {
			for k := range 3 {
				ramp[3*(y*width+x)+k] = uint8(3*x + 2*y)
			}
		}
	}
	m := Gradient(ramp, height, width)
	want := float64(3 * (9*height*(width-1) + 4*(height-1)*width))
	if m.Sum != want || m.Count != 3*(height*(width-1)+(height-1)*width) {
		t.Errorf("the ramp has %+v, want a sum of %v", m, want)
	}
	// A step of height h costs h^2 a row; a blur of deviation s, h^2 / (2 s sqrt(pi)).
	step := flat(64, 64, 0, 0, 0)
	for i := range step {
		if i/3%64 >= 32 {
			step[i] = 200
		}
	}
	sharp, soft := Gradient(step, 64, 64).Sum, Gradient(Gaussian(step, 64, 64, 2), 64, 64).Sum
	near(t, "the energy of a step", sharp, 3*64*200*200, 0)
	near(t, "what a blur leaves", soft/sharp, 1/(4*math.Sqrt(math.Pi)), 0.005)
}

func TestDifference(t *testing.T) {
	near(t, "difference", Difference(flat(16, 16, 10, 20, 30), flat(16, 16, 13, 20, 24)).Value(), 3, 1e-12)
}

func TestGaussianOfAPointIsTheKernel(t *testing.T) {
	frame := flat(33, 33, 0, 0, 0)
	for k := range 3 {
		frame[3*(16*33+16)+k] = 255
	}
	blurred := Gaussian(frame, 33, 33, 1.5)
	for _, at := range [][2]int{{16, 16}, {16, 17}, {14, 18}, {12, 16}} {
		dy, dx := float64(at[0]-16), float64(at[1]-16)
		want := 255 / (2 * math.Pi * 1.5 * 1.5) * math.Exp(-(dy*dy+dx*dx)/(2*1.5*1.5))
		near(t, "the blurred point", float64(blurred[3*(at[0]*33+at[1])]), want, 0.8)
	}
	for _, v := range Gaussian(flat(16, 20, 7, 7, 7), 16, 20, 4) {
		if v != 7 {
			t.Fatalf("a flat frame is blurred to %d, its edges do not go on", v)
		}
	}
}

// The search works on the rectangle of the mask alone; it must agree with blurring the whole frame.
func TestBlurScoresAreThoseOfWholeFrames(t *testing.T) {
	const height, width = 20, 28
	frame, truth := noise(height, width, 1), noise(height, width, 2)
	mask := make([]bool, height*width)
	for _, i := range []int{0, 27, 300, 301, 302, 400, height*width - 1} {
		mask[i] = true
	}
	for _, only := range []int{-1, 300} {
		if only >= 0 {
			clear(mask)
			mask[only] = true
		}
		scores := NewBlur(height, width).Score(nil, frame, truth, mask)
		for i, sigma := range sigmas {
			want := OfMasked(Gaussian(frame, height, width, sigma), truth, mask)
			if scores[i].Values != want.Values || math.Abs(math.Sqrt(scores[i].Squares)-math.Sqrt(want.Squares)) > 5 {
				t.Errorf("sigma %.2f scores %+v, want about %+v", sigma, scores[i], want)
			}
		}
	}
}

func TestBestBlurFindsTheBlur(t *testing.T) {
	const size = 48
	frame := noise(size, size, 3)
	mask := make([]bool, size*size)
	for i := range mask {
		mask[i] = i%3 > 0
	}
	blur := NewBlur(size, size)
	for _, sigma := range []float64{0, 0.8, 2, 5} {
		truth := Gaussian(frame, size, size, sigma)
		scores := blur.Score(nil, frame, truth, mask)
		found, place := Best(scores)
		if math.Abs(found-sigma) > 0.1*sigma {
			t.Errorf("found %.2f for %.2f", found, sigma)
		}
		if sigma == 0 && scores[place].Squares != 0 {
			t.Errorf("no blur has an error of %v", scores[place])
		}
	}
}

func TestSSIM(t *testing.T) {
	a := noise(32, 40, 4)
	near(t, "SSIM of equal frames", SSIM(a, a, 32, 40), 1, 1e-9)
	if s := SSIM(a, noise(32, 40, 5), 32, 40); math.Abs(s) > 0.1 {
		t.Errorf("SSIM of unrelated noise is %v", s)
	}
	// Of two flat frames only the term of the means is left.
	want := (2*100*140.0 + ssimC1) / (100*100 + 140*140 + ssimC1)
	near(t, "SSIM of flat frames", SSIM(flat(16, 16, 100, 100, 100), flat(16, 16, 140, 140, 140), 16, 16), want, 1e-6)
	soft := SSIM(a, Gaussian(a, 32, 40, 0.5), 32, 40)
	if softer := SSIM(a, Gaussian(a, 32, 40, 1), 32, 40); !(soft < 0.99 && softer < soft) {
		t.Errorf("SSIM of blurs is %v and %v", soft, softer)
	}
}
