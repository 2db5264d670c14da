package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// memoryDoubles are the weights of a memory in double precision.
type memoryDoubles struct{ in, bias, out []float64 }

// referenceMemory is the recurrence written down token by token: what it adds to the block's output.
func referenceMemory(a *Attention, normed []float64, w memoryDoubles) []float64 {
	d, patches := a.Heads*a.HeadDim, a.H*a.W
	projected := referenceProduct(normed, w.in, d)
	states := make([]float64, len(normed))
	for token := range len(normed) / d {
		for i := range d {
			before := 0.0
			if token/patches%a.T > 0 {
				before = states[(token-patches)*d+i]
			}
			gate := 1 / (1 + math.Exp(-projected[token*2*d+i]-w.bias[i]))
			states[token*d+i] = (1-gate)*before + gate*projected[(token*2+1)*d+i]
		}
	}
	return referenceProduct(states, w.out, d)
}

// drawMemory draws a memory whose gates are mostly little open.
func drawMemory(a *Attention, rng *rand.Rand) MemoryWeights {
	d := a.Heads * a.HeadDim
	w := MemoryWeights{In: random(rng, 2*d*d), Bias: random(rng, d), Out: random(rng, d*d)}
	for _, matrix := range [][]float32{w.In, w.Out} {
		Scale(matrix, matrix, float32(1/math.Sqrt(float64(d))))
	}
	for i := range w.Bias {
		w.Bias[i] -= 2
	}
	return w
}

// remembering returns the inputs with a memory.
func (in attentionInputs) remembering(a *Attention) attentionInputs {
	in.weights.Memory = drawMemory(a, rand.New(rand.NewPCG(4, uint64(a.T))))
	return in
}

// overTime are the shapes that may have a memory.
func overTime() []*Attention {
	return slices.DeleteFunc(attentionCases(), func(a *Attention) bool { return a.Axis == Space })
}

// rememberingBlock is the block with its memory by their formulas.
func rememberingBlock(a *Attention, x []float64, w attentionDoubles, m memoryDoubles) []float64 {
	normed := referenceNorm(x, w.gain, w.film, a.H*a.W)
	return referenceSum(referenceBlock(a, x, w), referenceMemory(a, normed, m))
}

func TestMemory(t *testing.T) {
	levels(t, func(t *testing.T) {
		for _, a := range overTime() {
			t.Run(attentionName(a), func(t *testing.T) {
				in := inputsOf(a).remembering(a)
				m := in.weights.Memory
				got, again := make([]float32, len(in.x)), make([]float32, len(in.x))
				a.Forward(got, in.x, in.weights)
				expectClose(t, "out", got, rememberingBlock(a, doubles(in.x), in.doubles(), memoryDoubles{doubles(m.In), doubles(m.Bias), doubles(m.Out)}), 2e-5)
				a.Keep, a.Frozen = true, true
				a.Forward(again, in.x, in.weights)
				expectEqual(t, "out with Keep", again, got)
			})
		}
	})
}

func TestMemoryGradient(t *testing.T) {
	for _, a := range overTime() {
		t.Run(attentionName(a), func(t *testing.T) {
			in := inputsOf(a).remembering(a)
			rng := rand.New(rand.NewPCG(2, 2)) // what is to be overwritten
			dx, dw := random(rng, len(in.x)), drawAttention(a, rng)
			dw.Memory = drawMemory(a, rng)
			for range 2 {
				in.run(a, make([]float32, len(in.x)), dx, dw)
			}
			x, w, given := doubles(in.x), in.doubles(), in.weights.Memory
			m := memoryDoubles{doubles(given.In), doubles(given.Bias), doubles(given.Out)}
			loss := func() float64 { return inner(rememberingBlock(a, x, w, m), in.dOut) }
			for _, p := range []struct {
				name  string
				grad  []float32
				value []float64
			}{{"x", dx, x}, {"gain", dw.Gain, w.gain}, {"film", dw.Film, w.film}, {"qkv", dw.QKV, w.qkv}, {"out", dw.Out, w.out}, {"kGain", dw.KGain, w.kGain},
				{"memory in", dw.Memory.In, m.in}, {"memory bias", dw.Memory.Bias, m.bias}, {"memory out", dw.Memory.Out, m.out}} {
				expectGradient(t, p.name, p.grad, p.value, loss)
			}
		})
	}
}

func TestMemorySameBitsOnAnyProcessors(t *testing.T) {
	a := &Attention{B: 2, T: 16, H: 8, W: 8, Heads: 3, HeadDim: 32, Axis: Time, Window: 4}
	in := inputsOf(a).remembering(a)
	rng := rand.New(rand.NewPCG(3, 3))
	out, dx, dw := make([]float32, len(in.x)), make([]float32, len(in.x)), drawAttention(a, rng)
	dw.Memory = drawMemory(a, rng)
	bothWays(t, func() []float32 {
		return slices.Concat(in.run(a, out, dx, dw), dw.Memory.In, dw.Memory.Bias, dw.Memory.Out)
	})
}

func TestMemoryAllocatesNothing(t *testing.T) {
	a := overTime()[0]
	in := inputsOf(a).remembering(a)
	a.Keep = true
	rng := rand.New(rand.NewPCG(3, 3))
	out, dx, dw := make([]float32, len(in.x)), make([]float32, len(in.x)), drawAttention(a, rng)
	dw.Memory = drawMemory(a, rng)
	expectNoAllocations(t, func() {
		a.Forward(out, in.x, in.weights)
		a.Backward(dx, dw, in.dOut, in.x, in.weights)
	})
}

// Attention sees a frame for as long as the window says, a memory ever after, and both at its own patch of its own clip alone; so
// it is also with what is not finite, but that the products of attention spread it over the whole clip. With a memory that adds
// nothing, attention is what it is without one, to the bit.
func TestMemoryOutlastsTheWindow(t *testing.T) {
	const early, late, patch = 2, 9, 3
	a := &Attention{B: 2, T: 12, H: 2, W: 3, Heads: 1, HeadDim: 8, Axis: Time, Window: 3, Bidirectional: []bool{false, true}}
	plain := inputsOf(a)
	in := plain.remembering(a)
	d := a.Heads * a.HeadDim
	token := func(x []float32, clip, frame, patch int) []float32 {
		at := ((clip*a.T+frame)*a.H*a.W + patch) * d
		return x[at : at+d]
	}
	changes := func(in attentionInputs, to float32) func(clip, frame, patch int) bool {
		before, after, x := make([]float32, len(in.x)), make([]float32, len(in.x)), slices.Clone(in.x)
		a.Forward(before, x, in.weights)
		token(x, 0, early, patch)[1] = to
		a.Forward(after, x, in.weights)
		return func(clip, frame, patch int) bool {
			return !slices.Equal(token(before, clip, frame, patch), token(after, clip, frame, patch))
		}
	}
	for _, to := range []float32{5, float32(math.NaN()), float32(math.Inf(1))} {
		with, without := changes(in, to), changes(plain, to)
		finite := to-to == 0
		if !with(0, late, patch) || finite && without(0, late, patch) {
			t.Errorf("a change to %g: %d frames later it is %t that it shows with a memory, and %t without", to, late-early, with(0, late, patch), without(0, late, patch))
		}
		if finite && with(0, early-1, patch) || with(0, late, patch-1) || with(1, late, patch) {
			t.Errorf("a change to %g shows in an earlier frame, at another patch or in another clip", to)
		}
	}
	clear(in.weights.Memory.Out)
	got, want := make([]float32, len(in.x)), make([]float32, len(in.x))
	a.Forward(got, in.x, in.weights)
	a.Forward(want, plain.x, plain.weights)
	expectEqual(t, "with a memory that adds nothing", got, want)
}

func TestMemoryMisuse(t *testing.T) {
	a := *overTime()[0]
	in := inputsOf(&a).remembering(&a)
	out := make([]float32, len(in.x))
	for name, spoil := range map[string]func(m *MemoryWeights){
		"in": func(m *MemoryWeights) { m.In = m.In[1:] }, "bias": func(m *MemoryWeights) { m.Bias = m.Bias[1:] },
		"out": func(m *MemoryWeights) { m.Out = nil },
	} {
		t.Run(name, func(t *testing.T) {
			w := in.weights
			spoil(&w.Memory)
			expectPanic(t, func() { a.Forward(out, in.x, w) })
		})
	}
	a.Keep = true
	plain := in.weights
	plain.Memory = MemoryWeights{}
	a.Forward(out, in.x, plain)
	dw := drawAttention(&a, rand.New(rand.NewPCG(3, 3)))
	expectPanic(t, func() { a.Backward(out, dw, in.dOut, in.x, in.weights) }) // a memory without a gradient
	dw.Memory = drawMemory(&a, rand.New(rand.NewPCG(3, 3)))
	expectPanic(t, func() { a.Backward(out, dw, in.dOut, in.x, in.weights) }) // one that Forward did not see
	a.Frozen = true
	expectPanic(t, func() { a.Forward(out, in.x, in.weights) }) // nor packed
	space := &Attention{B: 1, T: 2, H: 1, W: 1, Heads: 1, HeadDim: 8, Axis: Space}
	still := inputsOf(space).remembering(space)
	expectPanic(t, func() { space.Forward(out[:len(still.x)], still.x, still.weights) })
}
