package rigid

import (
	"fmt"
	"math"

	"github.com/jakecoffman/cp/v2"
)

var ramp = scene{
	id:      "RigidRamp-v0",
	doc:     "A box slides or a disc rolls down a ramp, or friction holds the box.",
	actions: 1,
	steps:   60,
	params: []param{
		counting(random("body", "what stands on the ramp: 0 a disc, 1 a box", 1, 0, 1)),
		random("angle", "angle of the ramp, degrees", 25, 5, 50),
		random("friction", "coefficient of friction of every contact", 0.2, 0, 1),
		random("gravity", "downward acceleration, units per second squared", 6, 0, 15),
	},
	build: func(w *world) script {
		w.ground = ground(w.rng)
		kind := w.params.drawWhole(w.rng, "body", 0, 1)
		angle := w.params.draw(w.rng, "angle", 15, 38) * math.Pi / 180
		w.rub(w.params.draw(w.rng, "friction", 0, 0.6))
		w.fall(w.params.draw(w.rng, "gravity", 4, 8))
		s := drawSlope(w, angle)
		half := uniform(w.rng, 0.5, 0.8)
		paints := shuffled(w.rng)
		w.bounce(0)
		w.walls(true, true, false, true)
		wedge := w.fixed(kindRamp, wallPaints[w.rng.IntN(len(wallPaints))], s.outline(), cp.Vector{X: s.mirror(w, s.foot/3), Y: s.top / 3}, 0)
		// On the surface, as deep in it as a resting contact is left.
		along := uniform(w.rng, half+0.1, 0.25*s.foot)
		at := cp.Vector{X: along + (half-slop)*math.Sin(angle), Y: s.top - along*math.Tan(angle) + (half-slop)*math.Cos(angle)}
		at.X = s.mirror(w, max(at.X, half))
		var slider *body
		if kind == 0 {
			slider = w.disc(paints[0], half, at, cp.Vector{})
		} else {
			slider = w.box(paints[0], 2*half, 2*half, at, -s.side*angle)
		}
		return script{caption: func() (string, string) { return captionRamp(w, s, slider, wedge) }}
	},
}

// slope is a ramp: from the height top at one side of the picture down to the floor, foot units from there. side is 1 where
// it goes down to the right, -1 to the left.
type slope struct{ angle, foot, top, side float64 }

// drawSlope draws a ramp that leaves room above and before it.
func drawSlope(w *world, angle float64) slope {
	const highest = 0.62 // of the picture's height
	s := slope{angle: angle, foot: w.width * uniform(w.rng, 0.55, 0.72), side: float64(2*w.rng.IntN(2) - 1)}
	s.foot = min(s.foot, highest*w.height/math.Tan(angle))
	s.top = s.foot * math.Tan(angle)
	return s
}

// mirror returns the place along the picture that is x units from the ramp's high side.
func (s slope) mirror(w *world, x float64) float64 {
	if s.side < 0 {
		return w.width - x
	}
	return x
}

// outline returns the ramp's triangle around its centre of mass.
func (s slope) outline() []cp.Vector {
	x, y := s.foot/3, s.top/3
	if s.side < 0 {
		return []cp.Vector{{X: -2 * x, Y: -y}, {X: x, Y: -y}, {X: x, Y: 2 * y}}
	}
	return []cp.Vector{{X: -x, Y: -y}, {X: 2 * x, Y: -y}, {X: -x, Y: 2 * y}}
}

func captionRamp(w *world, s slope, slider, wedge *body) (short, detailed string) {
	verb, thing := "slides", "box"
	if slider.form == disc {
		verb, thing = "goes", "disc"
		if w.grip > 0 {
			verb = "rolls"
		}
	}
	does := verb + " down a ramp"
	if slider.velocity().Length() < 0.1 {
		does = "rests on a ramp"
	}
	p := slider.position()
	if distance := s.mirror(w, p.X); distance > s.foot {
		does = "has come down a ramp"
	}
	direction := "right"
	if s.side < 0 {
		direction = "left"
	}
	return fmt.Sprintf("%s %s %s", article(slider.paint.name), thing, does), sentences(
		fmt.Sprintf("a %s %s ramp goes down to the %s before a %s background", steepness(s.angle), wedge.paint.name, direction, w.ground.name),
		fmt.Sprintf("a %s %s %s is %s and %s", sizeWord(slider.radius()), slider.paint.name, thing, w.whereabouts(slider), motion(slider)),
		fmt.Sprintf("there is %s and %s", gravityWord(w.gravity), frictionWord(w.grip)))
}

// steepness tells an angle from the horizontal, in radians, as a word.
func steepness(angle float64) string {
	switch degrees := angle * 180 / math.Pi; {
	case degrees < 20:
		return "gentle"
	case degrees < 30:
		return "steep"
	}
	return "very steep"
}

// frictionWord tells a coefficient of friction in words.
func frictionWord(friction float64) string {
	switch {
	case friction == 0:
		return "no friction"
	case friction < 0.3:
		return "little friction"
	}
	return "much friction"
}
