package kernel

import (
	"math/rand/v2"
	"testing"
)

// The layers at the shape of a small model: B=4, T=16, H=W=8, D=96, three heads.

func benchmarkAttention(b *testing.B, axis Axis, backward bool) {
	a := &Attention{B: 4, T: 16, H: 8, W: 8, Heads: 3, HeadDim: 32, Axis: axis}
	in := inputsOf(a)
	out, dqkv, dGain := make([]float32, len(in.dOut)), make([]float32, len(in.qkv)), make([]float32, a.HeadDim)
	for b.Loop() {
		if backward {
			a.Backward(dqkv, dGain, dGain, in.dOut, in.qkv, in.qGain, in.kGain)
		} else {
			a.Forward(out, in.qkv, in.qGain, in.kGain)
		}
	}
}

func BenchmarkAttentionSpaceForward(b *testing.B)  { benchmarkAttention(b, Space, false) }
func BenchmarkAttentionSpaceBackward(b *testing.B) { benchmarkAttention(b, Space, true) }
func BenchmarkAttentionTimeForward(b *testing.B)   { benchmarkAttention(b, Time, false) }
func BenchmarkAttentionTimeBackward(b *testing.B)  { benchmarkAttention(b, Time, true) }

func BenchmarkTimeCacheStep(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	c := NewTimeCache(1, 64, 3, 32, 48, 0)
	qkv, gain, out := random(rng, 64*3*96), random(rng, 32), make([]float32, 64*96)
	for t := range 60 {
		c.Append(qkv, gain, []int{t})
	}
	positions := []int{60}
	for b.Loop() {
		c.Step(out, qkv, gain, gain, positions)
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

func BenchmarkDepthwiseConv(b *testing.B) {
	c := newConvCase(5, 64, 8, 8, 96)
	conv := DepthwiseConv{Size: 5}
	b.Run("Forward", func(b *testing.B) {
		for b.Loop() {
			conv.Forward(c.out, c.in, c.weights, c.h, c.w)
		}
	})
	b.Run("Backward", func(b *testing.B) {
		for b.Loop() {
			conv.Backward(c.din, c.dw, c.dOut, c.in, c.weights, c.h, c.w)
		}
	})
}

func BenchmarkGatedUnit(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	const rows, width = 4096, 256
	var g GatedUnit
	in, out, din := random(rng, rows*2*width), make([]float32, rows*width), make([]float32, rows*2*width)
	b.Run("Forward", func(b *testing.B) {
		for b.Loop() {
			g.Forward(out, in, width)
		}
	})
	b.Run("Backward", func(b *testing.B) {
		for b.Loop() {
			g.Backward(din, out, in, width)
		}
	})
}
