package evals

import (
	"math"
	"testing"
)

// outcomes returns a row to each of n cases, the first of which are right.
func outcomes(right, n int) (rows []Row) {
	for i := range n {
		rows = append(rows, Row{truthValue(i < right)})
	}
	return rows
}

// Wilson's intervals, as tables have them (Newcombe, Stat. Med. 17, 1998, method 3).
func TestWilson(t *testing.T) {
	for _, test := range []struct {
		right, n  int
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}, {16, 16, 0.8064, 1}} {
		low, high := wilson(float64(test.right)/float64(test.n), test.n)
		if math.Abs(float64(*low)-test.low) > 5e-5 || math.Abs(float64(*high)-test.high) > 5e-5 {
			t.Errorf("%d of %d: %.4f..%.4f, want %.4f..%.4f", test.right, test.n, *low, *high, test.low, test.high)
		}
	}
	if low, high := wilson(math.NaN(), 0); low != nil || high != nil {
		t.Error("no cases have an interval")
	}
}

// A share clears its bar by the whole of its interval, which has a width where all cases are alike; where all right would not do, by
// too few cases, all must be right, and the score says so. Further figures keep their bootstrap.
func TestSharesOfFewCases(t *testing.T) {
	for _, test := range []struct {
		bar       float64
		less      bool
		right, n  int
		few, pass bool
	}{
		{0.95, false, 2, 2, true, true}, {0.95, false, 1, 2, true, false}, {0.95, false, 72, 72, true, true}, {0.95, false, 71, 72, true, false},
		{0.95, false, 73, 73, false, true}, {0.95, false, 72, 73, false, false}, {0.75, false, 24, 24, false, true}, {0.75, false, 22, 24, false, false},
		{0.1, true, 0, 40, false, true}, {0.1, true, 0, 30, true, true}, {0.1, true, 1, 30, true, false}, {0.1, true, 1, 40, false, false},
	} {
		k := Kind{Name: "share", Less: test.less, Bar: test.bar, Stat: mean(0)}
		truth := outcomes(test.n, test.n)
		if test.less {
			truth = outcomes(0, test.n)
		}
		s := judge([]Kind{k}, [][]Row{outcomes(test.right, test.n)}, truth, nil)[0]
		if s.Pass == nil || s.Few != test.few || *s.Pass != test.pass || *s.High-*s.Low < 0.01 {
			t.Errorf("%d of %d at the bar %v: %v..%v, too few %v, pass %v", test.right, test.n, test.bar, *s.Low, *s.High, s.Few, s.Pass)
		}
	}
	all := outcomes(8, 8)
	errors := Kind{Name: "error", Unit: "frames", Less: true, Bar: 0.1, Relative: true, Stat: mean(0)}
	if s := judge([]Kind{errors}, [][]Row{outcomes(0, 8)}, all, nil)[0]; *s.High != 0 || s.Few {
		t.Errorf("an error in frames is taken for a share: it reaches to %v", *s.High)
	}
	mixed := more("", "similarity", "", 0.9, mean(0))
	if s := judge([]Kind{mixed}, [][]Row{{{0.95}, {0.97}, {1}, {1}}}, all[:4], nil)[0]; s.Few || *s.Low < 0.95 {
		t.Errorf("a similarity is taken for a share: it reaches down to %v", *s.Low)
	}
	whole := Kind{Name: "correlation", Bar: 0.9, Whole: true, Stat: mean(0)}
	if s := judge([]Kind{whole}, [][]Row{all[:4]}, all[:4], nil)[0]; s.Few || *s.Low != 1 {
		t.Errorf("a correlation is taken for a share: it reaches down to %v", *s.Low)
	}
	// Whoever is never wrong has not shown to be so for ever: a mean of shares, too, has an interval where it is 1 throughout.
	if s := judge([]Kind{mixed}, [][]Row{all[:4]}, all[:4], []bystander{{CopyLast, [][]Row{{{0.2}, {0.3}, {0.4}, {0.1}}}}})[0]; *s.Low > 0.6 || !s.Few || !*s.Pass {
		t.Errorf("a mean of shares that is 1 in four cases reaches down to %v, too few %v, pass %v", *s.Low, s.Few, *s.Pass)
	}
}

// Cases are those that have something to count, in correlations, too.
func TestCasesThatCount(t *testing.T) {
	gone := math.NaN()
	rows := []Row{{1, gone}, {2, 3}, {gone, gone}, {4, 1}, {0, 2}}
	kinds := []Kind{more("", "mean", "px", none, mean(0)), more("", "correlation", "", none, rankCorrelation(0, 1))}
	for i, want := range []int{4, 3} {
		if s := judge(kinds, [][]Row{rows}, rows, nil)[i]; s.Cases != want {
			t.Errorf("%s counts %d cases, want %d", s.Name, s.Cases, want)
		}
	}
	if s := judge([]Kind{more("", "share", "", 0.9, mean(0))}, [][]Row{{{gone}, {gone}}}, outcomes(2, 2), nil)[0]; s.Cases != 0 || *s.Pass {
		t.Errorf("nothing to count passes, in %d cases", s.Cases)
	}
}

// No share is more than 1: a bar that the untrained networks raise beyond is void.
func TestARaisedBarEndsAtOne(t *testing.T) {
	k := more("", "accuracy", "", 0.9, mean(0))
	k.Ahead = 0.15
	for _, test := range []struct {
		untrained int
		void      bool
	}{{16, false}, {18, true}} {
		s := judge([]Kind{k}, [][]Row{outcomes(20, 20)}, outcomes(20, 20), []bystander{{Untrained, [][]Row{outcomes(test.untrained, 20)}}})[0]
		if s.Void != test.void || s.raised() != test.void || (s.Pass == nil) != test.void {
			t.Errorf("beside networks at %d of 20 the bar is %v, void %v", test.untrained, *s.Bar, s.Void)
		}
	}
}
