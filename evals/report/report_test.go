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
	for _, want := range []string{"<svg", "data:image/png;base64,", "constant velocity", "skipped", "velocity_error", "true frames", "env.Surpriser", "<th>true simulator</th>", "rgb(213,94,0)"} {
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

// What is a candidate's own stands once for each of them, with the number of networks that it is the mean of.
func TestWhatStandsBesideEachCandidate(t *testing.T) {
	low := evals.Number(0.25)
	result := func(trip evals.Number) evals.ExamResult {
		return evals.ExamResult{Exam: "uniform", Scores: []evals.Score{{Name: "velocity_error", Beside: []evals.Standing{
			{Name: evals.RoundTrip, Value: trip}, {Name: evals.CopyLast, Value: 3},
			{Name: evals.Untrained, Value: 0.5, Low: &low, High: &low, Each: []evals.Number{0.25, 0.75}},
		}}}}
	}
	var page strings.Builder
	if err := Write(&page, []Candidate{{"a", []evals.ExamResult{result(0.125)}}, {"b", []evals.ExamResult{result(0.625)}}}); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for _, want := range []string{"round trip of a", "round trip of b", "untrained of a", "untrained of b", "copy last", ">0.12<", ">0.62<", "0.25..0.25 of 2"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if strings.Count(text, "<th>copy last</th>") != 1 {
		t.Error("a baseline of both stands twice")
	}
}

// Remarks and bars are each candidate's own where they differ, and stand once where they do not. What differs may be in the second alone.
func TestWhatIsSaidOfEachCandidate(t *testing.T) {
	result := func(bar evals.Number, few bool, remarks ...string) evals.ExamResult {
		same := evals.Number(0.75)
		return evals.ExamResult{Exam: "violation", Remarks: remarks, Scores: []evals.Score{
			{Name: "relative_accuracy", Less: false, Bar: &bar, Few: few, Cases: 16}, {Name: "pair_accuracy", Bar: &same},
		}}
	}
	var page strings.Builder
	if err := Write(&page, []Candidate{
		{"a", []evals.ExamResult{result(0.8, false, "it is dark", "a is lost")}}, {"b", []evals.ExamResult{result(0.9, true, "it is dark", "b is found")}},
	}); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for want, times := range map[string]int{
		"a: ≥ 0.80; b: ≥ 0.90, all of 16": 1, ">≥ 0.75<": 1, ">it is dark<": 1, ">a: a is lost<": 1, ">b: b is found<": 1,
	} {
		if strings.Count(text, want) != times {
			t.Errorf("the page has %d times %q, want %d", strings.Count(text, want), want, times)
		}
	}
}

func TestTables(t *testing.T) {
	pass, bar := true, evals.Number(0.9)
	result := evals.ExamResult{Exam: "violation", Number: 6, Suite: evals.Quick, Pass: true, Scores: []evals.Score{
		{Split: "gravity", Name: "accuracy", Value: 0.95, Floor: 1, Bar: &bar, Pass: &pass, Beside: []evals.Standing{{Name: evals.CopyLast, Value: 0.5}}},
		{Name: "auroc", Value: 0.7},
	}}
	var text strings.Builder
	if err := WriteMarkdown(&text, []Candidate{{"dream:small", []evals.ExamResult{result, {Exam: "loop", Number: 12, Skipped: "no legs"}}}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| 6 `violation` | pass, 1 of 1 bars |", "| 12 `loop` | skipped: no legs |", "| violation | gravity `accuracy` | **0.95** | ≥ 0.90 | 1.00 | 0.50 |"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the tables have no %q:\n%s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "PhyWorld") {
		t.Error("the table of PhyWorld is there though none of its tasks was sat")
	}
	uniform := evals.ExamResult{Exam: "uniform", Scores: []evals.Score{
		{Split: "in, 64px", Name: "velocity_error_uncorrected", Value: 0.25, Floor: 0.04},
		{Split: "in, 64px", Name: "velocity_error_per_frame_uncorrected", Value: 0.5, Beside: []evals.Standing{{Name: evals.ConstantVelocity, Value: 0.75}}},
	}}
	text.Reset()
	if err := WriteMarkdown(&text, []Candidate{{"dream:small", []evals.ExamResult{uniform}}}); err != nil {
		t.Fatal(err)
	}
	if want := "| uniform in, 64px | 0.25 | 0.040 |  | 0.50 | 0.00 | 0.75 |"; !strings.Contains(text.String(), want) {
		t.Errorf("the tables have no %q:\n%s", want, text.String())
	}
	if strings.Contains(text.String(), "auroc") {
		t.Error("a figure without a bar is in the table")
	}
}

func TestNumbersAsTheyAreRead(t *testing.T) {
	for x, want := range map[float64]string{0: "0.00", 0.0123: "0.012", 0.5: "0.50", 25.51: "25.5", 131.2: "131", 0.00012: "0.0001"} {
		if got := Text(evals.Number(x)); got != want {
			t.Errorf("%v reads %q, want %q", x, got, want)
		}
	}
}
