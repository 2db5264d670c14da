package train

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"somnium/datasets"
)

// checkLengths returns an error where all episodes of an environment are shorter than a clip, of so many frames: a sampler passes
// over them, and what was learned of it before would be forgotten unnoticed. Those that a weight of 0 leaves out do not count.
func checkLengths(data *datasets.Dataset, frames int, weights map[string]float64) error {
	longest := map[string]int{}
	for i := range data.Len() {
		m := data.Meta(i)
		weight, given := weights[m.Env]
		if !given {
			weight, given = weights[m.ID()]
		}
		if !given || weight > 0 {
			longest[m.Env] = max(longest[m.Env], m.Frames())
		}
	}
	maps.DeleteFunc(longest, func(_ string, most int) bool { return most >= frames })
	if len(longest) == 0 {
		return nil
	}
	short := slices.Sorted(maps.Keys(longest))
	return fmt.Errorf("train: no episode of %s has the %d frames of a clip, the longest of %s has %d; ask for shorter clips, or leave it out by a weight of 0",
		strings.Join(short, ", nor of "), frames, short[0], longest[short[0]])
}
