package evals

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Row is what one case of an exam came to, a number for each column; not a number where there was nothing to count.
type Row []float64

// Kind is a figure of an exam: how it is computed of the rows, and its bar.
type Kind struct {
	// Split names a part of the exam, such as in or out of the training ranges; empty where there is but one.
	Split, Name, Unit string
	// Less says that less is better.
	Less bool
	// Bar is what must be reached, NaN where nothing is asked.
	Bar float64
	// Stat computes the figure of some cases.
	Stat func(rows []Row) float64
	// Relative says that the figure is relative to the truth's already, so that its bar is not void where the floor is near.
	Relative bool
	// Slow says that Stat takes long, so that fewer resamples must do.
	Slow bool
	// Whole says that the figure is no share of cases, though it may lie in 0..1 in each: such as a correlation within cases.
	Whole bool
	// Ahead is by how much, besides, it must be more than the mean of the untrained networks. Default: 0, which asks for nothing.
	Ahead float64
}

// Score is a figure of an exam with everything that it is read beside.
type Score struct {
	Split string `json:"split,omitempty"`
	Name  string `json:"name"`
	Unit  string `json:"unit,omitempty"`
	// Less says that less is better.
	Less bool `json:"less_is_better"`
	// Value is the candidate's, over all samples of its cases; Low and High are the ends of its 95% interval: of a share of cases
	// Wilson's, else the bootstrap's over cases.
	Value Number  `json:"value"`
	Low   *Number `json:"low,omitempty"`
	High  *Number `json:"high,omitempty"`
	// Cases counts those that have something to count.
	Cases int `json:"cases"`
	// Floor is what the true frames score: what the parser leaves.
	Floor Number `json:"floor"`
	// Beside are the baselines.
	Beside []Standing `json:"beside,omitempty"`
	// Bar is what must be cleared by the whole interval: the exam's, or, where that is higher, what the untrained networks come to
	// and by how much that must be surpassed. Void says that it is not judged, being nearer to the floor than a factor of two, or
	// raised above 1; otherwise Pass is the verdict. Few says that there are too few cases for the interval of a share to
	// clear the bar even where all are right: then all must be.
	Bar  *Number `json:"bar,omitempty"`
	Void bool    `json:"void,omitempty"`
	Few  bool    `json:"few,omitempty"`
	Pass *bool   `json:"pass,omitempty"`
	// Skill is 1 at the floor and 0 at the best of copy-last, its blur and the nearest clip; absent where these are within
	// a tenth of the floor.
	Skill *Number `json:"skill,omitempty"`
}

// Standing is what a baseline scores: of several networks the mean, with an interval over networks and cases alike.
type Standing struct {
	Name  string  `json:"name"`
	Value Number  `json:"value"`
	Low   *Number `json:"low,omitempty"`
	High  *Number `json:"high,omitempty"`
	// Each is what every single one of several networks scores.
	Each []Number `json:"each,omitempty"`
}

// trivial are the baselines that skill is measured from.
var trivial = []string{CopyLast, BestBlur, NearestClip}

// judge returns the scores of a candidate's samples, in each of which every case has a row. floor are the rows of the true frames.
func judge(kinds []Kind, samples [][]Row, floor []Row, beside []bystander) []Score {
	var scores []Score
	for _, k := range kinds {
		everyone := append(slices.Clone(samples), floor)
		for _, b := range beside {
			everyone = append(everyone, b.runs...)
		}
		share := k.shareOf(everyone)
		s := Score{Split: k.Split, Name: k.Name, Unit: k.Unit, Less: k.Less, Value: Number(k.Stat(slices.Concat(samples...))), Floor: Number(k.Stat(floor))}
		s.Cases = k.counted(samples)
		counts := share.counts(k, samples)
		if counts {
			s.Low, s.High = wilson(float64(s.Value), s.Cases)
		} else {
			s.Low, s.High = k.interval(samples, true)
		}
		best := math.NaN()
		for _, b := range beside {
			standing := k.standing(b, share)
			s.Beside = append(s.Beside, standing)
			if v := float64(standing.Value); slices.Contains(trivial, b.name) && !math.IsNaN(v) && (math.IsNaN(best) || (v < best) == k.Less) {
				best = v
			}
		}
		s.verdict(k, counts)
		s.skill(best)
		scores = append(scores, s)
	}
	return scores
}

// standing returns what a baseline comes to.
func (k Kind) standing(b bystander, share share) Standing {
	s := Standing{Name: b.name}
	var all []float64
	for _, rows := range b.runs {
		all = append(all, k.Stat(rows))
	}
	if len(all) > 1 {
		for _, v := range all {
			s.Each = append(s.Each, Number(v))
		}
	}
	s.Value = Number(average(all))
	if len(all) == 1 && share.counts(k, b.runs) {
		s.Low, s.High = wilson(all[0], k.counted(b.runs))
	} else {
		s.Low, s.High = k.interval(b.runs, false)
	}
	return s
}

// interval returns the ends of the 95% percentile bootstrap interval, nil where there is none. All runs have the same cases: these
// are drawn anew. Of pooled runs, samples of one candidate, a case is drawn with all its rows, and the figure is that of all
// rows; others, which are networks, are drawn anew as well, and the figure is the mean over them.
func (k Kind) interval(runs [][]Row, pooled bool) (low, high *Number) {
	n := resamples
	if k.Slow {
		n = resamples / 20
	}
	cases := len(runs[0])
	if cases < 2 {
		return nil, nil
	}
	rng := rand.New(rand.NewPCG(uint64(cases), 0xe8a3))
	places, drawn, values := make([]int, cases), make([]Row, 0, cases*len(runs)), make([]float64, 0, n)
	for range n {
		for i := range places {
			places[i] = rng.IntN(cases)
		}
		drawn = drawn[:0]
		figure := 0.0
		for i := range runs {
			run := runs[i]
			if !pooled && len(runs) > 1 {
				run = runs[rng.IntN(len(runs))]
			}
			for _, place := range places {
				drawn = append(drawn, run[place])
			}
			if !pooled {
				figure += k.Stat(drawn) / float64(len(runs))
				drawn = drawn[:0]
			}
		}
		if pooled {
			figure = k.Stat(drawn)
		}
		if !math.IsNaN(figure) {
			values = append(values, figure)
		}
	}
	if len(values) == 0 {
		return nil, nil
	}
	slices.Sort(values)
	return number(values[len(values)*25/1000]), number(values[(len(values)*975-1)/1000])
}

// verdict judges the score against its bar: the whole interval must clear it. counts says that the interval is Wilson's.
func (s *Score) verdict(k Kind, counts bool) {
	if math.IsNaN(k.Bar) {
		return
	}
	s.Bar = number(k.Bar)
	if untrained, ok := s.Beneath(Untrained); ok && k.Ahead > 0 && float64(untrained.Value)+k.Ahead > k.Bar {
		s.Bar = number(float64(untrained.Value) + k.Ahead)
	}
	bar := float64(*s.Bar)
	if k.Less && !k.Relative && !(2*float64(s.Floor) <= bar) || k.Ahead > 0 && bar > 1 { // what is ahead of others is a share
		s.Void = true
		return
	}
	worst := float64(s.Value)
	if k.Less && s.High != nil {
		worst = float64(*s.High)
	} else if !k.Less && s.Low != nil {
		worst = float64(*s.Low)
	}
	if counts && !k.clears(k.perfect(s.Cases), bar) {
		s.Few = true
		worst = float64(s.Value)
		if k.Less {
			bar = 0
		} else {
			bar = 1
		}
	}
	pass := !math.IsNaN(float64(s.Value)) && k.clears(worst, bar)
	s.Pass = &pass
}

// raised says whether the bar is void because the untrained networks have raised it above 1.
func (s Score) raised() bool { return s.Void && !s.Less }

// clears says whether a value is on the better side of a bar, or at it.
func (k Kind) clears(value, bar float64) bool {
	if k.Less {
		return value <= bar
	}
	return value >= bar
}

// skill sets the skill where the best trivial baseline leaves room for one.
func (s *Score) skill(best float64) {
	floor, value := float64(s.Floor), float64(s.Value)
	room := best - floor
	if math.IsNaN(room) || math.IsNaN(value) || math.IsInf(room, 0) || math.Abs(room) <= 0.1*math.Abs(floor) || room == 0 || (room > 0) != s.Less {
		return
	}
	s.Skill = number(1 - (value-floor)/room)
}

// Beneath returns what a baseline scores.
func (s Score) Beneath(name string) (Standing, bool) {
	for _, b := range s.Beside {
		if b.Name == name {
			return b, true
		}
	}
	return Standing{}, false
}

// less and more are kinds of which less or more is better; none stands for no bar.
func less(split, name, unit string, bar float64, stat func([]Row) float64) Kind {
	return Kind{Split: split, Name: name, Unit: unit, Less: true, Bar: bar, Stat: stat}
}

func more(split, name, unit string, bar float64, stat func([]Row) float64) Kind {
	return Kind{Split: split, Name: name, Unit: unit, Bar: bar, Stat: stat}
}

// none is the bar of what is reported only.
var none = math.NaN()
