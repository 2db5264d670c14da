package evals

// uniformExam is PhyWorld's first task: a ball at constant velocity, within the ranges of training and outside of them.
func uniformExam() *Exam {
	return &Exam{
		Number: 1, Name: "uniform", Title: "A ball moves at constant velocity (PhyWorld)",
		Scenes: []string{"RigidUniform-v0"},
		Sizes: map[Suite]Size{
			Quick: {Cases: 10, Pixels: []int{64}},
			Full:  {Cases: 64, Large: 16, Pixels: []int{64, 128, 256}},
			Paper: {Cases: 1000, Out: 2400, Large: 200, Pixels: []int{64, 128, 256}},
		},
		Figures: velocityFigures,
		prepare: func(r *room) ([]part, error) {
			return r.loneParts("RigidUniform-v0", false, 0.022, 0.29, ConstantVelocity)
		},
	}
}

// parabolaExam is its third: a ball thrown sideways.
func parabolaExam() *Exam {
	return &Exam{
		Number: 3, Name: "parabola", Title: "A ball thrown sideways falls in an arc (PhyWorld)",
		Scenes: []string{"RigidParabola-v0"},
		Sizes: map[Suite]Size{
			Quick: {Cases: 10, Pixels: []int{64}},
			Full:  {Cases: 64, Large: 16, Pixels: []int{64, 128, 256}},
			Paper: {Cases: 1100, Out: 2500, Large: 200, Pixels: []int{64, 128, 256}},
		},
		Figures: velocityFigures,
		prepare: func(r *room) ([]part, error) {
			return r.loneParts("RigidParabola-v0", true, 0.05, 0.28, ConstantVelocity, Quadratic)
		},
	}
}

// loneParts are the parts of an exam with one ball: in and out of the training ranges, at each size.
func (r *room) loneParts(id string, bothAxes bool, in, out float64, kinematic ...string) ([]part, error) {
	var parts []part
	for _, pixels := range r.size.Pixels {
		for _, s := range []struct {
			name  string
			level int
			bar   float64
			cases int
		}{{"in", 0, in, r.size.cases(pixels)}, {"out", 3, out, r.size.out(pixels)}} {
			counted := func(t Trial) bool {
				return redBall.compare(t, redBall.follow(t, t.Truth), bothAxes, always).frames > 0
			}
			trials, err := r.phyTrials(phyScene(id, pixels), s.level, s.cases, 2048*(s.level/3), counted)
			if err != nil {
				return nil, err
			}
			p := part{trials: trials, kinds: velocityKinds(split(s.name, pixels), s.bar), beside: []string{CopyLast, BestBlur}}
			p.beside = append(append(p.beside, kinematic...), NearestClip, Oracle, NoisyOracle, Untrained)
			p.grade = func(answers [][]uint8) (rows []Row) {
				for i, t := range trials {
					rows = append(rows, redBall.compare(t, redBall.follow(t, answers[i]), bothAxes, always).row())
				}
				return rows
			}
			parts = append(parts, p)
		}
	}
	return parts, nil
}
