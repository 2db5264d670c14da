package evals

import (
	"fmt"
	"math"

	"somnium/env"
	"somnium/evals/metrics"
)

// The names of the voxel worlds and their flat actions.
const (
	turnScene = "VoxelLookAway-v0?flat=1"
	walkScene = "VoxelLoop-v0?flat=1"
	editScene = "VoxelRevisit-v0?flat=1"

	flatNothing, flatForward, flatBack = 0, 1, 2
	flatAttack, flatUse                = 7, 8
	flatTurnLeft, flatTurnRight        = 9, 10
)

// loopGiven is how many frames are given of the place that is come back to.
const loopGiven = 8

// walks are how far A and B are apart, in blocks.
var walks = []int{5, 15, 30, 50}

// loopExam turns round once, and walks from A to B and back: is the place still the same?
func loopExam() *Exam {
	return &Exam{
		Number: 12, Version: 1, Name: "loop", Title: "A turn of 360 degrees, a walk to B and back: the same view again?",
		Scenes: []string{turnScene, walkScene},
		Sizes:  map[Suite]Size{Quick: {Cases: 2, Frames: 150}, Full: {Cases: 6}, Paper: {Cases: 100, Samples: 3}},
		Figures: map[string]string{
			"psnr":           "PSNR of the last frame, which shows the first view again, to the true one",
			"ssim":           "structural similarity of the two",
			"retrieval":      "share of last frames that are nearer to their own true view than to 15 others, of other places and of the way; frames count only where the dream has looked away in between",
			"looked_away":    "share of dreams that in the middle of the way are nearer to the true view there than to the first one",
			"cells_right":    "share of 8 by 8 cells of the last frame whose mean colour is within 24 levels of the true one",
			"psnr_of_others": "PSNR of those 15 other views to the true one: what any picture of the world would have",
			"psnr_changed":   "PSNR in the middle of the way over pixels that differ from the first view",
		},
		prepare: func(r *room) (parts []part, err error) {
			p, err := r.turnPart()
			if err != nil {
				return nil, err
			}
			parts = append(parts, p)
			for k, blocks := range walks {
				if r.size.Frames > 0 && 10*blocks > r.size.Frames {
					break
				}
				if p, err = r.walkPart(blocks, 1024+512*k); err != nil {
					return nil, fmt.Errorf("%d blocks: %w", blocks, err)
				}
				parts = append(parts, p)
			}
			return parts, nil
		},
	}
}

func (r *room) turnPart() (part, error) {
	const turns = 36
	trials, err := r.search(r.size.Cases, 0, func(seed uint64, _ int) (Trial, bool, error) {
		action := []int{flatTurnLeft, flatTurnRight}[seed%2]
		p, err := r.play(turnScene, seed, nil, func(step int, _ env.Env) env.Value {
			if step < loopGiven-1 {
				return env.Int(flatNothing)
			}
			return env.Int(action)
		}, loopGiven+turns)
		if err != nil || p.over {
			return Trial{}, false, err
		}
		return p.trial(0, loopGiven, turns), true, nil
	})
	return loopPart("turn of 360 degrees", trials, 20), err
}

// walkPart walks blocks ahead and back again; backwards and ahead again where the scene's beacon, which ends the episode of who has
// been there and returns, cannot be put behind B.
func (r *room) walkPart(blocks, first int) (part, error) {
	const beyond, farthestMark = 6, 50
	away, home := flatForward, flatBack
	if blocks+beyond > farthestMark {
		away, home = flatBack, flatForward
	}
	trials, err := r.search(r.size.Cases, first, func(seed uint64, _ int) (Trial, bool, error) {
		frames := loopGiven + 10*blocks + 20
		turned, arrived, farthest, since := false, 0, 0.0, 0
		var start [2]float64
		p, err := r.play(walkScene, seed, map[string]float64{"mark_distance": float64(min(blocks+beyond, farthestMark))}, func(step int, truth env.Env) env.Value {
			prober, _ := env.As[env.Prober](truth)
			v := prober.State().Values
			if step == 0 {
				start = [2]float64{v["x"], v["z"]}
			}
			distance := math.Hypot(v["x"]-start[0], v["z"]-start[1])
			turned = turned || distance >= float64(blocks)
			if since++; distance > farthest+0.05 || turned || step < loopGiven {
				farthest, since = max(farthest, distance), 0
			}
			if since > 8 || arrived > 0 && step > arrived+3 { // something is in the way, or all is done
				return env.Value{}
			}
			switch {
			case step < loopGiven-1 || arrived > 0:
				return env.Int(flatNothing)
			case !turned:
				return env.Int(away)
			case distance <= 0.22:
				arrived = step
				return env.Int(flatNothing)
			}
			return env.Int(home)
		}, frames)
		if err != nil || !turned || arrived == 0 || arrived+3 > p.clip.Len() {
			return Trial{}, false, err
		}
		return p.trial(0, loopGiven, arrived+3-loopGiven), true, nil
	})
	bar := 20.0
	if blocks <= 5 {
		bar = 24
	}
	return loopPart(fmt.Sprintf("%d blocks and back", blocks), trials, bar), err
}

// The columns of loops.
const (
	colLoopSquares = iota
	colLoopValues
	colLoopSSIM
	colRetrieved
	colLookedAway
	colCells
	colWaySquares
	colWayValues
	colOtherSquares
	colOtherValues
	colLoopRank
)

func loopPart(name string, trials []Trial, bar float64) part {
	kinds := []Kind{
		more(name, "psnr", "dB", bar, psnr(colLoopSquares, colLoopValues)), more(name, "ssim", "", none, mean(colLoopSSIM)),
		more(name, "retrieval", "", 0.8, mean(colRetrieved)), more(name, "looked_away", "", none, mean(colLookedAway)),
		more(name, "cells_right", "", none, mean(colCells)), more(name, "psnr_changed", "dB", none, psnr(colWaySquares, colWayValues)),
		more(name, "psnr_of_others", "dB", none, psnr(colOtherSquares, colOtherValues)),
	}
	return part{
		trials: trials, kinds: kinds, rank: colLoopRank, beside: steeredBeside,
		grade: func(answers [][]uint8) (rows []Row) {
			for i := range trials {
				rows = append(rows, loopRow(trials, i, answers[i]))
			}
			return rows
		},
	}
}

func loopRow(trials []Trial, i int, answer []uint8) Row {
	t := trials[i]
	h, w := t.Context.Height, t.Context.Width
	last, middle := t.Known()+t.Frames()-1, t.Known()+t.Frames()/2
	got, truth := t.frame(answer, last), t.frame(t.Truth, last)
	e := metrics.Of(got, truth)
	away := lookedAway(t, answer, middle)
	mask := make([]bool, h*w)
	metrics.Changed(mask, t.frame(t.Truth, middle), t.frame(nil, t.Known()-1))
	way := metrics.OfMasked(t.frame(answer, middle), t.frame(t.Truth, middle), mask)
	retrieved := 1.0
	var others metrics.Errors
	for _, view := range otherViews(trials, i) {
		if metrics.Of(got, view).Squares <= e.Squares {
			retrieved = 0
		}
		other := metrics.Of(view, truth)
		others.Squares, others.Values = others.Squares+other.Squares, others.Values+other.Values
	}
	return Row{
		e.Squares, float64(e.Values), metrics.SSIM(got, truth, h, w), retrieved * away, away, cellsRight(got, truth, h, w),
		way.Squares, float64(way.Values), others.Squares, float64(others.Values), e.Squares,
	}
}

// lookedAway is 1 where the dreamed frame is nearer to the true one than to the last given one.
func lookedAway(t Trial, answer []uint8, at int) float64 {
	got := t.frame(answer, at)
	return truthValue(metrics.Of(got, t.frame(t.Truth, at)).Squares < metrics.Of(got, t.frame(nil, t.Known()-1)).Squares)
}

// otherViews returns fifteen views that are not the one that is come back to: what other trials come back to, and what is seen
// about the middle of the way.
func otherViews(trials []Trial, i int) (views [][]uint8) {
	const most = 15
	for k, t := range trials {
		if k != i && len(views) < most/2 {
			views = append(views, t.frame(t.Truth, t.Known()+t.Frames()-1))
		}
	}
	t := trials[i]
	for own := most - len(views); len(views) < most; {
		at := t.Known() + t.Frames()/4 + (most-len(views)-1)*t.Frames()/2/own
		views = append(views, t.frame(t.Truth, at))
	}
	return views
}

// cellsRight is the share of 8 by 8 cells whose mean colours are alike.
func cellsRight(a, b []uint8, height, width int) float64 {
	const side, alike = 8, 24
	right, all := 0.0, 0.0
	for y := 0; y+side <= height; y += side {
		for x := 0; x+side <= width; x += side {
			near := true
			for k := range 3 {
				sum := 0
				for dy := range side {
					for dx := range side {
						at := 3*((y+dy)*width+x+dx) + k
						sum += int(a[at]) - int(b[at])
					}
				}
				near = near && math.Abs(float64(sum)) <= alike*side*side
			}
			right += truthValue(near)
			all++
		}
	}
	return right / all
}
