package picture

import (
	"image"
	"image/gif"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// noisy returns a clip of frames that have far more than 256 colours: a ramp with noise.
func noisy(t, height, width int, seed uint64) []Frame {
	rng := rand.New(rand.NewPCG(seed, 0))
	clip := Clip(make([]uint8, t*height*width*3), height, width)
	for k, f := range clip {
		for y := range height {
			for x := range width {
				f.Set(y, x, Color{uint8(x*255/width) &^ 3, uint8(y * 255 / height), uint8(k*8 + rng.IntN(40))})
			}
		}
	}
	return clip
}

// flat returns a clip of a disc that moves over a background, with few colours.
func flat(t int) []Frame {
	var clip []Frame
	for k := range t {
		f := New(32, 48, Color{240, 240, 240})
		for y := range 9 {
			for x := range 9 {
				if (y-4)*(y-4)+(x-4)*(x-4) <= 16 {
					f.Set(10+y, 2+k*3+x, Color{200, 30, 30})
				}
			}
		}
		clip = append(clip, f)
	}
	return clip
}

func TestEnlargeRepeatsEveryPixel(t *testing.T) {
	f := noisy(1, 5, 7, 1)[0]
	g := f.Enlarge(3)
	for y := range g.Height {
		for x := range g.Width {
			if g.At(y, x) != f.At(y/3, x/3) {
				t.Fatalf("pixel %d,%d is %v, want %v", y, x, g.At(y, x), f.At(y/3, x/3))
			}
		}
	}
}

func TestDrawCutsWhatFallsOutside(t *testing.T) {
	src := noisy(1, 6, 6, 2)[0]
	for _, at := range [][2]int{{0, 0}, {-3, -2}, {7, 8}, {-6, 0}, {0, 10}, {20, 20}, {-2, 8}} {
		f := New(10, 10, Color{1, 2, 3})
		f.Draw(src, at[0], at[1])
		for y := range 10 {
			for x := range 10 {
				want := Color{1, 2, 3}
				if sy, sx := y-at[0], x-at[1]; sy >= 0 && sy < 6 && sx >= 0 && sx < 6 {
					want = src.At(sy, sx)
				}
				if f.At(y, x) != want {
					t.Fatalf("drawn at %v: pixel %d,%d is %v, want %v", at, y, x, f.At(y, x), want)
				}
			}
		}
	}
}

func TestSheetPlacesPanels(t *testing.T) {
	a, b := New(4, 6, Color{255, 0, 0}), New(4, 6, Color{0, 255, 0})
	sheet := Sheet([]Panel{{"", a}, {"", b}, {"", a}}, 2, RowOptions{Scale: 2, Gap: 3})
	if sheet.Height != 3+2*(8+3) || sheet.Width != 3+2*(12+3) {
		t.Fatalf("the sheet is %dx%d", sheet.Height, sheet.Width)
	}
	for _, c := range []struct {
		y, x int
		want Color
	}{{3, 3, a.At(0, 0)}, {3, 18, b.At(0, 0)}, {14, 3, a.At(0, 0)}, {14, 18, Paper}, {2, 3, Paper}, {11, 3, Paper}} {
		if got := sheet.At(c.y, c.x); got != c.want {
			t.Errorf("pixel %d,%d is %v, want %v", c.y, c.x, got, c.want)
		}
	}
	titled := Row([]Panel{{"a label wider than its frame", a}}, RowOptions{Title: "t"})
	if titled.Width < TextWidth("a label wider than its frame") {
		t.Error("a label is cut off")
	}
	inked := 0
	for i := 0; i < len(titled.Pixels); i += 3 {
		if Color(titled.Pixels[i:]) == Ink {
			inked++
		}
	}
	if inked < 100 {
		t.Errorf("%d pixels are inked; the letters are missing", inked)
	}
}

// decode plays a GIF back into whole frames.
func decode(t *testing.T, path string) ([]Frame, []int) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	animation, err := gif.DecodeAll(file)
	if err != nil {
		t.Fatal(err)
	}
	canvas := New(animation.Config.Height, animation.Config.Width, Color{})
	var frames []Frame
	for _, img := range animation.Image {
		canvas.Draw(FromImage(img), img.Rect.Min.Y, img.Rect.Min.X)
		frames = append(frames, canvas.Clone())
	}
	return frames, animation.Delay
}

func TestGIFKeepsFewColoursExactly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clip.gif")
	clip := append(flat(8), flat(8)[7]) // the last frame repeats
	if err := WriteGIF(path, clip, GIFOptions{FPS: 10, Hold: 1}); err != nil {
		t.Fatal(err)
	}
	frames, delays := decode(t, path)
	if len(frames) != len(clip) {
		t.Fatalf("%d frames came back of %d", len(frames), len(clip))
	}
	for k := range clip {
		if !slices.Equal(frames[k].Pixels, clip[k].Pixels) {
			t.Errorf("frame %d came back changed", k)
		}
	}
	if want := []int{10, 10, 10, 10, 10, 10, 10, 10, 100}; !slices.Equal(delays, want) {
		t.Errorf("the delays are %v, want %v", delays, want)
	}
}

func TestGIFOfManyColoursStaysClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clip.gif")
	clip := noisy(4, 48, 64, 3)
	if n := len(count(clip)); n <= maxColors {
		t.Fatalf("the clip has only %d colours", n)
	}
	if err := WriteGIF(path, clip, GIFOptions{}); err != nil {
		t.Fatal(err)
	}
	frames, _ := decode(t, path)
	squares, n := 0.0, 0
	for k := range clip {
		for i, v := range clip[k].Pixels {
			d := float64(v) - float64(frames[k].Pixels[i])
			squares, n = squares+d*d, n+1
		}
	}
	if psnr := 10 * math.Log10(255*255*float64(n)/squares); psnr < 28 {
		t.Errorf("the GIF is %.1f dB from the clip, want 28 and more", psnr)
	}
}

func TestRareColoursSurviveTheCut(t *testing.T) {
	clip := noisy(2, 64, 64, 4)
	for y := range 3 {
		for x := range 3 {
			clip[1].Set(20+y, 20+x, Color{255, 0, 255})
		}
	}
	p := newPalette(clip)
	c := p.colors[p.index[Color{255, 0, 255}]]
	if int(c[0]) < 225 || c[1] > 30 || int(c[2]) < 225 {
		t.Errorf("nine magenta pixels became %v", c)
	}
}

func TestSameClipSameBytes(t *testing.T) {
	dir := t.TempDir()
	var files [2][]byte
	for i := range files {
		path := filepath.Join(dir, "clip.gif")
		if err := WriteGIF(path, noisy(3, 32, 32, 5), GIFOptions{}); err != nil {
			t.Fatal(err)
		}
		var err error
		if files[i], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(files[0], files[1]) {
		t.Error("two writings of one clip differ")
	}
}

func TestDelaysKeepTheLengthOfTheClip(t *testing.T) {
	for fps, want := range map[float64]int{30: 100, 24: 125, 10: 300, 60: 60, 7: 429} {
		total := 0
		for k := range 30 {
			total += delay(k, fps)
		}
		if total != want {
			t.Errorf("30 frames at %v a second last %d hundredths, want %d", fps, total, want)
		}
	}
}

func TestPNGs(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a", "b")
	clip := noisy(2, 6, 9, 6)
	if err := WritePNGs(folder, clip); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(folder, "00001.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := FromImage(img); img.Bounds() != image.Rect(0, 0, 9, 6) || !slices.Equal(got.Pixels, clip[1].Pixels) {
		t.Error("frame 1 came back changed")
	}
}

func TestErrorsNameTheFile(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "no", "x.gif")
	if err := WriteGIF(missing, flat(1), GIFOptions{}); err == nil {
		t.Error("writing into a folder that is not there went well")
	}
	if err := WriteGIF("x.gif", nil, GIFOptions{}); err == nil {
		t.Error("an empty animation was written")
	}
	if err := WriteGIF("x.gif", []Frame{New(2, 2, Ink), New(2, 3, Ink)}, GIFOptions{}); err == nil {
		t.Error("an animation of two sizes was written")
	}
}
