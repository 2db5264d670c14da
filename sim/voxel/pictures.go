package voxel

import (
	"fmt"

	"somnium/env"
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/game"
)

// pictures makes the observations, in memory of its own.
type pictures struct {
	height, width, distance, fov int
	value                        env.Value
}

func newPictures(height, width int, form *settings) (*pictures, error) {
	if height < 32 || width < 32 || height > 1024 || width > 1024 {
		return nil, fmt.Errorf("a picture of %dx%d", height, width)
	}
	p := &pictures{height: height, width: width, distance: form.whole("distance"), fov: form.whole("fov")}
	p.value = p.space().New()
	return p, nil
}

func (p *pictures) space() env.Space { return env.Frame(p.height, p.width) }

func (p *pictures) draw(w *game.World) env.Value {
	e := environment{world: w, pictures: p}
	l := e.lens()
	for row := range p.height {
		for column := range p.width {
			a := (2*column + 1 - p.width) * l.wide / p.width
			b := (p.height - 1 - 2*row) * l.high / p.height
			ray := game.Vec{X: turned(&l, a, b, 0), Y: turned(&l, a, b, 1), Z: turned(&l, a, b, 2)}
			length := fixed.Root(fixed.One*fixed.One + a*a + b*b)
			along := game.Vec{X: ray.X * fixed.One / length, Y: ray.Y * fixed.One / length, Z: ray.Z * fixed.One / length}
			hit := game.Cast(w.Grid, l.eye, along, l.far, func(k block.Kind) bool { return k != block.Air })
			c := block.RGB{160, 200, 250}
			if hit.Kind != block.Air {
				info := hit.Kind.Info()
				c = info.Side
				if hit.Face.Y > 0 {
					c = info.Top
				}
			}
			copy(p.value.U8[(row*p.width+column)*3:], c[:])
		}
	}
	return p.value
}
