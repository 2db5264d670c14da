package evals

import (
	"context"
	"fmt"
	"slices"

	"somnium/env"
	"somnium/evals/metrics"
)

// actionsRatio is the bar of Actions.
const actionsRatio = 1.1

// surprise is how unexpected a clip is with its own actions and with another's.
type surprise struct {
	own, others metrics.Mean // over frames
	// differ is the mean of whether the two actions into a frame differ.
	differ metrics.Mean
}

var surpriseKinds = []kind{
	plain("surprise", ""),
	plain("surprise_permuted", ""),
	atLeast("ratio", "", actionsRatio),
	plain("actions_that_differ", ""),
}

func (s *surprise) add(other surprise) {
	s.own.Add(other.own)
	s.others.Add(other.others)
	s.differ.Add(other.differ)
}

func (s surprise) figures() []float64 {
	return []float64{s.own.Value(), s.others.Value(), s.others.Value() / s.own.Value(), s.differ.Value()}
}

// Actions asks the dreams how unexpected clips of held-out episodes are (env.Surpriser): with the actions that led
// through them, and with the actions permuted between the clips, under the same noise. The first frame of a clip, into
// which no action leads, does not count. The bar, in each scene: the mean over all clips with the permuted actions is
// 1.1 times that with the true ones. Clips are drawn independently, so the permutation is the cyclic one: every clip
// takes the next one's actions, and none keeps its own.
func Actions(ctx context.Context, scenes []Scene, options Options) (Result, error) {
	o := options.filled(512)
	if o.Clips < 2 {
		return Result{}, fmt.Errorf("evals: actions cannot be permuted within %d clip: measure 2 at least", o.Clips)
	}
	clips := make([][]surprise, len(scenes))
	var first []env.Value
	var next env.Context
	err := eachClip(ctx, scenes, o, func(i int, r *recorder) (err error) {
		clip := next
		if len(clips[i]) == 0 {
			if clip, err = r.clip(ctx, o.Context+1); err != nil {
				return err
			}
			first = clip.Actions
		}
		others := first
		if len(clips[i])+1 < o.Clips {
			if next, err = r.clip(ctx, o.Context+1); err != nil {
				return err
			}
			others = next.Actions
		}
		s, err := wonder(scenes[i], clip, others, heldOut(o.Seed, len(clips[i])))
		clips[i] = append(clips[i], s)
		return err
	})
	if err != nil {
		return Result{}, err
	}
	result := Result{Gate: gateActions, Clips: o.Clips}
	for i, s := range scenes {
		result.Figures = append(result.Figures, estimate(s.Name, clips[i], surpriseKinds, (*surprise).add, surprise.figures)...)
	}
	result.judge(func(Figure) bool { return true })
	return result, nil
}

// wonder measures one clip; seed is that of the noise.
func wonder(s Scene, clip env.Context, others []env.Value, seed uint64) (surprise, error) {
	var t surprise
	for i, a := range clip.Actions {
		differ := metrics.Mean{Count: 1}
		if !equal(a, others[i]) {
			differ.Sum = 1
		}
		t.differ.Add(differ)
	}
	var err error
	if t.own, err = unexpected(s, clip, seed); err != nil {
		return t, err
	}
	clip.Actions = others
	t.others, err = unexpected(s, clip, seed)
	return t, err
}

// unexpected returns the surprise of the frames after the first.
func unexpected(s Scene, clip env.Context, seed uint64) (m metrics.Mean, err error) {
	surpriser, ok := env.As[env.Surpriser](s.Dream)
	if !ok {
		return m, lacks(s, "tell how unexpected a video is")
	}
	values, err := surpriser.Surprise(clip, seed)
	if err != nil {
		return m, fmt.Errorf("evals: the surprise of the dream of %s: %w", s.Name, err)
	}
	if len(values) != clip.Len() {
		return m, fmt.Errorf("evals: the dream of %s told %d surprises of %d frames: its Surprise is broken", s.Name, len(values), clip.Len())
	}
	for _, v := range values[1:] {
		m.Add(metrics.Mean{Sum: v, Count: 1})
	}
	return m, nil
}

// equal says whether two elements of one action space are the same.
func equal(a, b env.Value) bool {
	if !slices.Equal(a.Int, b.Int) || !slices.Equal(a.U8, b.U8) || !slices.Equal(a.F32, b.F32) {
		return false
	}
	for key, part := range a.Dict {
		if !equal(part, b.Dict[key]) {
			return false
		}
	}
	return true
}
