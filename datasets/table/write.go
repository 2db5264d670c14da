package table

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// Column is one column of a file.
type Column struct {
	// Path is the column's name, behind the names of the structs that it lies in.
	Path []string
	// Width is how many elements each row's list has; 0 says that a row holds one element and no list.
	Width int
	// Nested says in how many further lists, of one element each, every element of such a list lies, as in [[[r]], [[g]], [[b]]],
	// where it is 2. Default: none.
	Nested int
	// Data holds the rows' elements, one row after the other: []bool, []uint8, []int64, []float32, []float64, []string or
	// [][]byte.
	Data any
}

// batch is how many values are handed to the writer at a time, if rows are not longer.
const batch = 1 << 14

// Write writes a file of so many rows and columns, with texts beside it by key. It panics where a column has not as many
// elements as the rows take, or is of a type that Column does not list.
func Write(w io.Writer, rows int, columns []Column, texts map[string]string) error {
	schema := parquet.NewSchema("schema", structOf(columns))
	writer := parquet.NewGenericWriter[any](w, schema, parquet.Compression(&parquet.Zstd), parquet.CreatedBy("somnium", "1", ""))
	for key, text := range texts {
		writer.SetKeyValueMetadata(key, text)
	}
	for _, c := range columns {
		index := place(schema, c)
		if err := writeColumn(writer.ColumnWriters()[index], index, rows, c); err != nil {
			return fmt.Errorf("table: writing the column %s: %w", strings.Join(c.Path, "."), err)
		}
	}
	if err := writer.Close(); err != nil {
		return fmt.Errorf("table: %w", err)
	}
	return nil
}

// structOf returns the schema of columns, of which the first parts of the paths are the fields.
func structOf(columns []Column) parquet.Group {
	group, inner := parquet.Group{}, map[string][]Column{}
	for _, c := range columns {
		if len(c.Path) == 1 {
			group[c.Path[0]] = nodeOf(c)
			continue
		}
		name := c.Path[0]
		c.Path = c.Path[1:]
		inner[name] = append(inner[name], c)
	}
	for name, fields := range inner {
		group[name] = structOf(fields)
	}
	return group
}

// nodeOf returns the schema of one column. Numbers of few different values, as pixels are, take a byte each at most.
func nodeOf(c Column) parquet.Node {
	var node parquet.Node
	switch c.Data.(type) {
	case []bool:
		node = parquet.Leaf(parquet.BooleanType)
	case []uint8:
		node = parquet.Encoded(parquet.Uint(8), &parquet.RLEDictionary)
	case []int64:
		node = parquet.Int(64)
	case []float32:
		node = parquet.Leaf(parquet.FloatType)
	case []float64:
		node = parquet.Leaf(parquet.DoubleType)
	case []string:
		node = parquet.String()
	case [][]byte:
		node = parquet.Leaf(parquet.ByteArrayType)
	default:
		panic("table: a column's Data is of no listed type")
	}
	for range c.lists() {
		node = parquet.List(node)
	}
	return node
}

// lists returns in how many lists each element lies.
func (c Column) lists() int {
	if c.Width > 0 {
		return 1 + c.Nested
	}
	return 0
}

// place finds the leaf of a column.
func place(schema *parquet.Schema, c Column) (index int) {
	path := slices.Clone(c.Path)
	for range c.lists() {
		path = append(path, "list", "element")
	}
	leaf, found := schema.Lookup(path...)
	if !found {
		panic("table: two columns have one path")
	}
	return leaf.ColumnIndex
}

// writeColumn writes the rows of one column.
func writeColumn(w *parquet.ColumnWriter, index, rows int, c Column) error {
	value, length := valuesOf(c.Data)
	width := max(1, c.Width)
	if length != rows*width {
		panic("table: a column has not as many elements as its rows take")
	}
	if bytes, ok := c.Data.([]uint8); ok {
		return writeBytes(w, index, width, bytes, c)
	}
	lists := c.lists()
	buffer := make([]parquet.Value, 0, max(batch, width))
	for at := 0; at < length; {
		buffer = buffer[:0]
		for ; at < length && len(buffer)+width <= cap(buffer); at += width {
			for k := range width {
				buffer = append(buffer, value(at+k).Level(min(k, 1), lists, index))
			}
		}
		if _, err := w.WriteRowValues(buffer); err != nil {
			return err
		}
	}
	return nil
}

// writeBytes writes the rows of a column of bytes, which pictures are and which therefore is most of a file. There are so few
// values that each is made once: in the place of a row's first element and in that of the others.
func writeBytes(w *parquet.ColumnWriter, index, width int, data []uint8, c Column) error {
	var first, others [256]parquet.Value
	for x := range 256 {
		value := parquet.Int32Value(int32(x))
		first[x], others[x] = value.Level(0, c.lists(), index), value.Level(1, c.lists(), index)
	}
	buffer := make([]parquet.Value, max(1, batch/width)*width)
	for len(data) > 0 {
		n := min(len(buffer), len(data))
		for i, x := range data[:n] {
			buffer[i] = others[x]
		}
		for i := 0; i < n; i += width {
			buffer[i] = first[data[i]]
		}
		if _, err := w.WriteRowValues(buffer[:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// valuesOf returns how element i of the data is written, and how many there are.
func valuesOf(data any) (value func(i int) parquet.Value, length int) {
	switch d := data.(type) {
	case []bool:
		return func(i int) parquet.Value { return parquet.BooleanValue(d[i]) }, len(d)
	case []uint8:
		return func(i int) parquet.Value { return parquet.Int32Value(int32(d[i])) }, len(d)
	case []int64:
		return func(i int) parquet.Value { return parquet.Int64Value(d[i]) }, len(d)
	case []float32:
		return func(i int) parquet.Value { return parquet.FloatValue(d[i]) }, len(d)
	case []float64:
		return func(i int) parquet.Value { return parquet.DoubleValue(d[i]) }, len(d)
	case []string:
		return func(i int) parquet.Value { return parquet.ByteArrayValue([]byte(d[i])) }, len(d)
	case [][]byte:
		return func(i int) parquet.Value { return parquet.ByteArrayValue(d[i]) }, len(d)
	}
	panic("table: a column's Data is of no listed type")
}
