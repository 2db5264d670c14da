package game_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"testing"

	"somnium/sim/voxel/game"
)

var update = flag.Bool("update", false, "write the golden files anew")

const goldenFile = "testdata/states.golden"

// TestGoldenStates holds the world to what seeds and controls once led to after 10,000 ticks, on every processor. A change
// here changes what a seed means: it takes new versions of the ids.
func TestGoldenStates(t *testing.T) {
	var got bytes.Buffer
	w := game.New(8)
	for seed := range uint64(3) {
		hash := sha256.New()
		m := newMonkey(seed)
		begin(w, seed)
		for i := range 10000 {
			if w.Player.Health == 0 {
				begin(w, seed+uint64(i))
			}
			w.Step(m.next())
			if i%100 == 99 {
				state, err := w.AppendState(nil)
				if err != nil {
					t.Fatal(err)
				}
				hash.Write(state)
			}
		}
		fmt.Fprintf(&got, "seed %d %x\n", seed, hash.Sum(nil))
	}
	if *update {
		if err := os.WriteFile(goldenFile, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("got\n%swant\n%s", got.Bytes(), want)
	}
}
