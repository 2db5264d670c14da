package evals

import (
	"math"

	"somnium/evals/metrics"
	"somnium/evals/parse"
)

const templateScene = "RigidTemplate-v0"

// templateExam is PhyWorld's combinatorial task: a red ball among four of eight kinds of objects, 60 choices for training and
// 10 held out.
func templateExam() *Exam {
	return &Exam{
		Number: 8, Name: "template", Title: "Things met before, in combinations that were not (PhyWorld)",
		Scenes: []string{templateScene},
		Sizes:  map[Suite]Size{Quick: {Cases: 8}, Full: {Cases: 60}, Paper: {Cases: 600}},
		Figures: map[string]string{
			"abnormal":      "share of videos in which, against the truth, the area of red, grey or black is off by half for a quarter of the frames, the red ball is missing in a tenth of them, it jumps by more than two radii between two frames, or it moves less than a quarter of its true way",
			"psnr":          "PSNR over all values",
			"psnr_changed":  "the same over pixels that differ from the last given frame by more than 8 of 255",
			"ball_distance": "mean distance of the red ball from the true one, units",
		},
		prepare: func(r *room) (parts []part, err error) {
			for level, name := range []string{"trained", "held out"} {
				bar := 0.24
				if level == 0 {
					bar = 0.1
				}
				p, err := r.templatePart(name, level, bar)
				if err != nil {
					return nil, err
				}
				parts = append(parts, p)
			}
			return parts, nil
		},
	}
}

// The colours of the scene, PHYRE's.
var (
	templateRed   = parse.Color{243, 79, 70}
	templateGrey  = parse.Color{160, 178, 188}
	templateBlack = parse.Color{16, 16, 18}
)

// The columns of templates.
const (
	colAbnormal = iota
	colSquares
	colValues
	colChangedSquares
	colChangedValues
	colBallDistance
)

func (r *room) templatePart(name string, level int, bar float64) (part, error) {
	const given, frames = 6, 26
	trials, err := r.search(r.size.Cases, 2048*level, func(seed uint64, _ int) (Trial, bool, error) {
		p, err := r.play(templateScene, seed, map[string]float64{"ood": float64(level)}, nil, given+frames)
		if err != nil || p.over {
			return Trial{}, false, err
		}
		return p.trial(0, given, frames), true, nil
	})
	if err != nil {
		return part{}, err
	}
	kinds := []Kind{
		less(name, "abnormal", "", bar, mean(colAbnormal)), more(name, "psnr", "dB", 25.5, psnr(colSquares, colValues)),
		more(name, "psnr_changed", "dB", none, psnr(colChangedSquares, colChangedValues)),
		less(name, "ball_distance", "units", none, mean(colBallDistance)),
	}
	return part{
		trials: trials, kinds: kinds, rank: colBallDistance, beside: allBeside,
		grade: func(answers [][]uint8) (rows []Row) {
			for i, t := range trials {
				rows = append(rows, templateRow(t, answers[i]))
			}
			return rows
		},
	}, nil
}

func templateRow(t Trial, answer []uint8) Row {
	row := make(Row, colBallDistance+1)
	h, w := t.Context.Height, t.Context.Width
	mask := make([]bool, h*w)
	white := parse.Color{255, 255, 255}
	unit := t.States[0].Values["world_width"] / float64(w)
	radius := t.States[0].Bodies[len(t.States[0].Bodies)-1].Size[0] / 2 / unit
	off, missing, jumped := 0, 0, false
	way, trueWay := 0.0, 0.0 // of the ball, pixels
	var before *parse.Thing
	last := t.frame(nil, t.Known()-1)
	for i := t.Known(); i < t.Known()+t.Frames(); i++ {
		got, truth := t.frame(answer, i), t.frame(t.Truth, i)
		all := metrics.Of(got, truth)
		metrics.Changed(mask, truth, last)
		changed := metrics.OfMasked(got, truth, mask)
		row[colSquares] += all.Squares
		row[colValues] += float64(all.Values)
		row[colChangedSquares] += changed.Squares
		row[colChangedValues] += float64(changed.Values)
		wrong := false
		for _, c := range []parse.Color{templateRed, templateGrey, templateBlack} {
			want, have := area(parse.Of(truth, h, w, c, white, 2)), area(parse.Of(got, h, w, c, white, 2))
			wrong = wrong || math.Abs(have-want) > 0.5*max(want, 12)
		}
		if wrong {
			off++
		}
		red := parse.Of(got, h, w, templateRed, white, 4)
		if len(red) == 0 {
			missing++
			before = nil
			row[colBallDistance] += 5 / float64(t.Frames())
			continue
		}
		if before != nil {
			step := math.Hypot(red[0].X-before.X, red[0].Y-before.Y)
			way += step
			jumped = jumped || step > 2*max(radius, 4)
		}
		before = &red[0]
		ball := t.States[i].Bodies[len(t.States[i].Bodies)-1]
		velocity := ball.Velocity
		trueWay += math.Hypot(velocity[0], velocity[1]) * phySeconds / unit
		row[colBallDistance] += math.Hypot(red[0].X*unit-ball.Position[0], (float64(h)-red[0].Y)*unit-ball.Position[1]) / float64(t.Frames())
	}
	row[colAbnormal] = truthValue(4*off > t.Frames() || 10*missing > t.Frames() || jumped || trueWay > 6 && way < trueWay/4)
	return row
}
