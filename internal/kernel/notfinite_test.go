package kernel

import (
	"math"
	"testing"
)

// What is not finite is seen in what depends on it, and nowhere else.
func TestNotFinitePassesThrough(t *testing.T) {
	finite := func(x []float32) bool {
		sum := SumSquares(x)
		return sum-sum == 0
	}
	levels(t, func(t *testing.T) {
		for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
			r := source(9)
			a, b := layouts[0].make(r, 9, 33), layouts[1].make(r, 33, 40)
			a.Data[2*33+7] = bad
			dst := Dense(make([]float32, 9*40), 9, 40)
			var panels Panels
			panels.Pack(b)
			for _, product := range []func(){
				func() { Gemm(dst, a, b, GemmOptions{}) },
				func() { GemmPanels(new(Workspace), dst, a, &panels, GemmOptions{}) },
			} {
				product()
				for i := range 9 {
					row := dst.Data[i*40 : (i+1)*40]
					if finite(row) == (i == 2) {
						t.Errorf("%g in row 2: row %d of the product is %v", bad, i, row)
					}
				}
			}

			ff := feedForwardCase{k: 5, frames: 3, h: 4, w: 4, d: 16, hidden: 24, film: true}.draw()
			ff.x[len(ff.x)/3] = bad
			var f FeedForward
			ff.run(&f)
			attention := &Attention{B: 3, T: 1, H: 4, W: 4, Heads: 2, HeadDim: 16, Axis: Space}
			in := inputsOf(attention)
			in.x[len(in.x)/3] = bad
			out := make([]float32, len(in.x))
			attention.Forward(out, in.x, in.weights)
			for frame := range 3 {
				for name, y := range map[string][]float32{"feed-forward": ff.out, "its gradient": ff.dx, "attention": out} {
					size := len(y) / 3
					if finite(y[frame*size:(frame+1)*size]) == (frame == 1) {
						t.Errorf("%g in frame 1 of the %s: frame %d is wrong about it", bad, name, frame)
					}
				}
			}
			if finite(ff.grads.In) {
				t.Errorf("%g is lost on the way to a gradient", bad)
			}
		}
	})
}
