package scenes

import (
	"fmt"
	"math"
	"strings"

	"somnium/env"
	"somnium/viewer/wire"
)

// The voxel tests are staged: the state's "stage" counts what is done, "need" how many steps a stage takes.

// bearing returns by how many degrees the look has turned from the first state's, -180 to 180, to the right.
func bearing(first, now env.State) float64 {
	return wrapped(now.Values["yaw"] - first.Values["yaw"])
}

// wrapped returns an angle as one between -180 and 180 degrees.
func wrapped(degrees float64) float64 {
	return math.Mod(math.Mod(degrees, 360)+540, 360) - 180
}

// alike returns how far two states show the same kinds of blocks, 0 to 1: the overlap of what fills the picture.
func alike(a, b env.State) float64 {
	sum := 0.0
	for name, x := range a.Values {
		if strings.HasPrefix(name, "view_") {
			sum += min(x, b.Values[name])
		}
	}
	return sum
}

// dreamView says whether the dream shows the view of a frame, once it shows what was out of sight.
func dreamView(f Film, at int) []wire.Line {
	const near, enough = 90, 0.7 // a distance of colours, summed over the channels; a share of the pixels
	truth, dream := f.Truth(at), f.Dream(at)
	if truth == nil || dream == nil || at < f.Context() {
		return nil
	}
	right := 0
	for i := 0; i < len(truth); i += 3 {
		if distance(truth[i:], dream[i:]) <= near {
			right++
		}
	}
	share := float64(right) / float64(len(truth)/3)
	if share < enough {
		return []wire.Line{{Mood: bad, Text: fmt.Sprintf("The dream came back to another view: %.0f%% of it is right.", 100*share)}}
	}
	return []wire.Line{{Mood: good, Text: fmt.Sprintf("The dream came back to the same view: %.0f%% of it is right.", 100*share)}}
}

func lookAway(f Film, at int) []wire.Line {
	first, now := f.State(0), f.State(at)
	turned := math.Abs(bearing(first, now))
	switch now.Values["stage"] {
	case 0:
		return []wire.Line{{Mood: open, Text: fmt.Sprintf("Turn away by 90 degrees or more, for %.0f steps: now %.0f degrees.", now.Values["need"], turned)}}
	case 1:
		return []wire.Line{{Mood: open, Text: fmt.Sprintf("Away for long enough. Now look back: %.0f degrees to go.", turned)}}
	}
	share := alike(first, now)
	if share < 0.9 {
		return []wire.Line{{Mood: bad, Text: fmt.Sprintf("Back, and the view is another one: %.0f%% of it is as it was.", 100*share)}}
	}
	line := wire.Line{Mood: good, Text: fmt.Sprintf("Back, and the pillars stand where they stood: %.0f%% of the view is as it was.", 100*share)}
	return append([]wire.Line{line}, dreamView(f, at)...)
}

func behindWall(f Film, at int) []wire.Line {
	names := [...]string{"walks on", "stops there", "turns back"}
	now := f.State(at)
	lines := []wire.Line{}
	for _, b := range ofKind(now, "sheep") {
		switch {
		case !b.InFrame:
			lines = append(lines, wire.Line{Mood: open, Text: "The sheep is out of the frame."})
		case b.Hidden > gone:
			lines = append(lines, wire.Line{Mood: open, Text: "The sheep is behind the wall, and still there."})
		default:
			lines = append(lines, wire.Line{Mood: told, Text: fmt.Sprintf("The sheep is in sight, %.0f%% of it covered.", 100*b.Hidden)})
		}
	}
	if now.Values["stage"] >= 2 {
		course := int(now.Values["course"])
		line := wire.Line{Mood: good, Text: "Found: the crosshair is on the sheep."}
		if course >= 0 && course < len(names) {
			line.Text = "Found: the crosshair is on the sheep, which " + names[course] + "."
		}
		return append(append(lines, line), dreamView(f, at)...)
	}
	if now.Values["stage"] >= 1 {
		lines = append(lines, wire.Line{Mood: open, Text: "It was wholly hidden. Find it: put the crosshair on it."})
	}
	return lines
}

func revisit(f Film, at int) []wire.Line {
	first, now := f.State(0), f.State(at)
	switch now.Values["stage"] {
	case 0:
		return []wire.Line{{Mood: open, Text: "Dig a block out of the wall: hold the left button or E."}}
	case 1:
		return []wire.Line{{Mood: open, Text: fmt.Sprintf("The block is gone. Look away for %.0f steps: now %.0f degrees.", now.Values["need"], math.Abs(bearing(first, now)))}}
	case 2:
		return []wire.Line{{Mood: open, Text: "Now look at the hole again."}}
	}
	return append([]wire.Line{{Mood: good, Text: "The hole is still there: what was changed stays changed."}}, dreamView(f, at)...)
}

func loop(f Film, at int) []wire.Line {
	first, now := f.State(0), f.State(at)
	away := math.Hypot(now.Values["x"]-first.Values["x"], now.Values["z"]-first.Values["z"])
	switch now.Values["stage"] {
	case 0:
		if marks := ofKind(now, "mark"); len(marks) > 0 {
			p := marks[0].Position
			return []wire.Line{{Mood: open, Text: fmt.Sprintf("Walk to the beacon: %.0f blocks to go.", math.Hypot(p[0]-now.Values["x"], p[2]-now.Values["z"]))}}
		}
		return nil
	case 1:
		return []wire.Line{{Mood: open, Text: fmt.Sprintf("The beacon is reached. Back to the red pillar: %.0f blocks.", away)}}
	}
	return append([]wire.Line{{Mood: good, Text: fmt.Sprintf("Home again, %.1f blocks from where it began.", away)}}, dreamView(f, at)...)
}

// turn are hands that turn the look towards a bearing, in degrees to the right.
func turn(by float64) wire.Hands {
	return wire.Hands{Look: [2]float64{min(max(by, -10), 10), 0}}
}

func tourLookAway(first, now env.State) wire.Hands {
	at := bearing(first, now)
	if now.Values["stage"] == 0 {
		if at < 120 {
			return turn(10)
		}
		return wire.Hands{}
	}
	return turn(-at)
}

func tourRevisit(first, now env.State) wire.Hands {
	at := bearing(first, now)
	switch now.Values["stage"] {
	case 0:
		return wire.Hands{Held: []string{"attack"}}
	case 1:
		if at < 120 {
			return turn(10)
		}
		return wire.Hands{}
	}
	return turn(-at)
}

// towards returns by how much the look must turn to point at a place, and how far off that is.
func towards(now env.State, x, z float64) (turn, away float64) {
	dx, dz := x-now.Values["x"], z-now.Values["z"]
	return wrapped(math.Atan2(-dx, dz)*180/math.Pi - now.Values["yaw"]), math.Hypot(dx, dz)
}

func tourBehindWall(first, now env.State) wire.Hands {
	sheep := ofKind(now, "sheep")
	if now.Values["stage"] == 0 || len(sheep) == 0 || sheep[0].Hidden > 0.5 {
		return wire.Hands{}
	}
	p := sheep[0].Position
	by, away := towards(now, p[0], p[2])
	pitch := math.Atan2(now.Values["y"]-p[1], away)*180/math.Pi - now.Values["pitch"]
	return wire.Hands{Look: [2]float64{min(max(by, -10), 10), min(max(pitch, -5), 5)}}
}

func tourLoop(first, now env.State) wire.Hands {
	x, z := first.Values["x"], first.Values["z"]
	if marks := ofKind(now, "mark"); now.Values["stage"] == 0 && len(marks) > 0 {
		x, z = marks[0].Position[0], marks[0].Position[2]
	}
	by, _ := towards(now, x, z)
	h := turn(by)
	if math.Abs(by) < 25 {
		h.Held = []string{"forward", "jump"}
	}
	return h
}
