package picture

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pretend puts a program of the name ffmpeg, which is a shell script, on the path, and nothing else but the system's own.
func pretend(t *testing.T, script string) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "ffmpeg"), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+":/usr/bin:/bin")
}

func TestVideosAreFFmpegs(t *testing.T) {
	frames := noisy(3, 4, 6, 1)
	var raw []byte
	for _, f := range frames {
		raw = append(raw, f.Pixels...)
	}
	path := filepath.Join(t.TempDir(), "clip.mp4")
	pretend(t, `echo "$@"; cat`)
	if err := WriteMP4(path, frames, 20); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	arguments, rest, _ := bytes.Cut(file, []byte("\n"))
	if !strings.Contains(string(arguments), "-video_size 6x4 -framerate 20 ") || !slices.Equal(rest, raw) {
		t.Errorf("ffmpeg is given %s and %d bytes, want %d", arguments, len(rest), len(raw))
	}
}

func TestVideosThatCannotBeWrittenLeaveNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clip.mp4")
	pretend(t, "cat >/dev/null; echo no such codec >&2; exit 1")
	if err := WriteMP4(path, noisy(2, 4, 4, 1), 20); err == nil || !strings.Contains(err.Error(), "no such codec") || !strings.Contains(err.Error(), path) {
		t.Errorf("the error is %v", err)
	}
	if err := WriteMP4(path, append(noisy(1, 4, 4, 1), noisy(1, 4, 6, 1)...), 20); err == nil || !strings.Contains(err.Error(), "one size") {
		t.Errorf("the error is %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if err := WriteMP4(path, noisy(2, 4, 4, 1), 20); !errors.Is(err, ErrNoFFmpeg) {
		t.Errorf("without ffmpeg the error is %v", err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("there is a file: %v", err)
	}
}
