package voxel

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"testing"

	"somnium/env"
)

var update = flag.Bool("update", false, "write the golden files anew")

const goldenFile = "testdata/frames.golden"

// TestGoldenFrames holds every task to the pictures, rewards and states that it once gave, on every processor: 10,000 steps
// of survival, and some of every other task, size and form. A change here changes what a seed means: it takes a new version
// of the id.
func TestGoldenFrames(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	note := func(k *task, height, width, steps int, params map[string]float64) {
		fmt.Fprintf(&got, "%s %dx%d %d %s\n", env.FormatName(k.id, env.Config{Params: params}), height, width, steps, digest(t, k, height, width, steps, params))
	}
	note(survive(), 64, 64, 10000, nil)
	for _, k := range tasks() {
		note(k, 64, 64, 200, map[string]float64{"flat": 1})
	}
	for biome := range 4 {
		note(survive(), 48, 80, 100, map[string]float64{"biome": float64(biome), "textured": 1, "hud": 1})
	}
	note(survive(), 80, 48, 100, map[string]float64{"segmentation": 1, "instances": 1, "inventory": 1, "hour": 19})
	if *update {
		if err := os.WriteFile(goldenFile, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := bytes.Split(got.Bytes(), []byte("\n")), bytes.Split(want, []byte("\n"))
	if len(gotLines) != len(wantLines) {
		t.Fatalf("there are %d digests, and %d in %s", len(gotLines), len(wantLines), goldenFile)
	}
	for i := range gotLines {
		if !bytes.Equal(gotLines[i], wantLines[i]) {
			t.Errorf("got  %s\nwant %s", gotLines[i], wantLines[i])
		}
	}
}

// digest plays random-sticky steps and hashes all that comes of them, and the state at the end.
func digest(t *testing.T, k *task, height, width, steps int, params map[string]float64) string {
	t.Helper()
	e, err := newEnv(k, env.Config{Height: height, Width: width, Params: params})
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.New()
	see := func(obs env.Value, err error) {
		if err != nil {
			t.Fatal(err)
		}
		hash.Write(obs.Pixels())
		hash.Write(obs.Dict[keySegmentation].U8)
		hash.Write(obs.Dict[keyInstances].U8)
	}
	see(e.Reset(env.Seeded(9)))
	actor := newSticky(e.spec.Action, 9)
	for range steps {
		taken, err := e.Step(actor.next())
		see(taken.Obs, err)
		fmt.Fprintln(hash, taken.Reward, taken.Terminated)
		if taken.Done() {
			see(e.Reset(env.ResetOptions{}))
		}
	}
	snapshot, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	hash.Write(snapshot)
	return fmt.Sprintf("%x", hash.Sum(nil)[:16])
}
