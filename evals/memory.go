package evals

import (
	"fmt"

	"somnium/env"
	"somnium/evals/metrics"
)

// awaySteps are for how long the player looks away.
var awaySteps = []int{8, 64, 256}

// awayTurns is how often the player turns by ten degrees to look away: the wall is then out of sight.
const awayTurns = 8

// memoryExam changes a block of a wall, looks away, and looks again.
func memoryExam() *Exam {
	return &Exam{
		Number: 13, Name: "memory", Title: "A block is broken or placed; after a look away, is it still so?",
		Scenes: []string{editScene},
		Sizes:  map[Suite]Size{Quick: {Cases: 2, Frames: 64}, Full: {Cases: 8}, Paper: {Cases: 200, Samples: 3}},
		Figures: map[string]string{
			"state_accuracy": "share of dreams that looked away and show in the end the changed wall rather than the unchanged one, on the pixels in which the true two differ",
			"reverted":       "share of dreams whose last frame shows the unchanged wall rather than the changed one",
			"looked_away":    "share of dreams that are, in the middle, nearer to the true view than to the wall",
		},
		prepare: func(r *room) (parts []part, err error) {
			for k, steps := range awaySteps {
				if r.size.Frames > 0 && steps > r.size.Frames {
					break
				}
				p, err := r.memoryPart(steps, 1024*k)
				if err != nil {
					return nil, err
				}
				parts = append(parts, p)
			}
			return parts, nil
		},
	}
}

// edit plays the change, where it is to be made, then the look away and back. changed is the number of the frame that first
// shows the change; where no change is made it says how long to wait.
func (r *room) edit(seed uint64, change, steps, changed int, make bool) (p *played, at int, err error) {
	const patience = 160
	params := map[string]float64{"change": float64(change), "hold": 256}
	at = changed
	do := []int{flatAttack, flatUse}[change]
	policy := func(step int, truth env.Env) env.Value {
		if step < loopGiven {
			return env.Int(flatNothing)
		}
		if make && at == 0 {
			prober, _ := env.As[env.Prober](truth)
			if prober.State().Values["stage"] < 1 {
				return env.Int(do)
			}
			at = step
		}
		switch since := step - at; {
		case since < 0:
			return env.Int(flatNothing)
		case since < 2: // the change is seen for a moment
			return env.Int(flatNothing)
		case since < 2+awayTurns:
			return env.Int(flatTurnRight)
		case since < 2+awayTurns+steps:
			return env.Int(flatNothing)
		case since < 2+2*awayTurns+steps:
			return env.Int(flatTurnLeft)
		case since < 5+2*awayTurns+steps:
			return env.Int(flatNothing)
		}
		return env.Value{}
	}
	p, err = r.play(editScene, seed, params, policy, loopGiven+patience+2*awayTurns+steps+4)
	return p, at, err
}

// The columns of memories.
const (
	colKept = iota
	colReverted
	colAway
	colMemoryRank
)

func (r *room) memoryPart(steps, first int) (part, error) {
	var unchanged [][]uint8
	trials, err := r.search(r.size.Cases, first, func(seed uint64, found int) (Trial, bool, error) {
		change := found % 2
		p, at, err := r.edit(seed, change, steps, 0, true)
		length := at + 2 + 2*awayTurns + steps + 1 // frames to the one that shows the wall again
		if err != nil || at == 0 || length > p.clip.Len() {
			return Trial{}, false, err
		}
		other, _, err := r.edit(seed, change, steps, at, false)
		if err != nil || length > other.clip.Len() {
			return Trial{}, false, err
		}
		from := at + 3 - loopGiven
		t := p.trial(from, loopGiven, length-at-3)
		still := frame(other.clip, length-1)
		mask := make([]bool, t.Size()/3)
		if metrics.Changed(mask, t.frame(t.Truth, t.Known()+t.Frames()-1), still) < 8 {
			return Trial{}, false, nil
		}
		unchanged = append(unchanged, append([]uint8(nil), still...))
		return t, true, nil
	})
	if err != nil {
		return part{}, err
	}
	name, bar := fmt.Sprintf("%3d steps", steps), 0.9
	if steps >= 256 {
		bar = 0.75
	}
	kinds := []Kind{
		more(name, "state_accuracy", "", bar, mean(colKept)), less(name, "reverted", "", none, mean(colReverted)),
		more(name, "looked_away", "", none, mean(colAway)),
	}
	return part{
		trials: trials, kinds: kinds, rank: colMemoryRank, beside: steeredBeside,
		grade: func(answers [][]uint8) (rows []Row) {
			for i, t := range trials {
				rows = append(rows, memoryRow(t, answers[i], unchanged[i]))
			}
			return rows
		},
	}, nil
}

func memoryRow(t Trial, answer, unchanged []uint8) Row {
	last := t.Known() + t.Frames() - 1
	got, truth := t.frame(answer, last), t.frame(t.Truth, last)
	mask := make([]bool, len(got)/3)
	metrics.Changed(mask, truth, unchanged)
	kept := above(metrics.OfMasked(got, unchanged, mask).Squares, metrics.OfMasked(got, truth, mask).Squares)
	away := lookedAway(t, answer, t.Known()+t.Frames()/2)
	return Row{kept * away, 1 - kept, away, metrics.Of(got, truth).Squares}
}
