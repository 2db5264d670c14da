package train

import (
	"encoding/csv"
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"os"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"somnium/internal/atomicfile"
)

// group is how many updates one point of the history averages.
const group = 20

// point is the mean loss over up to group updates of a stage.
type point struct {
	stage string
	// step is the first update that it covers.
	step, count          int
	total, heads, normed float64 // sums
}

// history is the way of the loss over a run.
type history struct{ points []point }

// add appends an update. Points that the history has from that update on, as after a resume from an older checkpoint, are
// dropped.
func (h *history) add(l Loss) {
	start, n := l.Step/group*group, len(h.points)
	for n > 0 && h.points[n-1].reaches(l, start) {
		n--
	}
	h.points = h.points[:n]
	if n == 0 || h.points[n-1].stage != l.Stage || h.points[n-1].step != start {
		h.points = append(h.points, point{stage: l.Stage, step: start})
		n++
	}
	p := &h.points[n-1]
	p.count++
	p.total += l.Total
	p.heads += l.Heads
	p.normed += l.GradNorm
}

// reaches says whether the point covers the update, which belongs to the point that begins at start, or a later one.
func (p point) reaches(l Loss, start int) bool {
	if p.stage != l.Stage {
		return l.Stage == "tokenizer" // the stage that comes first
	}
	return p.step > start || p.step == start && p.step+p.count > l.Step
}

// recent is the mean loss of the last few points of a stage.
func (h *history) recent(stage string) float64 {
	sum, count := 0.0, 0
	for i := len(h.points) - 1; i >= 0 && i >= len(h.points)-5 && h.points[i].stage == stage; i-- {
		sum += h.points[i].total
		count += h.points[i].count
	}
	return sum / float64(max(count, 1))
}

var columns = []string{"stage", "step", "updates", "loss", "heads", "gradient_norm"}

// save writes the history as a table and as a picture.
func (h *history) save(table, picture string) error {
	err := atomicfile.Write(table, func(w io.Writer) error {
		c := csv.NewWriter(w)
		c.Write(columns)
		for _, p := range h.points {
			n := float64(p.count)
			number := func(x float64) string { return strconv.FormatFloat(x/n, 'g', 6, 64) }
			c.Write([]string{p.stage, strconv.Itoa(p.step), strconv.Itoa(p.count), number(p.total), number(p.heads), number(p.normed)})
		}
		c.Flush()
		return c.Error()
	})
	if err != nil {
		return err
	}
	return atomicfile.Write(picture, h.draw)
}

// load reads the table; where there is none, the history is empty.
func (h *history) load(table string) error {
	f, err := os.Open(table)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return fmt.Errorf("train: reading %s: %w; delete it, the run goes on without its past losses", table, err)
	}
	for i, row := range rows[min(1, len(rows)):] {
		p, err := parsePoint(row)
		if err != nil {
			return fmt.Errorf("train: reading row %d of %s: %w; delete it, the run goes on without its past losses", i+2, table, err)
		}
		h.points = append(h.points, p)
	}
	return nil
}

// parsePoint reads a row of the table.
func parsePoint(row []string) (p point, err error) {
	if len(row) != len(columns) {
		return p, fmt.Errorf("it has %d columns, want %d", len(row), len(columns))
	}
	p.stage = row[0]
	if p.step, err = strconv.Atoi(row[1]); err != nil {
		return p, err
	}
	if p.count, err = strconv.Atoi(row[2]); err != nil {
		return p, err
	}
	for i, x := range []*float64{&p.total, &p.heads, &p.normed} {
		mean, err := strconv.ParseFloat(row[3+i], 64)
		if err != nil {
			return p, err
		}
		*x = mean * float64(p.count)
	}
	return p, nil
}

// draw writes the picture, a PNG with a logarithmic loss axis.
func (h *history) draw(w io.Writer) error {
	p := plot.New()
	p.Title.Text = "training loss"
	p.X.Label.Text = "update"
	p.Y.Label.Text = "loss (logarithmic)"
	p.Y.Scale = plot.LogScale{}
	p.Y.Tick.Marker = plot.LogTicks{Prec: -1}
	p.Legend.Top = true
	p.Add(plotter.NewGrid())
	for i, stage := range []string{"tokenizer", "dynamics"} {
		xy := h.curve(stage)
		if len(xy) == 0 {
			continue
		}
		line, err := plotter.NewLine(xy)
		if err != nil {
			return err
		}
		// Blue and orange of Okabe and Ito's palette, which colour-blind people tell apart.
		line.Color = []color.Color{color.RGBA{0, 114, 178, 255}, color.RGBA{230, 159, 0, 255}}[i]
		line.LineStyle = draw.LineStyle{Color: line.Color, Width: vg.Points(1.2)}
		p.Add(line)
		p.Legend.Add(stage, line)
	}
	switch { // a logarithmic axis does not take an empty range
	case p.Y.Min > p.Y.Max:
		p.Y.Min, p.Y.Max = 0.1, 1
	case p.Y.Min == p.Y.Max:
		p.Y.Min, p.Y.Max = p.Y.Min/2, p.Y.Max*2
	}
	writer, err := p.WriterTo(18*vg.Centimeter, 11*vg.Centimeter, "png")
	if err != nil {
		return err
	}
	_, err = writer.WriteTo(w)
	return err
}

// curve returns the mean losses of a stage, those apart that have no logarithm.
func (h *history) curve(stage string) (xy plotter.XYs) {
	for _, p := range h.points {
		if mean := p.total / float64(p.count); p.stage == stage && mean > 0 && mean < math.Inf(1) {
			xy = append(xy, plotter.XY{X: float64(p.step), Y: mean})
		}
	}
	return xy
}
