package ckpt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// entry is what the header says of a tensor.
type entry struct {
	name       string
	dtype      DType
	shape      []int
	begin, end int64 // bytes of the data, end excluded
}

// count returns the number of elements, known to be right once parseHeader has checked the entry.
func (e *entry) count() int { return int((e.end - e.begin) / dtypes[e.dtype].size) }

// parseHeader returns the entries, in the order of the text, and the metadata. The JSON is walked by hand because
// encoding/json lets a repeated key replace the earlier one and takes keys in any case.
func parseHeader(text []byte) ([]entry, map[string]string, error) {
	if len(text) == 0 || text[0] != '{' {
		return nil, nil, errors.New("its header is not a JSON object; name a .safetensors file")
	}
	if !utf8.Valid(text) {
		return nil, nil, errors.New("its header is not UTF-8; save the file again")
	}
	h := headerReader{json.NewDecoder(bytes.NewReader(text))}
	h.UseNumber()
	var (
		entries  []entry
		metadata map[string]string
	)
	err := h.object(func(key string) (err error) {
		if key == metadataKey {
			metadata, err = h.metadata()
			return err
		}
		e, err := h.entry(key)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", key, err)
		}
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if rest := text[h.InputOffset():]; len(bytes.TrimLeft(rest, " ")) > 0 {
		return nil, nil, errors.New("something other than spaces follows its JSON header; save the file again")
	}
	return entries, metadata, nil
}

// headerReader walks the tokens of the header.
type headerReader struct{ *json.Decoder }

// token returns the next token; the end of the text inside of the object is an error like another.
func (h headerReader) token() (json.Token, error) {
	t, err := h.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("its JSON header is broken (%w); save the file again", err)
	}
	return t, nil
}

// delimiter reads the token that must be the given bracket.
func (h headerReader) delimiter(want json.Delim) error {
	t, err := h.token()
	if err == nil && t != want {
		err = fmt.Errorf("the header holds %v where %v was due; save the file again", t, want)
	}
	return err
}

// object reads an object, calling field after every key to read its value. A repeated key is an error.
func (h headerReader) object(field func(key string) error) error {
	if err := h.delimiter('{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for h.More() {
		t, err := h.token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return fmt.Errorf("the header holds %v where a key was due; save the file again", t)
		}
		if seen[key] {
			return fmt.Errorf("the key %q stands twice in the header; rename one and save the file again", key)
		}
		seen[key] = true
		if err := field(key); err != nil {
			return err
		}
	}
	return h.delimiter('}')
}

// metadata reads an object of strings.
func (h headerReader) metadata() (map[string]string, error) {
	metadata := map[string]string{}
	err := h.object(func(key string) (err error) {
		metadata[key], err = h.text("metadata " + strconv.Quote(key))
		return err
	})
	return metadata, err
}

// text reads a string.
func (h headerReader) text(what string) (string, error) {
	t, err := h.token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok {
		return "", fmt.Errorf("%s is %v and must be a string; save the file again", what, t)
	}
	return s, nil
}

// numbers reads a list of at most limit integers from 0 to 2^63-1.
func (h headerReader) numbers(what string, limit int) ([]int64, error) {
	if err := h.delimiter('['); err != nil {
		return nil, err
	}
	list := []int64{}
	for h.More() {
		t, err := h.token()
		if err != nil {
			return nil, err
		}
		n, ok := t.(json.Number)
		x, err := strconv.ParseInt(string(n), 10, 64)
		if !ok || err != nil || x < 0 {
			return nil, fmt.Errorf("its %s holds %v and must hold integers of 0 and more; save the file again", what, t)
		}
		if len(list) == limit {
			return nil, fmt.Errorf("its %s holds more than %d numbers; save the file again", what, limit)
		}
		list = append(list, x)
	}
	return list, h.delimiter(']')
}

// entry reads and checks the description of a tensor.
func (h headerReader) entry(name string) (entry, error) {
	e := entry{name: name, shape: []int{}}
	fields := 0
	err := h.object(func(key string) error {
		fields++
		switch key {
		case "dtype":
			return h.dtype(&e)
		case "shape":
			return h.shape(&e)
		case "data_offsets":
			return h.offsets(&e)
		}
		return fmt.Errorf("the key %q is not of the format; save the file again", key)
	})
	if err != nil {
		return e, err
	}
	if fields != 3 {
		return e, errors.New("dtype, shape or data_offsets is missing; save the file again")
	}
	return e, e.check()
}

func (h headerReader) dtype(e *entry) error {
	name, err := h.text("its dtype")
	if err != nil {
		return err
	}
	var ok bool
	if e.dtype, ok = parseDType(name); !ok {
		return fmt.Errorf("its dtype is %q, and F32, BF16, I64 and U8 are read here; convert it to one of them", name)
	}
	return nil
}

func (h headerReader) shape(e *entry) error {
	list, err := h.numbers("shape", maxRank)
	if err != nil {
		return err
	}
	for _, d := range list {
		if d > maxDimension {
			return fmt.Errorf("its dimension %d is above %d; save the file again", d, maxDimension)
		}
		e.shape = append(e.shape, int(d))
	}
	return nil
}

func (h headerReader) offsets(e *entry) error {
	list, err := h.numbers("data_offsets", 2)
	if err != nil {
		return err
	}
	if len(list) != 2 || list[0] > list[1] {
		return fmt.Errorf("its data_offsets are %v and must be a start and an end; save the file again", list)
	}
	e.begin, e.end = list[0], list[1]
	return nil
}

// check holds the byte range to the size that dtype and shape call for.
func (e *entry) check() error {
	count, err := elements(e.shape)
	if err != nil {
		return fmt.Errorf("%w; save the file again", err)
	}
	if want := count * dtypes[e.dtype].size; e.end-e.begin != want {
		return fmt.Errorf("it spans %d bytes, and %v of shape %v takes %d; save the file again", e.end-e.begin, e.dtype, e.shape, want)
	}
	return nil
}
