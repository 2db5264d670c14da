package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"somnium/datasets/recipe"
	"somnium/internal/atomicfile"
	"somnium/world/dit"
)

// experiment is what is compared, and how.
type experiment struct {
	// Arms are the baseline and, after it, what is compared with it.
	Arms []arm
	// Seeds are those of an arm's weights and noise, one run for each.
	Seeds []uint64
	// Seconds is the processor time of a run; Points is how often on its way, the end included, it is looked at.
	Seconds float64
	Points  int
	// Preset is the tokenizer's, TokenizerSteps how long all arms' one is trained.
	Preset         string
	TokenizerSteps int
	// Clips and Frames are the size of a batch.
	Clips, Frames int
	// Parts are the recorded episodes.
	Parts []recipe.Part
	// Scenes are what arms are measured in, on held-out seeds.
	Scenes []scene
	// ActionClips and NextClips are how many clips of each scene, Rollouts and Length those of dreams that go on by themselves.
	ActionClips, NextClips, Rollouts, Length int
	// Recalls are what is asked that was seen longer ago than a window holds. Default: nothing.
	Recalls []recall `json:",omitempty"`
	// Rounds is how often every arm takes its turn at so many updates while their cost is measured.
	Rounds, Updates int
}

// arm is one way to train one model.
type arm struct {
	Name string
	// Differs completes "the baseline, but".
	Differs  string
	Dynamics dit.Config
	// AdamW and SelfRollout are as in train.Options.
	AdamW       bool
	SelfRollout float64
}

// scene is a simulator that arms are measured in.
type scene struct {
	Env, Agent string
	// Voxel says of which of the two worlds it is.
	Voxel bool
	// Still: actions change nothing in it. Long: dreams of it go on for hundreds of frames.
	Still, Long bool
}

// full is the experiment that docs/model.md reports: the tiny preset with four layers, and in six arms what could matter most.
func full(minutes float64) experiment {
	base := arm{
		Name: "baseline", Differs: "64 tokens a frame, time in every 2nd layer, Muon, 3% context noise, half of the updates with frames of its own",
		Dynamics:    dit.Config{Latent: 8, Width: 32, Heads: 2, Layers: 4, Hidden: 64, TimeEvery: 2, Window: 16, Actions: 16, Vocabulary: 1024},
		SelfRollout: 0.5,
	}
	but := func(name, differs string, change func(a *arm)) arm {
		a := base
		a.Name, a.Differs = name, differs
		change(&a)
		return a
	}
	return experiment{
		Arms: []arm{
			base,
			but("time4", "time in every 4th layer", func(a *arm) { a.Dynamics.TimeEvery = 4 }),
			but("adamw", "AdamW on the matrices too, at its rate of 0.001", func(a *arm) { a.AdamW = true }),
			but("clean", "0.3% context noise", func(a *arm) { a.Dynamics.ContextNoise = 0.003 }),
			but("noisy", "10% context noise", func(a *arm) { a.Dynamics.ContextNoise = 0.1 }),
			but("forced", "no frames of its own", func(a *arm) { a.SelfRollout = 0 }),
			but("late", "frames of its own in the last fifth of the updates", func(a *arm) { a.SelfRollout = 0.2 }),
		},
		Seeds: []uint64{1, 2}, Seconds: 60 * minutes, Points: 8,
		Preset: "tiny", TokenizerSteps: 12000, Clips: 4, Frames: 16,
		Parts: []recipe.Part{
			{Name: "catch", Envs: []string{"RigidCatch-v0"}, Agents: []string{"sticky", "scripted:0.3", "random"}, Episodes: 45, MaxSteps: 200, Seed: 301},
			{Name: "push", Envs: []string{"RigidPush-v0"}, Agents: []string{"sticky", "scripted:0.5"}, Episodes: 60, MaxSteps: 100, Seed: 302},
			{Name: "balls", Envs: []string{"RigidBounce-v0"}, Agents: []string{"noop"}, Episodes: 60, MaxSteps: 80, Seed: 303},
			{Name: "land", Envs: []string{"VoxelSurvive-v0?flat=1", "VoxelNavigate-v0?flat=1"}, Agents: []string{"explorer", "sticky:8", "loop", "builder"}, Episodes: 96, MaxSteps: 200, Seed: 304},
		},
		Scenes: []scene{
			{Env: "RigidCatch-v0", Agent: "sticky", Long: true},
			{Env: "RigidPush-v0", Agent: "sticky"},
			{Env: "RigidBounce-v0", Agent: "noop", Still: true},
			{Env: "VoxelSurvive-v0?flat=1", Agent: "sticky:8", Voxel: true, Long: true},
			{Env: "VoxelNavigate-v0?flat=1", Agent: "explorer", Voxel: true},
		},
		ActionClips: 16, NextClips: 48, Rollouts: 4, Length: 200, Rounds: 5, Updates: 48,
	}
}

// past is the experiment on memory beyond the window: clips of 32 frames, four times the window of eight, and an arm each in which a
// memory stands beside attention, and in which the window holds the whole clip.
func past(minutes float64) experiment {
	e := full(minutes)
	base := e.Arms[0]
	base.Differs = "a window of 8 frames, and no memory"
	base.Dynamics.Window = 8
	memory, wide := base, base
	memory.Name, memory.Differs, memory.Dynamics.Memory = "memory", "a memory in every layer over time", true
	wide.Name, wide.Differs, wide.Dynamics.Window = "window32", "a window of 32 frames", 32
	e.Arms, e.Clips, e.Frames = []arm{base, memory, wide}, 2, 32
	const occluder, away = "RigidOccluder-v0?discs=1&speed=2&occluder_width=5.5&occluder_x=0.5", "VoxelLookAway-v0?flat=1"
	e.Parts = []recipe.Part{
		{Name: "catch", Envs: []string{"RigidCatch-v0"}, Agents: []string{"sticky", "scripted:0.3", "random"}, Episodes: 30, MaxSteps: 200, Seed: 311},
		{Name: "occluder", Envs: []string{occluder}, Agents: []string{"noop"}, Episodes: 150, MaxSteps: 100, Seed: 312},
		{Name: "away", Envs: []string{away}, Agents: []string{"loop", "sticky:8"}, Episodes: 96, MaxSteps: 200, Seed: 313},
	}
	e.Scenes = []scene{
		{Env: "RigidCatch-v0", Agent: "sticky", Long: true},
		{Env: occluder, Agent: "noop", Still: true},
		{Env: away, Agent: "loop", Voxel: true, Long: true},
	}
	// The disc is out of sight for longer than the 17 frames that two layers over time and the history hand on, and what the view
	// turns away from comes back 12 to 28 frames after.
	e.Recalls = []recall{{Name: "recall rigid", Env: occluder, Hidden: 18, Clips: 48}, {Name: "recall voxel", Env: away, Turn: 9, Hidden: 10, Clips: 48}}
	return e
}

// claim keeps the experiment in the folder; where there is one already, it must be the same.
func (e experiment) claim(dir string) error {
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "experiment.json")
	found, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return atomicfile.WriteBytes(path, text)
	case err != nil:
		return err
	case !bytes.Equal(found, text):
		return fmt.Errorf("%s holds another experiment; name another folder with --out", path)
	}
	return nil
}

// read reads a file of JSON into value, and says whether there is one.
func read(path string, value any) (there bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, value)
	}
	if err != nil {
		return false, fmt.Errorf("reading %s: %w; delete it, and what it holds is made anew", path, err)
	}
	return true, nil
}

// write writes value as a file of JSON, beside and renamed.
func write(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, text)
}
