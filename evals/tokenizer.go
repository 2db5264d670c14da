package evals

import (
	"context"
	"fmt"

	"somnium/env"
	"somnium/evals/metrics"
)

// The bars of gradient energy relative to the truth's.
const (
	gradientLow  = 0.8
	gradientHigh = 1.25
)

// roundTrip is what the way into the code and back does to a clip.
type roundTrip struct {
	all, changed, copied metrics.Errors
	got, truth           metrics.Mean // gradient energy
	ssim                 metrics.Mean
}

func roundTripKinds(b bars) []kind {
	return []kind{
		atLeast("psnr", "dB", b.tokenizer),
		atLeast("psnr_changed", "dB", b.tokenizerChanged),
		plain("psnr_changed_copy_last", "dB"),
		{"gradient_ratio", "", gradientLow, gradientHigh},
		plain("ssim", ""),
	}
}

func (t *roundTrip) add(other roundTrip) {
	t.all.Add(other.all)
	t.changed.Add(other.changed)
	t.copied.Add(other.copied)
	t.got.Add(other.got)
	t.truth.Add(other.truth)
	t.ssim.Add(other.ssim)
}

func (t roundTrip) figures() []float64 {
	return []float64{
		decibels(t.all.PSNR()), decibels(t.changed.PSNR()), decibels(t.copied.PSNR()),
		t.got.Value() / t.truth.Value(), t.ssim.Value(),
	}
}

// Tokenizer sends clips of held-out episodes through the dreams' code and back (env.Reconstructor). The bars, over all
// scenes of one kind of worlds together: 34 dB in the plane and 28 dB among blocks; 24 dB on the pixels that changed since the frame before;
// gradient energy of .8 to 1.25 of the truth's, for a blur scores well on decibels alone. Beside them stands what the frame before reaches on the pixels that
// change.
func Tokenizer(ctx context.Context, scenes []Scene, options Options) (Result, error) {
	o := options.filled(32)
	clips := make([][]roundTrip, len(scenes))
	err := eachClip(ctx, scenes, o, func(i int, r *recorder) error {
		clip, err := r.clip(ctx, o.Context+1)
		if err != nil {
			return err
		}
		got, err := reconstruct(scenes[i], clip)
		if err != nil {
			return err
		}
		clips[i] = append(clips[i], compare(got, clip))
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	result := Result{Gate: gateTokenizer, Clips: o.Clips, Figures: estimates(scenes, clips, roundTripKinds, (*roundTrip).add, roundTrip.figures)}
	result.judge(Figure.pooled)
	result.remark()
	return result, nil
}

// reconstruct returns the clip's frames as they come out of the dream's code and back.
func reconstruct(s Scene, clip env.Context) ([]uint8, error) {
	code, ok := env.As[env.Reconstructor](s.Dream)
	if !ok {
		return nil, lacks(s, "show frames through its code")
	}
	got, err := code.Reconstruct(clip)
	if err != nil {
		return nil, fmt.Errorf("evals: reconstructing frames of %s: %w", s.Name, err)
	}
	if len(got) != len(clip.Frames) {
		return nil, fmt.Errorf("evals: the dream of %s reconstructed %d bytes as %d: its Reconstruct is broken", s.Name, len(clip.Frames), len(got))
	}
	return got, nil
}

// compare measures reconstructed frames against the clip.
func compare(got []uint8, clip env.Context) (t roundTrip) {
	height, width := clip.Height, clip.Width
	t.all = metrics.Of(got, clip.Frames)
	mask := make([]bool, height*width)
	size := 3 * len(mask)
	for i := range clip.Len() {
		now, truth := got[i*size:(i+1)*size], frame(clip, i)
		t.got.Add(metrics.Gradient(now, height, width))
		t.truth.Add(metrics.Gradient(truth, height, width))
		t.ssim.Add(metrics.Mean{Sum: metrics.SSIM(now, truth, height, width), Count: 1})
		if i == 0 {
			continue
		}
		before := frame(clip, i-1)
		metrics.Changed(mask, truth, before)
		t.changed.Add(metrics.OfMasked(now, truth, mask))
		t.copied.Add(metrics.OfMasked(before, truth, mask))
	}
	return t
}
