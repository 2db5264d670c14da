package env_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"somnium/env"
	"somnium/env/envtest"
)

var _ env.VecEnv = (*env.Vec)(nil)

// newVec returns a vector of n Counters with a time limit.
func newVec(t *testing.T, o env.VecOptions, n, limit int) (*env.Vec, *env.Batch) {
	t.Helper()
	v, err := o.New(n, func(int) (env.Env, error) { return env.LimitTime(envtest.NewCounter(16, 16), limit), nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v, env.NewBatch(v.Spec().Observation, n)
}

// frozen is a copy of what one environment returned.
type frozen struct {
	obs        string
	reward     float64
	terminated bool
	truncated  bool
}

func freeze(step env.Step) frozen {
	return frozen{fmt.Sprint(step.Obs.U8), step.Reward, step.Terminated, step.Truncated}
}

func freezeBatch(b *env.Batch, i int) frozen {
	return frozen{fmt.Sprint(b.Obs[i].U8), b.Reward[i], b.Terminated[i], b.Truncated[i]}
}

// choices returns n actions drawn by the generator.
func choices(rng *rand.Rand, n int) []env.Value {
	actions := make([]env.Value, n)
	for i := range actions {
		actions[i] = env.Int(rng.IntN(3))
	}
	return actions
}

// TestVecIsItsEnvironments plays a vector beside environments of the same seeds stepped one by one.
func TestVecIsItsEnvironments(t *testing.T) {
	const n, limit, length = 5, 6, 30
	for _, mode := range []env.Autoreset{env.NextStep, env.SameStep} {
		for _, workers := range []int{1, 2, 4, 9} {
			v, batch := newVec(t, env.VecOptions{Autoreset: mode, Workers: workers}, n, limit)
			alone := make([]env.Env, n)
			pending := make([]bool, n)
			if err := v.Reset(env.VecSeeded(40, n), batch); err != nil {
				t.Fatal(err)
			}
			for i := range alone {
				alone[i] = env.LimitTime(envtest.NewCounter(16, 16), limit)
				obs, _ := alone[i].Reset(env.Seeded(uint64(40 + i)))
				if got, want := freezeBatch(batch, i), freeze(env.Step{Obs: obs}); got != want {
					t.Fatalf("mode %d, %d workers: environment %d begins otherwise", mode, workers, i)
				}
			}
			rng := rand.New(rand.NewPCG(1, 1))
			for k := range length {
				actions := choices(rng, n)
				if err := v.Step(actions, batch); err != nil {
					t.Fatal(err)
				}
				for i, e := range alone {
					var final string
					var step env.Step
					if pending[i] {
						step.Obs, _ = e.Reset(env.ResetOptions{})
						pending[i] = false
					} else {
						step, _ = e.Step(actions[i])
						pending[i] = step.Done() && mode == env.NextStep
						if step.Done() && mode == env.SameStep {
							final = fmt.Sprint(step.Obs.U8)
							step.Obs, _ = e.Reset(env.ResetOptions{})
						}
					}
					if got, want := freezeBatch(batch, i), freeze(step); got != want {
						t.Fatalf("mode %d, %d workers, step %d: environment %d gives %v, alone %v", mode, workers, k, i, got, want)
					}
					if final != "" && fmt.Sprint(batch.FinalObs[i].U8) != final {
						t.Fatalf("mode %d, %d workers, step %d: environment %d has another final observation", mode, workers, k, i)
					}
				}
			}
		}
	}
}

func TestVecDisabledResetsByMask(t *testing.T) {
	v, batch := newVec(t, env.VecOptions{Autoreset: env.Disabled}, 3, 4)
	v.Reset(env.VecSeeded(1, 3), batch)
	still := choices(rand.New(rand.NewPCG(1, 1)), 3)
	for range 2 {
		v.Step(still, batch)
	}
	before := freezeBatch(batch, 0)
	if err := v.Reset(env.VecResetOptions{Mask: []bool{false, true, false}}, batch); err != nil {
		t.Fatal(err)
	}
	if freezeBatch(batch, 0) != before {
		t.Error("a reset of another environment writes into the row of this one")
	}
	for range 2 {
		v.Step(still, batch)
	}
	if want := []bool{true, false, true}; !reflect.DeepEqual(batch.Truncated, want) {
		t.Errorf("after 4, 2 and 4 of 4 steps the ends are %v", batch.Truncated)
	}
	last := freezeBatch(batch, 1)
	err := v.Step(still, batch)
	if !errors.Is(err, env.ErrEpisodeOver) || !strings.Contains(err.Error(), "environment 0") {
		t.Errorf("a step after an end gives %v", err)
	}
	if freezeBatch(batch, 1) != last {
		t.Error("a refused step moves other environments")
	}
	if err := v.Reset(env.VecResetOptions{Mask: batch.Truncated}, batch); err != nil {
		t.Fatal(err)
	}
	if err := v.Step(still, batch); err != nil {
		t.Error(err)
	}
}

func TestVecRefuses(t *testing.T) {
	v, batch := newVec(t, env.VecOptions{}, 2, 9)
	good := []env.Value{env.Int(0), env.Int(1)}
	refused := func(says string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("the error is %v, want one with %q", err, says)
		}
	}
	refused("call Reset", v.Step(good, batch))
	refused("3 seeds", v.Reset(env.VecSeeded(1, 3), batch))
	refused("mask of 1", v.Reset(env.VecResetOptions{Mask: []bool{true}}, batch))
	refused("NewBatch", v.Reset(env.VecResetOptions{}, env.NewBatch(v.Spec().Observation, 3)))
	refused("NewBatch", v.Reset(env.VecResetOptions{}, nil))
	refused("environment 1 of the vector: env: Counter-v0 has no parameter", v.Reset(env.VecResetOptions{Params: map[string]float64{"mass": 1}}, batch))
	v.Reset(env.VecSeeded(1, 2), batch)
	refused("1 actions", v.Step(good[:1], batch))
	before := freezeBatch(batch, 0)
	refused("environment 1 of the vector: env: choice 3", v.Step([]env.Value{env.Int(0), env.Int(3)}, batch))
	if freezeBatch(batch, 0) != before {
		t.Error("a bad action of one environment moves another")
	}
	if err := errors.Join(v.Close(), v.Close()); err != nil {
		t.Error(err)
	}
	if err := v.Step(good, batch); !errors.Is(err, env.ErrClosed) {
		t.Errorf("Step after Close gives %v", err)
	}
	if err := v.Reset(env.VecResetOptions{}, batch); !errors.Is(err, env.ErrClosed) {
		t.Errorf("Reset after Close gives %v", err)
	}
}

// failing is a Counter that fails at its third step and notes when it is closed.
type failing struct {
	*envtest.Counter
	steps  int
	closed *int
}

func (f *failing) Step(action env.Value) (env.Step, error) {
	if f.steps++; f.steps == 3 {
		return env.Step{}, errors.New("the disk is full")
	}
	return f.Counter.Step(action)
}

func (f *failing) Close() error {
	*f.closed++
	return f.Counter.Close()
}

func TestVecNamesTheOneThatFails(t *testing.T) {
	closed := 0
	v, err := env.NewVec(3, func(i int) (env.Env, error) {
		if i == 1 {
			return &failing{Counter: envtest.NewCounter(16, 16), closed: &closed}, nil
		}
		return envtest.NewCounter(16, 16), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	batch := env.NewBatch(v.Spec().Observation, 3)
	v.Reset(env.VecSeeded(1, 3), batch)
	actions := choices(rand.New(rand.NewPCG(1, 1)), 3)
	for k := range 5 {
		err := v.Step(actions, batch)
		if k != 2 && err != nil {
			t.Errorf("step %d: %v", k+1, err)
		}
		if k == 2 && (err == nil || err.Error() != "env: environment 1 of the vector: the disk is full") {
			t.Errorf("step 3 gives %v", err)
		}
	}
}

func TestVecNeedsOneKind(t *testing.T) {
	closed := 0
	build := func(bad func() (env.Env, error)) error {
		_, err := env.NewVec(3, func(i int) (env.Env, error) {
			if i == 2 {
				return bad()
			}
			return &failing{Counter: envtest.NewCounter(16, 16), closed: &closed}, nil
		})
		return err
	}
	err := build(func() (env.Env, error) { return envtest.NewCounter(16, 17), nil })
	if err == nil || !strings.Contains(err.Error(), "environment 2") || !strings.Contains(err.Error(), "[16 17 3]") {
		t.Errorf("another size gives %v", err)
	}
	err = build(func() (env.Env, error) { return nil, errors.New("no wood left") })
	if err == nil || !strings.Contains(err.Error(), "environment 2 of the vector: no wood left") {
		t.Errorf("a failure gives %v", err)
	}
	if closed != 4 {
		t.Errorf("%d of 4 environments are closed after all", closed)
	}
	if _, err := env.NewVec(0, nil); err == nil {
		t.Error("a vector of nothing is made")
	}
}

func TestVecDoesNotAllocate(t *testing.T) {
	for _, workers := range []int{1, 2} {
		for _, mode := range []env.Autoreset{env.NextStep, env.SameStep} {
			v, batch := newVec(t, env.VecOptions{Workers: workers, Autoreset: mode}, 4, 5)
			v.Reset(env.VecSeeded(1, 4), batch)
			actions := choices(rand.New(rand.NewPCG(1, 1)), 4)
			allocations := testing.AllocsPerRun(100, func() {
				if err := v.Step(actions, batch); err != nil {
					t.Error(err)
				}
			})
			if allocations != 0 {
				t.Errorf("mode %d, %d workers: a step allocates %g times", mode, workers, allocations)
			}
		}
	}
}

func TestVecEndsItsWorkers(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		v, _ := newVec(t, env.VecOptions{Workers: 4}, 4, 5)
		v.Close()
	}
	// A worker that has been told to end may take a moment to, and on a busy machine a long one.
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if runtime.NumGoroutine() <= before {
			return
		}
	}
	t.Errorf("there were %d goroutines, and are %d after all vectors are closed", before, runtime.NumGoroutine())
}

func TestBatchIsContiguous(t *testing.T) {
	space := env.Dict{Spaces: map[string]env.Space{"pixels": env.Frame(2, 2), "place": env.Box{Shape: []int{3}, Type: env.Float32, Low: -1, High: 1}}}
	batch := env.NewBatch(space, 4)
	for i, v := range batch.Obs {
		if err := space.Contains(v); err != nil {
			t.Fatal(err)
		}
		for k := range v.Dict["pixels"].U8 {
			v.Dict["pixels"].U8[k] = uint8(12*i + k)
		}
	}
	pixels := batch.Pixels()
	if len(pixels) != 48 {
		t.Fatalf("the pictures are %d bytes, want 48", len(pixels))
	}
	for i, x := range pixels {
		if int(x) != i {
			t.Fatalf("byte %d of the pictures is %d", i, x)
		}
	}
	if env.NewBatch(env.Discrete{N: 2}, 3).Pixels() != nil {
		t.Error("observations without pictures have pixels")
	}
}

func BenchmarkVecStep(b *testing.B) {
	const n = 64
	v, err := env.NewVec(n, func(int) (env.Env, error) { return env.LimitTime(envtest.NewCounter(64, 64), 100), nil })
	if err != nil {
		b.Fatal(err)
	}
	defer v.Close()
	batch := env.NewBatch(v.Spec().Observation, n)
	v.Reset(env.VecSeeded(1, n), batch)
	actions := choices(rand.New(rand.NewPCG(1, 1)), n)
	b.ReportAllocs()
	for b.Loop() {
		v.Step(actions, batch)
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "steps/s")
}
