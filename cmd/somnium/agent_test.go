package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"somnium/agents/actor"
	"somnium/agents/ppo"
	"somnium/env"
	"somnium/world"
)

const agentEnv = "RigidCatch-v0?height=32&width=32&max_episode_steps=40"

// Agents learn in a simulator, in a dream and in what is imagined from a data set, and are tested and ranked in the truth.
func TestAgent(t *testing.T) {
	dir, model := t.TempDir(), tinyModel(t)
	learned := filepath.Join(dir, "truth")
	keys := "env learner checkpoint steps reward_per_step seconds steps_per_second"
	f := figures(t, keys, "agent", "train", agentEnv, "--out", learned, "--steps", "512", "--num-envs", "8", "--horizon", "16", "--seed", "1")
	if f["steps"].(float64) != 512 || f["learner"] != "ppo" {
		t.Errorf("training reports %v", f)
	}
	for _, name := range []string{"agent.safetensors", "agent-00000512.safetensors", "curve.csv", "curve.png"} {
		if info, err := os.Stat(filepath.Join(learned, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s is missing or empty: %v", name, err)
		}
	}
	dream := "dream:" + model + "@" + agentEnv
	figures(t, keys, "agent", "train", dream, "--out", filepath.Join(dir, "dream"), "--steps", "32", "--num-envs", "4", "--horizon", "8", "--denoise", "1")

	data, imagined := filepath.Join(dir, "data"), filepath.Join(dir, "imagined")
	if status, _, err := somnium("collect", agentEnv, "--out", data, "--episodes", "2", "--max-steps", "12"); status != 0 {
		t.Fatal(err)
	}
	f = figures(t, keys, "agent", "train", dream, "--data", data, "--out", imagined, "--steps", "64", "--num-envs", "4", "--horizon", "8", "--length", "4", "--denoise", "1")
	if f["learner"] != "imagine" {
		t.Errorf("imagining reports %v", f)
	}

	again := filepath.Join(dir, "again")
	f = figures(t, keys, "agent", "train", agentEnv, "--out", again, "--from", filepath.Join(learned, "agent.safetensors"), "--steps", "128", "--num-envs", "8", "--horizon", "16")
	if _, err := os.Stat(filepath.Join(again, "agent-00000640.safetensors")); err != nil || f["steps"].(float64) != 640 {
		t.Errorf("going on after 512 steps for 128 more reports %v: %v", f, err)
	}

	figures(t, keys, "agent", "train", agentEnv, "--out", filepath.Join(dir, "taught"), "--steps", "128", "--num-envs", "8", "--horizon", "16", "--teacher", "scripted")

	agent, seer := filepath.Join(learned, "agent.safetensors"), filepath.Join(imagined, "agent.safetensors")
	f = figures(t, "env seed agents reference", "agent", "eval", agentEnv, agent, agent+":0.5", seer, "scripted", "cem", "cem:"+model,
		"--episodes", "2", "--candidates", "4", "--horizon", "2", "--denoise", "1")
	if played := f["agents"].([]any); len(played) != 6 || played[0].(map[string]any)["length"].(float64) != 40 {
		t.Errorf("the test reports %v", f)
	}
	played := figures(t, "env seed agents reference", "agent", "eval", agentEnv, "scripted", agent, "random", "--episodes", "2", "--greedy")["agents"].([]any)
	normalised := func(i int) any { return played[i].(map[string]any)["normalised"] }
	if normalised(0) != 1.0 || normalised(2) != 0.0 || f["agents"].([]any)[0].(map[string]any)["normalised"] != nil {
		t.Errorf("scripted and random are placed at %v and %v", normalised(0), normalised(2))
	}
	first, last := played[0].(map[string]any), played[2].(map[string]any)
	if gap := last["return"].(float64) - first["return"].(float64); first["ahead"] != nil || math.Abs(last["ahead"].(float64)-gap) > 1e-9 || !(last["ahead_low"].(float64) <= gap && gap <= last["ahead_high"].(float64)) {
		t.Errorf("beside scripted, itself is ahead by %v and random by %v, want nothing and %g", first["ahead"], last["ahead"], gap)
	}
	f = figures(t, "env dream seed ranking events", "agent", "rank", agentEnv, agent, "--model", model, "--episodes", "1", "--steps", "5", "--clips", "2", "--denoise", "1")
	if ranking := f["ranking"].(map[string]any); len(ranking["policies"].([]any)) != 4 {
		t.Errorf("the ranking is %v", ranking)
	}

	for _, test := range []struct {
		says string
		args []string
	}{
		{"trained in " + agentEnv + " to observe", []string{"eval", "RigidCatch-v0", agent}},
		{"Discrete(3)", []string{"eval", "RigidPush-v0?height=32&width=32", agent}},
		{"not an agent", []string{"eval", agentEnv, model}},
		{"no fraction", []string{"eval", agentEnv, agent + ":often"}},
		{"needs --out", []string{"train", agentEnv}},
		{"is no dream", []string{"train", agentEnv, "--out", dir, "--data", data}},
		{"holds no episode of RigidPush-v0", []string{"train", "dream:" + model + "@RigidPush-v0", "--out", dir, "--data", data}},
		{"--from", []string{"train", dream, "--out", dir, "--data", data, "--from", agent}},
		{"does not tell", []string{"train", dream, "--out", dir, "--teacher", "scripted"}},
		{"none is stepped", []string{"train", dream, "--out", dir, "--data", data, "--teacher", "scripted"}},
		{"no script for", []string{"train", "RigidBounce-v0", "--out", dir, "--teacher", "scripted"}},
		{"weight above 0", []string{"train", agentEnv, "--out", dir, "--teacher", "scripted", "--teach", "0"}},
		{"in 0..1", []string{"train", agentEnv, "--out", dir, "--discount", "1.5"}},
		{"no fewer than 1", []string{"train", agentEnv, "--out", dir, "--steps", "-1"}},
		{"a rate above 0", []string{"train", agentEnv, "--out", dir, "--rate", "-1"}},
		{"at least 1", []string{"eval", agentEnv, agent, "--episodes", "0"}},
	} {
		if status, _, err := somnium(append([]string{"agent"}, test.args...)...); status == 0 || !strings.Contains(err, test.says) {
			t.Errorf("%v ends with %d and says %q, want something with %q", test.args, status, err, test.says)
		}
	}
}

// Who has learned from the latents of one model does not act on those of another, though the file has its name and its sizes.
func TestImaginedAgentsKnowTheirLatents(t *testing.T) {
	dir := t.TempDir()
	data, model, out := filepath.Join(dir, "data"), filepath.Join(dir, "model.safetensors"), filepath.Join(dir, "agent")
	put := func(seed uint64) {
		m, err := world.New("tiny", seed)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Save(model); err != nil {
			t.Fatal(err)
		}
	}
	put(1)
	for _, args := range [][]string{
		{"collect", agentEnv, "--out", data, "--episodes", "2", "--max-steps", "12"},
		{"agent", "train", "dream:" + model + "@" + agentEnv, "--data", data, "--out", out, "--steps", "32", "--num-envs", "4", "--horizon", "8", "--length", "4", "--denoise", "1"},
		{"agent", "eval", agentEnv, filepath.Join(out, "agent.safetensors"), "random", "--episodes", "1"},
	} {
		if status, _, err := somnium(args...); status != 0 {
			t.Fatal(err)
		}
	}
	put(2)
	if status, _, err := somnium("agent", "eval", agentEnv, filepath.Join(out, "agent.safetensors"), "random", "--episodes", "1"); status == 0 || !strings.Contains(err, "other weights") {
		t.Errorf("with other weights below it the agent acts all the same: %d, %q", status, err)
	}
}

// An entropy of 0 is none, though the zero value of the options stands for the default.
func TestEntropyOfZeroIsNone(t *testing.T) {
	for given, want := range map[float64]float64{0: -1, 0.02: 0.02} {
		training := agentTraining{out: "x", num: 1, length: 1, options: ppo.Options{Steps: 1, Discount: 0.9, Training: actor.Training{Rate: 1, Entropy: given}}}
		if err := training.check(); err != nil || training.options.Training.Entropy != want {
			t.Errorf("an entropy of %g becomes %g, want %g: %v", given, training.options.Training.Entropy, want, err)
		}
	}
}

// Episodes of one simulator under other actions are no contexts.
func TestArchiveHoldsTheActionsOfTheDream(t *testing.T) {
	dir := t.TempDir()
	const plain, full = "VoxelNavigate-v0?height=16&width=16&flat=1", "VoxelNavigate-v0?height=16&width=16"
	data := map[string]string{plain: filepath.Join(dir, "plain"), full: filepath.Join(dir, "full")}
	for name, path := range data {
		if status, _, err := somnium("collect", name, "--out", path, "--episodes", "2", "--max-steps", "9"); status != 0 {
			t.Fatal(err)
		}
	}
	e, err := env.Make(plain)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	both, err := newArchive([]string{data[full], data[plain]}, e.Spec())
	if err != nil {
		t.Fatal(err)
	}
	if len(both.episodes) != 2 {
		t.Errorf("of two and two episodes, %d are of the actions", len(both.episodes))
	}
	if _, err := newArchive([]string{data[full]}, e.Spec()); err == nil || !strings.Contains(err.Error(), "Discrete(16)") {
		t.Errorf("episodes of other actions give %v", err)
	}
}
