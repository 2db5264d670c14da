package envtest

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"somnium/env"
)

// checkState probes the true state at every step of an episode, and compares with a run in which nobody did.
func checkState(f fixture) error {
	return f.with(func(e env.Env) error {
		p, ok := env.As[env.Prober](e)
		if !ok {
			return nil
		}
		if _, err := e.Reset(env.Seeded(13)); err != nil {
			return err
		}
		first := cloneState(p.State())
		actor := newActor(e)
		for i := range f.Steps {
			if err := saneState(p, i, first); err != nil {
				return fmt.Errorf("after %d steps: %w", i, err)
			}
			step, err := e.Step(actor.act())
			if err != nil {
				return err
			}
			if step.Done() {
				break
			}
		}
		return f.probingIsHarmless()
	})
}

// saneState checks the state after the given number of steps against the one at the start of the episode.
func saneState(p env.Prober, steps int, first env.State) error {
	state := p.State()
	if state.Step != steps {
		return fmt.Errorf("State.Step is %d", state.Step)
	}
	seen := map[int]bool{}
	for i, body := range state.Bodies {
		if seen[body.ID] {
			return fmt.Errorf("two bodies have the id %d", body.ID)
		}
		seen[body.ID] = true
		if err := saneBody(body); err != nil {
			return fmt.Errorf("body %d, %+v: %w", i, body, err)
		}
	}
	if err := keepsOrder(first.Bodies, state.Bodies); err != nil {
		return err
	}
	for name, x := range state.Values {
		if !finite(x) {
			return fmt.Errorf("the value %q is %g", name, x)
		}
	}
	return ownsMemory(p, state)
}

func saneBody(b env.Body) error {
	if b.Kind == "" {
		return errors.New("Kind is empty")
	}
	for _, vector := range [][3]float64{b.Position, b.Velocity, b.Size} {
		if !finite(vector[0]) || !finite(vector[1]) || !finite(vector[2]) {
			return errors.New("a vector is not finite")
		}
	}
	if !finite(b.Angle) {
		return errors.New("Angle is not finite")
	}
	if min(b.Size[0], b.Size[1], b.Size[2]) < 0 {
		return errors.New("Size is negative")
	}
	if !(b.Hidden >= 0 && b.Hidden <= 1) {
		return errors.New("Hidden is outside 0..1")
	}
	return nil
}

// keepsOrder checks that the bodies which are there at both moments come in the same order.
func keepsOrder(first, now []env.Body) error {
	place := map[int]int{}
	for i, body := range first {
		place[body.ID] = i
	}
	last := -1
	for _, body := range now {
		i, known := place[body.ID]
		if known && i < last {
			return errors.New("the order of the bodies changed within the episode")
		}
		if known {
			last = i
		}
	}
	return nil
}

// ownsMemory spoils a state and checks that the next one is whole.
func ownsMemory(p env.Prober, state env.State) error {
	want := cloneState(state)
	for i := range state.Bodies {
		state.Bodies[i] = env.Body{ID: -1, Kind: "spoiled"}
	}
	for name := range state.Values {
		state.Values[name] = math.NaN()
	}
	if !reflect.DeepEqual(cloneState(p.State()), want) {
		return errors.New("writing to a State changes the next one")
	}
	return nil
}

func cloneState(s env.State) env.State {
	return env.State{Step: s.Step, Bodies: slices.Clone(s.Bodies), Values: maps.Clone(s.Values)}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// probingIsHarmless compares a run with State and Captions called at every step with one without.
func (f fixture) probingIsHarmless() error {
	want, err := f.record(14)
	if err != nil {
		return err
	}
	return f.with(func(e env.Env) error {
		obs, err := e.Reset(env.Seeded(14))
		if err != nil {
			return err
		}
		got := run{digestOf(env.Step{Obs: obs})}
		actor := newActor(e)
		for len(got) < len(want) {
			look(e)
			step, err := e.Step(actor.act())
			if err != nil {
				return err
			}
			got = append(got, digestOf(step))
			if step.Done() {
				break
			}
		}
		if err := want[:len(got)].same(got); err != nil {
			return fmt.Errorf("with State and Captions asked for at every step: %w", err)
		}
		return nil
	})
}

// look asks for everything that may be asked for without a consequence.
func look(e env.Env) {
	if p, ok := env.As[env.Prober](e); ok {
		p.State()
	}
	if c, ok := env.As[env.Captioner](e); ok {
		c.Captions()
	}
}

// checkCaptions reads the captions at the start and amid an episode.
func checkCaptions(f fixture) error {
	return f.with(func(e env.Env) error {
		c, ok := env.As[env.Captioner](e)
		if !ok {
			return nil
		}
		for _, steps := range []int{0, midEpisode} {
			if _, err := recordFrom(e, 15, steps); err != nil {
				return err
			}
			short, detailed := c.Captions()
			if strings.TrimSpace(short) == "" || strings.TrimSpace(detailed) == "" {
				return fmt.Errorf("after %d steps they are %q and %q", steps, short, detailed)
			}
		}
		return nil
	})
}
