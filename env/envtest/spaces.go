package envtest

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"

	"somnium/env"
)

// checkSpec looks at the spec before, within and after a run.
func checkSpec(f fixture) error {
	return f.with(func(e env.Env) error {
		spec := e.Spec()
		if err := completeSpec(spec); err != nil {
			return err
		}
		if _, err := recordFrom(e, 1, f.Steps); err != nil {
			return err
		}
		if !reflect.DeepEqual(spec, e.Spec()) {
			return fmt.Errorf("it was %v and became %v", spec, e.Spec())
		}
		return nil
	})
}

func completeSpec(spec env.Spec) error {
	switch {
	case spec.ID == "":
		return errors.New("ID is empty")
	case spec.Doc == "":
		return errors.New("Doc is empty")
	case spec.Observation == nil || spec.Action == nil:
		return errors.New("a space is nil")
	case !(spec.FPS > 0):
		return fmt.Errorf("FPS is %g", spec.FPS)
	case spec.MaxEpisodeSteps < 0:
		return fmt.Errorf("MaxEpisodeSteps is %d", spec.MaxEpisodeSteps)
	}
	for _, p := range spec.Params {
		if !(p.Min <= p.Default && p.Default <= p.Max) || p.Name == "" || p.Doc == "" {
			return fmt.Errorf("the parameter %+v is incomplete or its default out of bounds", p)
		}
	}
	return nil
}

// checkSpaces checks that the spaces hold what they make, and that observations and rewards are what the spec says.
func checkSpaces(f fixture) error {
	return f.with(func(e env.Env) error {
		spec := e.Spec()
		if err := errors.Join(holdsItsOwn("action", spec.Action), holdsItsOwn("observation", spec.Observation)); err != nil {
			return err
		}
		obs, err := e.Reset(env.Seeded(1))
		if err != nil {
			return err
		}
		step := env.Step{Obs: obs}
		actor := newActor(e)
		for i := range f.Steps {
			if err := spec.Observation.Contains(step.Obs); err != nil {
				return fmt.Errorf("the observation after %d steps: %w", i, err)
			}
			if math.IsNaN(step.Reward) || math.IsInf(step.Reward, 0) {
				return fmt.Errorf("the reward of step %d is %g", i, step.Reward)
			}
			if step.Done() {
				step = env.Step{}
				step.Obs, err = e.Reset(env.ResetOptions{})
			} else {
				step, err = e.Step(actor.act())
			}
			if err != nil {
				return fmt.Errorf("step %d: %w", i+1, err)
			}
		}
		return nil
	})
}

// holdsItsOwn checks that a space contains what it makes and samples.
func holdsItsOwn(name string, space env.Space) error {
	v := space.New()
	if err := space.Contains(v); err != nil {
		return fmt.Errorf("the %s that New makes: %w", name, err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		space.Sample(rng, v)
		if err := space.Contains(v); err != nil {
			return fmt.Errorf("the %s that Sample draws: %w", name, err)
		}
	}
	return nil
}

// checkBadActions steps with what lies outside the action space, and compares with a run that did not.
func checkBadActions(f fixture) error {
	want, err := f.record(5)
	if err != nil {
		return err
	}
	return f.with(func(e env.Env) error {
		obs, err := e.Reset(env.Seeded(5))
		if err != nil {
			return err
		}
		first := digestOf(env.Step{Obs: obs})
		for _, bad := range badActions(e.Spec().Action) {
			if _, err := e.Step(bad); err == nil {
				return fmt.Errorf("the action %+v was taken", bad)
			}
		}
		rest, err := record(e, newActor(e), f.Steps)
		if err != nil {
			return err
		}
		return want.same(append(run{first}, rest...))
	})
}

// badActions returns values outside the space.
func badActions(space env.Space) []env.Value {
	extra := space.New()
	if extra.U8 == nil {
		extra.U8 = []uint8{1}
	} else {
		extra.F32 = []float32{1}
	}
	candidates := []env.Value{
		{}, extra, {Int: []int{}}, env.Int(-1), env.Int(math.MaxInt), env.Int(math.MinInt), {F32: []float32{float32(math.NaN())}},
		{Dict: map[string]env.Value{}}, {Dict: map[string]env.Value{"unknown": env.Int(0)}},
	}
	if d, ok := space.(env.Discrete); ok {
		candidates = append(candidates, env.Int(d.N), env.Value{Int: []int{0, 0}})
	}
	if b, ok := space.(env.Box); ok && b.Type == env.Float32 && b.Size() > 0 {
		spoiled := space.New()
		spoiled.F32[0] = float32(math.NaN())
		candidates = append(candidates, spoiled)
	}
	var bad []env.Value
	for _, v := range candidates {
		if space.Contains(v) != nil {
			bad = append(bad, v)
		}
	}
	return bad
}

// checkParams resets with parameters that the spec does not allow, and with the extremes that it does.
func checkParams(f fixture) error {
	want, err := f.record(6)
	if err != nil {
		return err
	}
	return f.with(func(e env.Env) error {
		obs, err := e.Reset(env.Seeded(6))
		if err != nil {
			return err
		}
		first := digestOf(env.Step{Obs: obs})
		for _, bad := range badParams(e.Spec()) {
			seed := uint64(7)
			if _, err := e.Reset(env.ResetOptions{Seed: &seed, Params: bad}); err == nil {
				return fmt.Errorf("Reset took the parameters %v", bad)
			}
		}
		rest, err := record(e, newActor(e), f.Steps)
		if err != nil {
			return err
		}
		if err := want.same(append(run{first}, rest...)); err != nil {
			return fmt.Errorf("after a Reset that failed: %w", err)
		}
		return takesExtremes(e)
	})
}

func badParams(spec env.Spec) []map[string]float64 {
	bad := []map[string]float64{{"no such parameter": 1}}
	for _, p := range spec.Params {
		bad = append(bad, map[string]float64{p.Name: math.NaN()})
		if !math.IsInf(p.Max, 1) {
			bad = append(bad, map[string]float64{p.Name: math.Nextafter(p.Max, math.Inf(1))})
		}
		if !math.IsInf(p.Min, -1) {
			bad = append(bad, map[string]float64{p.Name: math.Nextafter(p.Min, math.Inf(-1))})
		}
	}
	return bad
}

// takesExtremes resets and steps with every parameter at both of its bounds.
func takesExtremes(e env.Env) error {
	for _, p := range e.Spec().Params {
		for _, x := range []float64{p.Min, p.Default, p.Max} {
			seed := uint64(8)
			if _, err := e.Reset(env.ResetOptions{Seed: &seed, Params: map[string]float64{p.Name: x}}); err != nil {
				return fmt.Errorf("Reset with %s=%g: %w", p.Name, x, err)
			}
			if _, err := record(e, newActor(e), 3); err != nil {
				return fmt.Errorf("with %s=%g: %w", p.Name, x, err)
			}
		}
	}
	return nil
}
