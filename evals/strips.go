package evals

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"somnium/internal/picture"
)

// Strip is a film strip of one case: the truth above what the candidate made of it.
type Strip struct {
	// Which is best, median or worst; Split is the part of the exam.
	Which, Split string
	Sheet        picture.Frame
}

// stripColumns is the number of moments that a strip shows.
const stripColumns = 9

// strips returns the best, the median and the worst case of the part, among those in which the true frames, whose rows are floor, have
// something to count.
func (p part) strips(rows, floor []Row, answers [][]uint8) []Strip {
	if answers == nil || p.rank < 0 {
		return nil
	}
	var order []int
	for i, r := range floor {
		if !math.IsNaN(r[p.rank]) {
			order = append(order, i)
		}
	}
	if len(order) == 0 {
		return nil
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(badness(rows[i][p.rank]), badness(rows[j][p.rank])) })
	split := ""
	if len(p.kinds) > 0 {
		split = p.kinds[0].Split
	}
	var strips []Strip
	for _, pick := range []struct {
		which string
		at    int
	}{{"best", 0}, {"median", len(order) / 2}, {"worst", len(order) - 1}} {
		i := order[pick.at]
		at := i
		if p.shown != nil {
			at = p.shown(i)
		}
		strips = append(strips, Strip{Which: pick.which, Split: split, Sheet: film(p.trials[at], answers[at])})
	}
	return strips
}

// badness orders cases: one without a number, such as of a thing that is never seen again, is the worst.
func badness(v float64) float64 {
	if math.IsNaN(v) {
		return math.Inf(1)
	}
	return v
}

// film draws a trial: the last frame of the context and moments after it, the truth above the answer.
func film(t Trial, answer []uint8) picture.Frame {
	var truth, dream []picture.Panel
	last := -1
	for column := range stripColumns {
		at := t.Known() - 1 + column*t.Frames()/(stripColumns-1)
		if at == last {
			continue
		}
		last = at
		label := fmt.Sprintf("+%d", at-t.Known()+1)
		if column == 0 {
			label = "given"
		}
		truth = append(truth, picture.Panel{Label: label, Frame: picture.Of(t.frame(t.Truth, at), t.Context.Height, t.Context.Width)})
		dream = append(dream, picture.Panel{Frame: picture.Of(t.frame(answer, at), t.Context.Height, t.Context.Width)})
	}
	scale := max(1, 80/max(t.Context.Height, t.Context.Width))
	return picture.Sheet(append(truth, dream...), len(truth), picture.RowOptions{Scale: scale, Gap: 4})
}
