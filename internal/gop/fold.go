package gop

import (
	"fmt"

	"gorgonia.org/tensor"
)

// Fold joins the tokens of one place over some frames into one of so many times the channels, [F*Frames*Patches, D] to
// [F*Patches, Frames*D], or, where Split is set, cuts one token into those of its frames: each is the other's inverse and
// gradient. It is Merge along time.
type Fold struct {
	// Frames are joined into one; Patches are the tokens of a frame.
	Frames, Patches int
	Split           bool

	depth int // D of a frame's token
}

// Name implements Operator.
func (*Fold) Name() string { return "Fold" }

// Differentiable implements Operator.
func (*Fold) Differentiable(int) bool { return true }

// Shape implements Operator.
func (f *Fold) Shape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) != 1 || len(in[0]) != 2 || f.Frames <= 0 || f.Patches <= 0 {
		return nil, fmt.Errorf("want tokens [N, D] of %d frames of %d each, have %v", f.Frames, f.Patches, in)
	}
	n, d := in[0][0], in[0][1]
	if f.Split {
		if n%f.Patches != 0 || d%f.Frames != 0 {
			return nil, fmt.Errorf("%d tokens of %d channels do not split into %d frames of %d tokens", n, d, f.Frames, f.Patches)
		}
		f.depth = d / f.Frames
		return tensor.Shape{n * f.Frames, f.depth}, nil
	}
	if n%(f.Frames*f.Patches) != 0 {
		return nil, fmt.Errorf("%d tokens are not those of %d frames of %d", n, f.Frames, f.Patches)
	}
	f.depth = d
	return tensor.Shape{n / f.Frames, d * f.Frames}, nil
}

// Forward implements Operator.
func (f *Fold) Forward(dst []float32, in [][]float32) { f.move(dst, in[0], f.Split) }

// Backward implements Operator.
func (f *Fold) Backward(din [][]float32, dout, _ []float32, _ [][]float32) {
	f.move(din[0], dout, !f.Split)
}

// move copies every token to its place: folded is [F, Patches, Frames, D], split is [F, Frames, Patches, D].
func (f *Fold) move(dst, src []float32, split bool) {
	for token := range len(src) / f.depth {
		group, frame, patch := token/(f.Frames*f.Patches), token/f.Patches%f.Frames, token%f.Patches
		apart := token * f.depth
		folded := ((group*f.Patches+patch)*f.Frames + frame) * f.depth
		if split {
			copy(dst[apart:apart+f.depth], src[folded:folded+f.depth])
		} else {
			copy(dst[folded:folded+f.depth], src[apart:apart+f.depth])
		}
	}
}
