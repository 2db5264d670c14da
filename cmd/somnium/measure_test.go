package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const measureKeys = "model seed quick pass seconds gates"

func TestMeasure(t *testing.T) {
	model, out := tinyModel(t), filepath.Join(t.TempDir(), "new", "folder")
	tiny := []string{"measure", model, "--env", "RigidUniform-v0", "--clips", "2", "--context", "3", "--rollouts", "1", "--frames", "4", "--seed", "5"}
	got := figures(t, measureKeys+" picture plot", append(tiny, "--out", out)...)
	if got["pass"] != false || got["seed"] != 5.0 {
		t.Errorf("an untrained model is reported as %v", got)
	}
	var names []string
	for _, gate := range got["gates"].([]any) {
		g := gate.(map[string]any)
		names = append(names, g["gate"].(string))
		for _, figure := range g["figures"].([]any) {
			for _, key := range []string{"scene", "name", "value"} {
				if _, ok := figure.(map[string]any)[key]; !ok {
					t.Errorf("%s has a figure without %s: %v", g["gate"], key, figure)
				}
			}
		}
	}
	if strings.Join(names, " ") != "tokenizer next actions rollout" {
		t.Errorf("the gates are %v", names)
	}
	for _, key := range []string{"picture", "plot"} {
		if info, err := os.Stat(got[key].(string)); err != nil || info.Size() == 0 || filepath.Dir(got[key].(string)) != out {
			t.Errorf("the %s is %v: %v", key, got[key], err)
		}
	}
	// Several models have a curve as well, where two of them were trained.
	quick := append(tiny[2:], "--only", "next", "--out", out)
	several := figures(t, "models curve", append([]string{"measure", model, tinyAfter(t, 10), tinyAfter(t, 40)}, quick...)...)
	if len(several["models"].([]any)) != 3 {
		t.Errorf("three models are reported as %d", len(several["models"].([]any)))
	}
	if info, err := os.Stat(several["curve"].(string)); err != nil || info.Size() == 0 || filepath.Dir(several["curve"].(string)) != out {
		t.Errorf("the curve is %v: %v", several["curve"], err)
	}
	figures(t, "models", append([]string{"measure", model, tinyAfter(t, 10)}, quick...)...)
	// The table has every bar and verdict; a bar that is not cleared is an error only where that is asked for.
	tiny = append(tiny, "--only", "tokenizer")
	status, table, err := somnium(tiny...)
	if status != 0 || !strings.Contains(err, "tokenizer  100%") {
		t.Errorf("ended with %d: %s", status, err)
	}
	for _, want := range []string{">= 34", "0.8..1.25", "RigidUniform-v0", "psnr_changed_copy_last, dB", "all", "FAIL"} {
		if !strings.Contains(table, want) {
			t.Errorf("the table lacks %q:\n%s", want, table)
		}
	}
	if status, again, err := somnium(append(tiny, "--require")...); status != 1 || !strings.Contains(err, "does not clear every bar") || again == "" {
		t.Errorf("with --require it ended with %d: %s", status, err)
	}
}

func TestMeasureMistakes(t *testing.T) {
	model := tinyModel(t)
	for _, c := range []struct {
		status int
		want   string
		args   []string
	}{
		{1, "neither embedded weights", []string{filepath.Join(t.TempDir(), "absent")}},
		{1, "no environment", []string{model, "--env", "RigidCach-v0"}},
		{2, "--only takes tokenizer", []string{model, "--only", "token"}},
		{2, "--only is empty", []string{model, "--only", ""}},
		{2, "--clips is 1", []string{model, "--clips", "1"}},
		{2, "--frames is 0", []string{model, "--frames", "0"}},
		{2, "0 arguments", nil},
	} {
		status, out, err := somnium(append([]string{"measure"}, c.args...)...)
		if status != c.status || !strings.Contains(err, c.want) || out != "" {
			t.Errorf("%q ended with %d, figures %q and\n%swant %d with %q", c.args, status, out, err, c.status, c.want)
		}
	}
}
