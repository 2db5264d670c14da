// Package overlay puts the true state of an environment onto its picture: an outline around every thing, also around those that
// are hidden or out of the frame.
package overlay

import (
	"fmt"
	"math"
	"slices"

	"somnium/env"
	"somnium/viewer/wire"
)

// Options say how the picture was taken.
type Options struct {
	// Height and Width are the picture's, in pixels.
	Height, Width int
	// FOV is the vertical angle of view of a first-person picture, in degrees. Default: 70.
	FOV float64
}

// round are the kinds that are discs.
var round = []string{"disc", "bob"}

// scenery are the kinds that need no outline: they hide others, or are only drawn.
var scenery = []string{"occluder", "rod"}

// Shapes returns the outlines of a state: of a flat world, whose values say how large it is, or of what a player sees. Anything
// else gives none.
func Shapes(state env.State, o Options) []wire.Shape {
	if wide, high := state.Values["world_width"], state.Values["world_height"]; wide > 0 && high > 0 {
		return flat(state, wide, high)
	}
	if _, ok := state.Values["pitch"]; ok && o.Height > 0 && o.Width > 0 {
		return firstPerson(state, o)
	}
	return nil
}

func flat(state env.State, wide, high float64) []wire.Shape {
	var shapes []wire.Shape
	for _, b := range state.Bodies {
		if slices.Contains(scenery, b.Kind) {
			continue
		}
		s := wire.Shape{Label: b.Kind, Color: b.Color, Hidden: float32(b.Hidden), Outside: !b.InFrame}
		x, y := b.Position[0]/wide, 1-b.Position[1]/high
		if slices.Contains(round, b.Kind) || b.Kind == "mark" {
			s.Disc = &[4]float32{float32(x), float32(y), float32(b.Size[0] / 2 / wide), float32(b.Size[1] / 2 / high)}
		} else {
			sin, cos := math.Sincos(b.Angle)
			for _, corner := range [4][2]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}} {
				u, v := corner[0]*b.Size[0]/2, corner[1]*b.Size[1]/2
				s.Corners = append(s.Corners, float32(x+(u*cos-v*sin)/wide), float32(y-(u*sin+v*cos)/high))
			}
		}
		shapes = append(shapes, s)
	}
	return shapes
}

// camera is the player's.
type camera struct {
	eye, forward, right, up [3]float64
	wide, high              float64 // tangents of half the angles of view
}

func newCamera(values map[string]float64, o Options) camera {
	if o.FOV <= 0 {
		o.FOV = 70
	}
	yaw, pitch := values["yaw"]*math.Pi/180, values["pitch"]*math.Pi/180
	c := camera{eye: [3]float64{values["x"], values["y"], values["z"]}}
	c.forward, c.right, c.up = look(yaw, pitch), look(yaw+math.Pi/2, 0), look(yaw, pitch-math.Pi/2)
	c.high = math.Tan(o.FOV * math.Pi / 360)
	c.wide = c.high * float64(o.Width) / float64(o.Height)
	return c
}

// look is the direction of a yaw, from +z towards -x, and a pitch, downward.
func look(yaw, pitch float64) [3]float64 {
	return [3]float64{-math.Sin(yaw) * math.Cos(pitch), -math.Sin(pitch), math.Cos(yaw) * math.Cos(pitch)}
}

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// project returns where a point is on the picture, and how far before the camera.
func (c camera) project(p [3]float64) (x, y, along float64) {
	d := [3]float64{p[0] - c.eye[0], p[1] - c.eye[1], p[2] - c.eye[2]}
	along = dot(d, c.forward)
	far := max(math.Abs(along), 1e-6)
	return 0.5 + dot(d, c.right)/(2*c.wide*far), 0.5 - dot(d, c.up)/(2*c.high*far), along
}

// firstPerson outlines the boxes around all bodies but the player's, and tells on which side those are that are out of the
// frame.
func firstPerson(state env.State, o Options) []wire.Shape {
	const nearest = 0.1
	c := newCamera(state.Values, o)
	var shapes []wire.Shape
	for _, b := range state.Bodies {
		if b.Kind == "player" {
			continue
		}
		away := math.Sqrt(dot(minus(b.Position, c.eye), minus(b.Position, c.eye)))
		s := wire.Shape{Label: fmt.Sprintf("%s, %.0f off", b.Kind, away), Color: b.Color, Hidden: float32(b.Hidden), Outside: !b.InFrame}
		left, right, top, bottom := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
		before := true
		for i := range 8 {
			p := b.Position
			for axis := range p {
				p[axis] += b.Size[axis] / 2 * float64(2*(i>>axis&1)-1)
			}
			x, y, along := c.project(p)
			before = before && along > nearest
			left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
		}
		if !before {
			s.Outside = true
			x, _, _ := c.project(b.Position)
			side := 2.0
			if x < 0.5 {
				side = -1
			}
			left, right, top, bottom = side-0.01, side+0.01, 0.49, 0.51
		}
		s.Corners = []float32{float32(left), float32(top), float32(right), float32(top), float32(right), float32(bottom), float32(left), float32(bottom)}
		shapes = append(shapes, s)
	}
	return shapes
}

func minus(a, b [3]float64) [3]float64 { return [3]float64{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }

// Unseen counts the things in the frame that are wholly out of sight.
func Unseen(state env.State) int {
	n := 0
	for _, b := range state.Bodies {
		if b.InFrame && b.Hidden > 0.95 && !b.Static {
			n++
		}
	}
	return n
}
