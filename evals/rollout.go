package evals

import (
	"context"
	"fmt"
	"slices"

	"somnium/env"
	"somnium/evals/metrics"
)

// The bars of Rollout beside those of gradient energy: mean frame difference relative to the truth's, and the share of
// frames with the right number of things.
const (
	differenceLow  = 0.5
	differenceHigh = 2
	countShare     = 0.9
)

// moments are the frames of a rollout that its picture shows; the first dreamed one is 1.
var moments = []int{1, 100, 300, 600}

// RolloutResult is what Rollout measured, with what its picture and plot are drawn of.
type RolloutResult struct {
	Result
	scene         string
	height, width int
	window        int
	rollouts      []rollout
}

// rollout is one dream beside the truth.
type rollout struct {
	// frames are measured from the first dreamed one on. They are fewer than asked for where the dream ended.
	frames []moment
	length int
	shown  []shown
}

// moment is what is measured of one frame of dream and truth. difference is the mean |difference| to the frame before.
type moment struct {
	difference, gradient         metrics.Mean
	trueDifference, trueGradient metrics.Mean
	things, trueThings           int
	right, trueRight             bool
}

// shown is a pair of frames for the picture.
type shown struct {
	number       int
	dream, truth []uint8
}

// stretch is the sum of some frames.
type stretch struct {
	difference, gradient, trueDifference, trueGradient metrics.Mean
	right, trueRight, frames                           int
}

var stretchKinds = []kind{
	{"difference_ratio", "", differenceLow, differenceHigh},
	{"gradient_ratio", "", gradientLow, gradientHigh},
	atLeast("count_share", "", countShare),
	plain("count_share_truth", ""),
}

func (s *stretch) add(other stretch) {
	s.difference.Add(other.difference)
	s.gradient.Add(other.gradient)
	s.trueDifference.Add(other.trueDifference)
	s.trueGradient.Add(other.trueGradient)
	s.right += other.right
	s.trueRight += other.trueRight
	s.frames += other.frames
}

func (s stretch) figures() []float64 {
	return []float64{
		s.difference.Value() / s.trueDifference.Value(), s.gradient.Value() / s.trueGradient.Value(),
		float64(s.right) / float64(s.frames), float64(s.trueRight) / float64(s.frames),
	}
}

// stretch returns the sum of the frames from..to-1, counted from 0. Frames that the dream did not reach are wrong.
func (r rollout) stretch(from, to int) stretch {
	to = min(to, r.length)
	s := stretch{frames: to - from}
	for _, m := range r.frames[min(from, len(r.frames)):min(to, len(r.frames))] {
		s.difference.Add(m.difference)
		s.gradient.Add(m.gradient)
		s.trueDifference.Add(m.trueDifference)
		s.trueGradient.Add(m.trueGradient)
		if m.right {
			s.right++
		}
		if m.trueRight {
			s.trueRight++
		}
	}
	return s
}

// Rollout primes the dream with true frames of held-out episodes and lets it go on by itself under the actions that led
// through the truth, hundreds of frames long, so that it neither sees the truth again nor is led otherwise. Dream and truth
// part soon; what is compared is what any stretch of such video has. The bars, for every window of 100 frames over all
// rollouts: mean |frame difference| .5 to 2 times the truth's, gradient energy .8 to 1.25 times, and the right number of
// things in 90% of the frames, which is the number that the same parser finds most often in the true ones.
func Rollout(ctx context.Context, scene Scene, options Options) (RolloutResult, error) {
	o := options.filled(0)
	r, err := newRecorder(scene, o.Seed)
	if err != nil {
		return RolloutResult{}, err
	}
	dream, err := begin(scene, o.Seed)
	if err != nil {
		return RolloutResult{}, err
	}
	result := RolloutResult{scene: scene.Name, height: r.height, width: r.width, window: o.Window}
	total := o.Rollouts * o.Length
	o.Progress(0, total)
	for i := range o.Rollouts {
		clip, err := r.clip(ctx, o.Context+o.Length)
		if err != nil {
			return result, err
		}
		one, err := roll(ctx, scene, dream, clip, o, func(done int) { o.Progress(i*o.Length+done, total) })
		if err != nil {
			return result, err
		}
		if len(one.frames) < o.Length {
			result.Remarks = append(result.Remarks, fmt.Sprintf("rollout %d ended by itself after %d frames; the rest count as wrong", i+1, len(one.frames)))
		}
		result.rollouts = append(result.rollouts, one)
	}
	result.judgeWindows(o)
	return result, nil
}

// roll dreams one rollout from the start of the clip.
func roll(ctx context.Context, s Scene, dream env.Primer, clip env.Context, o Options, progress func(done int)) (rollout, error) {
	r := rollout{length: o.Length}
	counter := metrics.NewCounter(clip.Height, clip.Width)
	obs, err := dream.Prime(cutOf(clip, 0, o.Context))
	if err != nil {
		return r, fmt.Errorf("evals: priming the dream of %s: %w", s.Name, err)
	}
	before := slices.Clone(obs.Pixels())
	for i := range o.Length {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		step, err := s.Dream.Step(clip.Actions[o.Context-1+i])
		if err != nil {
			return r, fmt.Errorf("evals: stepping the dream of %s to frame %d: %w", s.Name, i+1, err)
		}
		now, at := step.Obs.Pixels(), o.Context+i
		r.frames = append(r.frames, moment{
			difference: metrics.Difference(now, before), gradient: metrics.Gradient(now, clip.Height, clip.Width),
			trueDifference: metrics.Difference(frame(clip, at), frame(clip, at-1)),
			trueGradient:   metrics.Gradient(frame(clip, at), clip.Height, clip.Width),
			things:         counter.Count(now), trueThings: counter.Count(frame(clip, at)),
		})
		if slices.Contains(moments, i+1) {
			r.shown = append(r.shown, shown{i + 1, slices.Clone(now), slices.Clone(frame(clip, at))})
		}
		copy(before, now)
		if (i+1)%10 == 0 || i+1 == o.Length {
			progress(i + 1)
		}
		if step.Done() {
			break
		}
	}
	r.count()
	return r, nil
}

// count sets which frames have the right number of things: the one that is most frequent in the truth.
func (r *rollout) count() {
	often := map[int]int{}
	for _, m := range r.frames {
		often[m.trueThings]++
	}
	right := 0
	for things, n := range often {
		if n > often[right] || n == often[right] && things < right {
			right = things
		}
	}
	for i := range r.frames {
		m := &r.frames[i]
		m.right, m.trueRight = m.things == right, m.trueThings == right
	}
}

// judgeWindows fills in the figures of every window.
func (r *RolloutResult) judgeWindows(o Options) {
	r.Gate, r.Clips = gateRollout, len(r.rollouts)
	alone := make([]bool, len(r.rollouts))
	for i := range alone {
		alone[i] = true
	}
	for from := 0; from < o.Length; from += o.Window {
		to := min(from+o.Window, o.Length)
		var parts []stretch
		for i, one := range r.rollouts {
			parts = append(parts, one.stretch(from, to))
			for k, value := range parts[i].figures() {
				alone[i] = alone[i] && stretchKinds[k].figure("", value).passes()
			}
		}
		figures := estimate(r.scene, parts, stretchKinds, (*stretch).add, stretch.figures)
		for i := range figures {
			figures[i].Frames = fmt.Sprintf("%d-%d", from+1, to)
		}
		r.Figures = append(r.Figures, figures...)
	}
	r.judge(func(Figure) bool { return true })
	passing := 0
	for _, ok := range alone {
		if ok {
			passing++
		}
	}
	r.Remarks = append(r.Remarks, fmt.Sprintf("rollouts that clear every bar by themselves: %d of %d", passing, len(alone)))
}
