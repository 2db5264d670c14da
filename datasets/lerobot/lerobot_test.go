package lerobot_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"math"
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

// The statistics of each episode lie beside it, in the types and lists of LeRobot's own.
func TestEachEpisodeHasItsStatistics(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	space := env.Box{Shape: []int{2}, Type: env.Float32, Low: -1, High: 1}
	long, short := made(0, 200, 24, space), made(1, 1, 24, space)
	for t, action := range long.Actions {
		action.F32[0], action.F32[1] = float32(t%4)/4, -0.5
	}
	if err := lerobot.Export(context.Background(), store(t, long, short), dir, lerobot.Options{}); err != nil {
		t.Fatal(err)
	}
	f, err := table.Open(filepath.Join(dir, "meta", "episodes", "chunk-000", "file-000.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// A frame t of episode n is of the colour t, 10 n, 255; the reward is t.
	for _, c := range []struct {
		column string
		want   []float64
	}{
		{"stats/next.reward/min", []float64{0, 0}},
		{"stats/next.reward/max", []float64{199, 0}},
		{"stats/next.reward/mean", []float64{99.5, 0}},
		{"stats/next.reward/count", []float64{200, 1}},
		{"stats/next.reward/q01", []float64{1, 0}}, // the second of 200 values
		{"stats/next.reward/q10", []float64{19, 0}},
		{"stats/next.reward/q50", []float64{99, 0}},
		{"stats/next.reward/q90", []float64{179, 0}},
		{"stats/next.reward/q99", []float64{197, 0}},
		{"stats/next.done/min", []float64{0, 1}},
		{"stats/next.done/max", []float64{1, 1}},
		{"stats/next.done/q99", []float64{0, 1}},
		{"stats/action/mean", []float64{0.375, -0.5, 0, 0}},
		{"stats/action/q90", []float64{0.75, -0.5, 0, 0}},
		{"stats/action/std", []float64{math.Sqrt(0.078125), 0, 0, 0}},
		{"stats/index/min", []float64{0, 200}},
		{"stats/episode_index/max", []float64{0, 1}},
		{"stats/observation.image/max", []float64{199. / 255, 0, 1, 0, 10. / 255, 1}},
		{"stats/observation.image/q50", []float64{99. / 255, 0, 1, 0, 10. / 255, 1}},
		{"stats/observation.image/count", []float64{200, 1}},
	} {
		got, _, err := f.Floats(c.column)
		if err != nil || !slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }) {
			t.Errorf("%s is %v, want %v; %v", c.column, got, c.want, err)
		}
	}
	if _, _, err := f.Integers("stats/next.reward/min"); !errors.Is(err, table.ErrColumn) {
		t.Errorf("rewards are summed up as whole numbers: %v", err)
	}
	for _, name := range []string{"stats/index/min", "stats/next.done/max"} {
		if _, _, err := f.Integers(name); err != nil {
			t.Errorf("the column is not of the feature's type: %v", err)
		}
	}
	// Of all episodes, weighted by their rows.
	stats := readJSON(t, filepath.Join(dir, "meta", "stats.json"))["next.reward"].(map[string]any)
	if got := stats["q50"].([]any)[0].(float64); math.Abs(got-99*200/201.) > 1e-9 {
		t.Errorf("the median reward of all is %v", got)
	}
	deviation := 0.0
	for r := range 200 {
		deviation += (float64(r) - 19900/201.) * (float64(r) - 19900/201.) / 201
	}
	deviation = math.Sqrt(deviation + 19900/201.*19900/201./201)
	if got := stats["std"].([]any)[0].(float64); math.Abs(got-deviation) > 1e-9 {
		t.Errorf("the deviation of all rewards is %v, want %v", got, deviation)
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
