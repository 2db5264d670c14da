package train

import (
	"encoding/csv"
	"errors"
	"fmt"
	"image/color"
	"io"
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

// add appends an update. An update that the history has already, as after a resume from an older checkpoint, takes the place
// of what followed.
func (h *history) add(l Loss) {
	for n := len(h.points); n > 0 && h.points[n-1].stage == l.Stage && h.points[n-1].step >= l.Step/group*group && l.Step%group == 0; n = len(h.points) {
		h.points = h.points[:n-1]
	}
	n := len(h.points)
	if n == 0 || h.points[n-1].stage != l.Stage || h.points[n-1].step != l.Step/group*group {
		h.points = append(h.points, point{stage: l.Stage, step: l.Step / group * group})
		n++
	}
	p := &h.points[n-1]
	p.count++
	p.total += l.Total
	p.heads += l.Heads
	p.normed += l.GradNorm
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
	for _, row := range rows[min(1, len(rows)):] {
		var p point
		if len(row) != len(columns) {
			return fmt.Errorf("train: %s has a row of %d columns, want %d; delete it", table, len(row), len(columns))
		}
		p.stage = row[0]
		p.step, _ = strconv.Atoi(row[1])
		p.count, _ = strconv.Atoi(row[2])
		for i, x := range []*float64{&p.total, &p.heads, &p.normed} {
			v, _ := strconv.ParseFloat(row[3+i], 64)
			*x = v * float64(p.count)
		}
		h.points = append(h.points, p)
	}
	return nil
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
		var xy plotter.XYs
		for _, point := range h.points {
			if point.stage == stage && point.total > 0 {
				xy = append(xy, plotter.XY{X: float64(point.step), Y: point.total / float64(point.count)})
			}
		}
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
	writer, err := p.WriterTo(18*vg.Centimeter, 11*vg.Centimeter, "png")
	if err != nil {
		return err
	}
	_, err = writer.WriteTo(w)
	return err
}
