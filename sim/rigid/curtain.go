package rigid

import (
	"fmt"
	"math"

	"github.com/jakecoffman/cp/v2"
)

var curtain = scene{
	id:      "RigidSwingingOccluder-v0",
	doc:     "A plate swings on a rod and hides the discs behind it again and again.",
	actions: 1,
	steps:   100,
	params: []param{
		counting(random("discs", "number of discs", 1, 1, 2)),
		random("speed", "speed of the discs, units per second; 0: they stay where they are", 1.5, 0, 4),
		random("amplitude", "angle from the vertical at which the plate turns back, degrees", 30, 0, 45),
		random("plate_width", "width of the plate, units", 3.2, 0.5, 5),
	},
	build: func(w *world) script {
		w.ground = ground(w.rng)
		w.bounce(1)
		w.walls(false, true, false, true)
		const gravity = 9 // of the plate alone
		s := &swing{pivot: cp.Vector{X: w.width * uniform(w.rng, 0.42, 0.58), Y: w.height + 1}, gravity: gravity}
		s.length = s.pivot.Y - w.height*0.45
		side := float64(2*w.rng.IntN(2) - 1)
		s.angle = side * math.Pi / 180 * w.params.draw(w.rng, "amplitude", 22, 36)
		width, height := w.params.draw(w.rng, "plate_width", 2.8, 3.6), uniform(w.rng, 4, 5)
		paint := wallPaints[w.rng.IntN(len(wallPaints))]
		behind(w, s, height)
		rod := w.driven(kindRod, paint, 0.2, s.length, cp.Vector{})
		plate := w.driven(kindOccluder, paint, width, height, cp.Vector{})
		s.hang(rod, 0.5)
		s.hang(plate, 1)
		return script{watch: s.advance, caption: func() (string, string) { return captionCurtain(w, s, plate) }}
	},
}

// behind adds the discs, each in a lane of its own within the height of the plate at its lowest; one in three stays where
// it is unless a speed is given.
func behind(w *world, s *swing, height float64) {
	const margin = 0.35 // the plate lifts as it swings
	count := w.params.drawWhole(w.rng, "discs", 1, 2)
	paints := shuffled(w.rng)
	lane := (height - 2*margin) / float64(count)
	speed, still := uniform(w.rng, 0.8, 2.2), w.rng.IntN(3) == 0
	if still {
		speed = 0
	}
	speed = w.params.propose("speed", speed)
	reach := s.length * math.Abs(math.Sin(s.angle))
	for i := range count {
		radius := uniform(w.rng, smallest, min(0.95, lane/2-0.05))
		y := s.pivot.Y - s.length - height/2 + margin + lane*(float64(i)+0.5)
		x := s.pivot.X + uniform(w.rng, -1, 1)*max(reach-0.5, 0)
		heading := float64(2*w.rng.IntN(2) - 1)
		w.disc(paints[i], radius, cp.Vector{X: min(max(x, radius), w.width-radius), Y: y}, cp.Vector{X: heading * speed})
	}
}

func captionCurtain(w *world, s *swing, plate *body) (short, detailed string) {
	var list []string
	discs := w.discs()
	for _, b := range discs {
		place := w.whereabouts(b)
		if w.hidden(b) > 0.95 {
			place = "out of sight behind the plate"
		}
		list = append(list, fmt.Sprintf("%s is %s and %s", describe(b), place, motion(b)))
	}
	list = append(list,
		fmt.Sprintf("a flat %s plate hangs from above before a %s background and swings, hiding what it passes", plate.paint.name, w.ground.name),
		fmt.Sprintf("the plate is %s and %s", w.whereabouts(plate), motion(plate)))
	return fmt.Sprintf("a %s plate swings before %s", plate.paint.name, some(discs)), sentences(list...)
}
