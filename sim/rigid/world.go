package rigid

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/jakecoffman/cp/v2"

	"somnium/sim/rigid/raster"
)

// shorterSide is the extent of the world along the picture's shorter side, in units.
const shorterSide = 10

// form is the outline of a body.
type form byte

const (
	disc form = iota
	ring
	box
	polygon
)

// Kinds of bodies, as the true state names them.
const (
	kindDisc     = "disc"
	kindMark     = "mark"
	kindPaddle   = "paddle"
	kindOccluder = "occluder"
	kindBox      = "box"
	kindRamp     = "ramp"
	kindPost     = "post"
	kindRod      = "rod"
	kindBob      = "bob"
	kindGlass    = "glass"
	kindPiece    = "piece"
	kindBar      = "bar"
	kindJar      = "jar"
	kindSticks   = "sticks"
)

// body is a thing in the picture.
type body struct {
	id    int
	kind  string
	paint paint
	form  form
	// half is the half extent along the body's own axes; a disc's or a ring's is its radius twice. hole is a ring's
	// inner radius.
	half [2]float64
	hole float64
	// parts are the convex outlines that make up a polygon, around its position and along its own axes.
	parts [][]cp.Vector
	// rigid moves the body; where it is nil the body stays at the place at, turned by tilt radians.
	rigid *cp.Body
	// shape is what touches; it is nil where nothing does, or where there are several.
	shape *cp.Shape
	at    cp.Vector
	tilt  float64
}

func (b *body) radius() float64 { return b.half[0] }

func (b *body) position() cp.Vector {
	if b.rigid == nil {
		return b.at
	}
	return b.rigid.Position()
}

func (b *body) velocity() cp.Vector {
	if b.rigid == nil {
		return cp.Vector{}
	}
	return b.rigid.Velocity()
}

func (b *body) angle() float64 {
	switch {
	case b.form == disc || b.form == ring:
		return 0
	case b.rigid == nil:
		return b.tilt
	}
	return b.rigid.Angle()
}

// covers says whether the world's point (x, y) lies on the body.
func (b *body) covers(x, y float64) bool {
	p := b.position()
	x, y = x-p.X, y-p.Y
	if b.form == box || b.form == polygon {
		if angle := b.angle(); angle != 0 {
			sin, cos := math.Sincos(angle)
			x, y = cos*x+sin*y, cos*y-sin*x
		}
		if b.form == polygon {
			return slices.ContainsFunc(b.parts, func(part []cp.Vector) bool { return encloses(part, cp.Vector{X: x, Y: y}) })
		}
		return math.Abs(x) <= b.half[0] && math.Abs(y) <= b.half[1]
	}
	d := x*x + y*y
	return d <= b.half[0]*b.half[0] && (b.form == disc || d >= b.hole*b.hole)
}

// reach returns the half extent of the body's bounding box along the world's axes.
func (b *body) reach() (x, y float64) {
	sin, cos := math.Sincos(b.angle())
	switch b.form {
	case disc, ring:
		return b.half[0], b.half[0]
	case polygon:
		for _, part := range b.parts {
			for _, v := range part {
				x, y = max(x, math.Abs(cos*v.X-sin*v.Y)), max(y, math.Abs(sin*v.X+cos*v.Y))
			}
		}
		return x, y
	}
	sin, cos = math.Abs(sin), math.Abs(cos)
	return cos*b.half[0] + sin*b.half[1], sin*b.half[0] + cos*b.half[1]
}

// world is the scene of one episode: what is in it, and what moves it.
type world struct {
	// width and height are the extent of the picture, in units; the origin is at its lower left, y points up.
	width, height float64
	rng           *rand.Rand
	params        *params
	space         *space
	ground        paint
	// bodies are drawn in this order, so the later ones hide the earlier.
	bodies []*body
	script script
	// restitution is the fraction of the normal velocity that every contact gives back.
	restitution float64
	// grip is the coefficient of friction of every contact.
	grip    float64
	gravity float64
	nextID  int
	// corners is room for the outline that is being drawn.
	corners []raster.Point
}

// script is what a scene does during an episode. All but caption may be nil.
type script struct {
	// act hears the action at the start of a frame.
	act func(action int)
	// drive runs before each substep, watch after it.
	drive, watch func()
	// judge runs at the end of a frame.
	judge func() (reward float64, terminated bool)
	// caption describes the present moment in a few words and in a few sentences.
	caption func() (short, detailed string)
}

// begin builds the scene's world anew.
func (w *world) begin(s *scene) {
	w.space.clear()
	clear(w.bodies)
	w.bodies = w.bodies[:0]
	w.ground, w.restitution, w.grip, w.gravity, w.nextID = white, 1, 0, 0, 0
	w.script = s.build(w)
}

// frame advances the world by one frame under the action.
func (w *world) frame(action int) (reward float64, terminated bool) {
	s := &w.script
	if s.act != nil {
		s.act(action)
	}
	for range substeps {
		if s.drive != nil {
			s.drive()
		}
		w.space.Step(timestep)
		if s.watch != nil {
			s.watch()
		}
	}
	if s.judge == nil {
		return 0, false
	}
	return s.judge()
}

// fall sets the gravity, in units per second squared, downward.
func (w *world) fall(gravity float64) {
	w.gravity = gravity
	w.space.SetGravity(cp.Vector{Y: -gravity})
}

// bounce sets the restitution of every contact among bodies and walls that are added afterwards.
func (w *world) bounce(restitution float64) { w.restitution = restitution }

// elasticity is what a shape of cp must have so that a contact of two has the world's restitution: cp multiplies them.
func (w *world) elasticity() float64 { return math.Sqrt(w.restitution) }

// walls closes the given sides of the picture.
func (w *world) walls(bottom, right, top, left bool) {
	const past = 2.0 // walls reach past the corners
	if bottom {
		w.surface(w.space.wall(cp.Vector{X: -past}, cp.Vector{X: w.width + past}))
	}
	if right {
		w.surface(w.space.wall(cp.Vector{X: w.width, Y: -past}, cp.Vector{X: w.width, Y: w.height + past}))
	}
	if top {
		w.surface(w.space.wall(cp.Vector{X: w.width + past, Y: w.height}, cp.Vector{X: -past, Y: w.height}))
	}
	if left {
		w.surface(w.space.wall(cp.Vector{Y: w.height + past}, cp.Vector{Y: -past}))
	}
}

// discs returns the bodies that are discs of unit density.
func (w *world) discs() (found []*body) {
	for _, b := range w.bodies {
		if b.kind == kindDisc {
			found = append(found, b)
		}
	}
	return found
}

// show adds a body to the picture.
func (w *world) show(b *body) *body {
	b.id = w.nextID
	w.nextID++
	w.bodies = append(w.bodies, b)
	return b
}

// disc adds a disc of unit density that forces and contacts move.
func (w *world) disc(paint paint, radius float64, at, velocity cp.Vector) *body {
	mass := math.Pi * radius * radius
	moving := w.space.dynamic(mass, cp.MomentForCircle(mass, 0, radius, cp.Vector{}), at, velocity)
	shape := w.surface(w.space.add(cp.NewCircle(moving, radius, cp.Vector{})))
	return w.show(&body{kind: kindDisc, paint: paint, form: disc, half: [2]float64{radius, radius}, rigid: moving, shape: shape})
}

// paddle adds a box that moves as it is told and pushes what it meets.
func (w *world) paddle(paint paint, width, height float64, at cp.Vector) *body {
	moving := w.space.kinematic(at)
	shape := w.surface(w.space.add(cp.NewBox(moving, width, height, 0)))
	return w.show(&body{kind: kindPaddle, paint: paint, form: box, half: [2]float64{width / 2, height / 2}, rigid: moving, shape: shape})
}

// picture adds a box that nothing touches, such as an occluder.
func (w *world) picture(kind string, paint paint, width, height float64, at cp.Vector) *body {
	return w.show(&body{kind: kind, paint: paint, form: box, half: [2]float64{width / 2, height / 2}, at: at})
}

// mark adds a disc, or a ring where hole is not 0, that nothing touches.
func (w *world) mark(paint paint, radius, hole float64, at cp.Vector) *body {
	b := &body{kind: kindMark, paint: paint, form: disc, half: [2]float64{radius, radius}, at: at}
	if hole > 0 {
		b.form, b.hole = ring, hole
	}
	return w.show(b)
}

// draw draws every body. The canvas holds the background, and scale pixels a unit.
func (w *world) draw(c *raster.Canvas, scale float64) {
	for _, b := range w.bodies {
		p := b.position()
		x, y := p.X*scale, (w.height-p.Y)*scale
		switch b.form {
		case disc:
			c.Disc(x, y, b.half[0]*scale, b.paint.rgb)
		case ring:
			c.Ring(x, y, b.hole*scale, b.half[0]*scale, b.paint.rgb)
		case box:
			c.Box(x, y, b.half[0]*scale, b.half[1]*scale, b.angle(), b.paint.rgb)
		case polygon:
			w.drawParts(c, b, scale)
		}
	}
}
