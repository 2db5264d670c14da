package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"somnium/internal/atomicfile"
)

// column is a figure of the table.
type column struct {
	name, title, format string
	// better is 1 where more is better, -1 where less is, 0 where it is neither.
	better float64
}

// columns are those of the table.
var columns = []column{
	{"updates", "Updates", "%.0f", 0},
	{"minutes", "Processor minutes", "%.1f", 0},
	{"loss", "Held-out loss", "%.4f", -1},
	{"gain rigid", "Next frame, rigid, dB", "%.2f", 1},
	{"gain voxel", "Next frame, voxel, dB", "%.2f", 1},
	{"ratio rigid", "Wrong actions, rigid", "%.3f", 1},
	{"ratio voxel", "Wrong actions, voxel", "%.3f", 1},
	{"drift rigid", "Drift, rigid", "%.2f", -1},
	{"drift voxel", "Drift, voxel", "%.2f", -1},
}

// recallColumns are those of experiments that ask for what lies beyond the window.
var recallColumns = []column{
	{"recall rigid", "Out of hiding, dB", "%.2f", 1},
	{"recall voxel", "Back in view, dB", "%.2f", 1},
}

// columnsOf returns the columns of some results.
func columnsOf(results []result) []column {
	all := slices.Clone(columns)
	for _, c := range recallColumns {
		if slices.ContainsFunc(results, func(r result) bool { _, asked := r.Figures[c.name]; return asked }) {
			all = append(all, c)
		}
	}
	return all
}

// design says what was compared, for so many seeds and minutes of processor time.
const design = `## What was tried

%d comparisons at equal compute, by ` + "`make ablate`" + `. All arms learned the same recorded episodes of rigid bodies and of blocks, at 64x64, on one
and the same trained tokenizer of the tiny preset, with a transformer of four layers of width 32. Each had %.3g minutes of one
processor, %d times, with fresh weights and noise. What an update costs was measured first, all arms taking turns, and gave each
arm its number of updates; the rate decayed over just these. Shortcut forcing was not compared, since this trainer does not
have it, nor were fewer tokens a frame: the transformer has one for every patch of the latent grid.

`

// legend says what the columns are.
const legend = `
A cell is the mean over the seeds and, in brackets, each seed's own. **Bold**: every seed is better than every seed of the baseline.
*Slanted*: every seed is worse. All figures are of held-out seeds.

- *Held-out loss*: squared error of the predicted latents under fixed noise, mean over scenes; less is better.
- *Next frame*: PSNR on changed pixels above the better of copying the last frame and of its best blur; more is better.
- *Wrong actions*: that loss with the actions of other clips, over the one with the true actions, where actions matter; more is better.
- *Drift*: how often motion and sharpness of the last half of dreams of %d frames are doubled or halved, against the truth's; less is
  better.
`

// recallLegend says what the recallColumns are.
const recallLegend = `- *Out of hiding*, *back in view*: PSNR of the first frame in which a disc has wholly come out from behind a box, and of that in which
  a view that was turned away is turned back, where it differs from the last true frame before, above that frame's; more is
  better. All frames before are true ones, and what comes back was last seen longer ago than a window of attention holds.
`

// value returns what an arm came to in a column.
func (r result) value(c column) float64 {
	last := r.Points[len(r.Points)-1]
	switch c.name {
	case "updates":
		return float64(last.Updates)
	case "minutes":
		return last.Seconds / 60
	case "loss":
		return last.Loss
	}
	return float64(r.Figures[c.name])
}

// report writes the table, the picture and the results of all arms that have some.
func (h *harness) report() error {
	results, err := h.results()
	if err != nil || len(results) == 0 {
		return err
	}
	if err := write(h.path("results.json"), results); err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(h.path("table.md"), []byte(h.section(results))); err != nil {
		return err
	}
	return atomicfile.Write(h.path("curves.png"), func(w io.Writer) error { return drawCurves(w, h.experiment.Arms, results) })
}

// results returns those that there are, by arm and seed.
func (h *harness) results() (results []result, err error) {
	for _, a := range h.experiment.Arms {
		for _, seed := range h.experiment.Seeds {
			var r result
			there, err := read(filepath.Join(h.folder(a, seed), "result.json"), &r)
			if err != nil {
				return nil, err
			}
			if there {
				results = append(results, r)
			}
		}
	}
	return results, nil
}

// of returns the values of an arm in a column, one for each seed.
func of(results []result, arm string, c column) (values []float64) {
	for _, r := range results {
		if r.Arm == arm {
			values = append(values, r.value(c))
		}
	}
	return values
}

// section returns the table with what is to know about it, as it goes into docs/model.md.
func (h *harness) section(results []result) string {
	e := h.experiment
	text := fmt.Sprintf(design, len(e.Arms)-1, e.Seconds/60, len(e.Seeds)) + table(e.Arms, results) + fmt.Sprintf(legend, e.Length)
	if len(e.Recalls) > 0 {
		text += recallLegend
	}
	return text
}

// table returns the results as Markdown. The first arm is the baseline.
func table(arms []arm, results []result) string {
	var b strings.Builder
	columns := columnsOf(results)
	b.WriteString("| Arm |")
	for _, c := range columns {
		fmt.Fprintf(&b, " %s |", c.title)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	for i, a := range arms {
		if len(of(results, a.Name, columns[0])) == 0 {
			continue
		}
		fmt.Fprintf(&b, "| %s: %s |", a.Name, a.Differs)
		for _, c := range columns {
			values := of(results, a.Name, c)
			text := cell(values, c)
			if i > 0 {
				text = mark(text, values, of(results, arms[0].Name, c), c.better)
			}
			fmt.Fprintf(&b, " %s |", text)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// cell is the mean of the values and, where they are several, what they are.
func cell(values []float64, c column) string {
	sum := 0.0
	texts := make([]string, len(values))
	for i, v := range values {
		sum += v
		texts[i] = fmt.Sprintf(c.format, v)
	}
	mean := fmt.Sprintf(c.format, sum/float64(len(values)))
	if len(slices.Compact(slices.Clone(texts))) == 1 {
		return mean
	}
	return mean + " (" + strings.Join(texts, ", ") + ")"
}

// mark sets a cell in bold where all values are better than all of the baseline's, slanted where all are worse.
func mark(text string, values, baseline []float64, better float64) string {
	if better == 0 || len(baseline) == 0 {
		return text
	}
	low, high := slices.Min(values), slices.Max(values)
	above, below := low > slices.Max(baseline), high < slices.Min(baseline)
	switch {
	case above && better > 0 || below && better < 0:
		return "**" + text + "**"
	case above && better < 0 || below && better > 0:
		return "*" + text + "*"
	}
	return text
}
