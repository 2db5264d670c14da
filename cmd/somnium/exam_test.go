package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"somnium/evals"
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

// What is finished stays when a later exam is broken off, and is sat again only where it cannot be read or has another size.
func TestExamIsTakenUpAgain(t *testing.T) {
	folder := t.TempDir()
	args := []string{"baseline:copy-last", "--json", "--out", folder, "--only"}
	if status, _, errs := examined(append(args, "violation")...); status != 0 {
		t.Fatal(errs)
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	page := filepath.Join(folder, "report.html")
	if err := os.Remove(page); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if status := run(stopped, append([]string{"exam"}, append(args, "violation,parabola")...), &out, &errs); status == 0 {
		t.Fatal("a run that is stopped ends with status 0")
	}
	if text, err := os.ReadFile(page); err != nil || !bytes.Contains(text, []byte("relative_accuracy")) {
		t.Errorf("what was finished before a run is stopped is not reported: %v", err)
	}
	status, whole, says := examined(append(args, "violation,parabola")...)
	if status != 0 || strings.Contains(says, "violation") || !strings.Contains(says, "parabola") {
		t.Errorf("taken up again it ends with status %d and says %s", status, says)
	}
	files, _ := filepath.Glob(filepath.Join(folder, "*", "quick-0", "violation.json"))
	if len(files) != 1 {
		t.Fatalf("the results are %v", files)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, spoiled := range map[string][]byte{
		"cut off": text[:len(text)/2], "of another size": bytes.Replace(text, []byte(`"cases": 2`), []byte(`"cases": 3`), 1),
		"of another candidate": bytes.Replace(text, []byte(`"candidate": "copy last"`), []byte(`"candidate": "copy"`), 1),
		"of an older edition":  bytes.Replace(text, []byte(`"edition": `), []byte(`"edition": 1`), 1),
		"of another seed":      bytes.Replace(text, []byte(`"seed": 0`), []byte(`"seed": 1`), 1),
	} {
		if bytes.Equal(spoiled, text) {
			t.Fatalf("nothing is %s", name)
		}
		if err := os.WriteFile(files[0], spoiled, 0o644); err != nil {
			t.Fatal(err)
		}
		if status, again, says := examined(append(args, "violation,parabola")...); status != 0 || again != whole || !strings.Contains(says, "violation") {
			t.Errorf("a result that is %s is not sat again, with status %d: %s", name, status, says)
		}
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
		{[]string{"--stimuli", t.TempDir(), "--only", "uniform"}, "violation"},
		{[]string{"dream:small@RigidUniform-v0", "--only", "loop", "--out", t.TempDir()}, "VoxelLookAway-v0, VoxelLoop-v0"},
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
	e, _ := evals.FindExam("violation")
	if want := 6 * e.Sizes[evals.Quick].Cases; err != nil || len(files) != want {
		t.Errorf("%d quadruplets are written, want %d, of six laws", len(files), want)
	}
}

// Answers are graded for the questions that they were made to, and no others.
func TestExamGradesAnswersToItsQuestions(t *testing.T) {
	questions, answers := t.TempDir(), t.TempDir()
	if status, _, errs := examined("--questions", questions, "--only", "parabola", "--seed", "4"); status != 0 {
		t.Fatal(errs)
	}
	sit := []string{"videos:" + answers, "--only", "parabola", "--out", t.TempDir()}
	if status, _, errs := examined(append(sit, "--seed", "4")...); status == 0 || !strings.Contains(errs, "exam.json") {
		t.Errorf("answers to unknown questions are graded, with status %d: %s", status, errs)
	}
	sheet, err := os.ReadFile(filepath.Join(questions, "exam.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(answers, "exam.json"), sheet, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, other := range [][]string{{"--seed", "5"}, {"--seed", "4", "--suite", "full"}} {
		if status, _, errs := examined(append(sit, other...)...); status == 0 || !strings.Contains(errs, "suite quick and seed 4") {
			t.Errorf("with %v answers to other questions are graded, with status %d: %s", other, status, errs)
		}
	}
	if status, _, errs := examined(append(sit, "--seed", "4")...); status != 0 || !strings.Contains(errs, "no videos for this exam") {
		t.Errorf("answers to these questions are refused, with status %d: %s", status, errs)
	}
}

// Names that read alike, other weights, and videos that were made anew have folders of their own.
func TestExamFoldersAreApart(t *testing.T) {
	folders := map[string]bool{}
	for _, of := range [][2]string{{"videos:vt-b", ""}, {"videos:vt/b", ""}, {"videos:vt_b", ""}, {"dream:a", "weights"}, {"dream:a", "others"}} {
		folders[folderOf(of[0], []byte(of[1]))] = true
	}
	if len(folders) != 5 {
		t.Errorf("five candidates have the folders %v", folders)
	}
	root := t.TempDir()
	frame := filepath.Join(root, "00000.png")
	var lists []string
	for _, text := range []string{"a frame", "another frame"} {
		if err := os.WriteFile(frame, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		list, err := listing(root)
		if err != nil {
			t.Fatal(err)
		}
		lists = append(lists, string(list))
	}
	if lists[0] == lists[1] {
		t.Error("videos that were made anew are taken for those before")
	}
}
