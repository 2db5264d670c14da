package evals

import (
	"math"
	"slices"

	"somnium/env"
	"somnium/evals/parse"
)

const glassScene = "RigidGlass-v0"

// The impact energies of the exam as multiples of the toughness, half of them below it.
var impacts = []float64{0.3, 1.4, 0.55, 2, 0.8, 4}

// glassColor is that of all glass and of its pieces.
var glassColor = parse.Color{112, 196, 178}

const (
	glassGiven = 8 // at most
	glassAfter = 20
)

// fractureExam sweeps the energy of an impact across the toughness of glass.
func fractureExam() *Exam {
	return &Exam{
		Number: 7, Version: 1, Name: "fracture", Title: "Glass breaks above an energy of impact and stands below it",
		Scenes: []string{glassScene},
		Sizes:  map[Suite]Size{Quick: {Cases: 15}, Full: {Cases: 72}, Paper: {Cases: 300, Samples: 3}},
		Figures: map[string]string{
			"break_accuracy":     "balanced accuracy of whether the glass breaks, by the number of its patches in the last frames; who always says one thing has 50%",
			"area_ratio_error":   "|area of glass in the end over the true one - 1|, where the true glass breaks",
			"fragments_error":    "mean |number of patches - true|, where the true glass breaks",
			"size_histogram":     "mean distance of the histograms of patch sizes, 0 to 1, where the true glass breaks",
			"size_histogram_gap": "the same over that of the mean histogram of the true pieces",
			"merging":            "share of frames in which patches merge into fewer than half of what there were, after breaking, of those in which the true ones do not",
		},
		prepare: func(r *room) ([]part, error) {
			p, err := r.fracturePart()
			return []part{p}, err
		},
	}
}

// The columns of fractures.
const (
	colBroke = iota
	colSaidBroke
	colArea
	colFragments
	colHistogram
	colMeanHistogram
	colMerging
	colFractureRank
)

// broken says whether the state shows pieces.
func broken(s env.State) bool {
	return slices.ContainsFunc(s.Bodies, func(b env.Body) bool { return b.Kind == "piece" })
}

// struckAt returns the frame of the impact: the first in which the glass is broken, or in which it, or the disc that flies at
// it, has another velocity than by itself.
func struckAt(p *played) int {
	glass := slices.IndexFunc(p.states[0].Bodies, func(b env.Body) bool { return b.Kind == "glass" })
	whole := p.states[:stateUntil(p.states)]
	if p.states[0].Values["way"] == 0 { // the glass falls
		return contact(whole, glass)
	}
	disc := discOf(p.states[0])
	for i, s := range whole {
		if math.Abs(s.Bodies[disc].Velocity[0]-whole[0].Bodies[disc].Velocity[0]) > 1e-6 {
			return i
		}
	}
	return len(whole)
}

// stateUntil returns the first frame in which the glass is broken, or their number.
func stateUntil(states []env.State) int {
	for i, s := range states {
		if broken(s) {
			return i
		}
	}
	return len(states)
}

func (r *room) fracturePart() (part, error) {
	trials, err := r.search(r.size.Cases, 0, func(seed uint64, found int) (Trial, bool, error) {
		impact := impacts[found%len(impacts)]
		params := map[string]float64{"impact": impact, "way": float64(found / len(impacts) % 2)}
		p, err := r.play(glassScene, seed, params, nil, 60)
		if err != nil {
			return Trial{}, false, err
		}
		hit := struckAt(p)
		given := min(glassGiven, hit-1)
		from := hit - 1 - given
		if given < 2 || hit+glassAfter > p.clip.Len() || broken(p.states[p.clip.Len()-1]) != (impact > 1) {
			return Trial{}, false, nil
		}
		t := p.trial(from, given, 1+glassAfter)
		// Pieces that lie against each other, or a pane whose stand hides a strip of it, are not told apart by a parser.
		return t, saidBroke(patchCounts(t, t.Truth)) == (impact > 1), nil
	})
	if err != nil {
		return part{}, err
	}
	typical := meanHistogram(trials)
	kinds := []Kind{
		more("", "break_accuracy", "", 0.9, balancedAccuracy(colBroke, colSaidBroke)), less("", "area_ratio_error", "", 0.05, mean(colArea)),
		less("", "fragments_error", "pieces", 1.5, mean(colFragments)), less("", "size_histogram", "", none, mean(colHistogram)),
		less("", "size_histogram_gap", "", 0.5, ratio(colHistogram, colMeanHistogram)), less("", "merging", "", 0.01, mean(colMerging)),
	}
	return part{
		trials: trials, kinds: kinds, rank: colFractureRank, beside: allBeside,
		note: "fracture: pieces of one colour that touch are one patch, to the parser as to the eye; true and dreamed frames are parsed alike",
		grade: func(answers [][]uint8) (rows []Row) {
			for i, t := range trials {
				rows = append(rows, fractureRow(t, answers[i], typical))
			}
			return rows
		},
	}, nil
}

// patchesOf returns the patches of glass in frame i.
func patchesOf(t Trial, answer []uint8, i int) []parse.Thing {
	frame := t.frame(answer, i)
	return parse.Of(frame, t.Context.Height, t.Context.Width, glassColor, parse.Ground(t.frame(nil, 0)), 3)
}

// sizeBins are the upper ends of the bins of patch areas, in units squared.
var sizeBins = [...]float64{0.15, 0.4, 0.8, 1.5, 3, math.Inf(1)}

type sizeHistogram [len(sizeBins)]float64

// histogram returns the shares of the patches by size.
func histogram(t Trial, patches []parse.Thing) (h sizeHistogram) {
	unit := t.States[0].Values["world_width"] / float64(t.Context.Width)
	for _, p := range patches {
		bin := 0
		for p.Area*unit*unit > sizeBins[bin] {
			bin++
		}
		h[bin] += 1 / float64(len(patches))
	}
	return h
}

// gap is half the sum of absolute differences: 0 where the histograms are the same, 1 where they share nothing.
func (h sizeHistogram) gap(o sizeHistogram) (d float64) {
	for i := range h {
		d += math.Abs(h[i]-o[i]) / 2
	}
	return d
}

// meanHistogram is that of the true last frames of all that breaks.
func meanHistogram(trials []Trial) (m sizeHistogram) {
	n := 0.0
	for _, t := range trials {
		last := t.Known() + t.Frames() - 1
		if broken(t.States[last]) {
			h := histogram(t, patchesOf(t, t.Truth, last))
			n++
			for i := range m {
				m[i] += h[i]
			}
		}
	}
	for i := range m {
		m[i] /= max(n, 1)
	}
	return m
}

func area(patches []parse.Thing) (sum float64) {
	for _, p := range patches {
		sum += p.Area
	}
	return sum
}

// patchCounts returns the number of patches of glass in every frame of an answer.
func patchCounts(t Trial, answer []uint8) (counts []float64) {
	for i := t.Known(); i < t.Known()+t.Frames(); i++ {
		counts = append(counts, float64(len(patchesOf(t, answer, i))))
	}
	return counts
}

// saidBroke says whether the last frames show pieces.
func saidBroke(counts []float64) bool { return average(counts[len(counts)-6:]) >= 1.5 }

// mergedShare returns the share of frames in which the patches are fewer than half of what there were, of those in which the true ones are not.
func mergedShare(counts, truth []float64) float64 {
	var most, mostTrue, merged, frames float64
	for i, n := range counts {
		if mostTrue < 4 || truth[i] >= mostTrue/2 {
			frames++
			merged += truthValue(most >= 4 && n < most/2)
		}
		most, mostTrue = max(most, n), max(mostTrue, truth[i])
	}
	return merged / frames
}

func fractureRow(t Trial, answer []uint8, typical sizeHistogram) Row {
	last := t.Known() + t.Frames() - 1
	row := Row{truthValue(broken(t.States[last])), 0, math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), 0}
	counts := patchCounts(t, answer)
	row[colSaidBroke] = truthValue(saidBroke(counts))
	got, want := patchesOf(t, answer, last), patchesOf(t, t.Truth, last)
	if row[colBroke] == 1 {
		row[colArea] = math.Abs(area(got)/area(want) - 1)
		row[colFragments] = math.Abs(float64(len(got) - len(want)))
		row[colHistogram] = histogram(t, got).gap(histogram(t, want))
		if len(got) == 0 {
			row[colHistogram] = 1
		}
		row[colMeanHistogram] = typical.gap(histogram(t, want))
		if row[colSaidBroke] == 1 {
			row[colMerging] = mergedShare(counts, patchCounts(t, t.Truth))
		}
	}
	row[colFractureRank] = math.Abs(float64(len(got)-len(want))) + math.Abs(area(got)/area(want)-1)
	return row
}
