package main

import (
	"image/color"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// palette is Okabe and Ito's, which colour-blind people tell apart; the baseline is black.
var palette = []color.RGBA{
	{0, 0, 0, 255}, {0, 114, 178, 255}, {230, 159, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {213, 94, 0, 255}, {86, 180, 233, 255},
}

// drawCurves writes the learning curves, a PNG: a line for every run, in the colour of its arm.
func drawCurves(w io.Writer, arms []arm, results []result) error {
	p := plot.New()
	p.Title.Text = "held-out loss at equal compute"
	p.X.Label.Text = "processor time (minutes)"
	p.Y.Label.Text = "held-out loss"
	p.Legend.Top = true
	p.Add(plotter.NewGrid())
	for i, a := range arms {
		named := false
		for _, r := range results {
			if r.Arm != a.Name {
				continue
			}
			line, err := plotter.NewLine(r.line())
			if err != nil {
				return err
			}
			line.LineStyle = lines(i)
			p.Add(line)
			if !named {
				p.Legend.Add(a.Name, line)
				named = true
			}
		}
	}
	writer, err := p.WriterTo(18*vg.Centimeter, 11*vg.Centimeter, "png")
	if err != nil {
		return err
	}
	_, err = writer.WriteTo(w)
	return err
}

// lines is the style of the i-th arm: beyond the palette, lines are dashed.
func lines(i int) draw.LineStyle {
	style := draw.LineStyle{Color: palette[i%len(palette)], Width: vg.Points(1.2)}
	if i >= len(palette) {
		style.Dashes = []vg.Length{vg.Points(4), vg.Points(2)}
	}
	return style
}

// line returns a run's way.
func (r result) line() (xy plotter.XYs) {
	for _, p := range r.Points {
		xy = append(xy, plotter.XY{X: p.Seconds / 60, Y: p.Loss})
	}
	return xy
}
