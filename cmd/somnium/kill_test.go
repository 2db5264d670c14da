package main

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"somnium/world"
)

// childVariable, set to anything, makes the test binary somnium itself, run with its arguments, in place of testing.
const childVariable = "SOMNIUM_TEST_IS_SOMNIUM"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// child returns the command of a training of 12 updates, through both stages, that saves after every one.
func child(t *testing.T, data, out string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, "train", data, "--out", out, "--preset", "tiny", "--tokenizer-steps", "5", "--dynamics-steps", "7",
		"--clips", "2", "--frames", "7", "--self-rollout", "0.4", "--save", "1ns", "--seed", "5")
	c.Env = append(os.Environ(), childVariable+"=1")
	return c
}

// killAndResume trains in child processes that are killed, so many of them, at random times of the seed, and then to the
// end. What a kill leaves opens, and the updates in it never become fewer; what the end leaves is to the bit what a run leaves
// that nobody killed.
func killAndResume(t *testing.T, kills int, seed uint64) {
	dir := t.TempDir()
	data, want := filepath.Join(dir, "data"), filepath.Join(dir, "whole")
	if status, _, err := somnium("collect", "RigidCatch-v0?height=16&width=24", "--out", data, "--episodes", "2", "--max-steps", "20", "--no-states"); status != 0 {
		t.Fatal(err)
	}
	begin := time.Now()
	if out, err := child(t, data, want).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	whole := time.Since(begin)
	rng := rand.New(rand.NewPCG(seed, 0))
	killed, rounds, folders := 0, 0, 0
	for killed < kills {
		out, updates := t.TempDir(), 0
		folders++
		for {
			rounds++
			c := child(t, data, out)
			var said bytes.Buffer
			c.Stderr = &said
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			if killed < kills {
				time.Sleep(time.Duration(rng.Float64() * float64(whole)))
				c.Process.Kill()
			}
			err := c.Wait()
			if err == nil {
				break
			}
			if killed++; killed > kills || c.ProcessState.Exited() {
				t.Fatalf("a run that nobody killed ended with %v: %s", err, said.String())
			}
			updates = checkKilled(t, out, updates)
		}
		sameFolders(t, out, want)
	}
	t.Logf("%d kills over %d processes of %d runs", killed, rounds, folders)
}

// checkKilled opens what a killed run left, and returns the number of updates in it.
func checkKilled(t *testing.T, dir string, before int) int {
	t.Helper()
	m, err := world.Open(filepath.Join(dir, "checkpoint.safetensors"))
	if err != nil {
		if errors.Is(err, os.ErrNotExist) && before == 0 {
			return 0
		}
		t.Fatal(err)
	}
	updates := m.Info.TokenizerSteps + m.Info.DynamicsSteps
	if updates < before {
		t.Fatalf("%d updates are left of %d", updates, before)
	}
	return updates
}

// sameFolders compares the checkpoints and the weights, and that nothing else is left but the losses.
func sameFolders(t *testing.T, got, want string) {
	t.Helper()
	for _, name := range []string{"checkpoint.safetensors", "weights.safetensors"} {
		a, err := os.ReadFile(filepath.Join(got, name))
		b, err2 := os.ReadFile(filepath.Join(want, name))
		if err != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs after the kills: %v", name, errors.Join(err, err2))
		}
	}
	var names []string
	entries, err := os.ReadDir(got)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{"checkpoint.safetensors", "losses.csv", "losses.png", "weights.safetensors"}; !slices.Equal(names, want) {
		t.Errorf("the kills left %v, want %v", names, want)
	}
}

func TestTrainingKilledThreeTimes(t *testing.T) { killAndResume(t, 3, 1) }
