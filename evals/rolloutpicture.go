package evals

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"somnium/internal/picture"
)

// picturedRollouts is how many rollouts a picture shows.
const picturedRollouts = 3

// Picture returns frames 1, 100, 300 and 600 of the first rollouts, the truth above the dream. It shows an empty sheet
// where a rollout has none of them.
func (r RolloutResult) Picture() picture.Frame {
	blank := picture.New(r.height, r.width, picture.Paper)
	var panels []picture.Panel
	columns := 1
	for _, one := range r.rollouts {
		columns = max(columns, len(one.shown))
	}
	for i, one := range r.rollouts[:min(len(r.rollouts), picturedRollouts)] {
		for _, dream := range []bool{false, true} {
			for column := range columns {
				if column >= len(one.shown) {
					panels = append(panels, picture.Panel{Frame: blank})
					continue
				}
				s := one.shown[column]
				label, pixels := fmt.Sprintf("%d: truth, frame %d", i+1, s.number), s.truth
				if dream {
					label, pixels = fmt.Sprintf("%d: dream, frame %d", i+1, s.number), s.dream
				}
				panels = append(panels, picture.Panel{Label: label, Frame: picture.Of(pixels, r.height, r.width)})
			}
		}
	}
	scale := max(1, 160/max(r.height, r.width))
	return picture.Sheet(panels, columns, picture.RowOptions{Scale: scale, Title: r.scene + ": truth above dream, under the same actions"})
}

// Colours of Okabe and Ito's palette, which colour-blind people tell apart, and the grey of a bar's range.
var (
	plotBlue   = color.RGBA{0, 114, 178, 255}
	plotOrange = color.RGBA{230, 159, 0, 255}
	plotRange  = color.RGBA{225, 235, 225, 255}
)

// Plot writes a PNG of the three measured curves over the frames of the rollouts: thin lines for single rollouts, a thick
// one for all together, each point over a fifth of a window, and the bar's range shaded.
func (r RolloutResult) Plot(w io.Writer) error {
	if len(r.rollouts) == 0 {
		return errors.New("evals: there is no rollout to plot")
	}
	titles := []string{"mean |frame difference|, dream / truth", "gradient energy, dream / truth", "share of frames with the right number of things"}
	var plots [][]*plot.Plot
	for k, title := range titles {
		p, err := r.curve(k, title)
		if err != nil {
			return fmt.Errorf("evals: plotting: %w", err)
		}
		plots = append(plots, []*plot.Plot{p})
	}
	plots[len(plots)-1][0].X.Label.Text = "frames dreamed since the context"
	img := vgimg.New(18*vg.Centimeter, 24*vg.Centimeter)
	tiles := draw.Tiles{Rows: len(plots), Cols: 1, PadY: 4 * vg.Millimeter, PadTop: 2 * vg.Millimeter, PadLeft: 3 * vg.Millimeter, PadRight: 4 * vg.Millimeter}
	for k, row := range plot.Align(plots, tiles, draw.New(img)) {
		plots[k][0].Draw(row[0])
	}
	_, err := vgimg.PngCanvas{Canvas: img}.WriteTo(w)
	return err
}

// The axis of ratios is logarithmic, so that half and twice lie alike; what is beyond it is drawn at its ends.
const (
	ratioLow  = 0.1
	ratioHigh = 10
)

// curve returns the plot of figure k of a stretch.
func (r RolloutResult) curve(k int, title string) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = title
	bar := stretchKinds[k]
	low, high, top := 0.0, 1.05, 1.0
	if bar.max > 0 {
		low, high, top = ratioLow, ratioHigh, bar.max
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
	end := float64(r.rollouts[0].length)
	area, err := plotter.NewPolygon(plotter.XYs{{X: 0, Y: bar.min}, {X: end, Y: bar.min}, {X: end, Y: top}, {X: 0, Y: top}})
	if err != nil {
		return nil, err
	}
	area.Color, area.LineStyle.Width = plotRange, 0
	p.Add(area, plotter.NewGrid())
	for i := range r.rollouts {
		if err := addLine(p, r.points(r.rollouts[i:i+1], k, low, high), plotOrange, 0.6); err != nil {
			return nil, err
		}
	}
	if err := addLine(p, r.points(r.rollouts, k, low, high), plotBlue, 2); err != nil {
		return nil, err
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, end, low, high
	return p, nil
}

// points returns figure k of the rollouts together, along the frames, held to low..high.
func (r RolloutResult) points(rollouts []rollout, k int, low, high float64) (points plotter.XYs) {
	bin := max(1, r.window/5)
	for from := 0; from < rollouts[0].length; from += bin {
		var sum stretch
		for _, one := range rollouts {
			sum.add(one.stretch(from, from+bin))
		}
		if value := sum.figures()[k]; !math.IsNaN(value) {
			points = append(points, plotter.XY{X: float64(from) + float64(bin)/2, Y: min(max(value, low), high)})
		}
	}
	return points
}

func addLine(p *plot.Plot, points plotter.XYs, c color.Color, width float64) error {
	if len(points) == 0 {
		return nil
	}
	line, err := plotter.NewLine(points)
	if err != nil {
		return err
	}
	line.LineStyle = draw.LineStyle{Color: c, Width: vg.Points(width)}
	p.Add(line)
	return nil
}
