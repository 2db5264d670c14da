package scenes

import (
	"fmt"
	"slices"

	"somnium/env"
	"somnium/viewer/wire"
)

// Above gone, as a fraction of it that is hidden, a thing is out of sight; below back it is in sight again. shownEnough is the
// fraction of its pixels that a dream must have right for a thing to count as shown.
const (
	gone        = 0.95
	back        = 0.25
	shownEnough = 0.5
)

// movers are the kinds that can be lost.
var movers = []string{"disc", "bob", "sheep"}

// absence is a stretch for which a thing was out of sight: frames from..until-1, until 0 while it lasts. behind says that it was
// hidden, and not out of the frame.
type absence struct {
	id, from, until int
	kind            string
	behind          bool
}

// absences returns those up to a frame, in the order in which they began.
func absences(f Film, at int) []absence {
	var list []absence
	open := map[int]int{} // by body, the index in list
	for t := range at + 1 {
		for _, b := range f.State(t).Bodies {
			if !slices.Contains(movers, b.Kind) {
				continue
			}
			i, away := open[b.ID]
			switch {
			case !away && (!b.InFrame || b.Hidden > gone):
				open[b.ID] = len(list)
				list = append(list, absence{id: b.ID, from: t, kind: b.Kind, behind: b.InFrame})
			case away && b.InFrame && b.Hidden < back:
				list[i].until = t
				delete(open, b.ID)
			}
		}
	}
	return list
}

// body returns the body of an id.
func body(state env.State, id int) (env.Body, bool) {
	i := slices.IndexFunc(state.Bodies, func(b env.Body) bool { return b.ID == id })
	if i < 0 {
		return env.Body{}, false
	}
	return state.Bodies[i], true
}

// permanence tells of everything that goes out of sight and comes back, in the truth and in the dream.
func permanence(f Film, at int) []wire.Line {
	list := absences(f, at)
	if len(list) == 0 {
		return []wire.Line{{Text: "Everything is in sight so far.", Mood: open}}
	}
	var lines []wire.Line
	returns, kept := 0, 0
	for i, a := range list {
		if a.until == 0 {
			where := "out of the frame"
			if a.behind {
				where = "behind"
			}
			lines = append(lines, wire.Line{Mood: open,
				Text: fmt.Sprintf("Out of sight since frame %d, for %d frames: the %s is %s and still there.", a.from, at-a.from+1, a.kind, where)})
			continue
		}
		if f.Dream(at) != nil && a.until >= f.Context() {
			returns++
			share, decided := shownSince(f, a, at)
			if share >= shownEnough {
				kept++
			}
			if i == len(list)-1 || !decided {
				lines = append(lines, verdictOn(a, share, decided))
			}
		} else if i == len(list)-1 {
			lines = append(lines, wire.Line{Mood: told,
				Text: fmt.Sprintf("The %s was out of sight for %d frames and is back since frame %d.", a.kind, a.until-a.from, a.until)})
		}
	}
	if returns > 1 {
		mood := good
		if kept < returns {
			mood = bad
		}
		lines = append(lines, wire.Line{Mood: mood, Text: fmt.Sprintf("Of %d returns the dream showed %d.", returns, kept)})
	}
	return lines
}

// patience is for how many frames after its return a thing may be late in the dream.
const patience = 8

func verdictOn(a absence, share float64, decided bool) wire.Line {
	switch {
	case share >= shownEnough:
		return wire.Line{Mood: good, Text: fmt.Sprintf("It came back at frame %d, and the dream shows it: %.0f%% of its pixels are right.", a.until, 100*share)}
	case decided:
		return wire.Line{Mood: bad, Text: fmt.Sprintf("It came back at frame %d, but the dream does not show it there: %.0f%% of its pixels at best.", a.until, 100*share)}
	}
	return wire.Line{Mood: open, Text: fmt.Sprintf("It is back since frame %d. Does the dream show it? %.0f%% of its pixels so far.", a.until, 100*share)}
}

// shownSince returns the greatest fraction of the thing that the dream showed in the frames after its return, and whether these
// are enough to judge by.
func shownSince(f Film, a absence, at int) (share float64, decided bool) {
	until := min(at, a.until+patience)
	for t := a.until; t <= until; t++ {
		if b, ok := body(f.State(t), a.id); ok && b.InFrame && b.Hidden < back {
			right, _ := shown(f, t, b)
			share = max(share, right)
		}
	}
	return share, share >= shownEnough || at >= a.until+patience
}

// shown returns the fraction of a body's pixels in the true picture of a frame that the dream has in about the same colour, and
// how many there are: those of the body's own colour within its box.
func shown(f Film, frame int, b env.Body) (share float64, pixels int) {
	const own, near = 40, 90 // distances of colours, summed over the channels
	truth, dream := f.Truth(frame), f.Dream(frame)
	values := f.State(frame).Values
	wide, high := values["world_width"], values["world_height"]
	if truth == nil || dream == nil || wide <= 0 || high <= 0 {
		return 0, 0
	}
	height, width := f.Size()
	x, y := b.Position[0]/wide*float64(width), (1-b.Position[1]/high)*float64(height)
	reach := max(b.Size[0], b.Size[1]) / 2 * float64(width) / wide
	right := 0
	for row := max(0, int(y-reach)); row <= min(height-1, int(y+reach)); row++ {
		for column := max(0, int(x-reach)); column <= min(width-1, int(x+reach)); column++ {
			i := (row*width + column) * 3
			if distance(truth[i:], b.Color[:]) > own {
				continue
			}
			pixels++
			if distance(dream[i:], b.Color[:]) <= near {
				right++
			}
		}
	}
	if pixels == 0 {
		return 0, 0
	}
	return float64(right) / float64(pixels), pixels
}

// distance returns the sum of the differences of two colours' channels.
func distance(a, b []byte) int {
	sum := 0
	for k := range 3 {
		sum += max(int(a[k])-int(b[k]), int(b[k])-int(a[k]))
	}
	return sum
}

// behind is permanence, and what happened out of sight.
func behind(f Film, at int) []wire.Line {
	lines := permanence(f, at)
	state := f.State(at)
	names := [...]string{"passes", "stops at a post", "turns back"}
	event := int(state.Values["event"])
	list := absences(f, at)
	if event < 0 || event >= len(names) || len(list) == 0 {
		return lines
	}
	if last := list[len(list)-1]; last.until > 0 {
		return append(lines, wire.Line{Mood: told, Text: "Out of sight, the disc " + names[event] + "."})
	}
	return append(lines, wire.Line{Mood: open, Text: fmt.Sprintf("The box rises at frame %.0f.", state.Values["lift"])})
}
