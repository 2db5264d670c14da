package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func referenceConv(in, w []float64, k, height, width int) []float64 {
	d := len(w) / (k * k)
	out := make([]float64, len(in))
	for n := range len(in) / d {
		frame, y, x := n/(height*width), n/width%height, n%width
		for tap := range k * k {
			sourceY, sourceX := y+tap/k-k/2, x+tap%k-k/2
			if sourceY < 0 || sourceX < 0 || sourceY >= height || sourceX >= width {
				continue
			}
			for c := range d {
				out[n*d+c] += w[tap*d+c] * in[((frame*height+sourceY)*width+sourceX)*d+c]
			}
		}
	}
	return out
}

type convCase struct {
	k, frames, h, w, d int
	in, weights, dOut  []float32
	out, din, dw       []float32
}

func newConvCase(k, frames, h, w, d int) convCase {
	rng := rand.New(rand.NewPCG(5, uint64(k*d)))
	n := frames * h * w * d
	return convCase{
		k, frames, h, w, d,
		random(rng, n), random(rng, k*k*d), random(rng, n),
		random(rng, n), random(rng, n), random(rng, k*k*d),
	}
}

// run convolves each frame in two bands, and takes the gradient back.
func (c convCase) run() {
	conv := convolution{c.k, c.h, c.w, c.d}
	clear(c.dw)
	size := c.h * c.w * c.d
	for at := 0; at < len(c.in); at += size {
		in, dOut := c.in[at:at+size], c.dOut[at:at+size]
		for _, band := range [][2]int{{0, c.h / 2}, {c.h / 2, c.h}} {
			top, bottom := conv.reach(band[0], band[1])
			out := c.out[at+band[0]*c.w*c.d : at+band[1]*c.w*c.d]
			conv.rows(out, in[top*c.w*c.d:bottom*c.w*c.d], c.weights, band[0], band[1], top, false)
		}
		conv.rows(c.din[at:at+size], dOut, c.weights, 0, c.h, 0, true)
		conv.addTaps(c.dw, dOut, in)
	}
}

func TestConvolution(t *testing.T) {
	for _, c := range []convCase{
		newConvCase(5, 3, 8, 8, 12), newConvCase(5, 2, 2, 3, 5), newConvCase(3, 70, 4, 1, 3),
		newConvCase(1, 2, 3, 3, 8), newConvCase(5, 1, 6, 5, 40), newConvCase(7, 1, 5, 9, 16),
	} {
		t.Run(fmt.Sprint(c.k, c.frames, c.h, c.w, c.d), func(t *testing.T) {
			c.run()
			in, w := doubles(c.in), doubles(c.weights)
			expectClose(t, "out", c.out, referenceConv(in, w, c.k, c.h, c.w), 1e-5)
			loss := func() float64 { return inner(referenceConv(in, w, c.k, c.h, c.w), c.dOut) }
			expectGradient(t, "in", c.din, in, loss)
			expectGradient(t, "w", c.dw, w, loss)
		})
	}
}
