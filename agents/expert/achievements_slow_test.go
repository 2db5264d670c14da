//go:build slow

package expert_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of achievements in docs/voxel.md anew")

// document is where the table is, between the two marks.
const (
	document = "../../docs/voxel.md"
	begin    = "<!-- achievements: written by go test -tags slow ./agents/expert -update -->\n"
	end      = "<!-- end of achievements -->\n"
)

// Over 50 seeds the expert makes the iron pickaxe in at least half, and everything else in at least three; the table in the
// documentation tells how often, and when.
func TestTheExpertOverFiftySeeds(t *testing.T) {
	const seeds = 50
	steps := map[string][]int{}
	all, together := 0, 0
	for seed, feats := range playAll(t, seeds) {
		for _, f := range feats {
			steps[f.name] = append(steps[f.name], f.step)
		}
		together += len(feats)
		if len(feats) == 22 {
			all++
		}
		t.Logf("seed %d: %v", seed, feats)
	}
	if n := len(steps["make_iron_pickaxe"]); n < seeds/2 {
		t.Errorf("the iron pickaxe is made in %d of %d seeds", n, seeds)
	}
	for name, made := range steps {
		if len(made) < 3 {
			t.Errorf("%s is achieved in %d of %d seeds", name, len(made), seeds)
		}
	}
	if len(steps) != 22 {
		t.Errorf("only %v are ever achieved", slices.Sorted(maps.Keys(steps)))
	}
	holds(t, tabulate(steps, seeds)+fmt.Sprintf("\nAll 22 in %d of %d seeds; %.1f on average.\n", all, seeds, float64(together)/seeds))
}

// playAll plays the seeds from 0 on, as many at once as there are processors.
func playAll(t *testing.T, seeds int) [][]feat {
	all := make([][]feat, seeds)
	t.Run("seeds", func(t *testing.T) {
		for seed := range seeds {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				all[seed] = play(t, uint64(seed), "")
			})
		}
	})
	return all
}

// tabulate writes a row for each achievement, the commonest and earliest first.
func tabulate(steps map[string][]int, seeds int) string {
	names := slices.SortedFunc(maps.Keys(steps), func(a, b string) int {
		slices.Sort(steps[a])
		slices.Sort(steps[b])
		if d := len(steps[b]) - len(steps[a]); d != 0 {
			return d
		}
		return median(steps[a]) - median(steps[b])
	})
	var b strings.Builder
	fmt.Fprintf(&b, "| achievement | of %d seeds | median step | first | last |\n|---|--:|--:|--:|--:|\n", seeds)
	for _, name := range names {
		made := steps[name]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d |\n", name, len(made), median(made), made[0], made[len(made)-1])
	}
	return b.String()
}

// median returns the lower median of sorted numbers.
func median(sorted []int) int { return sorted[(len(sorted)-1)/2] }

// holds compares the table in the documentation with this one, or writes it.
func holds(t *testing.T, table string) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	had, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table: it lacks the lines %q and %q", document, begin, end)
	}
	if had == table {
		return
	}
	if !*update {
		t.Errorf("%s says\n%s\nand it is\n%s\nwrite it anew by -update", document, had, table)
		return
	}
	if err := os.WriteFile(document, []byte(before+begin+table+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
