package datasets_test

import (
	"bytes"
	"context"
	"reflect"
	"testing"

	"somnium/agents/all"
	"somnium/datasets"
	"somnium/env"
	_ "somnium/sim/all"
)

// TestRecordedSimulatorsReplay collects from real simulators and steps each environment again, made by the recorded name
// and reset by the recorded seed, with the recorded actions: every frame, reward, end and true state comes back.
func TestRecordedSimulatorsReplay(t *testing.T) {
	o := datasets.CollectOptions{
		Dir: t.TempDir(), Envs: []string{"RigidCatch-v0?height=32&width=48", "RigidPush", "RigidOccluder-v0?height=32&width=32"},
		Episodes: 6, Seed: 1, MaxSteps: 40,
		MakeAgent: func(name string, e env.Env) (datasets.Agent, error) { return all.New(name, e) },
	}
	if _, err := datasets.Collect(context.Background(), o, nil); err != nil {
		t.Fatal(err)
	}
	d, err := datasets.Open(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range d.Len() {
		e, err := d.Episode(i)
		if err != nil {
			t.Fatal(err)
		}
		if e.Env != e.Spec.ID && e.Env != o.Envs[i%3] {
			t.Fatalf("episode %d is named %s", i, e.Env)
		}
		replay(t, e)
	}
}

func replay(t *testing.T, e *datasets.Episode) {
	t.Helper()
	again, err := env.Make(e.Env)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if !reflect.DeepEqual(again.Spec(), e.Spec) {
		t.Fatalf("the spec of %s\n got %+v\nwant %+v", e.Env, e.Spec, again.Spec())
	}
	prober, _ := env.As[env.Prober](again)
	obs, err := again.Reset(env.Seeded(e.Seed))
	for i := 0; ; i++ {
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(obs.Pixels(), e.Frame(i)) {
			t.Fatalf("frame %d of %s differs", i, e.Env)
		}
		if !reflect.DeepEqual(prober.State(), e.States[i]) {
			t.Fatalf("state %d of %s\n got %+v\nwant %+v", i, e.Env, prober.State(), e.States[i])
		}
		if i == e.Len() {
			return
		}
		var step env.Step
		step, err = again.Step(e.Actions[i])
		if float32(step.Reward) != e.Rewards[i] || step.Terminated != e.Terminated[i] {
			t.Fatalf("step %d of %s: %+v", i, e.Env, step)
		}
		obs = step.Obs
	}
}
