package evals

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"somnium/env"
	"somnium/evals/metrics"
)

// controlScene is a simulator in which actions are tried, and what they are called there.
type controlScene struct {
	name    string
	actions []int
	// besides are actions that are tried too, and count in a figure of all of them.
	besides []int
	// left and right are two actions to be told apart besides.
	left, right int
	// margin is how near to a wall, in units, what is moved does not come; 0 for no such limit.
	margin float64
}

var controlScenes = []controlScene{
	{name: "RigidPush-v0", actions: []int{0, 1, 2, 3, 4}, left: 1, right: 2},
	{name: "RigidCatch-v0", actions: []int{0, 1, 2}, left: 1, right: 2},
	// The camera and the legs: turn_left, turn_right, forward, back; besides, left, right, jump, look_up, look_down.
	{name: "VoxelLookAway-v0?flat=1", actions: []int{0, 9, 10, 1, 2}, besides: []int{3, 4, 5, 11, 12}, left: 9, right: 10},
}

// branchMoments are the steps after which branches are compared.
var branchMoments = []int{1, 4, 8}

// controlEdits are the changes of a wall that are tried beside leaving it alone, by their number in the scene.
var controlEdits = []string{"dig", "place"}

// controlExam takes one context and tries every action from it, in truth and in the dream.
func controlExam() *Exam {
	return &Exam{
		Number: 10, Version: 1, Name: "control", Title: "One context, every action: does the dream take the branch that the truth takes?",
		Scenes: append(sceneNames(controlScenes), editScene),
		Sizes:  map[Suite]Size{Quick: {Cases: 4}, Full: {Cases: 32}, Paper: {Cases: 200, Samples: 3}},
		Figures: map[string]string{
			"branch_accuracy": "share of pairs of actions, whose true branches differ, of which the dreamed branches are nearer to their own true ones than to each other's; chance is 50%. In the world of blocks standing, turning, going ahead and back; with ten actions, stepping aside, jumping and looking up and down too",
			"left_and_right":  "the same of the pair of left and right alone, after 8 steps",
		},
		prepare: func(r *room) (parts []part, err error) {
			for k, s := range controlScenes {
				p, err := r.controlPart(s, k*1024)
				if err != nil {
					return nil, err
				}
				parts = append(parts, p)
			}
			for change, name := range controlEdits {
				p, err := r.editPart(name, change, len(controlScenes)*1024+change*512)
				if err != nil {
					return nil, err
				}
				parts = append(parts, p)
			}
			return parts, nil
		},
	}
}

func sceneNames(scenes []controlScene) (names []string) {
	for _, s := range scenes {
		names = append(names, s.name)
	}
	return names
}

// controlPart branches contexts of a scene. Every context gives as many trials as there are actions, in order.
func (r *room) controlPart(s controlScene, first int) (part, error) {
	const given = 8
	steps, every := branchMoments[len(branchMoments)-1], slices.Concat(s.actions, s.besides)
	var trials []Trial
	for try, cases := 0, 0; cases < r.size.Cases; try++ {
		if try > 20*r.size.Cases {
			return part{}, errFew
		}
		seed := r.drawn(first, try)
		var branches []Trial
		for _, a := range every {
			before := acting(seed) // the same up to the branch
			p, err := r.play(s.name, seed, nil, func(step int, truth env.Env) env.Value {
				if step < given-1 {
					return before(step, truth)
				}
				return env.Int(a)
			}, given+steps)
			if err != nil {
				return part{}, err
			}
			if p.clip.Len() < given+steps {
				break
			}
			branches = append(branches, p.trial(0, given, steps))
		}
		if len(branches) == len(every) {
			trials = append(trials, branches...)
			cases++
		}
	}
	label, _, _ := env.ParseName(s.name)
	var kinds []Kind
	for k, m := range branchMoments {
		kinds = append(kinds, more(fmt.Sprintf("%s, %d steps", label, m), "branch_accuracy", "", 0.9, ratio(2*k, 2*k+1)))
	}
	last := 2 * len(branchMoments)
	kinds = append(kinds, more(label, "left_and_right", "", 0.95, ratio(last, last+1)))
	for k, m := range branchMoments {
		if len(s.besides) > 0 {
			kinds = append(kinds, more(fmt.Sprintf("%s, ten actions, %d steps", label, m), "branch_accuracy", "", 0.9, ratio(last+3+2*k, last+4+2*k)))
		}
	}
	n := len(every)
	return part{
		trials: trials, kinds: kinds, rank: last + 2, shown: func(i int) int { return i*n + n - 1 },
		beside: steeredBeside,
		grade: func(answers [][]uint8) (rows []Row) {
			for i := 0; i < len(trials); i += n {
				rows = append(rows, branchRow(s, trials[i:i+n], answers[i:i+n]))
			}
			return rows
		},
	}, nil
}

// editPart branches contexts before a wall of coloured blocks: one is broken, or its gap filled, or nothing is done for as long.
// Every context gives two trials, which are compared in the frame after the one that first shows the change in truth.
func (r *room) editPart(name string, change, first int) (part, error) {
	var still []Trial // those in which nothing is done
	made, err := r.search(r.size.Cases, first, func(seed uint64, _ int) (Trial, bool, error) {
		p, at, err := r.edit(seed, change, 0, 0, true)
		if err != nil || at == 0 || at+2 > p.clip.Len() {
			return Trial{}, false, err
		}
		other, _, err := r.edit(seed, change, 0, at, false)
		if err != nil || at+2 > other.clip.Len() {
			return Trial{}, false, err
		}
		steps := at + 2 - loopGiven
		t, s := p.trial(0, loopGiven, steps), other.trial(0, loopGiven, steps)
		if _, differ := apartAt(t, s, t.Truth, s.Truth, steps); !differ {
			return Trial{}, false, nil
		}
		still = append(still, s)
		return t, true, nil
	})
	if err != nil {
		return part{}, err
	}
	var trials []Trial
	for i, t := range made {
		trials = append(trials, t, still[i])
	}
	label, _, _ := env.ParseName(editScene)
	kinds := []Kind{more(label+", "+name+" at completion", "branch_accuracy", "", 0.9, mean(0))}
	return part{
		trials: trials, kinds: kinds, rank: 1, shown: func(i int) int { return 2 * i }, beside: steeredBeside,
		grade: func(answers [][]uint8) (rows []Row) {
			for i := 0; i < len(trials); i += 2 {
				t, s := trials[i], trials[i+1]
				right, _ := apartAt(t, s, answers[i], answers[i+1], t.Frames())
				rows = append(rows, Row{right, 1 - right})
			}
			return rows
		},
	}, nil
}

// acting returns a policy of random actions that are held for some steps, a function of the seed.
func acting(seed uint64) policy {
	rng := rand.New(rand.NewPCG(seed, agentStream))
	var action env.Value
	return func(step int, truth env.Env) env.Value {
		if step == 0 || rng.IntN(4) == 0 {
			action = truth.Spec().Action.New()
			truth.Spec().Action.Sample(rng, action)
		}
		return action
	}
}

// branchRow counts, for each moment, the pairs of branches that are told apart and all pairs that differ; then those of left
// and right; then the share of wrong ones, by which cases are ordered; then, for each moment, the pairs of all actions.
func branchRow(s controlScene, trials []Trial, answers [][]uint8) Row {
	row := make(Row, 4*len(branchMoments)+3)
	last := 2 * len(branchMoments)
	for k, m := range branchMoments {
		for a := range trials {
			for b := range a {
				right, differ := apartAt(trials[a], trials[b], answers[a], answers[b], m)
				if !differ {
					continue
				}
				row[last+3+2*k] += right
				row[last+4+2*k]++
				if a >= len(s.actions) {
					continue
				}
				row[2*k] += right
				row[2*k+1]++
				sides := s.actions[a] == s.right && s.actions[b] == s.left || s.actions[a] == s.left && s.actions[b] == s.right
				if sides && k == len(branchMoments)-1 {
					row[last] += right
					row[last+1]++
				}
			}
		}
	}
	row[last+2] = 1 - row[last-2]/row[last-1]
	return row
}

// apartAt says whether two answers, a step after the context, are nearer to their own truths than to each other's: 1, or a half
// where that is undecided. It does not count where hardly anything differs between the truths.
func apartAt(a, b Trial, answerA, answerB []uint8, step int) (right float64, differ bool) {
	at := a.Known() + step - 1
	truthA, truthB := a.frame(a.Truth, at), b.frame(b.Truth, at)
	mask := make([]bool, len(truthA)/3)
	const least = 4 // pixels that must differ
	if metrics.Changed(mask, truthA, truthB) < least {
		return 0, false
	}
	gotA, gotB := a.frame(answerA, at), b.frame(answerB, at)
	own := metrics.Of(gotA, truthA).Squares + metrics.Of(gotB, truthB).Squares
	other := metrics.Of(gotA, truthB).Squares + metrics.Of(gotB, truthA).Squares
	return above(other, own), true
}

// swap is an attribute of a scene that words tell, with two values of it.
type swap struct {
	name, scene, param string
	low, high          float64
	// given is how many frames are given; frames how many are compared.
	given, frames int
	fixed         map[string]float64
}

var swaps = []swap{
	{"gravity", "RigidBounce-v0", "gravity", 1, 8, 1, 16, map[string]float64{"discs": 1}},
	{"gravity of a throw", "RigidParabola-v0", "gravity", 0.5, 8, 1, 12, map[string]float64{"velocity": 2}},
	{"bounciness", "RigidBounce-v0", "restitution", 0.2, 0.95, 1, 30, map[string]float64{"discs": 1, "gravity": 6}},
	{"speed", "RigidUniform-v0", "velocity", 1, 3.8, 1, 16, nil},
	{"speed behind a box", occlusionScene, "speed", 1.2, 3.8, 1, 16, map[string]float64{"discs": 1}},
	{"what waits behind", behindScene, "event", 0, 1, 1, 44, map[string]float64{"lift": 0, "speed": 3}},
	{"friction", "RigidRamp-v0", "friction", 0, 0.9, 1, 20, map[string]float64{"body": 1, "angle": 25}},
	{"bounce of a throw", "RigidReturn-v0", "restitution", 0.1, 0.85, 1, 60, map[string]float64{"away": 0.8, "gravity": 6}},
}

// textExam swaps a word and looks whether the dream follows.
func textExam() *Exam {
	e := &Exam{
		Number: 15, Name: "text", Title: "Eight attributes in words: does the dream go where the words point?",
		Sizes: map[Suite]Size{Quick: {Cases: 2}, Full: {Cases: 16}, Paper: {Cases: 100, Samples: 3}},
		Figures: map[string]string{
			"direction": "share of pairs, one picture under two captions that differ in one attribute, of which the dreams are nearer to their own true ones than to each other's; without text, and under shuffled text in the mean, it is 50%",
		},
		prepare: func(r *room) (parts []part, err error) {
			p, err := r.textPart()
			return []part{p}, err
		},
	}
	seen := map[string]bool{}
	for _, s := range swaps {
		if !seen[s.scene] {
			seen[s.scene] = true
			e.Scenes = append(e.Scenes, s.scene)
		}
	}
	return e
}

// textPart draws pairs of trials that share a first frame, as near as the scene allows, and differ in an attribute. Both are
// given the first one's frame, each its own caption.
func (r *room) textPart() (part, error) {
	var trials []Trial
	var of []int
	for k, s := range swaps {
		for i := range r.size.Cases {
			seed := r.held(k*512 + i)
			var pair []Trial
			for _, value := range []float64{s.low, s.high} {
				params := map[string]float64{s.param: value}
				for name, v := range s.fixed {
					params[name] = v
				}
				p, err := r.play(s.scene, seed, params, nil, s.given+s.frames)
				if err != nil {
					return part{}, err
				}
				if p.clip.Len() < s.given+s.frames {
					break
				}
				t := p.trial(0, s.given, s.frames)
				if t.Context.Caption, err = p.told(); err != nil {
					return part{}, err
				}
				if len(pair) == 1 {
					t.Context.Frames = pair[0].Context.Frames
				}
				pair = append(pair, t)
			}
			if len(pair) == 2 {
				trials, of = append(trials, pair...), append(of, k)
			}
		}
	}
	kinds := []Kind{more("", "direction", "", 0.85, mean(0))}
	for k, s := range swaps {
		kinds = append(kinds, more(s.name, "direction", "", none, mean(2+k)))
	}
	return part{
		trials: trials, kinds: kinds, rank: 1, shown: func(i int) int { return 2 * i },
		beside: []string{CopyLast, NearestClip, Oracle, NoisyOracle, Untrained},
		grade: func(answers [][]uint8) (rows []Row) {
			for i, k := range of {
				rows = append(rows, swapRow(trials[2*i], trials[2*i+1], answers[2*i], answers[2*i+1], k))
			}
			return rows
		},
	}, nil
}

// swapRow compares the two dreams over the second half of their frames; the attribute is kept apart in a column of its own.
func swapRow(a, b Trial, answerA, answerB []uint8, attribute int) Row {
	row := make(Row, 2+len(swaps))
	for i := range row {
		row[i] = math.NaN()
	}
	half := a.Frames() / 2 * a.Size()
	own := metrics.Of(answerA[half:], a.Truth[half:]).Squares + metrics.Of(answerB[half:], b.Truth[half:]).Squares
	other := metrics.Of(answerA[half:], b.Truth[half:]).Squares + metrics.Of(answerB[half:], a.Truth[half:]).Squares
	if metrics.Of(a.Truth[half:], b.Truth[half:]).Squares == 0 {
		return row
	}
	row[0] = above(other, own)
	row[1] = own / max(other, 1)
	row[2+attribute] = row[0]
	return row
}
