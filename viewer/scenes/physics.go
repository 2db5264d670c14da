package scenes

import (
	"fmt"
	"math"

	"somnium/env"
	"somnium/viewer/wire"
)

// ofKind returns the bodies of a kind.
func ofKind(state env.State, kind string) []env.Body {
	var list []env.Body
	for _, b := range state.Bodies {
		if b.Kind == kind {
			list = append(list, b)
		}
	}
	return list
}

// collision compares the speeds after the discs have met with those of an elastic push; masses go by area.
func collision(f Film, at int) []wire.Line {
	first, now := ofKind(f.State(0), "disc"), ofKind(f.State(at), "disc")
	if len(first) != 2 || len(now) != 2 {
		return nil
	}
	met := -1
	for t := 1; t <= at && met < 0; t++ {
		if d := ofKind(f.State(t), "disc"); len(d) == 2 && math.Abs(d[0].Velocity[0]-first[0].Velocity[0]) > 1e-3 {
			met = t
		}
	}
	u, v := first[0].Velocity[0], first[1].Velocity[0]
	if met < 0 {
		return []wire.Line{{Mood: open, Text: fmt.Sprintf("Before: %+.2f and %+.2f units a second. They have not met.", u, v)}}
	}
	m, n := first[0].Size[0]*first[0].Size[0], first[1].Size[0]*first[1].Size[0]
	wantU, wantV := ((m-n)*u+2*n*v)/(m+n), ((n-m)*v+2*m*u)/(m+n)
	gotU, gotV := now[0].Velocity[0], now[1].Velocity[0]
	mood := good
	if math.Abs(gotU-wantU)+math.Abs(gotV-wantV) > 0.05*(math.Abs(wantU)+math.Abs(wantV))+0.02 {
		mood = bad
	}
	lines := []wire.Line{{Mood: mood, Text: fmt.Sprintf(
		"They met at frame %d. After: %+.2f and %+.2f; an elastic push gives %+.2f and %+.2f.", met, gotU, gotV, wantU, wantV)}}
	return append(lines, dreamOf(f, at, now)...)
}

// dreamOf says whether the dream shows the bodies of a frame where they are.
func dreamOf(f Film, at int, bodies []env.Body) []wire.Line {
	if f.Dream(at) == nil || at < f.Context() {
		return nil
	}
	const enough = 8 // pixels, fewer of which tell nothing
	least, visible := 1.0, 0
	for _, b := range bodies {
		if share, pixels := shown(f, at, b); b.InFrame && b.Hidden < back && pixels >= enough {
			visible++
			least = min(least, share)
		}
	}
	switch {
	case visible == 0:
		return nil
	case least >= shownEnough:
		return []wire.Line{{Mood: good, Text: fmt.Sprintf("The dream has all of it in place: at least %.0f%% of each.", 100*least)}}
	}
	return []wire.Line{{Mood: bad, Text: fmt.Sprintf("The dream has something out of place: %.0f%% of it is right.", 100*least)}}
}

// parabola holds the height of the disc to the law of falling bodies.
func parabola(f Film, at int) []wire.Line {
	first, now := f.State(0), f.State(at)
	before, after := ofKind(first, "disc"), ofKind(now, "disc")
	if len(before) != 1 || len(after) != 1 {
		return nil
	}
	if at == 0 {
		return []wire.Line{{Mood: open, Text: "It is thrown."}}
	}
	// The world counts ten frames a second.
	g, t := now.Values["gravity"], float64(now.Step-first.Step)/10
	want := before[0].Position[1] + before[0].Velocity[1]*t - g*t*t/2
	off := after[0].Position[1] - want
	mood := good
	if math.Abs(off) > 0.3 {
		mood = bad
	}
	lines := []wire.Line{{Mood: mood, Text: fmt.Sprintf("After %.1f s it is %.2f units up; falling at %.1f units per second squared gives %.2f.", t, after[0].Position[1], g, want)}}
	if !after[0].InFrame {
		return append(lines, wire.Line{Mood: told, Text: "It has left the frame."})
	}
	return append(lines, dreamOf(f, at, after)...)
}

// struck returns the first frame at which the disc goes on otherwise than it came, -1 where it has met nothing.
func struck(f Film, at int) int {
	first := ofKind(f.State(0), "disc")
	for t := 1; t <= at && len(first) > 0; t++ {
		if d := ofKind(f.State(t), "disc"); len(d) > 0 && math.Abs(d[0].Velocity[0]-first[0].Velocity[0]) > 0.1*math.Abs(first[0].Velocity[0]) {
			return t
		}
	}
	return -1
}

// shatter says whether the glass had to break, and whether it did.
func shatter(f Film, at int) []wire.Line {
	impact := f.State(0).Values["impact"]
	must := impact > 1
	broke := -1
	for t := 0; t <= at && broke < 0; t++ {
		if len(ofKind(f.State(t), "piece")) > 0 {
			broke = t
		}
	}
	hit := fmt.Sprintf("The blow is %.1f times what the glass can bear", impact)
	pieces := ofKind(f.State(at), "piece")
	switch {
	case broke >= 0 && must:
		broken := len(ofKind(f.State(broke), "piece"))
		line := wire.Line{Mood: good, Text: fmt.Sprintf("%s: it broke at frame %d, into %d pieces, all of which are still there.", hit, broke, broken)}
		if len(pieces) < broken {
			line = wire.Line{Mood: bad, Text: fmt.Sprintf("%s: it broke at frame %d, into %d pieces, of which %d are left.", hit, broke, broken, len(pieces))}
		}
		return append([]wire.Line{line}, dreamOf(f, at, ofKind(f.State(at), "disc"))...)
	case broke >= 0:
		return []wire.Line{{Mood: bad, Text: fmt.Sprintf("%s, and it broke at frame %d.", hit, broke)}}
	}
	line := wire.Line{Mood: open, Text: hit + ". It has not been hit yet."}
	if met := struck(f, at); met >= 0 && must && at > met+2 {
		line = wire.Line{Mood: bad, Text: fmt.Sprintf("%s: it was hit at frame %d, and did not break.", hit, met)}
	} else if met >= 0 && !must {
		line = wire.Line{Mood: good, Text: fmt.Sprintf("%s: it was hit at frame %d, and holds.", hit, met)}
	}
	return append([]wire.Line{line}, dreamOf(f, at, ofKind(f.State(at), "disc"))...)
}

// stack says whether the boxes stand.
func stack(f Film, at int) []wire.Line {
	first, now := ofKind(f.State(0), "box"), ofKind(f.State(at), "box")
	if len(first) == 0 || len(first) != len(now) {
		return nil
	}
	fallen := 0
	for i := range now {
		if math.Abs(now[i].Angle-first[i].Angle) > 0.3 || math.Abs(now[i].Position[1]-first[i].Position[1]) > 0.5 {
			fallen++
		}
	}
	line := wire.Line{Mood: told, Text: fmt.Sprintf("All %d boxes stand.", len(now))}
	if fallen > 0 {
		line.Text = fmt.Sprintf("%d of %d boxes have fallen.", fallen, len(now))
	}
	return append([]wire.Line{line}, dreamOf(f, at, now)...)
}
