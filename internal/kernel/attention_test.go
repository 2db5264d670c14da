package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// referenceAttention is attention written down token by token.
func referenceAttention(a *Attention, qkv, qGain, kGain []float64) []float64 {
	d, width := a.HeadDim, a.Heads*a.HeadDim
	patches := a.H * a.W
	tokens := a.B * a.T * patches
	out := make([]float64, tokens*width)
	for query := range tokens {
		for head := range a.Heads {
			q := referenceHead(a, qkv[query*3*width+head*d:][:d], qGain, query)
			var weights []float64
			var seen []int
			total := 0.0
			for key := range tokens {
				if !referenceSees(a, query, key) {
					continue
				}
				k := referenceHead(a, qkv[(key*3+1)*width+head*d:][:d], kGain, key)
				score := 0.0
				for i := range d {
					score += q[i] * k[i]
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
		{B: 2, T: 70, H: 1, W: 1, Heads: 1, HeadDim: 16, Axis: Time, Bidirectional: []bool{true, false}, Window: 20},
		{B: 1, T: 1, H: 2, W: 2, Heads: 2, HeadDim: 32, Axis: Time},
	}
}

func attentionName(a *Attention) string {
	return fmt.Sprintf("axis%d,B%d,T%d,H%d,W%d,h%d,d%d,window%d", a.Axis, a.B, a.T, a.H, a.W, a.Heads, a.HeadDim, a.Window)
}

type attentionInputs struct{ qkv, qGain, kGain, dOut []float32 }

func inputsOf(a *Attention) attentionInputs {
	rng := rand.New(rand.NewPCG(1, uint64(a.T)))
	n := a.B * a.T * a.H * a.W * a.Heads * a.HeadDim
	return attentionInputs{random(rng, 3*n), random(rng, a.HeadDim), random(rng, a.HeadDim), random(rng, n)}
}

func TestAttention(t *testing.T) {
	levels(t, func(t *testing.T) {
		for _, a := range attentionCases() {
			t.Run(attentionName(a), func(t *testing.T) {
				in := inputsOf(a)
				got := make([]float32, len(in.dOut))
				a.Forward(got, in.qkv, in.qGain, in.kGain)
				want := referenceAttention(a, doubles(in.qkv), doubles(in.qGain), doubles(in.kGain))
				expectClose(t, "out", got, want, 1e-5)
			})
		}
	})
}

func TestAttentionGradient(t *testing.T) {
	for _, a := range attentionCases() {
		t.Run(attentionName(a), func(t *testing.T) {
			in := inputsOf(a)
			dqkv := random(rand.New(rand.NewPCG(2, 2)), len(in.qkv)) // to be overwritten
			dqGain, dkGain := make([]float32, a.HeadDim), make([]float32, a.HeadDim)
			a.Backward(dqkv, dqGain, dkGain, in.dOut, in.qkv, in.qGain, in.kGain)
			qkv, qGain, kGain := doubles(in.qkv), doubles(in.qGain), doubles(in.kGain)
			loss := func() float64 { return inner(referenceAttention(a, qkv, qGain, kGain), in.dOut) }
			expectGradient(t, "qkv", dqkv, qkv, loss)
			expectGradient(t, "qGain", dqGain, qGain, loss)
			expectGradient(t, "kGain", dkGain, kGain, loss)
		})
	}
}

func TestAttentionSameBitsOnAnyProcessors(t *testing.T) {
	for _, axis := range []Axis{Space, Time} {
		a := &Attention{B: 2, T: 16, H: 8, W: 8, Heads: 3, HeadDim: 32, Axis: axis}
		in := inputsOf(a)
		out := make([]float32, len(in.dOut)+len(in.qkv)+2*a.HeadDim)
		bothWays(t, func() []float32 {
			n, m := len(in.dOut), len(in.dOut)+len(in.qkv)
			a.Forward(out[:n], in.qkv, in.qGain, in.kGain)
			a.Backward(out[n:m], out[m:m+a.HeadDim], out[m+a.HeadDim:], in.dOut, in.qkv, in.qGain, in.kGain)
			return out
		})
	}
}

func TestAttentionAllocatesNothing(t *testing.T) {
	a := attentionCases()[3]
	in := inputsOf(a)
	out, dqkv, dGain := make([]float32, len(in.dOut)), make([]float32, len(in.qkv)), make([]float32, a.HeadDim)
	expectNoAllocations(t, func() {
		a.Forward(out, in.qkv, in.qGain, in.kGain)
		a.Backward(dqkv, dGain, dGain, in.dOut, in.qkv, in.qGain, in.kGain)
	})
}

func TestAttentionFollowsItsShape(t *testing.T) {
	a := *attentionCases()[3]
	for range 2 {
		in := inputsOf(&a)
		got := make([]float32, len(in.dOut))
		a.Forward(got, in.qkv, in.qGain, in.kGain)
		want := referenceAttention(&a, doubles(in.qkv), doubles(in.qGain), doubles(in.kGain))
		expectClose(t, "out", got, want, 1e-5)
		a.T, a.W, a.HeadDim, a.Axis = 9, 1, 8, Space
	}
}

func TestAttentionMisuse(t *testing.T) {
	a := *attentionCases()[3]
	in := inputsOf(&a)
	out := make([]float32, len(in.dOut))
	expectPanic(t, func() { a.Forward(out[1:], in.qkv, in.qGain, in.kGain) })
	expectPanic(t, func() { a.Forward(out, in.qkv[1:], in.qGain, in.kGain) })
	expectPanic(t, func() { a.Forward(out, in.qkv, in.qGain[1:], in.kGain) })
	a.Bidirectional = a.Bidirectional[1:]
	expectPanic(t, func() { a.Forward(out, in.qkv, in.qGain, in.kGain) })
	expectPanic(t, func() { (&Attention{}).Forward(nil, nil, nil, nil) })
}
