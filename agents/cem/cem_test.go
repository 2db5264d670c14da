package cem_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"somnium/agents"
	"somnium/agents/cem"
	"somnium/agents/random"
	"somnium/env"
	_ "somnium/sim/all"
)

// riddle is a Foresight that pays for each action of a plan that is the one of a hidden sequence.
type riddle struct {
	answer []int
	asked  int
	failed error
}

func (r *riddle) Begin(env.Value, uint64) error      { return nil }
func (r *riddle) Observe(env.Value, env.Value) error { return nil }
func (r *riddle) Foresee(plans [][]env.Value, _ float64, returns []float64) error {
	r.asked += len(plans)
	for i, plan := range plans {
		returns[i] = 0
		for t, action := range plan {
			if action.Int[0] == r.answer[t] {
				returns[i]++
			}
		}
	}
	return r.failed
}

var choices = env.Spec{ID: "Riddle-v0", Observation: env.Frame(2, 2), Action: env.Discrete{N: 4}}

// Rounds that learn from one another find the first action of a hidden plan more often than as many random plans.
func TestRoundsFindWhatShootingMisses(t *testing.T) {
	found := func(rounds int) (right int) {
		r := &riddle{answer: []int{2, 0, 3, 1, 1, 2, 0, 3}}
		p, err := cem.New(choices, r, cem.Options{Horizon: 8, Candidates: 120, Rounds: rounds, Hold: 1})
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(40) {
			p.Reset(seed)
			if p.Act(env.Value{}).Int[0] == 2 {
				right++
			}
		}
		if r.asked != 40*120 {
			t.Errorf("%d rounds look at %d plans, want %d", rounds, r.asked, 40*120)
		}
		return right
	}
	shooting, learning := found(1), found(4)
	t.Logf("of 40, random shooting finds %d, four rounds %d", shooting, learning)
	if learning <= shooting || learning < 36 {
		t.Errorf("of 40, random shooting finds %d, four rounds %d", shooting, learning)
	}
}

// Rounds that do not divide the candidates share them: none goes without.
func TestRoundsShareTheCandidates(t *testing.T) {
	for _, o := range []cem.Options{{Candidates: 6, Rounds: 4}, {Candidates: 64, Rounds: 12}, {Candidates: 5, Rounds: 5}, {Candidates: 7, Rounds: 2}} {
		r := &riddle{answer: make([]int, 8)}
		p, err := cem.New(choices, r, o)
		if err != nil {
			t.Fatal(err)
		}
		if p.Act(env.Value{}); r.asked != o.Candidates || p.Err() != nil {
			t.Errorf("%d rounds look at %d plans, want %d: %v", o.Rounds, r.asked, o.Candidates, p.Err())
		}
	}
}

// play returns the mean return over episodes of Push.
func play(t *testing.T, maker agents.Maker, episodes int) float64 {
	t.Helper()
	e, err := env.Make("RigidPush-v0?height=16&width=16&max_episode_steps=40")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	agent, err := maker(e)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i := range episodes {
		obs, err := e.Reset(env.Seeded(uint64(i)))
		if err != nil {
			t.Fatal(err)
		}
		agent.Reset(uint64(i))
		for done := false; !done; {
			step, err := e.Step(agent.Act(obs))
			if err != nil {
				t.Fatal(err)
			}
			obs, done = step.Obs, step.Done()
			sum += step.Reward / float64(episodes)
		}
	}
	return sum
}

// snapshots plans by the environment itself.
func snapshots(e env.Env) (cem.Foresight, error) {
	return cem.NewSnapshots(e, func() (env.Env, error) { return env.Make("RigidPush-v0?height=16&width=16&max_episode_steps=40") })
}

func TestPlansByTheTruth(t *testing.T) {
	planned := play(t, cem.Maker(snapshots, cem.Options{Candidates: 32}), 4)
	chance := play(t, random.New, 4)
	t.Logf("planning earns %.2f, chance %.2f", planned, chance)
	if planned < 3 || planned < chance+2 {
		t.Errorf("planning earns %.2f, chance %.2f", planned, chance)
	}
}

func TestPlansFollowTheSeed(t *testing.T) {
	e, err := env.Make("RigidPush-v0?height=16&width=16&max_episode_steps=40")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	agent, err := cem.Maker(snapshots, cem.Options{Candidates: 8, Horizon: 4})(e)
	if err != nil {
		t.Fatal(err)
	}
	plan := func(seed uint64) (actions []int) {
		obs, _ := e.Reset(env.Seeded(5))
		agent.Reset(seed)
		for range 10 {
			action := agent.Act(obs)
			actions = append(actions, action.Int[0])
			step, err := e.Step(action)
			if err != nil {
				t.Fatal(err)
			}
			obs = step.Obs
		}
		return actions
	}
	if first := plan(1); !slices.Equal(first, plan(1)) || slices.Equal(first, plan(2)) {
		t.Error("the actions do not follow the seed")
	}
}

func TestRefuses(t *testing.T) {
	for _, o := range []cem.Options{{Horizon: -1}, {Candidates: 2, Rounds: 3}, {Elite: 2}, {Discount: -1}, {Hold: 1 << 20}} {
		if _, err := cem.New(choices, &riddle{}, o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	spec := choices
	spec.Action = env.Box{Shape: []int{1}, Type: env.Float32, Low: -1, High: 1}
	if _, err := cem.New(spec, &riddle{}, cem.Options{}); err == nil || !strings.Contains(err.Error(), "choices") {
		t.Errorf("actions that are no choices give %v", err)
	}
	e := &blind{}
	if _, err := cem.NewSnapshots(e, nil); err == nil || !strings.Contains(err.Error(), "no snapshots") {
		t.Errorf("an environment without snapshots gives %v", err)
	}
	broken := &riddle{answer: make([]int, 8), failed: errors.New("the power is out")}
	p, err := cem.New(choices, broken, cem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if action := p.Act(env.Value{}); action.Int[0] != 0 || !errors.Is(p.Err(), broken.failed) {
		t.Errorf("a foresight that fails gives action %d and %v", action.Int[0], p.Err())
	}
}

// blind is an environment without capabilities.
type blind struct{ env.Env }

func (*blind) Spec() env.Spec { return choices }
