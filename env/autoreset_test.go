package env_test

import (
	"fmt"
	"slices"
	"testing"

	"somnium/env"
	"somnium/env/envtest"
	"somnium/env/wrap"
)

// script is an environment whose observation is its episode and step, as in 102 for step 2 of episode 1. Its episodes end at
// their third step, the even ones by termination; rewards are 1, 2, 3.
type script struct {
	*envtest.Counter
	episode, step int
	obs           env.Value
}

func newScript() *script { return &script{Counter: envtest.NewCounter(16, 16), episode: -1} }

func (s *script) show() env.Value {
	if s.obs.U8 == nil {
		s.obs = s.Spec().Observation.New()
	}
	s.obs.U8[0] = uint8(100*s.episode + s.step)
	return s.obs
}

func (s *script) Reset(env.ResetOptions) (env.Value, error) {
	s.episode, s.step = s.episode+1, 0
	return s.show(), nil
}

func (s *script) Step(env.Value) (env.Step, error) {
	s.step++
	over := s.step == 3
	return env.Step{Obs: s.show(), Reward: float64(s.step), Terminated: over && s.episode%2 == 0, Truncated: over && s.episode%2 == 1}, nil
}

// row is what one environment of a batch shows: first pixel, reward, ends.
func row(b *env.Batch, i int) string {
	return fmt.Sprint(b.Obs[i].U8[0], b.Reward[i], b.Terminated[i], b.Truncated[i])
}

// What Gymnasium 1's vectors return at every call around an end, call by call. nil actions are ignored where they stand.
func TestAutoresetModesCallByCall(t *testing.T) {
	act, none := []env.Value{env.Int(1)}, []env.Value{{}}
	type call struct {
		actions []env.Value // nil: a reset through a mask
		want    string      // "" : an error
		final   uint8       // of FinalObs; 0: as before
	}
	for mode, calls := range map[env.Autoreset][]call{
		env.NextStep: {
			{act, "1 1 false false", 0}, {act, "2 2 false false", 0}, {act, "3 3 true false", 0},
			{none, "100 0 false false", 0}, // the reset: reward 0, no end, the action is not looked at
			{act, "101 1 false false", 0}, {act, "102 2 false false", 0}, {act, "103 3 false true", 0},
			{nil, "200 0 false false", 0}, // a mask resets at once, and the next step is a step
			{act, "201 1 false false", 0}, {nil, "44 0 false false", 0},
		},
		env.SameStep: {
			{act, "1 1 false false", 0}, {act, "2 2 false false", 0},
			{act, "100 3 true false", 3}, // the new episode's observation with the old one's reward and end
			{act, "101 1 false false", 0}, {act, "102 2 false false", 0}, {act, "200 3 false true", 103},
			{none, "", 0},
		},
		env.Disabled: {
			{act, "1 1 false false", 0}, {act, "2 2 false false", 0}, {act, "3 3 true false", 0},
			{act, "", 0}, {act, "", 0}, // until the mask
			{nil, "100 0 false false", 0}, {act, "101 1 false false", 0},
		},
	} {
		var ended []string
		options := env.VecOptions{Autoreset: mode, Ended: func(_ int, e env.Env) {
			s := e.(*script)
			ended = append(ended, fmt.Sprint(s.episode, s.step))
		}}
		v, err := options.New(1, func(int) (env.Env, error) { return newScript(), nil })
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		batch := env.NewBatch(v.Spec().Observation, 1)
		if err := v.Reset(env.VecResetOptions{}, batch); err != nil || row(batch, 0) != "0 0 false false" || v.Autoreset() != mode {
			t.Fatalf("%v: the first reset gives %s, %v", mode, row(batch, 0), err)
		}
		final := uint8(0)
		for k, c := range calls {
			before := row(batch, 0)
			if c.actions == nil {
				err = v.Reset(env.VecResetOptions{Mask: []bool{true}}, batch)
			} else {
				err = v.Step(c.actions, batch)
			}
			want := c.want
			if want == "" {
				want = before
			}
			if c.final != 0 {
				final = c.final
			}
			if (err != nil) != (c.want == "") || row(batch, 0) != want || batch.FinalObs[0].U8[0] != final {
				t.Errorf("%v, call %d: got %s, final %d, %v; want %s, %d", mode, k+1, row(batch, 0), batch.FinalObs[0].U8[0], err, want, final)
			}
		}
		// Each end was told of once, and before the reset.
		if want := []string{"0 3", "1 3"}[:len(ended)]; len(ended) == 0 || !slices.Equal(ended, want) {
			t.Errorf("%v: the ends told of are %v", mode, ended)
		}
	}
}

// TestVecTellsOfEnds asks for statistics and the true state at every end, under the mode that resets at once.
func TestVecTellsOfEnds(t *testing.T) {
	const n, limit = 6, 5
	lengths, counts := make([]int, n), make([]float64, n)
	v, err := env.VecOptions{Autoreset: env.SameStep, Workers: 3, Ended: func(i int, e env.Env) {
		statistics, _ := env.As[*wrap.EpisodeStatistics](e)
		last, _ := statistics.Last()
		prober, _ := env.As[env.Prober](e)
		lengths[i], counts[i] = last.Length, prober.State().Bodies[0].Position[1]
	}}.New(n, func(int) (env.Env, error) {
		return wrap.Statistics(env.LimitTime(envtest.NewCounter(16, 16), limit)), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	batch := env.NewBatch(v.Spec().Observation, n)
	if err := v.Reset(env.VecSeeded(3, n), batch); err != nil {
		t.Fatal(err)
	}
	actions := slices.Repeat([]env.Value{env.Int(2)}, n)
	for range limit {
		if err := v.Step(actions, batch); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		if !batch.Done(i) || lengths[i] != limit || uint8(128+8*counts[i]) != batch.FinalObs[i].U8[0] {
			t.Errorf("environment %d: the end tells of %d steps and a count of %v, the last observation is %d", i, lengths[i], counts[i], batch.FinalObs[i].U8[0])
		}
	}
	if _, err := (env.VecOptions{Autoreset: 3}).New(1, func(int) (env.Env, error) { return newScript(), nil }); err == nil {
		t.Error("a mode that does not exist is taken")
	}
	if names := fmt.Sprint(env.NextStep, env.SameStep, env.Disabled, env.Autoreset(7)); names != "NextStep SameStep Disabled Autoreset(7)" {
		t.Errorf("the modes are called %s", names)
	}
}
