package rigid

import (
	"maps"
	"math"

	"github.com/jakecoffman/cp/v2"

	"somnium/env"
)

// State implements env.Prober. Bodies come in the order of drawing, so the later ones hide the earlier; the walls are not
// among them. Kinds are "disc", "mark", "paddle", "occluder", "box", "ramp", "post", "rod", "bob", "glass", "piece", "bar",
// "jar" and "sticks". A body that is no disc, box or bar has for Size twice its farthest reach from its centre of mass along
// either axis. Where glass breaks, pieces with ids of their own take its place. Values holds the episode's parameters, and always
// "gravity" (downward), "restitution", and "world_width" and "world_height" in units. Before the first Reset and after
// Close the state is empty.
func (e *environment) State() env.State {
	if !e.hasEpisode() {
		return env.State{}
	}
	w := e.world
	state := env.State{
		Step:   len(e.actions),
		Bodies: make([]env.Body, len(w.bodies)),
		Values: maps.Clone(w.params.values),
	}
	for i, b := range w.bodies {
		state.Bodies[i] = w.probe(b)
	}
	state.Values["gravity"] = w.gravity
	state.Values["restitution"] = w.restitution
	state.Values["world_width"] = w.width
	state.Values["world_height"] = w.height
	return state
}

// Captions implements env.Captioner. Before the first Reset and after Close both are empty.
func (e *environment) Captions() (short, detailed string) {
	if !e.hasEpisode() {
		return "", ""
	}
	return e.world.script.caption()
}

func (e *environment) hasEpisode() bool { return e.phase == running || e.phase == over }

// probe returns the truth about a body.
func (w *world) probe(b *body) env.Body {
	truth := env.Body{
		ID: b.id, Kind: b.kind,
		Position: flat(b.position()), Velocity: flat(b.velocity()),
		Angle:  b.angle(),
		Size:   [3]float64{2 * b.half[0], 2 * b.half[1]},
		Color:  b.paint.rgb,
		Static: b.rigid == nil,
	}
	truth.InFrame = w.inFrame(b)
	if truth.InFrame {
		truth.Hidden = w.hidden(b)
	}
	return truth
}

func flat(v cp.Vector) [3]float64 { return [3]float64{v.X, v.Y, 0} }

// inFrame says whether some part of the body lies inside the picture.
func (w *world) inFrame(b *body) bool {
	p := b.position()
	dx, dy := max(-p.X, p.X-w.width, 0), max(-p.Y, p.Y-w.height, 0)
	if b.form == box || b.form == polygon {
		reachX, reachY := b.reach()
		return dx < reachX && dy < reachY
	}
	return dx*dx+dy*dy < b.half[0]*b.half[0]
}

// hidden returns the fraction of the body's picture that bodies drawn later cover, counted on a mesh of points.
func (w *world) hidden(b *body) float64 {
	const mesh = 32
	p := b.position()
	reachX, reachY := b.reach()
	var near [8]*body
	above := near[:0]
	for _, other := range w.bodies[w.layer(b)+1:] {
		q := other.position()
		otherX, otherY := other.reach()
		if math.Abs(p.X-q.X) < reachX+otherX && math.Abs(p.Y-q.Y) < reachY+otherY {
			above = append(above, other)
		}
	}
	if len(above) == 0 {
		return 0
	}
	seen, covered := 0, 0
	for i := range mesh {
		y := p.Y + reachY*(2*(float64(i)+0.5)/mesh-1)
		for j := range mesh {
			x := p.X + reachX*(2*(float64(j)+0.5)/mesh-1)
			if x < 0 || x > w.width || y < 0 || y > w.height || !b.covers(x, y) {
				continue
			}
			seen++
			for _, other := range above {
				if other.covers(x, y) {
					covered++
					break
				}
			}
		}
	}
	if seen == 0 {
		return 0
	}
	return float64(covered) / float64(seen)
}

// layer returns the body's place in the order of drawing.
func (w *world) layer(b *body) int {
	for i, other := range w.bodies {
		if other == b {
			return i
		}
	}
	panic("rigid: a body of another world")
}
