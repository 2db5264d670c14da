package gop

import (
	"fmt"

	"gorgonia.org/tensor"

	"somnium/internal/kernel"
)

// FrameLoss compares decoded patches with frames: with d = decoded - target in pixels, over frames [F, Height, Width, 3],
//
//	loss = sum w*d^2 / (3 sum w) + sum w*(step(left) + step(above)) / (3 sum w)
//	step = Edges * (decoded step - target step)^2 + Energy * (decoded step^2 - target step^2)^2
//
// The steps are those from the left neighbour of a number to it, and from the one above. The first term of theirs asks for sharp
// edges in their places, where squared error alone settles for a blur. Where a place is not known it settles for less contrast
// yet; the second asks for the energy of the steps, whose mean a blur does not have.
type FrameLoss struct {
	// Height and Width are in pixels, Patch is the side of a patch.
	Height, Width, Patch int
	Edges, Energy        float32
	// Target is [F, Height, Width, 3], Weights [F, Height, Width]: data, filled before every run.
	Target, Weights []float32

	patcher    kernel.Patcher
	diff, grad []float32 // [F, Height, Width, 3]
	partial    []float64 // [F]
	scale      float32
}

type (
	frameLossForward  FrameLoss
	frameLossBackward FrameLoss
)

// Name implements Operator.
func (*FrameLoss) Name() string { return "FrameLoss" }

// Differentiable implements Operator.
func (*FrameLoss) Differentiable(int) bool { return true }

// Shape implements Operator.
func (l *FrameLoss) Shape(in []tensor.Shape) (tensor.Shape, error) {
	size := l.Height * l.Width * 3
	if len(in) != 1 || len(in[0]) != 2 || in[0][1] != 3*l.Patch*l.Patch || in[0].TotalSize()%size != 0 {
		return nil, fmt.Errorf("want patches [N, 3*%d*%d] of frames of %dx%d, have %v", l.Patch, l.Patch, l.Height, l.Width, in)
	}
	l.patcher.Size = l.Patch
	n := in[0].TotalSize()
	l.Target, l.diff, l.grad = make([]float32, n), make([]float32, n), make([]float32, n)
	l.Weights, l.partial = make([]float32, n/3), make([]float64, n/size)
	return tensor.ScalarShape(), nil
}

// Forward implements Operator.
func (l *FrameLoss) Forward(dst []float32, in [][]float32) {
	l.patcher.Unpatchify(l.diff, in[0], l.Height, l.Width, 3)
	sum := 0.0
	for _, w := range l.Weights {
		sum += float64(w)
	}
	l.scale = 1 / float32(max(3*sum, 1e-9))
	kernel.Parallel(len(l.partial), (*frameLossForward)(l))
	total := 0.0
	for _, part := range l.partial {
		total += part
	}
	dst[0] = float32(total * float64(l.scale))
}

// Run sums the loss of one frame and leaves its gradient in grad.
func (l *frameLossForward) Run(frame int, _ *kernel.Workspace) {
	size, row := l.Height*l.Width*3, l.Width*3
	diff, grad := l.diff[frame*size:(frame+1)*size], l.grad[frame*size:(frame+1)*size]
	target := l.Target[frame*size : (frame+1)*size]
	weights := l.Weights[frame*size/3 : (frame+1)*size/3]
	for i := range diff {
		diff[i] -= target[i]
	}
	sum := float32(0)
	total := 0.0
	for y := range l.Height {
		for x := range l.Width {
			w := weights[y*l.Width+x]
			for c := range 3 {
				i := y*row + x*3 + c
				d := diff[i]
				sum += w * d * d
				g := w * d
				if x > 0 {
					cost, slope := l.step(d-diff[i-3], target[i]-target[i-3])
					sum += w * cost
					g += w * slope
					grad[i-3] -= w * slope
				}
				if y > 0 {
					cost, slope := l.step(d-diff[i-row], target[i]-target[i-row])
					sum += w * cost
					g += w * slope
					grad[i-row] -= w * slope
				}
				grad[i] = g
			}
		}
		total += float64(sum)
		sum = 0
	}
	l.partial[frame] = total
}

// step returns what a step that is wrong by e costs where want is right, and half the derivative.
func (l *frameLossForward) step(e, want float32) (cost, slope float32) {
	more := e * (e + 2*want) // energy
	return l.Edges*e*e + l.Energy*more*more, l.Edges*e + 2*l.Energy*more*(e+want)
}

// Backward implements Operator.
func (l *FrameLoss) Backward(din [][]float32, dout, _ []float32, _ [][]float32) {
	l.scale *= 2 * dout[0]
	kernel.Parallel(len(l.partial), (*frameLossBackward)(l))
	l.patcher.Patchify(din[0], l.diff, l.Height, l.Width, 3)
}

// Run scales one frame's gradient.
func (l *frameLossBackward) Run(frame int, _ *kernel.Workspace) {
	size := l.Height * l.Width * 3
	kernel.Scale(l.diff[frame*size:(frame+1)*size], l.grad[frame*size:(frame+1)*size], l.scale)
}
