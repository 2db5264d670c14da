package evals

import (
	"math"
	"slices"
)

// share says in how far a kind is a share of cases. Then its interval is Wilson's: the bootstrap draws nothing but what it was given, and
// of cases that are all right tells an interval of no width, however few they are.
type share struct {
	// plain says that every case by itself comes to 0, 1 or, for a tie, a half, whoever sits it, and that the figure is their mean;
	// bounded, that no case comes to less than 0 or more than 1.
	plain, bounded bool
}

// alone returns what every row comes to by itself, those aside that have nothing to count.
func (k Kind) alone(rows []Row) (values []float64) {
	for i := range rows {
		if v := k.Stat(rows[i : i+1]); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	return values
}

// shareOf looks at the rows of everyone who sits the exam, the true frames included.
func (k Kind) shareOf(everyone [][]Row) share {
	if k.Unit != "" || k.Slow || k.Whole {
		return share{}
	}
	s, any := share{true, true}, false
	for _, rows := range everyone {
		values := k.alone(rows)
		any = any || len(values) > 0
		for _, v := range values {
			s.bounded = s.bounded && v >= 0 && v <= 1
			s.plain = s.plain && (v == 0 || v == 0.5 || v == 1)
		}
		if len(values) > 0 && math.Abs(k.Stat(rows)-average(values)) > 1e-9 {
			s.plain = false
		}
	}
	return share{s.plain && any, s.bounded && any}
}

// counts says whether the interval of these runs is Wilson's: that of a plain share is, and that of any other figure of which more is
// better and at most 1, such as a mean of shares, where it is the same at an end in all cases.
func (s share) counts(k Kind, runs [][]Row) bool {
	if s.plain || !s.bounded || k.Less {
		return s.plain
	}
	values := k.alone(slices.Concat(runs...))
	if len(values) == 0 || values[0] != 0 && values[0] != 1 || k.Stat(slices.Concat(runs...)) != values[0] {
		return false
	}
	return !slices.ContainsFunc(values, func(v float64) bool { return v != values[0] })
}

// counted is the number of cases that have something to count in one of the runs.
func (k Kind) counted(runs [][]Row) (cases int) {
	if k.Slow {
		return len(runs[0])
	}
	for i := range runs[0] {
		if slices.ContainsFunc(runs, func(rows []Row) bool {
			return !math.IsNaN(k.Stat([]Row{rows[i], rows[i]})) // of one row alone there is no correlation
		}) {
			cases++
		}
	}
	return cases
}

// quantile is that of the normal distribution for 95%, both ends.
const quantile = 1.959964

// wilson returns the ends of the 95% score interval of a share of n cases, 0..1 (Wilson, Probable inference, the law of succession, and
// statistical inference, J. Am. Stat. Assoc. 22, 1927), nil of none. Of outcomes between 0 and 1 it is too wide rather than too narrow.
func wilson(share float64, n int) (low, high *Number) {
	if n == 0 || math.IsNaN(share) {
		return nil, nil
	}
	const z = quantile
	cases := float64(n)
	middle := (share + z*z/(2*cases)) / (1 + z*z/cases)
	half := z / (1 + z*z/cases) * math.Sqrt(max(share*(1-share), 0)/cases+z*z/(4*cases*cases))
	// At the ends the interval reaches them, whatever is rounded.
	low, high = number(max(middle-half, 0)), number(min(middle+half, 1))
	if share <= 0 {
		*low = 0
	}
	if share >= 1 {
		*high = 1
	}
	return low, high
}

// perfect is the worse end of the interval of a share of n cases of which all are right, not a number of none.
func (k Kind) perfect(n int) float64 {
	switch {
	case n == 0:
		return math.NaN()
	case k.Less:
		_, high := wilson(0, n)
		return float64(*high)
	}
	low, _ := wilson(1, n)
	return float64(*low)
}
