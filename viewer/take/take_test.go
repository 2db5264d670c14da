package take_test

import (
	"bytes"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"somnium/internal/picture"
	"somnium/viewer/stage"
	"somnium/viewer/stage/stagetest"
	"somnium/viewer/take"
	"somnium/viewer/wire"
)

// visit plays a scene for some steps, and returns frames 4 to 10.
func visit(t *testing.T, scene string) stage.Take {
	t.Helper()
	s := stage.New(stagetest.House())
	t.Cleanup(func() { s.Close() })
	seed := uint64(7)
	if err := s.Open(wire.Place{Scene: scene, Seed: &seed}); err != nil {
		t.Fatal(err)
	}
	for range 12 {
		if err := s.Advance(); err != nil {
			t.Fatal(err)
		}
	}
	return s.Take(4, 10)
}

// holds says whether a picture of the world lies somewhere in a larger one, so many times as large.
func holds(large picture.Frame, small []byte, height, width, scale int) bool {
	at := func(y, x int) picture.Color { return picture.Of(small, height, width).At(y, x) }
	for top := range large.Height - scale*height + 1 {
		for left := range large.Width - scale*width + 1 {
			same := true
			for y := 0; y < height && same; y++ {
				for x := 0; x < width && same; x++ {
					same = large.At(top+scale*y+scale/2, left+scale*x+scale/2) == at(y, x)
				}
			}
			if same {
				return true
			}
		}
	}
	return false
}

func TestTruthAndDreamStandSideBySide(t *testing.T) {
	v := visit(t, "RigidCatch-v0")
	frames := take.Frames(v)
	if len(frames) != 7 {
		t.Fatalf("%d frames of 7", len(frames))
	}
	scale := 256 / v.Height
	for i, f := range frames {
		if f.Height%2 != 0 || f.Width%2 != 0 || f.Height != frames[0].Height || f.Width != frames[0].Width {
			t.Errorf("frame %d is of %dx%d, which no film takes", i, f.Height, f.Width)
		}
		if !holds(f, v.Truth[i], v.Height, v.Width, scale) || !holds(f, v.Dream[i], v.Height, v.Width, scale) {
			t.Errorf("frame %d does not show truth and dream", i)
		}
	}
	alone := v
	alone.Dream = nil
	if f := take.Frames(alone)[0]; f.Width >= frames[0].Width || !holds(f, v.Truth[0], v.Height, v.Width, scale) {
		t.Errorf("the truth alone is %d wide, beside its dream %d", f.Width, frames[0].Width)
	}
}

func TestAnimation(t *testing.T) {
	v := visit(t, "RigidCatch-v0")
	path, err := take.Save(v, "gif", filepath.Join(t.TempDir(), "new", "catch"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil || filepath.Base(path) != "catch.gif" {
		t.Fatalf("saved as %s: %v", path, err)
	}
	shown, err := gif.DecodeAll(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if len(shown.Image) != 7 || shown.Delay[0] != int(100/v.FPS+0.5) || shown.Delay[6] != 100 {
		t.Errorf("%d frames, which stay for %v hundredths of a second, of a scene of %g a second", len(shown.Image), shown.Delay, v.FPS)
	}
}

func TestPictures(t *testing.T) {
	v := visit(t, "RigidCatch-v0")
	path, err := take.Save(v, "png", filepath.Join(t.TempDir(), "catch"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(path)
	if err != nil || len(files) != 7 || files[0].Name() != "00000.png" {
		t.Fatalf("the folder holds %v: %v", files, err)
	}
	for i, want := range take.Frames(v) {
		file, err := os.ReadFile(filepath.Join(path, files[i].Name()))
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if got := picture.FromImage(img); !bytes.Equal(got.Pixels, want.Pixels) {
			t.Errorf("%s is another picture", files[i].Name())
		}
	}
}

// A program in the place of ffmpeg writes what it was given, and with what arguments.
func TestFilm(t *testing.T) {
	v := visit(t, "RigidCatch-v0")
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "ffmpeg"), []byte("#!/bin/sh\necho \"$@\"\ncat\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+":/usr/bin:/bin")
	path, err := take.Save(v, "mp4", filepath.Join(t.TempDir(), "catch"))
	if err != nil || filepath.Base(path) != "catch.mp4" {
		t.Fatalf("saved as %s: %v", path, err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	told, pixels, _ := bytes.Cut(file, []byte("\n"))
	var want []byte
	for _, f := range take.Frames(v) {
		want = append(want, f.Pixels...)
	}
	if !strings.Contains(string(told), "-framerate 10 ") || !bytes.Equal(pixels, want) {
		t.Errorf("ffmpeg is told %q and given %d bytes of %d", told, len(pixels), len(want))
	}
	if err := os.WriteFile(filepath.Join(folder, "ffmpeg"), []byte("#!/bin/sh\ncat > /dev/null\necho no such codec >&2\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	if _, err := take.Save(v, "mp4", filepath.Join(out, "catch")); err == nil || !strings.Contains(err.Error(), "no such codec") {
		t.Errorf("a film that fails: %v", err)
	}
	if left, _ := os.ReadDir(out); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := take.Save(v, "mp4", filepath.Join(out, "catch")); err == nil || !strings.Contains(err.Error(), "install it") {
		t.Errorf("without ffmpeg: %v", err)
	}
}

// The code that a stretch holds, which a link and a command line carry, leads to the same pictures.
func TestReplay(t *testing.T) {
	for _, scene := range []string{"RigidCatch-v0", "occluder"} {
		v := visit(t, scene)
		s := stage.New(stagetest.House())
		t.Cleanup(func() { s.Close() })
		if err := s.Open(wire.Place{Scene: v.Scene, Seed: &v.Seed, Replay: v.Replay}); err != nil {
			t.Fatal(err)
		}
		for s.Moving() {
			if err := s.Advance(); err != nil {
				t.Fatal(err)
			}
		}
		again := s.Take(4, 1<<30)
		want, got := take.Frames(v), take.Frames(again)
		if len(got) != len(want) {
			t.Fatalf("%s: the replay has %d frames, and what was taken %d", scene, len(got), len(want))
		}
		for i := range want {
			if !bytes.Equal(got[i].Pixels, want[i].Pixels) {
				t.Errorf("%s: frame %d of the replay is another one", scene, i)
			}
		}
	}
}

func TestWhatCannotBeSaved(t *testing.T) {
	v := visit(t, "RigidCatch-v0")
	if _, err := take.Save(v, "webm", filepath.Join(t.TempDir(), "x")); err == nil || !strings.Contains(err.Error(), "gif png mp4") {
		t.Errorf("a format that does not exist: %v", err)
	}
	if _, err := take.Save(stage.Take{Height: 64, Width: 64}, "gif", filepath.Join(t.TempDir(), "x")); err == nil || !strings.Contains(err.Error(), "no frames") {
		t.Errorf("nothing: %v", err)
	}
}
