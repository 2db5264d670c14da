package rigid

import (
	"fmt"
	"math"

	"github.com/jakecoffman/cp/v2"
)

var pendulum = scene{
	id:      "RigidPendulum-v0",
	doc:     "A bob swings on a rigid rod.",
	actions: 1,
	steps:   100,
	params: []param{
		random("length", "length of the rod, from the pivot to the middle of the bob, units", 3.5, 1.5, 4),
		random("angle", "angle from the vertical at the start, degrees, to the right", 50, -150, 150),
		random("gravity", "downward acceleration, units per second squared", 8, 0, 20),
		fixed("damping", "rate at which the swing loses angular velocity, per second", 0, 0, 2),
	},
	build: func(w *world) script {
		w.ground = ground(w.rng)
		paints := shuffled(w.rng)
		length := w.params.draw(w.rng, "length", 2.5, 4)
		side, size := float64(2*w.rng.IntN(2)-1), uniform(w.rng, 20, 100)
		angle := w.params.propose("angle", side*size)
		w.fall(w.params.draw(w.rng, "gravity", 5, 12))
		radius := uniform(w.rng, smallest, 0.9)
		s := &swing{length: length, gravity: w.gravity, damping: w.params.get("damping"), angle: angle * math.Pi / 180}
		s.pivot = cp.Vector{X: w.width / 2, Y: s.level(w, radius, w.rng.Float64())}
		rod := w.driven(kindRod, wallPaints[w.rng.IntN(len(wallPaints))], 0.2, length, cp.Vector{})
		bob := w.driven(kindBob, paints[0], 2*radius, 0, cp.Vector{})
		s.hang(rod, 0.5)
		s.hang(bob, 1)
		return script{watch: s.advance, caption: func() (string, string) { return captionPendulum(w, s, bob, rod) }}
	},
}

// swing is a pendulum: angle is its angle from the vertical in radians, to the right, rate the angle's velocity.
//
// It is integrated by itself, by the classical Runge-Kutta method, whose error over an episode is far below what a picture
// shows; a joint of the solver would lose energy.
type swing struct {
	pivot                    cp.Vector
	length, gravity, damping float64
	angle, rate              float64
	hung                     []hung
}

// hung is a body on the rod, at a fraction of its length from the pivot.
type hung struct {
	*body
	at float64
}

// level returns a height for the pivot that keeps a bob of the radius in view; slide, 0 to 1, is where in the room for it.
func (s *swing) level(w *world, radius, slide float64) float64 {
	low := s.length + radius
	high := w.height - radius - s.length*max(0, -math.Cos(s.angle))
	if low > high {
		return (low + high) / 2
	}
	return low + (high-low)*slide
}

// hang puts a driven body onto the rod.
func (s *swing) hang(b *body, at float64) {
	s.hung = append(s.hung, hung{b, at})
	s.place()
}

// advance swings for a substep, after the solver's, and moves what hangs there.
func (s *swing) advance() {
	const h = timestep
	a1, r1 := s.rate, s.pull(s.angle, s.rate)
	a2, r2 := s.rate+h/2*r1, s.pull(s.angle+h/2*a1, s.rate+h/2*r1)
	a3, r3 := s.rate+h/2*r2, s.pull(s.angle+h/2*a2, s.rate+h/2*r2)
	a4, r4 := s.rate+h*r3, s.pull(s.angle+h*a3, s.rate+h*r3)
	s.angle += h / 6 * (a1 + 2*a2 + 2*a3 + a4)
	s.rate += h / 6 * (r1 + 2*r2 + 2*r3 + r4)
	s.place()
}

// pull returns the angular acceleration.
func (s *swing) pull(angle, rate float64) float64 {
	return -s.gravity/s.length*math.Sin(angle) - s.damping*rate
}

// place moves every body to where the angle has it, with the velocity that it has there.
func (s *swing) place() {
	sin, cos := math.Sincos(s.angle)
	for _, b := range s.hung {
		l := b.at * s.length
		b.rigid.SetPosition(cp.Vector{X: s.pivot.X + l*sin, Y: s.pivot.Y - l*cos})
		b.rigid.SetVelocity(l*s.rate*cos, l*s.rate*sin)
		b.rigid.SetAngle(s.angle)
		b.rigid.SetAngularVelocity(s.rate)
	}
}

// energy returns the mechanical energy over the mass of the bob, 0 at rest below the pivot.
func (s *swing) energy() float64 {
	v := s.rate * s.length
	return v*v/2 + s.gravity*s.length*(1-math.Cos(s.angle))
}

func captionPendulum(w *world, s *swing, bob, rod *body) (short, detailed string) {
	height := "near the lowest point of its path"
	if top := s.energy(); top > 0 && s.gravity*s.length*(1-math.Cos(s.angle)) > top/2 {
		height = "near a turning point of its path"
	}
	return article(bob.paint.name) + " pendulum swings", sentences(
		fmt.Sprintf("a %s %s bob swings on a %s %s rod before a %s background",
			sizeWord(bob.radius()), bob.paint.name, lengthWord(s.length), rod.paint.name, w.ground.name),
		fmt.Sprintf("the bob is %s, %s, and %s", w.whereabouts(bob), height, motion(bob)),
		fmt.Sprintf("there is %s and %s", gravityWord(w.gravity), dampingWord(s.damping)))
}

// lengthWord tells a length, in units, as a word.
func lengthWord(length float64) string {
	if length < 3 {
		return "short"
	}
	return "long"
}

// dampingWord tells a rate of damping in words.
func dampingWord(damping float64) string {
	if damping == 0 {
		return "nothing slows the swing"
	}
	return "the swing dies down"
}
