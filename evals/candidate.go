package evals

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"somnium/env"
	"somnium/evals/baseline"
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
	// Reconstruct returns the frames of every trial's truth as the candidate's code shows them, or nil where it has none.
	Reconstruct(ctx context.Context, trials []Trial) ([][]uint8, error)
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
	// Share, where not nil, calls work for 0 to n-1, as many at a time as it sees fit, in place of Workers goroutines. Who computes
	// with several goroutines itself gives the pool that these come from, so that trials share the processors and not the parts of
	// one frame: then nothing waits for another's part.
	Share func(n int, work func(i int))

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

// each calls work for every i below n, some at a time, with an environment in the place of the scene that is its, and returns the first
// error in order.
func (c *EnvCandidate) each(ctx context.Context, n int, scene func(i int) string, work func(i int, e env.Env) error) error {
	errs := make([]error, n)
	share := c.Share
	if share == nil {
		share = c.share
	}
	share(n, func(i int) {
		if errs[i] = ctx.Err(); errs[i] != nil {
			return
		}
		var e env.Env
		if e, errs[i] = c.take(scene(i)); errs[i] == nil {
			errs[i] = work(i, e)
			c.give(scene(i), e)
		}
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// share is the Share of those who have none.
func (c *EnvCandidate) share(n int, work func(i int)) {
	workers := c.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	next := make(chan int)
	var group sync.WaitGroup
	for range min(workers, n) {
		group.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}

func sceneOf(trials []Trial) func(i int) string { return func(i int) string { return trials[i].Scene } }

// Continue implements Candidate.
func (c *EnvCandidate) Continue(ctx context.Context, trials []Trial, step func(frames int)) ([][]uint8, error) {
	if c.Ready != nil {
		c.Ready(trials)
	}
	answers := make([][]uint8, len(trials))
	err := c.each(ctx, len(trials), sceneOf(trials), func(i int, e env.Env) (err error) {
		answers[i], err = c.answer(ctx, e, trials[i], step)
		return err
	})
	return answers, err
}

// answer continues one trial. After its own end a candidate shows its last frame for ever.
func (c *EnvCandidate) answer(ctx context.Context, e env.Env, t Trial, step func(frames int)) ([]uint8, error) {
	obs, err := c.begin(e, t)
	if err != nil {
		return nil, err
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

// begin shows the candidate the context of a trial, and returns what it observes then.
func (c *EnvCandidate) begin(e env.Env, t Trial) (obs env.Value, err error) {
	if err := fits(e, t); err != nil {
		return obs, Incapable{fmt.Sprintf("%s cannot stand for %s: %v", c.Title, t.Scene, err)}
	}
	primer, ok := env.As[env.Primer](e)
	if !ok {
		return obs, Incapable{c.Title + " cannot go on from a context (env.Primer)"}
	}
	if _, err := e.Reset(env.Seeded(t.Seed)); err != nil {
		return obs, fmt.Errorf("evals: starting %s: %w", c.Title, err)
	}
	if knower, ok := env.As[baseline.Knower](e); ok {
		knower.Know(t.Origin)
	}
	if obs, err = primer.Prime(t.Context); err != nil {
		return obs, fmt.Errorf("evals: priming %s with a context of %s: %w", c.Title, t.Scene, err)
	}
	return obs, nil
}

// fits returns an error where the candidate's spaces are not those of the trial.
func fits(e env.Env, t Trial) error {
	h, w, ok := env.FrameSize(e.Spec().Observation)
	if !ok || h != t.Context.Height || w != t.Context.Width {
		return fmt.Errorf("it observes %v and the truth shows pictures of %dx%d", e.Spec().Observation, t.Context.Height, t.Context.Width)
	}
	if len(t.Actions) > 0 { // of a game, the actions are not known before
		if err := e.Spec().Action.Contains(t.Actions[0]); err != nil {
			return fmt.Errorf("its actions are not the truth's: %w", err)
		}
	}
	return nil
}

// Surprise implements Candidate.
func (c *EnvCandidate) Surprise(ctx context.Context, clips []Clip, seed uint64, step func(frames int)) ([][]float64, error) {
	all := make([][]float64, len(clips))
	err := c.each(ctx, len(clips), func(i int) string { return clips[i].Scene }, func(i int, e env.Env) (err error) {
		surpriser, ok := env.As[env.Surpriser](e)
		if !ok {
			return Incapable{c.Title + " does not tell how unexpected a video is (env.Surpriser)"}
		}
		if h, w, ok := env.FrameSize(e.Spec().Observation); !ok || h != clips[i].Height || w != clips[i].Width {
			return Incapable{fmt.Sprintf("%s cannot stand for %s: it observes %v and the video has pictures of %dx%d", c.Title, clips[i].Scene, e.Spec().Observation, clips[i].Height, clips[i].Width)}
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

// errNoCode says, within Reconstruct, that there is no code.
var errNoCode = errors.New("no code")

// Reconstruct implements Candidate.
func (c *EnvCandidate) Reconstruct(ctx context.Context, trials []Trial) ([][]uint8, error) {
	shown := make([][]uint8, len(trials))
	err := c.each(ctx, len(trials), sceneOf(trials), func(i int, e env.Env) (err error) {
		t := trials[i]
		code, ok := env.As[env.Reconstructor](e)
		if !ok {
			return errNoCode
		}
		shown[i], err = code.Reconstruct(env.Context{Height: t.Context.Height, Width: t.Context.Width, Frames: t.Truth})
		if err == nil && len(shown[i]) != len(t.Truth) {
			err = fmt.Errorf("%d bytes came back of %d: its Reconstruct is broken", len(shown[i]), len(t.Truth))
		}
		if err != nil {
			return fmt.Errorf("evals: the frames of %s through the code of %s: %w", t.Scene, c.Title, err)
		}
		return nil
	})
	if errors.Is(err, errNoCode) {
		return nil, nil
	}
	return shown, err
}
