package report

import (
	"fmt"
	"io"
	"strings"

	"somnium/evals"
)

// markdownBeside are the baselines that the table of WriteMarkdown has room for.
var markdownBeside = []string{evals.CopyLast, evals.ConstantVelocity, evals.NoisyOracle, evals.Untrained}

// WriteMarkdown writes the verdicts and every figure that has a bar as tables, for a document.
func WriteMarkdown(w io.Writer, candidates []Candidate) error {
	var b strings.Builder
	for _, c := range candidates {
		fmt.Fprintf(&b, "**%s**", c.Name)
		if len(c.Results) > 0 {
			fmt.Fprintf(&b, ", suite `%s`, `--seed %d`", c.Results[0].Suite, c.Results[0].Seed)
		}
		b.WriteString("\n\n| Exam | Verdict |\n|---|---|\n")
		for _, r := range c.Results {
			text := verdictOf(&r).Text
			if r.Skipped != "" {
				text += ": " + r.Skipped
			}
			fmt.Fprintf(&b, "| %d `%s` | %s |\n", r.Number, r.Exam, text)
		}
		fmt.Fprintf(&b, "\n| Exam | Figure | Value (95%% interval) | Bar | True frames | %s | Skill |\n|---|---|---|---|---|%s---|\n",
			strings.Join(markdownBeside, " | "), strings.Repeat("---|", len(markdownBeside)))
		for _, r := range c.Results {
			for _, s := range r.Scores {
				if s.Bar != nil {
					b.WriteString(markdownRow(r, s))
				}
			}
		}
		b.WriteString("\n" + phyTable(c))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("report: writing the tables: %w", err)
	}
	return nil
}

// phyTable shows the velocity errors of PhyWorld's three tasks as its own frames and definitions would give them; it is empty where
// none of them was sat.
func phyTable(c Candidate) string {
	const head = "| PhyWorld | Time-mean, uncorrected (95% interval) | True frames | constant velocity | Mean over frames, uncorrected (95% interval) | True frames | constant velocity |\n" +
		"|---|---|---|---|---|---|---|\n"
	var b strings.Builder
	for _, r := range c.Results {
		for _, s := range r.Scores {
			if s.Name != "velocity_error_uncorrected" {
				continue
			}
			fmt.Fprintf(&b, "| %s %s", r.Exam, s.Split)
			perFrame, _ := r.Find(s.Split, "velocity_error_per_frame_uncorrected")
			for _, s := range []evals.Score{s, perFrame} {
				value, steady := Text(s.Value), ""
				if s.Low != nil {
					value += " (" + Text(*s.Low) + ".." + Text(*s.High) + ")"
				}
				if standing, ok := s.Beneath(evals.ConstantVelocity); ok {
					steady = Text(standing.Value)
				}
				fmt.Fprintf(&b, " | %s | %s | %s", value, Text(s.Floor), steady)
			}
			b.WriteString(" |\n")
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return head + b.String() + "\n"
}

// markdownRow is the line of a figure; what clears its bar is in bold.
func markdownRow(r evals.ExamResult, s evals.Score) string {
	value := Text(s.Value)
	if s.Pass != nil && *s.Pass {
		value = "**" + value + "**"
	}
	if s.Low != nil {
		value += " (" + Text(*s.Low) + ".." + Text(*s.High) + ")"
	}
	cells := []string{r.Exam, strings.TrimSpace(s.Split + " `" + s.Name + "`"), value, BarText(s), Text(s.Floor)}
	for _, name := range markdownBeside {
		cell := ""
		if standing, ok := s.Beneath(name); ok {
			cell = Text(standing.Value)
		}
		cells = append(cells, cell)
	}
	skill := ""
	if s.Skill != nil {
		skill = Text(*s.Skill)
	}
	return "| " + strings.Join(append(cells, skill), " | ") + " |\n"
}
