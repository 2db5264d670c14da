package evals

import (
	"slices"

	"somnium/env"
)

// bars are what a model must reach in worlds of one kind, in decibels.
type bars struct {
	tokenizer, tokenizerChanged float64 // Tokenizer, on all pixels and on those that change
	next, gain                  float64 // NextFrame, on all pixels; and on those that change, above the better of copy and blur
}

// family is a kind of worlds. Their clips are pooled: decibels of a still scene and of one in which the whole picture turns do not add up.
type family struct {
	name string
	bars bars
}

// The kinds of worlds: bodies in the plane before a camera that stands still, and blocks seen by who walks among them.
var (
	planeFamily = &family{"rigid", bars{34, 24, 30, 4}}
	blockFamily = &family{"voxel", bars{28, 24, 24, 2}}
)

// familyOf returns the kind of a scene's world.
func familyOf(s Scene) *family {
	if _, blocks := env.As[env.Surveyor](s.Truth); blocks {
		return blockFamily
	}
	return planeFamily
}

// Pooled is the Scene of figures over all scenes.
const Pooled = "all"

// PooledOf returns the Scene of figures over all scenes of one kind of worlds, rigid or voxel, where there are several.
func PooledOf(kind string) string { return Pooled + " " + kind }

// estimates returns the figures of every scene, of all clips of each kind of worlds where there are several, and of all clips together. The
// kinds of figures have bars by the kind of world; over several kinds of worlds they have none, since each decides by itself.
func estimates[T any](scenes []Scene, clips [][]T, kinds func(b bars) []kind, add func(sum *T, clip T), stat func(sum T) []float64) []Figure {
	var figures []Figure
	var all []T
	var families []*family
	pools := map[*family][]T{}
	for i, s := range scenes {
		w := familyOf(s)
		if !slices.Contains(families, w) {
			families = append(families, w)
		}
		figures = append(figures, estimate(s.Name, clips[i], kinds(w.bars), add, stat)...)
		pools[w], all = append(pools[w], clips[i]...), append(all, clips[i]...)
	}
	if len(families) == 1 {
		return append(figures, estimate(Pooled, all, kinds(families[0].bars), add, stat)...)
	}
	for _, w := range families {
		figures = append(figures, estimate(PooledOf(w.name), pools[w], kinds(w.bars), add, stat)...)
	}
	bare := kinds(families[0].bars)
	for i := range bare {
		bare[i].min, bare[i].max = none, none
	}
	return append(figures, estimate(Pooled, all, bare, add, stat)...)
}

// pooled says whether a figure is over several scenes: these decide, and single scenes are remarked on.
func (f Figure) pooled() bool {
	return f.Scene == Pooled || f.Scene == PooledOf(planeFamily.name) || f.Scene == PooledOf(blockFamily.name)
}
