package evals

import (
	"math/rand/v2"

	"somnium/evals/metrics"
)

// takes are the scenes of the exam with the quantities in which a second take differs.
var takes = []struct {
	scene  string
	params []string
}{
	{"RigidUniform-v0", []string{"radius", "velocity"}},
	{"RigidParabola-v0", []string{"radius", "velocity"}},
	{"RigidBounce-v0", []string{"gravity", "restitution"}},
	{occlusionScene, []string{"speed", "occluder_width"}},
	{"RigidPendulum-v0", []string{"length", "angle", "gravity"}},
	{"RigidRamp-v0", []string{"angle", "friction", "gravity"}},
	{"RigidReturn-v0", []string{"gravity", "restitution"}},
	{"RigidSwingingOccluder-v0", []string{"speed", "amplitude", "plate_width"}},
}

// physicsIQExam is the published score of Physics-IQ (Motamed et al., arXiv 2501.09038) on simulated scenes: where, when and
// how much moves, against what differs between two takes of the same scene.
func physicsIQExam() *Exam {
	e := &Exam{
		Number: 16, Name: "physicsiq", Title: "Physics-IQ on simulated scenes: where, when and how much moves",
		Sizes: map[Suite]Size{Quick: {Cases: 2}, Full: {Cases: 12}, Paper: {Cases: 50, Samples: 3}},
		Figures: map[string]string{
			"physics_iq":            "100 times the mean of the three IoUs over those of two takes, less the MSE above theirs, within 0..100, as in the published code",
			"spatial_iou":           "IoU of the pixels that move at any time",
			"spatiotemporal_iou":    "mean over frames of the IoU of the pixels that move in it",
			"weighted_spatial_iou":  "sum of minima over sum of maxima of how often each pixel moves",
			"mse":                   "mean squared error, levels of 0..1",
			"take_spatiotemporal":   "the spatiotemporal IoU of the second take, which differs by 1% in its quantities",
			"take_spatial_weighted": "its weighted spatial IoU",
		},
		prepare: func(r *room) ([]part, error) {
			p, err := r.takesPart()
			return []part{p}, err
		},
	}
	for _, t := range takes {
		e.Scenes = append(e.Scenes, t.scene)
	}
	return e
}

// The columns of takes: what is measured of the candidate, then the same of the second take.
const (
	colSpatial = iota
	colSpatiotemporal
	colWeighted
	colMSE
	takeColumns
)

func (r *room) takesPart() (part, error) {
	const given, frames = 8, 23
	var trials []Trial
	var second [][]uint8
	for k, s := range takes {
		for i := range r.size.Cases {
			seed := r.drawn(512*k, i)
			p, err := r.play(s.scene, seed, nil, nil, given+frames)
			if err != nil {
				return part{}, err
			}
			rng := rand.New(rand.NewPCG(seed, 0x7a8e))
			params := map[string]float64{}
			for _, name := range s.params {
				params[name] = p.states[0].Values[name] * (1 + 0.01*rng.NormFloat64())
			}
			again, err := r.play(s.scene, seed, within(r, s.scene, params), nil, given+frames)
			if err != nil {
				return part{}, err
			}
			if p.clip.Len() < given+frames || again.clip.Len() < given+frames {
				continue
			}
			t := p.trial(0, given, frames)
			if row := motionRow(t, t.Truth, t.Truth); row[takeColumns] == 0 {
				continue // nothing moves
			}
			trials, second = append(trials, t), append(second, again.trial(0, given, frames).Truth)
		}
	}
	kinds := []Kind{
		more("", "physics_iq", "", 60, physicsIQ), more("", "spatial_iou", "", none, mean(colSpatial)),
		more("", "spatiotemporal_iou", "", none, mean(colSpatiotemporal)), more("", "weighted_spatial_iou", "", none, mean(colWeighted)),
		less("", "mse", "", none, mean(colMSE)), more("", "take_spatiotemporal", "", none, mean(takeColumns+colSpatiotemporal)),
		more("", "take_spatial_weighted", "", none, mean(takeColumns+colWeighted)),
	}
	return part{
		trials: trials, kinds: kinds, rank: 2 * takeColumns, beside: allBeside,
		grade: func(answers [][]uint8) (rows []Row) {
			for i, t := range trials {
				row := append(motionRow(t, answers[i], t.Truth)[:takeColumns], motionRow(t, second[i], t.Truth)[:takeColumns]...)
				rows = append(rows, append(row, 1-row[colSpatiotemporal]))
			}
			return rows
		},
	}, nil
}

// within holds the parameters to what the scene takes.
func within(r *room, scene string, params map[string]float64) map[string]float64 {
	for _, p := range r.truths[scene].Spec().Params {
		if v, ok := params[p.Name]; ok {
			params[p.Name] = min(max(v, p.Min), p.Max)
		}
	}
	return params
}

// motionRow compares where two continuations move, and appends how much of the truth does.
func motionRow(t Trial, answer, truth []uint8) Row {
	pixels := t.Size() / 3
	got, want := make([]bool, pixels), make([]bool, pixels)
	often, trueOften := make([]float64, pixels), make([]float64, pixels)
	iou, squares, moving := 0.0, 0.0, 0.0
	for i := t.Known(); i < t.Known()+t.Frames(); i++ {
		metrics.Changed(got, t.frame(answer, i), t.frame(answer, i-1))
		moving += float64(metrics.Changed(want, t.frame(truth, i), t.frame(truth, i-1)))
		inter, union := 0.0, 0.0
		for k := range pixels {
			inter += truthValue(got[k] && want[k])
			union += truthValue(got[k] || want[k])
			often[k] += truthValue(got[k])
			trueOften[k] += truthValue(want[k])
		}
		if union == 0 {
			inter, union = 1, 1
		}
		iou += inter / union / float64(t.Frames())
	}
	var inter, union, low, high float64
	for k := range pixels {
		inter += truthValue(often[k] > 0 && trueOften[k] > 0)
		union += truthValue(often[k] > 0 || trueOften[k] > 0)
		low, high = low+min(often[k], trueOften[k]), high+max(often[k], trueOften[k])
	}
	squares = metrics.Of(answer, truth).Squares / float64(len(truth)) / (255 * 255)
	return Row{inter / max(union, 1), iou, low / max(high, 1), squares, moving}
}

// physicsIQ is the published formula over the means of the columns.
func physicsIQ(rows []Row) float64 {
	of := func(c int) float64 { return mean(c)(rows) }
	sum := 0.0
	for _, c := range []int{colSpatial, colSpatiotemporal, colWeighted} {
		sum += of(c) / of(takeColumns+c) / 3
	}
	return min(max(100*(sum-(of(colMSE)-of(takeColumns+colMSE))), 0), 100)
}
