package rigid

import (
	"fmt"
	"math"

	"github.com/jakecoffman/cp/v2"
)

// Sizes of the discs of the scenes that are not PhyWorld's: visible in a picture of 64 by 64 pixels.
const (
	smallest = 0.6
	largest  = 1.3
)

var bouncing = scene{
	id:      "RigidBounce-v0",
	doc:     "One to three discs bounce in a box under gravity.",
	actions: 1,
	steps:   100,
	params: []param{
		counting(random("discs", "number of discs", 2, 1, 3)),
		random("gravity", "downward acceleration, units per second squared", 5, 0, 12),
		random("restitution", "fraction of the normal velocity that a contact gives back", 0.8, 0, 1),
	},
	build: func(w *world) script {
		w.ground = ground(w.rng)
		count := w.params.drawWhole(w.rng, "discs", 1, 3)
		w.fall(w.params.draw(w.rng, "gravity", 1, 8))
		w.bounce(w.params.draw(w.rng, "restitution", 0.5, 1))
		w.walls(true, true, true, true)
		scatter(w, count)
		return script{caption: func() (string, string) { return captionBounce(w) }}
	},
}

// scatter adds discs of different colours in random motion, none touching another or a wall.
func scatter(w *world, count int) {
	paints := shuffled(w.rng)
	for i := range count {
		radius := uniform(w.rng, smallest, largest)
		at := w.clearing(radius)
		speed, heading := uniform(w.rng, 1, 5), uniform(w.rng, 0, 2*math.Pi)
		w.disc(paints[i], radius, at, cp.Vector{X: speed * math.Cos(heading), Y: speed * math.Sin(heading)})
	}
}

// clearing draws a place for a disc that is clear of the walls and of the bodies there. Three of the largest discs leave
// room in the smallest world, so that the loop ends; should it not find any, the last place drawn stands.
func (w *world) clearing(radius float64) cp.Vector {
	const attempts, gap = 200, 0.1
	var at cp.Vector
	for range attempts {
		at.X = uniform(w.rng, radius+gap, w.width-radius-gap)
		at.Y = uniform(w.rng, radius+gap, w.height-radius-gap)
		if !w.crowded(at, radius+gap) {
			break
		}
	}
	return at
}

// crowded says whether a disc at the place would overlap a body, all bodies taken as discs.
func (w *world) crowded(at cp.Vector, radius float64) bool {
	for _, b := range w.bodies {
		if b.position().Distance(at) < b.radius()+radius {
			return true
		}
	}
	return false
}

func captionBounce(w *world) (short, detailed string) {
	first := w.bodies[0]
	short = article(first.paint.name) + " disc bounces in a box"
	if n := len(w.bodies); n > 1 {
		short = fmt.Sprintf("%s discs bounce in a box", number(n))
	}
	list := []string{fmt.Sprintf("%s in a box with a %s background", bounced(len(w.bodies)), w.ground.name)}
	for _, b := range w.bodies {
		list = append(list, fmt.Sprintf("%s is %s and %s", describe(b), w.whereabouts(b), motion(b)))
	}
	list = append(list, fmt.Sprintf("there is %s and the contacts are %s", gravityWord(w.gravity), bounceWord(w.restitution)))
	return short, sentences(list...)
}

func bounced(n int) string {
	if n == 1 {
		return "one disc bounces"
	}
	return number(n) + " discs bounce"
}
