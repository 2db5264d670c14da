package rigid

import (
	"fmt"

	"github.com/jakecoffman/cp/v2"
)

// What happens to the disc of RigidBehind-v0 while it is out of sight.
const (
	passes = iota
	stops
	turnsBack
)

// riseSpeed is the speed of an occluder that is lifted, in units per second.
const riseSpeed = 2.5

var hiding = scene{
	id:      "RigidBehind-v0",
	doc:     "A disc passes, stops or turns back behind a box that hides it and later rises.",
	actions: 1,
	steps:   100,
	params: []param{
		counting(random("event", "what happens behind the box: 0 the disc passes, 1 it stops at a dull post, 2 it turns back at an elastic one", 1, passes, turnsBack)),
		random("speed", "speed of the disc, units per second", 2.5, 0.5, 6),
		random("occluder_width", "width of the box, units", 4, 3, 6),
		counting(fixed("lift", "frame after which the box rises out of the picture; 0: never", 60, 0, 1000)),
	},
	build: func(w *world) script {
		w.ground = ground(w.rng)
		event := w.params.drawWhole(w.rng, "event", passes, turnsBack)
		width := w.params.draw(w.rng, "occluder_width", 3.4, 4.4)
		height := uniform(w.rng, 0.5*w.height, 0.8*w.height)
		middle := w.width * uniform(w.rng, 0.42, 0.58)
		heading := float64(2*w.rng.IntN(2) - 1)
		paint := wallPaints[w.rng.IntN(len(wallPaints))]
		paints := shuffled(w.rng)
		speed := w.params.propose("speed", uniform(w.rng, 1.5, 3.5))
		// Disc and post are hidden together while they touch, and a frame before.
		radius := min(uniform(w.rng, smallest, 1), width/2-postWidth-0.2)
		y := uniform(w.rng, radius+0.3, height-radius-0.3)
		start := w.width/2 - heading*(w.width/2-radius-uniform(w.rng, 0, 0.4))
		w.bounce(1)
		w.walls(false, true, false, true)
		if event != passes {
			w.bounce([...]float64{stops: 0, turnsBack: 1}[event])
			w.fixed(kindPost, paints[1], rectangle(postWidth, 2*radius), cp.Vector{X: middle + heading*(radius+postWidth/2), Y: y}, 0)
		}
		w.bounce(1)
		disc := w.disc(paints[0], radius, cp.Vector{X: start, Y: y}, cp.Vector{X: heading * speed})
		h := &hider{world: w, disc: disc, event: event, lift: int(w.params.get("lift"))}
		h.box = w.driven(kindOccluder, paint, width, height, cp.Vector{X: middle, Y: height / 2})
		return script{act: h.act, caption: h.caption}
	},
}

// postWidth is the width of the post behind the box, in units.
const postWidth = 0.3

// hider is the box of RigidBehind-v0 with what it hides.
type hider struct {
	world       *world
	disc, box   *body
	event, lift int
	frames      int // since the start
}

// act lifts the box once its time has come, until it is out of the picture.
func (h *hider) act(int) {
	h.frames++
	rise := 0.0
	if h.lift > 0 && h.frames > h.lift && h.box.position().Y < h.world.height+h.box.half[1] {
		rise = riseSpeed
	}
	h.box.rigid.SetVelocity(0, rise)
}

func (h *hider) caption() (short, detailed string) {
	w := h.world
	place := w.whereabouts(h.disc)
	if w.hidden(h.disc) > 0.95 {
		place = "out of sight behind the box"
	}
	short = fmt.Sprintf("%s disc %s behind a %s box", article(h.disc.paint.name), [...]string{"passes", "stops", "turns back"}[h.event], h.box.paint.name)
	list := []string{
		fmt.Sprintf("%s is %s and %s", describe(h.disc), place, motion(h.disc)),
		fmt.Sprintf("a flat %s box %s of the %s background hides whatever is behind it", h.box.paint.name, w.side(h.box), w.ground.name),
		[...]string{
			"there is nothing behind the box, so that the disc passes",
			"a dull post behind the box stops the disc",
			"an elastic post behind the box turns the disc back",
		}[h.event],
	}
	switch {
	case !w.inFrame(h.box):
		list[1] = fmt.Sprintf("the %s box that hid the middle of the %s background has risen out of the picture", h.box.paint.name, w.ground.name)
	case h.box.velocity().Y > 0:
		list = append(list, "the box rises")
	}
	return short, sentences(list...)
}
