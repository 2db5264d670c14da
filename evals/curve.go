package evals

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Trained is a measurement with what the model was trained for.
type Trained struct {
	// Compute is what the training cost, in any unit: such as clips times weights. Default: 0, the model was not trained.
	Compute     float64
	Measurement Measurement
}

// plotGreen is a third colour of Okabe and Ito's palette.
var plotGreen = color.RGBA{0, 158, 115, 255}

// PlotCompute writes a PNG of quality against training compute: a panel for every pooled figure of tokenizer and next that has a bar, a line for
// each kind of worlds with its 95% intervals, the bar dashed. Along x is compute in units of the least; the axis is logarithmic, and models
// that were not trained have no place on it.
func PlotCompute(w io.Writer, models []Trained) error {
	models = slices.DeleteFunc(slices.Clone(models), func(m Trained) bool { return !(m.Compute > 0) })
	if len(models) < 2 {
		return errors.New("evals: a curve takes two models and more that were trained")
	}
	slices.SortStableFunc(models, func(a, b Trained) int {
		switch {
		case a.Compute < b.Compute:
			return -1
		case a.Compute > b.Compute:
			return 1
		}
		return 0
	})
	var plots [][]*plot.Plot
	for _, name := range barred(models[0].Measurement) {
		p, err := computePlot(models, name[0], name[1])
		if err != nil {
			return fmt.Errorf("evals: plotting: %w", err)
		}
		plots = append(plots, []*plot.Plot{p})
	}
	if len(plots) == 0 {
		return errors.New("evals: nothing was measured that has a bar; measure tokenizer or next")
	}
	plots[len(plots)-1][0].X.Label.Text = "training compute, the least = 1"
	img := vgimg.New(16*vg.Centimeter, vg.Length(len(plots))*7*vg.Centimeter)
	tiles := draw.Tiles{Rows: len(plots), Cols: 1, PadY: 4 * vg.Millimeter, PadTop: 2 * vg.Millimeter, PadLeft: 3 * vg.Millimeter, PadRight: 4 * vg.Millimeter}
	for k, row := range plot.Align(plots, tiles, draw.New(img)) {
		plots[k][0].Draw(row[0])
	}
	_, err := vgimg.PngCanvas{Canvas: img}.WriteTo(w)
	return err
}

// barred returns gate and name of the figures that a curve shows: those in decibels with a bar.
func barred(m Measurement) (names [][2]string) {
	for _, gate := range m.Gates {
		for _, f := range gate.Figures {
			name := [2]string{gate.Gate, f.Name}
			if f.pooled() && f.Min != nil && f.Unit == "dB" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// computePlot returns the panel of one figure.
func computePlot(models []Trained, gate, name string) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = gate + ": " + name + ", dB"
	var ticks plot.ConstantTicks
	for _, m := range models {
		x := m.Compute / models[0].Compute
		ticks = append(ticks, plot.Tick{Value: x, Label: fmt.Sprintf("%.3g", x)})
	}
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, ticks
	p.Add(plotter.NewGrid())
	p.Legend.Top, p.Legend.Left = false, false // curves rise
	for i, scene := range []string{Pooled, PooledOf(planeFamily.name), PooledOf(blockFamily.name)} {
		if err := addScene(p, models, gate, name, scene, []color.RGBA{plotBlue, plotOrange, plotGreen}[i]); err != nil {
			return nil, err
		}
	}
	last := models[len(models)-1].Compute / models[0].Compute
	p.X.Min, p.X.Max = 0.9, 1.1*last
	return p, nil
}

// addScene adds the line of one pooled scene and its bar, where it has one.
func addScene(p *plot.Plot, models []Trained, gate, name, scene string, c color.Color) error {
	var line plotter.XYs
	var bars plotter.YErrors
	least := math.NaN()
	for _, m := range models {
		for _, g := range m.Measurement.Gates {
			f, ok := g.Find(scene, name)
			if g.Gate != gate || !ok || f.Min == nil || math.IsNaN(float64(f.Value)) {
				continue
			}
			least = float64(*f.Min)
			line = append(line, plotter.XY{X: m.Compute / models[0].Compute, Y: float64(f.Value)})
			spread := struct{ Low, High float64 }{}
			if f.Low != nil && f.High != nil {
				spread.Low, spread.High = float64(*f.Low-f.Value), float64(*f.High-f.Value)
			}
			bars = append(bars, spread)
		}
	}
	if len(line) == 0 {
		return nil
	}
	points := struct {
		plotter.XYs
		plotter.YErrors
	}{line, bars}
	through, marks, err := plotter.NewLinePoints(line)
	if err != nil {
		return err
	}
	errorBars, err := plotter.NewYErrorBars(points)
	if err != nil {
		return err
	}
	through.Color, through.Width, marks.Color, marks.Shape, errorBars.Color = c, vg.Points(1.5), c, draw.CircleGlyph{}, c
	bar, err := plotter.NewLine(plotter.XYs{{X: 0.9, Y: least}, {X: 1.1 * line[len(line)-1].X, Y: least}})
	if err != nil {
		return err
	}
	bar.Color, bar.Dashes = c, []vg.Length{vg.Points(3), vg.Points(3)}
	p.Add(bar, errorBars, through, marks)
	p.Legend.Add(scene, through)
	return nil
}
