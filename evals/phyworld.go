package evals

import (
	"fmt"
	"math"

	"somnium/env"
	"somnium/evals/parse"
)

// PhyWorld's settings (Kang et al., arXiv 2411.02385): a frame is a tenth of a second, the first three are given, and the
// picture shows ten units.
const (
	phyGiven   = 3
	phyFrames  = 32
	phySeconds = 0.1
	phyUnits   = 10.0
)

// phyScene is the name of a scene of PhyWorld at a size.
func phyScene(id string, pixels int) string {
	if pixels == env.DefaultSize {
		return id
	}
	return fmt.Sprintf("%s?height=%d&width=%d", id, pixels, pixels)
}

// ball is one of PhyWorld's balls along a clip.
type ball struct {
	// find is its parser, index its place among the true bodies.
	find  func(frame []uint8, height, width int) parse.Disc
	index int
}

var (
	redBall  = ball{parse.Red, 0}
	blueBall = ball{parse.Blue, 1}
)

// track is what is read off a clip of one ball, in units and seconds, y upwards.
type track struct {
	x, y, r []float64
	// there says whether the parser found the ball; where it did not, the ball stays where it was.
	there []bool
}

// follow parses the ball in every frame of a trial.
func (b ball) follow(t Trial, answer []uint8) track {
	n := t.Known() + t.Frames()
	k := track{make([]float64, n), make([]float64, n), make([]float64, n), make([]bool, n)}
	h, w := t.Context.Height, t.Context.Width
	unit := phyUnits / float64(min(h, w))
	for i := range n {
		d := b.find(t.frame(answer, i), h, w)
		k.there[i] = d.Found()
		switch {
		case k.there[i]:
			k.x[i], k.y[i], k.r[i] = d.X*unit, (float64(h)-d.Y)*unit, d.Radius*unit
		case i > 0:
			k.x[i], k.y[i], k.r[i] = k.x[i-1], k.y[i-1], k.r[i-1]
		}
	}
	return k
}

// inside says whether the true ball is wholly in view in frame i.
func (b ball) inside(t Trial, i int) bool {
	s := t.States[i]
	body := s.Bodies[b.index]
	r := body.Size[0] / 2
	x, y := body.Position[0], body.Position[1]
	return x >= r && y >= r && x <= s.Values["world_width"]-r && y <= s.Values["world_height"]-r
}

// velocityError holds both of PhyWorld's errors of velocity over the frames that count: the paper's mean of |v - v'| and the
// published code's |mean v - mean v'|, each of our frames, and as they would be of PhyWorld's, whose drawing shrinks
// places by (W-1)/W: that bias alone is most of the published floor.
type velocityError struct {
	perFrame, overTime                float64
	perFrameBiased, overTimeBiased    float64
	frames, vertical                  int
	meanX, meanY, shrink, missedShare float64
}

// compare measures the ball's velocity against the truth in the frames, 1 and up, that counts selects. Its unit is units per
// second. With both axes the error is the mean of the two.
func (b ball) compare(t Trial, k track, bothAxes bool, counts func(i int) bool) velocityError {
	e := velocityError{shrink: 1 - 1/float64(min(t.Context.Height, t.Context.Width))}
	var sum, biased [2]float64
	missed := 0
	axes := 1
	if bothAxes {
		axes = 2
	}
	for i := t.Known() + 1; i < t.Known()+t.Frames(); i++ {
		if !counts(i) || !b.inside(t, i) || !b.inside(t, i-1) {
			continue
		}
		e.frames++
		if !k.there[i] {
			missed++
		}
		now, before := t.States[i].Bodies[b.index], t.States[i-1].Bodies[b.index]
		for axis := range axes {
			// The simulator's own velocity between the two frames, as their places tell it.
			v := (now.Position[axis] - before.Position[axis]) / phySeconds
			p := [2][]float64{k.x, k.y}[axis]
			seen := (p[i] - p[i-1]) / phySeconds
			sum[axis] += seen - v
			biased[axis] += seen*e.shrink - v
			e.perFrame += math.Abs(seen-v) / float64(axes)
			e.perFrameBiased += math.Abs(seen*e.shrink-v) / float64(axes)
		}
	}
	n := float64(e.frames)
	e.perFrame, e.perFrameBiased = e.perFrame/n, e.perFrameBiased/n
	for axis := range axes {
		e.overTime += math.Abs(sum[axis]) / n / float64(axes)
		e.overTimeBiased += math.Abs(biased[axis]) / n / float64(axes)
	}
	e.missedShare = float64(missed) / n
	return e
}

// always counts every frame.
func always(int) bool { return true }

// The columns of a row of velocities.
const (
	colOverTime = iota
	colOverTimeBiased
	colPerFrame
	colPerFrameBiased
	colMissed
	velocityColumns
)

// row returns the errors as a row, of not a number where no frame counts.
func (e velocityError) row() Row {
	r := Row{e.overTime, e.overTimeBiased, e.perFrame, e.perFrameBiased, e.missedShare}
	if e.frames == 0 {
		for i := range r {
			r[i] = math.NaN()
		}
	}
	return r
}

// velocityKinds are the figures of such rows.
func velocityKinds(split string, bar float64) []Kind {
	const unit = "units/s"
	return []Kind{
		less(split, "velocity_error", unit, bar, mean(colOverTime)),
		less(split, "velocity_error_uncorrected", unit, none, mean(colOverTimeBiased)),
		less(split, "velocity_error_per_frame", unit, none, mean(colPerFrame)),
		less(split, "velocity_error_per_frame_uncorrected", unit, none, mean(colPerFrameBiased)),
		less(split, "ball_missing", "", none, mean(colMissed)),
	}
}

// velocityFigures explains them.
var velocityFigures = map[string]string{
	"velocity_error":                       "|time-mean of v - v'|, the definition of PhyWorld's code, on our frames; the bar is on this one",
	"velocity_error_uncorrected":           "the same as PhyWorld's frames would give it, whose drawing shrinks places by (W-1)/W: compare this one with its table",
	"velocity_error_per_frame":             "mean over frames of |v - v'|, the definition of PhyWorld's paper",
	"velocity_error_per_frame_uncorrected": "the same with PhyWorld's (W-1)/W",
	"ball_missing":                         "share of frames in which the parser finds no ball, which then counts as standing still",
}

// cases is the number of cases in pictures of a size, within the training ranges.
func (s Size) cases(pixels int) int {
	if pixels > env.DefaultSize {
		return s.Large
	}
	return s.Cases
}

// out is that out of the training ranges.
func (s Size) out(pixels int) int {
	if pixels > env.DefaultSize {
		return s.Large
	}
	return s.Out
}

// phyTrials draws trials of a scene: with the parameter ood at a level.
func (r *room) phyTrials(scene string, level, cases, first int, usable func(t Trial) bool) ([]Trial, error) {
	return r.search(cases, first, func(seed uint64, _ int) (Trial, bool, error) {
		p, err := r.play(scene, seed, map[string]float64{"ood": float64(level)}, nil, phyFrames)
		if err != nil || p.over {
			return Trial{}, false, err
		}
		t := p.trial(0, phyGiven, phyFrames-phyGiven)
		return t, usable(t), nil
	})
}

// split names a part by its range and its size in pixels.
func split(name string, pixels int) string { return fmt.Sprintf("%s, %dpx", name, pixels) }
