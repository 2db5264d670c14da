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
}

// Score is a figure of an exam with everything that it is read beside.
type Score struct {
	Split string `json:"split,omitempty"`
	Name  string `json:"name"`
	Unit  string `json:"unit,omitempty"`
	// Less says that less is better.
	Less bool `json:"less_is_better"`
	// Value is the candidate's, Low and High the ends of its 95% bootstrap interval over cases.
	Value Number  `json:"value"`
	Low   *Number `json:"low,omitempty"`
	High  *Number `json:"high,omitempty"`
	// Cases counts those that have something to count.
	Cases int `json:"cases"`
	// Floor is what the true frames score: what the parser leaves.
	Floor Number `json:"floor"`
	// Beside are the baselines.
	Beside []Standing `json:"beside,omitempty"`
	// Bar is what must be cleared by the whole interval. Void says that it is not judged, being nearer to the floor than a
	// factor of two; otherwise Pass is the verdict.
	Bar  *Number `json:"bar,omitempty"`
	Void bool    `json:"void,omitempty"`
	Pass *bool   `json:"pass,omitempty"`
	// Skill is 1 at the floor and 0 at the best of copy-last, its blur and the nearest clip; absent where these are within
	// a tenth of the floor.
	Skill *Number `json:"skill,omitempty"`
}

// Standing is what a baseline scores.
type Standing struct {
	Name  string  `json:"name"`
	Value Number  `json:"value"`
	Low   *Number `json:"low,omitempty"`
	High  *Number `json:"high,omitempty"`
}

// trivial are the baselines that skill is measured from.
var trivial = []string{CopyLast, BestBlur, NearestClip}

// judge returns the scores of a candidate's rows. floor are the rows of the true frames, beside those of the baselines by
// name, in order.
func judge(kinds []Kind, rows, floor []Row, names []string, beside map[string][]Row) []Score {
	var scores []Score
	for _, k := range kinds {
		s := Score{Split: k.Split, Name: k.Name, Unit: k.Unit, Less: k.Less, Value: Number(k.Stat(rows)), Floor: Number(k.Stat(floor))}
		s.Cases = len(rows)
		s.Low, s.High = k.interval(rows)
		best := math.NaN()
		for _, name := range names {
			if beside[name] == nil {
				continue
			}
			standing := Standing{Name: name, Value: Number(k.Stat(beside[name]))}
			standing.Low, standing.High = k.interval(beside[name])
			s.Beside = append(s.Beside, standing)
			if v := float64(standing.Value); slices.Contains(trivial, name) && !math.IsNaN(v) && (math.IsNaN(best) || (v < best) == k.Less) {
				best = v
			}
		}
		s.verdict(k)
		s.skill(best)
		scores = append(scores, s)
	}
	return scores
}

// interval returns the ends of the 95% percentile bootstrap interval, nil where there is none.
func (k Kind) interval(rows []Row) (low, high *Number) {
	n := resamples
	if k.Slow {
		n = resamples / 20
	}
	if len(rows) < 2 {
		return nil, nil
	}
	rng := rand.New(rand.NewPCG(uint64(len(rows)), 0xe8a3))
	drawn := make([]Row, len(rows))
	var values []float64
	for range n {
		for i := range drawn {
			drawn[i] = rows[rng.IntN(len(rows))]
		}
		if v := k.Stat(drawn); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return nil, nil
	}
	slices.Sort(values)
	return number(values[len(values)*25/1000]), number(values[(len(values)*975-1)/1000])
}

// verdict judges the score against its bar: the whole interval must clear it.
func (s *Score) verdict(k Kind) {
	if math.IsNaN(k.Bar) {
		return
	}
	s.Bar = number(k.Bar)
	if k.Less && !k.Relative && !(2*float64(s.Floor) <= k.Bar) {
		s.Void = true
		return
	}
	worst := float64(s.Value)
	if k.Less && s.High != nil {
		worst = float64(*s.High)
	} else if !k.Less && s.Low != nil {
		worst = float64(*s.Low)
	}
	pass := !math.IsNaN(float64(s.Value)) && (k.Less && worst <= k.Bar || !k.Less && worst >= k.Bar)
	s.Pass = &pass
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
