package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// referenceProduct is x [N, K] times w [K, M].
func referenceProduct(x, w []float64, k int) []float64 {
	m := len(w) / k
	out := make([]float64, len(x)/k*m)
	for i := range out {
		for j := range k {
			out[i] += x[i/m*k+j] * w[j*m+i%m]
		}
	}
	return out
}

func referenceGated(in []float64, width int) []float64 {
	out := make([]float64, len(in)/2)
	for i := range out {
		gate := in[i/width*2*width+i%width]
		out[i] = gate / (1 + math.Exp(-gate)) * in[i/width*2*width+width+i%width]
	}
	return out
}

func referenceSum(x, y []float64) []float64 {
	out := slices.Clone(x)
	for i, v := range y {
		out[i] += v
	}
	return out
}

type feedForwardCase struct {
	k, frames, h, w, d, hidden int
	film                       bool

	x, dOut, out, dx []float32
	weights, grads   FeedForwardWeights
}

func (c feedForwardCase) name() string {
	return fmt.Sprint(c.k, c.frames, c.h, c.w, c.d, c.hidden, c.film)
}

func (c feedForwardCase) draw() feedForwardCase {
	rng := rand.New(rand.NewPCG(5, uint64(c.d)))
	n := c.frames * c.h * c.w * c.d
	weights := func() FeedForwardWeights {
		w := FeedForwardWeights{Gain: random(rng, c.d), Taps: random(rng, c.k*c.k*c.d), In: random(rng, 2*c.hidden*c.d), Out: random(rng, c.hidden*c.d)}
		if c.film {
			w.Film = random(rng, c.frames*2*c.d)
		}
		for _, matrix := range [][]float32{w.Taps, w.In, w.Out} {
			Scale(matrix, matrix, 0.3)
		}
		return w
	}
	c.x, c.dOut, c.out, c.dx = random(rng, n), random(rng, n), random(rng, n), random(rng, n)
	c.weights, c.grads = weights(), weights()
	return c
}

func (c feedForwardCase) reference(x, gain, taps, in, out, film []float64) []float64 {
	mixed := referenceConv(referenceNorm(x, gain, film, c.h*c.w), taps, c.k, c.h, c.w)
	return referenceSum(x, referenceProduct(referenceGated(referenceProduct(mixed, in, c.d), c.hidden), out, c.hidden))
}

func (c *feedForwardCase) run(f *FeedForward) {
	f.Height, f.Width, f.Hidden, f.Keep = c.h, c.w, c.hidden, true
	f.Forward(c.out, c.x, c.weights)
	f.Backward(c.dx, c.grads, c.dOut, c.x, c.weights)
}

// feedForwardCases are single frames in bands, frames that share a work item, items of several frames, and odd sizes.
func feedForwardCases() []feedForwardCase {
	return []feedForwardCase{
		{k: 5, frames: 1, h: 8, w: 8, d: 8, hidden: 6, film: true},
		{k: 5, frames: 2, h: 9, w: 7, d: 5, hidden: 16},
		{k: 3, frames: 21, h: 4, w: 2, d: 16, hidden: 3, film: true},
		{k: 5, frames: 35, h: 2, w: 1, d: 7, hidden: 9},
		{k: 1, frames: 3, h: 12, w: 11, d: 9, hidden: 20, film: true},
	}
}

func TestFeedForward(t *testing.T) {
	for _, c := range feedForwardCases() {
		c = c.draw()
		t.Run(c.name(), func(t *testing.T) {
			var f FeedForward
			for range 2 { // nothing of the first call is seen in the second
				c.run(&f)
			}
			w := c.weights
			x, gain, taps, in, out, film := doubles(c.x), doubles(w.Gain), doubles(w.Taps), doubles(w.In), doubles(w.Out), doubles(w.Film)
			expectClose(t, "out", c.out, c.reference(x, gain, taps, in, out, film), 2e-5)
			loss := func() float64 { return inner(c.reference(x, gain, taps, in, out, film), c.dOut) }
			if len(c.x) > 2000 {
				return // the gradients are checked where the reference is quick
			}
			for _, p := range []struct {
				name  string
				grad  []float32
				value []float64
			}{{"x", c.dx, x}, {"gain", c.grads.Gain, gain}, {"taps", c.grads.Taps, taps}, {"in", c.grads.In, in}, {"out", c.grads.Out, out}, {"film", c.grads.Film, film}} {
				expectGradient(t, p.name, p.grad, p.value, loss)
			}
			inference := FeedForward{Height: c.h, Width: c.w, Hidden: c.hidden}
			again := make([]float32, len(c.out))
			inference.Forward(again, c.x, w)
			expectEqual(t, "out without Keep", again, c.out)
			inference.Frozen = true
			inference.Forward(again, c.x, w)
			expectEqual(t, "out of frozen weights", again, c.out)
		})
	}
}

func TestFeedForwardLevelsBitsAndAllocations(t *testing.T) {
	c := feedForwardCase{k: 5, frames: 19, h: 6, w: 6, d: 24, hidden: 32, film: true}.draw()
	var f FeedForward
	all := func() []float32 {
		c.run(&f)
		return slices.Concat(c.out, c.dx, c.grads.Gain, c.grads.Taps, c.grads.In, c.grads.Out, c.grads.Film)
	}
	bothWays(t, all)
	expectNoAllocations(t, func() { c.run(&f) })
	var generic []float32
	withGeneric(func() { generic = all() })
	expectClose(t, "on "+Level(), all(), doubles(generic), 1e-4)
}

// A frame's output does not depend on its neighbours, nor on how many there are.
func TestFeedForwardFramesAreApart(t *testing.T) {
	c := feedForwardCase{k: 5, frames: 6, h: 8, w: 8, d: 16, hidden: 24, film: true}.draw()
	var f FeedForward
	c.run(&f)
	size := len(c.x) / c.frames
	for _, frames := range []int{1, 2, 3} {
		f, w, out := FeedForward{Height: 8, Width: 8, Hidden: 24}, c.weights, make([]float32, frames*size)
		w.Film = w.Film[:frames*2*c.d]
		f.Forward(out, c.x[:frames*size], w)
		expectEqual(t, fmt.Sprintf("the first of %d frames", frames), out, c.out[:frames*size])
	}
}

func TestFeedForwardMisuse(t *testing.T) {
	c := feedForwardCases()[0].draw()
	f := FeedForward{Height: c.h, Width: c.w, Hidden: c.hidden}
	for name, spoil := range map[string]func(w *FeedForwardWeights){
		"gain": func(w *FeedForwardWeights) { w.Gain = w.Gain[1:] }, "taps": func(w *FeedForwardWeights) { w.Taps = w.Taps[c.d:] },
		"in": func(w *FeedForwardWeights) { w.In = w.In[1:] }, "out": func(w *FeedForwardWeights) { w.Out = w.Out[1:] },
		"film": func(w *FeedForwardWeights) { w.Film = w.Film[1:] }, "none": func(w *FeedForwardWeights) { w.Gain = nil },
	} {
		t.Run(name, func(t *testing.T) {
			w := c.weights
			spoil(&w)
			expectPanic(t, func() { f.Forward(c.out, c.x, w) })
		})
	}
	expectPanic(t, func() { f.Forward(c.out[1:], c.x, c.weights) })
	expectPanic(t, func() { f.Forward(c.out, c.x[1:], c.weights) })
	expectPanic(t, func() { f.Backward(c.dx, c.grads, c.dOut, c.x, c.weights) }) // without Keep
	f.Keep = true
	expectPanic(t, func() { f.Backward(c.dx, c.grads, c.dOut, c.x, c.weights) }) // before Forward
	f.Forward(c.out, c.x, c.weights)
	expectPanic(t, func() { f.Backward(c.dx, c.weights, c.dOut[1:], c.x, c.weights) })
	expectPanic(t, func() {
		(&FeedForward{Height: 1, Width: 1, Hidden: c.hidden, Frozen: true}).Forward(c.out, c.x, c.weights)
	})
}
