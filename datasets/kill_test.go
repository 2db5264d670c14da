package datasets

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"somnium/env"
)

// childVariable, set to a folder, makes the test binary collect into it in place of testing.
const childVariable = "SOMNIUM_TEST_COLLECT_INTO"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		if _, err := Collect(context.Background(), slowOptions(dir), nil); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// slowOptions is a job of some 200 ms with a rotation every few episodes.
func slowOptions(dir string) CollectOptions {
	o := dotOptions(dir, 150)
	o.Workers = 2
	o.MakeEnv = func(name string) (env.Env, error) {
		e, err := makeDot(name)
		return slowEnv{e}, err
	}
	return o
}

// slowEnv takes its time to start an episode.
type slowEnv struct{ env.Env }

func (s slowEnv) Unwrap() env.Env { return s.Env }

func (s slowEnv) Reset(opts env.ResetOptions) (env.Value, error) {
	time.Sleep(2 * time.Millisecond)
	return s.Env.Reset(opts)
}

// killAndResume collects in child processes that are killed after random times, so many of them, and then to the end.
// After every kill what was finished is there, and it only grows; the end set is that of an uninterrupted run.
func killAndResume(t *testing.T, kills int, seed uint64) {
	want := t.TempDir()
	if _, err := Collect(context.Background(), slowOptions(want), nil); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	killed, rounds, folders := 0, 0, 0
	for killed < kills {
		dir, finished := t.TempDir(), 0
		folders++
		for {
			rounds++
			child := exec.Command(program)
			child.Env = append(os.Environ(), childVariable+"="+dir)
			child.Stderr = os.Stderr
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			if killed < kills {
				time.Sleep(time.Duration(rng.IntN(120)) * time.Millisecond)
				child.Process.Kill()
			}
			if child.Wait() == nil {
				break
			}
			killed++
			finished = checkKilled(t, dir, finished)
		}
		sameFolders(t, dir, want)
	}
	t.Logf("%d kills over %d runs of %d jobs", killed, rounds, folders)
}

// checkKilled reads what a killed collector left, and returns the number of episodes.
func checkKilled(t *testing.T, dir string, before int) int {
	t.Helper()
	shards, err := shardPaths(dir)
	if err != nil || len(shards) == 0 {
		return before
	}
	report, err := Verify(context.Background(), dir, nil)
	if err != nil || report.Damage() != nil {
		t.Fatalf("verify: %v, %v", err, report.Damage())
	}
	d := open(t, dir)
	if d.Len() < before || report.Episodes != d.Len() {
		t.Fatalf("%d episodes, %d before the kill", d.Len(), before)
	}
	for i := range d.Len() {
		if d.Meta(i).Number != i {
			t.Fatalf("episode %d has number %d", i, d.Meta(i).Number)
		}
	}
	return d.Len()
}

func TestKilledThreeTimes(t *testing.T) { killAndResume(t, 3, 11) }
