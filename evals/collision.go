package evals

import "math"

// collisionExam is PhyWorld's second task: two balls meet head-on and part elastically, at six levels outside of training.
func collisionExam() *Exam {
	return &Exam{
		Number: 2, Version: 1, Name: "collision", Title: "Two balls collide head-on and elastically (PhyWorld)",
		Scenes: []string{"RigidCollision-v0"},
		Sizes: map[Suite]Size{
			Quick: {Cases: 10, Pixels: []int{64}},
			Full:  {Cases: 64, Large: 16, Pixels: []int{64, 128, 256}},
			Paper: {Cases: 2000, Out: 4800, Large: 200, Pixels: []int{64, 128, 256}},
		},
		Figures: collisionFigures(),
		prepare: func(r *room) (parts []part, err error) {
			for _, pixels := range r.size.Pixels {
				in, err := r.collisionPart("in", pixels, []int{0}, 0.03, r.size.cases(pixels))
				if err != nil {
					return nil, err
				}
				out, err := r.collisionPart("out", pixels, []int{1, 2, 3, 4, 5, 6}, 0.15, r.size.out(pixels))
				if err != nil {
					return nil, err
				}
				parts = append(parts, in, out)
			}
			return parts, nil
		},
	}
}

func collisionFigures() map[string]string {
	figures := map[string]string{
		"momentum_error":      "|momentum after - before| over the sum of the balls' |momentum| before, masses as the parsed radius squared",
		"energy_error":        "|kinetic energy after - before| over that before",
		"contact_frame_error": "frames by which the turn of the relative velocity is early or late, among those in which both true balls are in view; a turn that never comes counts for the last of them",
		"penetration":         "deepest overlap of the two, over the smaller radius",
	}
	for name, text := range velocityFigures {
		figures[name] = text
	}
	figures["velocity_error"] = "of both balls after the impact: " + figures["velocity_error"]
	return figures
}

// Columns after those of velocity.
const (
	colMomentum = velocityColumns + iota
	colEnergy
	colContact
	colPenetration
)

// collisionPart draws collisions of the levels in turn.
func (r *room) collisionPart(name string, pixels int, levels []int, bar float64, cases int) (part, error) {
	scene := phyScene("RigidCollision-v0", pixels)
	trials, err := r.search(cases, 2048*levels[0], func(seed uint64, found int) (Trial, bool, error) {
		p, err := r.play(scene, seed, map[string]float64{"ood": float64(levels[found%len(levels)])}, nil, phyFrames)
		if err != nil || p.over {
			return Trial{}, false, err
		}
		t := p.trial(0, phyGiven, phyFrames-phyGiven)
		row := collisionRow(t, t.Truth)
		return t, impact(t) >= phyGiven+2 && !math.IsNaN(row[colOverTime]) && !math.IsNaN(row[colMomentum]), nil
	})
	if err != nil {
		return part{}, err
	}
	s := split(name, pixels)
	kinds := append(velocityKinds(s, bar),
		less(s, "momentum_error", "", 0.05, mean(colMomentum)), less(s, "energy_error", "", 0.1, mean(colEnergy)),
		less(s, "contact_frame_error", "frames", 1, mean(colContact)), less(s, "penetration", "radii", none, mean(colPenetration)))
	return part{
		trials: trials, kinds: kinds, beside: allBeside,
		grade: func(answers [][]uint8) (rows []Row) {
			for i, t := range trials {
				rows = append(rows, collisionRow(t, answers[i]))
			}
			return rows
		},
	}, nil
}

// impact returns the first frame after the collision, 0 where there is none.
func impact(t Trial) int {
	first := t.States[0].Bodies[redBall.index].Velocity[0]
	for i, s := range t.States {
		if s.Bodies[redBall.index].Velocity[0] != first {
			return i
		}
	}
	return 0
}

// collisionRow measures one answer.
func collisionRow(t Trial, answer []uint8) Row {
	hit := impact(t)
	after := func(i int) bool { return i > hit }
	red, blue := redBall.follow(t, answer), blueBall.follow(t, answer)
	a, b := redBall.compare(t, red, false, after).row(), blueBall.compare(t, blue, false, after).row()
	row := make(Row, colPenetration+1)
	for c := range velocityColumns {
		row[c] = both(a[c], b[c])
	}
	row[colMomentum], row[colEnergy] = conserved(t, red, blue, hit)
	row[colContact] = math.Abs(float64(turn(t, red, blue) - turnOf(t)))
	row[colPenetration] = penetration(red, blue)
	return row
}

// both is the mean of two numbers, or the one that is some.
func both(a, b float64) float64 {
	switch {
	case math.IsNaN(a):
		return b
	case math.IsNaN(b):
		return a
	}
	return (a + b) / 2
}

// conserved returns the errors of momentum and energy, from mean velocities over the frames before and after the impact in
// which both balls are in view. Ball sizes are those parsed before; what vanishes afterwards carries nothing.
func conserved(t Trial, red, blue track, hit int) (momentum, energy float64) {
	spans := [2][2]float64{}
	var frames [2]int
	for i := 1; i < t.Known()+t.Frames(); i++ {
		side := 0
		switch {
		case i > hit:
			side = 1
		case i == hit:
			continue
		}
		if !redBall.inside(t, i) || !blueBall.inside(t, i) || !redBall.inside(t, i-1) || !blueBall.inside(t, i-1) {
			continue
		}
		frames[side]++
		spans[side][0] += (red.x[i] - red.x[i-1]) / phySeconds
		spans[side][1] += (blue.x[i] - blue.x[i-1]) / phySeconds
	}
	if frames[0] == 0 || frames[1] < 2 {
		return math.NaN(), math.NaN()
	}
	m := [2]float64{red.r[phyGiven-1] * red.r[phyGiven-1], blue.r[phyGiven-1] * blue.r[phyGiven-1]}
	var p, e, scale [2]float64
	for side := range 2 {
		for k := range 2 {
			v := spans[side][k] / float64(frames[side])
			p[side] += m[k] * v
			e[side] += m[k] * v * v / 2
			scale[side] += m[k] * math.Abs(v)
		}
	}
	return math.Abs(p[1]-p[0]) / scale[0], math.Abs(e[1]-e[0]) / e[0]
}

// turn returns the frame by which the balls have stopped approaching: where their distance is least, of the frames in which both true
// balls are in view. A ball that has left the picture stays at its edge, to a parser, and the other one would seem to come nearer.
func turn(t Trial, red, blue track) int {
	return leastGap(t, func(i int) float64 { return blue.x[i] - red.x[i] })
}

// turnOf is the true one.
func turnOf(t Trial) int {
	return leastGap(t, func(i int) float64 {
		return t.States[i].Bodies[blueBall.index].Position[0] - t.States[i].Bodies[redBall.index].Position[0]
	})
}

// leastGap returns the first of the frames with both true balls in view whose gap is least.
func leastGap(t Trial, gap func(i int) float64) int {
	least := 0
	for i := range t.States {
		if redBall.inside(t, i) && blueBall.inside(t, i) && gap(i) < gap(least) {
			least = i
		}
	}
	return least
}

// penetration returns how deep the balls overlap at most, over the smaller radius.
func penetration(red, blue track) float64 {
	deepest := 0.0
	for i := range red.x {
		if red.there[i] && blue.there[i] && red.r[i] > 0 && blue.r[i] > 0 {
			d := math.Hypot(red.x[i]-blue.x[i], red.y[i]-blue.y[i])
			deepest = max(deepest, (red.r[0]+blue.r[0]-d)/min(red.r[0], blue.r[0]))
		}
	}
	return deepest
}
