package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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

	agent, seer := filepath.Join(learned, "agent.safetensors"), filepath.Join(imagined, "agent.safetensors")
	f = figures(t, "env seed agents", "agent", "eval", agentEnv, agent, agent+":0.5", seer, "scripted", "cem", "cem:"+model,
		"--episodes", "2", "--candidates", "4", "--horizon", "2", "--denoise", "1")
	if played := f["agents"].([]any); len(played) != 6 || played[0].(map[string]any)["length"].(float64) != 40 {
		t.Errorf("the test reports %v", f)
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
		{"at least 1", []string{"eval", agentEnv, agent, "--episodes", "0"}},
	} {
		if status, _, err := somnium(append([]string{"agent"}, test.args...)...); status == 0 || !strings.Contains(err, test.says) {
			t.Errorf("%v ends with %d and says %q, want something with %q", test.args, status, err, test.says)
		}
	}
}
