package report

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"somnium/env"
	"somnium/evals"
	_ "somnium/sim/all"
)

// Two baselines side by side: the page holds both, plots, strips and all that was skipped, and needs nothing from outside.
func TestThePageStandsByItself(t *testing.T) {
	uniform, _ := evals.FindExam("uniform")
	violation, _ := evals.FindExam("violation")
	size := evals.Size{Cases: 2, Pixels: []int{64}}
	var candidates []Candidate
	for _, name := range []string{evals.CopyLast, evals.ConstantVelocity} {
		c := evals.NewBaseline(name, env.Make)
		one := Candidate{Name: name}
		for _, e := range []*evals.Exam{uniform, violation} {
			r, err := e.Sit(context.Background(), c, evals.ExamOptions{Size: &size})
			if err != nil {
				t.Fatal(err)
			}
			one.Results = append(one.Results, r)
		}
		c.Close()
		candidates = append(candidates, one)
	}
	var page, again bytes.Buffer
	if err := Write(&page, candidates); err != nil {
		t.Fatal(err)
	}
	if err := Write(&again, candidates); err != nil || !bytes.Equal(page.Bytes(), again.Bytes()) {
		t.Errorf("the same results make two pages: %v", err)
	}
	text := page.String()
	for _, want := range []string{"<svg", "data:image/png;base64,", "constant velocity", "skipped", "velocity_error", "true frames", "env.Surpriser"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	for _, outside := range []string{"src=\"http", "href=\"http", "<script", "@import"} {
		if strings.Contains(text, outside) {
			t.Errorf("the page fetches something: %q", outside)
		}
	}
}

func TestNumbersAsTheyAreRead(t *testing.T) {
	for x, want := range map[float64]string{0: "0.00", 0.0123: "0.012", 0.5: "0.50", 25.51: "25.5", 131.2: "131", 0.00012: "0.0001"} {
		if got := Text(evals.Number(x)); got != want {
			t.Errorf("%v reads %q, want %q", x, got, want)
		}
	}
}
