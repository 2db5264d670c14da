package video

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"somnium/datasets"
	"somnium/env"
)

// ImportOptions are the options of [Import].
type ImportOptions struct {
	// Height and Width are the size that frames are brought to. Default: 0, their own.
	Height, Width int
	// FPS is for how many frames a second the clips stand. Default: what they say, else 10.
	FPS float64
	// Progress, where not nil, is called after every clip.
	Progress func(done, clips int)
}

// ID is the environment that imported videos name.
const ID = "Video-v0"

// extensions are the files that a folder is searched for.
var extensions = []string{".gif", ".mp4", ".mkv", ".webm", ".mov", ".avi"}

// Import writes the clips at path into a new folder of shards, one episode each, as a whole or not at all. path is a video, a
// folder of PNG files, or a folder that holds videos and folders of PNG files.
func Import(ctx context.Context, path, dir string, o ImportOptions) error {
	if err := CheckSize(o.Height, o.Width); err != nil {
		return err
	}
	clips, err := find(path)
	if err != nil {
		return err
	}
	return datasets.WriteAll(dir, datasets.WriterOptions{}, func(w *datasets.Writer) error {
		for i, name := range clips {
			clip, err := Read(ctx, name, o.Height, o.Width)
			if err != nil {
				return err
			}
			episode, err := episodeOf(clip, name, i, o.FPS)
			if err != nil {
				return err
			}
			if err := w.Append(episode); err != nil {
				return err
			}
			if o.Progress != nil {
				o.Progress(i+1, len(clips))
			}
		}
		return nil
	})
}

// CheckSize returns an error unless the size is one that environments have, or 0 for none.
func CheckSize(height, width int) error {
	ok := func(x int) bool { return x >= env.MinSize && x <= env.MaxSize }
	if height == 0 && width == 0 || ok(height) && ok(width) {
		return nil
	}
	return fmt.Errorf("video: frames of %dx%d; height and width lie in %d..%d, and are given both or not at all: see --height and --width",
		height, width, env.MinSize, env.MaxSize)
}

// find lists the clips at path in order.
func find(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("video: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	if pictures, _ := filepath.Glob(filepath.Join(path, "*.png")); len(pictures) > 0 {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("video: %w", err)
	}
	var clips []string
	for _, entry := range entries {
		name := filepath.Join(path, entry.Name())
		pictures, _ := filepath.Glob(filepath.Join(name, "*.png"))
		if len(pictures) > 0 || !entry.IsDir() && slices.Contains(extensions, strings.ToLower(filepath.Ext(name))) {
			clips = append(clips, name)
		}
	}
	if len(clips) == 0 {
		return nil, fmt.Errorf("video: %s holds no %s, and no folder of PNG files", path, strings.Join(extensions, ", "))
	}
	return clips, nil
}

// episodeOf makes an episode of a clip.
func episodeOf(clip *Clip, name string, number int, fps float64) (*datasets.Episode, error) {
	if fps <= 0 {
		fps = clip.FPS
	}
	if fps <= 0 {
		fps = 10
	}
	if err := CheckSize(clip.Height, clip.Width); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	steps := clip.Len() - 1
	spec := env.Spec{ID: ID, Doc: "videos", Observation: env.Frame(clip.Height, clip.Width), Action: env.Discrete{N: 1}, FPS: fps}
	e := &datasets.Episode{
		Env: ID, Number: number, Agent: filepath.Base(name), FPS: fps, Height: clip.Height, Width: clip.Width, Spec: spec, Frames: clip.Frames,
		Rewards: make([]float32, steps), Terminated: make([]bool, steps), Truncated: make([]bool, steps),
	}
	for range steps {
		e.Actions = append(e.Actions, env.Int(0))
	}
	if steps > 0 {
		e.Truncated[steps-1] = true
	}
	text, err := os.ReadFile(strings.TrimSuffix(name, filepath.Ext(name)) + ".txt")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("video: %w", err)
	}
	if words := strings.TrimSpace(string(text)); words != "" {
		short, _, _ := strings.Cut(words, "\n")
		e.Captions = []datasets.Caption{{Short: short, Detailed: words}}
	}
	return e, nil
}
