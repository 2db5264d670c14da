package rigid

import (
	"fmt"

	"github.com/jakecoffman/cp/v2"
)

var occlusion = scene{
	id:      "RigidOccluder-v0",
	doc:     "Discs move across and pass behind a flat box that hides them.",
	actions: 1,
	steps:   100,
	params: []param{
		counting(random("discs", "number of discs", 1, 1, 2)),
		random("speed", "speed of the discs, units per second", 2.5, 0, 6),
		random("occluder_width", "width of the occluder, units; 0 for none", 3.5, 0, 8),
		random("occluder_x", "place of the occluder's middle, as a fraction of the picture's width", 0.5, 0, 1),
		counting(fixed("walls", "1: discs bounce back at the sides; 0: they leave the picture", 1, 0, 1)),
	},
	build: func(w *world) script {
		w.ground = ground(w.rng)
		w.bounce(1)
		if w.params.get("walls") == 1 {
			w.walls(false, true, false, true)
		}
		screen := drawScreen(w)
		lanes(w, screen)
		if screen.width > 0 {
			w.picture(kindOccluder, screen.paint, screen.width, screen.height, screen.at)
		}
		return script{caption: func() (string, string) { return captionOccluder(w) }}
	},
}

// screen is the occluder to be.
type screen struct {
	paint         paint
	width, height float64
	at            cp.Vector
}

// drawScreen draws an occluder that stands on the lower edge and is high enough to hide two discs one above the other.
func drawScreen(w *world) screen {
	const below = 0.5 // what is left free at the top at least, units
	s := screen{paint: wallPaints[w.rng.IntN(len(wallPaints))]}
	s.width = w.params.draw(w.rng, "occluder_width", 3, 4.6)
	s.height = uniform(w.rng, 0.7*w.height, w.height-below)
	s.at = cp.Vector{X: w.width * w.params.draw(w.rng, "occluder_x", 0.35, 0.65), Y: s.height / 2}
	return s
}

// lanes adds discs that move sideways, each at a height of its own so that they never meet, in full view at first where
// the occluder leaves room for that, and low enough to be hidden wholly.
func lanes(w *world, s screen) {
	const (
		gap      = 0.2 // between a disc and the end of its lane, units
		hideable = 1.0 // largest radius, units: the narrowest occluder drawn hides such a disc for two frames or more
	)
	count := w.params.drawWhole(w.rng, "discs", 1, 2)
	paints := shuffled(w.rng)
	lane := s.height / float64(count)
	for i := range count {
		radius := uniform(w.rng, smallest, hideable)
		y := lane*float64(i) + uniform(w.rng, radius+gap, lane-radius-gap)
		speed := w.params.propose("speed", uniform(w.rng, 1.2, 4))
		x, heading := laneStart(w, s, radius)
		w.disc(paints[i], radius, cp.Vector{X: x, Y: y}, cp.Vector{X: heading * speed})
	}
}

// laneStart draws a side of the occluder, where there is room a place there in full view, and the direction towards or
// away from it: two in three move towards it.
func laneStart(w *world, s screen, radius float64) (x, heading float64) {
	rightward := w.rng.IntN(2) == 1
	towards := w.rng.IntN(3) > 0
	left, right := s.at.X-s.width/2, w.width-(s.at.X+s.width/2)
	room, other := left, right
	if !rightward {
		room, other = right, left
	}
	if room < 2*radius && other > room {
		rightward, room = !rightward, other
	}
	x = uniform(w.rng, radius, max(radius, room-radius))
	heading = 1
	if !rightward {
		x, heading = w.width-x, -1
	}
	if !towards && w.params.get("walls") == 1 {
		heading = -heading
	}
	return x, heading
}

func captionOccluder(w *world) (short, detailed string) {
	var discs []*body
	var hider *body
	for _, b := range w.bodies {
		if b.kind == kindOccluder {
			hider = b
		} else {
			discs = append(discs, b)
		}
	}
	short = article(discs[0].paint.name) + " disc moves across"
	if len(discs) > 1 {
		short = fmt.Sprintf("%s and %s disc move across", article(discs[0].paint.name), article(discs[1].paint.name))
	}
	var list []string
	for _, b := range discs {
		place := w.whereabouts(b)
		if hider != nil && w.hidden(b) > 0.95 {
			place = "out of sight behind the occluder"
		}
		list = append(list, fmt.Sprintf("%s is %s and %s", describe(b), place, motion(b)))
	}
	if hider == nil {
		list = append(list, fmt.Sprintf("there is no occluder on the %s background", w.ground.name))
		return short, sentences(list...)
	}
	short += " behind a " + hider.paint.name + " box"
	list = append(list, fmt.Sprintf("a flat %s box %s of the %s background hides whatever passes behind it",
		hider.paint.name, w.side(hider), w.ground.name))
	if w.params.get("walls") == 1 {
		list = append(list, "discs bounce back at the sides of the picture")
	}
	return short, sentences(list...)
}
