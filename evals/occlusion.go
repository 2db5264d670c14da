package evals

import (
	"fmt"
	"math"

	"somnium/env"
	"somnium/evals/parse"
)

// How long, in frames, the disc is out of sight.
var hiddenFor = []int{2, 4, 8, 16, 32}

const (
	occlusionScene = "RigidOccluder-v0"
	behindScene    = "RigidBehind-v0"
	// seen is how much of a disc may be covered for it to count as in sight, hidden how much must be to be out of it.
	seen, hidden = 0.02, 0.98
)

// occlusionExam asks whether a disc that went behind a box comes out again: when, where, and as what.
func occlusionExam() *Exam {
	return &Exam{
		Number: 5, Name: "occlusion", Title: "A disc goes behind a box, and comes out, stays or turns back",
		Scenes: []string{occlusionScene, behindScene},
		Sizes:  map[Suite]Size{Quick: {Cases: 2}, Full: {Cases: 16}, Paper: {Cases: 200, Samples: 3}},
		Figures: map[string]string{
			"reappearance": "share of discs that are seen again, within two radii of the true one, while that is wholly back in sight: up to 8 frames",
			"exit_time":    "mean frames by which the disc is first seen again too early or too late, where it is",
			"exit_place":   "mean distance from the true disc once that is wholly in sight, in its radii, where it is seen",
			"color_error":  "mean |difference| of the colour to the true one, of 255, where it is seen",
			"size_error":   "mean |radius - true| / true, where it is seen",
			"false_births": "share of frames that show a disc where there is none, or a second one",
			"place_missed": "share of cases in which the lifted box does not show the disc within half a radius of its place",
		},
		prepare: func(r *room) (parts []part, err error) {
			for k, h := range hiddenFor {
				p, err := r.occlusionPart(h, k*512)
				if err != nil {
					return nil, err
				}
				parts = append(parts, p)
			}
			for event, name := range []string{"", "stops behind", "turns behind"} {
				if event == 0 {
					continue
				}
				p, err := r.behindPart(name, float64(event), 2560+512*event)
				if err != nil {
					return nil, err
				}
				parts = append(parts, p)
			}
			return parts, nil
		},
	}
}

// The columns of occlusions.
const (
	colAgain = iota
	colExitTime
	colExitPlace
	colColor
	colSize
	colBirths
	colPlaceMissed
)

// occlusionPart draws discs that are out of sight for h frames.
func (r *room) occlusionPart(h, first int) (part, error) {
	trials, err := r.search(r.size.Cases, first, func(seed uint64, _ int) (Trial, bool, error) {
		params := map[string]float64{"discs": 1, "walls": 0, "occluder_x": 0.5}
		p, err := r.play(occlusionScene, seed, params, nil, 1)
		if err != nil {
			return Trial{}, false, err
		}
		// The speed, and the box, at which a disc of this size is hidden for h frames and a half.
		const widest, fastest = 4.6, 3
		diameter, time := p.states[0].Bodies[0].Size[0], phySeconds*(float64(h)+0.5)
		params["speed"] = min(fastest, (widest-diameter)/time)
		params["occluder_width"] = diameter + params["speed"]*time
		return r.hideAndSeek(occlusionScene, seed, params, h)
	})
	if err != nil {
		return part{}, fmt.Errorf("discs hidden for %d frames: %w", h, err)
	}
	split := fmt.Sprintf("%2d frames", h)
	bar, place, births := 0.95, 0.5, 0.02
	if h > 8 {
		bar = 0.85
	}
	kinds := []Kind{
		more(split, "reappearance", "", bar, mean(colAgain)), less(split, "exit_time", "frames", none, mean(colExitTime)),
		less(split, "exit_place", "radii", place, mean(colExitPlace)), less(split, "color_error", "", none, mean(colColor)),
		less(split, "size_error", "", none, mean(colSize)), less(split, "false_births", "", births, mean(colBirths)),
	}
	return occlusionGrade(trials, kinds, exitRow), nil
}

func occlusionGrade(trials []Trial, kinds []Kind, row func(t Trial, answer []uint8) Row) part {
	return part{
		trials: trials, kinds: kinds, rank: colExitPlace, beside: allBeside,
		grade: func(answers [][]uint8) (rows []Row) {
			for i, t := range trials {
				rows = append(rows, row(t, answers[i]))
			}
			return rows
		},
	}
}

// hideAndSeek cuts the trial out of an episode in which the disc is out of sight for h frames: up to eight frames to the
// last in which it is wholly in sight, and on until eight frames after it is wholly back.
func (r *room) hideAndSeek(scene string, seed uint64, params map[string]float64, h int) (Trial, bool, error) {
	p, err := r.play(scene, seed, params, nil, 100)
	if err != nil {
		return Trial{}, false, err
	}
	last, gone, back := -1, 0, -1
	for i, s := range p.states {
		d := s.Bodies[0]
		switch {
		case d.Hidden > hidden:
			gone++
		case gone == 0 && d.Hidden < seen && d.InFrame:
			last = i
		case gone > 0 && d.Hidden < seen:
			back = i
		}
		if back >= 0 {
			break
		}
	}
	const after = 8
	if last < 3 || back < 0 || gone < h-1 || gone > h+1 || back+1 >= p.clip.Len() {
		return Trial{}, false, nil
	}
	end := min(back+after, p.clip.Len()-1)
	for i := back; i <= end; i++ { // as long as it is wholly in view
		if !redBall.inside(Trial{States: p.states}, i) {
			end = i - 1
			break
		}
	}
	given := min(8, last+1)
	if end < back {
		return Trial{}, false, nil
	}
	t := p.trial(last+1-given, given, end-last)
	truth := exitRow(t, t.Truth)
	return t, truth[colAgain] == 1 && truth[colBirths] == 0, nil // what the parser can read
}

// sighting is what a frame shows of a disc of a colour.
func sighting(t Trial, frame []uint8, body int) []parse.Thing {
	h, w := t.Context.Height, t.Context.Width
	return parse.Of(frame, h, w, parse.Color(t.States[0].Bodies[body].Color), parse.Ground(frame), 5)
}

// distance returns how far a thing is from the true disc of frame i, in its radii.
func discDistance(t Trial, thing parse.Thing, i int) float64 {
	d := t.States[i].Bodies[0]
	unit := t.States[i].Values["world_width"] / float64(t.Context.Width)
	x, y := thing.X*unit, (float64(t.Context.Height)-thing.Y)*unit
	return math.Hypot(x-d.Position[0], y-d.Position[1]) / (d.Size[0] / 2)
}

// exitRow measures how a disc comes back.
func exitRow(t Trial, answer []uint8) Row {
	row := Row{0, math.NaN(), math.NaN(), math.NaN(), math.NaN(), 0, math.NaN()}
	n := t.Known() + t.Frames()
	gone, out, trueOut := false, -1, -1 // frames of the first sight after
	var places, sizes, colors []float64
	births, frames := 0.0, 0.0
	radius := t.States[0].Bodies[0].Size[0] / 2 * float64(t.Context.Width) / t.States[0].Values["world_width"]
	for i := t.Known(); i < n; i++ {
		d := t.States[i].Bodies[0]
		things := sighting(t, t.frame(answer, i), 0)
		gone = gone || d.Hidden > hidden
		frames++
		if len(things) > 1 || len(things) > 0 && d.Hidden > hidden && largeAs(things[0], radius) {
			births++
		}
		if !gone {
			continue
		}
		if trueOut < 0 && d.Hidden < 0.5 {
			trueOut = i
		}
		whole := len(things) > 0 && largeAs(things[0], radius)
		if out < 0 && whole && d.Hidden <= hidden {
			out = i
		}
		if d.Hidden < seen && whole {
			place := discDistance(t, things[0], i)
			if place <= 2 {
				row[colAgain] = 1
			}
			places = append(places, place)
			sizes = append(sizes, math.Abs(things[0].Radius()-radius)/radius)
			colors = append(colors, colorError(t, answer, i, things[0]))
		}
	}
	row[colBirths] = births / frames
	if out >= 0 && trueOut >= 0 {
		row[colExitTime] = math.Abs(float64(out - trueOut))
	}
	if len(places) > 0 {
		row[colExitPlace], row[colSize], row[colColor] = average(places), average(sizes), average(colors)
	}
	return row
}

// largeAs says whether a thing has at least half of a disc's area.
func largeAs(t parse.Thing, radius float64) bool { return t.Area > math.Pi*radius*radius/2 }

// colorError is the mean |difference| of the pixels around the thing's middle to the true colour.
func colorError(t Trial, answer []uint8, i int, thing parse.Thing) float64 {
	frame, want := t.frame(answer, i), t.States[0].Bodies[0].Color
	sum, n := 0.0, 0.0
	for y := int(thing.Y) - 1; y <= int(thing.Y)+1; y++ {
		for x := int(thing.X) - 1; x <= int(thing.X)+1; x++ {
			if y < 0 || x < 0 || y >= t.Context.Height || x >= t.Context.Width {
				continue
			}
			for k := range 3 {
				sum += math.Abs(float64(frame[3*(y*t.Context.Width+x)+k]) - float64(want[k]))
				n++
			}
		}
	}
	return sum / max(n, 1)
}

// behindPart draws discs that stop or turn back behind a box, which is lifted some frames after.
func (r *room) behindPart(name string, event float64, first int) (part, error) {
	const lift, frames = 30, 62
	trials, err := r.search(r.size.Cases, first, func(seed uint64, _ int) (Trial, bool, error) {
		p, err := r.play(behindScene, seed, map[string]float64{"event": event, "lift": lift, "speed": 2.5}, nil, frames)
		if err != nil || p.over {
			return Trial{}, false, err
		}
		last, disc := -1, discOf(p.states[0])
		for i, s := range p.states {
			if s.Bodies[disc].Hidden > seen {
				break
			}
			last = i
		}
		if last < 3 || last > lift-6 {
			return Trial{}, false, nil
		}
		given := min(8, last+1)
		t := p.trial(last+1-given, given, frames-last-1)
		truth := liftRow(t, t.Truth)
		return t, truth[colPlaceMissed] == 0 && truth[colBirths] == 0, nil // what the parser can read
	})
	if err != nil {
		return part{}, err
	}
	kinds := []Kind{
		less(name, "place_missed", "", 0.15, mean(colPlaceMissed)), less(name, "false_births", "", 0.02, mean(colBirths)),
		less(name, "exit_place", "radii", none, mean(colExitPlace)),
	}
	return occlusionGrade(trials, kinds, liftRow), nil
}

// discOf returns the place of the disc among the bodies.
func discOf(s env.State) int {
	for i, b := range s.Bodies {
		if b.Kind == "disc" {
			return i
		}
	}
	return 0
}

// liftRow measures whether the disc is where it should be once the box is out of the way: over the last eight frames.
func liftRow(t Trial, answer []uint8) Row {
	row := Row{math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), 0, 1}
	n := t.Known() + t.Frames()
	disc := discOf(t.States[0])
	d0 := t.States[0].Bodies[disc]
	radius := d0.Size[0] / 2 * float64(t.Context.Width) / t.States[0].Values["world_width"]
	births, frames := 0.0, 0.0
	var places []float64
	for i := t.Known(); i < n; i++ {
		d := t.States[i].Bodies[disc]
		things := sighting(t, t.frame(answer, i), disc)
		frames++
		if len(things) > 1 && largeAs(things[1], radius) || d.Hidden > hidden && len(things) > 0 && largeAs(things[0], radius) {
			births++
		}
		if i < n-8 || d.Hidden > seen || !d.InFrame || len(things) == 0 || !largeAs(things[0], radius) {
			continue
		}
		unit := t.States[i].Values["world_width"] / float64(t.Context.Width)
		x, y := things[0].X*unit, (float64(t.Context.Height)-things[0].Y)*unit
		places = append(places, math.Hypot(x-d.Position[0], y-d.Position[1])/(d.Size[0]/2))
	}
	row[colBirths] = births / frames
	if len(places) > 0 {
		row[colExitPlace] = average(places)
		row[colPlaceMissed] = truthValue(row[colExitPlace] > 0.5)
	}
	return row
}

// percent writes a share.
func percent(x float64) string { return fmt.Sprintf("%.0f%%", 100*x) }
