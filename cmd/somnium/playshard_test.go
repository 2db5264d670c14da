package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"somnium/datasets"
	"somnium/env"
	viewerstage "somnium/viewer/stage"
	"somnium/viewer/stage/stagetest"
	"somnium/viewer/wire"
	"somnium/world"
)

// What the viewer saves as a shard is an episode like those that are collected: the simulator goes the same way by its seed and actions.
func TestWhatIsPlayedIsADataSet(t *testing.T) {
	s := viewerstage.New(stagetest.House())
	defer s.Close()
	seed := uint64(7)
	if err := s.Open(wire.Place{Scene: "RigidCatch-v0", Seed: &seed}); err != nil {
		t.Fatal(err)
	}
	for range 12 {
		if err := s.Advance(); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "played")
	taken := s.Take(0, 15)
	if err := saveShard(taken, path); err != nil {
		t.Fatal(err)
	}
	data, err := datasets.Open(path)
	if err != nil || data.Len() != 1 {
		t.Fatalf("the folder holds no episode: %v", err)
	}
	e, err := data.Episode(0)
	if err != nil {
		t.Fatal(err)
	}
	if e.Len() != 15 || e.Seed != 7 || e.Agent != "scripted" || !reflect.DeepEqual(e.States, taken.States) || e.Caption(0).Short == "" {
		t.Errorf("the episode has %d steps of seed %d by %s, captioned %q", e.Len(), e.Seed, e.Agent, e.Caption(0).Short)
	}
	simulator, err := env.Make(e.Env)
	if err != nil {
		t.Fatal(err)
	}
	defer simulator.Close()
	obs, err := simulator.Reset(env.Seeded(e.Seed))
	for i := 0; err == nil; i++ {
		if !bytes.Equal(obs.Pixels(), e.Frame(i)) {
			t.Fatalf("frame %d is not what the simulator shows", i)
		}
		if i == e.Len() {
			break
		}
		var step env.Step
		if step, err = simulator.Step(e.Actions[i]); float32(step.Reward) != e.Rewards[i] {
			t.Errorf("the reward of step %d is %v, and the simulator's %v", i, e.Rewards[i], step.Reward)
		}
		obs = step.Obs
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := saveShard(taken, path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a second episode in one place: %v", err)
	}
	// A dream from somebody's picture has frames between which nobody acted.
	taken.Actions[0] = env.Value{}
	other := filepath.Join(t.TempDir(), "other")
	if err := saveShard(taken, other); err == nil || !strings.Contains(err.Error(), "a picture of yours") {
		t.Errorf("without actions: %v", err)
	}
}

// Stretches that are saved in one second, in any format and by any window, lie beside each other.
func TestWhatIsSavedAtOnceHasItsOwnName(t *testing.T) {
	t.Chdir(t.TempDir())
	s := viewerstage.New(stagetest.House())
	defer s.Close()
	if err := s.Open(wire.Place{Scene: "RigidCatch-v0"}); err != nil {
		t.Fatal(err)
	}
	h, paths := &playhouse{}, map[string]bool{}
	for _, format := range []string{"gif", "gif", "png", "shard", "png"} {
		path, err := h.save(s.Take(0, 3), format)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err != nil || paths[path] {
			t.Errorf("%s is saved at %s, where something is already: %v, %v", format, path, paths[path], err)
		}
		paths[path] = true
	}
}

// Who replays from a command line needs what shaped the dream.
func TestDreamFlags(t *testing.T) {
	p := &playing{dreaming: dreaming{model: defaultModel, context: world.ContextFrames, denoise: world.DefaultSteps}}
	if flags := (&playhouse{playing: p}).dreamFlags(); flags != nil {
		t.Errorf("defaults are told as %q", flags)
	}
	p.model, p.denoise = "w.safetensors", 2
	if got, want := (&playhouse{playing: p}).dreamFlags(), []string{"--model", "w.safetensors", "--steps", "2"}; !slices.Equal(got, want) {
		t.Errorf("the flags are %q, want %q", got, want)
	}
}
