package lerobot

import (
	"fmt"
	"maps"
	"slices"

	"somnium/env"
)

// feature is how actions are laid out: choices as whole numbers, anything else as floats.
type feature struct {
	space env.Space
	// names of the elements.
	names []string
	whole bool
}

// actionFeature lays out the actions of a space.
func actionFeature(space env.Space) (feature, error) {
	f := feature{space: space}
	switch s := space.(type) {
	case env.Discrete, env.MultiDiscrete:
		f.whole = true
	case env.Box, env.Dict:
	default:
		return f, fmt.Errorf("lerobot: actions of %T have no place in a LeRobot data set", s)
	}
	f.names = elementNames("action", space)
	if len(f.names) == 0 {
		return f, fmt.Errorf("lerobot: actions of %v have no elements", space)
	}
	return f, nil
}

// elementNames names the elements of a space's values.
func elementNames(name string, space env.Space) (names []string) {
	numbered := func(n int) {
		for i := range n {
			names = append(names, fmt.Sprintf("%s_%d", name, i))
		}
	}
	switch s := space.(type) {
	case env.Discrete:
		return []string{name}
	case env.MultiDiscrete:
		numbered(len(s.Nvec))
	case env.Box:
		numbered(s.Size())
	case env.Dict:
		for _, key := range slices.Sorted(maps.Keys(s.Spaces)) {
			names = append(names, elementNames(key, s.Spaces[key])...)
		}
	}
	return names
}

// listed is the width of the column's lists; LeRobot keeps single elements as they are.
func (f feature) listed() int {
	if len(f.names) == 1 {
		return 0
	}
	return len(f.names)
}

// append adds an action to a column, which is nil at first.
func (f feature) append(column any, action env.Value) any {
	numbers := elements(nil, f.space, action)
	if f.whole {
		whole, _ := column.([]int64)
		for _, x := range numbers {
			whole = append(whole, int64(x))
		}
		return whole
	}
	floats, _ := column.([]float32)
	for _, x := range numbers {
		floats = append(floats, float32(x))
	}
	return floats
}

// elements appends the elements of a value in the order of their names.
func elements(dst []float64, space env.Space, v env.Value) []float64 {
	if dict, ok := space.(env.Dict); ok {
		for _, key := range slices.Sorted(maps.Keys(dict.Spaces)) {
			dst = elements(dst, dict.Spaces[key], v.Dict[key])
		}
		return dst
	}
	for _, x := range v.Int {
		dst = append(dst, float64(x))
	}
	for _, x := range v.U8 {
		dst = append(dst, float64(x))
	}
	for _, x := range v.F32 {
		dst = append(dst, float64(x))
	}
	return dst
}
