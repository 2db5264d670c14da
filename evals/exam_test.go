package evals

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"somnium/env"
	_ "somnium/sim/all"
)

// sitting lets a baseline sit an exam at a small size.
func sitting(t *testing.T, exam, candidate string, size Size) ExamResult {
	t.Helper()
	e, ok := FindExam(exam)
	if !ok {
		t.Fatalf("there is no exam %s", exam)
	}
	o := ExamOptions{Size: &size}.filled()
	c := NewBaseline(candidate, o.Open)
	defer c.Close()
	r, err := e.Sit(context.Background(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Skipped != "" {
		t.Fatalf("%s skips %s: %s", candidate, exam, r.Skipped)
	}
	return r
}

// show logs an exam's scores.
func show(t *testing.T, r ExamResult) {
	t.Helper()
	for _, s := range r.Scores {
		verdict := ""
		if s.Pass != nil {
			verdict = map[bool]string{true: "pass", false: "FAIL"}[*s.Pass]
		}
		t.Logf("%-10s %-36s %9.4f floor %9.4f %s", s.Split, s.Name, s.Value, s.Floor, verdict)
		for _, b := range s.Beside {
			t.Logf("%50s %9.4f", b.Name, b.Value)
		}
	}
}

// The floor of PhyWorld's parser on true frames of uniform motion, as its settings give it.
func TestParserFloorOfPhyWorld(t *testing.T) {
	e, _ := FindExam("uniform")
	r := &room{ctx: context.Background(), exam: e, open: env.Make, truths: map[string]env.Env{}}
	defer r.close()
	trials, err := r.phyTrials(phyScene("RigidUniform-v0", 256), 0, 40, 0, func(Trial) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	var rows []Row
	for _, trial := range trials {
		rows = append(rows, redBall.compare(trial, redBall.follow(trial, trial.Truth), false, always).row())
	}
	corrected, uncorrected, perFrame := mean(colOverTime)(rows), mean(colOverTimeBiased)(rows), mean(colPerFrame)(rows)
	t.Logf("256 pixels: time-mean %.5f uncorrected, %.5f corrected; per frame %.4f", uncorrected, corrected, perFrame)
	if uncorrected < 0.0089 || uncorrected > 0.0109 {
		t.Errorf("the uncorrected floor is %.5f, want .0099 within .001", uncorrected)
	}
	if corrected > 0.002 {
		t.Errorf("the corrected floor is %.5f, want at most .002", corrected)
	}
	if perFrame > 0.018 {
		t.Errorf("the floor of the mean over frames is %.4f, want about .016", perFrame)
	}
}

func TestTmp(t *testing.T) {
	for _, e := range strings.Split(os.Getenv("EXAMS"), ",") {
		exam, ok := FindExam(e)
		if !ok {
			continue
		}
		size := exam.Sizes[Quick]
		size.Cases = min(size.Cases, 6)
		start := time.Now()
		show(t, sitting(t, e, os.Getenv("WHO"), size))
		t.Logf("%s: %v", e, time.Since(start))
	}
}
