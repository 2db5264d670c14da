package ckpt

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"somnium/internal/atomicfile"
)

// SaveOptions shape how a file is written. The zero value keeps every tensor's own DType.
type SaveOptions struct {
	// BF16 writes F32 tensors as BF16, rounded to nearest, ties to even; f itself keeps its values. Default: false.
	BF16 bool
}

// Save writes f to path: beside it first, then renamed, so that a crash or a full disk leaves the old file whole.
func Save(path string, f *File, opts SaveOptions) error {
	order, err := layout(f, opts)
	if err != nil {
		return fmt.Errorf("ckpt: saving %s: %w", path, err)
	}
	err = atomicfile.Write(path, func(w io.Writer) error { return write(w, order, f.Metadata) })
	if err != nil {
		return fmt.Errorf("ckpt: %w; what stood there before still stands", err)
	}
	return nil
}

// Encode writes f to w. Tensors lie by falling element size and then by name, as the reference implementation lays them.
func Encode(w io.Writer, f *File, opts SaveOptions) error {
	order, err := layout(f, opts)
	if err == nil {
		err = write(w, order, f.Metadata)
	}
	if err != nil {
		return fmt.Errorf("ckpt: encoding: %w", err)
	}
	return nil
}

// write writes the header and the data of tensors in file order.
func write(w io.Writer, order []Tensor, metadata map[string]string) error {
	if err := writeHeader(w, order, metadata); err != nil {
		return err
	}
	buffer := make([]byte, 0, 64<<10)
	for i := range order {
		if err := writeData(w, &order[i], buffer); err != nil {
			return err
		}
	}
	return nil
}

// layout returns the checked tensors in file order, with the dtypes that they are written in.
func layout(f *File, opts SaveOptions) ([]Tensor, error) {
	order := slices.Clone(f.Tensors)
	for i := range order {
		if opts.BF16 && order[i].DType == F32 {
			order[i].DType = BF16
		}
		if err := order[i].check(); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(order, func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(fileOrder[a.DType], fileOrder[b.DType]), strings.Compare(a.Name, b.Name))
	})
	seen := make(map[string]bool, len(order))
	for _, t := range order {
		if seen[t.Name] {
			return nil, fmt.Errorf("two tensors are named %q; rename one", t.Name)
		}
		seen[t.Name] = true
	}
	return order, nil
}

// writeHeader writes the length and the JSON, padded with spaces so that the data starts at a multiple of 8.
func writeHeader(w io.Writer, order []Tensor, metadata map[string]string) error {
	var header bytes.Buffer
	header.WriteByte('{')
	if len(metadata) > 0 {
		header.WriteString(quote(metadataKey) + ":")
		header.Write(marshal(metadata))
	}
	offset := int64(0)
	for i, t := range order {
		if i > 0 || len(metadata) > 0 {
			header.WriteByte(',')
		}
		shape := t.Shape
		if shape == nil {
			shape = []int{}
		}
		end := offset + int64(t.Len())*dtypes[t.DType].size
		fmt.Fprintf(&header, `%s:{"dtype":"%v","shape":%s,"data_offsets":[%d,%d]}`, quote(t.Name), t.DType, marshal(shape), offset, end)
		offset = end
	}
	header.WriteByte('}')
	for header.Len()%8 != 0 {
		header.WriteByte(' ')
	}
	if header.Len() > maxHeader {
		return fmt.Errorf("the header takes %d bytes, more than the format's %d; shorten names or metadata", header.Len(), maxHeader)
	}
	length := binary.LittleEndian.AppendUint64(nil, uint64(header.Len()))
	_, err := w.Write(append(length, header.Bytes()...))
	return err
}

// quote returns s as a JSON string without the escapes that Go adds for HTML.
func quote(s string) string { return string(marshal(s)) }

// marshal returns the compact JSON of strings, maps of strings and integers, which always have one.
func marshal(v any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic("ckpt: a header value has no JSON")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// writeData writes the elements of t through the buffer, whose capacity is a multiple of 8.
func writeData(w io.Writer, t *Tensor, buffer []byte) error {
	if t.DType == U8 {
		_, err := w.Write(t.U8)
		return err
	}
	perBlock := cap(buffer) / int(dtypes[t.DType].size)
	for from := 0; from < t.Len(); from += perBlock {
		to := min(from+perBlock, t.Len())
		if _, err := w.Write(appendElements(buffer[:0], t, from, to)); err != nil {
			return err
		}
	}
	return nil
}

// appendElements appends the little-endian bytes of elements from to to-1 of a tensor of wider elements than a byte.
func appendElements(b []byte, t *Tensor, from, to int) []byte {
	switch t.DType {
	case I64:
		for _, x := range t.I64[from:to] {
			b = binary.LittleEndian.AppendUint64(b, uint64(x))
		}
	case BF16:
		for _, x := range t.F32[from:to] {
			b = binary.LittleEndian.AppendUint16(b, ToBF16(x))
		}
	default:
		for _, x := range t.F32[from:to] {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
	}
	return b
}
