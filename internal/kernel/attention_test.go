package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// referenceBlock is the block written down by its formula.
func referenceBlock(a *Attention, x []float64, w attentionDoubles) []float64 {
	width := a.Heads * a.HeadDim
	qkv := referenceProduct(referenceNorm(x, w.gain, w.film, a.H*a.W), w.qkv, width)
	return referenceSum(x, referenceProduct(referenceAttention(a, qkv, w.qGain, w.kGain), w.out, width))
}

// attentionDoubles are the weights in double precision.
type attentionDoubles struct{ gain, qkv, qGain, kGain, out, film []float64 }

func (in attentionInputs) doubles() attentionDoubles {
	w := in.weights
	return attentionDoubles{doubles(w.Gain), doubles(w.QKV), doubles(w.QGain), doubles(w.KGain), doubles(w.Out), doubles(w.Film)}
}

// referenceAttention is attention written down token by token.
func referenceAttention(a *Attention, qkv, qGain, kGain []float64) []float64 {
	d, width := a.HeadDim, a.Heads*a.HeadDim
	patches := a.H * a.W
	tokens := a.B * a.T * patches
	out := make([]float64, tokens*width)
	heads := func(part int, gain []float64) (all [][]float64) { // of all tokens, once: the angles take long
		for i := range tokens * a.Heads {
			token, head := i/a.Heads, i%a.Heads
			all = append(all, referenceHead(a, qkv[(token*3+part)*width+head*d:][:d], gain, token))
		}
		return all
	}
	queries, keys := heads(0, qGain), heads(1, kGain)
	for query := range tokens {
		for head := range a.Heads {
			q := queries[query*a.Heads+head]
			var weights []float64
			var seen []int
			total := 0.0
			for key := range tokens {
				if !referenceSees(a, query, key) {
					continue
				}
				score := 0.0
				for i, k := range keys[key*a.Heads+head] {
					score += q[i] * k
				}
				weight := math.Exp(score / math.Sqrt(float64(d)))
				weights, seen, total = append(weights, weight), append(seen, key), total+weight
			}
			for j, key := range seen {
				for i := range d {
					out[query*width+head*d+i] += weights[j] / total * qkv[(key*3+2)*width+head*d+i]
				}
			}
		}
	}
	return out
}

func referenceSees(a *Attention, query, key int) bool {
	patches := a.H * a.W
	if a.Axis == Space {
		return query/patches == key/patches
	}
	clip := query / (patches * a.T)
	if clip != key/(patches*a.T) || query%patches != key%patches {
		return false
	}
	t, s := query/patches%a.T, key/patches%a.T
	if a.Window > 0 && max(t-s, s-t) >= a.Window {
		return false
	}
	return s <= t || a.Bidirectional != nil && a.Bidirectional[clip]
}

// referenceHead normalises and turns one head of one token.
func referenceHead(a *Attention, x, gain []float64, token int) []float64 {
	d := len(x)
	mean := 1e-6
	for _, v := range x {
		mean += v * v / float64(d)
	}
	y := make([]float64, d)
	for i := range d / 2 {
		low := x[i] / math.Sqrt(mean) * gain[i]
		high := x[i+d/2] / math.Sqrt(mean) * gain[i+d/2]
		sin, cos := math.Sincos(referenceAngle(a, token, i))
		y[i], y[i+d/2] = low*cos-high*sin, high*cos+low*sin
	}
	return y
}

func referenceAngle(a *Attention, token, pair int) float64 {
	patch := token % (a.H * a.W)
	if a.Axis == Time {
		t := token / (a.H * a.W) % a.T
		return float64(t) * math.Pow(1000, -2*float64(pair)/float64(a.HeadDim))
	}
	position, quarter := patch/a.W, a.HeadDim/4
	if pair >= quarter {
		position, pair = patch%a.W, pair-quarter
	}
	return float64(position) * math.Pow(100, -float64(pair)/float64(quarter))
}

func attentionCases() []*Attention {
	return []*Attention{
		{B: 2, T: 2, H: 3, W: 2, Heads: 2, HeadDim: 8, Axis: Space},
		{B: 1, T: 1, H: 9, W: 9, Heads: 1, HeadDim: 12, Axis: Space}, // two blocks of queries
		{B: 1, T: 2, H: 1, W: 1, Heads: 3, HeadDim: 4, Axis: Space},
		{B: 3, T: 5, H: 2, W: 3, Heads: 2, HeadDim: 6, Axis: Time, Bidirectional: []bool{false, true, false}},
		{B: 2, T: 7, H: 1, W: 2, Heads: 1, HeadDim: 8, Axis: Time, Bidirectional: []bool{false, true}, Window: 3},
		{B: 1, T: 70, H: 1, W: 1, Heads: 1, HeadDim: 16, Axis: Time, Bidirectional: []bool{true}, Window: 20},
		{B: 1, T: 67, H: 1, W: 1, Heads: 1, HeadDim: 8, Axis: Time},
		{B: 1, T: 1, H: 2, W: 2, Heads: 2, HeadDim: 32, Axis: Time},
	}
}

func attentionName(a *Attention) string {
	return fmt.Sprintf("axis%d,B%d,T%d,H%d,W%d,h%d,d%d,window%d", a.Axis, a.B, a.T, a.H, a.W, a.Heads, a.HeadDim, a.Window)
}

type attentionInputs struct {
	x, dOut []float32
	weights AttentionWeights
}

func inputsOf(a *Attention) attentionInputs {
	rng := rand.New(rand.NewPCG(1, uint64(a.T)))
	d := a.Heads * a.HeadDim
	n := a.B * a.T * a.H * a.W * d
	in := attentionInputs{x: random(rng, n), dOut: random(rng, n), weights: drawAttention(a, rng)}
	for _, matrix := range [][]float32{in.weights.QKV, in.weights.Out} {
		Scale(matrix, matrix, float32(1/math.Sqrt(float64(d))))
	}
	return in
}

// drawAttention draws weights; their frames are modulated where there is more than one clip.
func drawAttention(a *Attention, rng *rand.Rand) AttentionWeights {
	d := a.Heads * a.HeadDim
	w := AttentionWeights{
		Gain: random(rng, d), QKV: random(rng, 3*d*d), QGain: random(rng, a.HeadDim), KGain: random(rng, a.HeadDim), Out: random(rng, d*d),
	}
	if a.B > 1 {
		w.Film = random(rng, a.B*a.T*2*d)
	}
	return w
}

// run takes the block forward and back, and returns what it writes.
func (in attentionInputs) run(a *Attention, out, dx []float32, dw AttentionWeights) []float32 {
	a.Keep = true
	a.Forward(out, in.x, in.weights)
	a.Backward(dx, dw, in.dOut, in.x, in.weights)
	return slices.Concat(out, dx, dw.Gain, dw.QKV, dw.QGain, dw.KGain, dw.Out, dw.Film)
}

func TestAttention(t *testing.T) {
	levels(t, func(t *testing.T) {
		for _, a := range attentionCases() {
			t.Run(attentionName(a), func(t *testing.T) {
				in := inputsOf(a)
				got := make([]float32, len(in.x))
				a.Forward(got, in.x, in.weights)
				expectClose(t, "out", got, referenceBlock(a, doubles(in.x), in.doubles()), 2e-5)
				again := make([]float32, len(in.x))
				a.Keep, a.Frozen = true, true
				a.Forward(again, in.x, in.weights)
				expectEqual(t, "out with Keep", again, got)
			})
		}
	})
}

func TestAttentionGradient(t *testing.T) {
	for _, a := range attentionCases() {
		t.Run(attentionName(a), func(t *testing.T) {
			in := inputsOf(a)
			rng := rand.New(rand.NewPCG(2, 2)) // what is to be overwritten
			dx, dw := random(rng, len(in.x)), drawAttention(a, rng)
			for range 2 {
				in.run(a, make([]float32, len(in.x)), dx, dw)
			}
			x, w := doubles(in.x), in.doubles()
			loss := func() float64 { return inner(referenceBlock(a, x, w), in.dOut) }
			for _, p := range []struct {
				name  string
				grad  []float32
				value []float64
			}{{"x", dx, x}, {"gain", dw.Gain, w.gain}, {"qkv", dw.QKV, w.qkv}, {"qGain", dw.QGain, w.qGain}, {"kGain", dw.KGain, w.kGain},
				{"out", dw.Out, w.out}, {"film", dw.Film, w.film}} {
				expectGradient(t, p.name, p.grad, p.value, loss)
			}
		})
	}
}

func TestAttentionSameBitsOnAnyProcessors(t *testing.T) {
	for _, axis := range []Axis{Space, Time} {
		a := &Attention{B: 2, T: 16, H: 8, W: 8, Heads: 3, HeadDim: 32, Axis: axis}
		in := inputsOf(a)
		out, dx, dw := make([]float32, len(in.x)), make([]float32, len(in.x)), drawAttention(a, rand.New(rand.NewPCG(3, 3)))
		bothWays(t, func() []float32 { return in.run(a, out, dx, dw) })
	}
}

// A single frame, whose tokens are cut, gets the bits that it gets among others.
func TestAttentionFramesAreApart(t *testing.T) {
	many := &Attention{B: 6, T: 1, H: 8, W: 9, Heads: 2, HeadDim: 16, Axis: Space}
	in := inputsOf(many)
	want := make([]float32, len(in.x))
	many.Forward(want, in.x, in.weights)
	for frames := 1; frames < 4; frames++ {
		few, w, size := *many, in.weights, frames*len(in.x)/many.B
		few.B, w.Film = frames, w.Film[:frames*2*32]
		got := make([]float32, size)
		few.Forward(got, in.x[:size], w)
		expectEqual(t, fmt.Sprintf("the first of %d frames", frames), got, want[:size])
	}
}

func TestAttentionAllocatesNothing(t *testing.T) {
	a := attentionCases()[3]
	in := inputsOf(a)
	a.Keep = true
	out, dx, dw := make([]float32, len(in.x)), make([]float32, len(in.x)), drawAttention(a, rand.New(rand.NewPCG(3, 3)))
	expectNoAllocations(t, func() {
		a.Forward(out, in.x, in.weights)
		a.Backward(dx, dw, in.dOut, in.x, in.weights)
	})
}

func TestAttentionFollowsItsShape(t *testing.T) {
	a := *attentionCases()[3]
	for range 2 {
		in := inputsOf(&a)
		got := make([]float32, len(in.x))
		a.Forward(got, in.x, in.weights)
		expectClose(t, "out", got, referenceBlock(&a, doubles(in.x), in.doubles()), 1e-5)
		a.T, a.W, a.HeadDim, a.Axis = 9, 1, 8, Space
	}
}

func TestAttentionMisuse(t *testing.T) {
	a := *attentionCases()[3]
	in := inputsOf(&a)
	out := make([]float32, len(in.x))
	for name, spoil := range map[string]func(w *AttentionWeights){
		"gain": func(w *AttentionWeights) { w.Gain = w.Gain[1:] }, "qkv": func(w *AttentionWeights) { w.QKV = w.QKV[1:] },
		"qGain": func(w *AttentionWeights) { w.QGain = w.QGain[1:] }, "kGain": func(w *AttentionWeights) { w.KGain = w.KGain[1:] },
		"out": func(w *AttentionWeights) { w.Out = w.Out[1:] }, "film": func(w *AttentionWeights) { w.Film = w.Film[1:] },
	} {
		t.Run(name, func(t *testing.T) {
			w := in.weights
			spoil(&w)
			expectPanic(t, func() { a.Forward(out, in.x, w) })
		})
	}
	dw := drawAttention(&a, rand.New(rand.NewPCG(3, 3)))
	expectPanic(t, func() { a.Forward(out[1:], in.x, in.weights) })
	expectPanic(t, func() { a.Forward(out, in.x[1:], in.weights) })
	expectPanic(t, func() { a.Backward(out, dw, in.dOut, in.x, in.weights) }) // without Keep
	a.Keep = true
	expectPanic(t, func() { a.Backward(out, dw, in.dOut, in.x, in.weights) }) // before Forward
	a.Forward(out, in.x, in.weights)
	expectPanic(t, func() { a.Backward(out, dw, in.dOut[1:], in.x, in.weights) })
	a.Bidirectional = a.Bidirectional[1:]
	expectPanic(t, func() { a.Forward(out, in.x, in.weights) })
	expectPanic(t, func() { (&Attention{}).Forward(nil, nil, AttentionWeights{}) })
}
