package gop

import (
	"fmt"

	"gorgonia.org/tensor"

	"somnium/internal/kernel"
)

// Attention is the residual block y = x + attend(norm(x) * QKV) * Out:
//
//	x [N, D], gain [D], QKV [D, 3D], qGain and kGain [D/Heads], Out [D, D] and, where Film is set, film [F, 2D]
//
// where attend is softmax attention over space or time with QK-norm and rotary positions, as kernel.Attention has it. Where Memory
// is set, a memory [D, 2D], [D], [D, D] as kernel.MemoryWeights has it comes last and adds to y.
type Attention struct {
	// Kernel holds the shape of the attention: clips, frames, grid, heads, axis, mask.
	Kernel       kernel.Attention
	Film, Memory bool
}

// Name implements Operator.
func (*Attention) Name() string { return "Attention" }

// Differentiable implements Operator.
func (*Attention) Differentiable(int) bool { return true }

// Shape implements Operator.
func (a *Attention) Shape(in []tensor.Shape) (tensor.Shape, error) {
	if want := 6 + bit(a.Film) + 3*bit(a.Memory); len(in) != want || len(in[0]) != 2 {
		return nil, fmt.Errorf("want %d inputs of which the first is [N, D], have %v", want, in)
	}
	k := &a.Kernel
	frames := k.B * k.T
	n, d := frames*k.H*k.W, k.Heads*k.HeadDim
	want := []tensor.Shape{{n, d}, {d}, {d, 3 * d}, {k.HeadDim}, {k.HeadDim}, {d, d}}
	if a.Film {
		want = append(want, tensor.Shape{frames, 2 * d})
	}
	return in[0], expect(in, append(want, tensor.Shape{d, 2 * d}, tensor.Shape{d}, tensor.Shape{d, d})...)
}

// Keep implements Keeper.
func (a *Attention) Keep() { a.Kernel.Keep = true }

// Freeze says whether the weights stay as they are at the next Forward or Step, so that packing them once will do.
func (a *Attention) Freeze(frozen bool) { a.Kernel.Frozen = frozen }

// Forward implements Operator.
func (a *Attention) Forward(dst []float32, in [][]float32) {
	a.Kernel.Forward(dst, in[0], a.weights(in))
}

// Step computes the newest frame of some dreams against a cache of keys and values, see kernel.Attention.
func (a *Attention) Step(dst []float32, in [][]float32, cache *kernel.TimeCache, positions []int, commit bool) {
	a.Kernel.Step(dst, in[0], a.weights(in), cache, positions, commit)
}

// Backward implements Operator.
func (a *Attention) Backward(din [][]float32, dout, _ []float32, in [][]float32) {
	a.Kernel.Backward(din[0], a.weights(din), dout, in[0], a.weights(in))
}

// weights returns what the inputs, or the gradients in their places, are.
func (a *Attention) weights(in [][]float32) kernel.AttentionWeights {
	w := kernel.AttentionWeights{Gain: in[1], QKV: in[2], QGain: in[3], KGain: in[4], Out: in[5]}
	rest := in[6:]
	if a.Film {
		w.Film, rest = rest[0], rest[1:]
	}
	if a.Memory {
		w.Memory = kernel.MemoryWeights{In: rest[0], Bias: rest[1], Out: rest[2]}
	}
	return w
}
