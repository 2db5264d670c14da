package wrap_test

import (
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"somnium/env"
	"somnium/env/envtest"
	"somnium/env/wrap"
)

// recordEpisodes plays three episodes of six steps and closes.
func recordEpisodes(t *testing.T, options wrap.RecordOptions) []string {
	t.Helper()
	e := must(t)(wrap.Record(env.LimitTime(envtest.NewCounter(16, 20), 6), options))
	for range 3 {
		if _, err := e.Reset(env.Seeded(1)); err != nil {
			t.Fatal(err)
		}
		for range 6 {
			if _, err := e.Step(env.Int(2)); err != nil {
				t.Fatal(err)
			}
		}
	}
	recorder, _ := env.As[*wrap.Recorder](e)
	if n := len(recorder.Written()); n != 2 && options.Every == 0 {
		t.Errorf("before the end %d videos are written, want 2", n)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, path := range recorder.Written() {
		names = append(names, filepath.Base(path))
	}
	return names
}

func TestRecordWritesAVideoForEveryEpisode(t *testing.T) {
	folder := t.TempDir()
	names := recordEpisodes(t, wrap.RecordOptions{Folder: folder, Scale: 2})
	if !slices.Equal(names, []string{"episode-00000.gif", "episode-00001.gif", "episode-00002.gif"}) {
		t.Fatalf("the videos are %v", names)
	}
	file, err := os.Open(filepath.Join(folder, names[2]))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	video, err := gif.DecodeAll(file)
	if err != nil || len(video.Image) != 7 || video.Config.Height != 32 || video.Config.Width != 40 || video.Delay[0] != 10 {
		t.Errorf("the video has %d frames of %+v at %v, %v", len(video.Image), video.Config, video.Delay, err)
	}
}

// MP4 is ffmpeg's; where there is none, that is said before anything is recorded.
func TestRecordWritesVideosByFFmpeg(t *testing.T) {
	tools, folder := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(tools, "ffmpeg"), []byte("#!/bin/sh\ncat\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", tools+":/usr/bin:/bin")
	names := recordEpisodes(t, wrap.RecordOptions{Folder: folder, Format: wrap.MP4})
	if !slices.Equal(names, []string{"episode-00000.mp4", "episode-00001.mp4", "episode-00002.mp4"}) {
		t.Fatalf("the videos are %v", names)
	}
	if info, err := os.Stat(filepath.Join(folder, names[2])); err != nil || info.Size() != 7*16*20*3 {
		t.Errorf("the video is %+v, %v", info, err)
	}
	t.Setenv("PATH", t.TempDir())
	_, err := wrap.Record(envtest.NewCounter(16, 16), wrap.RecordOptions{Folder: folder, Format: wrap.MP4})
	if err == nil || !strings.Contains(err.Error(), "install it") {
		t.Errorf("without ffmpeg the error is %v", err)
	}
}

func TestRecordWritesPictures(t *testing.T) {
	folder := t.TempDir()
	names := recordEpisodes(t, wrap.RecordOptions{Folder: folder, Format: wrap.PNG, Every: 2, MaxFrames: 4})
	if !slices.Equal(names, []string{"episode-00000", "episode-00002"}) {
		t.Fatalf("the videos are %v", names)
	}
	files, _ := os.ReadDir(filepath.Join(folder, names[1]))
	if len(files) != 4 {
		t.Fatalf("there are %d pictures, want 4", len(files))
	}
	// The second picture is what the environment showed.
	c := envtest.NewCounter(16, 20)
	c.Reset(env.Seeded(1))
	step, _ := c.Step(env.Int(2))
	file, err := os.Open(filepath.Join(folder, names[1], "00001.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if r, _, _, _ := img.At(3, 3).RGBA(); uint8(r>>8) != step.Obs.U8[0] {
		t.Errorf("the picture is %d bright, want %d", r>>8, step.Obs.U8[0])
	}
}

// Where a video cannot be written, the Reset says so, and the next one goes on.
func TestRecordTellsOfAFullDisk(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "videos")
	e := must(t)(wrap.Record(env.EnforceOrder(env.LimitTime(envtest.NewCounter(16, 16), 6)), wrap.RecordOptions{Folder: folder}))
	e.Reset(env.Seeded(1))
	e.Step(env.Int(0))
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Reset(env.ResetOptions{}); err == nil || !strings.Contains(err.Error(), "episode 0") {
		t.Errorf("a folder that is gone gives %v", err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Reset(env.ResetOptions{}); err != nil {
		t.Errorf("the next reset gives %v", err)
	}
	if _, err := e.Reset(env.ResetOptions{Params: map[string]float64{"mass": 1}}); err == nil {
		t.Error("an unknown parameter is no error")
	}
	e.Step(env.Int(0))
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	recorder, _ := env.As[*wrap.Recorder](e)
	if len(recorder.Written()) != 1 || !strings.HasSuffix(recorder.Written()[0], "episode-00002.gif") {
		t.Errorf("written are %v", recorder.Written())
	}
}

// A primed episode has a video of its own, and a restored moment is a frame of the video that runs.
func TestRecordFollowsPrimeAndRestore(t *testing.T) {
	e := must(t)(wrap.Record(dreamer{envtest.NewCounter(16, 16)}, wrap.RecordOptions{Folder: t.TempDir(), Format: wrap.PNG}))
	primer, _ := env.As[env.Primer](e)
	snapshotter, _ := env.As[env.Snapshotter](e)
	recorder, _ := env.As[*wrap.Recorder](e)
	e.Reset(env.Seeded(1))
	e.Step(env.Int(1))
	snapshot, err := snapshotter.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := snapshotter.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	if _, err := primer.Prime(env.Context{Height: 16, Width: 16, Frames: make([]byte, 16*16*3)}); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{3, 1} {
		if len(recorder.Written()) != 2 {
			t.Fatalf("written are %v", recorder.Written())
		}
		if files, _ := os.ReadDir(recorder.Written()[i]); len(files) != want {
			t.Errorf("video %d has %d frames, want %d", i, len(files), want)
		}
	}
}
