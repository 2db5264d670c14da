package evals

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"somnium/env"
	"somnium/evals/baseline"
	"somnium/evals/metrics"
)

// Candidate is who sits an exam: a model, a baseline, or videos that were made elsewhere.
type Candidate interface {
	// Name is what the report calls it.
	Name() string
	// Continue returns for every trial the frames that follow its context, uint8 [N, H, W, 3]. step, which may be called
	// from several goroutines, is told of every frame. What it cannot do at all is an Incapable.
	Continue(ctx context.Context, trials []Trial, step func(frames int)) ([][]uint8, error)
	// Surprise returns for every clip how unexpected each of its frames is, under the noise of the seed.
	Surprise(ctx context.Context, clips []Clip, seed uint64, step func(frames int)) ([][]float64, error)
	// Reconstruct returns the frames of a trial's truth as the candidate's code shows them, or nil where it has none.
	Reconstruct(trial Trial) ([]byte, error)
	// Close frees what the candidate holds.
	Close() error
}

// Clip is a video whose surprise is asked for.
type Clip struct {
	Scene string
	env.Context
	// Origin is where its first frame is from, and what truly follows that.
	Origin baseline.Origin
}

// EnvCandidate is a candidate that is an environment in the place of each simulator.
type EnvCandidate struct {
	Title string
	// Open makes it in the place of the simulator of a name.
	Open func(scene string) (env.Env, error)
	// Ready, where not nil, is shown the trials before they are sat.
	Ready func(trials []Trial)
	// Workers is how many trials are sat at a time. Default: the number of processors.
	Workers int

	mutex sync.Mutex
	idle  map[string][]env.Env
}

// Name implements Candidate.
func (c *EnvCandidate) Name() string { return c.Title }

// take returns an environment in the place of a scene, made where none is idle.
func (c *EnvCandidate) take(scene string) (env.Env, error) {
	c.mutex.Lock()
	if list := c.idle[scene]; len(list) > 0 {
		e := list[len(list)-1]
		c.idle[scene] = list[:len(list)-1]
		c.mutex.Unlock()
		return e, nil
	}
	c.mutex.Unlock()
	e, err := c.Open(scene)
	if err != nil {
		return nil, Incapable{fmt.Sprintf("%s cannot stand for %s: %v", c.Title, scene, err)}
	}
	return e, nil
}

func (c *EnvCandidate) give(scene string, e env.Env) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.idle == nil {
		c.idle = map[string][]env.Env{}
	}
	c.idle[scene] = append(c.idle[scene], e)
}

// Close implements Candidate.
func (c *EnvCandidate) Close() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var errs []error
	for _, list := range c.idle {
		for _, e := range list {
			errs = append(errs, e.Close())
		}
	}
	c.idle = nil
	return errors.Join(errs...)
}

// each calls work for every i below n, some at a time, and returns the first error in order.
func (c *EnvCandidate) each(ctx context.Context, n int, work func(i int) error) error {
	workers := c.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	errs := make([]error, n)
	next := make(chan int)
	var group sync.WaitGroup
	for range min(workers, n) {
		group.Go(func() {
			for i := range next {
				if errs[i] = ctx.Err(); errs[i] == nil {
					errs[i] = work(i)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Continue implements Candidate.
func (c *EnvCandidate) Continue(ctx context.Context, trials []Trial, step func(frames int)) ([][]uint8, error) {
	if c.Ready != nil {
		c.Ready(trials)
	}
	answers := make([][]uint8, len(trials))
	err := c.each(ctx, len(trials), func(i int) (err error) {
		e, err := c.take(trials[i].Scene)
		if err != nil {
			return err
		}
		defer c.give(trials[i].Scene, e)
		answers[i], err = c.answer(ctx, e, trials[i], step)
		return err
	})
	return answers, err
}

// answer continues one trial. After its own end a candidate shows its last frame for ever.
func (c *EnvCandidate) answer(ctx context.Context, e env.Env, t Trial, step func(frames int)) ([]uint8, error) {
	if err := fits(e, t); err != nil {
		return nil, Incapable{fmt.Sprintf("%s cannot stand for %s: %v", c.Title, t.Scene, err)}
	}
	primer, ok := env.As[env.Primer](e)
	if !ok {
		return nil, Incapable{c.Title + " cannot go on from a context (env.Primer)"}
	}
	if _, err := e.Reset(env.Seeded(t.Seed)); err != nil {
		return nil, fmt.Errorf("evals: starting %s: %w", c.Title, err)
	}
	if knower, ok := env.As[baseline.Knower](e); ok {
		knower.Know(t.Origin)
	}
	obs, err := primer.Prime(t.Context)
	if err != nil {
		return nil, fmt.Errorf("evals: priming %s with a context of %s: %w", c.Title, t.Scene, err)
	}
	answer := make([]uint8, 0, len(t.Truth))
	last, done := append([]uint8(nil), obs.Pixels()...), false
	for i, action := range t.Actions {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !done {
			s, err := e.Step(action)
			if err != nil {
				return nil, fmt.Errorf("evals: stepping %s to frame %d: %w", c.Title, i+1, err)
			}
			copy(last, s.Obs.Pixels())
			done = s.Done()
		}
		answer = append(answer, last...)
		step(1)
	}
	return answer, nil
}

// fits returns an error where the candidate's spaces are not those of the trial.
func fits(e env.Env, t Trial) error {
	h, w, ok := env.FrameSize(e.Spec().Observation)
	if !ok || h != t.Context.Height || w != t.Context.Width {
		return fmt.Errorf("it observes %v and the truth shows pictures of %dx%d", e.Spec().Observation, t.Context.Height, t.Context.Width)
	}
	if len(t.Actions) > 0 {
		if err := e.Spec().Action.Contains(t.Actions[0]); err != nil {
			return fmt.Errorf("its actions are not the truth's: %w", err)
		}
	}
	return nil
}

// Surprise implements Candidate.
func (c *EnvCandidate) Surprise(ctx context.Context, clips []Clip, seed uint64, step func(frames int)) ([][]float64, error) {
	all := make([][]float64, len(clips))
	err := c.each(ctx, len(clips), func(i int) error {
		e, err := c.take(clips[i].Scene)
		if err != nil {
			return err
		}
		defer c.give(clips[i].Scene, e)
		surpriser, ok := env.As[env.Surpriser](e)
		if !ok {
			return Incapable{c.Title + " does not tell how unexpected a video is (env.Surpriser)"}
		}
		if knower, ok := env.As[baseline.Knower](e); ok {
			knower.Know(clips[i].Origin)
		}
		if all[i], err = surpriser.Surprise(clips[i].Context, seed); err != nil {
			return fmt.Errorf("evals: the surprise of %s: %w", c.Title, err)
		}
		step(clips[i].Len())
		return nil
	})
	return all, err
}

// Reconstruct implements Candidate.
func (c *EnvCandidate) Reconstruct(t Trial) ([]byte, error) {
	e, err := c.take(t.Scene)
	if err != nil {
		return nil, err
	}
	defer c.give(t.Scene, e)
	reconstructor, ok := env.As[env.Reconstructor](e)
	if !ok {
		return nil, nil
	}
	return reconstructor.Reconstruct(env.Context{Height: t.Context.Height, Width: t.Context.Width, Frames: t.Truth})
}

// The names of the baselines.
const (
	CopyLast         = "copy last"
	BestBlur         = "best blur"
	ConstantVelocity = "constant velocity"
	Quadratic        = "3-frame quadratic"
	NearestClip      = "nearest clip"
	Oracle           = "true simulator"
	NoisyOracle      = "noisy simulator"
	Untrained        = "untrained"
)

// NewBaseline returns the baseline of a name, on truths that open makes. The untrained network is not among them: it is a
// candidate like the model.
func NewBaseline(name string, open func(scene string) (env.Env, error)) Candidate {
	from := func(make func(truth env.Env) (env.Env, error)) func(string) (env.Env, error) {
		return func(scene string) (env.Env, error) {
			truth, err := open(scene)
			if err != nil {
				return nil, err
			}
			return make(truth)
		}
	}
	// spec makes baselines that need no simulator but its spec.
	spec := func(make func(s env.Spec) (env.Env, error)) func(string) (env.Env, error) {
		return from(func(truth env.Env) (env.Env, error) {
			defer truth.Close()
			return make(truth.Spec())
		})
	}
	c := &EnvCandidate{Title: name}
	switch name {
	case CopyLast:
		c.Open = spec(func(s env.Spec) (env.Env, error) { return baseline.NewCopyLast(s) })
	case BestBlur:
		sigma := 0.0
		c.Ready = func(trials []Trial) {
			c.Close() // the last exam's blur is not this one's
			sigma = bestBlur(trials)
		}
		c.Open = spec(func(s env.Spec) (env.Env, error) { return baseline.NewBlur(s, sigma) })
	case ConstantVelocity, Quadratic:
		order := 1
		if name == Quadratic {
			order = 2
		}
		c.Open = spec(func(s env.Spec) (env.Env, error) { return baseline.NewKinematic(s, order) })
	case NearestClip:
		const episodes, frames = 48, 100
		c.Workers = 1 // so that what is remembered is played once
		c.Open = from(func(truth env.Env) (env.Env, error) {
			defer truth.Close()
			return baseline.NewNearest(truth, episodes, frames)
		})
	case Oracle:
		c.Open = from(func(truth env.Env) (env.Env, error) { return baseline.NewOracle(truth) })
	case NoisyOracle:
		const pixels = 0.3
		c.Open = from(func(truth env.Env) (env.Env, error) { return baseline.NewNoisyOracle(truth, pixels) })
	default:
		panic("evals: there is no baseline of this name")
	}
	return c
}

// bestBlur returns the deviation of the blur of the context's last frame that is nearest to the frames of the trials that
// come 1, 4 and 16 after it, over the first trials: the best in hindsight.
func bestBlur(trials []Trial) float64 {
	const enough = 12 // trials tell it well enough
	var scores []metrics.Errors
	for _, t := range trials[:min(len(trials), enough)] {
		b := metrics.NewBlur(t.Context.Height, t.Context.Width)
		last := t.frame(nil, t.Known()-1)
		mask := make([]bool, t.Context.Height*t.Context.Width)
		for _, ahead := range []int{0, 3, 15} {
			if ahead < t.Frames() {
				truth := t.frame(t.Truth, t.Known()+ahead)
				metrics.Changed(mask, truth, last)
				scores = b.Score(scores, last, truth, mask)
			}
		}
	}
	if scores == nil {
		return 0
	}
	sigma, _ := metrics.Best(scores)
	return sigma
}
