package train

import (
	"bytes"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// losses adds updates from step from up to step to, whose loss is 1/(step+1).
func (h *history) fill(stage string, from, to int) {
	for step := from; step < to; step++ {
		h.add(Loss{Stage: stage, Step: step, Total: 1 / float64(step+1), Heads: 0.5, GradNorm: 2})
	}
}

func TestHistoryGroupsUpdates(t *testing.T) {
	var h history
	h.fill("tokenizer", 0, 50)
	h.fill("dynamics", 0, 21)
	if len(h.points) != 5 {
		t.Fatalf("%d points, want 3 of the tokenizer and 2 of the dynamics: %+v", len(h.points), h.points)
	}
	mean := 0.0
	for step := 20; step < 40; step++ {
		mean += 1 / float64(step+1)
	}
	if p := h.points[1]; p.step != 20 || p.count != 20 || math.Abs(p.total-mean) > 1e-12 || p.heads != 10 || p.normed != 40 {
		t.Errorf("the second point is %+v, its losses sum to %g", p, mean)
	}
	if p := h.points[2]; p.step != 40 || p.count != 10 {
		t.Errorf("the last point of the tokenizer is %+v", p)
	}
}

// After a resume from an older checkpoint the updates from there on take the place of those that were: no point is counted
// twice, and none is out of order.
func TestHistoryAfterAResume(t *testing.T) {
	for _, from := range []int{0, 20, 45, 50, 60} {
		var h, want history
		h.fill("tokenizer", 0, 60)
		h.fill("tokenizer", from, 70)
		want.fill("tokenizer", 0, 70)
		if len(h.points) != len(want.points) {
			t.Fatalf("resumed at %d: %d points, want %d", from, len(h.points), len(want.points))
		}
		for i, p := range h.points {
			if p.step != want.points[i].step || p.count > want.points[i].count {
				t.Errorf("resumed at %d: point %d is %+v, want %+v", from, i, p, want.points[i])
			}
		}
	}
	var h history
	h.fill("tokenizer", 0, 40)
	h.fill("dynamics", 0, 40)
	h.fill("tokenizer", 20, 21)
	if len(h.points) != 2 || h.points[1].stage != "tokenizer" {
		t.Errorf("a stage that is gone on with leaves %+v", h.points)
	}
}

func TestHistoryTableAndPicture(t *testing.T) {
	dir := t.TempDir()
	table, picture := filepath.Join(dir, "losses.csv"), filepath.Join(dir, "losses.png")
	var h, read history
	if err := read.load(table); err != nil || len(read.points) != 0 {
		t.Errorf("where there is no table: %v, %v", read.points, err)
	}
	h.fill("tokenizer", 0, 50)
	h.fill("dynamics", 0, 30)
	if err := h.save(table, picture); err != nil {
		t.Fatal(err)
	}
	if err := read.load(table); err != nil {
		t.Fatal(err)
	}
	for i, p := range h.points {
		got := read.points[i]
		if got.stage != p.stage || got.step != p.step || got.count != p.count || math.Abs(got.total-p.total) > 1e-5*p.total {
			t.Errorf("point %d came back as %+v, want %+v", i, got, p)
		}
	}
	file, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(file))
	if err != nil || img.Bounds().Dx() < 400 {
		t.Errorf("the picture: %v", err)
	}
}

// A picture is drawn of every history, also of none, of a single point, of losses that are all the same and of such that a
// logarithm does not take.
func TestHistoryPictureOfLittle(t *testing.T) {
	one := func(loss float64) *history {
		var h history
		h.add(Loss{Stage: "dynamics", Total: loss})
		return &h
	}
	var same history
	for step := range 60 {
		same.add(Loss{Stage: "tokenizer", Step: step, Total: 0.25})
	}
	for name, h := range map[string]*history{
		"none": {}, "one": one(0.3), "one of 1": one(1), "tiny": one(1e-12), "zero": one(0), "negative": one(-1),
		"NaN": one(math.NaN()), "infinite": one(math.Inf(1)), "all the same": &same,
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := h.draw(&b); err != nil {
				t.Fatal(err)
			}
			if _, err := png.Decode(&b); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDamagedHistoryIsAnError(t *testing.T) {
	head := strings.Join(columns, ",") + "\n"
	for name, text := range map[string]string{
		"columns": head + "tokenizer,0\n",
		"step":    head + "tokenizer,x,20,1,1,1\n",
		"updates": head + "tokenizer,0,,1,1,1\n",
		"loss":    head + "tokenizer,0,20,one,1,1\n",
		"quote":   head + "\"tokenizer,0,20,1,1,1\n",
	} {
		path := filepath.Join(t.TempDir(), "losses.csv")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		var h history
		if err := h.load(path); err == nil || !strings.Contains(err.Error(), path) || !strings.HasPrefix(err.Error(), "train: ") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
