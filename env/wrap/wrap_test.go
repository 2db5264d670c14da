package wrap_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"somnium/env"
	"somnium/env/envtest"
	"somnium/env/wrap"
)

// must is what a wrapper returned, which must not be an error.
func must(t testing.TB) func(env.Wrapper, error) env.Env {
	return func(w env.Wrapper, err error) env.Env {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
}

// tally is a Counter whose observation is a Dict: the picture, coloured by the count, and the count as a number.
type tally struct{ *envtest.Counter }

func (c tally) Spec() env.Spec {
	spec := c.Counter.Spec()
	spec.Observation = env.Dict{Spaces: map[string]env.Space{
		"pixels": spec.Observation, "count": env.Box{Shape: []int{1}, Type: env.Float32, Low: -20, High: 20},
	}}
	return spec
}

func (c tally) show(obs env.Value) env.Value {
	if obs.U8 == nil {
		return obs
	}
	return env.Value{Dict: map[string]env.Value{"pixels": obs, "count": {F32: []float32{float32(c.State().Bodies[0].Position[1])}}}}
}

func (c tally) Reset(opts env.ResetOptions) (env.Value, error) {
	obs, err := c.Counter.Reset(opts)
	return c.show(obs), err
}

func (c tally) Step(action env.Value) (env.Step, error) {
	step, err := c.Counter.Step(action)
	step.Obs = c.show(step.Obs)
	return step, err
}

func (c tally) Restore(snapshot []byte) (env.Value, error) {
	obs, err := c.Counter.Restore(snapshot)
	return c.show(obs), err
}

// wrappers is the table of all, with settings that do something.
var wrappers = []struct {
	name string
	wrap func(t testing.TB, e env.Env) env.Env
}{
	{"statistics", func(t testing.TB, e env.Env) env.Env { return wrap.Statistics(e) }},
	{"repeat", func(t testing.TB, e env.Env) env.Env { return must(t)(wrap.Repeat(e, 3)) }},
	{"sticky", func(t testing.TB, e env.Env) env.Env { return must(t)(wrap.Sticky(e, 0.4)) }},
	{"resize", func(t testing.TB, e env.Env) env.Env { return must(t)(wrap.Resize(e, 9, 21)) }},
	{"grey", func(t testing.TB, e env.Env) env.Env { return must(t)(wrap.Grey(e)) }},
	{"stack", func(t testing.TB, e env.Env) env.Env { return must(t)(wrap.Stack(e, 4)) }},
	{"record", func(t testing.TB, e env.Env) env.Env {
		return must(t)(wrap.Record(e, wrap.RecordOptions{Folder: t.TempDir(), Every: 3, MaxFrames: 5}))
	}},
	{"all", func(t testing.TB, e env.Env) env.Env {
		e = must(t)(wrap.Repeat(must(t)(wrap.Sticky(wrap.Statistics(e), 0.25)), 2))
		e = must(t)(wrap.Record(e, wrap.RecordOptions{Folder: t.TempDir(), Every: 4, MaxFrames: 4}))
		return must(t)(wrap.Stack(must(t)(wrap.Grey(must(t)(wrap.Resize(e, 8, 8)))), 3))
	}},
}

// Every wrapper keeps the contract, over pictures and over a Dict, above a time limit and below what Make puts outermost.
func TestEveryWrapperKeepsTheContract(t *testing.T) {
	for _, w := range wrappers {
		for _, dict := range []bool{false, true} {
			t.Run(fmt.Sprint(w.name, dict), func(t *testing.T) {
				envtest.Options{Steps: 24, EpisodeSteps: 40}.TestEnv(t, func() (env.Env, error) {
					if dict {
						return w.wrap(t, env.EnforceOrder(env.LimitTime(tally{envtest.NewCounter(16, 18)}, 25))), nil
					}
					return w.wrap(t, env.EnforceOrder(env.LimitTime(envtest.NewCounter(16, 18), 25))), nil
				})
			})
		}
	}
}

// dreamer is a Counter with a dream's capabilities.
type dreamer struct{ *envtest.Counter }

func (d dreamer) Prime(context env.Context) (env.Value, error) {
	if context.Len() == 0 || context.Height != 16 {
		return env.Value{}, fmt.Errorf("no frames of this size")
	}
	return d.Reset(env.Seeded(uint64(context.Frames[0])))
}
func (d dreamer) Reconstruct(context env.Context) ([]byte, error)              { return context.Frames, nil }
func (d dreamer) Surprise(context env.Context, seed uint64) ([]float64, error) { return nil, nil }

// What is no longer true behind a wrapper cannot be found there; all else can.
func TestCapabilitiesThroughWrappers(t *testing.T) {
	hidden := map[string]string{
		"repeat": "primer surpriser", "resize": "primer surpriser reconstructor", "grey": "primer surpriser reconstructor",
		"stack": "primer surpriser reconstructor", "all": "primer surpriser reconstructor",
	}
	for _, w := range wrappers {
		e := w.wrap(t, dreamer{envtest.NewCounter(16, 16)})
		_, primer := env.As[env.Primer](e)
		_, surpriser := env.As[env.Surpriser](e)
		_, reconstructor := env.As[env.Reconstructor](e)
		got := ""
		for _, c := range []struct {
			name  string
			found bool
		}{{"primer", primer}, {"surpriser", surpriser}, {"reconstructor", reconstructor}} {
			if !c.found {
				got += " " + c.name
			}
		}
		if want := hidden[w.name]; got != "" && got[1:] != want || got == "" && want != "" {
			t.Errorf("%s hides%s, want %q", w.name, got, want)
		}
		_, snapshotter := env.As[env.Snapshotter](e)
		_, prober := env.As[env.Prober](e)
		_, captioner := env.As[env.Captioner](e)
		if !snapshotter || !prober || !captioner {
			t.Errorf("%s: snapshots %v, state %v, captions %v", w.name, snapshotter, prober, captioner)
		}
		bare := w.wrap(t, struct{ env.Env }{envtest.NewCounter(16, 16)})
		_, snapshotter = env.As[env.Snapshotter](bare)
		_, prober = env.As[env.Prober](bare)
		if snapshotter || prober {
			t.Errorf("%s has what it does not wrap: snapshots %v, state %v", w.name, snapshotter, prober)
		}
		e.Close()
		bare.Close()
	}
}

// A vector of wrapped environments steps without allocating, whatever the number of workers gives the same, and no wrapper
// allocates in a step of its own.
func TestWrappedVectorsDoNotAllocate(t *testing.T) {
	for _, w := range wrappers {
		var digests []string
		for _, workers := range []int{1, 3} {
			v, err := env.VecOptions{Workers: workers, Autoreset: env.SameStep}.New(4, func(int) (env.Env, error) {
				return w.wrap(t, env.LimitTime(envtest.NewCounter(16, 16), 400)), nil
			})
			if err != nil {
				t.Fatal(err)
			}
			batch := env.NewBatch(v.Spec().Observation, 4)
			if err := v.Reset(env.VecSeeded(1, 4), batch); err != nil {
				t.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(1, 1))
			actions := []env.Value{env.Int(0), env.Int(0), env.Int(0), env.Int(0)}
			text := ""
			step := func() {
				for i := range actions {
					actions[i].Int[0] = rng.IntN(3)
				}
				if err := v.Step(actions, batch); err != nil {
					t.Fatal(err)
				}
			}
			for range 30 {
				step()
				text += fmt.Sprint(batch.Obs[0].U8[:3], batch.Obs[3].U8[:3], batch.Reward, batch.Terminated)
			}
			digests = append(digests, text)
			// An end of an episode allocates where a video is written: the clocks of these ends are far off.
			if w.name != "record" && w.name != "all" {
				if n := testing.AllocsPerRun(20, step); n != 0 {
					t.Errorf("%s, %d workers: a step allocates %v times", w.name, workers, n)
				}
			}
			v.Close()
		}
		if digests[0] != digests[1] {
			t.Errorf("%s: another number of workers gives another run", w.name)
		}
	}
}
