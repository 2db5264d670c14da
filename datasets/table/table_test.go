package table_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"somnium/datasets/table"
)

const rows = 700

// columns has one of every kind, in a struct and not, lists longer than a batch among them.
func columns() []table.Column {
	pixels, wide, flags := make([]uint8, rows*48), make([]float32, rows*3), make([]bool, rows)
	whole, numbers, texts, blobs := make([]int64, rows), make([]float64, rows), make([]string, rows), make([][]byte, rows*2)
	for i := range pixels {
		pixels[i] = uint8(i * i / 7)
	}
	for i := range rows {
		flags[i], whole[i], numbers[i], texts[i] = i%3 == 0, int64(i)<<33-5, float64(i)/3, strings.Repeat("ä", i%4)
		wide[3*i], wide[3*i+2] = float32(i)/7, -1e30
		blobs[2*i], blobs[2*i+1] = []byte{}, []byte{0, uint8(i)}
	}
	return []table.Column{
		{Path: []string{"observations", "pixels"}, Width: 48, Data: pixels}, {Path: []string{"observations", "deep", "wide"}, Width: 3, Data: wide},
		{Path: []string{"flags"}, Data: flags}, {Path: []string{"stats/whole"}, Data: whole}, {Path: []string{"numbers"}, Data: numbers}, {Path: []string{"texts"}, Data: texts},
		{Path: []string{"blobs"}, Width: 2, Data: blobs}, {Path: []string{"nested"}, Width: 3, Nested: 2, Data: slices.Clone(wide)},
	}
}

func write(t *testing.T) string {
	t.Helper()
	var file bytes.Buffer
	if err := table.Write(&file, rows, columns(), map[string]string{"note": "kept"}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.parquet")
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, path string) *table.File {
	t.Helper()
	f, err := table.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestWhatIsReadIsWhatWasWritten(t *testing.T) {
	f := open(t, write(t))
	if note, _ := f.Text("note"); note != "kept" || f.Rows() != rows {
		t.Errorf("%d rows, note %q", f.Rows(), note)
	}
	for _, c := range columns() {
		var got any
		var width int
		var err error
		switch want := c.Data.(type) {
		case []uint8:
			got, width, err = f.Bytes8(c.Path...)
		case []int64:
			got, width, err = f.Integers(c.Path...)
		case []bool:
			var bits []int64
			bits, width, err = f.Integers(c.Path...)
			truths := []bool{}
			for _, b := range bits {
				truths = append(truths, b != 0)
			}
			got = truths
		case []float64:
			got, width, err = f.Floats(c.Path...)
		case []float32:
			var data []float64
			data, width, err = f.Floats(c.Path...)
			narrow := make([]float32, len(data))
			for i, x := range data {
				narrow[i] = float32(x)
			}
			got = narrow
		case []string:
			var data [][]byte
			data, width, err = f.Blobs(c.Path...)
			texts := make([]string, len(data))
			for i, text := range data {
				texts[i] = string(text)
			}
			got = texts
		default:
			got, width, err = f.Blobs(c.Path...)
			_ = want
		}
		if err != nil || width != max(1, c.Width) || !reflect.DeepEqual(got, c.Data) {
			t.Errorf("%v: width %d, error %v, or the data differ", c.Path, width, err)
		}
	}
}

func TestWrongColumnsAreNamed(t *testing.T) {
	f := open(t, write(t))
	if _, _, err := f.Floats("actions"); !errors.Is(err, table.ErrColumn) || !strings.Contains(err.Error(), "observations.pixels") {
		t.Errorf("a column that is missing: %v", err)
	}
	if _, _, err := f.Integers("texts"); !errors.Is(err, table.ErrColumn) {
		t.Errorf("texts as numbers: %v", err)
	}
	if _, _, err := f.Bytes8("stats/whole"); !errors.Is(err, table.ErrColumn) {
		t.Errorf("large numbers as bytes: %v", err)
	}
	if _, _, err := f.Blobs("numbers"); !errors.Is(err, table.ErrColumn) {
		t.Errorf("numbers as bytes: %v", err)
	}
}

// Whatever is cut off or flipped, reading ends with data or an error, and never with a panic.
func TestDamagedFilesAreErrors(t *testing.T) {
	path := write(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read := func(data []byte) error {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := table.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, _, err = f.Bytes8("observations", "pixels")
		return err
	}
	for _, length := range []int{0, 3, 8, 100, len(whole) / 2, len(whole) - 1} {
		if read(whole[:length]) == nil {
			t.Errorf("a file cut to %d of %d bytes is read", length, len(whole))
		}
	}
	told := 0
	for at := 4; at < len(whole); at += max(1, len(whole)/50) {
		damaged := slices.Clone(whole)
		damaged[at] ^= 0x55
		if read(damaged) != nil {
			told++
		}
	}
	if told < 5 {
		t.Errorf("of 50 damaged files %d are told", told)
	}
}

func TestMisusePanics(t *testing.T) {
	for name, c := range map[string]table.Column{
		"length": {Path: []string{"a"}, Width: 2, Data: []bool{true}}, "type": {Path: []string{"a"}, Data: []int{1}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			table.Write(&bytes.Buffer{}, 1, []table.Column{c}, nil)
		}()
	}
}
