package evals

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"somnium/env"
	"somnium/evals/baseline"
	_ "somnium/sim/all"
)

// sitting lets a baseline sit an exam at a small size.
func sitting(t *testing.T, exam string, c Candidate, size Size) ExamResult {
	t.Helper()
	e, ok := FindExam(exam)
	if !ok {
		t.Fatalf("there is no exam %s", exam)
	}
	defer c.Close()
	r, err := e.Sit(context.Background(), c, ExamOptions{Size: &size})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The floors of PhyWorld's parser on true frames, as its settings give them: of uniform motion at 256 pixels the published one,
// uncorrected, and next to nothing once it is corrected; of the others less than half of every bar, so that none is void.
func TestParserFloorsOfPhyWorld(t *testing.T) {
	for _, scene := range []struct {
		exam    string
		cases   int
		in, out float64 // bars
	}{{"uniform", 40, 0.022, 0.29}, {"collision", 20, 0.03, 0.15}, {"parabola", 20, 0.05, 0.28}} {
		e, _ := FindExam(scene.exam)
		o := ExamOptions{}.filled()
		r := e.room(context.Background(), o, Size{Cases: scene.cases, Pixels: []int{64, 128, 256}})
		defer r.close()
		parts, err := e.parts(r)
		if err != nil {
			t.Fatal(err)
		}
		for k, p := range parts {
			rows, err := p.floor(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			floor, uncorrected, perFrame := mean(colOverTime)(rows), mean(colOverTimeBiased)(rows), mean(colPerFrame)(rows)
			t.Logf("%-9s %-10s time-mean %.4f, uncorrected %.4f; per frame %.3f", scene.exam, p.kinds[0].Split, floor, uncorrected, perFrame)
			bar := []float64{scene.in, scene.out}[k%2]
			if p.kinds[0].Bar != bar || 2*floor > bar {
				t.Errorf("%s, %s: the floor is %.4f, and the bar of %v is void", scene.exam, p.kinds[0].Split, floor, p.kinds[0].Bar)
			}
			if scene.exam == "uniform" && p.kinds[0].Split == "in, 256px" && (uncorrected < 0.0089 || uncorrected > 0.0109 || floor > 0.002 || perFrame > 0.018) {
				t.Errorf("uniform motion at 256 pixels has the floors %.4f uncorrected, %.4f corrected, %.3f per frame; want .0099 within .001, at most .002 and about .016", uncorrected, floor, perFrame)
			}
		}
	}
}

// expected says of an exam how it is held in a test, and in which figures a picture that does not move, and its blur, must be
// below the bar.
type expected struct {
	exam string
	size Size
	// fails names, for each of these figures, one split in which copy-last and the blur do not clear the bar.
	fails map[string]string
	// hedged says that the blur may clear these.
	hedged bool
}

var quickly = []expected{
	{"uniform", Size{Cases: 4, Pixels: []int{64}}, map[string]string{"in, 64px": "velocity_error", "out, 64px": "velocity_error"}, false},
	{"collision", Size{Cases: 4, Pixels: []int{64}}, map[string]string{"in, 64px": "velocity_error"}, false},
	{"parabola", Size{Cases: 4, Pixels: []int{64}}, map[string]string{"in, 64px": "velocity_error"}, false},
	{"violation", Size{Cases: 2}, map[string]string{"permanence": "relative_accuracy", "solidity": "relative_accuracy", "immutability": "relative_accuracy", "gravity": "relative_accuracy", "inertia": "relative_accuracy"}, false},
	{"template", Size{Cases: 3}, map[string]string{"held out": "psnr"}, false},
	{"use", Size{Cases: 2, Frames: 60}, map[string]string{"RigidCatch-v0": "reward_f1", "RigidPush-v0": "end_f1"}, false},
}

// clears says whether a value would clear a score's bar, its interval aside.
func clears(s Score, v Number) bool {
	if s.Less {
		return v <= *s.Bar
	}
	return v >= *s.Bar
}

// atLeastAsGood says whether a is as good as b to two parts in a hundred, or better: what a parser rounds to whole pixels
// feels no part of one.
func atLeastAsGood(s Score, a, b Number) bool {
	slack := 0.02 * max(b, -b)
	if s.Less {
		return a <= b+slack
	}
	return a >= b-slack
}

// hold sits an exam by the true simulator and looks at it and at the baselines beside: it clears every bar, the frozen picture
// and its blur fail where they must, and the noisy simulator lies between.
func (x expected) hold(t *testing.T) {
	r := sitting(t, x.exam, NewBaseline(Oracle, env.Make), x.size)
	if r.Skipped != "" {
		t.Fatalf("the true simulator skips %s: %s", x.exam, r.Skipped)
	}
	for _, s := range r.Scores {
		if s.Bar != nil && !s.Void && !clears(s, s.Value) {
			t.Errorf("%s, %s %s: the true simulator is at %v and the bar at %v", x.exam, s.Split, s.Name, s.Value, *s.Bar)
		}
	}
	for split, name := range x.fails {
		s, ok := r.Find(split, name)
		if !ok {
			t.Errorf("%s has no figure %s %s", x.exam, split, name)
			continue
		}
		still, _ := s.Beneath(CopyLast)
		if blur, ok := s.Beneath(BestBlur); ok && !x.hedged && clears(s, blur.Value) {
			t.Errorf("%s, %s %s: the blur clears the bar %v with %v", x.exam, split, name, *s.Bar, blur.Value)
		}
		if clears(s, still.Value) {
			t.Errorf("%s, %s %s: the frozen picture clears the bar %v with %v", x.exam, split, name, *s.Bar, still.Value)
		}
		noisy, ok := s.Beneath(NoisyOracle)
		if !ok || !atLeastAsGood(s, s.Value, noisy.Value) || !atLeastAsGood(s, noisy.Value, still.Value) {
			t.Errorf("%s, %s %s: true %v, noisy %v, frozen %v: the noisy simulator is not between", x.exam, split, name, s.Value, noisy.Value, still.Value)
		}
	}
}

func TestTheTruthPassesAndTheTrivialFail(t *testing.T) {
	for _, x := range quickly {
		t.Run(x.exam, func(t *testing.T) { x.hold(t) })
	}
}

// A result says the same to the byte in two runs, whatever the number of workers.
func TestSameSeedSameResult(t *testing.T) {
	size := Size{Cases: 3, Pixels: []int{64}}
	var texts [2]string
	for i := range texts {
		c := NewBaseline(NoisyOracle, env.Make).(*EnvCandidate)
		c.Workers = 1 + 3*i
		data, err := json.Marshal(sitting(t, "parabola", c, size))
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(data)
	}
	if texts[0] != texts[1] {
		t.Error("two runs of one seed differ")
	}
	var r ExamResult
	if err := json.Unmarshal([]byte(texts[0]), &r); err != nil || len(r.Scores) == 0 {
		t.Errorf("the result cannot be read back: %v", err)
	}
}

// What lacks a capability, or other spaces, is passed over with the reason.
func TestWhatCannotSitIsSkipped(t *testing.T) {
	for name, open := range map[string]func(string) (env.Env, error){
		"env.Primer": env.Make,
		"observes":   func(string) (env.Env, error) { return env.Make("RigidUniform-v0?height=32&width=32") },
		"actions":    func(string) (env.Env, error) { return env.Make("VoxelNavigate-v0") },
	} {
		r := sitting(t, "uniform", &EnvCandidate{Title: "it", Open: open}, Size{Cases: 2, Pixels: []int{64}})
		if !strings.Contains(r.Skipped, name) {
			t.Errorf("skipped for %q, want something with %q", r.Skipped, name)
		}
	}
	r := sitting(t, "violation", &Videos{Title: "videos", Folder: t.TempDir()}, Size{Cases: 1})
	if r.Skipped == "" {
		t.Error("a folder of videos sits the exam of surprise")
	}
}

// mute is a truth without words.
type mute struct {
	env.Env
	env.Prober
	env.Snapshotter
}

func openMute(name string) (env.Env, error) {
	e, err := env.Make(name)
	if err != nil {
		return nil, err
	}
	prober, _ := env.As[env.Prober](e)
	snapshotter, _ := env.As[env.Snapshotter](e)
	return &mute{e, prober, snapshotter}, nil
}

// What asks for words is passed over where the truth has none; what does not is sat without.
func TestTruthsWithoutWords(t *testing.T) {
	for exam, skipped := range map[string]bool{"fall": true, "text": true, "uniform": false, "violation": false} {
		e, _ := FindExam(exam)
		size := Size{Cases: 1, Pixels: []int{64}}
		c := NewBaseline(Oracle, env.Make)
		r, err := e.Sit(t.Context(), c, ExamOptions{Size: &size, Open: openMute})
		if err != nil || skipped != (r.Skipped != "") || skipped && !strings.Contains(r.Skipped, "env.Captioner") {
			t.Errorf("%s: skipped for %q, error %v", exam, r.Skipped, err)
		}
		c.Close()
	}
}

// A model of other pictures is passed over in the exam of surprise, too.
func TestSurpriseOfOtherSizesIsSkipped(t *testing.T) {
	small := &EnvCandidate{Title: "it", Open: func(scene string) (env.Env, error) {
		truth, err := env.Make(scene + map[bool]string{true: "&", false: "?"}[strings.Contains(scene, "?")] + "height=32&width=32")
		if err != nil {
			return nil, err
		}
		return baseline.NewOracle(truth)
	}}
	if r := sitting(t, "violation", small, Size{Cases: 1}); !strings.Contains(r.Skipped, "64x64") {
		t.Errorf("skipped for %q", r.Skipped)
	}
}

// Dreams that are shorter than the windows of the Frechet distance are measured on what there is of them.
func TestShortDrift(t *testing.T) {
	r := sitting(t, "drift", NewBaseline(Oracle, env.Make), Size{Cases: 1, Frames: 12})
	if s, ok := r.Find("random, frame 4", "gain"); !ok || !clears(s, s.Value) {
		t.Errorf("the true simulator gains %v at frame 4: %q", s.Value, r.Skipped)
	}
}

// Where one ball leaves the picture, the other one does not come nearer to it.
func TestContactIsSoughtWhereBothBallsAre(t *testing.T) {
	e, _ := FindExam("collision")
	r := e.room(t.Context(), ExamOptions{}.filled(), Size{Cases: 24, Pixels: []int{64}})
	defer r.close()
	p, err := r.collisionPart("out", 64, []int{1, 2, 3, 4, 5, 6}, 0.15, 24)
	if err != nil {
		t.Fatal(err)
	}
	gone := 0
	for i, trial := range p.trials {
		last := len(trial.States) - 1
		if !redBall.inside(trial, last) || !blueBall.inside(trial, last) {
			gone++
		}
		if d := collisionRow(trial, trial.Truth)[colContact]; d > 1 {
			t.Errorf("case %d: true frames have the contact %v frames off", i, d)
		}
	}
	if gone < 6 {
		t.Fatalf("a ball leaves the picture in %d of 24 cases: the test tells little", gone)
	}
}

// Questions written as pictures and answered by copying their last frame score as copy-last does.
func TestVideosThatWereMadeElsewhere(t *testing.T) {
	e, _ := FindExam("uniform")
	size := Size{Cases: 2, Pixels: []int{64}}
	trials, _, err := e.Questions(context.Background(), ExamOptions{Size: &size})
	if err != nil {
		t.Fatal(err)
	}
	root, answers := t.TempDir(), t.TempDir()
	for _, trial := range trials {
		if err := WriteQuestion(root, trial); err != nil {
			t.Fatal(err)
		}
		last, err := os.ReadFile(filepath.Join(root, trial.ID, "given", "00002.png"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(answers, trial.ID), 0o755); err != nil {
			t.Fatal(err)
		}
		for n := range trial.Frames() {
			if err := os.WriteFile(filepath.Join(answers, trial.ID, pngName(n)), last, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	videos := &Videos{Title: "elsewhere", Folder: answers}
	s, _ := sitting(t, "uniform", videos, size).Find("in, 64px", "velocity_error")
	if still, _ := s.Beneath(CopyLast); s.Value != still.Value {
		t.Errorf("copies of the last frame score %v, copy-last %v", s.Value, still.Value)
	}
	path := filepath.Join(answers, trials[1].ID, pngName(5))
	if _, err := e.Sit(context.Background(), videos, ExamOptions{Size: &size}); err != nil {
		t.Fatal(err)
	}
	for what, spoil := range map[string]func(){
		"make it at that size": func() { writeOdd(t, path) },
		"make the missing one": func() { os.Remove(path) },
	} {
		spoil()
		if _, err := e.Sit(context.Background(), videos, ExamOptions{Size: &size}); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("spoiled videos give %v, want something with %q", err, what)
		}
		writeOdd(t, path)
	}
}

func pngName(n int) string { return fmt.Sprintf("%05d.png", n) }

func writeOdd(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, image.NewNRGBA(image.Rect(0, 0, 20, 20))); err != nil {
		t.Fatal(err)
	}
}

// The walk of 50 blocks, whose beacon stands no farther than B, ends where it began.
func TestTheFarthestWalkComesBack(t *testing.T) {
	e, _ := FindExam("loop")
	r := &room{ctx: context.Background(), exam: e, size: Size{Cases: 1}, open: env.Make, truths: map[string]env.Env{}}
	defer r.close()
	p, err := r.walkPart(walks[len(walks)-1], 0)
	if err != nil {
		t.Fatal(err)
	}
	trial := p.trials[0]
	place := func(i int) (x, z float64) { v := trial.States[i].Values; return v["x"], v["z"] }
	x, z := place(0)
	farthest := 0.0
	for i := range trial.States {
		nowX, nowZ := place(i)
		farthest = max(farthest, math.Hypot(nowX-x, nowZ-z))
	}
	lastX, lastZ := place(len(trial.States) - 1)
	if left := math.Hypot(lastX-x, lastZ-z); farthest < 50 || left > 0.3 {
		t.Errorf("the walk goes %.1f blocks away and ends %.2f from its beginning", farthest, left)
	}
}

// Every exam is in the table once, with sizes for every suite and an explanation of its scenes.
func TestSuite(t *testing.T) {
	var names []string
	var numbers []int
	for _, e := range Exams() {
		names, numbers = append(names, e.Name), append(numbers, e.Number)
		for _, s := range Suites {
			if size, ok := e.Sizes[s]; !ok || size.Cases < 2 {
				t.Errorf("%s has no size for %s", e.Name, s)
			}
		}
		for _, scene := range e.Scenes {
			made, err := env.Make(scene)
			if err != nil {
				t.Errorf("%s: %v", e.Name, err)
				continue
			}
			made.Close()
		}
	}
	slices.Sort(names)
	if len(slices.Compact(names)) != len(Exams()) || !slices.IsSorted(numbers) {
		t.Errorf("the table is %v, %v", names, numbers)
	}
}
