package main

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"somnium/datasets/recipe"
	"somnium/env"
	"somnium/evals"
	"somnium/evals/metrics"
)

// What is asked for was in sight in the first frames given, is not in the last of them, nor in as many before as no window of the
// baseline reaches past, and is in the last frame of all.
func TestWhatIsAskedForWasSeenBeforeTheWindow(t *testing.T) {
	e := past(1)
	reach := e.Arms[0].Dynamics.Reach()
	for _, r := range e.Recalls {
		t.Run(r.Name, func(t *testing.T) {
			truth, err := env.Make(r.Env)
			if err != nil {
				t.Fatal(err)
			}
			defer truth.Close()
			seed := uint64(evals.HeldOut)
			for range 3 {
				q, next, err := r.ask(context.Background(), truth, seed)
				if err != nil {
					t.Fatal(err)
				}
				seed = next
				first, hidden, last := q.frame(0), q.frame(q.given-1), q.frame(q.clip.Len()-1)
				mask := make([]bool, len(last)/3)
				if n := metrics.Changed(mask, last, hidden); n < 16 {
					t.Errorf("in the last frame %d pixels come back", n)
				}
				if metrics.Changed(mask, first, hidden) < 16 {
					t.Error("the first frame shows no more than the last that is given")
				}
				if q.clip.Len() != len(q.clip.Actions)+1 || len(q.clip.Frames) != q.clip.Len()*len(last) {
					t.Errorf("%d frames have %d actions and %d bytes", q.clip.Len(), len(q.clip.Actions), len(q.clip.Frames))
				}
				if r.Turn > 0 {
					if psnr := metrics.Of(last, q.frame(before-1)).PSNR(); psnr < 25 {
						t.Errorf("the view that is turned back is at %.1f dB from what it was", psnr)
					}
					continue
				}
				for i := q.given - reach; i < q.given; i++ {
					if metrics.Changed(mask, q.frame(i), hidden) > 0 {
						t.Errorf("something is to be seen %d frames before it comes back", q.given-i)
					}
				}
			}
		})
	}
}

func TestRecallOfNothing(t *testing.T) {
	r := recall{Name: "never", Env: "RigidOccluder-v0?occluder_width=0&height=16&width=16", Hidden: 3, Clips: 1}
	truth, err := env.Make(r.Env)
	if err != nil {
		t.Fatal(err)
	}
	defer truth.Close()
	if _, _, err := r.ask(context.Background(), truth, 1); err == nil || !strings.Contains(err.Error(), "out of sight for 3 frames") {
		t.Errorf("where nothing is ever hidden: %v", err)
	}
}

// The experiment on memory, of a handful of updates at 16x16, fills every column for every arm.
func TestMemoryExperiment(t *testing.T) {
	const small = "height=16&width=16"
	dir, e, tiny := t.TempDir(), past(1), micro()
	e.Seeds, e.Points, e.TokenizerSteps, e.Frames, e.Arms = []uint64{1}, 1, 4, 12, e.Arms[:2]
	e.ActionClips, e.NextClips, e.Rollouts, e.Length = tiny.ActionClips, tiny.NextClips, tiny.Rollouts, tiny.Length
	for i := range e.Arms {
		d := &e.Arms[i].Dynamics
		d.Width, d.Hidden, d.Vocabulary = 16, 16, 64
	}
	e.Parts, e.Scenes = nil, nil
	for i, r := range e.Recalls {
		r.Env, r.Clips = strings.Replace(r.Env, "?", "?"+small+"&", 1), 2
		e.Recalls[i] = r
		e.Parts = append(e.Parts, recipe.Part{Name: r.Name, Envs: []string{r.Env}, Agents: []string{"noop"}, Episodes: 1, MaxSteps: 20, Seed: uint64(i)})
	}
	e.Scenes = tiny.Scenes
	plan := plan{Cost: map[string]float64{}, Updates: map[string]int{}}
	for _, a := range e.Arms {
		plan.Cost[a.Name], plan.Updates[a.Name] = 0.1, 4
	}
	if err := errors.Join(os.MkdirAll(dir, 0o755), write(filepath.Join(dir, "plan.json"), plan)); err != nil {
		t.Fatal(err)
	}
	h := here(t, dir, func([]string) {})
	h.experiment = e
	if err := h.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	results := withoutTime(t, h)
	if len(results) != len(e.Arms) || len(columnsOf(results)) != len(columns)+len(e.Recalls) {
		t.Fatalf("the results are %+v", results)
	}
	for _, r := range results {
		for _, c := range columnsOf(results) {
			if v := r.value(c); math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("%s of %s is %g", c.name, r.Arm, v)
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "table.md"))
	if err != nil || !strings.Contains(string(text), "Out of hiding, dB | Back in view, dB |") || !strings.Contains(string(text), "memory: a memory in every layer") {
		t.Errorf("the table is %s, %v", text, err)
	}
}
