package env_test

import (
	"errors"
	"testing"

	"somnium/env"
	"somnium/env/envtest"
	"somnium/env/wrap"
)

// plain hides a Counter's capabilities.
type plain struct{ env.Env }

// primed is a Counter that can be primed, too.
type primed struct {
	*envtest.Counter
	fails error
}

func (p primed) Prime(context env.Context) (env.Value, error) {
	if p.fails != nil {
		return env.Value{}, p.fails
	}
	return p.Reset(env.Seeded(uint64(context.Frames[0])))
}

// layered wraps as Make does, with statistics between.
func layered(e env.Env, limit int) env.Env {
	return env.EnforceOrder(wrap.Statistics(env.LimitTime(e, limit)))
}

func TestWrappersHaveWhatTheyWrap(t *testing.T) {
	tests := []struct {
		name               string
		env                env.Env
		snapshot, canPrime bool
	}{
		{"plain", plain{envtest.NewCounter(16, 16)}, false, false},
		{"snapshots", envtest.NewCounter(16, 16), true, false},
		{"both", primed{Counter: envtest.NewCounter(16, 16)}, true, true},
		{"primes", struct {
			env.Env
			env.Primer
		}{plain{envtest.NewCounter(16, 16)}, primed{}}, false, true},
	}
	for _, test := range tests {
		e := layered(test.env, 9)
		if _, ok := env.As[env.Snapshotter](e); ok != test.snapshot {
			t.Errorf("%s: wrapped it snapshots: %v", test.name, ok)
		}
		if _, ok := env.As[env.Primer](e); ok != test.canPrime {
			t.Errorf("%s: wrapped it primes: %v", test.name, ok)
		}
		if _, ok := env.As[*wrap.EpisodeStatistics](e); !ok {
			t.Errorf("%s: the statistics cannot be found", test.name)
		}
		if got := e.Spec().MaxEpisodeSteps; got != 9 {
			t.Errorf("%s: the spec says the time limit is %d", test.name, got)
		}
	}
}

// steps takes n steps and returns the last.
func steps(t *testing.T, e env.Env, n int) env.Step {
	t.Helper()
	var step env.Step
	for range n {
		var err error
		if step, err = e.Step(env.Int(0)); err != nil {
			t.Fatal(err)
		}
	}
	return step
}

func TestSnapshotKeepsTheTimeElapsed(t *testing.T) {
	e := layered(envtest.NewCounter(16, 16), 6)
	s, _ := env.As[env.Snapshotter](e)
	e.Reset(env.Seeded(1))
	steps(t, e, 4)
	snapshot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if step := steps(t, e, 2); !step.Truncated || step.Terminated {
			t.Errorf("two steps after the snapshot of the fourth of six comes %+v", step)
		}
		if _, err := e.Step(env.Int(0)); !errors.Is(err, env.ErrEpisodeOver) {
			t.Errorf("Step after the time limit gives %v", err)
		}
		if _, err := s.Restore(snapshot); err != nil {
			t.Fatal(err)
		}
		if step := steps(t, e, 1); step.Done() {
			t.Errorf("the fifth of six steps ends the episode: %+v", step)
		}
		s.Restore(snapshot)
	}
}

// TestRestoreIsAllOrNothing gives each layer a snapshot that the layer below it refuses.
func TestRestoreIsAllOrNothing(t *testing.T) {
	e := layered(envtest.NewCounter(16, 16), 6)
	s, _ := env.As[env.Snapshotter](e)
	e.Reset(env.Seeded(1))
	steps(t, e, 1)
	early, _ := s.Snapshot()
	steps(t, e, 4)
	late, _ := s.Snapshot()
	for cut := range len(early) {
		if _, err := s.Restore(early[:cut]); err == nil {
			t.Fatalf("Restore takes the first %d of %d bytes", cut, len(early))
		}
		if now, _ := s.Snapshot(); string(now) != string(late) {
			t.Fatalf("a refused Restore of %d bytes changes the state", cut)
		}
	}
	fresh := layered(envtest.NewCounter(16, 16), 6)
	s, _ = env.As[env.Snapshotter](fresh)
	s.Restore(early[:len(early)-1])
	if _, err := fresh.Step(env.Int(0)); !errors.Is(err, env.ErrNotReset) {
		t.Errorf("after a refused Restore, Step before Reset gives %v", err)
	}
}

func TestPrimeBeginsAnEpisode(t *testing.T) {
	inner := primed{Counter: envtest.NewCounter(16, 16)}
	e := layered(&inner, 6)
	p, _ := env.As[env.Primer](e)
	statistics, _ := env.As[*wrap.EpisodeStatistics](e)
	if _, err := p.Prime(env.Context{Frames: []byte{1}}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if step := steps(t, e, 6); !step.Truncated {
			t.Errorf("the sixth of six steps after Prime gives %+v", step)
		}
		if got := statistics.Current().Length; got != 6 {
			t.Errorf("the primed episode is %d steps long", got)
		}
		p.Prime(env.Context{Frames: []byte{1}})
	}
	steps(t, e, 5)
	inner.fails = errors.New("no frames")
	if _, err := p.Prime(env.Context{Frames: []byte{1}}); err == nil {
		t.Fatal("Prime takes what the inner environment refuses")
	}
	if step := steps(t, e, 1); !step.Truncated {
		t.Error("a Prime that failed sets the clock back")
	}
}

func TestSnapshotOutsideAnEpisode(t *testing.T) {
	e := env.EnforceOrder(envtest.NewCounter(16, 16))
	s, _ := env.As[env.Snapshotter](e)
	if _, err := s.Snapshot(); !errors.Is(err, env.ErrNotReset) {
		t.Errorf("Snapshot before Reset gives %v", err)
	}
	e.Reset(env.Seeded(1))
	snapshot, _ := s.Snapshot()
	e.Close()
	if _, err := s.Snapshot(); !errors.Is(err, env.ErrClosed) {
		t.Errorf("Snapshot after Close gives %v", err)
	}
	if _, err := s.Restore(snapshot); !errors.Is(err, env.ErrClosed) {
		t.Errorf("Restore after Close gives %v", err)
	}
}

// careless takes every call in any order, so that only a wrapper can refuse it.
type careless struct {
	env.Env
	calls, closings int
}

func (c *careless) Reset(env.ResetOptions) (env.Value, error) { c.calls++; return env.Value{}, nil }
func (c *careless) Step(action env.Value) (env.Step, error) {
	c.calls++
	return env.Step{Terminated: action.Int[0] == 1}, nil
}
func (c *careless) Close() error { c.closings++; return nil }

func TestEnforceOrder(t *testing.T) {
	inner := &careless{}
	e := env.EnforceOrder(inner)
	refused := func(want error) {
		t.Helper()
		before := inner.calls
		if _, err := e.Step(env.Int(0)); !errors.Is(err, want) {
			t.Errorf("Step gives %v, want %v", err, want)
		}
		if inner.calls != before {
			t.Error("the refused call reached the environment")
		}
	}
	refused(env.ErrNotReset)
	e.Reset(env.ResetOptions{})
	steps(t, e, 3)
	e.Step(env.Int(1))
	refused(env.ErrEpisodeOver)
	e.Reset(env.ResetOptions{})
	steps(t, e, 1)
	e.Close()
	e.Close()
	refused(env.ErrClosed)
	if _, err := e.Reset(env.ResetOptions{}); !errors.Is(err, env.ErrClosed) {
		t.Errorf("Reset after Close gives %v", err)
	}
	if inner.closings != 1 {
		t.Errorf("the environment was closed %d times", inner.closings)
	}
}

func TestLimitTimeCountsOnlyStepsTaken(t *testing.T) {
	e := env.LimitTime(envtest.NewCounter(16, 16), 3)
	e.Reset(env.Seeded(1))
	steps(t, e, 2)
	if _, err := e.Step(env.Int(9)); err == nil {
		t.Fatal("a bad action is taken")
	}
	if step := steps(t, e, 1); !step.Truncated {
		t.Error("the third step is not the last of three")
	}
	e.Reset(env.Seeded(1))
	if step := steps(t, e, 2); step.Truncated {
		t.Error("Reset does not set the clock back")
	}
}

func TestMadeEnvironmentKeepsTheContract(t *testing.T) {
	env.Register(env.Registration{
		ID: "Counter-v0", Doc: "a number", MaxEpisodeSteps: 25,
		New: func(cfg env.Config) (env.Env, error) { return envtest.NewCounter(cfg.Height, cfg.Width), nil },
	})
	envtest.TestEnv(t, func() (env.Env, error) { return env.Make("Counter?height=16&width=20") })
	if ids := env.IDs(); len(ids) != 1 || env.Specs()[0].ID != ids[0] {
		t.Errorf("the registry lists %v and %v", ids, env.Specs())
	}
}
