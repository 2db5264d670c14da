package env

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// unknown returns the error for an id that nothing is registered under. The caller holds the lock.
func (r *registry) unknown(id string) error {
	const remedy = "env.IDs or `somnium envs` lists all"
	if len(r.byID) == 0 {
		return fmt.Errorf("env: no environment %q: none is registered; import somnium/sim/all", id)
	}
	near := nearest(id, slices.Sorted(maps.Keys(r.byID)))
	if len(near) == 0 {
		return fmt.Errorf("env: no environment %q; %s", id, remedy)
	}
	return fmt.Errorf("env: no environment %q; did you mean %s? %s", id, strings.Join(near, " or "), remedy)
}

// nearest returns up to three of the sorted candidates that id may be a slip of, the nearest first: other versions of the
// same name, and names within a third of their length in edits. Case does not count.
func nearest(id string, candidates []string) []string {
	type match struct {
		id    string
		edits int
	}
	var matches []match
	base, _ := splitVersion(id)
	for _, candidate := range candidates {
		other, _ := splitVersion(candidate)
		edits := editDistance(strings.ToLower(base), strings.ToLower(other))
		if edits <= (len(other)+2)/3 {
			matches = append(matches, match{candidate, edits})
		}
	}
	slices.SortStableFunc(matches, func(a, b match) int { return a.edits - b.edits })
	var near []string
	for _, m := range matches[:min(3, len(matches))] {
		near = append(near, m.id)
	}
	return near
}

// editDistance returns the least number of insertions, deletions and substitutions of bytes that turn a into b
// (Levenshtein 1966; the row-by-row algorithm of Wagner and Fischer 1974).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substituted := diagonal
			if a[i] != b[j] {
				substituted++
			}
			diagonal = row[j+1]
			row[j+1] = min(substituted, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
