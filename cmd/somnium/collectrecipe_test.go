package main

import (
	"os"
	"path/filepath"
	"testing"

	"somnium/datasets"
)

func TestCollectRecipe(t *testing.T) {
	dir := t.TempDir()
	path, out := filepath.Join(dir, "mine.json"), filepath.Join(dir, "set")
	const mine = `{"parts": [
		{"name": "push", "envs": ["RigidPush-v0"], "sizes": [[16, 24], [32, 16]], "agents": ["sticky=2", "random"], "episodes": 3, "max_steps": 5, "seed": 4},
		{"name": "fall", "envs": ["RigidParabola-v0?height=16&width=16"], "agents": ["noop"], "episodes": 2, "seed": 5}]}`
	if err := os.WriteFile(path, []byte(mine), 0o644); err != nil {
		t.Fatal(err)
	}
	const keys = "out episodes steps bytes resumed seconds"
	got := figures(t, keys, "collect", "--recipe", path, "--out", out)
	if got["episodes"] != 5.0 || got["resumed"] != 0.0 || got["steps"] != 3*5+2*31.0 {
		t.Errorf("collect reported %v", got)
	}
	if again := figures(t, keys, "collect", "--recipe", path, "--out", out); again["resumed"] != 5.0 || again["bytes"] != 0.0 {
		t.Errorf("collect the second time reported %v", again)
	}
	data, err := datasets.Open(filepath.Join(out, "push"))
	if err != nil {
		t.Fatal(err)
	}
	if e, err := data.Episode(1); err != nil || e.Env != "RigidPush-v0?height=32&width=16" || e.Len() != 5 {
		t.Errorf("the second episode is %+v, %v", e, err)
	}
	for want, args := range map[string][]string{
		"leave it away":      {"--recipe", path, "--episodes", "2"},
		"leave RigidPush-v0": {"RigidPush-v0", "--recipe", path},
		"either a --recipe":  {"--episodes", "3"},
	} {
		expectMistake(t, 2, want, append([]string{"collect", "--out", out}, args...)...)
	}
	expectMistake(t, 1, "worlds", "collect", "--out", out, "--recipe", filepath.Join(dir, "absent"))
}
