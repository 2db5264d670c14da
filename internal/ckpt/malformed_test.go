package ckpt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// raw builds a file from its parts.
func raw(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

// malformed maps files to a part of the error that each must give.
var malformed = []struct {
	data []byte
	want string
}{
	{nil, "0 bytes"},
	{[]byte("1234567"), "7 bytes"},
	{raw("", 0), "not a JSON object"},
	{[]byte("PK\x03\x04 a zip archive"), "claims a header"},
	{binary.LittleEndian.AppendUint64(nil, 1<<63), "claims a header"},
	{raw(" {}", 0), "not a JSON object"},
	{raw("{} x", 0), "other than spaces"},
	{raw("{}\n", 0), "other than spaces"},
	{raw("{", 0), "broken"},
	{raw("{}", 1), "1 bytes follow"},
	{raw("{\"\xff\":1}", 0), "UTF-8"},
	{raw(`{"x":1}`, 0), "holds 1 where {"},
	{raw(`{"__metadata__":{"a":1}}`, 0), "must be a string"},
	{raw(`{"__metadata__":{},"__metadata__":{}}`, 0), "twice"},
	{raw(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), "twice"},
	{raw(`{"x":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4), "twice"},
	{raw(`{"x":{"DTYPE":"F32","shape":[1],"data_offsets":[0,4]}}`, 4), "not of the format"},
	{raw(`{"x":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}`, 2), "convert it"},
	{raw(`{"x":{"dtype":"F32","shape":[1]}}`, 4), "missing"},
	{raw(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 4), "takes 8"},
	{raw(`{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 4), "integers of 0 and more"},
	{raw(`{"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}`, 4), "integers of 0 and more"},
	{raw(`{"x":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}`, 4), "integers of 0 and more"},
	{raw(`{"x":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}`, 4), "more than 16"},
	{raw(`{"x":{"dtype":"F32","shape":[4294967297],"data_offsets":[0,4]}}`, 4), "above"},
	{raw(`{"x":{"dtype":"F32","shape":[2147483647,2147483647,4],"data_offsets":[0,4]}}`, 4), "2^32"},
	{raw(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, 4), "a start and an end"},
	{raw(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0]}}`, 4), "a start and an end"},
	{raw(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}`, 4), "more than 2"},
	{raw(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,99999999999999999999]}}`, 4), "integers of 0 and more"},
	{raw(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), "hole or an overlap"},
	{raw(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}`, 6), `"y" starts at byte 2`},
	{raw(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 7), "cut short"},
	{raw(`{"x":{"dtype":"F32","shape":[1073741824],"data_offsets":[0,4294967296]}}`, 4), "cut short"},
}

func TestMalformedFilesAreErrors(t *testing.T) {
	for _, c := range malformed {
		f, err := DecodeBytes(c.data)
		if err == nil {
			t.Errorf("%q was read as %+v, want an error with %q", c.data, f, c.want)
		} else if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q gave %q, want ErrFormat with %q", c.data, err, c.want)
		}
	}
}

// The format asks of a writer that data be aligned, and of a reader nothing: other writers' files are read.
func TestReadsUnalignedFiles(t *testing.T) {
	f, err := DecodeBytes(raw(`{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}   `, 5))
	if err != nil || len(f.Tensors) != 2 || f.Tensors[0].Name != "a" {
		t.Errorf("read %+v, %v", f, err)
	}
}

func TestEveryTruncationIsAnError(t *testing.T) {
	var b bytes.Buffer
	if err := Encode(&b, fixture(), SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	for n := range b.Len() {
		if _, err := DecodeBytes(b.Bytes()[:n]); !errors.Is(err, ErrFormat) {
			t.Fatalf("the first %d bytes gave %v, want ErrFormat", n, err)
		}
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.safetensors")
	if err := os.WriteFile(broken, raw("{", 0), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{broken, dir, filepath.Join(dir, "absent.safetensors")} {
		if _, err := Load(path); err == nil || !strings.HasPrefix(err.Error(), "ckpt: loading "+path) {
			t.Errorf("Load(%s) said %v, want the path named", path, err)
		}
	}
}

// FuzzDecode holds that no bytes make the reader panic, and that what it accepts is written and read back the same.
func FuzzDecode(f *testing.F) {
	for _, c := range malformed {
		f.Add(c.data)
	}
	for _, file := range []*File{fixture(), bfloatFixture()} {
		var b bytes.Buffer
		if err := Encode(&b, file, SaveOptions{}); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := DecodeBytes(data)
		if err != nil {
			return
		}
		first := encode(t, file)
		again, err := DecodeBytes(first)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if !bytes.Equal(first, encode(t, again)) {
			t.Fatal("the second writing differs from the first")
		}
	})
}

func encode(t *testing.T, f *File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, f, SaveOptions{}); err != nil {
		t.Fatalf("what was read cannot be written: %v", err)
	}
	return b.Bytes()
}
