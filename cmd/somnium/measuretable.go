package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"somnium/evals"
)

// print writes a table of every gate, the bars and the verdicts.
func (f measureFigures) print(w io.Writer) {
	for _, gate := range f.Gates {
		printGate(w, gate)
	}
	fmt.Fprintf(w, "%s: %s (%.0f s, held-out seeds of --seed %d)\n", f.Model, verdict(f.Pass), f.Seconds, f.Seed)
	for _, gate := range f.Gates {
		fmt.Fprintf(w, "  %-10s %s\n", gate.Gate, verdict(gate.Pass))
	}
	if f.Quick {
		fmt.Fprintln(w, "measured quickly: the intervals are wide, leave --quick away for a verdict")
	}
	for _, file := range []struct{ what, name string }{{"picture", f.Picture}, {"plot", f.Plot}} {
		if file.name != "" {
			fmt.Fprintf(w, "%s %s\n", file.what, file.name)
		}
	}
}

func verdict(pass bool) string {
	if pass {
		return "pass"
	}
	return "FAIL"
}

// printGate writes the figures of one gate: a row for each environment or window, a column for each figure.
func printGate(w io.Writer, r evals.Result) {
	fmt.Fprintf(w, "%s (%d %s)\n", r.Gate, r.Clips, r.Counted())
	rows, columns, cells := arrange(r.Figures)
	bar := barsOf(r.Figures)
	table := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
	heads, bars := "", "  bar"
	for _, column := range columns {
		heads += "\t" + column.Name
		bars += "\t" + bar[column.Name]
		if column.Unit != "" {
			heads += ", " + column.Unit
		}
	}
	fmt.Fprintf(table, "  %s\n%s\n", heads, bars)
	for _, row := range rows {
		fmt.Fprint(table, "  "+row)
		for _, column := range columns {
			fmt.Fprint(table, "\t"+cells[row][column.Name])
		}
		fmt.Fprintln(table)
	}
	table.Flush()
	for _, remark := range r.Remarks {
		fmt.Fprintf(w, "  %s\n", remark)
	}
	fmt.Fprintln(w)
}

// arrange returns the rows in order, a figure of each column, and what stands where.
func arrange(figures []evals.Figure) (rows []string, columns []evals.Figure, cells map[string]map[string]string) {
	cells = map[string]map[string]string{}
	for _, f := range figures {
		row := f.Scene
		if f.Frames != "" {
			row += " " + f.Frames
		}
		if cells[row] == nil {
			rows, cells[row] = append(rows, row), map[string]string{}
		}
		if !slices.ContainsFunc(columns, func(c evals.Figure) bool { return c.Name == f.Name }) {
			columns = append(columns, f)
		}
		cells[row][f.Name] = cellText(f)
	}
	return rows, columns, cells
}

// barsOf returns the bars of each figure by its name: one, or one for each kind of world.
func barsOf(figures []evals.Figure) map[string]string {
	bars, several := map[string]string{}, map[string][]string{}
	for _, f := range figures {
		bar := f.Bar()
		if bar == "" {
			continue
		}
		bars[f.Name] = bar
		if kind, pooled := strings.CutPrefix(f.Scene, evals.PooledOf("")); pooled {
			several[f.Name] = append(several[f.Name], kind+" "+bar)
		}
	}
	for name, list := range several {
		bars[name] = strings.Join(list, ", ")
	}
	return bars
}

// cellText is the value and, where a bar is to be cleared, its interval and the verdict.
func cellText(f evals.Figure) string {
	text := numberText(f.Value)
	if f.Pass == nil {
		return text
	}
	if f.Low != nil {
		text += " (" + numberText(*f.Low) + ".." + numberText(*f.High) + ")"
	}
	if *f.Pass {
		return text + " pass"
	}
	return text + " FAIL"
}

// numberText is a figure with as many digits as are worth reading.
func numberText(n evals.Number) string {
	switch x := float64(n); {
	case math.IsNaN(x):
		return "-"
	case math.Abs(x) >= 10:
		return fmt.Sprintf("%.1f", x)
	case x == 0 || math.Abs(x) >= 0.1:
		return fmt.Sprintf("%.2f", x)
	default:
		return fmt.Sprintf("%.3g", x)
	}
}
