//go:build amd64

// The golden is of amd64: elsewhere the compiler may fuse a product and a sum, and round once in place of twice.

package train

import (
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file anew")

const goldenFile = "testdata/losses.golden"

// The first ten losses of a run of the tiny preset, five of each stage, of which the last three follow frames of the model's own, are
// those that were recorded: whoever changes them changes the training, and means to. The tolerance takes in kernels that add in another order.
func TestTenLosses(t *testing.T) {
	options := tiny(t, record(t, "RigidCatch-v0?height=32&width=32"))
	options.TokenizerSteps, options.DynamicsSteps, options.Rate, options.SelfRollout = 5, 5, 1, 0.6
	var got []Loss
	options.Report = func(l Loss) { got = append(got, l) }
	complete(t, options)
	if *update {
		var b strings.Builder
		for _, l := range got {
			fmt.Fprintf(&b, "%s %d %.8g %.8g %.8g\n", l.Stage, l.Step, l.Total, l.Heads, l.GradNorm)
		}
		if err := os.WriteFile(goldenFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != len(got) {
		t.Fatalf("there are %d losses, and %d in %s", len(got), len(lines), goldenFile)
	}
	for i, line := range lines {
		var want Loss
		if _, err := fmt.Sscan(line, &want.Stage, &want.Step, &want.Total, &want.Heads, &want.GradNorm); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		l := got[i]
		near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-4*math.Abs(b) }
		if l.Stage != want.Stage || l.Step != want.Step || !near(l.Total, want.Total) || !near(l.Heads, want.Heads) || !near(l.GradNorm, want.GradNorm) {
			t.Errorf("loss %d is %+v, recorded was %+v; if that is meant, run this test with -update", i, l, want)
		}
	}
}
