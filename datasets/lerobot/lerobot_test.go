package lerobot_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"somnium/datasets"
	"somnium/datasets/lerobot"
	"somnium/datasets/table"
	"somnium/env"
	"somnium/internal/picture"
)

// made returns an episode whose frame t is of one colour.
func made(number, steps, width int, space env.Space) *datasets.Episode {
	e := &datasets.Episode{
		Env: "Hand-v0", Number: number, FPS: 20, Height: 16, Width: width,
		Spec:     env.Spec{ID: "Hand-v0", Observation: env.Frame(16, width), Action: space},
		Captions: []datasets.Caption{{Step: 0, Short: []string{"go left", "go right"}[number%2]}},
	}
	for t := range steps + 1 {
		e.Frames = append(e.Frames, picture.New(16, width, picture.Color{uint8(t), uint8(10 * number), 255}).Pixels...)
	}
	for t := range steps {
		action := space.New()
		if len(action.Int) == 1 {
			action.Int[0] = t % 3
		}
		e.Actions, e.Rewards = append(e.Actions, action), append(e.Rewards, float32(t))
		e.Terminated, e.Truncated = append(e.Terminated, false), append(e.Truncated, t == steps-1)
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
	d, err := datasets.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func readJSON(t *testing.T, path string) (content map[string]any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &content)
	}
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// whole reads a column of whole numbers.
func whole(t *testing.T, path, column string) []int64 {
	t.Helper()
	f, err := table.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, _, err := f.Integers(column)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRowsHoldWhatTheEpisodesHold(t *testing.T) {
	space := env.Discrete{N: 3}
	dir := filepath.Join(t.TempDir(), "out")
	d := store(t, made(0, 4, 24, space), made(1, 3, 24, space), made(2, 5, 24, space))
	if err := lerobot.Export(context.Background(), d, dir, lerobot.Options{FileBytes: 500}); err != nil {
		t.Fatal(err)
	}
	episodes := filepath.Join(dir, "meta", "episodes", "chunk-000", "file-000.parquet")
	if from, files := whole(t, episodes, "dataset_from_index"), whole(t, episodes, "data/file_index"); !slices.Equal(from, []int64{0, 4, 7}) || files[2] == files[0] {
		t.Errorf("the episodes begin at %v in the files %v", from, files)
	}
	last := filepath.Join(dir, "data", "chunk-000", "file-002.parquet")
	if actions, index := whole(t, last, "action"), whole(t, last, "index"); !slices.Equal(actions, []int64{0, 1, 2, 0, 1}) || index[4] != 11 {
		t.Errorf("actions %v at %v", actions, index)
	}
	if done := whole(t, last, "next.done"); !slices.Equal(done, []int64{0, 0, 0, 0, 1}) {
		t.Errorf("done %v", done)
	}
	f, err := table.Open(last)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	blobs, _, err := f.Blobs("observation.image", "bytes")
	if err != nil {
		t.Fatal(err)
	}
	shown, err := png.Decode(bytes.NewReader(blobs[3]))
	if err != nil || picture.FromImage(shown).At(7, 7) != (picture.Color{3, 20, 255}) {
		t.Errorf("frame 3 is not what it was, or %v", err)
	}
	info := readJSON(t, filepath.Join(dir, "meta", "info.json"))
	if info["total_frames"] != 12.0 || info["total_tasks"] != 2.0 || info["fps"] != 20.0 {
		t.Errorf("info says %v", info)
	}
	reward := readJSON(t, filepath.Join(dir, "meta", "stats.json"))["next.reward"].(map[string]any)
	if reward["max"].([]any)[0] != 4.0 || reward["mean"].([]any)[0] != 19.0/12 {
		t.Errorf("rewards are summed up as %v", reward)
	}
}

func TestWhatCannotBeExportedIsSaid(t *testing.T) {
	plain := env.Discrete{N: 3}
	other := env.Dict{Spaces: map[string]env.Space{"b": env.Box{Shape: []int{2}, Type: env.Float32, High: 1}, "a": plain}}
	slow := made(1, 2, 24, plain)
	slow.FPS = 5
	for want, episodes := range map[string][]*datasets.Episode{
		"16x24":       {made(0, 2, 24, plain), made(1, 2, 32, plain)},
		"at 5":        {made(0, 2, 24, plain), slow},
		"the actions": {made(0, 2, 24, plain), made(1, 2, 24, other)},
		"no step":     {made(0, 0, 24, plain)},
	} {
		parent := t.TempDir()
		err := lerobot.Export(context.Background(), store(t, episodes...), filepath.Join(parent, "out"), lerobot.Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
		if left, _ := os.ReadDir(parent); len(left) != 0 {
			t.Errorf("%s: %v is left", want, left)
		}
	}
	if err := lerobot.Export(context.Background(), store(t, made(0, 2, 24, other)), filepath.Join(t.TempDir(), "out"), lerobot.Options{}); err != nil {
		t.Errorf("actions of several kinds: %v", err)
	}
}
