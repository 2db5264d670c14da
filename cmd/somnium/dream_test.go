package main

import (
	"image/color"
	"image/gif"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"somnium/datasets"
	"somnium/internal/picture"
	"somnium/world"
)

const (
	dreamKeys    = "env model seed context denoising_steps frames episodes frames_per_second out"
	psnrKeys     = " psnr psnr_copy_last psnr_changed psnr_changed_copy_last"
	comparedKeys = dreamKeys + psnrKeys + " agent"
)

// tinyModel writes a small untrained model and returns its path.
func tinyModel(t *testing.T) string { return tinyAfter(t, 0) }

// tinyAfter returns one that says that it has seen so many clips.
func tinyAfter(t *testing.T, clips int) string {
	t.Helper()
	m, err := world.New("tiny", 1)
	if err != nil {
		t.Fatal(err)
	}
	m.Info.DynamicsClips = clips
	path := filepath.Join(t.TempDir(), "tiny.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// animation reads a GIF.
func animation(t *testing.T, path string) *gif.GIF {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	clip, err := gif.DecodeAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return clip
}

// horizonsOf returns the keys of an object of figures, sorted.
func horizonsOf(object map[string]any, key string) []string {
	return slices.Sorted(maps.Keys(object[key].(map[string]any)))
}

func TestDreamBesideTheTruth(t *testing.T) {
	out := filepath.Join(t.TempDir(), "new", "dream.gif")
	got := figures(t, comparedKeys, "dream", "RigidCatch-v0?height=32&width=48", "--model", tinyModel(t),
		"--frames", "6", "--context", "3", "--episodes", "2", "--steps", "1", "--out", out)
	for _, key := range strings.Fields(psnrKeys) {
		if have := horizonsOf(got, key); !slices.Equal(have, []string{"1", "4"}) {
			t.Errorf("%s has the horizons %v, want those within 6 frames", key, have)
		}
	}
	if at := got["psnr_copy_last"].(map[string]any); !(at["1"].(float64) > at["4"].(float64)) {
		t.Errorf("copy-last does not fall: %v", at)
	}
	want := map[string]any{"agent": "scripted", "frames": 6.0, "episodes": 2.0, "context": 3.0, "denoising_steps": 1.0, "out": out}
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s is %v, want %v", key, got[key], value)
		}
	}
	if got["frames_per_second"].(float64) <= 0 {
		t.Errorf("%v frames a second", got["frames_per_second"])
	}
	// 48 pixels are enlarged five times: 256 / 48.
	clip := animation(t, out)
	width, height := reelGap+3*(5*48+reelGap), reelGap+26+reelGap/2+5*32+reelGap+reelBar+letterHeight+reelGap
	if len(clip.Image) != 9 || clip.Config.Width != width || clip.Config.Height != height {
		t.Errorf("%d frames of %dx%d, want 9 of %dx%d", len(clip.Image), clip.Config.Height, clip.Config.Width, height, width)
	}
	if slices.Max(clip.Delay[:8]) != 10 || clip.Delay[8] != 100 {
		t.Errorf("the delays are %v, want 10 hundredths and a last one of 100", clip.Delay)
	}
}

func TestDreamsAreAFunctionOfTheirSeed(t *testing.T) {
	model, dir := tinyModel(t), t.TempDir()
	dream := func(name, seed string) []byte {
		out := filepath.Join(dir, name)
		if status, _, err := somnium("dream", "RigidPush-v0?height=32&width=32", "--model", model, "--agent", "sticky",
			"--frames", "5", "--episodes", "1", "--seed", seed, "--out", out); status != 0 {
			t.Fatal(err)
		}
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	first := dream("a.gif", "7")
	procs := runtime.GOMAXPROCS(1)
	second := dream("b.gif", "7")
	runtime.GOMAXPROCS(procs)
	if !slices.Equal(first, second) {
		t.Error("one seed gave two pictures")
	}
	if slices.Equal(first, dream("c.gif", "8")) {
		t.Error("two seeds gave one picture")
	}
}

func TestDreamSheetAndFolder(t *testing.T) {
	model, dir := tinyModel(t), t.TempDir()
	for _, name := range []string{"sheet.png", "frames"} {
		if status, _, err := somnium("dream", "RigidUniform-v0?height=32&width=32", "--model", model, "--frames", "4",
			"--context", "2", "--episodes", "1", "--out", filepath.Join(dir, name)); status != 0 {
			t.Fatal(err)
		}
	}
	// Given, 1 and 4 in three rows; 32 pixels are enlarged four times.
	frame := readPicture(t, filepath.Join(dir, "sheet.png"))
	if width := 8 + 3*(4*32+8); frame.Width != width || frame.Height < 3*4*32 {
		t.Errorf("the sheet is %dx%d, want it %d wide", frame.Height, frame.Width, width)
	}
	if files, err := filepath.Glob(filepath.Join(dir, "frames", "*.png")); err != nil || len(files) != 6 {
		t.Errorf("the folder holds %v", files)
	}
}

func TestDreamOnFromARecording(t *testing.T) {
	data, model := filepath.Join(t.TempDir(), "set"), tinyModel(t)
	if status, _, err := somnium("collect", "RigidCatch-v0?height=32&width=48", "--episodes", "2", "--max-steps", "12", "--out", data); status != 0 {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "clip.gif")
	got := figures(t, dreamKeys+psnrKeys+" clip", "dream", "--clip", data+"#1", "--model", model, "--context", "5", "--out", out)
	// 13 frames: 5 of context, 8 to compare with.
	if got["env"] != "RigidCatch-v0?height=32&width=48" || got["frames"] != 8.0 || got["episodes"] != 1.0 {
		t.Errorf("reported %v", got)
	}
	if clip := animation(t, out); len(clip.Image) != 13 {
		t.Errorf("the picture has %d frames, want 13", len(clip.Image))
	}
	set, err := datasets.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	episode, err := set.Episode(1)
	if err != nil {
		t.Fatal(err)
	}
	squares, last, later := 0.0, episode.Frame(4), episode.Frame(8)
	for i := range last {
		squares += math.Pow(float64(last[i])-float64(later[i]), 2)
	}
	want := 10 * math.Log10(255*255*float64(len(last))/squares)
	if psnr := got["psnr_copy_last"].(map[string]any)["4"].(float64); math.Abs(psnr-want) > 1e-9 {
		t.Errorf("copy-last is %v dB from frame 4 of the recording, want %v", psnr, want)
	}
	for _, c := range []struct {
		status int
		want   string
		args   []string
	}{
		{1, "has no episode 2; it holds 2", []string{"--clip", data + "#2"}},
		{2, `"one" is no number`, []string{"--clip", data + "#one"}},
		{1, "no data set", []string{"--clip", data + "x"}},
		{1, "has 13 frames, too few for 13 of context", []string{"--clip", data, "--context", "13"}},
		{1, "is of RigidCatch-v0?height=32&width=48 and not of RigidPush-v0", []string{"RigidPush-v0", "--clip", data}},
		{1, "shows 32x48 pixels and RigidCatch-v0 64x64", []string{"RigidCatch-v0", "--clip", data}},
		{2, "leave --agent away", []string{"--clip", data, "--agent", "noop"}},
		{2, "leave --episodes away", []string{"--clip", data, "--episodes", "2"}},
	} {
		expectMistake(t, c.status, c.want, append([]string{"dream", "--model", model, "--out", out}, c.args...)...)
	}
}

// readPicture reads a PNG.
func readPicture(t *testing.T, path string) picture.Frame {
	t.Helper()
	f, err := loadPicture(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// expectMistake runs a command line that ends in one line of what went wrong.
func expectMistake(t *testing.T, status int, want string, args ...string) {
	t.Helper()
	got, out, err := somnium(args...)
	if got != status || !strings.HasPrefix(err, "somnium: ") || !strings.Contains(err, want) || strings.Count(err, "\n") != 1 || out != "" {
		t.Errorf("%q ended with %d, figures %q and\n%swant %d and one line with %q", args, got, out, err, status, want)
	}
}

func TestDreamOnFromAPicture(t *testing.T) {
	dir, model := t.TempDir(), tinyModel(t)
	drawn := picture.New(96, 160, picture.Color{200, 30, 30}) // three times 32x48, and 16 columns too wide
	drawn.Draw(picture.New(96, 80, picture.Color{30, 30, 200}), 0, 80)
	path := filepath.Join(dir, "drawn.png")
	if err := picture.WritePNG(path, drawn); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "dream.gif")
	args := []string{"dream", "RigidCatch-v0?height=32&width=48", "--model", model, "--image", path, "--frames", "3", "--out", out}
	got := figures(t, dreamKeys+" agent image", args...)
	if got["context"] != 1.0 || got["frames"] != 3.0 || got["agent"] != "sticky" || got["image"] != path {
		t.Errorf("reported %v", got)
	}
	clip := animation(t, out)
	if len(clip.Image) != 4 || clip.Config.Width != reelGap+5*48+reelGap {
		t.Fatalf("%d frames of width %d", len(clip.Image), clip.Config.Width)
	}
	for x, want := range map[int]picture.Color{reelGap + 10: {200, 30, 30}, reelGap + 230: {30, 30, 200}} {
		c := color.RGBAModel.Convert(clip.Image[0].At(x, 120)).(color.RGBA)
		for k, v := range []uint8{c.R, c.G, c.B} {
			if math.Abs(float64(v)-float64(want[k])) > 12 {
				t.Errorf("column %d of the first frame is %v, want %v", x, c, want)
			}
		}
	}
	if _, text, _ := somnium(args...); strings.Contains(text, "PSNR") || !strings.Contains(text, "from the picture "+path) {
		t.Errorf("without a truth it says\n%s", text)
	}
	text := filepath.Join(dir, "text.png")
	if err := os.WriteFile(text, []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	with := func(more ...string) []string {
		return append([]string{"dream", "RigidCatch-v0", "--model", model, "--out", out}, more...)
	}
	expectMistake(t, 1, "give --image a PNG, JPEG or GIF", with("--image", filepath.Join(dir, "absent.png"))...)
	expectMistake(t, 1, "text.png", with("--image", text)...)
	expectMistake(t, 1, "scripted", with("--image", path, "--agent", "scripted")...)
	expectMistake(t, 2, "leave --context away", with("--image", path, "--context", "3")...)
	expectMistake(t, 2, "one of them", with("--image", path, "--clip", "data")...)
}

func TestBoxFilter(t *testing.T) {
	gray := func(height, width int, values ...uint8) picture.Frame {
		f := picture.New(height, width, picture.Color{})
		for i, v := range values {
			f.Set(i/width, i%width, picture.Color{v, v, v})
		}
		return f
	}
	for _, c := range []struct {
		name string
		from picture.Frame
		want picture.Frame
	}{
		{"halved", gray(2, 4, 0, 40, 100, 200, 40, 80, 100, 200), gray(1, 2, 40, 150)},
		{"three to two", gray(3, 3, 0, 90, 180, 0, 90, 180, 0, 90, 180), gray(2, 2, 30, 150, 30, 150)},
		{"enlarged", gray(1, 2, 7, 9), gray(2, 4, 7, 7, 9, 9, 7, 7, 9, 9)},
		{"cut at the sides", gray(1, 4, 250, 10, 20, 250), gray(1, 2, 10, 20)},
		{"cut above and below", gray(3, 1, 250, 10, 250), gray(1, 1, 10)},
	} {
		if c.name == "cut at the sides" {
			c.from = gray(1, 4, 250, 10, 20, 250).Enlarge(2) // 2x8, of which the middle 2x4 is 10 and 20
		}
		if got := boxFilter(c.from, c.want.Height, c.want.Width); !slices.Equal(got.Pixels, c.want.Pixels) {
			t.Errorf("%s: %v, want %v", c.name, got.Pixels, c.want.Pixels)
		}
	}
}

func TestPlay(t *testing.T) {
	model, out := tinyModel(t), filepath.Join(t.TempDir(), "play.gif")
	args := []string{"play", "--headless", "--env", "RigidCatch-v0?height=16&width=16", "--model", model, "--frames", "2", "--episodes", "1", "--out", out}
	if got := figures(t, comparedKeys, args...); got["frames"] != 2.0 || got["env"] != "RigidCatch-v0?height=16&width=16" {
		t.Errorf("reported %v", got)
	}
	_, text, _ := somnium(args...)
	for _, want := range []string{"copy-last", "picture " + out, "bin/somnium dream", "frames dreamed in a second"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	if clip := animation(t, out); len(clip.Image) != 10 {
		t.Errorf("the picture has %d frames, want 10", len(clip.Image))
	}
}

// The first thing to run works with nothing but the program: the embedded weights dream, and beat a held frame from the first
// one on.
func TestPlayWithTheEmbeddedWeights(t *testing.T) {
	out := filepath.Join(t.TempDir(), "play.gif")
	got := figures(t, comparedKeys, "play", "--headless", "--frames", "4", "--episodes", "2", "--out", out)
	for _, horizon := range []string{"1", "4"} {
		dream, held := got["psnr"].(map[string]any)[horizon].(float64), got["psnr_copy_last"].(map[string]any)[horizon].(float64)
		if !(dream > held) {
			t.Errorf("at frame %s the dream reaches %.1f dB and the held frame %.1f", horizon, dream, held)
		}
	}
	if clip := animation(t, out); got["model"] != defaultModel || len(clip.Image) != 8+4 {
		t.Errorf("the model %v makes %d frames", got["model"], len(clip.Image))
	}
}

func TestDreamRemarks(t *testing.T) {
	status, text, err := somnium("dream", "RigidUniform-v0?height=16&width=16", "--model", tinyModel(t), "--context", "28", "--episodes", "1",
		"--out", filepath.Join(t.TempDir(), "x.png"))
	if status != 0 || !strings.Contains(text, "longer than 4 frames") || !strings.Contains(text, "max_episode_steps=156") || strings.Contains(text, "  16  ") {
		t.Errorf("ended with %d: %s\n%s", status, err, text)
	}
}

func TestDreamMistakes(t *testing.T) {
	model, dir := tinyModel(t), t.TempDir()
	for _, c := range []struct {
		status int
		want   string
		args   []string
	}{
		{1, `no environment "RigidCach"; did you mean RigidCatch-v0`, []string{"dream", "RigidCach", "--model", model}},
		{1, "absent.safetensors", []string{"dream", "RigidCatch-v0", "--model", filepath.Join(dir, "absent.safetensors")}},
		{1, `no agent "genius"`, []string{"play", "--headless", "--model", model, "--agent", "genius"}},
		{1, "give a shorter one", []string{"dream", "RigidUniform-v0?height=16&width=16", "--model", model, "--context", "32"}},
		{2, "no environment is named", []string{"dream", "--model", model}},
		{2, "give the model with --model", []string{"dream", "dream:small@RigidCatch-v0", "--model", model}},
		{2, "--frames is 0", []string{"dream", "RigidCatch-v0", "--model", model, "--frames", "0"}},
		{2, ".gif, a .png or a folder", []string{"dream", "RigidCatch-v0", "--model", model, "--out", filepath.Join(dir, "x.mp4")}},
		{2, "--out is empty", []string{"play", "--headless", "--model", model, "--out", ""}},
		{1, "GiB with their picture", []string{"dream", "RigidCatch-v0", "--model", model, "--text", "a ball", "--frames", "9223372036854775807"}},
		{1, "100 episodes would take", []string{"dream", "RigidCatch-v0?max_episode_steps=0", "--model", model, "--frames", "1000000", "--episodes", "100"}},
		{1, "100 denoising steps", []string{"dream", "RigidCatch-v0", "--model", model, "--steps", "100"}},
	} {
		args := c.args
		if !slices.Contains(args, "--out") {
			args = append(args, "--out", filepath.Join(dir, "x.gif"))
		}
		expectMistake(t, c.status, c.want, args...)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("the mistakes left %v behind", left)
	}
}
