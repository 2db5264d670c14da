package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"somnium/datasets"
	"somnium/env"
)

// somnium runs a command line and returns its exit status and what it wrote.
func somnium(args ...string) (status int, out, err string) {
	var stdout, stderr bytes.Buffer
	status = run(context.Background(), args, &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

// figures runs a command line with --json and returns the object, which must have exactly the keys.
func figures(t *testing.T, keys string, args ...string) map[string]any {
	t.Helper()
	status, out, err := somnium(append(args, "--json")...)
	if status != 0 {
		t.Fatalf("%v ended with %d: %s", args, status, err)
	}
	var object map[string]any
	if err := json.Unmarshal([]byte(out), &object); err != nil {
		t.Fatalf("%v printed what is not one JSON object: %v\n%s", args, err, out)
	}
	want := strings.Fields(keys)
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(object)); !slices.Equal(got, want) {
		t.Errorf("%v has the keys %v, want %v", args, got, want)
	}
	return object
}

func TestEnvs(t *testing.T) {
	list := figures(t, "envs", "envs")["envs"].([]any)
	if len(list) != len(env.IDs()) || len(list) == 0 {
		t.Fatalf("%d environments are listed, %d registered", len(list), len(env.IDs()))
	}
	for i, id := range env.IDs() {
		e := list[i].(map[string]any)
		if e["id"] != id {
			t.Errorf("environment %d is %v, want %s", i, e["id"], id)
		}
		for _, key := range []string{"doc", "observation", "action", "capabilities", "params", "max_episode_steps", "fps"} {
			if e[key] == nil {
				t.Errorf("%s has no %q", id, key)
			}
		}
	}
	one := figures(t, "envs", "envs", "RigidCatch-v0?height=48&width=80")["envs"].([]any)[0].(map[string]any)
	observation := one["observation"].(map[string]any)
	if shape := observation["shape"].([]any); observation["kind"] != "box" || shape[0] != 48.0 || shape[1] != 80.0 {
		t.Errorf("the observation is %v", observation)
	}
	if action := one["action"].(map[string]any); action["kind"] != "discrete" || action["n"] != 3.0 {
		t.Errorf("the action is %v", action)
	}
	if _, out, _ := somnium("envs"); !strings.Contains(out, "RigidCatch-v0") {
		t.Errorf("the table lacks RigidCatch-v0:\n%s", out)
	}
}

const rolloutKeys = "env agent seed sha256 return length episodes"

func TestRolloutIsAFunctionOfItsSeed(t *testing.T) {
	args := []string{"rollout", "RigidPush-v0", "--agent", "sticky", "--steps", "150", "--seed"}
	first := figures(t, rolloutKeys, append(args, "7")...)
	procs := runtime.GOMAXPROCS(1)
	second := figures(t, rolloutKeys, append(args, "7")...)
	runtime.GOMAXPROCS(procs)
	other := figures(t, rolloutKeys, append(args, "8")...)
	if first["sha256"] != second["sha256"] || first["return"] != second["return"] {
		t.Errorf("one seed gave %v and %v", first, second)
	}
	if first["sha256"] == other["sha256"] {
		t.Error("two seeds gave one rollout")
	}
	if first["length"] != 150.0 || first["episodes"].(float64) < 1 {
		t.Errorf("%v steps and %v ends, want 150 and at least 1", first["length"], first["episodes"])
	}
}

func TestRolloutPictures(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "new", "catch.gif")
	got := figures(t, rolloutKeys+" out", "rollout", "RigidCatch-v0?height=32&width=48", "--steps", "5", "--out", path)
	clip := animation(t, path)
	if len(clip.Image) != 6 || clip.Config.Width != 5*48 || got["out"] != path {
		t.Errorf("%d frames of width %d in %v, want 6 of 240", len(clip.Image), clip.Config.Width, got["out"])
	}
	figures(t, rolloutKeys+" out", "rollout", "RigidCatch-v0?height=32&width=48", "--steps", "5", "--every", "3", "--out", path)
	if thin := animation(t, path); len(thin.Image) != 2 {
		t.Errorf("every third of 6 frames are %d, want the first and the fourth", len(thin.Image))
	}
	for _, out := range []string{filepath.Join(dir, "sheet.png"), filepath.Join(dir, "frames")} {
		if status, _, err := somnium("rollout", "RigidCatch-v0", "--steps", "5", "--out", out); status != 0 {
			t.Errorf("%s: %s", out, err)
		}
	}
	if frames, err := filepath.Glob(filepath.Join(dir, "frames", "*.png")); err != nil || len(frames) != 6 {
		t.Errorf("the folder holds %d frames, want 6", len(frames))
	}
}

const benchKeys = "env num_envs procs steps seconds steps_per_second reset_ms"

func TestBench(t *testing.T) {
	got := figures(t, benchKeys, "bench", "RigidUniform-v0", "--num-envs", "2", "--seconds", "0.05")
	if got["steps_per_second"].(float64) <= 0 || got["reset_ms"].(float64) <= 0 || got["num_envs"] != 2.0 {
		t.Errorf("measured %v", got)
	}
}

func TestCollectMixesAgents(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "set")
	collect := []string{
		"collect", "VoxelSurvive-v0?height=16&width=16", "--agent", "explorer=2,loop", "--agent", "builder=1,sticky:4=0.5",
		"--max-steps", "3", "--episodes", "12", "--out", dir,
	}
	const keys = "out episodes steps bytes resumed seconds"
	figures(t, keys, collect...)
	if again := figures(t, keys, collect...); again["resumed"] != 12.0 {
		t.Errorf("collect the second time reported %v", again)
	}
	d, err := datasets.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	played := map[string]int{}
	for i := range d.Len() {
		played[d.Meta(i).Agent]++
	}
	if len(played) < 3 || played["explorer"] < 2 {
		t.Errorf("of 12 episodes, %v were played", played)
	}
	if status, _, err := somnium(append(collect, "--agent", "random=9")...); status != 1 || !strings.Contains(err, "weights was [2 1 1 0.5]") {
		t.Errorf("another mixture ended with %d: %s", status, err)
	}
}

func TestCollectAndLookAtData(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "set")
	collect := []string{"collect", "RigidCatch-v0", "RigidPush-v0", "--agent", "random", "--agent", "scripted:0.5", "--max-steps", "20", "--out", dir, "--seed", "3"}
	const keys = "out episodes steps bytes resumed seconds"
	first := figures(t, keys, append(collect, "--episodes", "4")...)
	if first["episodes"] != 4.0 || first["resumed"] != 0.0 || first["bytes"] == 0.0 {
		t.Errorf("collect reported %v", first)
	}
	if again := figures(t, keys, append(collect, "--episodes", "4")...); again["episodes"] != 4.0 || again["resumed"] != 4.0 {
		t.Errorf("collect the second time reported %v", again)
	}
	info := figures(t, "shards episodes steps frames bytes bytes_per_frame raw_bytes envs problems", "data", "info", dir)
	if info["episodes"] != 4.0 || len(info["envs"].([]any)) != 4 {
		t.Errorf("info reported %v", info)
	}
	const verifyKeys = "shards episodes bytes damaged problems repaired"
	if report := figures(t, verifyKeys, "data", "verify", dir); report["damaged"] != 0.0 {
		t.Errorf("verify reported %v", report)
	}
	picture := filepath.Join(t.TempDir(), "episode.png")
	shown := figures(t, "out episode env agent seed height width length return terminated truncated captions", "data", "show", dir, "--episode", "3", "--out", picture)
	if _, err := os.Stat(picture); err != nil || shown["agent"] != "scripted:0.5" || shown["env"] != "RigidPush-v0" {
		t.Errorf("show reported %v; the picture: %v", shown, err)
	}
	damage(t, filepath.Join(dir, "shard-00000.shard"))
	if status, _, err := somnium("data", "verify", dir); status != 1 || !strings.Contains(err, "--repair") {
		t.Errorf("verify of a damaged set ended with %d: %s", status, err)
	}
	figures(t, verifyKeys, "data", "verify", dir, "--repair")
	if report := figures(t, verifyKeys, "data", "verify", dir); report["damaged"] != 0.0 || report["episodes"] != 3.0 {
		t.Errorf("verify after the repair reported %v", report)
	}
}

func TestTrain(t *testing.T) {
	data, out := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "run")
	if status, _, err := somnium("collect", "RigidCatch-v0?height=16&width=24", "--out", data, "--episodes", "2", "--max-steps", "20"); status != 0 {
		t.Fatal(err)
	}
	args := []string{"train", data, "--out", out, "--preset", "tiny", "--tokenizer-steps", "2", "--dynamics-steps", "3", "--clips", "2", "--frames", "6"}
	const keys = "out weights preset tokenizer_steps dynamics_steps dynamics_clips parameters clips_per_second seconds"
	got := figures(t, keys, args...)
	if got["dynamics_steps"] != 3.0 || got["dynamics_clips"] != 6.0 || got["preset"] != "tiny" || got["clips_per_second"].(float64) <= 0 {
		t.Errorf("train reported %v", got)
	}
	if again := figures(t, keys, args...); again["dynamics_steps"] != 3.0 || again["clips_per_second"] != 0.0 {
		t.Errorf("a complete run reported %v", again)
	}
	weights := got["weights"].(string)
	dream := figures(t, "envs", "envs", "dream:"+weights)["envs"].([]any)[0].(map[string]any)
	if dream["id"] != "dream:"+weights+"@RigidCatch-v0?height=16&width=24" || len(dream["capabilities"].([]any)) != 5 {
		t.Errorf("the dream is listed as %v", dream)
	}
	if steps := figures(t, benchKeys, "bench", "dream:"+weights, "--num-envs", "2", "--seconds", "0.05"); steps["steps"].(float64) < 2 {
		t.Errorf("a vector of dreams was measured as %v", steps)
	}
	expectMistake(t, 2, "--weight RigidCatch-v0=heavy", append(args, "--weight", "RigidCatch-v0=heavy")...)
	expectMistake(t, 1, "no episode is of RigidCach-v0", append(args, "--weight", "RigidCach-v0=2")...)
}

// damage flips a bit in the first record of a shard.
func damage(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[400] ^= 4
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestVersion(t *testing.T) {
	if v := figures(t, "version revision go os arch", "version"); v["version"] != release {
		t.Errorf("the version is %v", v["version"])
	}
}

// Every mistake ends in one line that says what happened and what to do, and in the right exit status.
func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		status int
		want   string
		args   []string
	}{
		{1, `no environment "RigidCach"; did you mean RigidCatch-v0`, []string{"rollout", "RigidCach"}},
		{1, `no environment "RigidCach"`, []string{"bench", "RigidCach"}},
		{1, `no environment "RigidCach"`, []string{"envs", "RigidCach"}},
		{1, `no environment "RigidCach"`, []string{"collect", "RigidCach", "--episodes", "1", "--out", filepath.Join(dir, "x")}},
		{1, "no parameter", []string{"rollout", "RigidCatch-v0?wind=3"}},
		{1, `no agent "genius"`, []string{"rollout", "RigidCatch-v0", "--agent", "genius"}},
		{1, "no data set", []string{"data", "info", filepath.Join(dir, "absent")}},
		{1, "no data set", []string{"data", "show", filepath.Join(dir, "absent")}},
		{2, "--out is empty", []string{"data", "show", dir, "--out", ""}},
		{2, `no command "rolout"; did you mean rollout?`, []string{"rolout"}},
		{2, `no command "inf"`, []string{"data", "inf"}},
		{2, "0 arguments", []string{"rollout"}},
		{2, "2 arguments", []string{"bench", "a", "b"}},
		{2, "unknown flag", []string{"bench", "RigidCatch-v0", "--fast"}},
		{2, "invalid argument", []string{"rollout", "RigidCatch-v0", "--seed", "-1"}},
		{2, "at least 1", []string{"rollout", "RigidCatch-v0", "--steps", "0"}},
		{2, "at least 1", []string{"rollout", "RigidCatch-v0", "--every", "0"}},
		{2, ".gif, a .png or a folder", []string{"rollout", "RigidCatch-v0", "--out", filepath.Join(dir, "x.mp4")}},
		{2, "--num-envs", []string{"bench", "RigidCatch-v0", "--num-envs", "0"}},
		{2, "needs --out", []string{"collect", "RigidCatch-v0", "--episodes", "1"}},
		{2, `"much" is no weight`, []string{"collect", "RigidCatch-v0", "--episodes", "1", "--out", filepath.Join(dir, "x"), "--agent", "sticky=much"}},
		{2, `"0" is no weight`, []string{"collect", "RigidCatch-v0", "--episodes", "1", "--out", filepath.Join(dir, "x"), "--agent", "random,sticky=0"}},
		{1, "explorer: RigidCatch-v0 is no voxel world", []string{"collect", "RigidCatch-v0", "--episodes", "1", "--out", filepath.Join(dir, "x"), "--agent", "sticky,explorer=2"}},
		{2, "needs --out", []string{"train", dir, "--tokenizer-steps", "1"}},
		{2, "--clips is 0", []string{"train", dir, "--out", filepath.Join(dir, "x"), "--tokenizer-steps", "1", "--clips", "0"}},
		{1, "holds no shards", []string{"train", dir, "--out", filepath.Join(dir, "x"), "--tokenizer-steps", "1"}},
		{1, "make it with `somnium train`", []string{"rollout", "dream:" + filepath.Join(dir, "absent")}},
	} {
		status, out, err := somnium(c.args...)
		if status != c.status || !strings.HasPrefix(err, "somnium: ") || !strings.Contains(err, c.want) || strings.Count(err, "\n") != 1 || out != "" {
			t.Errorf("%q ended with %d, figures %q and\n%swant %d and one line with %q", c.args, status, out, err, c.status, c.want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("the mistakes left %v behind", left)
	}
}

func TestAnInterruptEndsARollout(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, err bytes.Buffer
	if status := run(ctx, []string{"rollout", "RigidCatch-v0", "--steps", "1000000000"}, &out, &err); status != 1 || !strings.Contains(err.String(), "interrupted") {
		t.Errorf("ended with %d: %s", status, err.String())
	}
}

func TestTheDigestIsWhatItsDocumentationSays(t *testing.T) {
	d := newDigest()
	d.step(env.Step{Obs: env.Value{Dict: map[string]env.Value{"b": env.Int(1), "a": {U8: []uint8{9}}}}, Reward: 1, Truncated: true})
	// Computed from the comment of digest by Python's struct and hashlib.
	const want = "6dfe86f8054c7024a632b7d1f0883cb0c4ba41e0e5a64f2f3033a53026582b58"
	if got := d.String(); got != want {
		t.Errorf("the digest is %s, want %s", got, want)
	}
}
