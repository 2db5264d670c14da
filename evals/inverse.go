package evals

import (
	"fmt"
	"math"
	"slices"

	"somnium/env"
	"somnium/evals/parse"
)

// inverseScenes are the simulators whose actions an inverse-dynamics model reads off frames.
var inverseScenes = []controlScene{
	{name: "RigidPush-v0", actions: []int{0, 1, 2, 3, 4}, left: 1, right: 2, margin: 2},
	{name: "RigidCatch-v0", actions: []int{0, 1, 2}, left: 1, right: 2, margin: 2.2},
	{name: "VoxelLookAway-v0?flat=1", actions: []int{0, 9, 10, 11, 12}},
}

// inverseExam asks whether the action can be read off the dreamed frames as off the true ones.
func inverseExam() *Exam {
	return &Exam{
		Number: 11, Name: "inverse", Title: "An inverse-dynamics model reads the actions off the frames",
		Scenes: sceneNames(inverseScenes),
		Sizes:  map[Suite]Size{Quick: {Cases: 8}, Full: {Cases: 32}, Paper: {Cases: 200, Samples: 3}},
		Figures: map[string]string{
			"macro_f1":       "mean over the actions of the F1 of the inverse-dynamics model on the dreamed frames; the model is trained on true ones",
			"f1_of_ceiling":  "the same over that on the true frames",
			"camera_error":   "mean |error| of the turn that the model reads, degrees a step (voxel worlds alone); yaw and pitch together",
			"shuffled_share": "macro F1 against the actions of another case: what is left when actions do not matter",
		},
		prepare: func(r *room) (parts []part, err error) {
			for k, s := range inverseScenes {
				p, err := r.inversePart(s, 1024*k)
				if err != nil {
					return nil, err
				}
				parts = append(parts, p)
			}
			return parts, nil
		},
	}
}

// drawn returns a policy that draws from some actions, each held for some steps, and that keeps what it moves away from the
// walls, where an action shows no effect.
func drawn(s controlScene, seed uint64) policy {
	choose := acting(seed)
	return func(step int, truth env.Env) env.Value {
		action := s.actions[choose(step, truth).Int[0]%len(s.actions)]
		if s.margin > 0 {
			prober, _ := env.As[env.Prober](truth)
			action = s.inward(prober.State(), action)
		}
		return env.Int(action)
	}
}

// inward returns the action, or, near a wall, the one that leads away from it.
func (s controlScene) inward(state env.State, action int) int {
	for _, b := range state.Bodies {
		if b.Kind != "paddle" && (b.Kind != "disc" || state.Bodies[0].Kind == "paddle") {
			continue
		}
		p := b.Position
		switch {
		case p[0] < s.margin:
			return s.right
		case p[0] > state.Values["world_width"]-s.margin:
			return s.left
		case len(s.actions) > 3 && p[1] < s.margin:
			return s.right + 1
		case len(s.actions) > 3 && p[1] > state.Values["world_height"]-s.margin:
			return s.right + 2
		}
	}
	return action
}

func (r *room) inversePart(s controlScene, first int) (part, error) {
	const given, frames, lessons = 8, 16, 60
	draw := func(first int, n int) ([]Trial, error) {
		return r.search(n, first, func(seed uint64, _ int) (Trial, bool, error) {
			p, err := r.play(s.name, seed, nil, drawn(s, seed), given+frames)
			if err != nil || p.over {
				return Trial{}, false, err
			}
			return p.trial(0, given, frames), true, nil
		})
	}
	trials, err := draw(first, r.size.Cases)
	if err != nil {
		return part{}, err
	}
	// The inverse model's own lessons are drawn behind the exam's seeds.
	train, err := draw(first+768, lessons)
	if err != nil {
		return part{}, err
	}
	model := trainInverse(train, s.actions)
	grade := func(answers [][]uint8) (rows []Row) {
		for i, t := range trials {
			rows = append(rows, model.row(t, answers[i], trials[(i+1)%len(trials)]))
		}
		return rows
	}
	truths := make([][]uint8, len(trials))
	for i, t := range trials {
		truths[i] = t.Truth
	}
	n := len(s.actions)
	ceiling := macroF1(0, n)(grade(truths))
	label, _, _ := env.ParseName(s.name)
	kinds := []Kind{
		more(label, "macro_f1", "", 0.73, macroF1(0, n)),
		more(label, "f1_of_ceiling", "", 0.85, func(rows []Row) float64 { return macroF1(0, n)(rows) / ceiling }),
		more(label, "shuffled_share", "", none, macroF1(n*n, n)),
	}
	if s.actions[n-1] == 12 {
		kinds = append(kinds, less(label, "camera_error", "degrees", none, mean(2*n*n+1)))
	}
	return part{
		trials: trials, kinds: kinds, rank: 2 * n * n, grade: grade, beside: steeredBeside,
		note: fmt.Sprintf("inverse, %s: the model that reads actions has a macro F1 of %.2f on true held-out frames", label, ceiling),
	}, nil
}

// macroF1 is the mean F1 over the classes of a confusion matrix of n by n columns from a column on, [truth, said].
func macroF1(from, n int) func([]Row) float64 {
	return func(rows []Row) float64 {
		var sum, classes float64
		for c := range n {
			var hit, said, truth float64
			for _, r := range rows {
				for k := range n {
					said += r[from+k*n+c]
					truth += r[from+c*n+k]
				}
				hit += r[from+c*n+c]
			}
			if truth > 0 {
				classes++
				sum += 2 * hit / (said + truth)
			}
		}
		return sum / classes
	}
}

// inverse is a multinomial logistic regression on the motion between frames.
type inverse struct {
	actions []int
	weights [][]float64 // [action][feature], the last being the bias
	scale   []float64
}

// motionFeatures reads what moves between three frames off them: of the lowest thing and of the one that moves most their
// step and the change of their step, and of the whole picture the shift that fits best.
func motionFeatures(before, now, after []uint8, height, width int) []float64 {
	const least = 5
	ground := parse.Ground(now)
	var lowest, moving [4]float64
	bottom := -1.0
	for _, c := range parse.Palette(now, ground, 3, least) {
		things := parse.Of(now, height, width, c, ground, least)
		if len(things) == 0 {
			continue
		}
		step, last := stepOf(things[0], after, height, width, ground), stepOf(things[0], before, height, width, ground)
		m := [4]float64{step[0], step[1], step[0] + last[0], step[1] + last[1]}
		if things[0].Y > bottom {
			bottom, lowest = things[0].Y, m
		}
		if math.Abs(m[0])+math.Abs(m[1])+math.Abs(m[2])+math.Abs(m[3]) > math.Abs(moving[0])+math.Abs(moving[1])+math.Abs(moving[2])+math.Abs(moving[3]) {
			moving = m
		}
	}
	dx, dy := shift(now, after, height, width)
	px, py := shift(before, now, height, width)
	return append(append(lowest[:], moving[:]...), dx, dy, dx-px, dy-py, 1)
}

// stepOf returns how far the thing of the frame's colour is in another frame.
func stepOf(t parse.Thing, other []uint8, height, width int, ground parse.Color) [2]float64 {
	best, far := [2]float64{}, 0.2*float64(max(height, width))
	for _, o := range parse.Of(other, height, width, t.Color, ground, 5) {
		if d := math.Hypot(o.X-t.X, o.Y-t.Y); d < far {
			far, best = d, [2]float64{o.X - t.X, o.Y - t.Y}
		}
	}
	return best
}

// shift returns by how many pixels the picture's middle has moved, by the least mean |difference| of the luma.
func shift(a, b []uint8, height, width int) (dx, dy float64) {
	reachX, reachY := width/4, height/4
	la, lb := columnsAndRows(a, height, width), columnsAndRows(b, height, width)
	return slide(la[0], lb[0], reachX), slide(la[1], lb[1], reachY)
}

// columnsAndRows returns the mean levels of each column and of each row.
func columnsAndRows(frame []uint8, height, width int) [2][]float64 {
	columns, rows := make([]float64, width), make([]float64, height)
	for y := range height {
		for x := range width {
			p := frame[3*(y*width+x):]
			v := float64(int(p[0]) + 2*int(p[1]) + int(p[2]))
			columns[x] += v / float64(height)
			rows[y] += v / float64(width)
		}
	}
	return [2][]float64{columns, rows}
}

// slide returns the move of one profile that brings it nearest to another.
func slide(a, b []float64, reach int) float64 {
	best, least := 0, math.Inf(1)
	for d := -reach; d <= reach; d++ {
		sum, n := 0.0, 0.0
		for i := max(0, -d); i < min(len(a), len(a)-d); i++ {
			sum += math.Abs(b[i+d] - a[i])
			n++
		}
		if sum/n < least-1e-9 || sum/n < least+1e-9 && abs(d) < abs(best) {
			best, least = d, sum/n
		}
	}
	return float64(best)
}

func abs(x int) int { return max(x, -x) }

// lesson is a transition with the place of its action among the model's.
type lesson struct {
	features []float64
	action   int
}

// lessonsOf returns the transitions of a clip.
func lessonsOf(t Trial, answer []uint8, actions []int) (list []lesson) {
	for i := t.Known(); i < t.Known()+t.Frames(); i++ {
		f := motionFeatures(t.frame(answer, i-2), t.frame(answer, i-1), t.frame(answer, i), t.Context.Height, t.Context.Width)
		list = append(list, lesson{f, slices.Index(actions, t.Actions[i-t.Known()].Int[0])})
	}
	return list
}

// trainInverse fits the model to the true frames of the trials by gradient descent.
func trainInverse(trials []Trial, actions []int) *inverse {
	var lessons []lesson
	for _, t := range trials {
		lessons = append(lessons, lessonsOf(t, t.Truth, actions)...)
	}
	n := len(lessons[0].features)
	m := &inverse{actions: actions, scale: make([]float64, n)}
	for _, l := range lessons {
		for i, v := range l.features {
			m.scale[i] += v * v / float64(len(lessons))
		}
	}
	for i, v := range m.scale {
		m.scale[i] = 1 / math.Sqrt(v+1e-3)
	}
	for range actions {
		m.weights = append(m.weights, make([]float64, n))
	}
	const rounds, rate = 400, 1.0
	for range rounds {
		gradient := make([][]float64, len(actions))
		for a := range gradient {
			gradient[a] = make([]float64, n)
		}
		for _, l := range lessons {
			for a, p := range m.chances(l.features) {
				p -= truthValue(a == l.action)
				for i, v := range l.features {
					gradient[a][i] += p * v * m.scale[i] / float64(len(lessons))
				}
			}
		}
		for a := range m.weights {
			for i := range m.weights[a] {
				m.weights[a][i] -= rate * gradient[a][i]
			}
		}
	}
	return m
}

// chances returns the probability of each action.
func (m *inverse) chances(features []float64) []float64 {
	p := make([]float64, len(m.weights))
	top := math.Inf(-1)
	for a, w := range m.weights {
		for i, v := range features {
			p[a] += float64(w[i] * v * m.scale[i])
		}
		top = max(top, p[a])
	}
	sum := 0.0
	for a := range p {
		p[a] = math.Exp(p[a] - top)
		sum += p[a]
	}
	for a := range p {
		p[a] /= sum
	}
	return p
}

// row returns the confusion matrices against the own actions and against those of another trial, the share of wrong
// readings, and the mean error of the turn in degrees.
func (m *inverse) row(t Trial, answer []uint8, other Trial) Row {
	n := len(m.actions)
	row := make(Row, 2*n*n+2)
	list := lessonsOf(t, answer, m.actions)
	wrong, turned := 0.0, 0.0
	for i, l := range list {
		said := 0
		chances := m.chances(l.features)
		for a, p := range chances {
			if p > chances[said] {
				said = a
			}
		}
		row[l.action*n+said]++
		row[n*n+slices.Index(m.actions, other.Actions[i].Int[0])*n+said]++
		if said != l.action {
			wrong++
		}
		a, b := turnBy(m.actions[said]), turnBy(m.actions[l.action])
		turned += math.Abs(a[0]-b[0]) + math.Abs(a[1]-b[1])
	}
	row[2*n*n] = wrong / float64(len(list))
	row[2*n*n+1] = turned / float64(len(list))
	return row
}

// turnBy returns yaw and pitch, in degrees, of a flat action of the voxel worlds.
func turnBy(action int) [2]float64 {
	switch action {
	case 9:
		return [2]float64{-10, 0}
	case 10:
		return [2]float64{10, 0}
	case 11:
		return [2]float64{0, -10}
	case 12:
		return [2]float64{0, 10}
	}
	return [2]float64{}
}
