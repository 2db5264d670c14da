package actor

import (
	"encoding/csv"
	"fmt"
	"image/color"
	"io"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Point is how a run stood after an update.
type Point struct {
	// Steps is how many were taken so far.
	Steps int
	// Reward is the mean reward of a step since the last update; Return and Length are the means of the Episodes that ended.
	Reward, Return, Length float64
	Episodes               int
	Progress
}

// NewPoint sums up experience.
func NewPoint(steps int, e *Experience, episodes []Episode) Point {
	p := Point{Steps: steps, Episodes: len(episodes)}
	for _, r := range e.Reward {
		p.Reward += r / float64(len(e.Reward))
	}
	for _, episode := range episodes {
		p.Return += episode.Return / float64(len(episodes))
		p.Length += float64(episode.Length) / float64(len(episodes))
	}
	return p
}

// Curve is the way of a run.
type Curve []Point

var columns = []string{"steps", "reward_per_step", "episodes", "return", "length", "entropy", "divergence", "clipped", "value_loss", "gradient_norm"}

// WriteCSV writes the curve as a table.
func (c Curve) WriteCSV(w io.Writer) error {
	table := csv.NewWriter(w)
	table.Write(columns)
	for _, p := range c {
		row := []string{strconv.Itoa(p.Steps), number(p.Reward), strconv.Itoa(p.Episodes), number(p.Return), number(p.Length)}
		for _, x := range []float64{p.Entropy, p.Divergence, p.Clipped, p.ValueLoss, p.Norm} {
			row = append(row, number(x))
		}
		table.Write(row)
	}
	table.Flush()
	return table.Error()
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

// palette is Okabe and Ito's, which colour-blind people tell apart.
var palette = []color.RGBA{{0, 114, 178, 255}, {230, 159, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {86, 180, 233, 255}, {213, 94, 0, 255}}

// Line is a named curve of a plot; the mean reward of a step is drawn, averaged over Smooth updates.
type Line struct {
	Name   string
	Curve  Curve
	Smooth int
}

// Plot draws the mean reward of a step over the steps, as a PNG.
func Plot(w io.Writer, title string, lines ...Line) error {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, "steps", "mean reward of a step"
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	for i, l := range lines {
		if len(l.Curve) == 0 {
			continue
		}
		line, err := plotter.NewLine(l.points())
		if err != nil {
			return fmt.Errorf("actor: drawing %s: %w", l.Name, err)
		}
		line.LineStyle = draw.LineStyle{Color: palette[i%len(palette)], Width: vg.Points(1.2)}
		p.Add(line)
		p.Legend.Add(l.Name, line)
	}
	writer, err := p.WriterTo(18*vg.Centimeter, 11*vg.Centimeter, "png")
	if err != nil {
		return fmt.Errorf("actor: %w", err)
	}
	_, err = writer.WriteTo(w)
	return err
}

// points returns the running means of the reward.
func (l Line) points() plotter.XYs {
	xy := make(plotter.XYs, len(l.Curve))
	smooth, sum := max(1, l.Smooth), 0.0
	for i, p := range l.Curve {
		sum += p.Reward
		if i >= smooth {
			sum -= l.Curve[i-smooth].Reward
		}
		xy[i].X, xy[i].Y = float64(p.Steps), sum/float64(min(i+1, smooth))
	}
	return xy
}
