package minari_test

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"somnium/datasets"
	"somnium/datasets/minari"
	"somnium/env"
)

// actions is a space with a part of every kind.
var actions = env.Dict{Spaces: map[string]env.Space{
	"move": env.Discrete{N: 4}, "keys": env.MultiDiscrete{Nvec: []int{2, 3}},
	"push": env.Box{Shape: []int{2}, Type: env.Float32, Low: -1, High: math.Inf(1)},
	"deep": env.Dict{Spaces: map[string]env.Space{"bytes": env.Box{Shape: []int{3, 2}, Type: env.Uint8, High: 255}}},
}}

// made returns an episode of the steps, with noise for pictures.
func made(number, steps, height, width int, space env.Space) *datasets.Episode {
	rng := rand.New(rand.NewPCG(uint64(number), 5))
	e := &datasets.Episode{
		Env: "Hand-v0?height=18", Number: number, Seed: 1<<63 + uint64(number), Agent: "hand", FPS: 12.5, Height: height, Width: width,
		Spec: env.Spec{
			ID: "Hand-v0", Doc: "by <hand>", Observation: env.Frame(height, width), Action: space, MaxEpisodeSteps: 40, FPS: 12.5,
			Params: []env.Param{{Name: "wind", Doc: "m/s", Default: 1, Max: 2, Random: true}},
		},
		Captions: []datasets.Caption{{Step: 0, Short: "noise", Detailed: "Noise of every colour."}},
	}
	e.Frames = make([]byte, (steps+1)*height*width*3)
	for i := range e.Frames {
		e.Frames[i] = byte(rng.Uint32())
	}
	for t := range steps {
		action := space.New()
		space.Sample(rng, action)
		e.Actions = append(e.Actions, action)
		e.Rewards = append(e.Rewards, rng.Float32()-0.3)
		e.Terminated = append(e.Terminated, t == steps-1 && number%2 == 0)
		e.Truncated = append(e.Truncated, t == steps-1 && number%2 == 1)
	}
	return e
}

func store(t *testing.T, episodes ...*datasets.Episode) *datasets.Dataset {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shards")
	err := datasets.WriteAll(dir, datasets.WriterOptions{}, func(w *datasets.Writer) error {
		for _, e := range episodes {
			if err := w.Append(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return open(t, dir)
}

func open(t *testing.T, dir string) *datasets.Dataset {
	t.Helper()
	d, err := datasets.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// exported writes a data set and returns its folder.
func exported(t *testing.T, d *datasets.Dataset) string {
	t.Helper()
	root := t.TempDir()
	id, err := minari.Export(context.Background(), d, root, minari.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if id != "somnium/Hand-v0" {
		t.Fatalf("the id is %s", id)
	}
	return filepath.Join(root, filepath.FromSlash(id))
}

func TestWhatComesBackIsWhatWasExported(t *testing.T) {
	for name, space := range map[string]env.Space{"dict": actions, "one": env.Discrete{N: 3}} {
		want := []*datasets.Episode{made(3, 9, 18, 40, space), made(4, 1, 18, 40, space), made(9, 0, 18, 40, space)}
		folder := exported(t, store(t, want...))
		dir := filepath.Join(t.TempDir(), "back")
		if err := minari.Import(context.Background(), folder, dir, minari.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		back := open(t, dir)
		for i, e := range want {
			got, err := back.Episode(i)
			if err != nil {
				t.Fatal(err)
			}
			want := *e
			if len(want.Actions) == 0 {
				want.Actions, want.Rewards, want.Terminated, want.Truncated = got.Actions[:0], got.Rewards[:0], got.Terminated[:0], got.Truncated[:0]
			}
			if !reflect.DeepEqual(got, &want) {
				t.Errorf("%s: episode %d differs:\n got %.300v\nwant %.300v", name, i, got, &want)
			}
		}
	}
}

func TestWhatCannotBeExportedIsSaid(t *testing.T) {
	plain := env.Discrete{N: 3}
	export := func(o minari.Options, episodes ...*datasets.Episode) error {
		root := t.TempDir()
		_, err := minari.Export(context.Background(), store(t, episodes...), root, o)
		if found, _ := filepath.Glob(filepath.Join(root, "*", "*")); err != nil && len(found) > 1 {
			t.Errorf("after the error there is %v", found)
		}
		return err
	}
	spoilt := made(1, 2, 16, 16, plain)
	spoilt.Actions[1] = env.Int(7)
	for want, err := range map[string]error{
		"--env":      export(minari.Options{}, made(0, 2, 16, 16, plain), made(1, 2, 16, 18, plain)),
		"is no id":   export(minari.Options{ID: "no/version"}, made(0, 2, 16, 16, plain)),
		"outside":    export(minari.Options{}, made(0, 2, 16, 16, plain), spoilt),
		"one by one": export(minari.Options{}, made(0, 2, 16, 16, plain), made(1, 2, 16, 16, actions)),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}

// TestWhatCannotBeImportedIsSaid spoils one thing each of a data set; nothing is left of an import that fails.
func TestWhatCannotBeImportedIsSaid(t *testing.T) {
	d := store(t, made(0, 5, 18, 40, env.Discrete{N: 3}), made(1, 5, 18, 40, env.Discrete{N: 3}))
	for want, spoil := range map[string]func(folder string) error{
		"episode 1 of 2": func(f string) error { return os.RemoveAll(filepath.Join(f, "data", "1")) },
		"no whole Parquet": func(f string) error {
			return os.Truncate(filepath.Join(f, "data", "1", "part-0.parquet"), 400)
		},
		"no data/metadata.json": func(f string) error { return os.Remove(filepath.Join(f, "data", "metadata.json")) },
		"and only Parquet":      change("data_format", "hdf5"),
		"nothing to see":        change("observation_space", `{"type": "Box", "dtype": "float32", "shape": [4], "low": [-Infinity], "high": [Infinity]}`),
		"calls for 960":         change("observation_space", `{"type": "Box", "dtype": "uint8", "shape": [16, 20, 3], "low": 0, "high": 255}`),
		"no column actions.a":   change("action_space", `{"type": "Dict", "subspaces": {"a": {"type": "Discrete", "n": 3, "start": 0}}}`),
		"outside Discrete(1)":   change("action_space", `{"type": "Discrete", "n": 1, "start": 0}`),
		"are not read":          change("action_space", `{"type": "Text"}`),
		"choose one with":       change("observation_space", `{"type": "Dict", "subspaces": {"a": {"type": "Discrete", "n": 3}}}`),
		"frames are missing":    changeIn("1/metadata.json", "total_steps", 9),
	} {
		folder := exported(t, d)
		if err := spoil(folder); err != nil {
			t.Fatal(err)
		}
		parent := t.TempDir()
		err := minari.Import(context.Background(), folder, filepath.Join(parent, "out"), minari.ImportOptions{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
		if left, _ := os.ReadDir(parent); len(left) != 0 {
			t.Errorf("%s: %v is left", want, left)
		}
	}
}

func change(key string, value any) func(string) error { return changeIn("metadata.json", key, value) }

// changeIn returns what writes another value into a file of metadata.
func changeIn(file, key string, value any) func(string) error {
	return func(folder string) error {
		path := filepath.Join(folder, "data", filepath.FromSlash(file))
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var content map[string]any
		if err := json.Unmarshal(text, &content); err != nil {
			return err
		}
		content[key] = value
		if text, err = json.Marshal(content); err != nil {
			return err
		}
		return os.WriteFile(path, text, 0o644)
	}
}
