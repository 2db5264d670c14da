package rigid

import (
	"math"

	"github.com/jakecoffman/cp/v2"

	"somnium/sim/rigid/raster"
)

// rub sets the coefficient of friction of every contact among bodies and walls that are added afterwards.
func (w *world) rub(friction float64) { w.grip = friction }

// surface gives a shape the world's restitution and friction, which cp multiplies over the two shapes of a contact.
func (w *world) surface(shape *cp.Shape) *cp.Shape {
	shape.SetElasticity(w.elasticity())
	shape.SetFriction(math.Sqrt(w.grip))
	return shape
}

// touchable adds the shape of an outline to a body in the space.
func (w *world) touchable(rigid *cp.Body, outline []cp.Vector) *cp.Shape {
	inner, radius := core(outline)
	return w.surface(w.space.add(cp.NewPolyShapeRaw(rigid, len(inner), inner, radius)))
}

// box adds a box of unit density that forces and contacts move.
func (w *world) box(paint paint, width, height float64, at cp.Vector, angle float64) *body {
	mass := width * height
	moving := w.space.dynamic(mass, cp.MomentForBox(mass, width, height), at, cp.Vector{})
	moving.SetAngle(angle)
	shape := w.touchable(moving, rectangle(width, height))
	return w.show(&body{kind: kindBox, paint: paint, form: box, half: [2]float64{width / 2, height / 2}, rigid: moving, shape: shape})
}

// solid adds a body of unit density that forces and contacts move. The parts are convex outlines, counter-clockwise, around
// their common centre of mass.
func (w *world) solid(kind string, paint paint, parts [][]cp.Vector, at cp.Vector, angle float64) *body {
	mass, moment := 0.0, 0.0
	for _, part := range parts {
		m := area(part)
		mass += m
		moment += cp.MomentForPoly(m, len(part), part, cp.Vector{}, 0)
	}
	moving := w.space.dynamic(mass, moment, at, cp.Vector{})
	moving.SetAngle(angle)
	b := w.show(&body{kind: kind, paint: paint, form: polygon, half: extent(parts), parts: parts, rigid: moving})
	for _, part := range parts {
		b.shape = w.touchable(moving, part)
	}
	if len(parts) > 1 {
		b.shape = nil
	}
	return b
}

// fixed adds a convex body that nothing moves; its outline is counter-clockwise around the place.
func (w *world) fixed(kind string, paint paint, outline []cp.Vector, at cp.Vector, angle float64) *body {
	shape := w.touchable(w.space.StaticBody, turned(outline, angle, at))
	parts := [][]cp.Vector{outline}
	return w.show(&body{kind: kind, paint: paint, form: polygon, half: extent(parts), parts: parts, at: at, tilt: angle, shape: shape})
}

// driven adds a picture that a script moves, touched by nothing: a disc where height is 0, else a box.
func (w *world) driven(kind string, paint paint, width, height float64, at cp.Vector) *body {
	b := &body{kind: kind, paint: paint, form: box, half: [2]float64{width / 2, height / 2}, rigid: w.space.kinematic(at)}
	if height == 0 {
		b.form, b.half[1] = disc, width/2
	}
	return w.show(b)
}

// drawParts draws the outlines of a polygon.
func (w *world) drawParts(c *raster.Canvas, b *body, scale float64) {
	p := b.position()
	sin, cos := math.Sincos(b.angle())
	for _, part := range b.parts {
		w.corners = w.corners[:0]
		for _, v := range part {
			x, y := p.X+cos*v.X-sin*v.Y, p.Y+sin*v.X+cos*v.Y
			w.corners = append(w.corners, raster.Point{X: x * scale, Y: (w.height - y) * scale})
		}
		c.Polygon(w.corners, b.paint.rgb)
	}
}
