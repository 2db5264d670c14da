package evals

import (
	"math"
	"math/rand/v2"
	"slices"
)

// resamples is how often the clips are drawn anew for an interval.
const resamples = 1000

// estimate returns the figures of the kinds over the clips, with their 95% percentile bootstrap intervals: the clips are
// drawn with replacement, as many as there are, and the figures computed anew (Efron and Tibshirani, An Introduction to
// the Bootstrap, 1993). add pools a clip into a sum, stat computes the figures of a sum in the order of kinds.
func estimate[T any](scene string, clips []T, kinds []kind, add func(sum *T, clip T), stat func(sum T) []float64) []Figure {
	var total T
	for _, c := range clips {
		add(&total, c)
	}
	values := stat(total)
	spread := make([][]float64, len(kinds))
	rng := rand.New(rand.NewPCG(uint64(len(clips)), 0x5eed))
	for range resamples {
		var sum T
		for range clips {
			add(&sum, clips[rng.IntN(len(clips))])
		}
		for k, v := range stat(sum) {
			if !math.IsNaN(v) {
				spread[k] = append(spread[k], v)
			}
		}
	}
	figures := make([]Figure, len(kinds))
	for k, kind := range kinds {
		figures[k] = kind.figure(scene, values[k])
		if s := spread[k]; len(clips) > 1 && len(s) > 0 {
			slices.Sort(s)
			figures[k].Low, figures[k].High = number(s[len(s)*25/1000]), number(s[(len(s)*975-1)/1000])
		}
	}
	return figures
}
