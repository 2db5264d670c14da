package kernel

import (
	"math/rand/v2"
	"testing"
)

func TestPatcher(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for _, c := range []struct{ size, frames, h, w, c int }{
		{1, 2, 3, 5, 4}, {2, 3, 4, 6, 3}, {4, 5, 8, 4, 1}, {8, 2, 64, 64, 3}, {0, 1, 2, 2, 1},
	} {
		p := Patcher{Size: c.size}
		frames := random(rng, c.frames*c.h*c.w*c.c)
		patches, back := make([]float32, len(frames)), make([]float32, len(frames))
		p.Patchify(patches, frames, c.h, c.w, c.c)
		s := max(1, c.size)
		for i, want := range frames {
			channel, x, y, frame := i%c.c, i/c.c%c.w, i/(c.c*c.w)%c.h, i/(c.c*c.w*c.h)
			patch := (frame*c.h/s+y/s)*(c.w/s) + x/s
			if got := patches[((patch*s+y%s)*s+x%s)*c.c+channel]; got != want {
				t.Fatalf("%+v: pixel %d,%d of frame %d is %g in its patch, want %g", c, y, x, frame, got, want)
			}
		}
		p.Unpatchify(back, patches, c.h, c.w, c.c)
		expectEqual(t, "back", back, frames)
		expectNoAllocations(t, func() { p.Patchify(patches, frames, c.h, c.w, c.c) })
	}
}

func TestPatcherMisuse(t *testing.T) {
	p := Patcher{Size: 2}
	x := make([]float32, 24)
	expectPanic(t, func() { p.Patchify(x, x, 3, 8, 1) })
	expectPanic(t, func() { p.Patchify(x, x, 4, 4, 1) })
	expectPanic(t, func() { p.Unpatchify(x[:12], x, 4, 6, 1) })
	expectPanic(t, func() { p.Unpatchify(x, x, 0, 6, 1) })
}
