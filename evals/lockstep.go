package evals

import (
	"context"
	"fmt"
	"time"

	"somnium/env"
	"somnium/evals/metrics"
)

// LockStepOptions shape LockStep. The zero value works.
type LockStepOptions struct {
	// Seed chooses the block of held-out seeds that the episodes start from.
	Seed uint64
	// Episodes is how many are played. Default: 1.
	Episodes int
	// Context is the number of true frames that the dream is given. Default: 8.
	Context int
	// Frames is how many both play on from there, at most. Default: 128.
	Frames int
	// Progress, where not nil, is called at the start and after every ten frames and every episode; its counts are frames.
	Progress func(done, total int)
}

// filled returns the options with defaults.
func (o LockStepOptions) filled() LockStepOptions {
	for _, d := range []struct {
		field *int
		value int
	}{{&o.Episodes, 1}, {&o.Context, 8}, {&o.Frames, 128}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	if o.Progress == nil {
		o.Progress = func(done, total int) {}
	}
	return o
}

// LockStepResult is what LockStep saw.
type LockStepResult struct {
	Scene    string
	Episodes []LockStepEpisode
	// Passed counts the episodes that ended before there was anything to compare, and that others were played for.
	Passed int
	// Dreamed counts the frames that the dream was stepped, DreamTime is how long these steps took.
	Dreamed   int
	DreamTime time.Duration
}

// LockStepEpisode is an episode of the truth and the dream of it. N counts the frames after the context.
type LockStepEpisode struct {
	// Seed is that of the episode.
	Seed uint64
	// Context is what the dream was given.
	Context env.Context
	// Actions [N] led truth and dream; Actions[i] leads to frame i+1, counted from the end of the context.
	Actions []env.Value
	// Truth and Dream are uint8 [N, H, W, 3].
	Truth, Dream []uint8
	// TruthRewards and DreamRewards [N] are those of the transitions; the dream's are 0 after its end.
	TruthRewards, DreamRewards []float64
	// TruthEnd and DreamEnd are the frames, counted from 1, with which they ended; 0 where they did not.
	TruthEnd, DreamEnd int
	// Errors [N] are those of every frame.
	Errors []LockStepErrors
}

// LockStepErrors are the errors of one frame: of the dream and of the last frame of the context, held. The fields that end
// in Changed are of the pixels with a channel that differs, in the truth, by more than metrics.ChangedBy of 255 from the
// last frame of the context.
type LockStepErrors struct {
	Dream, CopyLast, DreamChanged, CopyLastChanged metrics.Errors
}

// Len returns N.
func (e LockStepEpisode) Len() int { return len(e.Actions) }

// Last returns the last frame of the context, uint8 [H, W, 3].
func (e LockStepEpisode) Last() []uint8 { return frame(e.Context, e.Context.Len()-1) }

// TruthFrame and DreamFrame return the frame of a number, which counts from 1 at the end of the context.
func (e LockStepEpisode) TruthFrame(number int) []uint8 { return e.nth(e.Truth, number) }

// DreamFrame is the dream's TruthFrame.
func (e LockStepEpisode) DreamFrame(number int) []uint8 { return e.nth(e.Dream, number) }

func (e LockStepEpisode) nth(frames []uint8, number int) []uint8 {
	size := e.Context.Height * e.Context.Width * 3
	return frames[(number-1)*size : number*size]
}

// LockStepFigures compare truth and dream at one frame, in decibels of PSNR over all values of that frame in all episodes
// that reach it: the mean is of squared errors. They are 100 where nothing differs, and not a number where nothing was
// compared.
type LockStepFigures struct {
	Frame, Episodes                          int
	PSNR, CopyLast, Changed, ChangedCopyLast Number
}

// At returns the figures of a frame, counted from 1 at the end of the context.
func (r LockStepResult) At(number int) LockStepFigures {
	f := LockStepFigures{Frame: number}
	var sum LockStepErrors
	for _, e := range r.Episodes {
		if number < 1 || number > e.Len() {
			continue
		}
		f.Episodes++
		at := e.Errors[number-1]
		sum.Dream.Add(at.Dream)
		sum.CopyLast.Add(at.CopyLast)
		sum.DreamChanged.Add(at.DreamChanged)
		sum.CopyLastChanged.Add(at.CopyLastChanged)
	}
	f.PSNR, f.CopyLast = Number(decibels(sum.Dream.PSNR())), Number(decibels(sum.CopyLast.PSNR()))
	f.Changed, f.ChangedCopyLast = Number(decibels(sum.DreamChanged.PSNR())), Number(decibels(sum.CopyLastChanged.PSNR()))
	return f
}

// Shown returns the index of the episode to look at: the first that is as long as any.
func (r LockStepResult) Shown() int {
	best := 0
	for i, e := range r.Episodes {
		if e.Len() > r.Episodes[best].Len() {
			best = i
		}
	}
	return best
}

// LockStep plays held-out episodes of the truth, primes the dream with the first frames of each, with the actions between
// them and the caption of the first, and from there steps both with the same actions, of an agent that sees the truth.
// Where the truth ends, the episode does; where the dream ends before that, its last frame stands for all that would
// follow. Equal seeds give equal results, whatever the number of episodes, but for the time they took.
func LockStep(ctx context.Context, scene Scene, options LockStepOptions) (LockStepResult, error) {
	o := options.filled()
	result := LockStepResult{Scene: scene.Name}
	r, err := newRecorder(scene, o.Seed)
	if err != nil {
		return result, err
	}
	if limit := scene.Truth.Spec().MaxEpisodeSteps; limit > 0 && limit < o.Context {
		return result, fmt.Errorf("evals: episodes of %s have at most %d frames, and %d are asked for as context, before those to compare: give a shorter one, or raise its max_episode_steps",
			scene.Name, limit+1, o.Context)
	}
	total := o.Episodes * o.Frames
	o.Progress(0, total)
	for len(result.Episodes) < o.Episodes {
		before := len(result.Episodes) * o.Frames
		e, err := r.together(ctx, o, &result, func(done int) { o.Progress(before+done, total) })
		if err != nil {
			return result, err
		}
		if e.Len() == 0 {
			result.Passed++
		} else {
			result.Episodes = append(result.Episodes, e)
			o.Progress(before+o.Frames, total)
		}
		if result.Passed == tries {
			return result, fmt.Errorf("evals: %d episodes of %s ended within the %d frames of the context: give a shorter one", tries, scene.Name, o.Context)
		}
	}
	return result, nil
}

// together plays the next episode. It comes back empty where the truth ends within the context.
func (r *recorder) together(ctx context.Context, o LockStepOptions, sum *LockStepResult, progress func(done int)) (LockStepEpisode, error) {
	seed := heldOut(r.run, r.next)
	r.next++
	e := LockStepEpisode{Seed: seed}
	truth := leader{scene: r.scene, seed: seed}
	var err error
	if e.Context, err = truth.start(ctx, r.height, r.width, o.Context); err != nil || truth.over {
		return e, err
	}
	dream, err := newFollower(r.scene, seed)
	if err != nil {
		return e, err
	}
	if err := dream.prime(e.Context); err != nil {
		return e, err
	}
	mask := make([]bool, r.height*r.width)
	for !truth.over && e.Len() < o.Frames {
		if err := ctx.Err(); err != nil {
			return e, err
		}
		actions, steps, err := truth.ahead(min(dream.dream.Stride(), o.Frames-e.Len()))
		if err != nil {
			return e, err
		}
		err = dream.follow(actions, e.Len()+1, func(i int, reward float64) {
			e.add(actions[i], steps[i], reward, dream.pixels, mask)
			if e.Len()%10 == 0 {
				progress(e.Len())
			}
		})
		if err != nil {
			return e, err
		}
	}
	if truth.over {
		e.TruthEnd = e.Len()
	}
	e.DreamEnd = dream.end
	sum.Dreamed += dream.steps
	sum.DreamTime += dream.time
	return e, nil
}

// add appends a frame of both.
func (e *LockStepEpisode) add(action env.Value, truth env.Step, reward float64, dream []uint8, mask []bool) {
	now, last := truth.Obs.Pixels(), e.Last()
	metrics.Changed(mask, now, last)
	e.Actions = append(e.Actions, action)
	e.Truth, e.Dream = append(e.Truth, now...), append(e.Dream, dream...)
	e.TruthRewards, e.DreamRewards = append(e.TruthRewards, truth.Reward), append(e.DreamRewards, reward)
	e.Errors = append(e.Errors, LockStepErrors{
		Dream: metrics.Of(dream, now), CopyLast: metrics.Of(last, now),
		DreamChanged: metrics.OfMasked(dream, now, mask), CopyLastChanged: metrics.OfMasked(last, now, mask),
	})
}
