package ckpt

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
)

// maxHeader is the greatest header length that the format allows.
const maxHeader = 100_000_000

// ErrFormat is wrapped by every error that says that bytes are not a safetensors file that this package reads.
var ErrFormat = errors.New("not a safetensors file that can be read")

// Load reads the file at path. Its tensors are sorted by name.
func Load(path string) (*File, error) {
	f, err := load(path)
	if err != nil {
		return nil, fmt.Errorf("ckpt: loading %s: %w", path, err)
	}
	return f, nil
}

func load(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: it is not a regular file; name a .safetensors file", ErrFormat)
	}
	return Decode(file, info.Size())
}

// DecodeBytes reads a file that lies in memory, and keeps nothing of data.
func DecodeBytes(data []byte) (*File, error) {
	return Decode(bytes.NewReader(data), int64(len(data)))
}

// Decode reads the size bytes of a file from r. Memory use is bounded by a small multiple of size.
func Decode(r io.ReaderAt, size int64) (*File, error) {
	if size < 8 {
		return nil, fmt.Errorf("%w: it has %d bytes and the header length alone takes 8; it was cut short: write or fetch it again", ErrFormat, size)
	}
	var prefix [8]byte
	if err := readAt(r, prefix[:], 0); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	if length > maxHeader || length > uint64(size-8) {
		return nil, fmt.Errorf("%w: it claims a header of %d bytes in a file of %d; it is cut short or of another format: write or fetch it again",
			ErrFormat, length, size)
	}
	text := make([]byte, length)
	if err := readAt(r, text, 8); err != nil {
		return nil, err
	}
	entries, metadata, err := parseHeader(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	start := 8 + int64(length)
	if err := checkRanges(entries, size-start); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	f := &File{Tensors: make([]Tensor, len(entries)), Metadata: metadata}
	buffer := make([]byte, 64<<10)
	for i, e := range entries {
		f.Tensors[i] = Tensor{Name: e.name, DType: e.dtype, Shape: e.shape}
		if err := readData(io.NewSectionReader(r, start+e.begin, e.end-e.begin), &f.Tensors[i], e.count(), buffer); err != nil {
			return nil, fmt.Errorf("reading tensor %q: %w", e.name, err)
		}
	}
	f.Sort()
	return f, nil
}

// readAt fills b from the offset.
func readAt(r io.ReaderAt, b []byte, offset int64) error {
	_, err := io.ReadFull(io.NewSectionReader(r, offset, int64(len(b))), b)
	return err
}

// checkRanges sorts the entries by place and holds them to tile the data's size bytes exactly.
func checkRanges(entries []entry, size int64) error {
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end)) })
	at := int64(0)
	for _, e := range entries {
		if e.begin != at {
			return fmt.Errorf("tensor %q starts at byte %d of the data where %d was due (a hole or an overlap); save the file again", e.name, e.begin, at)
		}
		if e.end > size {
			return fmt.Errorf("tensor %q ends at byte %d of the data, and there are %d; the file was cut short: write or fetch it again", e.name, e.end, size)
		}
		at = e.end
	}
	if at != size {
		return fmt.Errorf("%d bytes follow the last tensor; save the file again", size-at)
	}
	return nil
}

// readData fills the data field of t with count elements read through the buffer.
func readData(r io.Reader, t *Tensor, count int, buffer []byte) error {
	switch t.DType {
	case U8:
		t.U8 = make([]uint8, count)
		_, err := io.ReadFull(r, t.U8)
		return err
	case I64:
		t.I64 = make([]int64, 0, count)
	default:
		t.F32 = make([]float32, 0, count)
	}
	size := int(dtypes[t.DType].size)
	for left := count * size; left > 0; {
		block := buffer[:min(left, len(buffer))]
		if _, err := io.ReadFull(r, block); err != nil {
			return err
		}
		appendDecoded(t, block)
		left -= len(block)
	}
	return nil
}

// appendDecoded appends the elements that lie in the block, a whole number of them, to the data field of t.
func appendDecoded(t *Tensor, block []byte) {
	switch t.DType {
	case I64:
		for i := 0; i < len(block); i += 8 {
			t.I64 = append(t.I64, int64(binary.LittleEndian.Uint64(block[i:])))
		}
	case BF16:
		for i := 0; i < len(block); i += 2 {
			t.F32 = append(t.F32, FromBF16(binary.LittleEndian.Uint16(block[i:])))
		}
	default:
		for i := 0; i < len(block); i += 4 {
			t.F32 = append(t.F32, math.Float32frombits(binary.LittleEndian.Uint32(block[i:])))
		}
	}
}
