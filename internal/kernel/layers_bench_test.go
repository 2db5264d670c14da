package kernel

import (
	"math/rand/v2"
	"testing"
)

// The layers at the shape of a small model: B=4, T=16, H=W=8, D=96, three heads.

func benchmarkAttention(b *testing.B, axis Axis, backward bool) {
	a := &Attention{B: 4, T: 16, H: 8, W: 8, Heads: 3, HeadDim: 32, Axis: axis, Keep: true}
	in := inputsOf(a)
	out, dw := make([]float32, len(in.x)), drawAttention(a, rand.New(rand.NewPCG(1, 1)))
	a.Forward(out, in.x, in.weights)
	for b.Loop() {
		if backward {
			a.Backward(out, dw, in.dOut, in.x, in.weights)
		} else {
			a.Forward(out, in.x, in.weights)
		}
	}
}

func BenchmarkAttentionSpaceForward(b *testing.B)  { benchmarkAttention(b, Space, false) }
func BenchmarkAttentionSpaceBackward(b *testing.B) { benchmarkAttention(b, Space, true) }
func BenchmarkAttentionTimeForward(b *testing.B)   { benchmarkAttention(b, Time, false) }
func BenchmarkAttentionTimeBackward(b *testing.B)  { benchmarkAttention(b, Time, true) }

func BenchmarkAttentionStep(b *testing.B) {
	a := &Attention{B: 1, T: 1, H: 8, W: 8, Heads: 3, HeadDim: 32, Axis: Time}
	in := inputsOf(a)
	c := NewTimeCache(1, 64, 3, 32, 16, 0)
	out, positions := make([]float32, len(in.x)), []int{0}
	for b.Loop() {
		a.Step(out, in.x, in.weights, c, positions, true)
		a.Frozen = true
		positions[0]++
	}
}

func BenchmarkRMSNorm(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	const frames, patches, d = 64, 64, 96
	var n RMSNorm
	x, gain, film := random(rng, frames*patches*d), random(rng, d), random(rng, frames*2*d)
	dx, dgain, dfilm := make([]float32, len(x)), make([]float32, d), make([]float32, len(film))
	b.Run("Forward", func(b *testing.B) {
		for b.Loop() {
			n.Forward(dx, x, gain, film, patches)
		}
	})
	b.Run("Backward", func(b *testing.B) {
		for b.Loop() {
			n.Backward(dx, dgain, dfilm, x, x, gain, film, patches)
		}
	})
}

func BenchmarkFeedForward(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	const frames, d, hidden = 64, 96, 256
	f := FeedForward{Height: 8, Width: 8, Hidden: hidden, Keep: true}
	n := frames * 64 * d
	x, dst := random(rng, n), make([]float32, n)
	draw := func() FeedForwardWeights {
		return FeedForwardWeights{random(rng, d), random(rng, 25*d), random(rng, 2*hidden*d), random(rng, hidden*d), random(rng, frames*2*d)}
	}
	w, dw := draw(), draw()
	f.Forward(dst, x, w)
	b.Run("Forward", func(b *testing.B) {
		for b.Loop() {
			f.Forward(dst, x, w)
		}
	})
	b.Run("Backward", func(b *testing.B) {
		for b.Loop() {
			f.Backward(dst, dw, x, x, w)
		}
	})
}
