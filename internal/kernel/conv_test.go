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

func (c convCase) run(conv *DepthwiseConv) {
	conv.Size = c.k
	conv.Forward(c.out, c.in, c.weights, c.h, c.w)
	conv.Backward(c.din, c.dw, c.dOut, c.in, c.weights, c.h, c.w)
}

func TestDepthwiseConv(t *testing.T) {
	var conv DepthwiseConv
	for _, c := range []convCase{
		newConvCase(5, 3, 8, 8, 12), newConvCase(5, 2, 2, 3, 5), newConvCase(3, 70, 4, 1, 3),
		newConvCase(1, 2, 3, 3, 8), newConvCase(5, 1, 6, 5, 40), newConvCase(7, 1, 5, 9, 16),
	} {
		t.Run(fmt.Sprint(c.k, c.frames, c.h, c.w, c.d), func(t *testing.T) {
			c.run(&conv)
			in, w := doubles(c.in), doubles(c.weights)
			expectClose(t, "out", c.out, referenceConv(in, w, c.k, c.h, c.w), 1e-5)
			loss := func() float64 { return inner(referenceConv(in, w, c.k, c.h, c.w), c.dOut) }
			expectGradient(t, "in", c.din, in, loss)
			expectGradient(t, "w", c.dw, w, loss)
		})
	}
}

func TestDepthwiseConvBitsAndAllocations(t *testing.T) {
	var conv DepthwiseConv
	c := newConvCase(5, 40, 4, 4, 24)
	bothWays(t, func() []float32 {
		c.run(&conv)
		return append(append(append([]float32(nil), c.out...), c.din...), c.dw...)
	})
	expectNoAllocations(t, func() { c.run(&conv) })
}

func TestDepthwiseConvMisuse(t *testing.T) {
	var conv DepthwiseConv
	x, w := make([]float32, 50), make([]float32, 50)
	expectPanic(t, func() { conv.Forward(x, x, w[:49], 5, 5) })
	expectPanic(t, func() { conv.Forward(x, x, w, 4, 5) })
	expectPanic(t, func() { conv.Forward(x[:25], x, w, 5, 5) })
	conv.Size = 4
	expectPanic(t, func() { conv.Forward(x, x, w[:48], 5, 5) })
}
