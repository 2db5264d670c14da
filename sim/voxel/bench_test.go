package voxel

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"somnium/env"
)

// sticky keeps random actions for eight steps in the mean, as agents/sticky does.
type sticky struct {
	rng    *rand.Rand
	space  env.Space
	action env.Value
}

func newSticky(space env.Space, seed uint64) *sticky {
	return &sticky{rng: rand.New(rand.NewPCG(seed, 3)), space: space, action: space.New()}
}

func (s *sticky) next() env.Value {
	if s.rng.IntN(8) == 0 {
		s.space.Sample(s.rng, s.action)
	}
	return s.action
}

// benchmarkSteps steps after 1,000 steps of warming up; resets are within.
func benchmarkSteps(b *testing.B, size int, params map[string]float64) {
	e, err := newEnv(survive(), env.Config{Height: size, Width: size, Params: params})
	if err != nil {
		b.Fatal(err)
	}
	actor := newSticky(e.spec.Action, 1)
	if _, err := e.Reset(env.Seeded(1)); err != nil {
		b.Fatal(err)
	}
	step := func() {
		taken, err := e.Step(actor.next())
		if err == nil && taken.Done() {
			_, err = e.Reset(env.ResetOptions{})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	for range 1000 {
		step()
	}
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
}

func BenchmarkFlat64(b *testing.B)  { benchmarkSteps(b, 64, nil) }
func BenchmarkFlat128(b *testing.B) { benchmarkSteps(b, 128, nil) }

func BenchmarkTextured64(b *testing.B) {
	benchmarkSteps(b, 64, map[string]float64{"textured": 1})
}

func BenchmarkEverything64(b *testing.B) {
	benchmarkSteps(b, 64, map[string]float64{"textured": 1, "hud": 1, "depth": 1, "segmentation": 1, "instances": 1, "inventory": 1})
}

func BenchmarkWithoutPicture(b *testing.B) {
	e, err := newEnv(survive(), env.Config{Height: 64, Width: 64})
	if err != nil {
		b.Fatal(err)
	}
	actor := newSticky(e.spec.Action, 1)
	seed := uint64(0)
	e.settings.begin(nil, nil)
	e.begin(seed)
	for b.Loop() {
		if _, done := e.advance(actor.next().Int); done {
			seed++
			e.settings.begin(nil, nil)
			e.begin(seed)
		}
	}
}

// BenchmarkReset begins episodes of other seeds, and tells the median as well.
func BenchmarkReset(b *testing.B) {
	e, err := newEnv(survive(), env.Config{Height: 64, Width: 64})
	if err != nil {
		b.Fatal(err)
	}
	var took []float64
	for b.Loop() {
		begin := time.Now()
		if _, err := e.Reset(env.ResetOptions{}); err != nil {
			b.Fatal(err)
		}
		took = append(took, float64(time.Since(begin).Microseconds())/1000)
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2], "median-ms")
}

// BenchmarkState is the whole truth after every step, without the step.
func BenchmarkState(b *testing.B) {
	e, err := newEnv(survive(), env.Config{Height: 64, Width: 64})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := e.Reset(env.Seeded(1)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		e.State()
	}
}

// vecSize is the number of environments of BenchmarkVec.
const vecSize = 64

// BenchmarkVec is a step of 64 worlds, on one core and on two in turn, so that whatever else the machine does falls on both alike.
func BenchmarkVec(b *testing.B) {
	var turns [2]func()
	var took [2]time.Duration
	for i := range turns {
		v, err := env.VecOptions{Workers: i + 1}.New(vecSize, func(int) (env.Env, error) {
			return newEnv(survive(), env.Config{Height: 64, Width: 64})
		})
		if err != nil {
			b.Fatal(err)
		}
		defer v.Close()
		batch, actions := env.NewBatch(v.Spec().Observation, vecSize), make([]env.Value, vecSize)
		if err := v.Reset(env.VecSeeded(1, vecSize), batch); err != nil {
			b.Fatal(err)
		}
		actors := make([]*sticky, vecSize)
		for n := range actors {
			actors[n] = newSticky(v.Spec().Action, uint64(n))
		}
		turns[i] = func() {
			for n, actor := range actors {
				actions[n] = actor.next()
			}
			begin := time.Now()
			if err := v.Step(actions, batch); err != nil {
				b.Fatal(err)
			}
			took[i] += time.Since(begin)
		}
		for range 50 {
			turns[i]()
		}
	}
	took = [2]time.Duration{}
	for b.Loop() {
		turns[0]()
		turns[1]()
	}
	for i, name := range [...]string{"steps/s-1-core", "steps/s-2-cores"} {
		b.ReportMetric(float64(vecSize*b.N)/took[i].Seconds(), name)
	}
	b.ReportMetric(took[0].Seconds()/took[1].Seconds(), "times")
}
