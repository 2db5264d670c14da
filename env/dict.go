package env

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Dict is several spaces by name.
type Dict struct {
	Spaces map[string]Space
}

// dictKeys is the number of keys up to which walking a Dict in order allocates nothing.
const dictKeys = 16

// appendKeys appends the keys in sorted order.
func (d Dict) appendKeys(dst []string) []string {
	for key := range d.Spaces {
		dst = append(dst, key)
	}
	slices.Sort(dst)
	return dst
}

// Contains returns nil where v has every key, no other, and each part lies in its space.
func (d Dict) Contains(v Value) error {
	if v.fields() != fieldDict {
		return wrongFields(d, v, fieldDict)
	}
	var buffer [dictKeys]string
	for _, key := range d.appendKeys(buffer[:0]) {
		part, ok := v.Dict[key]
		if !ok {
			return fmt.Errorf("env: the value lacks the key %q of %v", key, d)
		}
		if err := d.Spaces[key].Contains(part); err != nil {
			return fmt.Errorf("env: at key %q: %w", key, err)
		}
	}
	if len(v.Dict) == len(d.Spaces) {
		return nil
	}
	for key := range v.Dict {
		if _, ok := d.Spaces[key]; !ok {
			return fmt.Errorf("env: the value has a key %q that %v does not know", key, d)
		}
	}
	return nil
}

// New returns a new element of every part.
func (d Dict) New() Value {
	v := Value{Dict: make(map[string]Value, len(d.Spaces))}
	for key, space := range d.Spaces {
		v.Dict[key] = space.New()
	}
	return v
}

// Sample draws every part of dst, in the order of the sorted keys.
func (d Dict) Sample(rng *rand.Rand, dst Value) {
	var buffer [dictKeys]string
	for _, key := range d.appendKeys(buffer[:0]) {
		d.Spaces[key].Sample(rng, dst.Dict[key])
	}
}

func (d Dict) String() string {
	var text strings.Builder
	for i, key := range d.appendKeys(nil) {
		if i > 0 {
			text.WriteString(", ")
		}
		fmt.Fprintf(&text, "%s: %v", key, d.Spaces[key])
	}
	return "Dict(" + text.String() + ")"
}
