package minari

import (
	"fmt"

	"somnium/datasets/table"
	"somnium/env"
)

// read returns the first steps values of the columns of actions, each an element of the space.
func (a action) read(file *table.File, path []string, steps int) (values []env.Value, err error) {
	switch a.kind {
	case "dict":
		values, err = a.readParts(file, path, steps)
	case "one", "many":
		values, err = a.readChoices(file, path, steps)
	case "bytes":
		data, width, failure := file.Bytes8(path...)
		values, err = split(data, width, steps, func(part []uint8) env.Value { return env.Value{U8: part} }), failure
	default:
		data, width, failure := file.Floats(path...)
		values, err = split(data, width, steps, func(part []float64) env.Value {
			narrow := make([]float32, len(part))
			for i, x := range part {
				narrow[i] = float32(x)
			}
			return env.Value{F32: narrow}
		}), failure
	}
	if err != nil {
		return nil, err
	}
	for t, v := range values {
		if err := a.space.Contains(v); err != nil {
			return nil, fmt.Errorf("action %d: %w", t, err)
		}
	}
	return values, nil
}

// split makes a value of the elements of each of the first rows.
func split[T any](data []T, width, rows int, make func(part []T) env.Value) []env.Value {
	if len(data) < rows*width {
		return nil
	}
	values := []env.Value{}
	for t := range rows {
		values = append(values, make(data[t*width:(t+1)*width:(t+1)*width]))
	}
	return values
}

func (a action) readChoices(file *table.File, path []string, steps int) ([]env.Value, error) {
	data, width, err := file.Integers(path...)
	return split(data, width, steps, func(part []int64) env.Value {
		choices := make([]int, len(part))
		for i, x := range part {
			choices[i] = int(x)
			if i < len(a.start) {
				choices[i] -= a.start[i]
			}
		}
		return env.Value{Int: choices}
	}), err
}

func (a action) readParts(file *table.File, path []string, steps int) ([]env.Value, error) {
	values := make([]env.Value, steps)
	for t := range values {
		values[t].Dict = map[string]env.Value{}
	}
	for key, part := range a.parts {
		inner, err := part.read(file, append(path[:len(path):len(path)], key), steps)
		if err != nil {
			return nil, err
		}
		for t := range values {
			values[t].Dict[key] = inner[t]
		}
	}
	return values, nil
}
