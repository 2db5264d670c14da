package envtest

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"somnium/env"
	"somnium/env/wrap"
)

// recorder is a testing.TB that keeps what TestEnv reports.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func newCounter() (env.Env, error) { return NewCounter(16, 16), nil }

func TestAcceptsCounter(t *testing.T) { TestEnv(t, newCounter) }

func TestAcceptsWrappedCounter(t *testing.T) {
	TestEnv(t, func() (env.Env, error) {
		return env.EnforceOrder(wrap.Statistics(env.LimitTime(NewCounter(16, 24), 20))), nil
	})
}

// bare is a Counter without its capabilities.
type bare struct{ env.Env }

func TestAcceptsEnvWithoutCapabilities(t *testing.T) {
	TestEnv(t, func() (env.Env, error) { return env.LimitTime(bare{NewCounter(16, 16)}, 30), nil })
}

// primable is a Counter that can be primed: the count goes on from what the last frame shows.
type primable struct {
	*Counter
	prime func(c *Counter, context env.Context) (env.Value, error)
}

func (p primable) Prime(context env.Context) (env.Value, error) {
	if p.prime != nil {
		return p.prime(p.Counter, context)
	}
	return primeCounter(p.Counter, context)
}

// primeCounter is Prime as it should be.
func primeCounter(c *Counter, context env.Context) (env.Value, error) {
	height, width, _ := env.FrameSize(c.spec.Observation)
	frames := context.Len()
	if context.Height != height || context.Width != width || frames < 1 || len(context.Frames) != frames*height*width*3 ||
		context.Actions != nil && len(context.Actions) != frames-1 {
		return env.Value{}, errors.New("envtest: this is no context of a Counter")
	}
	count := (int64(context.Frames[len(context.Frames)-1]) - 128) / 8
	c.state = counterState{Scale: 1, Count: count, Over: count > counterGoal || count < -counterGoal}
	return c.render(), nil
}

func TestPriming(t *testing.T) {
	for _, test := range []struct {
		name  string
		prime func(c *Counter, context env.Context) (env.Value, error)
		want  string
	}{
		{"as it should be", nil, ""},
		{"anything taken", func(c *Counter, context env.Context) (env.Value, error) {
			if obs, err := primeCounter(c, context); err == nil {
				return obs, nil
			}
			return c.render(), nil
		}, "Prime took"},
		{"another frame", func(c *Counter, context env.Context) (env.Value, error) {
			obs, err := primeCounter(c, context)
			if err == nil {
				c.state.Count = 0
				obs = c.render()
				obs.U8[0]++
			}
			return obs, err
		}, "another observation"},
		{"a refusal that draws", func(c *Counter, context env.Context) (env.Value, error) {
			obs, err := primeCounter(c, context)
			if err != nil {
				c.stream.Rand().Uint64()
			}
			return obs, err
		}, "that were refused"},
		{"chance", func(c *Counter, context env.Context) (env.Value, error) {
			c.stream = env.Stream{}
			return primeCounter(c, context)
		}, "primed twice"},
		{"frames written over", func(c *Counter, context env.Context) (env.Value, error) {
			obs, err := primeCounter(c, context)
			clear(context.Frames)
			return obs, err
		}, "writes to its context"},
	} {
		r := &recorder{TB: t}
		TestEnv(r, func() (env.Env, error) { return primable{NewCounter(16, 16), test.prime}, nil })
		if got := strings.Join(r.errors, "; "); test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s is reported as %q, want %q", test.name, got, test.want)
		}
	}
}

func TestReportsFailureToMake(t *testing.T) {
	r := &recorder{TB: t}
	TestEnv(r, func() (env.Env, error) { return nil, errors.New("no wood left") })
	if len(r.errors) != len(checks) || !strings.Contains(r.errors[0], "no wood left") {
		t.Errorf("reports %q, want every check to name the cause", r.errors)
	}
}

// broken is a Counter with some of its methods replaced.
type broken struct {
	*Counter
	reset    func(c *Counter, opts env.ResetOptions) (env.Value, error)
	step     func(c *Counter, action env.Value) (env.Step, error)
	closing  func(c *Counter) error
	spec     func(c *Counter) env.Spec
	snapshot func(c *Counter) ([]byte, error)
	restore  func(c *Counter, snapshot []byte) (env.Value, error)
	state    func(c *Counter) env.State
	captions func(c *Counter) (string, string)
}

func (b broken) Reset(opts env.ResetOptions) (env.Value, error) {
	if b.reset != nil {
		return b.reset(b.Counter, opts)
	}
	return b.Counter.Reset(opts)
}

func (b broken) Step(action env.Value) (env.Step, error) {
	if b.step != nil {
		return b.step(b.Counter, action)
	}
	return b.Counter.Step(action)
}

func (b broken) Close() error {
	if b.closing != nil {
		return b.closing(b.Counter)
	}
	return b.Counter.Close()
}

func (b broken) Spec() env.Spec {
	if b.spec != nil {
		return b.spec(b.Counter)
	}
	return b.Counter.Spec()
}

func (b broken) Snapshot() ([]byte, error) {
	if b.snapshot != nil {
		return b.snapshot(b.Counter)
	}
	return b.Counter.Snapshot()
}

func (b broken) Restore(snapshot []byte) (env.Value, error) {
	if b.restore != nil {
		return b.restore(b.Counter, snapshot)
	}
	return b.Counter.Restore(snapshot)
}

func (b broken) State() env.State {
	if b.state != nil {
		return b.state(b.Counter)
	}
	return b.Counter.State()
}

func (b broken) Captions() (string, string) {
	if b.captions != nil {
		return b.captions(b.Counter)
	}
	return b.Counter.Captions()
}

// TestRejects breaks one promise at a time and expects the check of that promise to say so.
func TestRejects(t *testing.T) {
	// What some of the broken environments share between their instances.
	var shared [16 * 16 * 3]uint8
	var calls atomic.Int64
	badState := func(spoil func(s *env.State)) broken {
		return broken{state: func(c *Counter) env.State {
			s := c.State()
			spoil(&s)
			return s
		}}
	}
	badStep := func(spoil func(c *Counter, s *env.Step)) broken {
		return broken{step: func(c *Counter, action env.Value) (env.Step, error) {
			s, err := c.Step(action)
			spoil(c, &s)
			return s, err
		}}
	}
	badSpec := func(spoil func(s *env.Spec)) broken {
		return broken{spec: func(c *Counter) env.Spec {
			s := c.Spec()
			spoil(&s)
			return s
		}}
	}
	tests := []struct {
		name   string
		broken broken
		want   string
	}{
		{"spec without an id", badSpec(func(s *env.Spec) { s.ID = "" }), "spec"},
		{"spec without a rate", badSpec(func(s *env.Spec) { s.FPS = math.NaN() }), "spec"},
		{"spec that changes", badSpec(func(s *env.Spec) { s.FPS = float64(calls.Add(1)) }), "spec"},
		{"spec that promises an end", badSpec(func(s *env.Spec) { s.MaxEpisodeSteps = 2 }), "episode ends once"},
		{"observation of another size", badStep(func(c *Counter, s *env.Step) {
			if len(s.Obs.U8) > 0 {
				s.Obs.U8 = s.Obs.U8[1:]
			}
		}), "values lie in their spaces"},
		{"reward that is no number", badStep(func(c *Counter, s *env.Step) { s.Reward = math.NaN() }), "values lie in their spaces"},
		{"step before reset", broken{step: func(c *Counter, action env.Value) (env.Step, error) {
			if !c.running && !c.closed {
				return env.Step{Obs: c.obs}, nil
			}
			return c.Step(action)
		}}, "out of order"},
		{"step after the end", broken{step: func(c *Counter, action env.Value) (env.Step, error) {
			if c.state.Over && !c.closed {
				return env.Step{Obs: c.obs, Terminated: true}, nil
			}
			return c.Step(action)
		}}, "episode ends once"},
		{"close fails twice", broken{closing: func(c *Counter) error {
			if c.closed {
				return env.ErrClosed
			}
			return c.Close()
		}}, "stays closed"},
		{"reset revives", broken{closing: func(c *Counter) error { return nil }}, "stays closed"},
		{"step draws from elsewhere", badStep(func(c *Counter, s *env.Step) { s.Reward += float64(calls.Add(1) % 977) }), "seed determines"},
		{"instances share their memory", badStep(func(c *Counter, s *env.Step) {
			if s.Obs.U8 != nil {
				copy(shared[:], s.Obs.U8)
				s.Obs.U8 = shared[:]
			}
		}), "share nothing"},
		{"seed without effect", broken{reset: func(c *Counter, opts env.ResetOptions) (env.Value, error) {
			return c.Reset(env.ResetOptions{Seed: new(uint64), Params: opts.Params})
		}}, "seeds differ"},
		{"unseeded reset from entropy", broken{reset: func(c *Counter, opts env.ResetOptions) (env.Value, error) {
			if opts.Seed == nil && c.running && !c.closed {
				c.stream = env.Stream{}
			}
			return c.Reset(opts)
		}}, "continues the stream"},
		{"unseeded reset repeats the episode", broken{reset: func(c *Counter, opts env.ResetOptions) (env.Value, error) {
			if opts.Seed == nil {
				opts.Seed = new(uint64(9))
			}
			return c.Reset(opts)
		}}, "continues the stream"},
		{"bad action taken as another", broken{step: func(c *Counter, action env.Value) (env.Step, error) {
			if c.spec.Action.Contains(action) != nil {
				action = env.Int(0)
			}
			return c.Step(action)
		}}, "bad action"},
		{"bad action changes the state", broken{step: func(c *Counter, action env.Value) (env.Step, error) {
			if c.spec.Action.Contains(action) != nil {
				c.state.Count++
			}
			return c.Step(action)
		}}, "bad action"},
		{"unknown parameter ignored", broken{reset: func(c *Counter, opts env.ResetOptions) (env.Value, error) {
			delete(opts.Params, "no such parameter")
			return c.Reset(opts)
		}}, "parameters"},
		{"parameter out of range taken", broken{reset: func(c *Counter, opts env.ResetOptions) (env.Value, error) {
			if x, ok := opts.Params["scale"]; ok {
				opts.Params["scale"] = min(max(x, 0.5), 2)
			}
			return c.Reset(opts)
		}}, "parameters"},
		{"failed reset changes the state", broken{reset: func(c *Counter, opts env.ResetOptions) (env.Value, error) {
			obs, err := c.Reset(opts)
			if err != nil {
				c.stream.Rand().Uint64()
			}
			return obs, err
		}}, "parameters"},
		{"snapshot without the random stream", broken{restore: func(c *Counter, snapshot []byte) (env.Value, error) {
			random, _ := c.stream.MarshalBinary()
			if obs, err := c.Restore(snapshot); err != nil {
				return obs, err
			}
			c.stream.UnmarshalBinary(random)
			return c.obs, nil
		}}, "a snapshot replays"},
		{"restore that returns a stale picture", broken{restore: func(c *Counter, snapshot []byte) (env.Value, error) {
			stale := c.obs.Clone()
			_, err := c.Restore(snapshot)
			return stale, err
		}}, "a snapshot replays"},
		{"restore that forgets the end", broken{restore: func(c *Counter, snapshot []byte) (env.Value, error) {
			obs, err := c.Restore(snapshot)
			c.state.Over = c.state.Over && err != nil
			return obs, err
		}}, "a snapshot replays"},
		{"snapshot good at home only", broken{restore: func(c *Counter, snapshot []byte) (env.Value, error) {
			if !c.running {
				return env.Value{}, env.ErrNotReset
			}
			return c.Restore(snapshot)
		}}, "restores elsewhere"},
		{"garbage restored", broken{restore: func(c *Counter, snapshot []byte) (env.Value, error) {
			if obs, err := c.Restore(snapshot); err == nil {
				return obs, nil
			}
			return c.obs, nil
		}}, "bad snapshot"},
		{"garbage spoils", broken{restore: func(c *Counter, snapshot []byte) (env.Value, error) {
			obs, err := c.Restore(snapshot)
			if err != nil {
				c.state.Count++
			}
			return obs, err
		}}, "bad snapshot"},
		{"body at infinity", badState(func(s *env.State) { s.Bodies[0].Position[1] = math.Inf(1) }), "true state"},
		{"two bodies, one id", badState(func(s *env.State) { s.Bodies = append(s.Bodies, s.Bodies[0]) }), "true state"},
		{"hidden more than wholly", badState(func(s *env.State) { s.Bodies[0].Hidden = 1.01 }), "true state"},
		{"step miscounted", badState(func(s *env.State) { s.Step++ }), "true state"},
		{"bodies in any order", badState(func(s *env.State) {
			other := s.Bodies[0]
			other.ID = 2
			s.Bodies = append(s.Bodies, other)
			if s.Step%2 == 1 {
				s.Bodies[0], s.Bodies[1] = s.Bodies[1], s.Bodies[0]
			}
		}), "true state"},
		{"state that draws", broken{state: func(c *Counter) env.State { c.stream.Rand().Uint64(); return c.State() }}, "true state"},
		{"no caption", broken{captions: func(c *Counter) (string, string) { return "a number", " " }}, "captions"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := &recorder{TB: t}
			TestEnv(r, func() (env.Env, error) {
				b := test.broken
				b.Counter = NewCounter(16, 16)
				return b, nil
			})
			for _, text := range r.errors {
				if strings.Contains(text, test.want) {
					return
				}
			}
			t.Errorf("not reported as %q; the reports are %q", test.want, r.errors)
		})
	}
}

func TestStateMemory(t *testing.T) {
	// An environment that hands out one and the same slice breaks the promise that State is in memory of its own.
	kept := map[*Counter]env.State{}
	r := &recorder{TB: t}
	TestEnv(r, func() (env.Env, error) {
		return broken{Counter: NewCounter(16, 16), state: func(c *Counter) env.State {
			if kept[c].Bodies == nil || kept[c].Step != int(c.state.Step) {
				kept[c] = c.State()
			}
			return kept[c]
		}}, nil
	})
	if len(r.errors) != 1 || !strings.Contains(r.errors[0], "writing to a State") {
		t.Errorf("reports %q, want the shared memory alone", r.errors)
	}
}
