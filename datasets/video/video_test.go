package video

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"somnium/datasets"
	"somnium/env"
	"somnium/internal/picture"
)

// episode returns an episode of frames of few colours, which a GIF keeps.
func episode(number, steps, height, width int) *datasets.Episode {
	rng := rand.New(rand.NewPCG(uint64(number), 1))
	frames := make([]byte, (steps+1)*height*width*3)
	for i := range frames {
		frames[i] = byte(rng.IntN(4)) * 60
	}
	e, err := episodeOf(&Clip{Height: height, Width: width, FPS: 20, Frames: frames}, fmt.Sprintf("episode-%05d", number), number, 0)
	if err != nil {
		panic(err)
	}
	return e
}

func store(t *testing.T, episodes ...*datasets.Episode) *datasets.Dataset {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shards")
	err := datasets.WriteAll(dir, datasets.WriterOptions{}, func(w *datasets.Writer) error {
		for _, e := range episodes {
			if err := w.Append(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return open(t, dir)
}

func open(t *testing.T, dir string) *datasets.Dataset {
	t.Helper()
	d, err := datasets.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPNGsComeBackToTheBit(t *testing.T) {
	want := []*datasets.Episode{episode(0, 3, 18, 21), episode(1, 0, 30, 16)}
	out, back := filepath.Join(t.TempDir(), "out"), filepath.Join(t.TempDir(), "back")
	if err := Export(context.Background(), store(t, want...), out, "png", nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, "episode-00000.txt"), []byte("noise\nin few colours\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	want[0].Captions = []datasets.Caption{{Short: "noise", Detailed: "noise\nin few colours"}}
	if err := Import(context.Background(), out, back, ImportOptions{FPS: 20}); err != nil {
		t.Fatal(err)
	}
	d := open(t, back)
	for i, e := range want {
		got, err := d.Episode(i)
		if err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			got.Actions = nil
		}
		if !reflect.DeepEqual(got, e) {
			t.Errorf("episode %d differs: %.200v", i, got)
		}
	}
}

func TestGIFsComeBackEnlarged(t *testing.T) {
	e := episode(0, 5, 16, 20)
	out := filepath.Join(t.TempDir(), "out")
	if err := Export(context.Background(), store(t, e), out, "gif", nil); err != nil {
		t.Fatal(err)
	}
	clip, err := Read(context.Background(), filepath.Join(out, "episode-00000.gif"), 16, 20)
	if err != nil || !bytes.Equal(clip.Frames, e.Frames) || clip.FPS != 20 {
		t.Errorf("the frames differ, or %v", err)
	}
	large, err := Read(context.Background(), filepath.Join(out, "episode-00000.gif"), 0, 0)
	if err != nil || large.Width != 240 || large.Len() != 6 {
		t.Errorf("%+v, %v", large, err)
	}
}

func TestSmallerFramesAreMeans(t *testing.T) {
	c := &Clip{Height: 2, Width: 3, Frames: []byte{0, 0, 0, 90, 90, 90, 30, 0, 255, 60, 0, 0, 90, 90, 90, 30, 0, 255}}
	if got := c.resized(1, 2).Frames; !bytes.Equal(got, []byte{50, 30, 30, 50, 30, 200}) {
		t.Errorf("got %v", got)
	}
}

func TestBadVideosAreSaidAndLeaveNothing(t *testing.T) {
	here := func(parts ...string) string { return filepath.Join(parts...) }
	for want, make := range map[string]func(folder string) error{
		"frames are missing": func(f string) error {
			return os.Rename(here(f, "episode-00000", "00001.png"), here(f, "episode-00000", "00009.png"))
		},
		"those before it are of 18x21": func(f string) error {
			return picture.WritePNG(here(f, "episode-00000", "00001.png"), picture.New(30, 30, picture.Ink))
		},
		"has no number": func(f string) error {
			return os.Rename(here(f, "episode-00000", "00001.png"), here(f, "episode-00000", "first.png"))
		},
		"00000.png: png":            func(f string) error { return os.Truncate(here(f, "episode-00001", "00000.png"), 60) },
		"is no whole GIF":           func(f string) error { return os.WriteFile(here(f, "x.gif"), []byte("GIF89a\x01\x00"), 0o644) },
		"frames of 8x30":            func(f string) error { return picture.WritePNG(here(f, "y", "0.png"), picture.New(8, 30, picture.Ink)) },
		"holds no .gif":             func(f string) error { return os.RemoveAll(f + "/episode-00000") },
		"given both or not at all":  nil,
		"ffmpeg is not to be found": func(f string) error { return os.WriteFile(here(f, "z.mp4"), nil, 0o644) },
	} {
		parent := t.TempDir()
		out := here(parent, "out")
		if err := Export(context.Background(), store(t, episode(0, 3, 18, 21), episode(1, 0, 30, 16)), out, "png", nil); err != nil {
			t.Fatal(err)
		}
		options := ImportOptions{}
		os.Mkdir(here(out, "y"), 0o755)
		switch want {
		case "given both or not at all":
			options.Height = 64
		case "holds no .gif":
			os.RemoveAll(here(out, "episode-00001"))
			fallthrough
		default:
			if err := make(out); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("PATH", "")
		t.Setenv(programVariable, "")
		err := Import(context.Background(), out, here(parent, "back"), options)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
		if left, _ := os.ReadDir(parent); len(left) != 1 {
			t.Errorf("%s: there is %v", want, left)
		}
	}
}

// roleVariable makes the test binary play ffmpeg: what it says is fixed by the role.
const roleVariable = "SOMNIUM_TEST_IS_FFMPEG"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(playFFmpeg(role, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// playFFmpeg answers like ffmpeg asked about a video of two frames of 16x20 at 25 frames a second.
func playFFmpeg(role string, arguments []string) int {
	line := strings.Join(arguments, " ")
	frame := append([]byte("P6\n20 16\n255\n"), bytes.Repeat([]byte{1, 2, 3}, 16*20)...)
	switch {
	case role == "broken":
		fmt.Fprintln(os.Stderr, "moov atom not found")
		return 1
	case strings.Contains(line, "framecrc"):
		fmt.Println("#tb 0: 1/12800\n#dimensions 0: 20x16\n0, 0, 512, 512, 900, 0x1\n0, 512, 0, 512, 800, 0x2")
	case strings.Contains(line, "libx264"):
		pixels, err := io.ReadAll(os.Stdin)
		if err == nil {
			err = os.WriteFile(arguments[len(arguments)-1], fmt.Appendf(nil, "%s|%d", line, len(pixels)), 0o644)
		}
		if err != nil {
			return 1
		}
	case role == "short":
		os.Stdout.Write(frame)
	case role == "cut":
		os.Stdout.Write(append(frame, frame[:100]...))
	default:
		os.Stdout.Write(append(frame, frame...))
	}
	return 0
}

func TestWhatFFmpegSaysIsChecked(t *testing.T) {
	t.Setenv(programVariable, os.Args[0])
	read := func(role string) (*Clip, error) {
		t.Setenv(roleVariable, role)
		path := filepath.Join(t.TempDir(), "x.mp4")
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		return Read(context.Background(), path, 16, 20)
	}
	if clip, err := read("whole"); err != nil || clip.Len() != 2 || clip.FPS != 25 || clip.Frames[4] != 2 {
		t.Errorf("%+v, %v", clip, err)
	}
	for role, want := range map[string]string{"broken": "moov atom not found", "short": "tells of 2 frames and has 1", "cut": "frame 1 is cut off"} {
		if _, err := read(role); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want an error with %q, got %v", role, want, err)
		}
	}
	t.Setenv(roleVariable, "whole")
	out := filepath.Join(t.TempDir(), "out")
	if err := Export(context.Background(), store(t, episode(0, 2, 17, 16)), out, "mp4", nil); err != nil {
		t.Fatal(err)
	}
	asked, err := os.ReadFile(filepath.Join(out, "episode-00000.mp4"))
	if want := fmt.Sprintf("|%d", 3*17*16*16*16*3); err != nil || !strings.Contains(string(asked), "-s 256x272 -r 20") || !strings.HasSuffix(string(asked), want) {
		t.Errorf("ffmpeg was asked %s, %v", asked, err)
	}
}

func TestPPMIsNotBelieved(t *testing.T) {
	for _, data := range []string{"P5\n2 2\n255\n", "P6\n2 2\n65535\n", "P6\n99999 99999\n255\n", "P6\n-2 2\n255\n", "P6\n2 2\n255\nabc"} {
		if err := (&Clip{}).readPPM(bufio.NewReader(strings.NewReader(data))); err == nil {
			t.Errorf("%q is read", data)
		}
	}
	if _, _, err := parsePackets("x", "#tb 0: 1/25\n"); err == nil {
		t.Error("a video without frames is read")
	}
	if e := episode(0, 1, 16, 16); e.Spec.Action.Contains(env.Int(0)) != nil || !e.Truncated[0] {
		t.Errorf("%+v", e.Spec)
	}
}
