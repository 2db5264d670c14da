package main

import (
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"somnium/evals"
	"somnium/evals/report"
	"somnium/internal/atomicfile"
	"somnium/internal/picture"
)

// saveExam writes a finished exam: its film strips, and last, so that what is there is whole, its figures.
func saveExam(folder string, r *evals.ExamResult) error {
	for i, s := range r.Strips {
		name := fmt.Sprintf("%s-%02d-%s.png", r.Exam, i, s.Which)
		if err := picture.WritePNG(filepath.Join(folder, name), s.Sheet); err != nil {
			return err
		}
		r.Pictures = append(r.Pictures, name)
	}
	return atomicfile.Write(filepath.Join(folder, r.Exam+".json"), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	})
}

// loadExam reads an exam that a candidate has finished, at the suite's size and in the present edition. What cannot be read is sat
// again, and so is what was skipped: what was missing may be there by now.
func loadExam(folder string, e *evals.Exam, candidate string, suite evals.Suite, seed uint64) (r evals.ExamResult, ok bool) {
	data, err := os.ReadFile(filepath.Join(folder, e.Name+".json"))
	if err != nil || json.Unmarshal(data, &r) != nil || r.Exam != e.Name || r.Candidate != candidate || r.Suite != suite || r.Seed != seed {
		return r, false
	}
	if r.Skipped != "" || r.Edition != e.Edition() || !r.Size.Equal(e.Sizes[suite]) {
		return r, false
	}
	for _, name := range r.Pictures {
		sheet, err := readStrip(filepath.Join(folder, name))
		if err != nil {
			return r, false
		}
		which := strings.TrimSuffix(name[strings.LastIndexByte(name, '-')+1:], ".png")
		r.Strips = append(r.Strips, evals.Strip{Which: which, Split: splitOf(r, len(r.Strips)/3), Sheet: sheet})
	}
	return r, true
}

// splitOf returns the name of the part of a result that comes k-th among those with strips.
func splitOf(r evals.ExamResult, k int) string {
	if k < len(r.Splits) {
		return r.Splits[k]
	}
	return ""
}

func readStrip(path string) (picture.Frame, error) {
	file, err := os.Open(path)
	if err != nil {
		return picture.Frame{}, err
	}
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil {
		return picture.Frame{}, err
	}
	return picture.FromImage(img), nil
}

// print writes the verdicts, and of every exam the figures that have a bar.
func (f examFigures) print(w io.Writer) {
	for _, c := range f.Candidates {
		fmt.Fprintf(w, "%s, suite %s, held-out seeds of --seed %d\n", c.Name, f.Suite, f.Seed)
		table := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
		fmt.Fprintln(table, "  exam\tfigure\tvalue\tinterval\tbar\ttrue frames\tcopy last\tconstant velocity\tuntrained\t")
		for _, r := range c.Exams {
			printExam(table, r)
		}
		table.Flush()
		for _, r := range c.Exams {
			cleared, judged := report.Bars(r)
			switch {
			case r.Skipped != "":
				fmt.Fprintf(w, "  %2d %-10s skipped: %s\n", r.Number, r.Exam, r.Skipped)
			case r.Pass:
				fmt.Fprintf(w, "  %2d %-10s pass\n", r.Number, r.Exam)
			default:
				fmt.Fprintf(w, "  %2d %-10s FAIL, %d of %d bars cleared\n", r.Number, r.Exam, cleared, judged)
			}
		}
	}
	fmt.Fprintf(w, "report %s\n", f.page)
}

func printExam(table io.Writer, r evals.ExamResult) {
	for _, s := range r.Scores {
		if s.Bar == nil {
			continue
		}
		interval := ""
		if s.Low != nil {
			interval = report.Text(*s.Low) + ".." + report.Text(*s.High)
		}
		mark := "void"
		if s.Pass != nil {
			mark = verdict(*s.Pass)
		}
		beside := func(name string) string {
			if b, ok := s.Beneath(name); ok {
				return report.Text(b.Value)
			}
			return ""
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Exam, strings.TrimSpace(s.Split+" "+s.Name), report.Text(s.Value), interval,
			report.BarText(s), report.Text(s.Floor), beside(evals.CopyLast), beside(evals.ConstantVelocity), beside(evals.Untrained), mark)
	}
}
