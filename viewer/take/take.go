// Package take writes what is taken away from a stage for people: an animation, a folder of pictures, a film.
package take

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"somnium/internal/picture"
	"somnium/viewer/stage"
)

// Formats are what Save writes.
func Formats() []string { return []string{"gif", "png", "mp4"} }

// side is about how many pixels high the pictures are made, so that small ones can be seen.
const side = 256

// Frames puts truth and dream side by side, where there are both, under their names.
func Frames(t stage.Take) []picture.Frame {
	scale := max(1, side/t.Height)
	n := max(len(t.Truth), len(t.Dream))
	frames := make([]picture.Frame, n)
	for i := range frames {
		var panels []picture.Panel
		for _, one := range []struct {
			name   string
			frames [][]byte
		}{{"truth", t.Truth}, {"dream", t.Dream}} {
			if len(one.frames) == n {
				panels = append(panels, picture.Panel{Label: one.name, Frame: picture.Of(one.frames[i], t.Height, t.Width)})
			}
		}
		frames[i] = picture.Row(panels, picture.RowOptions{Scale: scale, Title: fmt.Sprintf("%s, seed %d, frame %d", t.Scene, t.Seed, t.From+i)})
	}
	return even(frames)
}

// even makes widths and heights even, which films need.
func even(frames []picture.Frame) []picture.Frame {
	for i, f := range frames {
		if f.Height%2+f.Width%2 > 0 {
			frames[i] = picture.New(f.Height+f.Height%2, f.Width+f.Width%2, picture.Paper)
			frames[i].Draw(f, 0, 0)
		}
	}
	return frames
}

// Save writes the stretch as a format, to path without its extension, and returns where it is.
func Save(t stage.Take, format, path string) (string, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("take: %w", err)
	}
	frames := Frames(t)
	if len(frames) == 0 {
		return "", errors.New("take: there are no frames to save")
	}
	switch format {
	case "gif":
		path += ".gif"
		return path, picture.WriteGIF(path, frames, picture.GIFOptions{FPS: t.FPS, Hold: 1})
	case "png":
		return path, picture.WritePNGs(path, frames)
	case "mp4":
		path += ".mp4"
		return path, picture.WriteMP4(path, frames, t.FPS)
	}
	return "", fmt.Errorf("take: there is no format %q; there are %v", format, Formats())
}
