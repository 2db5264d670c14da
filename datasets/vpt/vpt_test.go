package vpt

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"somnium/datasets"
	"somnium/datasets/video"
)

// The bins are those of the voxel environments: 0.62, 1.61, 3.22, 5.81 and 10 degrees.
func TestTheCameraFallsIntoVPTsBins(t *testing.T) {
	for degrees, want := range map[float64]int{
		0: 5, 0.15: 5, 0.62: 6, -0.62: 4, 1.61: 7, -1.61: 3, 3.22: 8, 5.81: 9, -5.81: 1, 10: 10, 90: 10, -10: 0, -400: 0,
	} {
		if got := Bin(degrees); got != want {
			t.Errorf("%g degrees fall into bin %d, want %d", degrees, got, want)
		}
	}
}

// told is a line of a recording.
func told(keys, buttons, fresh string, dx, dy float64, slot int, menu bool) string {
	return fmt.Sprintf(`{"mouse": {"x": 640, "y": 360, "dx": %g, "dy": %g, "dwheel": 0, "buttons": [%s], "newButtons": [%s]}, `+
		`"keyboard": {"keys": [%s], "newKeys": [], "chars": ""}, "isGuiOpen": %v, "hotbar": %d, "yaw": 1.5, "tick": 3, "inventory": []}`,
		dx, dy, buttons, fresh, keys, menu, slot)
}

func TestLinesBecomeActions(t *testing.T) {
	const w, s, space, shift, control = `"key.keyboard.w"`, `"key.keyboard.s"`, `"key.keyboard.space"`, `"key.keyboard.left.shift"`, `"key.keyboard.left.control"`
	h := &hands{further: 2}
	for i, step := range []struct {
		line string
		want []int
	}{
		{told(w, "0", "0", 0, 0, 3, false), []int{1, 0, 0, 0, 0, 0, 0, 5, 5, 0, 0, 0}}, // the attack sticks from the start
		{told(w+","+s, "0", "", 20, -10, 3, false), []int{0, 0, 0, 0, 0, 0, 0, 3, 8, 0, 0, 0}},
		{told(space, "0,1", "0", 0, 0, 3, false), []int{0, 0, 1, 0, 0, 1, 1, 5, 5, 0, 0, 0}}, // pressed anew
		{told(shift+`,"key.keyboard.d"`, "", "", 0, 0, 8, false), []int{0, 2, 0, 1, 0, 0, 0, 5, 5, 9, 0, 0}},
		{told(control+`,"key.keyboard.9"`, "", "", 0, 0, 8, false), []int{0, 0, 0, 0, 1, 0, 0, 5, 5, 0, 0, 0}}, // the key alone does nothing
		{told("", "0,1", "", 50, 50, 8, true), []int{0, 0, 0, 0, 0, 0, 0, 5, 5, 0, 0, 0}},                      // in a menu
	} {
		got, err := h.act([]byte(step.line))
		if err != nil || !reflect.DeepEqual(got.Int, step.want) {
			t.Errorf("line %d: %v, %v, want %v", i, got.Int, err, step.want)
		}
	}
}

// segment writes a recording of so many lines and returns its folder.
func segment(t *testing.T, lines ...string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{"a.mp4": "", "a.jsonl": strings.Join(lines, "\n") + "\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// threeFrames stands for ffmpeg.
func threeFrames(_ context.Context, _ string, height, width int) (*video.Clip, error) {
	return &video.Clip{Height: height, Width: width, FPS: FPS, Frames: make([]byte, 3*height*width*3)}, nil
}

func TestASegmentBecomesAnEpisode(t *testing.T) {
	still := told("", "", "", 0, 0, 0, false)
	dir := filepath.Join(t.TempDir(), "out")
	folder := segment(t, told(`"key.keyboard.a"`, "", "", 0, 0, 0, false), still, still)
	if err := Import(context.Background(), folder, dir, Options{Further: []int{4}, read: threeFrames}); err != nil {
		t.Fatal(err)
	}
	d, err := datasets.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	e, err := d.Episode(0)
	if err != nil {
		t.Fatal(err)
	}
	if e.Len() != 2 || e.Height != 72 || e.Width != 128 || e.Actions[0].Int[strafe] != 1 || !e.Truncated[1] || e.FPS != 20 {
		t.Errorf("%+v", e.Meta())
	}
	if err := e.Spec.Action.Contains(e.Actions[1]); err != nil {
		t.Error(err)
	}
}

func TestBadSegmentsAreSaidAndLeaveNothing(t *testing.T) {
	still := told("", "", "", 0, 0, 0, false)
	for want, folder := range map[string]string{
		"has 3 frames and a.jsonl 2 lines": segment(t, still, still),
		"line 2 of":                        segment(t, still, `{"mouse": `, still),
		"no mouse or no keyboard":          segment(t, `{"keyboard": {"keys": []}}`),
		"hotbar slot 9":                    segment(t, told("", "", "", 0, 0, 9, false)),
		"no .mp4":                          t.TempDir(),
	} {
		parent := t.TempDir()
		err := Import(context.Background(), folder, filepath.Join(parent, "out"), Options{read: threeFrames})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
		if left, _ := os.ReadDir(parent); len(left) != 0 {
			t.Errorf("%s: %v is left", want, left)
		}
	}
	alone := segment(t, still)
	os.Remove(filepath.Join(alone, "a.jsonl"))
	if err := Import(context.Background(), alone, filepath.Join(t.TempDir(), "out"), Options{read: threeFrames}); err == nil || !strings.Contains(err.Error(), "same name") {
		t.Errorf("a video alone: %v", err)
	}
}
