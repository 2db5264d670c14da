package evals

import (
	"math"
	"slices"
)

// column returns the numbers of a column that are some.
func column(rows []Row, c int) (values []float64) {
	for _, r := range rows {
		if !math.IsNaN(r[c]) {
			values = append(values, r[c])
		}
	}
	return values
}

// mean returns the statistic that is the mean of a column.
func mean(c int) func([]Row) float64 {
	return func(rows []Row) float64 { return average(column(rows, c)) }
}

func average(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// median returns the statistic that is the median of a column.
func median(c int) func([]Row) float64 {
	return func(rows []Row) float64 {
		v := column(rows, c)
		if len(v) == 0 {
			return math.NaN()
		}
		slices.Sort(v)
		return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
	}
}

// ratio is the sum of one column over that of another.
func ratio(a, b int) func([]Row) float64 {
	return func(rows []Row) float64 {
		x, y := 0.0, 0.0
		for _, r := range rows {
			if !math.IsNaN(r[a]) && !math.IsNaN(r[b]) {
				x, y = x+r[a], y+r[b]
			}
		}
		return x / y
	}
}

// psnr is the PSNR, in decibels, of columns that hold squared errors and numbers of values; at most 100.
func psnr(squares, values int) func([]Row) float64 {
	of := ratio(squares, values)
	return func(rows []Row) float64 { return decibels(10 * math.Log10(255*255/of(rows))) }
}

// rankCorrelation is Spearman's, of two columns; ties share their mean rank.
func rankCorrelation(a, b int) func([]Row) float64 {
	return func(rows []Row) float64 {
		var x, y []float64
		for _, r := range rows {
			if !math.IsNaN(r[a]) && !math.IsNaN(r[b]) {
				x, y = append(x, r[a]), append(y, r[b])
			}
		}
		return correlation(ranks(x), ranks(y))
	}
}

func ranks(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case values[i] < values[j]:
			return -1
		case values[i] > values[j]:
			return 1
		}
		return 0
	})
	rank := make([]float64, len(values))
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			rank[i] = float64(from+to-1) / 2
		}
		from = to
	}
	return rank
}

// correlation is Pearson's; 0 where one side does not vary.
func correlation(x, y []float64) float64 {
	if len(x) < 2 {
		return math.NaN()
	}
	mx, my := average(x), average(y)
	var xx, yy, xy float64
	for i := range x {
		xx += float64((x[i] - mx) * (x[i] - mx))
		yy += float64((y[i] - my) * (y[i] - my))
		xy += float64((x[i] - mx) * (y[i] - my))
	}
	if xx == 0 || yy == 0 {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}

// balancedAccuracy is the mean over the classes that occur of how often a class is recognised: truth holds the class, said
// what was said.
func balancedAccuracy(truth, said int) func([]Row) float64 {
	return func(rows []Row) float64 {
		right, all := map[float64]float64{}, map[float64]float64{}
		for _, r := range rows {
			if math.IsNaN(r[truth]) || math.IsNaN(r[said]) {
				continue
			}
			all[r[truth]]++
			if r[truth] == r[said] {
				right[r[truth]]++
			}
		}
		var classes []float64
		for class := range all {
			classes = append(classes, class)
		}
		slices.Sort(classes)
		sum := 0.0
		for _, class := range classes {
			sum += right[class] / all[class]
		}
		return sum / float64(len(classes))
	}
}

// auroc is the area under the receiver's curve: how often a number of the second column is above one of the first, ties
// counted as half (Mann and Whitney 1947).
func auroc(negative, positive int) func([]Row) float64 {
	return func(rows []Row) float64 {
		n, p := column(rows, negative), column(rows, positive)
		if len(n) == 0 || len(p) == 0 {
			return math.NaN()
		}
		slices.Sort(n)
		sum := 0.0
		for _, v := range p {
			below, _ := slices.BinarySearch(n, v)
			upTo := below
			for upTo < len(n) && n[upTo] == v {
				upTo++
			}
			sum += float64(below+upTo) / 2
		}
		return sum / float64(len(n)*len(p))
	}
}

// truthValue is 1 for true, 0 for false.
func truthValue(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
