package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"somnium/evals"
)

// run is a result with the same figure in every column but the loss.
func run(arm string, seed uint64, loss, other float64) result {
	r := result{Arm: arm, Seed: seed, Figures: map[string]evals.Number{}}
	r.Points = []point{{100, 60, 1}, {200, 120, loss}}
	for _, c := range columns {
		r.Figures[c.name] = evals.Number(other)
	}
	return r
}

// Of an arm whose both seeds are beyond both of the baseline's a cell is marked, for better or worse by the column's sense; where
// the seeds overlap it is not, and neither is what only says how it was run.
func TestTable(t *testing.T) {
	arms := []arm{{Name: "baseline", Differs: "as it is"}, {Name: "good", Differs: "better"}, {Name: "even", Differs: "no better"}, {Name: "unfinished"}}
	text := table(arms, []result{
		run("baseline", 1, 0.5, 2), run("baseline", 2, 0.6, 3),
		run("good", 1, 0.3, 4), run("good", 2, 0.4, 5),
		run("even", 1, 0.55, 1), run("even", 2, 0.7, 2.5),
	})
	rows := strings.Split(text, "\n")
	want := []string{
		"| Arm | Updates | Processor minutes | Held-out loss | Next frame, rigid, dB | Next frame, voxel, dB | Wrong actions, rigid | Wrong actions, voxel | Drift, rigid | Drift, voxel |",
		"|---|---|---|---|---|---|---|---|---|---|",
		"| baseline: as it is | 200 | 2.0 | 0.5500 (0.5000, 0.6000) | 2.50 (2.00, 3.00) | 2.50 (2.00, 3.00) | 2.500 (2.000, 3.000) | 2.500 (2.000, 3.000) | 2.50 (2.00, 3.00) | 2.50 (2.00, 3.00) |",
		"| good: better | 200 | 2.0 | **0.3500 (0.3000, 0.4000)** | **4.50 (4.00, 5.00)** | **4.50 (4.00, 5.00)** | **4.500 (4.000, 5.000)** | **4.500 (4.000, 5.000)** | *4.50 (4.00, 5.00)* | *4.50 (4.00, 5.00)* |",
		"| even: no better | 200 | 2.0 | 0.6250 (0.5500, 0.7000) | 1.75 (1.00, 2.50) | 1.75 (1.00, 2.50) | 1.750 (1.000, 2.500) | 1.750 (1.000, 2.500) | 1.75 (1.00, 2.50) | 1.75 (1.00, 2.50) |",
		"",
	}
	for i, w := range want {
		if rows[i] != w {
			t.Errorf("line %d of the table is\n%s\nwant\n%s", i+1, rows[i], w)
		}
	}
	if strings.Contains(text, "unfinished") {
		t.Error("an arm without a result is in the table")
	}
}

// Of each update the median over the rounds counts, so that a round that the machine disturbed does not.
func TestCost(t *testing.T) {
	if got := cost([][]float64{{1, 9, 2}, {4, 3, 50}}); got != 3 {
		t.Errorf("the cost of an update is %g, want 3", got)
	}
}

// The plan gives every arm as many updates as its measured cost lets it make in the budget.
func TestPlan(t *testing.T) {
	dir := t.TempDir()
	h := here(t, dir, func([]string) {})
	h.experiment.Arms = h.experiment.Arms[:1]
	h.experiment.Arms[0].SelfRollout = 0
	if err := h.experiment.claim(dir); err != nil {
		t.Fatal(err)
	}
	if err := h.prepare(context.Background()); err != nil {
		t.Fatal(err)
	}
	var p plan
	if there, err := read(filepath.Join(dir, "plan.json"), &p); err != nil || !there {
		t.Fatal(there, err)
	}
	name := h.experiment.Arms[0].Name
	if n := h.experiment.Seconds / p.Cost[name]; !(p.Cost[name] > 0) || p.Updates[name] != max(h.experiment.Points, int(n)) {
		t.Errorf("the plan is %+v for %g seconds", p, h.experiment.Seconds)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "rehearsal-*")); err != nil || len(left) > 0 {
		t.Errorf("the rehearsals left %v, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "tokenizer", "weights.safetensors")); err != nil {
		t.Error(err)
	}
}

// At least one and at most six comparisons, each of which differs from the baseline, by a name of its own.
func TestExperiments(t *testing.T) {
	for _, e := range []experiment{full(10), past(10)} {
		testExperiment(t, e)
	}
}

func testExperiment(t *testing.T, e experiment) {
	if n := len(e.Arms) - 1; n < 1 || n > 6 {
		t.Errorf("there are %d comparisons", n)
	}
	seen := map[arm]string{}
	for _, a := range e.Arms {
		if err := a.Dynamics.Check(); err != nil {
			t.Errorf("%s: %v", a.Name, err)
		}
		plain := a
		plain.Name, plain.Differs = "", ""
		if other, ok := seen[plain]; ok {
			t.Errorf("%s is %s by another name", a.Name, other)
		}
		seen[plain] = a.Name
	}
}
