package render

import (
	"testing"

	"somnium/sim/voxel/grid"
)

// BenchmarkCast is the tracer alone, over many stands in the hills.
func BenchmarkCast(b *testing.B) {
	for _, size := range []int{64, 128} {
		b.Run(sizeName(size), func(b *testing.B) {
			g := grid.New(8, hills)
			r := open64(b, Options{Height: size, Width: size})
			for i, c := range stands(64) {
				if i%8 == 1 || i%8 == 2 || i%8 == 3 {
					continue
				}
				b.Run(string(rune('a'+i%26))+string(rune('a'+i/26)), func(b *testing.B) {
					r.look(g, c)
					for b.Loop() {
						r.tracer.castAll(0, size)
					}
				})
			}
		})
	}
}

func sizeName(size int) string {
	if size == 64 {
		return "64"
	}
	return "128"
}
