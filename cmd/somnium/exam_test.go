package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// examined runs `somnium exam` and returns its status and what it printed.
func examined(args ...string) (status int, out, err string) {
	var o, e bytes.Buffer
	status = run(context.Background(), append([]string{"exam"}, args...), &o, &e)
	return status, o.String(), e.String()
}

func TestExamKeepsWhatIsFinished(t *testing.T) {
	folder := t.TempDir()
	args := []string{"baseline:copy-last", "--only", "violation", "--json", "--out", folder}
	status, first, errs := examined(args...)
	if status != 0 || !strings.Contains(first, `"relative_accuracy"`) {
		t.Fatalf("status %d: %s", status, errs)
	}
	status, again, errs := examined(args...)
	if status != 0 || again != first {
		t.Errorf("the second run, of status %d, prints something else", status)
	}
	if strings.Contains(errs, "frames/s") {
		t.Errorf("what is finished is sat again: %s", errs)
	}
	if status, fresh, _ := examined(append(args, "--fresh")...); status != 0 || fresh != first {
		t.Errorf("sat again from the same seed, with status %d, the figures are others", status)
	}
	if status, _, errs := examined(append(args, "--require")...); status != 1 || !strings.Contains(errs, "report.html") {
		t.Errorf("--require ends with status %d: %s", status, errs)
	}
	page, err := os.ReadFile(filepath.Join(folder, "report.html"))
	if err != nil || !bytes.Contains(page, []byte("<svg")) || bytes.Contains(page, []byte("http-equiv")) || bytes.Contains(page, []byte("<script")) {
		t.Errorf("the page is not there, or not by itself: %v", err)
	}
	status, table, _ := examined("baseline:copy-last", "--only", "violation", "--out", folder)
	if status != 0 || !strings.Contains(table, "FAIL") || !strings.Contains(table, "permanence relative_accuracy") {
		t.Errorf("the table reads:\n%s", table)
	}
}

func TestExamRefuses(t *testing.T) {
	for _, test := range []struct {
		args []string
		says string
	}{
		{nil, "name a candidate"},
		{[]string{"dream:small", "--suite", "huge"}, "quick, full or paper"},
		{[]string{"dream:small", "--only", "levitation"}, "levitation"},
		{[]string{"baseline:wisdom"}, "copy-last"},
		{[]string{"RigidCatch-v0"}, "no candidate"},
		{[]string{"videos:" + filepath.Join(t.TempDir(), "none")}, "no folder of videos"},
		{[]string{"dream:nothing-there"}, "nothing-there"},
	} {
		if status, _, errs := examined(test.args...); status == 0 || !strings.Contains(errs, test.says) {
			t.Errorf("exam %v ends with status %d and says %q, want something with %q", test.args, status, errs, test.says)
		}
	}
}

func TestExamStimuli(t *testing.T) {
	folder := t.TempDir()
	if status, _, errs := examined("--stimuli", folder, "--only", "violation"); status != 0 {
		t.Fatal(errs)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*-impossible-b.gif"))
	if err != nil || len(files) != 24 {
		t.Errorf("%d quadruplets are written, want 4 of each of 6 laws", len(files))
	}
}
