package evals

import (
	"math"

	"somnium/env"
	"somnium/evals/parse"
)

// The exam's values of gravity, units per second squared, and of restitution.
var (
	fallGravities    = []float64{1.5, 3, 4.5, 6, 7.5}
	fallRestitutions = []float64{0.2, 0.5, 0.8}
)

const (
	fallScene = "RigidBounce-v0"
	fallGiven = 8
	fallMost  = 24 // frames dreamed
)

// fallExam asks for the law of falling: which gravity the dream has, told by the context or in words, and how high it lets
// things bounce.
func fallExam() *Exam {
	return &Exam{
		Number: 4, Name: "fall", Title: "A disc falls at five gravities and bounces at three restitutions",
		Scenes: []string{fallScene},
		Sizes:  map[Suite]Size{Quick: {Cases: 15}, Full: {Cases: 60}, Paper: {Cases: 200, Samples: 3}},
		Figures: map[string]string{
			"gravity_error":       "median of |g' - g| / g, g' by a quadratic fit to the dreamed heights up to the true first contact",
			"gravity_correlation": "Spearman's rank correlation of g' and g over the cases",
			"restitution_error":   "median of |e' - e|, e' by the speeds that line fits give before and after the first bounce",
			"disc_missing":        "share of frames in which the parser finds no disc",
		},
		prepare: func(r *room) ([]part, error) {
			context, err := r.fallPart("context", fallGiven, 0)
			if err != nil {
				return nil, err
			}
			text, err := r.fallPart("text", 1, 1024)
			if err != nil {
				return nil, err
			}
			bounce, err := r.bouncePart(2048)
			return []part{context, text, bounce}, err
		},
	}
}

// The columns of falls.
const (
	colTrueG = iota
	colG
	colGError
	colEError
	colNoDisc
)

// discTrack follows the only disc of a scene, whose colour the truth knows, in pixels from the lower edge.
func discTrack(t Trial, answer []uint8, body int) track {
	n := t.Known() + t.Frames()
	k := track{make([]float64, n), make([]float64, n), make([]float64, n), make([]bool, n)}
	h, w := t.Context.Height, t.Context.Width
	unit := t.States[0].Values["world_width"] / float64(w)
	color := parse.Color(t.States[0].Bodies[body].Color)
	for i := range n {
		frame := t.frame(answer, i)
		things := parse.Of(frame, h, w, color, parse.Ground(frame), 4)
		k.there[i] = len(things) > 0
		switch {
		case k.there[i]:
			k.x[i], k.y[i], k.r[i] = things[0].X*unit, (float64(h)-things[0].Y)*unit, things[0].Radius()*unit
		case i > 0:
			k.x[i], k.y[i], k.r[i] = k.x[i-1], k.y[i-1], k.r[i-1]
		}
	}
	return k
}

// contact returns the first frame by which the true disc has touched something: from where its velocity is not that of free
// fall. It is the clip's length where it never does.
func contact(states []env.State, body int) int {
	g := states[0].Values["gravity"]
	for i := 1; i < len(states); i++ {
		a, b := states[i-1].Bodies[body].Velocity, states[i].Bodies[body].Velocity
		if math.Abs(b[0]-a[0]) > 1e-6 || math.Abs(b[1]-a[1]+g*phySeconds) > 1e-6 {
			return i
		}
	}
	return len(states)
}

// fallPart draws falls whose gravity the given frames, or with one frame the words, tell.
func (r *room) fallPart(name string, given, first int) (part, error) {
	trials, err := r.search(r.size.Cases, first, func(seed uint64, found int) (Trial, bool, error) {
		params := map[string]float64{"discs": 1, "gravity": fallGravities[found%len(fallGravities)]}
		p, err := r.play(fallScene, seed, params, nil, given+fallMost)
		if err != nil {
			return Trial{}, false, err
		}
		free := contact(p.states, 0)
		if free < given+6 {
			return Trial{}, false, nil
		}
		t := p.trial(0, given, min(free, given+fallMost)-given)
		if given == 1 {
			t.Context.Caption, err = p.told()
		}
		return t, true, err
	})
	if err != nil {
		return part{}, err
	}
	kinds := []Kind{
		less(name, "gravity_error", "", 0.1, median(colGError)),
		more(name, "gravity_correlation", "", 0.9, rankCorrelation(colTrueG, colG)),
		less(name, "disc_missing", "", none, mean(colNoDisc)),
	}
	grade := func(answers [][]uint8) (rows []Row) {
		for i, t := range trials {
			rows = append(rows, fallRow(t, answers[i]))
		}
		return rows
	}
	note := "fall, " + name + ": who always predicts the mean gravity errs by " + percent(meanGravityError()) + " in the median"
	return part{trials: trials, kinds: kinds, grade: grade, rank: colGError, beside: allBeside, note: note}, nil
}

// meanGravityError is the median relative error of predicting the mean.
func meanGravityError() float64 {
	m := average(fallGravities)
	var rows []Row
	for _, g := range fallGravities {
		rows = append(rows, Row{math.Abs(m-g) / g})
	}
	return median(0)(rows)
}

func fallRow(t Trial, answer []uint8) Row {
	k := discTrack(t, answer, 0)
	truth := t.States[0].Values["gravity"]
	from := t.Known() // dreamed frames alone
	g := -2 * quadratic(k.y[from:]) / (phySeconds * phySeconds)
	missing := 0.0
	for _, there := range k.there[from:] {
		missing += truthValue(!there) / float64(t.Frames())
	}
	return Row{truth, g, math.Abs(g-truth) / truth, math.NaN(), missing}
}

// quadratic returns the coefficient of t^2 of the parabola that fits the numbers best, t counting them.
func quadratic(y []float64) float64 {
	// Over centred t, the fit separates: the coefficient is <y, q> / <q, q> with q = t^2 - mean t^2.
	n := float64(len(y))
	var qy, qq float64
	spread := (n*n - 1) / 12
	for i, v := range y {
		t := float64(i) - (n-1)/2
		q := t*t - spread
		qy += q * v
		qq += q * q
	}
	return qy / qq
}

// slope returns the coefficient of t of the line that fits best.
func slope(y []float64) float64 {
	var ty, tt float64
	for i, v := range y {
		t := float64(i) - float64(len(y)-1)/2
		ty += t * v
		tt += t * t
	}
	return ty / tt
}

// bouncePart draws bounces off the floor: the context ends a few frames before.
func (r *room) bouncePart(first int) (part, error) {
	const before, after, gravity = 3, 5, 4
	trials, err := r.search(r.size.Cases, first, func(seed uint64, found int) (Trial, bool, error) {
		params := map[string]float64{"discs": 1, "gravity": gravity, "restitution": fallRestitutions[found%len(fallRestitutions)]}
		p, err := r.play(fallScene, seed, params, nil, 40)
		if err != nil {
			return Trial{}, false, err
		}
		hit := contact(p.states, 0)
		from := hit - before - fallGiven
		if from < 0 || hit+after >= p.clip.Len() || contact(p.states[hit:], 0) <= after {
			return Trial{}, false, nil
		}
		down, up := p.states[hit-1].Bodies[0].Velocity[1], p.states[hit].Bodies[0].Velocity[1]
		return p.trial(from, fallGiven, before+after), down < -2 && up > 0, nil
	})
	if err != nil {
		return part{}, err
	}
	grade := func(answers [][]uint8) (rows []Row) {
		for i, t := range trials {
			rows = append(rows, bounceRow(t, answers[i], fallGiven+before, gravity))
		}
		return rows
	}
	kinds := []Kind{less("bounce", "restitution_error", "", 0.1, median(colEError)), less("bounce", "disc_missing", "", none, mean(colNoDisc))}
	return part{trials: trials, kinds: kinds, grade: grade, rank: colEError, beside: allBeside}, nil
}

// bounceRow measures a bounce: hit is the first frame after it.
func bounceRow(t Trial, answer []uint8, hit int, gravity float64) Row {
	k := discTrack(t, answer, 0)
	truth := t.States[0].Values["restitution"]
	// The fall before is part of the context; its speed at the floor is that of the last frames and what gravity adds.
	down := -slope(k.y[hit-4:hit])/phySeconds + gravity*1.5*phySeconds
	up := slope(k.y[hit:])/phySeconds + gravity*float64(len(k.y)-hit-1)/2*phySeconds
	// Between the frames the bounce happens once: both speeds are carried to the middle between hit-1 and hit.
	e := (up + gravity*phySeconds/2) / (down + gravity*phySeconds/2)
	missing := 0.0
	for _, there := range k.there[t.Known():] {
		missing += truthValue(!there) / float64(t.Frames())
	}
	return Row{math.NaN(), math.NaN(), math.NaN(), math.Abs(e - truth), missing}
}
