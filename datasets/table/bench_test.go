package table_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"somnium/datasets/table"
)

// film is 100 pictures of 64x64: flat colours with a bar that moves, as the simulators draw.
func film() table.Column {
	const rows, side = 100, 64
	pixels := make([]uint8, 0, rows*side*side*3)
	for t := range rows {
		for i := range side * side {
			color := []uint8{uint8(30 + i/side), 40, 90}
			if d := i%side - t%side; d > 0 && d < 9 {
				color = []uint8{220, 60, uint8(i % 7)}
			}
			pixels = append(pixels, color...)
		}
	}
	return table.Column{Path: []string{"observations"}, Width: side * side * 3, Data: pixels}
}

// BenchmarkWrite writes 100 pictures of 64x64.
func BenchmarkWrite(b *testing.B) {
	column := film()
	b.SetBytes(int64(len(column.Data.([]uint8))))
	for b.Loop() {
		if err := table.Write(io.Discard, 100, []table.Column{column}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRead reads them.
func BenchmarkRead(b *testing.B) {
	column := film()
	var file bytes.Buffer
	if err := table.Write(&file, 100, []table.Column{column}, nil); err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "x.parquet")
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(column.Data.([]uint8))))
	for b.Loop() {
		f, err := table.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := f.Bytes8("observations"); err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
}
