package report

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"somnium/evals"
)

// Colours of Okabe and Ito's palette, which colour-blind people tell apart; greys for what stands beside.
var (
	markColors = []color.Color{color.RGBA{0, 114, 178, 255}, color.RGBA{213, 94, 0, 255}, color.RGBA{0, 158, 115, 255}, color.RGBA{204, 121, 167, 255}}
	grey       = color.RGBA{150, 150, 150, 255}
	barColor   = color.RGBA{220, 60, 60, 255}
)

// shownBeside are the baselines that a plot shows, with their shapes.
var shownBeside = []struct {
	name  string
	shape draw.GlyphDrawer
}{
	{evals.CopyLast, draw.CrossGlyph{}}, {evals.ConstantVelocity, draw.TriangleGlyph{}}, {evals.Untrained, draw.PlusGlyph{}},
	{evals.NoisyOracle, draw.RingGlyph{}}, {evals.Oracle, draw.SquareGlyph{}},
}

// plotted returns the scores with a bar; where there is none, the first of each split.
func plotted(r *evals.ExamResult) (list []evals.Score) {
	for _, s := range r.Scores {
		if s.Bar != nil && s.Unit != "dB" {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		last := "\x00"
		for _, s := range r.Scores {
			if s.Split != last {
				list, last = append(list, s), s.Split
			}
		}
	}
	return list
}

// plotScores draws, for every figure with a bar, how the candidates and the baselines stand to it: along x the value over its
// bar, so that all fit one picture.
func plotScores(first *evals.ExamResult, candidates []Candidate, results []*evals.ExamResult) (string, error) {
	scores := plotted(first)
	if len(scores) == 0 {
		return "", nil
	}
	p := plot.New()
	p.X.Label.Text = "value over its bar (red line); crosses copy last, triangles constant velocity, plus untrained, rings noisy simulator, squares true simulator"
	p.X.Label.TextStyle.Font.Size = vg.Points(8)
	var names []string
	for i := range scores {
		s := scores[len(scores)-1-i]
		names = append(names, strings.TrimSpace(s.Split+" "+s.Name))
	}
	p.NominalY(names...)
	for i, s := range scores {
		y := float64(len(scores) - 1 - i)
		for _, b := range shownBeside {
			if standing, ok := s.Beneath(b.name); ok {
				if err := addMark(p, clamp(over(standing.Value, s)), y-0.2, b.shape, grey); err != nil {
					return "", err
				}
			}
		}
		for k, r := range results {
			if r == nil {
				continue
			}
			if err := addCandidate(p, *r, s, y+0.12*float64(k), markColors[k%len(markColors)]); err != nil {
				return "", err
			}
		}
	}
	line, err := plotter.NewLine(plotter.XYs{{X: 1, Y: -0.6}, {X: 1, Y: float64(len(scores)) - 0.4}})
	if err != nil {
		return "", fmt.Errorf("report: plotting: %w", err)
	}
	line.Color, line.Width = barColor, vg.Points(1)
	p.Add(line)
	p.X.Min, p.X.Max = 0, plotEnd
	p.Y.Min, p.Y.Max = -0.6, float64(len(scores))-0.4
	canvas := vgsvg.New(20*vg.Centimeter, vg.Length(math.Max(3, 1.2+0.75*float64(len(scores))))*vg.Centimeter)
	p.Draw(draw.New(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", fmt.Errorf("report: plotting: %w", err)
	}
	svg := b.String()
	if at := strings.Index(svg, "<svg"); at >= 0 {
		svg = svg[at:] // a page holds no XML head within
	}
	return svg, nil
}

// plotEnd is the end of the axis: what is beyond is drawn there.
const plotEnd = 3

func clamp(x float64) float64 { return math.Min(math.Max(x, 0), plotEnd) }

// over is a value over the bar of its figure, or the value itself where there is none.
func over(v evals.Number, s evals.Score) float64 {
	if s.Bar == nil || *s.Bar == 0 {
		return float64(v)
	}
	return float64(v) / float64(*s.Bar)
}

func addMark(p *plot.Plot, x, y float64, shape draw.GlyphDrawer, c color.Color) error {
	if math.IsNaN(x) {
		return nil
	}
	marks, err := plotter.NewScatter(plotter.XYs{{X: x, Y: y}})
	if err != nil {
		return fmt.Errorf("report: plotting: %w", err)
	}
	marks.GlyphStyle = draw.GlyphStyle{Color: c, Radius: vg.Points(3), Shape: shape}
	p.Add(marks)
	return nil
}

func addCandidate(p *plot.Plot, r evals.ExamResult, like evals.Score, y float64, c color.Color) error {
	s, ok := r.Find(like.Split, like.Name)
	if !ok {
		return nil
	}
	if s.Low != nil {
		ends := plotter.XYs{{X: clamp(over(*s.Low, s)), Y: y}, {X: clamp(over(*s.High, s)), Y: y}}
		if !math.IsNaN(ends[0].X) && !math.IsNaN(ends[1].X) {
			line, err := plotter.NewLine(ends)
			if err != nil {
				return fmt.Errorf("report: plotting: %w", err)
			}
			line.Color, line.Width = c, vg.Points(2)
			p.Add(line)
		}
	}
	return addMark(p, clamp(over(s.Value, s)), y, draw.CircleGlyph{}, c)
}
