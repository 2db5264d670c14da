package rigid

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/jakecoffman/cp/v2"
)

// The three scenes of PhyWorld (Kang et al., "How Far is Video Generation from World Model: A Physical Law Perspective",
// arXiv 2411.02385), with the settings of its published generator: 10 by 10 units, steps of 0.01 s, a frame every tenth,
// 32 frames, a white ground, a red and a blue ball of equal density, motion to the right.

const (
	// phyFrames is the number of frames of a PhyWorld video.
	phyFrames = 32
	// phyInView is the number of frames over which a lone ball stays wholly in view, where its speed allows.
	phyInView = 24
	// phyApart is the least number of frames before, and after, the collision of two balls.
	phyApart = 8
	// phyMargin is the least distance of a ball from the upper and lower edge, in units.
	phyMargin = 0.5
	// frameTime is the length of a frame, in seconds.
	frameTime = timestep * substeps
)

// span is the range of a quantity: low and high of the training set, and the two ranges outside of it.
type span struct {
	low, high float64
	below     [2]float64
	above     [2]float64
}

// The ranges, in units and in units per second.
var (
	loneRadius = span{0.7, 1.4, [2]float64{0.3, 0.6}, [2]float64{1.5, 2}}
	pairRadius = span{0.5, 1.5, [2]float64{0.3, 0.4}, [2]float64{1.7, 2}}
	phySpeed   = span{1, 4, [2]float64{0, 0.8}, [2]float64{4.5, 6}}
)

// draw draws from the training range, or from one of the two outside of it, each as likely.
func (s span) draw(rng *rand.Rand, outside bool) float64 {
	u, side := rng.Float64(), rng.IntN(2)
	low, high := s.low, s.high
	if outside {
		low, high = s.below[0], s.below[1]
		if side == 1 {
			low, high = s.above[0], s.above[1]
		}
	}
	return low + (high-low)*u
}

func radiusParam(name, doc string) param { return random(name, doc+", units", 1, 0.3, 2) }

func speedParam(name, doc string) param { return random(name, doc+", units per second", 2.5, 0, 6) }

// loneParams are the parameters of the scenes with one ball.
func loneParams() []param {
	return []param{
		radiusParam("radius", "radius of the ball"),
		speedParam("velocity", "horizontal velocity of the ball"),
		counting(fixed("ood", "which draws lie outside the training ranges: 0 none, 1 radius, 2 velocity, 3 both", 0, 0, 3)),
	}
}

// drawLone draws the ball of a scene with one ball.
func drawLone(w *world) (radius, speed float64) {
	level := int(w.params.get("ood"))
	radius = w.params.propose("radius", loneRadius.draw(w.rng, level&1 != 0))
	speed = w.params.propose("velocity", phySpeed.draw(w.rng, level&2 != 0))
	return radius, speed
}

// loneStart draws where the ball starts along x: wholly in view, and staying so for phyInView frames where it can.
func loneStart(w *world, radius, speed float64) float64 {
	last := w.width - radius - phyInView*frameTime*speed
	if last < radius {
		last = radius + uniform(w.rng, 0, 0.5)
	}
	return uniform(w.rng, radius, last)
}

var uniformMotion = scene{
	id:      "RigidUniform-v0",
	doc:     "A disc moves at constant velocity (PhyWorld).",
	actions: 1,
	steps:   phyFrames - 1,
	params:  loneParams(),
	build: func(w *world) script {
		radius, speed := drawLone(w)
		x := loneStart(w, radius, speed)
		y := uniform(w.rng, radius+phyMargin, w.height-radius-phyMargin)
		ball := w.disc(pureRed, radius, cp.Vector{X: x, Y: y}, cp.Vector{X: speed})
		return script{caption: func() (string, string) {
			return fmt.Sprintf("%s disc %s", article(ball.paint.name), motion(ball)),
				sentences(
					fmt.Sprintf("%s is %s on a white background", describe(ball), w.whereabouts(ball)),
					"it "+motion(ball)+" at constant velocity",
					"nothing pulls on it and nothing is in its way")
		}}
	},
}

var parabola = scene{
	id:      "RigidParabola-v0",
	doc:     "A disc thrown sideways falls in an arc (PhyWorld).",
	actions: 1,
	steps:   phyFrames - 1,
	params:  append(loneParams(), fixed("gravity", "downward acceleration, units per second squared", 2.5, 0, 10)),
	build: func(w *world) script {
		w.fall(w.params.get("gravity"))
		radius, speed := drawLone(w)
		x := loneStart(w, radius, speed)
		top := w.height - phyMargin - radius
		ball := w.disc(pureRed, radius, cp.Vector{X: x, Y: uniform(w.rng, top-1, top)}, cp.Vector{X: speed})
		return script{caption: func() (string, string) {
			return fmt.Sprintf("%s disc falls in an arc", article(ball.paint.name)),
				sentences(
					fmt.Sprintf("%s, thrown sideways, is %s on a white background", describe(ball), w.whereabouts(ball)),
					fmt.Sprintf("it falls in an arc under %s and %s", gravityWord(w.gravity), motion(ball)))
		}}
	},
}

var collision = scene{
	id:      "RigidCollision-v0",
	doc:     "Two discs collide head-on and elastically (PhyWorld).",
	actions: 1,
	steps:   phyFrames - 1,
	params: []param{
		radiusParam("r1", "radius of the left, red ball"),
		radiusParam("r2", "radius of the right, blue ball"),
		speedParam("v1", "speed of the red ball to the right"),
		speedParam("v2", "speed of the blue ball to the left"),
		counting(fixed("ood", "which draws lie outside the training ranges: 0 none, 1 r1, 2 v1, 3 r1 r2, 4 v1 v2, 5 r1 v1, 6 all", 0, 0, 6)),
	},
	check: func(given map[string]float64) error {
		v1, one := given["v1"]
		v2, two := given["v2"]
		if one && two && v1+v2 < 0.01 {
			return errors.New("rigid: RigidCollision-v0's v1 and v2 sum to less than 0.01 units per second, so the balls never meet; raise one")
		}
		return nil
	},
	build: func(w *world) script {
		w.bounce(1)
		p := drawPair(w)
		left, right, y := p.place(w)
		red := w.disc(pureRed, p.r1, cp.Vector{X: left, Y: y}, cp.Vector{X: p.v1})
		blue := w.disc(pureBlue, p.r2, cp.Vector{X: right, Y: y}, cp.Vector{X: -p.v2})
		return script{caption: func() (string, string) {
			verb := "are about to collide head-on"
			if red.velocity().X-blue.velocity().X < 0 {
				verb = "fly apart after a head-on collision"
			}
			return fmt.Sprintf("%s and %s disc %s", article(red.paint.name), article(blue.paint.name), verb),
				sentences(
					fmt.Sprintf("%s %s and %s %s on a white background", describe(red), motion(red), describe(blue), motion(blue)),
					fmt.Sprintf("they %s; the collision loses no energy and there is no gravity", verb))
		}}
	},
}

// outsideLevels says, for each level of ood, whether r1, r2, v1, v2 are drawn outside of the training ranges.
var outsideLevels = [...][4]bool{
	{},
	{true, false, false, false},
	{false, false, true, false},
	{true, true, false, false},
	{false, false, true, true},
	{true, false, true, false},
	{true, true, true, true},
}

// pair is two balls that are to collide.
type pair struct{ r1, r2, v1, v2 float64 }

// drawPair draws two balls until they have room for phyApart frames before contact with both wholly in view. Where what is
// given leaves no room, as at r1=r2=2 and v1=v2=6, the last draw stands and the balls come in from outside.
func drawPair(w *world) pair {
	const attempts = 64
	outside := outsideLevels[int(w.params.get("ood"))]
	var p pair
	for range attempts {
		p.r1 = w.params.propose("r1", pairRadius.draw(w.rng, outside[0]))
		p.r2 = w.params.propose("r2", pairRadius.draw(w.rng, outside[1]))
		p.v1 = w.params.propose("v1", phySpeed.draw(w.rng, outside[2]))
		p.v2 = w.params.propose("v2", phySpeed.draw(w.rng, outside[3]))
		if p.closing() >= 0.01 && p.least() <= p.room(w) {
			break
		}
	}
	return p
}

// closing is the speed at which the balls approach.
func (p pair) closing() float64 { return p.v1 + p.v2 }

// least is the distance of the centres that gives phyApart frames before contact.
func (p pair) least() float64 { return p.r1 + p.r2 + phyApart*frameTime*p.closing() }

// room is the greatest distance of the centres with both balls wholly in view.
func (p pair) room(w *world) float64 { return w.width - p.r1 - p.r2 }

// place draws where the balls start. A ball more than twice as large as the other starts near its own side and close to
// the other, which it will send far.
func (p pair) place(w *world) (left, right, y float64) {
	large := max(p.r1, p.r2)
	y = uniform(w.rng, large+phyMargin, w.height-large-phyMargin)
	uneven := p.r1 > 2*p.r2 || p.r2 > 2*p.r1
	most := p.r1 + p.r2 + (phyFrames-1-phyApart)*frameTime*p.closing()
	if uneven {
		most = 1.25 * p.least()
	}
	most = min(most, p.room(w))
	u, slide := w.rng.Float64(), w.rng.Float64()
	if most < p.least() {
		// No room: both start as far outside as the other.
		middle := (w.width + p.r1 - p.r2) / 2
		return middle - p.least()/2, middle + p.least()/2, y
	}
	distance := p.least() + (most-p.least())*u
	slack := p.room(w) - distance
	switch {
	case p.r1 > 2*p.r2:
		left = p.r1 + slide*min(slack, phyMargin)
	case p.r2 > 2*p.r1:
		left = p.r1 + slack - slide*min(slack, phyMargin)
	default:
		left = p.r1 + slide*slack
	}
	return left, left + distance, y
}
