package imagine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"somnium/agents/actor"
	"somnium/agents/imagine"
	"somnium/env"
)

// balance is a model of a number that drifts and that actions push down or up; it pays for being near zero.
type balance struct {
	stream env.Stream
	x      float64
	obs    env.Value
}

func (b *balance) Spec() env.Spec {
	return env.Spec{ID: "Balance-v0", Observation: env.Box{Shape: []int{4}, Type: env.Float32, Low: -9, High: 9}, Action: env.Discrete{N: 3}}
}

func (b *balance) show() env.Value {
	copy(b.obs.F32, []float32{float32(b.x), float32(-b.x), 1, 0})
	return b.obs
}

func (b *balance) Reset(o env.ResetOptions) (env.Value, error) {
	b.stream.Reseed(o.Seed)
	b.x = b.stream.Rand().Float64()*4 - 2
	b.obs = b.Spec().Observation.New()
	return b.show(), nil
}

func (b *balance) Step(action env.Value) (env.Step, error) {
	b.x = min(max(b.x+0.4*float64(action.Int[0]-1)+0.1*b.stream.Rand().NormFloat64(), -3), 3)
	return env.Step{Obs: b.show(), Reward: 0.5 - b.x*b.x}, nil
}

func (b *balance) Close() error { return nil }

func balances(t *testing.T, n int) env.VecEnv {
	t.Helper()
	vec, err := env.VecOptions{Autoreset: env.SameStep}.New(n, func(int) (env.Env, error) { return env.LimitTime(&balance{}, 16), nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { vec.Close() })
	return vec
}

func TestLearnsToBalance(t *testing.T) {
	var curve actor.Curve
	o := imagine.Options{Environment: "Balance-v0", Seed: 1, Steps: 40 * 512, Report: func(p actor.Point) { curve = append(curve, p) }}
	network, err := imagine.Train(t.Context(), balances(t, 32), o)
	if err != nil {
		t.Fatal(err)
	}
	first, last := curve[0].Reward, curve[len(curve)-1].Reward
	t.Logf("the reward of a step goes from %.3f to %.3f", first, last)
	if last < 0.1 || last < first+0.5 { // the way to zero takes some of sixteen steps
		t.Errorf("the reward of a step goes from %.3f to %.3f", first, last)
	}
	again, err := imagine.Train(t.Context(), balances(t, 32), imagine.Options{Environment: "Balance-v0", Seed: 1, Steps: 40 * 512})
	if err != nil || !slices.Equal(network.Params.All()[0].Data, again.Params.All()[0].Data) {
		t.Errorf("one seed gives two networks: %v", err)
	}
}

func TestRefusesPictures(t *testing.T) {
	vec := pictures{balances(t, 2)}
	if _, err := imagine.Train(t.Context(), vec, imagine.Options{}); err == nil || !strings.Contains(err.Error(), "not latents") {
		t.Errorf("pictures give %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := imagine.Train(ctx, balances(t, 4), imagine.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a run that is called off gives %v", err)
	}
}

// pictures says that it shows pictures.
type pictures struct{ env.VecEnv }

func (p pictures) Spec() env.Spec {
	spec := p.VecEnv.Spec()
	spec.Observation = env.Frame(16, 16)
	return spec
}
