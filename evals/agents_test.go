package evals_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"somnium/env"
	"somnium/env/envtest"
	"somnium/evals"
)

// climber counts up in a share of the steps and down in the others.
type climber struct {
	share float64
	rng   *rand.Rand
}

func (c *climber) Reset(seed uint64) { c.rng = rand.New(rand.NewPCG(seed, 1)) }

func (c *climber) Act(env.Value) env.Value {
	if c.rng.Float64() < c.share {
		return env.Int(2)
	}
	return env.Int(1)
}

// climbers are policies whose skill rises.
func climbers(n int) (policies []evals.Policy) {
	for i := range n {
		policies = append(policies, evals.Policy{Name: strconv.Itoa(i), New: func(env.Spec) (evals.Agent, error) {
			return &climber{share: float64(i) / float64(n-1)}, nil
		}})
	}
	return policies
}

// reversed is a Counter that pays for the opposite.
type reversed struct{ env.Env }

func (r reversed) Step(action env.Value) (env.Step, error) {
	step, err := r.Env.Step(action)
	step.Reward = -step.Reward
	return step, err
}

// counters is a vector of Counters in disguise.
func counters(t *testing.T, n int, disguise func(e env.Env) env.Env) env.VecEnv {
	t.Helper()
	vec, err := env.VecOptions{Autoreset: env.SameStep}.New(n, func(int) (env.Env, error) { return disguise(envtest.NewCounter(16, 16)), nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { vec.Close() })
	return vec
}

func TestRank(t *testing.T) {
	const n, episodes, steps = 6, 5, 10
	plain := func(e env.Env) env.Env { return e }
	for name, test := range map[string]struct {
		dream func(e env.Env) env.Env
		want  float64
	}{"the truth itself": {plain, 1}, "the opposite": {func(e env.Env) env.Env { return reversed{e} }, -1}} {
		truth, dream := counters(t, n*episodes, plain), counters(t, n*episodes, test.dream)
		r, err := evals.Rank(t.Context(), truth, dream, climbers(n), episodes, steps, 3)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(float64(r.Correlation)-test.want) > 1e-9 {
			t.Errorf("%s: the rank correlation is %g, want %g: %+v", name, r.Correlation, test.want, r)
		}
		if !(r.Low <= r.Correlation && r.Correlation <= r.High) || len(r.Policies) != n || r.Policies[0].Truth >= r.Policies[n-1].Truth {
			t.Errorf("%s: %+v", name, r)
		}
	}
	few := counters(t, 4, plain)
	if _, err := evals.Rank(t.Context(), few, few, climbers(n), episodes, steps, 3); err == nil || !strings.Contains(err.Error(), "one for each") {
		t.Errorf("too few environments give %v", err)
	}
	if _, err := evals.Rank(t.Context(), few, few, climbers(2), 2, steps, 3); err == nil || !strings.Contains(err.Error(), "three policies") {
		t.Errorf("two policies give %v", err)
	}
}

// The truth in disguise tells every reward; a dream in which nothing happens tells none.
func TestTell(t *testing.T) {
	o := evals.Options{Clips: 6, Context: 4}
	for name, test := range map[string]struct {
		disguise func(o *oracle) env.Env
		want     evals.Number
	}{"honest": {honest, 1}, "freezing": {freezing, 0}} {
		e, err := evals.Tell(t.Context(), scene(t, catchScene, test.disguise), o, 30)
		if err != nil {
			t.Fatal(err)
		}
		if e.Rewards == 0 || e.RewardF1 != test.want {
			t.Errorf("%s: of %d rewards the F1 is %g, want %g", name, e.Rewards, e.RewardF1, test.want)
		}
		if math.Abs(float64(e.RewardCorrelation-test.want)) > 1e-9 {
			t.Errorf("%s: the rewards correlate by %g, want %g", name, e.RewardCorrelation, test.want)
		}
		if !math.IsNaN(float64(e.EndF1)) || e.Ends != 0 {
			t.Errorf("%s: Catch has no ends, and there are %d, F1 %g", name, e.Ends, e.EndF1)
		}
	}
	if _, err := evals.Tell(t.Context(), scene(t, catchScene, silent), o, 3); err == nil || !strings.Contains(err.Error(), "primed") {
		t.Errorf("a dream that cannot be primed gives %v", err)
	}
}

// ender ends an episode at every reward, which it tells a frame late if so asked.
type ender struct {
	env.Env
	late bool
	held float64
}

func (e *ender) Reset(o env.ResetOptions) (env.Value, error) {
	e.held = 0
	return e.Env.Reset(o)
}

func (e *ender) Prime(c env.Context) (env.Value, error) {
	e.held = 0
	return e.Env.(env.Primer).Prime(c)
}

func (e *ender) Step(action env.Value) (env.Step, error) {
	step, err := e.Env.Step(action)
	if e.late {
		step.Reward, e.held = e.held, step.Reward
	}
	step.Terminated = step.Reward != 0
	return step, err
}

// An end that one side tells a frame after the other is told.
func TestTellAnEndWithinAFrame(t *testing.T) {
	for _, late := range []struct{ truth, dream bool }{{}, {truth: true}, {dream: true}} {
		s := scene(t, catchScene, func(o *oracle) env.Env { return &ender{Env: o, late: late.dream} })
		s.Truth = &ender{Env: s.Truth, late: late.truth}
		e, err := evals.Tell(t.Context(), s, evals.Options{Clips: 24, Context: 4}, 30)
		if err != nil {
			t.Fatal(err)
		}
		// What is told late of the last frame of the context is told by the truth alone.
		if e.Ends < 5 || !(e.EndF1 > 0.8) || e.RewardF1 != e.EndF1 {
			t.Errorf("late %+v: of %d ends the F1 is %g, of %d rewards %g", late, e.Ends, e.EndF1, e.Rewards, e.RewardF1)
		}
	}
}
