package evals_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"reflect"
	"strings"
	"testing"

	"somnium/datasets"
	"somnium/env"
	"somnium/evals"
)

const (
	pushScene  = "RigidPush-v0"
	catchScene = "RigidCatch-v0"
	pairScene  = "RigidCollision-v0"
)

var small = evals.Options{Clips: 8, Context: 7, Rollouts: 2, Length: 120, Window: 40}

// value returns a figure, which must be there.
func value(t *testing.T, r evals.Result, scene, name string) float64 {
	t.Helper()
	f, ok := r.Find(scene, name)
	if !ok {
		t.Fatalf("%s has no figure %s of %s", r.Gate, name, scene)
	}
	return float64(f.Value)
}

func TestTokenizer(t *testing.T) {
	for _, test := range []struct {
		name     string
		disguise func(*oracle) env.Env
		pass     bool
	}{{"honest", honest, true}, {"softened", softened, false}} {
		list := scenes(t, test.disguise, pairScene, pushScene)
		r, err := evals.Tokenizer(t.Context(), list, small)
		if err != nil {
			t.Fatal(err)
		}
		if r.Pass != test.pass {
			t.Errorf("%s: pass is %v: %+v", test.name, r.Pass, r.Figures)
		}
		if ratio := value(t, r, evals.Pooled, "gradient_ratio"); (ratio > 0.8) != test.pass {
			t.Errorf("%s: the gradient energy is %v of the truth's", test.name, ratio)
		}
		if test.pass {
			if psnr, copied := value(t, r, pushScene, "psnr_changed"), value(t, r, pushScene, "psnr_changed_copy_last"); psnr != 100 || copied > 20 {
				t.Errorf("on changed pixels equal frames have %v dB and copies of the last %v", psnr, copied)
			}
		}
	}
}

func TestNextFrame(t *testing.T) {
	for _, test := range []struct {
		name     string
		disguise func(*oracle) env.Env
		pass     bool
	}{{"honest", honest, true}, {"freezing", freezing, false}} {
		r, err := evals.NextFrame(t.Context(), scenes(t, test.disguise, pairScene, catchScene), small)
		if err != nil {
			t.Fatal(err)
		}
		if r.Pass != test.pass {
			t.Errorf("%s: pass is %v: %+v", test.name, r.Pass, r.Figures)
		}
		for _, name := range []string{pairScene, catchScene, evals.Pooled} {
			dream, copied, blurred := value(t, r, name, "psnr_changed"), value(t, r, name, "psnr_changed_copy_last"), value(t, r, name, "psnr_changed_best_blur")
			if test.pass != (dream == 100) || !test.pass && dream != copied {
				t.Errorf("%s, %s: %v dB where copying gives %v", test.name, name, dream, copied)
			}
			if !(blurred > copied+0.5) || blurred > copied+6 {
				t.Errorf("%s: the best blur reaches %v dB and a copy %v", name, blurred, copied)
			}
			if gain := value(t, r, name, "gain"); gain != dream-max(copied, blurred) {
				t.Errorf("%s: the gain is %v", name, gain)
			}
		}
		f, _ := r.Find(evals.Pooled, "psnr_changed_copy_last")
		if f.Low == nil || !(*f.Low < f.Value && f.Value < *f.High) {
			t.Errorf("%v lies not within %v..%v", f.Value, f.Low, f.High)
		}
	}
}

func TestActions(t *testing.T) {
	o := evals.Options{Clips: 24}
	for _, test := range []struct {
		name     string
		disguise func(*oracle) env.Env
		pass     bool
	}{{"honest", honest, true}, {"unheeding", unheeding, false}} {
		r, err := evals.Actions(t.Context(), scenes(t, test.disguise, pushScene, catchScene), o)
		if err != nil {
			t.Fatal(err)
		}
		if r.Pass != test.pass {
			t.Errorf("%s: pass is %v: %+v", test.name, r.Pass, r.Figures)
		}
		if ratio := value(t, r, pushScene, "ratio"); !test.pass && ratio != 1 {
			t.Errorf("%s: under the same noise the ratio is %v", test.name, ratio)
		}
		// Of three actions, drawn and kept, two in three differ.
		if share := value(t, r, catchScene, "actions_that_differ"); share < 0.45 || share > 0.85 {
			t.Errorf("%v of the permuted actions differ", share)
		}
		if own := value(t, r, catchScene, "surprise"); own < 1.3 || own > 1.7 {
			t.Errorf("%s: the surprise with the true actions is %v, want about 1.5", test.name, own)
		}
	}
}

func TestRollout(t *testing.T) {
	for _, test := range []struct {
		name     string
		disguise func(*oracle) env.Env
		pass     bool
		fails    string // in frames 81-120
	}{
		{"honest", honest, true, ""},
		{"freezing", freezing, false, "difference_ratio"},
		{"softened", softened, false, "gradient_ratio"},
		{"ending", ending, false, "count_share"},
	} {
		r, err := evals.Rollout(t.Context(), scene(t, catchScene, test.disguise), small)
		if err != nil {
			t.Fatal(err)
		}
		if r.Pass != test.pass {
			t.Errorf("%s: pass is %v: %+v", test.name, r.Pass, r.Figures)
		}
		if len(r.Figures) != 3*4 {
			t.Fatalf("%s: %d figures, want 4 of each of 3 windows", test.name, len(r.Figures))
		}
		for _, f := range r.Figures[8:] {
			if f.Frames != "81-120" {
				t.Errorf("the last window is %s", f.Frames)
			}
			if f.Name == test.fails && *f.Pass {
				t.Errorf("%s: %s is %v and passes", test.name, f.Name, f.Value)
			}
			if test.pass && (f.Value > 1 || f.Value < 0.95) {
				t.Errorf("%s: %s is %v", test.name, f.Name, f.Value)
			}
		}
		if test.name == "ending" && !strings.Contains(strings.Join(r.Remarks, " "), "after 70 frames") {
			t.Errorf("the remarks are %q", r.Remarks)
		}
		checkDrawings(t, r)
	}
}

// checkDrawings draws the picture, two rows a rollout of as many columns as moments, and the plot.
func checkDrawings(t *testing.T, r evals.RolloutResult) {
	t.Helper()
	if f := r.Picture(); f.Height < 4*128 || f.Width < 128 {
		t.Errorf("the picture has %dx%d pixels", f.Height, f.Width)
	}
	var file bytes.Buffer
	if err := r.Plot(&file); err != nil {
		t.Fatal(err)
	}
	if _, err := png.DecodeConfig(&file); err != nil {
		t.Error(err)
	}
}

func TestSameSeedSameFigures(t *testing.T) {
	run := func(seed uint64) evals.Result {
		o := small
		o.Seed = seed
		r, err := evals.NextFrame(t.Context(), scenes(t, freezing, pushScene), o)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := run(1)
	if again := run(1); !reflect.DeepEqual(plainFigures(t, first), plainFigures(t, again)) {
		t.Errorf("one seed gave %+v and %+v", first, again)
	}
	if other := run(2); value(t, first, pushScene, "psnr_changed") == value(t, other, pushScene, "psnr_changed") {
		t.Error("two seeds gave the same figures")
	}
}

// plainFigures returns the result as JSON shows it.
func plainFigures(t *testing.T, r evals.Result) string {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestProgressAndCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var calls []int
	o := small
	o.Progress = func(done, total int) {
		if total != 16 {
			t.Errorf("the total is %d, want 16", total)
		}
		if calls = append(calls, done); done == 5 {
			cancel()
		}
	}
	_, err := evals.Tokenizer(ctx, scenes(t, honest, pushScene, pairScene), o)
	if !errors.Is(err, context.Canceled) || len(calls) != 6 || calls[0] != 0 {
		t.Errorf("after %v calls the error is %v", calls, err)
	}
}

func TestErrorsSayWhatIsMissing(t *testing.T) {
	ctx, dumb := t.Context(), scenes(t, silent, pushScene)
	tokenizer := func(list []evals.Scene, o evals.Options) error { _, err := evals.Tokenizer(ctx, list, o); return err }
	next := func(list []evals.Scene, o evals.Options) error { _, err := evals.NextFrame(ctx, list, o); return err }
	actions := func(list []evals.Scene, o evals.Options) error { _, err := evals.Actions(ctx, list, o); return err }
	mixed := scene(t, pushScene, honest)
	mixed.Dream = scene(t, catchScene, honest).Dream
	small, large := scene(t, pushScene, honest), scene(t, pushScene+"?height=32&width=48", honest)
	small.Dream = large.Dream
	for _, test := range []struct {
		err  error
		want string
	}{
		{tokenizer(dumb, evals.Options{}), "cannot show frames"},
		{next(dumb, evals.Options{}), "cannot go on"},
		{actions(dumb, evals.Options{}), "cannot tell how unexpected"},
		{tokenizer(nil, evals.Options{}), "no scene"},
		{actions(dumb, evals.Options{Clips: 1}), "2 at least"},
		{next([]evals.Scene{mixed}, evals.Options{}), "something else"},
		{next([]evals.Scene{small}, evals.Options{}), "one size"},
		{tokenizer(scenes(t, honest, pairScene), evals.Options{Context: 40}), "at most 32 frames"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) || !strings.HasPrefix(test.err.Error(), "evals: ") {
			t.Errorf("the error is %q, want one with %q", test.err, test.want)
		}
	}
}

// What is not finite is null in JSON, and clears no bar.
func TestNothingChangedClearsNothing(t *testing.T) {
	still := scenes(t, honest, "RigidOccluder-v0?speed=0")
	r, err := evals.NextFrame(t.Context(), still, evals.Options{Clips: 2})
	if err != nil {
		t.Fatal(err)
	}
	if r.Pass || !strings.Contains(plainFigures(t, r), `"name":"gain","unit":"dB","value":null`) {
		t.Errorf("where nothing moves: %s", plainFigures(t, r))
	}
}

// No seed of recorded data lies where held-out seeds do.
func TestHeldOutSeedsAreNotRecorded(t *testing.T) {
	for job := range uint64(20) {
		for number := range 20_000 {
			if seed, _ := datasets.EpisodeSeeds(job, number); seed >= evals.HeldOut && seed < 2*evals.HeldOut {
				t.Fatalf("job %d plays episode %d from the held-out seed %d", job, number, seed)
			}
		}
	}
}

// Each kind of worlds has bars of its own, and decides by itself: a blur of one is not hidden by the other.
func TestBarsByTheKindOfWorld(t *testing.T) {
	const blocks = "VoxelNavigate-v0?flat=1&height=32&width=32"
	for _, test := range []struct {
		name string
		list []evals.Scene
		pass bool
	}{
		{"honest", scenes(t, honest, pairScene, blocks), true},
		{"frozen blocks", append(scenes(t, honest, pairScene), scenes(t, freezing, blocks)...), false},
	} {
		r, err := evals.NextFrame(t.Context(), test.list, small)
		if err != nil {
			t.Fatal(err)
		}
		if r.Pass != test.pass {
			t.Errorf("%s: pass is %v: %+v", test.name, r.Pass, r.Figures)
		}
		for scene, want := range map[string][2]float64{
			pairScene: {30, 4}, blocks: {24, 2}, evals.PooledOf("rigid"): {30, 4}, evals.PooledOf("voxel"): {24, 2},
		} {
			psnr, _ := r.Find(scene, "psnr")
			gain, _ := r.Find(scene, "gain")
			if psnr.Min == nil || gain.Min == nil || float64(*psnr.Min) != want[0] || float64(*gain.Min) != want[1] {
				t.Errorf("%s: the bars of %s are %q and %q", test.name, scene, psnr.Bar(), gain.Bar())
			}
		}
		for _, f := range r.Figures {
			if f.Scene == evals.Pooled && f.Pass != nil {
				t.Errorf("%s: over both kinds of worlds %s is judged", test.name, f.Name)
			}
		}
		if _, ok := r.Find(evals.Pooled, "gain"); !ok {
			t.Errorf("%s: there is no gain over both kinds of worlds", test.name)
		}
	}
}
