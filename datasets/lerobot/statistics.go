package lerobot

import (
	"maps"
	"math"
	"slices"

	"somnium/datasets"
	"somnium/datasets/table"
)

// percents are the quantiles that LeRobot keeps of each feature, by the names that it gives them.
var percents = []struct {
	name  string
	share int
}{{"q01", 1}, {"q10", 10}, {"q50", 50}, {"q90", 90}, {"q99", 99}}

// summary is what is kept of one feature of an episode, or of all: E numbers, one for each element, of pictures for each colour.
type summary struct {
	low, high, mean, deviation []float64
	// quantiles are by the order of percents: the least value that so many in a hundred do not exceed.
	quantiles [][]float64
	// count is the number of rows.
	count int64
}

// put appends the figures of one element, whose values are ordered and occur so often.
func (s *summary) put(values []float64, times []int64) {
	total, sum := int64(0), 0.0
	for i, x := range values {
		total += times[i]
		sum += float64(x * float64(times[i]))
	}
	mean, squares := sum/float64(total), 0.0
	for i, x := range values {
		squares += float64(float64((x-mean)*(x-mean)) * float64(times[i]))
	}
	s.low, s.high = append(s.low, values[0]), append(s.high, values[len(values)-1])
	s.mean, s.deviation = append(s.mean, mean), append(s.deviation, math.Sqrt(squares/float64(total)))
	if s.quantiles == nil {
		s.quantiles = make([][]float64, len(percents))
	}
	for k, p := range percents {
		rank, below, at := (int64(p.share)*total+99)/100, int64(0), 0
		for below += times[0]; below < rank; below += times[at] {
			at++
		}
		s.quantiles[k] = append(s.quantiles[k], values[at])
	}
}

// summarize returns the figures of a column of rows x width numbers.
func summarize(column []float64, width int) *summary {
	s := &summary{count: int64(len(column) / width)}
	for element := range width {
		values := make([]float64, 0, s.count)
		for i := element; i < len(column); i += width {
			values = append(values, column[i])
		}
		slices.Sort(values)
		s.put(values, slices.Repeat([]int64{1}, len(values)))
	}
	return s
}

// summarizePictures returns those of the colours red, green and blue in 0..1, over every pixel of so many frames.
func summarizePictures(frames []byte, count int) *summary {
	var seen [3][256]int64
	for at := 0; at+2 < len(frames); at += 3 {
		seen[0][frames[at]]++
		seen[1][frames[at+1]]++
		seen[2][frames[at+2]]++
	}
	s := &summary{count: int64(count)}
	for _, histogram := range seen {
		var values []float64
		var times []int64
		for level, n := range histogram {
			if n > 0 {
				values, times = append(values, float64(level)/255), append(times, n)
			}
		}
		s.put(values, times)
	}
	return s
}

// count keeps the statistics of an episode, whose first row is the from-th.
func (x *exporter) count(e *datasets.Episode, number int, from, task int64) {
	keep := func(name string, width int, value func(t int) []float64) {
		var column []float64
		for t := range e.Len() {
			column = append(column, value(t)...)
		}
		x.stats[name] = append(x.stats[name], summarize(column, width))
	}
	single := func(name string, value func(t int) float64) {
		keep(name, 1, func(t int) []float64 { return []float64{value(t)} })
	}
	shown := e.Frames[:e.Len()*e.Height*e.Width*3]
	x.stats[pictures] = append(x.stats[pictures], summarizePictures(shown, e.Len()))
	keep("action", len(x.action.names), func(t int) []float64 { return elements(nil, x.action.space, e.Actions[t]) })
	single("next.reward", func(t int) float64 { return float64(e.Rewards[t]) })
	single("next.done", func(t int) float64 { return truth(e.Terminated[t] || e.Truncated[t]) })
	single("next.truncated", func(t int) float64 { return truth(e.Truncated[t]) })
	single("timestamp", func(t int) float64 { return float64(float32(float64(t) / x.fps)) })
	single("frame_index", func(t int) float64 { return float64(t) })
	single("episode_index", func(int) float64 { return float64(number) })
	single("index", func(t int) float64 { return float64(from + int64(t)) })
	single("task_index", func(int) float64 { return float64(task) })
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// aggregate returns the statistics of all episodes as LeRobot computes them from those of each: the quantiles are the means of theirs,
// weighted by their rows.
func aggregate(parts []*summary) *summary {
	all := &summary{quantiles: make([][]float64, len(percents))}
	for _, s := range parts {
		all.count += s.count
	}
	weighted := func(value func(s *summary) float64) (sum float64) {
		for _, s := range parts {
			sum += float64(value(s) * float64(s.count))
		}
		return sum / float64(all.count)
	}
	for i := range parts[0].low {
		low, high := parts[0].low[i], parts[0].high[i]
		for _, s := range parts {
			low, high = min(low, s.low[i]), max(high, s.high[i])
		}
		mean := weighted(func(s *summary) float64 { return s.mean[i] })
		variance := weighted(func(s *summary) float64 {
			apart := s.mean[i] - mean
			return float64(s.deviation[i]*s.deviation[i]) + float64(apart*apart)
		})
		all.low, all.high = append(all.low, low), append(all.high, high)
		all.mean, all.deviation = append(all.mean, mean), append(all.deviation, math.Sqrt(variance))
		for k := range percents {
			all.quantiles[k] = append(all.quantiles[k], weighted(func(s *summary) float64 { return s.quantiles[k][i] }))
		}
	}
	return all
}

// figures returns the numbers of a summary by the names that LeRobot gives them, beside the count.
func (s *summary) figures() map[string][]float64 {
	named := map[string][]float64{"min": s.low, "max": s.high, "mean": s.mean, "std": s.deviation}
	for k, p := range percents {
		named[p.name] = s.quantiles[k]
	}
	return named
}

// written returns what stats.json says of a feature.
func (s *summary) written(name string) map[string]any {
	content := map[string]any{"count": []int64{s.count}}
	for figure, numbers := range s.figures() {
		content[figure] = numbers
		if name == pictures {
			content[figure] = [][][]float64{{{numbers[0]}}, {{numbers[1]}}, {{numbers[2]}}}
		}
	}
	return content
}

// columns returns the statistics of a feature as columns of meta/episodes, a row an episode. The least and the greatest value are of
// the feature's own type.
func columns(name, dtype string, parts []*summary) []table.Column {
	counts := make([]int64, 0, len(parts))
	data := map[string][]float64{}
	for _, s := range parts {
		counts = append(counts, s.count)
		for figure, numbers := range s.figures() {
			data[figure] = append(data[figure], numbers...)
		}
	}
	width, nested := len(parts[0].low), 0
	if name == pictures {
		nested = 2
	}
	all := []table.Column{{Path: []string{"stats/" + name + "/count"}, Width: 1, Data: counts}}
	for _, figure := range slices.Sorted(maps.Keys(data)) {
		c := table.Column{Path: []string{"stats/" + name + "/" + figure}, Width: width, Nested: nested, Data: data[figure]}
		if figure == "min" || figure == "max" {
			c.Data = typed(dtype, data[figure])
		}
		all = append(all, c)
	}
	return all
}

// typed returns the numbers in the type of a feature.
func typed(dtype string, numbers []float64) any {
	switch dtype {
	case "int64":
		whole := make([]int64, len(numbers))
		for i, x := range numbers {
			whole[i] = int64(x)
		}
		return whole
	case "bool":
		truths := make([]bool, len(numbers))
		for i, x := range numbers {
			truths[i] = x != 0
		}
		return truths
	}
	return numbers
}
