//go:build amd64

// The goldens are of amd64: elsewhere the compiler may fuse a product and a sum, and round once in place of twice.

package rigid

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

const goldenFile = "testdata/frames.golden"

// TestGoldenFrames holds every scene to the frames, rewards and ends that it once gave. A change here changes what a seed
// means: it takes a new version of the id.
func TestGoldenFrames(t *testing.T) {
	var got bytes.Buffer
	for _, s := range scenes() {
		for _, size := range [][2]int{{64, 64}, {48, 80}, {80, 48}, {32, 32}} {
			fmt.Fprintf(&got, "%s %dx%d %s\n", s.id, size[0], size[1], digest(t, s, size[0], size[1]))
		}
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

// digest plays three episodes of up to 60 steps.
func digest(t *testing.T, s *scene, height, width int) string {
	t.Helper()
	e := open(t, s, height, width, nil)
	next := choices(s, 9)
	hash := sha256.New()
	for seed := range uint64(3) {
		hash.Write(reset(t, e, seed))
		for range min(60, s.steps) {
			taken := step(t, e, next())
			hash.Write(taken.Obs.U8)
			fmt.Fprintln(hash, taken.Reward, taken.Terminated)
			if taken.Terminated {
				break
			}
		}
	}
	return fmt.Sprintf("%x", hash.Sum(nil)[:16])
}
