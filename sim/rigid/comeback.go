package rigid

import (
	"fmt"
	"math"

	"github.com/jakecoffman/cp/v2"
)

var comeback = scene{
	id:      "RigidReturn-v0",
	doc:     "A disc is thrown up out of the picture, falls back into it and bounces.",
	actions: 1,
	steps:   100,
	params: []param{
		random("away", "time for which the disc is out of the picture, seconds", 1.2, 0.2, 3),
		random("gravity", "downward acceleration, units per second squared", 5, 1, 12),
		random("drift", "how far the disc moves sideways while it is away, units; negative: to the left", 1, -8, 8),
		random("restitution", "fraction of the normal velocity that a contact gives back", 0.6, 0, 0.9),
	},
	build: func(w *world) script {
		w.ground = ground(w.rng)
		away := w.params.draw(w.rng, "away", 0.6, 1.8)
		w.fall(w.params.draw(w.rng, "gravity", 3.5, 7))
		side, size := float64(2*w.rng.IntN(2)-1), uniform(w.rng, 0.3, 2)
		drift := w.params.propose("drift", side*size)
		w.bounce(w.params.draw(w.rng, "restitution", 0.4, 0.8))
		w.walls(true, false, false, false)
		radius := uniform(w.rng, smallest, 1.1)
		paints := shuffled(w.rng)
		t := throw{radius: radius, away: away, drift: drift, start: uniform(w.rng, radius, 0.35*w.height)}
		at, velocity := t.plan(w, w.rng.Float64())
		w.shaft(at.Y + velocity.Y*velocity.Y/(2*w.gravity) + 1)
		disc := w.disc(paints[0], radius, at, velocity)
		return script{caption: func() (string, string) { return captionReturn(w, disc) }}
	},
}

// throw is a disc that is to leave over the upper edge for a given time; start is the height at which it is thrown.
type throw struct{ radius, away, drift, start float64 }

// plan returns where the disc starts and how fast. It rises out of sight at the speed that gravity takes from it in half of
// the time away. The sideways velocity is that of the drift, less where the disc would hit a side on the way; slide, 0 to 1,
// is where in the room that the way leaves.
func (t throw) plan(w *world, slide float64) (at, velocity cp.Vector) {
	leaving := w.gravity * t.away / 2
	up := math.Sqrt(leaving*leaving + 2*w.gravity*(w.height+t.radius-t.start))
	// From the throw to the return, and on to the floor.
	flight := (up + math.Sqrt(up*up+2*w.gravity*(t.start-t.radius))) / w.gravity
	room := w.width - 2*t.radius
	way := t.drift / t.away * flight
	way = min(max(way, -room), room)
	x := t.radius + max(-way, 0) + slide*(room-math.Abs(way))
	return cp.Vector{X: x, Y: t.start}, cp.Vector{X: way / flight, Y: up}
}

// shaft closes the sides up to a height far above the picture.
func (w *world) shaft(top float64) {
	w.surface(w.space.wall(cp.Vector{X: w.width}, cp.Vector{X: w.width, Y: top}))
	w.surface(w.space.wall(cp.Vector{Y: top}, cp.Vector{}))
}

func captionReturn(w *world, disc *body) (short, detailed string) {
	short = article(disc.paint.name) + " disc is thrown up"
	place := fmt.Sprintf("%s is %s and %s", describe(disc), w.whereabouts(disc), motion(disc))
	switch v := disc.velocity(); {
	case !w.inFrame(disc) && v.Y > 0:
		place = fmt.Sprintf("%s has left the picture over the upper edge and still rises", describe(disc))
		short += " and out of the picture"
	case !w.inFrame(disc):
		place = fmt.Sprintf("%s is above the upper edge and falls back towards the picture", describe(disc))
		short += " and out of the picture"
	}
	return short, sentences(place,
		fmt.Sprintf("behind it is a %s background", w.ground.name),
		fmt.Sprintf("there is %s and contacts are %s", gravityWord(w.gravity), bounceWord(w.restitution)),
		"what leaves over the upper edge comes back")
}
