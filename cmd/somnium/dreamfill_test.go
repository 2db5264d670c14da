package main

import (
	"path/filepath"
	"testing"

	"somnium/internal/picture"
)

const fillKeys = "mode model caption seed given frames denoising_steps seconds out"

func TestDreamFillsIn(t *testing.T) {
	data, model := filepath.Join(t.TempDir(), "set"), tinyModel(t)
	if status, _, err := somnium("collect", "RigidPush-v0?height=32&width=48", "--episodes", "2", "--max-steps", "12", "--out", data); status != 0 {
		t.Fatal(err)
	}
	drawn := filepath.Join(t.TempDir(), "drawn.png")
	if err := picture.WritePNG(drawn, picture.New(32, 48, picture.Color{200, 30, 30})); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "clip.gif")
	for _, c := range []struct {
		mode          string
		given, frames float64
		images        int
		args          []string
	}{
		{"backward", 3, 5, 8, []string{"--clip", data, "--backward", "--context", "3", "--frames", "5"}},
		{"loop", 2, 5, 7, []string{"--clip", data, "--loop", "--frames", "5"}},
		{"loop", 2, 4, 6, []string{"RigidPush-v0?height=32&width=48", "--image", drawn, "--loop", "--frames", "4"}},
		{"connect", 4, 5, 9, []string{"--clip", data, "--connect", data + "#1", "--context", "2", "--frames", "5"}},
		{"edit", 6, 6, 6, []string{"--clip", data, "--edit", "0.5", "--frames", "6", "--text", "a red disc"}},
	} {
		from := " clip"
		if c.args[0] != "--clip" {
			from = " image"
		}
		got := figures(t, fillKeys+from, append([]string{"dream", "--model", model, "--out", out}, c.args...)...)
		if got["mode"] != c.mode || got["given"] != c.given || got["frames"] != c.frames {
			t.Errorf("%v: reported %v", c.args, got)
		}
		if c.mode == "edit" && got["caption"] != "a red disc" {
			t.Errorf("the caption is %v", got["caption"])
		}
		// Frames that are alike are merged in a GIF, but here none is.
		if clip := animation(t, out); len(clip.Image) != c.images {
			t.Errorf("%v: the picture has %d frames, want %d", c.args, len(clip.Image), c.images)
		}
	}
	for want, args := range map[string][]string{
		"choose one":                 {"--clip", data, "--loop", "--backward"},
		"--backward needs":           {"RigidPush-v0", "--backward"},
		"--loop needs":               {"RigidPush-v0", "--loop"},
		"--connect needs":            {"RigidPush-v0", "--connect", data},
		"--edit is 0":                {"--clip", data, "--edit", "0"},
		"--edit is 1.5":              {"--clip", data, "--edit", "1.5"},
		"give it a value":            {"--clip", data, "--backward=false"},
		"says nothing to fill in":    {"--clip", data, "--connect", ""},
		"at most 32768 frames":       {"--clip", data, "--loop", "--frames", "9223372036854775807"},
		"can be filled in at once":   {"--clip", data, "--backward", "--frames", "4000000000000"},
		"leave --agent away":         {"--clip", data, "--loop", "--agent", "noop"},
		"leave --clip and --image":   {"--clip", data, "--text", "a ball"},
		"--text is empty":            {"RigidPush-v0", "--text", ""},
		"leave --context away":       {"RigidPush-v0", "--text", "a ball", "--context", "3"},
		"--text are dreamed on from": {"RigidPush-v0", "--text", "a ball", "--episodes", "3"},
	} {
		expectMistake(t, 2, want, append([]string{"dream", "--model", model, "--out", out}, args...)...)
	}
	other := filepath.Join(t.TempDir(), "other")
	if status, _, err := somnium("collect", "RigidCatch-v0?height=32&width=48", "--episodes", "1", "--max-steps", "12", "--out", other); status != 0 {
		t.Fatal(err)
	}
	expectMistake(t, 1, "can be connected", "dream", "--model", model, "--out", out, "--clip", data, "--connect", other)
}

func TestDreamFromText(t *testing.T) {
	model, out := tinyModel(t), filepath.Join(t.TempDir(), "text.gif")
	args := []string{"dream", "RigidCatch-v0?height=32&width=48", "--model", model, "--text", "a red ball", "--out", out}
	got := figures(t, dreamKeys+" agent text", append(args, "--frames", "3")...)
	if got["context"] != 0.0 || got["frames"] != 3.0 || got["text"] != "a red ball" {
		t.Errorf("reported %v", got)
	}
	if clip := animation(t, out); len(clip.Image) != 3 {
		t.Errorf("the picture has %d frames, want 3", len(clip.Image))
	}
	still := filepath.Join(t.TempDir(), "still.png")
	got = figures(t, dreamKeys+" agent text", "dream", "RigidCatch-v0?height=32&width=48", "--model", model, "--text", "a red ball", "--frames", "1", "--out", still)
	if got["frames"] != 1.0 {
		t.Errorf("a picture from a text: reported %v", got)
	}
	readPicture(t, still)
}
