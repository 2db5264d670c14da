package evals

import (
	"context"
	"errors"
)

// Options shape a measurement. The zero value measures at full size.
type Options struct {
	// Seed chooses the block of held-out seeds and starts the dream's own noise.
	Seed uint64
	// Clips is the number of clips of each scene. Default: 32 for Tokenizer, 64 for NextFrame, 512 for Actions.
	Clips int
	// Context is the number of true frames that a dream is given. The clips of Tokenizer and Actions have one more.
	// Default: 15.
	Context int
	// Rollouts is how many are dreamed, Length the frames of each, and every Window of them is judged by itself.
	// Defaults: 8, 600 and 100.
	Rollouts, Length, Window int
	// Progress, where not nil, is called at the start and after each clip, or each ten frames of a rollout.
	Progress func(done, total int)
}

// filled returns the options with defaults, of which clips is the gate's.
func (o Options) filled(clips int) Options {
	fill := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	fill(&o.Clips, clips)
	fill(&o.Context, 15)
	fill(&o.Rollouts, 8)
	fill(&o.Length, 600)
	fill(&o.Window, 100)
	if o.Progress == nil {
		o.Progress = func(done, total int) {}
	}
	return o
}

var errNoScene = errors.New("evals: there is no scene to measure: name one")

// eachClip calls measure for every clip, one scene after the other.
func eachClip(ctx context.Context, scenes []Scene, o Options, measure func(scene int, r *recorder) error) error {
	if len(scenes) == 0 {
		return errNoScene
	}
	done, total := 0, len(scenes)*o.Clips
	o.Progress(done, total)
	for i, s := range scenes {
		r, err := newRecorder(s, o.Seed)
		if err != nil {
			return err
		}
		for range o.Clips {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := measure(i, r); err != nil {
				return err
			}
			done++
			o.Progress(done, total)
		}
	}
	return nil
}
