package ckpt

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// The fixtures were written by the reference implementation, safetensors 0.8.0 with numpy 2.4.6:
//
//	weight = np.arange(6, dtype=np.float32).reshape(2, 3) / 4 - 0.5
//	save_file({
//	    "blocks.0.weight": weight,
//	    "blocks.0.bias": np.array([1, -2, np.inf], dtype=np.float32),
//	    "step": np.array(7, dtype=np.int64),
//	    "ids": np.array([-1, 2**40], dtype=np.int64),
//	    "palette": np.array([[1, 2, 3]], dtype=np.uint8),
//	    "empty": np.zeros((0, 4), dtype=np.float32),
//	    "größe\"<&>\n": np.array([1.5], dtype=np.float32),
//	}, "fixture.safetensors", metadata={"format": "somnium"})
//	half = (weight.view(np.uint32) >> 16).astype(np.uint16)
//	spec = lambda dtype, a: TensorSpec(dtype=dtype, shape=a.shape, data_ptr=a.ctypes.data, data_len=a.nbytes)
//	serialize_file({"weight": spec("bfloat16", half), "bias": spec("float32", weight),
//	    "step": spec("uint8", half.view(np.uint8))}, "bfloat.safetensors", None)
var weight = []float32{-.5, -.25, 0, .25, .5, .75}

func fixture() *File {
	return &File{
		Tensors: []Tensor{
			{Name: "blocks.0.bias", Shape: []int{3}, F32: []float32{1, -2, float32(math.Inf(1))}},
			{Name: "blocks.0.weight", Shape: []int{2, 3}, F32: weight},
			{Name: "empty", Shape: []int{0, 4}, F32: []float32{}},
			{Name: "größe\"<&>\n", Shape: []int{1}, F32: []float32{1.5}},
			{Name: "ids", DType: I64, Shape: []int{2}, I64: []int64{-1, 1 << 40}},
			{Name: "palette", DType: U8, Shape: []int{1, 3}, U8: []uint8{1, 2, 3}},
			{Name: "step", DType: I64, Shape: []int{}, I64: []int64{7}},
		},
		Metadata: map[string]string{"format": "somnium"},
	}
}

func bfloatFixture() *File {
	return &File{Tensors: []Tensor{
		{Name: "bias", Shape: []int{2, 3}, F32: weight},
		{Name: "step", DType: U8, Shape: []int{2, 6}, U8: []uint8{0, 0xbf, 0x80, 0xbe, 0, 0, 0x80, 0x3e, 0, 0x3f, 0x40, 0x3f}},
		{Name: "weight", DType: BF16, Shape: []int{2, 3}, F32: weight},
	}}
}

func TestEqualsTheReferenceImplementation(t *testing.T) {
	for name, want := range map[string]*File{"fixture": fixture(), "bfloat": bfloatFixture()} {
		path := filepath.Join("testdata", name+".safetensors")
		golden, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		read, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(read, want) {
			t.Errorf("%s reads as\n%+v, want\n%+v", path, read, want)
		}
		slices.Reverse(want.Tensors) // Encode takes any order
		var written bytes.Buffer
		if err := Encode(&written, want, SaveOptions{}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(written.Bytes(), golden) {
			t.Errorf("%s: wrote\n%q, want\n%q", path, written.Bytes(), golden)
		}
	}
}

func TestSaveLoadAndFind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	big := make([]float32, 100_001) // several buffers and a ragged end
	for i := range big {
		big[i] = float32(i) / 7
	}
	f := &File{Tensors: []Tensor{{Name: "b", Shape: []int{len(big)}, F32: big}, {Name: "a", F32: []float32{3}}}}
	if err := Save(path, f, SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	read, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	b, ok := read.Find("b")
	if !ok || !slices.Equal(b.F32, big) {
		t.Error("tensor b did not come back")
	}
	if a, ok := read.Find("a"); !ok || a.Len() != 1 || a.F32[0] != 3 {
		t.Error("scalar a did not come back")
	}
	if _, ok := read.Find("c"); ok {
		t.Error("found c, which was never saved")
	}
}

func TestSaveAsBF16(t *testing.T) {
	var b bytes.Buffer
	f := &File{Tensors: []Tensor{{Name: "x", Shape: []int{2}, F32: []float32{1.00390625, 3}}}} // 1 + 2^-8: a tie
	if err := Encode(&b, f, SaveOptions{BF16: true}); err != nil {
		t.Fatal(err)
	}
	if f.Tensors[0].DType != F32 {
		t.Error("Encode changed its argument")
	}
	read, err := DecodeBytes(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if x := read.Tensors[0]; x.DType != BF16 || !slices.Equal(x.F32, []float32{1, 3}) {
		t.Errorf("read %v %v, want BF16 [1 3]", x.DType, x.F32)
	}
}

func TestSaveKeepsTheOldFileOnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := Save(path, fixture(), SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	bad := map[string][]Tensor{
		"elements":  {{Name: "x", Shape: []int{2}, F32: []float32{1}}},
		"named":     {{Name: "x", F32: []float32{1}}, {Name: "x", F32: []float32{1}}},
		"metadata":  {{Name: "__metadata__", F32: []float32{1}}},
		"dtype":     {{Name: "x", DType: 9, F32: []float32{1}}},
		"range":     {{Name: "x", Shape: []int{-1}}},
		"data fiel": {{Name: "x", DType: I64, F32: []float32{1}}},
	}
	for want, tensors := range bad {
		err := Save(path, &File{Tensors: tensors}, SaveOptions{})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("Save said %v, want a word of %q and the path", err, want)
		}
	}
	if f, err := Load(path); err != nil || !reflect.DeepEqual(f, fixture()) {
		t.Errorf("the old file is gone: %v", err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}
