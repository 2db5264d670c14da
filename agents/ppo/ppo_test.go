package ppo_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"somnium/agents"
	"somnium/agents/actor"
	"somnium/agents/ppo"
	"somnium/env"
)

// corridor is a walk along the top of a picture, one block of pixels a step: 1 to the right, 0 to the left. The right end
// brings 1 and ends the episode, and every step costs a little. It begins anywhere but there.
type corridor struct {
	stream env.Stream
	at     int
	frame  env.Value
}

const length = 8

func newCorridor() *corridor { return &corridor{frame: env.Frame(16, 2*length).New()} }

func (c *corridor) Spec() env.Spec {
	return env.Spec{ID: "Corridor-v0", Observation: env.Frame(16, 2*length), Action: env.Discrete{N: 2}}
}

func (c *corridor) Reset(o env.ResetOptions) (env.Value, error) {
	c.stream.Reseed(o.Seed)
	c.at = c.stream.Rand().IntN(length - 1)
	return c.show(), nil
}

func (c *corridor) show() env.Value {
	clear(c.frame.U8)
	for y := range 4 {
		for x := range 2 {
			c.frame.U8[(y*2*length+2*c.at+x)*3] = 255
		}
	}
	return c.frame
}

func (c *corridor) Step(action env.Value) (env.Step, error) {
	c.at = max(0, c.at+2*action.Int[0]-1)
	step := env.Step{Obs: c.show(), Reward: -0.05}
	if c.at == length-1 {
		step.Reward, step.Terminated = 1, true
	}
	return step, nil
}

func (c *corridor) Close() error { return nil }

func corridors(t *testing.T, n int) env.VecEnv {
	t.Helper()
	vec, err := env.VecOptions{Autoreset: env.SameStep}.New(n, func(int) (env.Env, error) { return env.LimitTime(newCorridor(), 20), nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { vec.Close() })
	return vec
}

func options(steps int) ppo.Options {
	return ppo.Options{
		Environment: "Corridor-v0", Seed: 1, Steps: steps, Horizon: 16, Every: 1 << 30,
		Training: actor.Training{Rate: 3e-3},
	}
}

// It learns to walk to the end from anywhere, by the shortest way.
func TestLearnsACorridor(t *testing.T) {
	o := options(12 * 1024)
	var curve actor.Curve
	o.Report = func(p actor.Point) { curve = append(curve, p) }
	network, err := ppo.Train(t.Context(), corridors(t, 16), o)
	if err != nil {
		t.Fatal(err)
	}
	agent, err := actor.NewAgent(network, newCorridor().Spec(), 0)
	if err != nil {
		t.Fatal(err)
	}
	e, sum := newCorridor(), 0.0
	for seed := range uint64(20) {
		obs, _ := e.Reset(env.Seeded(seed))
		agent.Reset(seed)
		for range 20 {
			step, err := e.Step(agent.Act(obs))
			if err != nil {
				t.Fatal(err)
			}
			sum += step.Reward / 20
			if obs = step.Obs; step.Done() {
				break
			}
		}
	}
	first, last := curve[0], curve[len(curve)-1]
	t.Logf("the return is %.3f; in training it went from %.3f to %.3f, the entropy from %.2f to %.2f", sum, first.Return, last.Return, first.Entropy, last.Entropy)
	if sum < 0.75 { // at best .825 on average
		t.Errorf("the return is %.3f, want at least .75", sum)
	}
	if !(last.Return > first.Return && last.Entropy < first.Entropy) {
		t.Error("neither return nor entropy show that it learned")
	}
	var table, picture bytes.Buffer
	if err := curve.WriteCSV(&table); err != nil || strings.Count(table.String(), "\n") != len(curve)+1 {
		t.Errorf("the table has %d lines for %d points: %v", strings.Count(table.String(), "\n"), len(curve), err)
	}
	if err := actor.Plot(&picture, "corridor", actor.Line{Name: "ppo", Curve: curve, Smooth: 3}); err != nil || !bytes.HasPrefix(picture.Bytes(), []byte("\x89PNG")) {
		t.Errorf("the picture is none: %v", err)
	}
}

// west is a teacher who always goes left, away from what brings a reward, and counts its episodes.
type west struct{ episodes int }

func (w *west) Reset(uint64)            { w.episodes++ }
func (w *west) Act(env.Value) env.Value { return env.Value{Int: []int{0}} }

// With a teacher whom one heeds more than the rewards, the policy does as it says; where nobody says anything, what earns.
func TestHeedsTeachers(t *testing.T) {
	const n = 8
	leftward := func(heed float64) (share float64) {
		var teachers []*west
		o := options(24 * 128)
		o.Training.Teach = heed
		ended := 0
		o.Report = func(p actor.Point) { ended += p.Episodes }
		if heed > 0 {
			for range n {
				teachers = append(teachers, &west{})
				o.Teachers = append(o.Teachers, teachers[len(teachers)-1])
			}
		}
		network, err := ppo.Train(t.Context(), corridors(t, n), o)
		if err != nil {
			t.Fatal(err)
		}
		agent, err := actor.NewAgent(network, newCorridor().Spec(), 0)
		if err != nil {
			t.Fatal(err)
		}
		e := newCorridor()
		for seed := range uint64(200) {
			obs, _ := e.Reset(env.Seeded(seed))
			agent.Reset(seed)
			share += float64(1-agent.Act(obs).Int[0]) / 200
		}
		episodes := 0
		for _, teacher := range teachers {
			episodes += teacher.episodes
		}
		if heed > 0 && episodes != ended+n {
			t.Errorf("the teachers began %d episodes, and %d ended in %d environments", episodes, ended, n)
		}
		return share
	}
	heeded := leftward(10)
	alone := leftward(0)
	t.Logf("it goes left in %.2f of the states with a teacher who does, in %.2f alone", heeded, alone)
	if heeded < 0.95 || alone > 0.5 {
		t.Errorf("it goes left in %.2f of the states with a teacher who always does, in %.2f alone", heeded, alone)
	}
	o := options(256)
	o.Teachers = []agents.Agent{&west{}}
	if _, err := ppo.Train(t.Context(), corridors(t, n), o); err == nil || !strings.Contains(err.Error(), "1 teachers for 8 environments") {
		t.Errorf("one teacher for eight environments gives %v", err)
	}
}

func TestEqualSeedsGiveEqualWeights(t *testing.T) {
	train := func(seed uint64) []float32 {
		o := options(512)
		o.Seed = seed
		network, err := ppo.Train(t.Context(), corridors(t, 8), o)
		if err != nil {
			t.Fatal(err)
		}
		return network.Params.All()[0].Data
	}
	first := train(1)
	if !slices.Equal(first, train(1)) {
		t.Error("one seed gives two networks")
	}
	if slices.Equal(first, train(2)) {
		t.Error("two seeds give one network")
	}
}

func TestCheckpointsComeOnTheWay(t *testing.T) {
	o := options(4 * 128)
	o.Every = 2 * 128
	var steps []int
	o.Checkpoint = func(n *actor.Network) error {
		steps = append(steps, n.Config.Steps)
		return nil
	}
	network, err := ppo.Train(t.Context(), corridors(t, 8), o)
	if err != nil || !slices.Equal(steps, []int{256, 512}) {
		t.Errorf("checkpoints at %v: %v", steps, err)
	}
	o.Network, steps = network, nil
	if _, err := ppo.Train(t.Context(), corridors(t, 8), o); err != nil || !slices.Equal(steps, []int{768, 1024}) {
		t.Errorf("going on, checkpoints at %v: %v", steps, err)
	}
	o.Network = nil
	full := errors.New("the disk is full")
	o.Checkpoint = func(*actor.Network) error { return full }
	if _, err := ppo.Train(t.Context(), corridors(t, 8), o); !errors.Is(err, full) {
		t.Errorf("a checkpoint that fails gives %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ppo.Train(ctx, corridors(t, 8), options(1024)); !errors.Is(err, context.Canceled) {
		t.Errorf("a run that is called off gives %v", err)
	}
}

func TestRefusesWhatItCannotActIn(t *testing.T) {
	config, err := actor.NewConfig(ppo.Learner, "x", env.Spec{Observation: env.Frame(16, 16), Action: env.Discrete{N: 2}})
	if err != nil {
		t.Fatal(err)
	}
	o := options(256)
	if o.Network, err = actor.New(config, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := ppo.Train(t.Context(), corridors(t, 8), func() ppo.Options { o.Network.Config.Action = "Discrete(5)"; return o }()); err == nil || !strings.Contains(err.Error(), "Discrete(5)") {
		t.Errorf("a network for other actions gives %v", err)
	}
	o = options(256)
	o.Training.Batch = 1 << 20
	if _, err := ppo.Train(t.Context(), corridors(t, 8), o); err == nil || !strings.Contains(err.Error(), "do not fill") {
		t.Errorf("a batch beyond what is gathered gives %v", err)
	}
}
