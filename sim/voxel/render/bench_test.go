package render

import (
	"fmt"
	"testing"

	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/grid"
	"somnium/sim/voxel/terrain"
)

// stroll returns the cameras of a walk over a land, a fifth of a block and a few degrees a step, from many places.
func stroll(g *grid.Grid, walks, steps int) []Camera {
	var list []Camera
	for walk := range walks {
		x, z := int(mix(walk, 0, 0, 30)%4000)-2000, int(mix(walk, 1, 0, 30)%4000)-2000
		c := Camera{X: x * fixed.One, Z: z * fixed.One, Yaw: int(mix(walk, 2, 0, 30) % fixed.Turn)}
		for step := range steps {
			h := mix(walk, step/10, 1, 31)
			c.Yaw += int(h%700) - 350
			c.Pitch = min(max(c.Pitch+int(h>>10%500)-250, -6000), 6000)
			dx, _, dz := fixed.Look(c.Yaw, 0)
			c.X, c.Z = c.X+dx*13000>>30, c.Z+dz*13000>>30
			x, z := fixed.Block(c.X), fixed.Block(c.Z)
			y := g.Top(x, z)
			for y > 0 && !g.At(x, y-1, z).Solid() {
				y--
			}
			c.Y = y*fixed.One + fixed.One*162/100
			list = append(list, c)
		}
	}
	return list
}

// BenchmarkFrame is a picture on one core, on walks over the natural land; chunks that are new are made in between, outside
// the clock.
func BenchmarkFrame(b *testing.B) {
	for _, size := range []int{64, 128} {
		for _, textured := range []bool{false, true} {
			b.Run(fmt.Sprintf("%d/textured=%v", size, textured), func(b *testing.B) {
				o := Options{Height: size, Width: size, Textured: textured}
				g, r, buffers := grid.New(8, terrain.New(terrain.Options{Seed: 3}).Chunk), open64(b, o), &Buffers{RGB: make([]uint8, 3*size*size)}
				cameras := stroll(g, 24, 100)
				i := 0
				for b.Loop() {
					if i%100 == 0 {
						b.StopTimer()
						r.Frame(buffers, &Scene{Grid: g, Camera: cameras[i%len(cameras)], Time: fixed.One / 2})
						b.StartTimer()
					}
					r.Frame(buffers, &Scene{Grid: g, Camera: cameras[i%len(cameras)], Time: fixed.One / 2})
					i++
				}
			})
		}
	}
}
