package table

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// File is a file that was opened for reading. The caller calls Close.
type File struct {
	path string
	file *os.File
	data *parquet.File
}

// ErrColumn says that a file lacks a column, or that it is of another kind.
var ErrColumn = errors.New("the column is missing or of another kind")

// Open opens a file; what is not Parquet, or was cut off, is an error.
func Open(path string) (f *File, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("table: %w", err)
	}
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	defer broken(path, &err)
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("table: %w", err)
	}
	data, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		return nil, fmt.Errorf("table: %s is no whole Parquet file (%w); get it anew", path, err)
	}
	return &File{path: path, file: file, data: data}, nil
}

// broken turns a panic of the decoder, which damaged files can bring about, into an error.
func broken(path string, err *error) {
	if cause := recover(); cause != nil {
		*err = fmt.Errorf("table: %s is damaged (%v); get it anew", path, cause)
	}
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// Rows returns the number of rows.
func (f *File) Rows() int { return int(f.data.NumRows()) }

// Text returns the text that is kept beside the rows under the key.
func (f *File) Text(key string) (string, bool) { return f.data.Lookup(key) }

// Columns lists the columns' names, those of structs joined by dots; how lists are spelled is left out.
func (f *File) Columns() []string {
	var names []string
	for _, path := range f.data.Schema().Columns() {
		names = append(names, strings.Join(bare(path), "."))
	}
	return names
}

// bare returns the path of a leaf without the levels that spell lists.
func bare(path []string) []string {
	for n := len(path); n > 2 && slices.Contains([]string{"element", "item", "array"}, path[n-1]) && slices.Contains([]string{"list", "bag", "array"}, path[n-2]); n -= 2 {
		path = path[:n-2]
	}
	return path
}

// leaf finds the column of a path.
func (f *File) leaf(path []string) (int, error) {
	for i, found := range f.data.Schema().Columns() {
		if slices.Equal(bare(found), path) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("table: %s has no column %s; it has %s: %w", f.path, strings.Join(path, "."), strings.Join(f.Columns(), ", "), ErrColumn)
}

// read calls take with every value of a column in order, and returns how many elements each row has, which must be one number.
func (f *File) read(path []string, take func(parquet.Value) error) (width int, err error) {
	defer broken(f.path, &err)
	index, err := f.leaf(path)
	if err != nil {
		return 0, err
	}
	elements, rows := 0, 0
	for _, group := range f.data.RowGroups() {
		err := eachValue(group.ColumnChunks()[index], func(v parquet.Value) error {
			if v.RepetitionLevel() == 0 {
				rows++
			}
			if v.IsNull() {
				return nil // an empty list, or what is found missing by the count
			}
			elements++
			return take(v)
		})
		if err != nil {
			return 0, fmt.Errorf("table: the column %s of %s: %w", strings.Join(path, "."), f.path, err)
		}
	}
	if rows != f.Rows() || rows > 0 && elements%rows != 0 {
		return 0, fmt.Errorf("table: the column %s of %s has %d elements in %d of %d rows; each row must have as many, and none may be null",
			strings.Join(path, "."), f.path, elements, rows, f.Rows())
	}
	return elements / max(1, rows), nil
}

// eachValue calls take with the values of a chunk.
func eachValue(chunk parquet.ColumnChunk, take func(parquet.Value) error) error {
	pages := chunk.Pages()
	defer pages.Close()
	buffer := make([]parquet.Value, 1<<12)
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for values, err := page.Values(), error(nil); err == nil; {
			var n int
			n, err = values.ReadValues(buffer)
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			for _, v := range buffer[:n] {
				if err := take(v); err != nil {
					return err
				}
			}
		}
		parquet.Release(page)
	}
}

// Integers returns a column of whole numbers or truths, and the number of elements in each row.
func (f *File) Integers(path ...string) (data []int64, width int, err error) {
	width, err = f.read(path, func(v parquet.Value) error {
		x, err := integer(v)
		data = append(data, x)
		return err
	})
	return data, width, err
}

// Bytes8 returns a column of whole numbers in 0..255, and the number of elements in each row.
func (f *File) Bytes8(path ...string) (data []uint8, width int, err error) {
	width, err = f.read(path, func(v parquet.Value) error {
		if v.Kind() == parquet.Int32 && uint32(v.Int32()) <= math.MaxUint8 { // as good as always, and there are many
			data = append(data, uint8(v.Int32()))
			return nil
		}
		x, err := integer(v)
		if err == nil && (x < 0 || x > math.MaxUint8) {
			return fmt.Errorf("%d is no byte: %w", x, ErrColumn)
		}
		data = append(data, uint8(x))
		return err
	})
	return data, width, err
}

func integer(v parquet.Value) (int64, error) {
	switch v.Kind() {
	case parquet.Boolean:
		if v.Boolean() {
			return 1, nil
		}
		return 0, nil
	case parquet.Int32:
		return int64(v.Int32()), nil
	case parquet.Int64:
		return v.Int64(), nil
	}
	return 0, fmt.Errorf("it holds %v, not whole numbers: %w", v.Kind(), ErrColumn)
}

// Floats returns a column of numbers of whatever kind, and the number of elements in each row.
func (f *File) Floats(path ...string) (data []float64, width int, err error) {
	width, err = f.read(path, func(v parquet.Value) error {
		switch v.Kind() {
		case parquet.Float:
			data = append(data, float64(v.Float()))
		case parquet.Double:
			data = append(data, v.Double())
		default:
			x, err := integer(v)
			data = append(data, float64(x))
			return err
		}
		return nil
	})
	return data, width, err
}

// Blobs returns a column of texts or bytes, and the number of elements in each row.
func (f *File) Blobs(path ...string) (data [][]byte, width int, err error) {
	width, err = f.read(path, func(v parquet.Value) error {
		if v.Kind() != parquet.ByteArray && v.Kind() != parquet.FixedLenByteArray {
			return fmt.Errorf("it holds %v, not bytes: %w", v.Kind(), ErrColumn)
		}
		data = append(data, slices.Clone(v.ByteArray()))
		return nil
	})
	return data, width, err
}
