package wrap_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"somnium/env"
	"somnium/env/envtest"
	"somnium/env/wrap"
)

// still shows one picture of the given shape.
type still struct {
	*envtest.Counter
	space env.Box
	obs   env.Value
}

func newStill(seed uint64, shape ...int) still {
	s := still{Counter: envtest.NewCounter(16, 16), space: env.Box{Shape: slices.Clone(shape), Type: env.Uint8, High: 255}}
	s.obs = s.space.New()
	s.space.Sample(rand.New(rand.NewPCG(seed, 1)), s.obs)
	return s
}

func (s still) Spec() env.Spec {
	spec := s.Counter.Spec()
	spec.Observation = s.space
	return spec
}

func (s still) Reset(env.ResetOptions) (env.Value, error) { return s.obs, nil }

// mean is the box filter as it is defined: the mean of the source over the area of a pixel, in floating point.
func mean(s still, height, width, i, j, c int) float64 {
	h, w := s.space.Shape[0], s.space.Shape[1]
	channels := len(s.obs.U8) / (h * w)
	overlap := func(from, to float64, k int) float64 {
		return max(0, min(to, float64(k+1))-max(from, float64(k)))
	}
	top, bottom := float64(i*h)/float64(height), float64((i+1)*h)/float64(height)
	left, right := float64(j*w)/float64(width), float64((j+1)*w)/float64(width)
	sum := 0.0
	for y := range h {
		for x := range w {
			sum += overlap(top, bottom, y) * overlap(left, right, x) * float64(s.obs.U8[(y*w+x)*channels+c])
		}
	}
	return sum / ((bottom - top) * (right - left))
}

func TestResizeIsABoxFilter(t *testing.T) {
	for _, test := range []struct{ h, w, c, height, width int }{
		{16, 16, 3, 8, 8}, {16, 20, 3, 7, 9}, {5, 7, 3, 12, 11}, {16, 16, 3, 16, 16}, {9, 4, 3, 1, 1}, {6, 6, 3, 18, 12}, {13, 8, 0, 5, 3}, {3, 5, 1, 4, 4},
	} {
		shape := []int{test.h, test.w}
		if test.c > 0 {
			shape = append(shape, test.c)
		}
		s := newStill(uint64(test.height), shape...)
		e := must(t)(wrap.Resize(s, test.height, test.width))
		shape[0], shape[1] = test.height, test.width
		if got := fmt.Sprint(e.Spec().Observation.(env.Box).Shape); got != fmt.Sprint(shape) {
			t.Errorf("%+v: the shape is %s", test, got)
		}
		obs, err := e.Reset(env.ResetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		channels := max(test.c, 1)
		for i := range test.height {
			for j := range test.width {
				for c := range channels {
					want := mean(s, test.height, test.width, i, j, c)
					if got := obs.U8[(i*test.width+j)*channels+c]; math.Abs(float64(got)-want) > 0.5+1e-9 {
						t.Fatalf("%+v: pixel %d, %d, %d is %d, want %v", test, i, j, c, got, want)
					}
				}
			}
		}
	}
	// The largest sum that can come up.
	white := newStill(1, 1024, 1024, 3)
	for i := range white.obs.U8 {
		white.obs.U8[i] = 255
	}
	for _, size := range [][2]int{{1, 1}, {1023, 5}} {
		obs, _ := must(t)(wrap.Resize(white, size[0], size[1])).Reset(env.ResetOptions{})
		for i, x := range obs.U8 {
			if x != 255 {
				t.Fatalf("white of %v is %d at byte %d", size, x, i)
			}
		}
	}
}

func TestGrey(t *testing.T) {
	s := newStill(3, 4, 5, 3)
	copy(s.obs.U8, []uint8{0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 77, 77, 77})
	obs, err := must(t)(wrap.Grey(s)).Reset(env.ResetOptions{})
	if err != nil || len(obs.U8) != 20 {
		t.Fatalf("the picture has %d bytes, %v", len(obs.U8), err)
	}
	for i, want := range []float64{0, 255, 0.2126 * 255, 0.7152 * 255, 0.0722 * 255, 77} {
		if math.Abs(float64(obs.U8[i])-want) > 1.2 {
			t.Errorf("pixel %d is %d, want %v", i, obs.U8[i], want)
		}
	}
}

func TestWrappersRefuse(t *testing.T) {
	counter, grey := envtest.NewCounter(16, 16), newStill(1, 16, 16)
	refused := func(says string) func(env.Wrapper, error) {
		return func(_ env.Wrapper, err error) {
			t.Helper()
			if err == nil || !strings.HasPrefix(err.Error(), "wrap: ") || !strings.Contains(err.Error(), says) {
				t.Errorf("the error is %v, want one with %q", err, says)
			}
		}
	}
	refused("0x9")(wrap.Resize(counter, 0, 9))
	refused("9x1025")(wrap.Resize(counter, 9, 1025))
	refused("pictures")(wrap.Resize(newStill(1, 9), 9, 9))
	refused("in colour")(wrap.Grey(grey))
	refused("in colour")(wrap.Record(grey, wrap.RecordOptions{Folder: t.TempDir()}))
	refused("folder")(wrap.Record(counter, wrap.RecordOptions{}))
	refused("at least 1")(wrap.Record(counter, wrap.RecordOptions{Folder: t.TempDir(), Every: -1}))
	refused("0 observations")(wrap.Stack(counter, 0))
	refused("repeated 0")(wrap.Repeat(counter, 0))
	refused("probability of 1.1")(wrap.Sticky(counter, 1.1))
	refused("probability of NaN")(wrap.Sticky(counter, math.NaN()))
}
