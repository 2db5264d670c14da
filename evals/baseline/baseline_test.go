package baseline

import (
	"math"
	"slices"
	"testing"

	"somnium/env"
	"somnium/evals/metrics"
	"somnium/evals/parse"
	_ "somnium/sim/all"
)

// episode plays a simulator and returns its frames as a context, with the origin of frame given-1.
func episode(t *testing.T, name string, seed uint64, given, frames int) (clip env.Context, origin Origin) {
	t.Helper()
	e, err := env.Make(name)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	obs, err := e.Reset(env.Seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	clip.Height, clip.Width, _ = env.FrameSize(e.Spec().Observation)
	clip.Frames = slices.Clone(obs.Pixels())
	for clip.Len() < frames {
		step, err := e.Step(env.Int(0))
		if err != nil {
			t.Fatal(err)
		}
		clip.Actions = append(clip.Actions, env.Int(0))
		clip.Frames = append(clip.Frames, step.Obs.Pixels()...)
	}
	return clip, Origin{Seed: seed, Actions: clip.Actions[:given-1], Branch: clip}
}

// primed gives an environment the first frames of a clip.
func primed(t *testing.T, e env.Env, clip env.Context, given int) {
	t.Helper()
	if _, err := e.Reset(env.Seeded(1)); err != nil {
		t.Fatal(err)
	}
	first := clip
	first.Frames, first.Actions = clip.Frames[:given*clip.Height*clip.Width*3], clip.Actions[:given-1]
	primer, _ := env.As[env.Primer](e)
	if _, err := primer.Prime(first); err != nil {
		t.Fatal(err)
	}
}

func truth(t *testing.T, name string) env.Env {
	t.Helper()
	e, err := env.Make(name)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestTheOracleGoesOnAsTheTruth(t *testing.T) {
	clip, origin := episode(t, "RigidBounce-v0", 5, 8, 30)
	for _, noise := range []float64{0, 0.3} {
		o, err := NewNoisyOracle(truth(t, "RigidBounce-v0"), noise)
		if err != nil {
			t.Fatal(err)
		}
		defer o.Close()
		if _, err := o.Prime(clip); err == nil {
			t.Error("the oracle goes on from a place that it was not told of")
		}
		o.Know(origin)
		primed(t, o, clip, 8)
		for at := 8; at < 30; at++ {
			step, err := o.Step(env.Int(0))
			if err != nil {
				t.Fatal(err)
			}
			if same := slices.Equal(step.Obs.Pixels(), nth(clip, at)); same != (noise == 0) {
				t.Fatalf("noise %v, frame %d: the same as the truth: %v", noise, at, same)
			}
		}
	}
}

// A ball at constant velocity goes on as it does, to a small part of a pixel.
func TestConstantVelocity(t *testing.T) {
	const name = "RigidUniform-v0?radius=1&velocity=2"
	clip, _ := episode(t, name, 3, 3, 20)
	e := truth(t, name)
	defer e.Close()
	k, err := NewKinematic(e.Spec(), 1)
	if err != nil {
		t.Fatal(err)
	}
	primed(t, k, clip, 3)
	for at := 3; at < 16; at++ {
		step, err := k.Step(env.Int(0))
		if err != nil {
			t.Fatal(err)
		}
		red, white := parse.Color{255, 0, 0}, parse.Color{255, 255, 255}
		got, want := parse.Of(step.Obs.Pixels(), 64, 64, red, white, 3), parse.Of(nth(clip, at), 64, 64, red, white, 3)
		if len(got) != 1 || math.Hypot(got[0].X-want[0].X, got[0].Y-want[0].Y) > 0.4 {
			t.Fatalf("frame %d: %d balls, the first at %+v, want one at %+v", at, len(got), got, want[0])
		}
	}
}

// What is hidden while it passes comes out again.
func TestConstantVelocityBehindABox(t *testing.T) {
	const name = "RigidOccluder-v0?discs=1&walls=0&occluder_x=0.5&speed=2.5"
	for seed := range uint64(30) {
		clip, _ := episode(t, name, seed, 8, 60)
		counter := metrics.NewCounter(64, 64)
		if counter.Count(nth(clip, 7)) != 2 {
			continue
		}
		e := truth(t, name)
		k, err := NewKinematic(e.Spec(), 1)
		e.Close()
		if err != nil {
			t.Fatal(err)
		}
		primed(t, k, clip, 8)
		counts := map[int]bool{}
		for range 30 {
			step, err := k.Step(env.Int(0))
			if err != nil {
				t.Fatal(err)
			}
			counts[counter.Count(step.Obs.Pixels())] = true
		}
		if counts[1] && counts[2] {
			return // it was out of sight, or out of the picture, and in sight
		}
	}
	t.Error("no disc goes behind a box")
}

func TestTheFrozenAndTheRemembered(t *testing.T) {
	clip, _ := episode(t, "RigidBounce-v0", 1, 8, 30)
	e := truth(t, "RigidBounce-v0")
	defer e.Close()
	still, err := NewCopyLast(e.Spec())
	if err != nil {
		t.Fatal(err)
	}
	near, err := NewNearest(e, 3, 30)
	if err != nil {
		t.Fatal(err)
	}
	soft, err := NewBlur(e.Spec(), 2)
	if err != nil {
		t.Fatal(err)
	}
	sharp := metrics.Gradient(nth(clip, 7), 64, 64).Value()
	for _, b := range []env.Env{still, near, soft} {
		if _, err := b.Step(env.Int(0)); err == nil {
			t.Error("a baseline steps before it is primed")
		}
		primed(t, b, clip, 8)
		if _, err := b.Step(env.Int(7)); err == nil {
			t.Error("a baseline takes an action that is none")
		}
	}
	step, _ := still.Step(env.Int(0))
	if !slices.Equal(step.Obs.Pixels(), nth(clip, 7)) {
		t.Error("the frozen picture is not the last frame")
	}
	step, _ = soft.Step(env.Int(0))
	if g := metrics.Gradient(step.Obs.Pixels(), 64, 64).Value(); g > sharp/2 {
		t.Errorf("a blur leaves a gradient energy of %v of %v", g, sharp)
	}
	// Seed 1 is among what is remembered.
	if step, _ = near.Step(env.Int(0)); !slices.Equal(step.Obs.Pixels(), nth(clip, 8)) {
		t.Error("a remembered clip does not go on as it did")
	}
}
