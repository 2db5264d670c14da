package vpt

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"somnium/datasets"
	"somnium/datasets/video"
	"somnium/env"
)

// FPS is how many frames a second the recordings have.
const FPS = 20

// ID is the environment that imported recordings name.
const ID = "Minecraft-v0"

// DefaultHeight and DefaultWidth are the size of frames where none is asked for: a fifth of the recordings' 360x640.
const DefaultHeight, DefaultWidth = 72, 128

// Options are the options of [Import].
type Options struct {
	// Height and Width are the size that frames are brought to. Default: DefaultHeight, DefaultWidth.
	Height, Width int
	// Further are the numbers of values of choices behind those of Choices, of which none is ever taken: with those of the voxel
	// environments behind, a model takes the actions of both for the same. Default: none.
	Further []int
	// Progress, where not nil, is called after every segment.
	Progress func(done, segments int)
	// read reads a video. Default: video.Read; tests put another here.
	read func(ctx context.Context, path string, height, width int) (*video.Clip, error)
}

// Import writes the segments of a folder, or one of them by its .mp4, into a new folder of shards, one episode each: as a
// whole, or nothing where one of them is damaged or lacks its .jsonl.
func Import(ctx context.Context, path, dir string, o Options) error {
	if o.Height == 0 && o.Width == 0 {
		o.Height, o.Width = DefaultHeight, DefaultWidth
	}
	if o.read == nil {
		o.read = video.Read
	}
	if err := video.CheckSize(o.Height, o.Width); err != nil {
		return err
	}
	segments, err := find(path)
	if err != nil {
		return err
	}
	return datasets.WriteAll(dir, datasets.WriterOptions{}, func(w *datasets.Writer) error {
		for i, segment := range segments {
			e, err := o.episode(ctx, segment, i)
			if err != nil {
				return err
			}
			if err := w.Append(e); err != nil {
				return err
			}
			if o.Progress != nil {
				o.Progress(i+1, len(segments))
			}
		}
		return nil
	})
}

// find lists the .mp4 files at path.
func find(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("vpt: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	segments, err := filepath.Glob(filepath.Join(path, "*.mp4"))
	if err != nil || len(segments) == 0 {
		return nil, fmt.Errorf("vpt: %s holds no .mp4; a VPT recording is an .mp4 and a .jsonl of the same name", path)
	}
	return segments, nil
}

// episode reads one segment.
func (o Options) episode(ctx context.Context, path string, number int) (*datasets.Episode, error) {
	lines := strings.TrimSuffix(path, filepath.Ext(path)) + ".jsonl"
	actions, err := readActions(lines, len(o.Further))
	if err != nil {
		return nil, err
	}
	clip, err := o.read(ctx, path, o.Height, o.Width)
	if err != nil {
		return nil, err
	}
	if clip.Len() != len(actions) {
		return nil, fmt.Errorf("vpt: %s has %d frames and %s %d lines, and there must be one a frame: one of them is cut off, get both anew",
			path, clip.Len(), filepath.Base(lines), len(actions))
	}
	steps := clip.Len() - 1
	e := &datasets.Episode{
		Env: ID, Number: number, Agent: filepath.Base(path), FPS: FPS, Height: clip.Height, Width: clip.Width, Frames: clip.Frames,
		Spec:    env.Spec{ID: ID, Doc: "people playing Minecraft, as VPT recorded them", Observation: env.Frame(clip.Height, clip.Width), Action: space(o.Further), FPS: FPS},
		Actions: actions[:steps], Rewards: make([]float32, steps), Terminated: make([]bool, steps), Truncated: make([]bool, steps),
	}
	if steps > 0 {
		e.Truncated[steps-1] = true
	}
	return e, nil
}

// readActions reads the actions of a .jsonl, the last of which leads nowhere.
func readActions(path string, further int) ([]env.Value, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("vpt: %w; a VPT recording is an .mp4 and a .jsonl of the same name", err)
	}
	h, actions := &hands{further: further}, []env.Value{}
	scanner := bufio.NewScanner(bytes.NewReader(text))
	scanner.Buffer(nil, 1<<24)
	for scanner.Scan() {
		action, err := h.act(scanner.Bytes())
		if err != nil {
			return nil, fmt.Errorf("vpt: line %d of %s: %w", len(actions)+1, path, err)
		}
		actions = append(actions, action)
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("vpt: %s: %w", path, err)
	}
	if len(actions) == 0 {
		return nil, errors.New("vpt: " + path + " has no lines")
	}
	return actions, nil
}
