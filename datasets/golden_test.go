package datasets

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"somnium/env"
)

var update = flag.Bool("update", false, "write testdata/v1.golden anew; a file that programs have written must stay readable, so only while it is not released")

// goldenEpisodes are written out by hand, so that no change to an environment changes them.
func goldenEpisodes() []*Episode {
	first := &Episode{
		Env: "Golden-v0?height=2&width=3", Number: 0, Seed: 1<<64 - 1, Agent: "random:0.5", FPS: 10, Height: 2, Width: 3,
		Spec: env.Spec{
			ID: "Golden-v0", Doc: "an environment", Observation: env.Frame(2, 3), MaxEpisodeSteps: 3, FPS: 10,
			Action: env.Dict{Spaces: map[string]env.Space{
				"a": env.Discrete{N: 3}, "b": env.MultiDiscrete{Nvec: []int{2, 300}},
				"c": env.Box{Shape: []int{2}, Type: env.Float32, Low: -1, High: 1.5},
			}},
			Params: []env.Param{{Name: "gravity", Doc: "m/s^2", Default: 9.8, Min: 0, Max: 20, Random: true}},
		},
		Actions: []env.Value{
			{Dict: map[string]env.Value{"a": env.Int(2), "b": {Int: []int{1, 299}}, "c": {F32: []float32{-1, 0.25}}}},
			{}, {U8: []byte{1, 2, 255}},
		},
		Rewards: []float32{0.5, -1.25, 3}, Terminated: []bool{false, false, true}, Truncated: []bool{false, false, true},
		Captions: []Caption{{0, "a ball", "A red ball falls."}, {2, "une balle", "Une balle tombée."}},
	}
	for i := range 4 {
		first.States = append(first.States, env.State{
			Step: i, Values: map[string]float64{"gravity": 9.8, "wind": float64(-i)},
			Bodies: []env.Body{{
				ID: 3, Kind: "disc", Position: [3]float64{1, 2.5, float64(i)}, Velocity: [3]float64{-1, 0, 0.1}, Angle: 3.125,
				Size: [3]float64{2, 2, 1}, Color: [3]uint8{255, 0, 7}, Static: i == 1, InFrame: i != 2, Hidden: 0.75,
			}},
		})
	}
	second := &Episode{
		Env: "Golden-v0", Number: 300, Seed: 5, FPS: 29.97, Height: 1, Width: 2, Spec: env.Spec{ID: "Golden-v0", Action: env.Discrete{N: 2}},
		Actions: []env.Value{env.Int(1)}, Rewards: []float32{0}, Terminated: []bool{false}, Truncated: []bool{true},
	}
	for _, e := range []*Episode{first, second} {
		e.Frames = make([]byte, (e.Len()+1)*e.Height*e.Width*3)
		for i := range e.Frames {
			e.Frames[i] = byte(i*i*7 + 3)
		}
	}
	return []*Episode{first, second}
}

const goldenPath = "testdata/v1.golden"

// TestGoldenShardStaysReadable reads bytes of version 1 that never change.
func TestGoldenShardStaysReadable(t *testing.T) {
	if *update {
		writeGolden(t)
	}
	d := open(t, goldenPath)
	want := goldenEpisodes()
	if d.Len() != len(want) || len(d.Problems()) != 0 {
		t.Fatalf("%d episodes, problems %v", d.Len(), d.Problems())
	}
	for i := range want {
		got, err := d.Episode(i)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want[i]) {
			t.Errorf("episode %d\n got %+v\nwant %+v", i, got, want[i])
		}
	}
}

// TestGoldenShardIsWhatIsWritten holds the writer to the same bytes, but for those that zstd chooses.
func TestGoldenShardIsWhatIsWritten(t *testing.T) {
	golden := open(t, goldenPath)
	written := open(t, writeEpisodes(t, goldenEpisodes()))
	for i := range golden.Len() {
		var plain [2][]byte
		for j, d := range []*Dataset{golden, written} {
			r := d.refs[i]
			data, err := os.ReadFile(r.path)
			if err != nil {
				t.Fatal(err)
			}
			body, err := r.entry.header.check(data[r.entry.offset:][:r.entry.header.size()])
			if err != nil {
				t.Fatal(err)
			}
			raw, err := r.entry.header.decompress(body, d.decoder)
			if err != nil {
				t.Fatal(err)
			}
			meta := data[r.entry.offset+recordBytes:][:r.entry.header.metaBytes]
			plain[j] = append(bytes.Clone(meta), raw...)
		}
		if !bytes.Equal(plain[0], plain[1]) {
			t.Errorf("record %d is packed otherwise than in version 1", i)
		}
	}
}

// writeEpisodes writes a shard and returns its path.
func writeEpisodes(t testing.TB, episodes []*Episode) string {
	t.Helper()
	dir := t.TempDir()
	w, err := NewWriter(dir, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range episodes {
		if err := w.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return shardPath(dir, 0)
}

func writeGolden(t *testing.T) {
	t.Helper()
	data, err := os.ReadFile(writeEpisodes(t, goldenEpisodes()))
	if err == nil {
		err = os.MkdirAll(filepath.Dir(goldenPath), 0o755)
	}
	if err == nil {
		err = os.WriteFile(goldenPath, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
