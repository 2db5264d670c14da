package parity

import (
	"flag"
	"math"
	"slices"
	"strings"
	"testing"

	"somnium/internal/ckpt"
)

var update = flag.Bool("update", false, "write testdata/go.safetensors anew; make parity does that in turn with the twin")

// folders hold what is recorded of a model each: one whose latents stand for single frames, one of four, one with a memory, and one that
// guesses frames.
var folders = []string{"testdata", "testdata/stride4", "testdata/memory", "testdata/flow"}

// fixture collects named arrays.
type fixture struct{ file ckpt.File }

func (f *fixture) floats(name string, data []float32, shape ...int) {
	f.file.Tensors = append(f.file.Tensors, ckpt.Tensor{Name: name, DType: ckpt.F32, Shape: shape, F32: slices.Clone(data)})
}

func (f *fixture) bytes(name string, data []uint8, shape ...int) {
	f.file.Tensors = append(f.file.Tensors, ckpt.Tensor{Name: name, DType: ckpt.U8, Shape: shape, U8: slices.Clone(data)})
}

// numbers adds a list of float64.
func (f *fixture) numbers(name string, data []float64) {
	short := make([]float32, len(data))
	for i, x := range data {
		short[i] = float32(x)
	}
	f.floats(name, short, len(short))
}

// load reads a recorded file.
func load(t *testing.T, path string) *ckpt.File {
	t.Helper()
	file, err := ckpt.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// compare holds the tensors of the prefix to the recorded ones: numbers to tolerance times the greatest of their tensor, bytes
// to one level in at most a hundredth of them. It fails where either side lacks what the other has.
func (f *fixture) compare(t *testing.T, path, prefix string, tolerance float64) {
	t.Helper()
	want, found := load(t, path), 0
	for i := range f.file.Tensors {
		got := &f.file.Tensors[i]
		if !strings.HasPrefix(got.Name, prefix) {
			continue
		}
		found++
		w, ok := want.Find(got.Name)
		switch {
		case !ok || !slices.Equal(w.Shape, got.Shape) || w.DType != got.DType:
			t.Errorf("%s has no %s of shape %v; if that is meant, run make parity", path, got.Name, got.Shape)
		case got.DType == ckpt.U8:
			compareBytes(t, path, got, w, tolerance)
		default:
			compareFloats(t, path, got, w, tolerance)
		}
	}
	recorded := 0
	for i := range want.Tensors {
		if strings.HasPrefix(want.Tensors[i].Name, prefix) {
			recorded++
		}
	}
	if found != recorded || found == 0 {
		t.Errorf("%s holds %d tensors %s..., and %d were computed", path, recorded, prefix, found)
	}
}

func compareFloats(t *testing.T, path string, got, want *ckpt.Tensor, tolerance float64) {
	t.Helper()
	greatest, worst := 0.0, 0.0
	for i, w := range want.F32 {
		greatest = max(greatest, math.Abs(float64(w)))
		worst = max(worst, math.Abs(float64(got.F32[i]-w)))
	}
	if !(worst <= tolerance*greatest) {
		t.Errorf("%s is up to %g from that of %s, whose greatest is %g; if that is meant, run make parity", got.Name, worst, path, greatest)
	}
}

func compareBytes(t *testing.T, path string, got, want *ckpt.Tensor, tolerance float64) {
	t.Helper()
	differ := 0
	for i, w := range want.U8 {
		if d := int(got.U8[i]) - int(w); d != 0 {
			differ++
			if tolerance == 0 || d*d > 1 {
				t.Fatalf("%s[%d] is %d, that of %s is %d; if that is meant, run make parity", got.Name, i, got.U8[i], path, w)
			}
		}
	}
	if differ*100 > len(want.U8) {
		t.Errorf("%d of %d bytes of %s differ from those of %s", differ, len(want.U8), got.Name, path)
	}
}
