package minari

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"somnium/env"
)

// number is a float64 whose JSON is Python's, which has infinities.
type number float64

// MarshalJSON writes what Python's json reads.
func (x number) MarshalJSON() ([]byte, error) {
	switch {
	case math.IsInf(float64(x), 1):
		return []byte("1e999"), nil // which Python reads as infinity, and unlike its Infinity is JSON
	case math.IsInf(float64(x), -1):
		return []byte("-1e999"), nil
	}
	return json.Marshal(float64(x))
}

// spaceJSON returns a space as Minari spells it.
func spaceJSON(space env.Space) (any, error) {
	switch s := space.(type) {
	case env.Discrete:
		return map[string]any{"type": "Discrete", "dtype": "int64", "start": 0, "n": s.N}, nil
	case env.MultiDiscrete:
		return map[string]any{"type": "MultiDiscrete", "dtype": "int64", "nvec": s.Nvec, "start": make([]int, len(s.Nvec))}, nil
	case env.Box:
		shape := append([]int{}, s.Shape...)
		return map[string]any{
			"type": "Box", "dtype": s.Type.String(), "shape": shape, "low": nested(number(s.Low), shape), "high": nested(number(s.High), shape),
		}, nil
	case env.Dict:
		parts := map[string]any{}
		for key, part := range s.Spaces {
			inner, err := spaceJSON(part)
			if err != nil {
				return nil, err
			}
			parts[key] = inner
		}
		return map[string]any{"type": "Dict", "subspaces": parts}, nil
	}
	return nil, fmt.Errorf("minari: a space of type %T has no place in a Minari data set", space)
}

// nested returns an array of the shape that holds x everywhere.
func nested(x number, shape []int) any {
	if len(shape) == 0 {
		return x
	}
	list := make([]any, shape[0])
	for i := range list {
		list[i] = nested(x, shape[1:])
	}
	return list
}

// packedSpace is a space as Minari spells it, read.
type packedSpace struct {
	Type      string          `json:"type"`
	DType     string          `json:"dtype"`
	Shape     []int           `json:"shape"`
	N         json.RawMessage `json:"n"`
	Start     json.RawMessage `json:"start"`
	Nvec      []int           `json:"nvec"`
	Low       any             `json:"low"`
	High      any             `json:"high"`
	Subspaces json.RawMessage `json:"subspaces"`
}

// parseSpace reads the JSON of a space, of which Python writes infinities as no JSON has them.
func parseSpace(text string) (packedSpace, error) {
	text = strings.ReplaceAll(text, "Infinity", "1e999")
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var p packedSpace
	if err := decoder.Decode(&p); err != nil {
		return p, fmt.Errorf("minari: the space %.60q does not parse: %w", text, err)
	}
	return p, nil
}

// parts returns the spaces of a Dict by name.
func (p packedSpace) parts() (map[string]packedSpace, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(p.Subspaces, &raw); err != nil {
		return nil, fmt.Errorf("minari: the parts of a Dict space do not parse: %w", err)
	}
	parts := map[string]packedSpace{}
	for key, text := range raw {
		part, err := parseSpace(string(text))
		if err != nil {
			return nil, err
		}
		parts[key] = part
	}
	return parts, nil
}

// action is a space of actions with how its columns become values.
type action struct {
	space env.Space
	// kind, by which Value's fields are filled: "one", "many", "bytes", "floats" or "dict".
	kind string
	// start is what is taken off each choice.
	start []int
	parts map[string]action
}

// action returns the space of actions that p spells.
func (p packedSpace) action() (action, error) {
	switch p.Type {
	case "Discrete":
		n, err1 := integers(p.N)
		start, err2 := integers(p.Start)
		if err := errors.Join(err1, err2); err != nil || len(n) != 1 || n[0] < 1 {
			return action{}, fmt.Errorf("minari: the Discrete space of actions does not say of how many choices: %w", err)
		}
		return action{space: env.Discrete{N: n[0]}, kind: "one", start: start}, nil
	case "MultiDiscrete":
		start, err := integers(p.Start)
		if err != nil || len(p.Nvec) == 0 || slices.Min(p.Nvec) < 1 {
			return action{}, fmt.Errorf("minari: the MultiDiscrete space of actions does not say of how many choices; only flat ones are read: %w", err)
		}
		return action{space: env.MultiDiscrete{Nvec: p.Nvec}, kind: "many", start: start}, nil
	case "MultiBinary":
		n, err := integers(p.N)
		if err != nil || len(n) != 1 || n[0] < 1 {
			return action{}, fmt.Errorf("minari: the MultiBinary space of actions is not flat: %w", err)
		}
		return action{space: env.MultiDiscrete{Nvec: slices.Repeat([]int{2}, n[0])}, kind: "many"}, nil
	case "Box":
		return p.boxAction()
	case "Dict":
		return p.dictAction()
	}
	return action{}, fmt.Errorf("minari: actions of the space %q are not read; Discrete, MultiDiscrete, MultiBinary, Box and Dict are", p.Type)
}

// boxAction returns the Box; where its elements have bounds of their own, the widest hold for all.
func (p packedSpace) boxAction() (action, error) {
	low, high := math.Inf(1), math.Inf(-1)
	err := errors.Join(eachNumber(p.Low, func(x float64) { low = min(low, x) }), eachNumber(p.High, func(x float64) { high = max(high, x) }))
	box := env.Box{Shape: p.Shape, Type: env.Float32, Low: low, High: high}
	if err != nil || !(low <= high) {
		return action{}, fmt.Errorf("minari: the Box of actions has no bounds: %w", err)
	}
	switch p.DType {
	case "uint8":
		box.Type = env.Uint8
		return action{space: box, kind: "bytes"}, nil
	case "float32", "float64":
		return action{space: box, kind: "floats"}, nil
	}
	return action{}, fmt.Errorf("minari: actions in a Box of %s are not read; uint8, float32 and float64 are", p.DType)
}

func (p packedSpace) dictAction() (action, error) {
	parts, err := p.parts()
	if err != nil {
		return action{}, err
	}
	made, spaces := action{kind: "dict", parts: map[string]action{}}, map[string]env.Space{}
	for _, key := range slices.Sorted(maps.Keys(parts)) {
		part, err := parts[key].action()
		if err != nil {
			return action{}, err
		}
		made.parts[key], spaces[key] = part, part.space
	}
	made.space = env.Dict{Spaces: spaces}
	return made, nil
}

// integers reads a whole number, a list of them, or nothing.
func integers(text json.RawMessage) ([]int, error) {
	if len(text) == 0 || string(text) == "null" {
		return nil, nil
	}
	var one int
	if json.Unmarshal(text, &one) == nil {
		return []int{one}, nil
	}
	var many []int
	err := json.Unmarshal(text, &many)
	return many, err
}

// eachNumber calls take with the numbers of an array of arrays.
func eachNumber(x any, take func(float64)) error {
	switch x := x.(type) {
	case json.Number:
		value, err := strconv.ParseFloat(x.String(), 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) { // infinity
			return err
		}
		take(value)
		return nil
	case []any:
		for _, part := range x {
			if err := eachNumber(part, take); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("%v is no number", x)
}
