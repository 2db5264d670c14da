package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"somnium/datasets/recipe"
	"somnium/world"
)

// childVariable, set to anything, makes the test binary the command itself, run with its arguments, in place of testing.
const childVariable = "SOMNIUM_TEST_IS_ABLATE"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// micro is an experiment of seconds: two arms and two worlds, at 16x16.
func micro() experiment {
	const catch, land = "RigidCatch-v0?height=16&width=16", "VoxelSurvive-v0?flat=1&height=16&width=16"
	e := full(1)
	e.Arms = []arm{e.Arms[0], e.Arms[3]}
	for i := range e.Arms {
		d := &e.Arms[i].Dynamics
		d.Width, d.Hidden, d.Vocabulary = 16, 16, 64
	}
	e.Seeds, e.Points, e.TokenizerSteps, e.Clips, e.Frames = []uint64{1}, 3, 4, 2, 8
	e.Parts = []recipe.Part{
		{Name: "catch", Envs: []string{catch}, Agents: []string{"sticky"}, Episodes: 2, MaxSteps: 20, Seed: 1},
		{Name: "land", Envs: []string{land}, Agents: []string{"sticky:8"}, Episodes: 2, MaxSteps: 20, Seed: 2},
	}
	e.Scenes = []scene{{Env: catch, Agent: "sticky", Long: true}, {Env: land, Agent: "explorer", Voxel: true, Long: true}}
	e.ActionClips, e.NextClips, e.Rollouts, e.Length, e.Rounds, e.Updates = 2, 4, 1, 8, 2, 4
	e.Seconds = 1
	return e
}

// here returns a harness that does every part of the work in this process. Each part is told to before before it begins.
func here(t *testing.T, dir string, before func(args []string)) *harness {
	t.Helper()
	h := &harness{dir: dir, experiment: micro(), jobs: 1, log: io.Discard}
	h.launch = func(ctx context.Context, args ...string) error {
		before(args)
		return h.part(ctx, args)
	}
	return h
}

// fix writes a plan with round numbers, so that what is measured does not depend on how fast this machine is.
func fix(t *testing.T, dir string) {
	t.Helper()
	p := plan{Cost: map[string]float64{"baseline": 0.1, "clean": 0.2}, Updates: map[string]int{"baseline": 6, "clean": 9}}
	if err := errors.Join(os.MkdirAll(dir, 0o755), write(filepath.Join(dir, "plan.json"), p)); err != nil {
		t.Fatal(err)
	}
}

// withoutTime returns the results of a folder but for what depends on the machine.
func withoutTime(t *testing.T, h *harness) []result {
	t.Helper()
	results, err := h.results()
	if err != nil {
		t.Fatal(err)
	}
	for i := range results {
		results[i].Seconds = 0
		for k := range results[i].Points {
			results[i].Points[k].Seconds = 0
		}
	}
	return results
}

// Two arms run to the end, side by side, each a process of one thread. Run in this process and stopped again and again they come
// to the same figures. What is finished is not run again.
func TestArmsAreResumable(t *testing.T) {
	complete, stopped := filepath.Join(t.TempDir(), "complete"), filepath.Join(t.TempDir(), "stopped")
	fix(t, complete)
	fix(t, stopped)
	t.Setenv(childVariable, "1")
	h := here(t, complete, nil)
	h.launch, h.jobs = h.process, 2
	begin := time.Now()
	if err := h.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	whole := time.Since(begin)
	want := withoutTime(t, h)
	if len(want) != 2 || len(want[0].Points) != 3 || want[0].Points[1].Updates != 4 || want[1].Points[2].Updates != 9 {
		t.Fatalf("the results are %+v", want)
	}
	for _, r := range want {
		for _, c := range columns {
			if v := r.value(c); math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("%s of %s is %g", c.name, r.Arm, v)
			}
		}
		if m, err := world.Open(filepath.Join(h.folder(arm{Name: r.Arm}, r.Seed), "weights.safetensors")); err != nil {
			t.Error(err)
		} else if noise := m.Info.Dynamics.ContextNoise; (noise != 0) != (r.Arm == "clean") || m.Info.DynamicsSteps != r.Points[2].Updates {
			t.Errorf("the weights of %s are of %+v", r.Arm, m.Info)
		}
	}
	for _, name := range []string{"table.md", "results.json", "experiment.json"} {
		if text, err := os.ReadFile(filepath.Join(complete, name)); err != nil || len(text) == 0 {
			t.Errorf("%s: %d bytes, %v", name, len(text), err)
		}
	}
	text, err := os.ReadFile(filepath.Join(complete, "curves.png"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.DecodeConfig(bytes.NewReader(text)); err != nil {
		t.Error(err)
	}

	stops := 0
	for patience := whole / 8; ; patience *= 2 {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		err := here(t, stopped, func([]string) {}).run(ctx)
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d stops: %v", stops, err)
		}
		stops++
	}
	if stops == 0 {
		t.Error("the run was not stopped")
	}
	got, _ := json.Marshal(withoutTime(t, here(t, stopped, nil)))
	if wanted, _ := json.Marshal(want); !bytes.Equal(got, wanted) {
		t.Errorf("stopped %d times, the results are\n%s\nand those of a run that nobody stopped\n%s", stops, got, wanted)
	}
	again := here(t, complete, func(args []string) { t.Errorf("%v was done again", args) })
	if err := again.run(context.Background()); err != nil {
		t.Error(err)
	}
	again.experiment.Seeds = []uint64{5}
	if err := again.run(context.Background()); err == nil || !strings.Contains(err.Error(), "another experiment") {
		t.Errorf("another experiment in the same folder: %v", err)
	}
}

// A part of the work that fails says where its messages are, and one whose parent has ended ends, too.
func TestParts(t *testing.T) {
	t.Setenv(childVariable, "1")
	dir := t.TempDir()
	h := here(t, dir, nil)
	if err := h.experiment.claim(dir); err != nil {
		t.Fatal(err)
	}
	err := h.process(context.Background(), "arm", "baseline", "1")
	if err == nil || !strings.Contains(err.Error(), "arm-baseline-1.log") {
		t.Errorf("an arm without a plan: %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "arm-baseline-1.log")); err != nil || !strings.Contains(string(text), "there is no plan") {
		t.Errorf("its messages are %q, %v", text, err)
	}
	fix(t, dir)
	if err := h.prepare(context.Background()); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(program, "--out", dir, "arm", "baseline", "1") // its standard input is at its end
	if text, err := child.CombinedOutput(); err == nil || !strings.Contains(string(text), "context canceled") {
		t.Errorf("an arm whose parent has ended: %v, %s", err, text)
	}
}
