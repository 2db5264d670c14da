package world

import (
	"math"
	"slices"
	"strings"
	"testing"

	"somnium/env"
)

// Dreams that are observed as latents are those that are observed as pictures: equal rewards and ends, and latents that are
// at first the encoded context's.
func TestLatentVecDreamsTheSame(t *testing.T) {
	const n = 2
	m := deep(t)
	pictures := newDreamVec(t, m, n, env.SameStep)
	truth, err := env.Make(vecName)
	if err != nil {
		t.Fatal(err)
	}
	latents, err := NewLatentVec(m, n, DreamOptions{Name: "latents", Spec: truth.Spec(), Source: FromSimulator(truth, 0), Steps: 2}, env.SameStep)
	if err != nil {
		t.Fatal(err)
	}
	defer latents.Close()
	lens, err := NewLens(m, truth.Spec())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := latents.Spec().Observation.String(), lens.Space().String(); got != want {
		t.Errorf("the vector observes %s, the lens shows %s", got, want)
	}
	a, b := env.NewBatch(pictures.Spec().Observation, n), env.NewBatch(latents.Spec().Observation, n)
	if err := pictures.Reset(env.VecSeeded(3, n), a); err != nil {
		t.Fatal(err)
	}
	if err := latents.Reset(env.VecSeeded(3, n), b); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if !slices.Equal(lens.Look(a.Obs[i]).F32, b.Obs[i].F32) {
			t.Errorf("dream %d does not begin with the latent of its context's last frame", i)
		}
	}
	for step := range 12 {
		last := slices.Clone(b.Obs[0].F32)
		if err := pictures.Step(dreamActions(step, n), a); err != nil {
			t.Fatal(err)
		}
		if err := latents.Step(dreamActions(step, n), b); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if a.Reward[i] != b.Reward[i] || a.Done(i) != b.Done(i) {
				t.Fatalf("step %d, dream %d: reward %g and end %v, with pictures %g and %v", step, i, b.Reward[i], b.Done(i), a.Reward[i], a.Done(i))
			}
			if err := latents.Spec().Observation.Contains(b.Obs[i]); err != nil {
				t.Fatal(err)
			}
		}
		if slices.Equal(last, b.Obs[0].F32) {
			t.Errorf("step %d leaves the latent as it was", step)
		}
	}
}

// What a foresight says of a plan is what a dream that is forked from the same frames earns by it, and leaves no trace.
func TestForesight(t *testing.T) {
	m := deep(t)
	truth, err := env.Make(vecName)
	if err != nil {
		t.Fatal(err)
	}
	defer truth.Close()
	const branches, discount = 2, 0.9
	f, err := NewForesight(m, truth.Spec(), branches, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Observe(env.Int(0), env.Value{U8: make([]uint8, 32*32*3)}); err == nil || !strings.Contains(err.Error(), "prime") {
		t.Errorf("a frame before the first gives %v", err)
	}
	obs, err := truth.Reset(env.Seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Begin(obs, "", 5); err != nil {
		t.Fatal(err)
	}
	step, err := truth.Step(env.Int(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Observe(env.Int(1), step.Obs); err != nil {
		t.Fatal(err)
	}
	var plans [][]env.Value
	for i := range 3 { // more than there are branches
		plans = append(plans, []env.Value{env.Int(i), env.Int(1), env.Int(2), env.Int(0)})
	}
	returns, again := make([]float64, len(plans)), make([]float64, len(plans))
	for _, dst := range [][]float64{returns, again} {
		if err := f.Foresee(plans, discount, dst); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(returns, again) {
		t.Errorf("asked twice it foresees %v and %v", returns, again)
	}
	alone, err := NewSession(m, f.follower.options)
	if err != nil {
		t.Fatal(err)
	}
	for i, plan := range plans {
		if err := alone.Fork(f.follower); err != nil {
			t.Fatal(err)
		}
		want, weight := 0.0, 1.0
		for _, action := range plan {
			out, err := alone.Step(truth.Spec().Action, action)
			if err != nil {
				t.Fatal(err)
			}
			want += weight * out.Reward
			weight *= discount
			if out.End > 0.5 {
				break
			}
		}
		if math.Abs(want-returns[i]) > 1e-12 {
			t.Errorf("plan %d: %g is foreseen, and a dream earns %g", i, returns[i], want)
		}
	}
	if err := f.Observe(env.Int(1), env.Value{U8: make([]uint8, 5)}); err == nil || !strings.Contains(err.Error(), "one size") {
		t.Errorf("a frame of another size gives %v", err)
	}
	if _, err := NewForesight(m, truth.Spec(), 0, 0); err == nil {
		t.Error("a foresight of no plans is made")
	}
}
