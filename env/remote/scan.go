package remote

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// What a message may hold beside the binary strings, which only its length bounds. Requests need far less.
const (
	// maxDepth is the number of containers inside each other.
	maxDepth = 4
	// maxEntries is the number of elements of an array, and of pairs of a map.
	maxEntries = 1024
	// maxText is the length of a string in bytes.
	maxText = 4096
)

// errTruncated is a body that ends within a value.
var errTruncated = errors.New("remote: the message ends within a value; send as many bytes as its length says")

// scan returns nil where body is exactly one map in well-formed msgpack within the bounds above. It neither recurses nor
// allocates, so that what decodes the body afterwards can do neither without bound.
func scan(body []byte) error {
	if len(body) == 0 {
		return errTruncated
	}
	if first := body[0]; first&0xf0 != 0x80 && first != 0xde && first != 0xdf {
		return fmt.Errorf("remote: the message begins with byte %#x, which is no msgpack map; every message is one", first)
	}
	var open [maxDepth]int // values yet to come at each depth
	depth, todo := 0, 1
	for {
		for todo == 0 && depth > 0 {
			depth--
			todo = open[depth]
		}
		if todo == 0 {
			break
		}
		todo--
		size, children, err := value(body)
		if err != nil {
			return err
		}
		body = body[size:]
		if children == 0 {
			continue
		}
		if depth == maxDepth {
			return fmt.Errorf("remote: the message nests deeper than %d maps and arrays; no request does", maxDepth)
		}
		open[depth] = todo
		depth, todo = depth+1, children
	}
	if len(body) > 0 {
		return fmt.Errorf("remote: %d bytes follow the end of the message; its length says too much", len(body))
	}
	return nil
}

// value returns the size in bytes of the value that b begins with, that of a container being its head's alone, and the
// number of values inside it.
func value(b []byte) (size, children int, err error) {
	if len(b) == 0 {
		return 0, 0, errTruncated
	}
	code := b[0]
	switch {
	case code <= 0x7f || code >= 0xe0: // small integers
		return 1, 0, nil
	case code <= 0x8f:
		return 1, 2 * int(code&0x0f), nil
	case code <= 0x9f:
		return 1, int(code & 0x0f), nil
	case code <= 0xbf:
		return sized(b, 1, int(code&0x1f))
	}
	f := formats[code-0xc0]
	if f.kind == illegal {
		return 0, 0, fmt.Errorf("remote: byte %#x begins no value of this protocol, which knows no extension types", code)
	}
	if f.kind == fixed {
		return sized(b, 1, f.width)
	}
	if len(b) < 1+f.width {
		return 0, 0, errTruncated
	}
	length := bigEndian(b[1 : 1+f.width])
	head := 1 + f.width
	switch {
	case f.kind == binaries:
		return sized(b, head, length)
	case f.kind == text && length > maxText:
		return 0, 0, fmt.Errorf("remote: a string of %d bytes; at most %d are read", length, maxText)
	case f.kind == text:
		return sized(b, head, length)
	case length > maxEntries:
		return 0, 0, fmt.Errorf("remote: a map or an array of %d entries; at most %d are read", length, maxEntries)
	case f.kind == mappings:
		return head, 2 * length, nil
	}
	return head, length, nil
}

// sized returns head+length, where b is so long.
func sized(b []byte, head, length int) (int, int, error) {
	if length > len(b)-head {
		return 0, 0, errTruncated
	}
	return head + length, 0, nil
}

func bigEndian(b []byte) int {
	switch len(b) {
	case 1:
		return int(b[0])
	case 2:
		return int(binary.BigEndian.Uint16(b))
	}
	return int(binary.BigEndian.Uint32(b))
}

// kind is what the code of a value says about the rest of it.
type kind uint8

const (
	illegal  kind = iota
	fixed         // width bytes follow
	text          // a length of width bytes, and so many bytes
	binaries      // the same
	arrays        // a count of width bytes, and so many values
	mappings      // the same, and so many pairs
)

// formats are the codes 0xc0 to 0xdf of msgpack.
var formats = [32]struct {
	kind  kind
	width int
}{
	0x00: {fixed, 0},                   // nil
	0x02: {fixed, 0}, 0x03: {fixed, 0}, // false, true
	0x04: {binaries, 1}, 0x05: {binaries, 2}, 0x06: {binaries, 4}, // bin
	0x0a: {fixed, 4}, 0x0b: {fixed, 8}, // float
	0x0c: {fixed, 1}, 0x0d: {fixed, 2}, 0x0e: {fixed, 4}, 0x0f: {fixed, 8}, // uint
	0x10: {fixed, 1}, 0x11: {fixed, 2}, 0x12: {fixed, 4}, 0x13: {fixed, 8}, // int
	0x19: {text, 1}, 0x1a: {text, 2}, 0x1b: {text, 4}, // str
	0x1c: {arrays, 2}, 0x1d: {arrays, 4}, 0x1e: {mappings, 2}, 0x1f: {mappings, 4},
}
