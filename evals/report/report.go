// Package report makes one page of what exams found: a self-contained HTML file with the verdicts, every figure with its interval
// and its baselines, plots and film strips, of one candidate or of several side by side.
package report

import (
	"bytes"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"image/png"
	"io"
	"math"
	"slices"
	"strings"

	"somnium/evals"
)

//go:embed page.html
var files embed.FS

// Candidate is one candidate's results, in order of the suite.
type Candidate struct {
	Name    string
	Results []evals.ExamResult
}

// Write writes the page.
func Write(w io.Writer, candidates []Candidate) error {
	page, err := template.ParseFS(files, "page.html")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	view, err := newView(candidates)
	if err != nil {
		return err
	}
	if err := page.Execute(w, view); err != nil {
		return fmt.Errorf("report: writing the page: %w", err)
	}
	return nil
}

// view is what the page shows.
type view struct {
	Title      string
	Candidates []string
	// Marks are the candidates' colours in the plots, where there are several.
	Marks []mark
	Suite string
	Seed  uint64
	Rows  []summary
	Exams []exam
}

// summary is a line of the first table.
type summary struct {
	Number   int
	Name     string
	Title    string
	Verdicts []verdict
}

// verdict is what a candidate came to in an exam.
type verdict struct{ Class, Text string }

// exam is a section.
type exam struct {
	Number      int
	Name, Title string
	Scenes      []string
	Parts       []part
	Figures     []explained
	Remarks     []string
	Skipped     []string
	Plot        template.HTML
	Strips      []strip
}

// part is a table: the figures of one split, each with what stands beside it.
type part struct {
	Split string
	Heads []string
	Rows  []row
}

type row struct {
	Name, Unit, Bar string
	Cells           []cell
}

// cell is a value with its interval.
type cell struct{ Class, Value, Interval string }

// mark is the colour of a candidate.
type mark struct {
	Name  string
	Color template.CSS
}

type explained struct{ Name, Text string }

type strip struct {
	Caption string
	Source  template.URL
}

func newView(candidates []Candidate) (view, error) {
	v := view{Title: "Somnium: physics exams"}
	for i, c := range candidates {
		v.Candidates = append(v.Candidates, c.Name)
		if r, g, b, _ := markColors[i%len(markColors)].RGBA(); len(candidates) > 1 {
			v.Marks = append(v.Marks, mark{c.Name, template.CSS(fmt.Sprintf("rgb(%d,%d,%d)", r>>8, g>>8, b>>8))})
		}
		for _, r := range c.Results {
			v.Suite, v.Seed = string(r.Suite), r.Seed
		}
	}
	for _, e := range evals.Exams() {
		results := make([]*evals.ExamResult, len(candidates))
		sat := false
		for i, c := range candidates {
			if k := slices.IndexFunc(c.Results, func(r evals.ExamResult) bool { return r.Exam == e.Name }); k >= 0 {
				results[i], sat = &c.Results[k], true
			}
		}
		if !sat {
			continue
		}
		line := summary{Number: e.Number, Name: e.Name, Title: e.Title}
		for _, r := range results {
			line.Verdicts = append(line.Verdicts, verdictOf(r))
		}
		v.Rows = append(v.Rows, line)
		section, err := newExam(e, candidates, results)
		if err != nil {
			return v, err
		}
		v.Exams = append(v.Exams, section)
	}
	return v, nil
}

func verdictOf(r *evals.ExamResult) verdict {
	switch {
	case r == nil:
		return verdict{"none", "not sat"}
	case r.Skipped != "":
		return verdict{"none", "skipped"}
	}
	cleared, judged := Bars(*r)
	text := fmt.Sprintf("%d of %d bars", cleared, judged)
	if r.Pass {
		return verdict{"pass", "pass, " + text}
	}
	return verdict{"fail", "fail, " + text}
}

// Bars counts the bars that a result clears and those that are judged.
func Bars(r evals.ExamResult) (cleared, judged int) {
	for _, s := range r.Scores {
		if s.Pass != nil {
			judged++
			if *s.Pass {
				cleared++
			}
		}
	}
	return cleared, judged
}

func newExam(e *evals.Exam, candidates []Candidate, results []*evals.ExamResult) (exam, error) {
	x := exam{Number: e.Number, Name: e.Name, Title: e.Title, Scenes: e.Scenes}
	var first *evals.ExamResult
	for i, r := range results {
		switch {
		case r == nil:
		case r.Skipped != "":
			x.Skipped = append(x.Skipped, candidates[i].Name+": "+r.Skipped)
		case first == nil:
			first = r
		}
	}
	if first == nil {
		return x, nil
	}
	x.Remarks = remarks(candidates, results)
	seen := map[string]bool{}
	for _, s := range first.Scores {
		if text, ok := e.Figures[s.Name]; ok && !seen[s.Name] {
			seen[s.Name] = true
			x.Figures = append(x.Figures, explained{s.Name, text})
		}
	}
	x.Parts = parts(first, candidates, results)
	svg, err := plotScores(first, candidates, results)
	if err != nil {
		return x, err
	}
	x.Plot = template.HTML(svg)
	for i, r := range results {
		if r == nil {
			continue
		}
		for _, s := range r.Strips {
			var b bytes.Buffer
			if err := png.Encode(&b, s.Sheet.Image()); err != nil {
				return x, fmt.Errorf("report: %w", err)
			}
			caption := s.Which
			if s.Split != "" {
				caption = s.Split + ": " + s.Which
			}
			if len(candidates) > 1 {
				caption = candidates[i].Name + ", " + caption
			}
			x.Strips = append(x.Strips, strip{caption, template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()))})
		}
	}
	return x, nil
}

// remarks returns those of all candidates, each once: under the name of whose it is where not all who sat the exam have it.
func remarks(candidates []Candidate, results []*evals.ExamResult) (list []string) {
	var all []string
	sat := 0
	whose := map[string][]string{}
	for i, r := range results {
		if r == nil || r.Skipped != "" {
			continue
		}
		sat++
		for _, text := range slices.Compact(slices.Sorted(slices.Values(r.Remarks))) {
			whose[text] = append(whose[text], candidates[i].Name)
		}
		for _, text := range r.Remarks {
			if !slices.Contains(all, text) {
				all = append(all, text)
			}
		}
	}
	for _, text := range all {
		if len(whose[text]) < sat {
			text = strings.Join(whose[text], ", ") + ": " + text
		}
		list = append(list, text)
	}
	return list
}

// barOf is the bar of a figure, as all who sat the exam have it, or each candidate's own where they differ.
func barOf(like evals.Score, candidates []Candidate, results []*evals.ExamResult) string {
	var own, texts []string
	for i, r := range results {
		if r == nil {
			continue
		}
		if s, ok := r.Find(like.Split, like.Name); ok {
			text := BarText(s)
			if texts = append(texts, text); text == "" {
				text = "none"
			}
			own = append(own, candidates[i].Name+": "+text)
		}
	}
	if len(slices.Compact(slices.Clone(texts))) > 1 {
		return strings.Join(own, "; ")
	}
	return BarText(like)
}

// parts returns the tables of an exam.
func parts(first *evals.ExamResult, candidates []Candidate, results []*evals.ExamResult) (list []part) {
	var columns []column
	for _, s := range first.Scores {
		if len(list) == 0 || list[len(list)-1].Split != s.Split {
			p := part{Split: s.Split}
			for _, c := range candidates {
				p.Heads = append(p.Heads, c.Name)
			}
			p.Heads = append(p.Heads, "true frames")
			columns = columnsBeside(s, candidates, results)
			for _, c := range columns {
				p.Heads = append(p.Heads, c.head)
			}
			list = append(list, p)
		}
		p := &list[len(list)-1]
		r := row{Name: s.Name, Unit: s.Unit, Bar: barOf(s, candidates, results)}
		for _, result := range results {
			r.Cells = append(r.Cells, candidateCell(result, s))
		}
		r.Cells = append(r.Cells, cell{Value: Text(s.Floor)})
		for _, c := range columns {
			r.Cells = append(r.Cells, c.cell(s))
		}
		p.Rows = append(p.Rows, r)
	}
	return list
}

// column is one of what stands beside the candidates: a baseline as the sitting of one of them shows it.
type column struct {
	head, name string
	result     *evals.ExamResult
}

// columnsBeside returns the baselines of a score. What is a candidate's own, its code and the untrained networks of its sizes, has a
// column for each of several candidates.
func columnsBeside(like evals.Score, candidates []Candidate, results []*evals.ExamResult) (columns []column) {
	for i, result := range results {
		if result == nil {
			continue
		}
		s, _ := result.Find(like.Split, like.Name)
		for _, b := range s.Beside {
			c := column{b.Name, b.Name, result}
			if own := b.Name == evals.RoundTrip || b.Name == evals.Untrained; own && len(candidates) > 1 {
				c.head += " of " + candidates[i].Name
			}
			if !slices.ContainsFunc(columns, func(other column) bool { return other.head == c.head }) {
				columns = append(columns, c)
			}
		}
	}
	return columns
}

func (c column) cell(like evals.Score) cell {
	s, _ := c.result.Find(like.Split, like.Name)
	b, ok := s.Beneath(c.name)
	if !ok {
		return cell{Value: "-", Class: "beside"}
	}
	shown := cell{Value: Text(b.Value), Class: "beside"}
	if b.Low != nil {
		shown.Interval = Text(*b.Low) + ".." + Text(*b.High)
	}
	if len(b.Each) > 1 {
		shown.Interval += fmt.Sprintf(" of %d", len(b.Each))
	}
	return shown
}

func candidateCell(result *evals.ExamResult, like evals.Score) cell {
	if result == nil {
		return cell{Value: "-"}
	}
	s, ok := result.Find(like.Split, like.Name)
	if !ok {
		return cell{Value: "-"}
	}
	c := cell{Value: Text(s.Value)}
	if s.Low != nil {
		c.Interval = Text(*s.Low) + ".." + Text(*s.High)
	}
	if s.Skill != nil {
		c.Interval += " skill " + Text(*s.Skill)
	}
	if s.Pass != nil {
		c.Class = map[bool]string{true: "pass", false: "fail"}[*s.Pass]
	}
	return c
}

// BarText is the bar of a score in words.
func BarText(s evals.Score) string {
	switch {
	case s.Bar == nil:
		return ""
	case s.Void:
		return "void"
	}
	text := "≥ " + Text(*s.Bar)
	if s.Less {
		text = "≤ " + Text(*s.Bar)
	}
	if s.Few {
		text += fmt.Sprintf(", all of %d", s.Cases) // too few cases for less
	}
	return text
}

// Text is a number with as many digits as are worth reading.
func Text(n evals.Number) string {
	switch x := float64(n); {
	case math.IsNaN(x):
		return "-"
	case math.Abs(x) >= 100:
		return fmt.Sprintf("%.0f", x)
	case math.Abs(x) >= 10:
		return fmt.Sprintf("%.1f", x)
	case x == 0 || math.Abs(x) >= 0.1:
		return fmt.Sprintf("%.2f", x)
	case math.Abs(x) >= 0.0005:
		return fmt.Sprintf("%.3f", x)
	default:
		return fmt.Sprintf("%.1g", x)
	}
}
