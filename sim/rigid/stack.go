package rigid

import (
	"fmt"
	"slices"

	"github.com/jakecoffman/cp/v2"
)

var stack = scene{
	id:      "RigidStack-v0",
	doc:     "A stack of boxes stands, topples or is hit by a disc.",
	actions: 1,
	steps:   80,
	params: []param{
		counting(random("boxes", "number of boxes", 4, 2, 5)),
		random("offset", "how far a box may stand off the one below, as a fraction of half of that one's width", 0.6, 0, 0.95),
		random("disc_speed", "speed of a disc that comes in from a side, units per second; 0: there is none", 6, 0, 12),
		fixed("friction", "coefficient of friction of every contact", 0.6, 0, 1),
		fixed("gravity", "downward acceleration, units per second squared", 6, 1, 15),
	},
	build: func(w *world) script {
		w.ground = ground(w.rng)
		count := w.params.drawWhole(w.rng, "boxes", 3, 5)
		offset := w.params.draw(w.rng, "offset", 0.2, 0.95)
		struck, speed := w.rng.IntN(2) == 0, uniform(w.rng, 4, 9)
		if !struck {
			speed = 0
		}
		speed = w.params.propose("disc_speed", speed)
		w.fall(w.params.get("gravity"))
		w.rub(w.params.get("friction"))
		w.bounce(0)
		w.walls(true, true, false, true)
		t := &tower{world: w}
		paints := shuffled(w.rng)
		t.build(count, offset, paints[:])
		t.strike(speed, paints[len(paints)-1])
		return script{caption: t.caption}
	},
}

// tower is the boxes of RigidStack-v0, from the lowest to the highest, and the disc that hits them, or nil.
type tower struct {
	world *world
	boxes []*body
	start []cp.Vector // of the boxes
	disc  *body
}

// build stacks the boxes, resting on each other.
func (t *tower) build(count int, offset float64, paints []paint) {
	w := t.world
	x, floor := w.width*uniform(w.rng, 0.42, 0.58), 0.0
	below := 0.0
	// One tower in two leans: every box stands off to the same side.
	lean, leans := float64(2*w.rng.IntN(2)-1), w.rng.IntN(2) == 0
	for i := range count {
		width, height := uniform(w.rng, 1.4, 2.2), uniform(w.rng, 0.8, 1.2)
		if side := float64(2*w.rng.IntN(2) - 1); !leans {
			lean = side
		}
		off := lean * uniform(w.rng, 0.4, 1) * offset * below / 2
		if i > 0 {
			x += off
		}
		x = min(max(x, width/2), w.width-width/2)
		at := cp.Vector{X: x, Y: floor + height/2 - slop/2}
		t.boxes = append(t.boxes, w.box(paints[i], width, height, at, 0))
		t.start = append(t.start, at)
		floor, below = at.Y+height/2, width
	}
}

// strike sends a disc along the floor at the tower, from the side that is farther off.
func (t *tower) strike(speed float64, paint paint) {
	w := t.world
	radius, from := uniform(w.rng, 0.8, 1.1), w.rng.Float64()
	if speed == 0 {
		return
	}
	x, heading := radius+from*0.6, 1.0
	if t.boxes[0].position().X < w.width/2 {
		x, heading = w.width-x, -1
	}
	t.disc = w.disc(paint, radius, cp.Vector{X: x, Y: radius - slop/2}, cp.Vector{X: heading * speed})
}

// stands says whether no box has moved from where it began, by more than a contact gives.
func (t *tower) stands() bool {
	for i, b := range t.boxes {
		if b.position().Distance(t.start[i]) > 0.1 {
			return false
		}
	}
	return true
}

func (t *tower) caption() (short, detailed string) {
	w := t.world
	does := "stands"
	if !t.stands() {
		does = "has toppled"
		if slices.ContainsFunc(t.boxes, func(b *body) bool { return b.velocity().Length() > 0.1 }) {
			does = "topples"
		}
	}
	short = fmt.Sprintf("a stack of %s boxes %s", number(len(t.boxes)), does)
	if t.disc != nil && t.disc.velocity().Length() > 0.5 {
		short += " as a disc rolls at it"
	}
	names := make([]string, len(t.boxes))
	for i, b := range t.boxes {
		names[i] = article(b.paint.name)
	}
	list := []string{fmt.Sprintf("a stack of %s boxes, from the lowest up %s box, %s before a %s background",
		number(len(t.boxes)), enumerate(names), does, w.ground.name)}
	for _, b := range t.boxes {
		if does != "stands" {
			list = append(list, fmt.Sprintf("the %s box is %s and %s", b.paint.name, w.whereabouts(b), motion(b)))
		}
	}
	if t.disc != nil {
		list = append(list, fmt.Sprintf("%s is %s and %s", describe(t.disc), w.whereabouts(t.disc), motion(t.disc)))
	}
	list = append(list, fmt.Sprintf("there is %s and %s", gravityWord(w.gravity), frictionWord(w.grip)))
	return short, sentences(list...)
}
