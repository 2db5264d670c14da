package main

import (
	"path/filepath"
	"strings"
	"testing"

	"somnium/world"
)

// A model whose latents stand for four frames dreams beside the truth, from a text, and from a picture and back to it, with every
// frame of it shown; it is an environment of every fourth frame; what needs one frame at a time says that it does.
func TestDreamsOfSeveralFramesALatent(t *testing.T) {
	m, err := world.New("tiny-stride4", 1)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	model, out := filepath.Join(dir, "strided.safetensors"), filepath.Join(dir, "dream.gif")
	if err := m.Save(model); err != nil {
		t.Fatal(err)
	}
	const name = "RigidCatch-v0?height=32&width=48"
	got := figures(t, comparedKeys, "dream", name, "--model", model, "--frames", "6", "--context", "3", "--episodes", "2", "--steps", "1", "--out", out)
	if got["frames"] != 6.0 || len(animation(t, out).Image) != 9 {
		t.Errorf("%v frames are dreamed, and %d shown", got["frames"], len(animation(t, out).Image))
	}
	got = figures(t, dreamKeys+" agent text", "dream", name, "--model", model, "--frames", "7", "--text", "a red ball", "--steps", "1", "--out", out)
	if got["frames"] != 7.0 || len(animation(t, out).Image) != 7 {
		t.Errorf("%v frames are dreamed from a text, and %d shown", got["frames"], len(animation(t, out).Image))
	}
	if status, _, text := somnium("rollout", "dream:"+model+"@"+name, "--steps", "3"); status != 0 {
		t.Errorf("a rollout ended with %d: %s", status, text)
	}
	if status, _, text := somnium("measure", model, "--env", name, "--only", "next", "--quick"); status == 0 || !strings.Contains(text, "one frame at a time") {
		t.Errorf("measuring the next frame ended with %d: %s", status, text)
	}
}
