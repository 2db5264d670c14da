package evals

import (
	"context"
	"fmt"

	"somnium/env"
	"somnium/evals/metrics"
)

// prediction is how near several predictions of one frame come to it, on the pixels that change; whole is the dream on all pixels.
type prediction struct {
	whole, dream, copied, blurred, ceiling metrics.Errors
}

func predictionKinds(b bars) []kind {
	return []kind{
		atLeast("psnr", "dB", b.next),
		plain("psnr_changed", "dB"),
		plain("psnr_changed_copy_last", "dB"),
		plain("psnr_changed_best_blur", "dB"),
		plain("psnr_changed_round_trip", "dB"),
		atLeast("gain", "dB", b.gain),
	}
}

func (p *prediction) add(other prediction) {
	p.whole.Add(other.whole)
	p.dream.Add(other.dream)
	p.copied.Add(other.copied)
	p.blurred.Add(other.blurred)
	p.ceiling.Add(other.ceiling)
}

func (p prediction) figures() []float64 {
	dream, copied, blurred := decibels(p.dream.PSNR()), decibels(p.copied.PSNR()), decibels(p.blurred.PSNR())
	return []float64{decibels(p.whole.PSNR()), dream, copied, blurred, decibels(p.ceiling.PSNR()), dream - max(copied, blurred)}
}

// forced is a prediction with the errors of every blur that is tried; which is best turns out at the end.
type forced struct {
	prediction
	blurs []metrics.Errors
}

// NextFrame primes the dreams with true frames of held-out episodes, steps them with the true action and compares with
// the true next frame, on all pixels and on those that change between the last two true frames. The bars, over all scenes of one kind of
// worlds together: 30 dB in the plane and 24 dB among blocks on all pixels; on those that change 4 dB and 2
// dB above the better of copying the last frame and of its best Gaussian blur, whose deviation is the one that is best
// over all clips of the scene. The ceiling is the true next frame through the dream's code and back.
func NextFrame(ctx context.Context, scenes []Scene, options Options) (Result, error) {
	o := options.filled(64)
	all := make([][]forced, len(scenes))
	var dream env.Primer
	var blur *metrics.Blur
	err := eachClip(ctx, scenes, o, func(i int, r *recorder) (err error) {
		if all[i] == nil {
			if dream, err = begin(scenes[i], o.Seed); err != nil {
				return err
			}
			blur = metrics.NewBlur(r.height, r.width)
		}
		clip, err := r.clip(ctx, o.Context+1)
		if err != nil {
			return err
		}
		f, err := force(scenes[i], dream, blur, clip)
		all[i] = append(all[i], f)
		return err
	})
	if err != nil {
		return Result{}, err
	}
	return judgeForced(scenes, all, o), nil
}

// force lets the dream predict the last frame of a clip from the others.
func force(s Scene, dream env.Primer, blur *metrics.Blur, clip env.Context) (f forced, err error) {
	last := clip.Len() - 1
	if _, err := dream.Prime(cutOf(clip, 0, last)); err != nil {
		return f, fmt.Errorf("evals: priming the dream of %s: %w", s.Name, err)
	}
	step, err := s.Dream.Step(clip.Actions[last-1])
	if err != nil {
		return f, fmt.Errorf("evals: stepping the dream of %s: %w", s.Name, err)
	}
	before, truth := frame(clip, last-1), frame(clip, last)
	mask := make([]bool, len(truth)/3)
	metrics.Changed(mask, truth, before)
	f.whole = metrics.Of(step.Obs.Pixels(), truth)
	f.dream = metrics.OfMasked(step.Obs.Pixels(), truth, mask)
	f.copied = metrics.OfMasked(before, truth, mask)
	f.blurs = blur.Score(nil, before, truth, mask)
	got, err := reconstruct(s, clip)
	if err != nil {
		return f, err
	}
	f.ceiling = metrics.OfMasked(got[last*len(truth):], truth, mask)
	return f, nil
}

// judgeForced chooses each scene's blur and returns the figures.
func judgeForced(scenes []Scene, all [][]forced, o Options) Result {
	clips := make([][]prediction, len(scenes))
	result := Result{Gate: gateNext, Clips: o.Clips}
	var widths []Figure
	for i, s := range scenes {
		sum := make([]metrics.Errors, len(all[i][0].blurs))
		for _, f := range all[i] {
			for k, e := range f.blurs {
				sum[k].Add(e)
			}
		}
		sigma, place := metrics.Best(sum)
		widths = append(widths, plain("best_blur_sigma", "px").figure(s.Name, sigma))
		for _, f := range all[i] {
			f.blurred = f.blurs[place]
			clips[i] = append(clips[i], f.prediction)
		}
	}
	result.Figures = append(estimates(scenes, clips, predictionKinds, (*prediction).add, prediction.figures), widths...)
	result.judge(Figure.pooled)
	result.remark()
	return result
}
