package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"somnium/datasets/vpt"
	"somnium/sim/voxel"
)

// A recording of VPT is laid out as the voxel environments' actions are, so that a model takes both for the same.
func TestVPTActionsAreThoseOfTheVoxelWorlds(t *testing.T) {
	actions := voxel.Actions()
	for i, choice := range vpt.Choices {
		if actions[i].Name != choice.Name || len(actions[i].Values) != choice.Values {
			t.Errorf("choice %d is %s of %d, and there %s of %d", i, choice.Name, choice.Values, actions[i].Name, len(actions[i].Values))
		}
	}
	further, err := furtherChoices()
	if err != nil || len(further)+len(vpt.Choices) != len(actions) {
		t.Errorf("behind these are %v, %v", further, err)
	}
}

// What goes out as Minari or PNG comes in again; what is wrong is said and leaves nothing behind.
func TestExportAndImport(t *testing.T) {
	parent := t.TempDir()
	data := filepath.Join(parent, "data")
	if status, _, err := somnium("collect", "RigidCatch-v0?height=16&width=24", "--out", data, "--episodes", "2", "--max-steps", "6", "--agent", "random"); status != 0 {
		t.Fatal(err)
	}
	const exportKeys, importKeys = "to out episodes steps id", "from out episodes frames bytes"
	out := func(name string) string { return filepath.Join(parent, name) }
	told := figures(t, exportKeys, "data", "export", data, "--to", "minari", "--out", out("minari"))
	if told["id"] != "somnium/RigidCatch-v0" || told["steps"] != 12.0 {
		t.Errorf("export reported %v", told)
	}
	back := figures(t, importKeys, "data", "import", filepath.Join(out("minari"), "somnium", "RigidCatch-v0"), "--from", "minari", "--out", out("back"))
	if back["episodes"] != 2.0 || back["frames"] != 14.0 {
		t.Errorf("import reported %v", back)
	}
	for _, to := range []string{"lerobot", "png", "gif"} {
		figures(t, exportKeys, "data", "export", data, "--to", to, "--out", out(to))
	}
	for from, want := range map[string]float64{"png": 24, "gif": 32} {
		args := []string{"data", "import", out(from), "--from", "video", "--out", out("from-" + from)}
		if from == "gif" {
			args = append(args, "--height", "20", "--width", "32")
		}
		figures(t, importKeys, args...)
		info := figures(t, "shards episodes steps frames bytes bytes_per_frame raw_bytes envs problems", "data", "info", out("from-"+from))
		if got := info["envs"].([]any)[0].(map[string]any)["width"]; got != want || info["frames"] != 14.0 {
			t.Errorf("%s: %v", from, info)
		}
	}
	before, _ := os.ReadDir(parent)
	expectMistake(t, 2, "--to with one of gif, lerobot, minari, mp4, png", "data", "export", data, "--to", "rlds", "--out", out("x"))
	expectMistake(t, 2, "--from with one of minari, video, vpt", "data", "import", data, "--out", out("x"))
	expectMistake(t, 1, "no episode of RigidPush-v0", "data", "export", data, "--to", "gif", "--env", "RigidPush-v0", "--out", out("x"))
	expectMistake(t, 1, "does not exist or is empty", "data", "export", data, "--to", "gif", "--out", out("gif"))
	expectMistake(t, 1, "is no Minari data set", "data", "import", data, "--from", "minari", "--out", out("x"))
	expectMistake(t, 1, "given both or not at all", "data", "import", data, "--from", "video", "--out", out("x"), "--height", "64")
	if after, _ := os.ReadDir(parent); len(after) != len(before) {
		t.Errorf("the mistakes left something behind: %v", after)
	}
}

func TestAppendTellsWhatIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	status, said, complaint := somnium("data", "append", dir)
	if status != 0 || strings.TrimSpace(said) != `{"present":[]}` {
		t.Errorf("an empty stream ended with %d, %q, %s", status, said, complaint)
	}
}
