package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"somnium/internal/picture"
)

// shownSize is the number of pixels along the longer side that small frames are enlarged to, about.
const shownSize = 256

// sheetPanels is how many frames of a clip a contact sheet shows.
const sheetPanels = 32

// writePicture writes the frames as what the name ends in: .gif an animation, .png a contact sheet, nothing a folder of
// single frames as they are. Folders on the way are made.
func writePicture(out string, frames []picture.Frame, fps float64) error {
	extension := strings.ToLower(filepath.Ext(out))
	if extension == "" {
		return picture.WritePNGs(out, frames)
	}
	if err := makeFolder(out); err != nil {
		return err
	}
	times := max(1, shownSize/max(frames[0].Height, frames[0].Width))
	switch extension {
	case ".gif":
		large := make([]picture.Frame, len(frames))
		for t, f := range frames {
			large[t] = f.Enlarge(times)
		}
		return picture.WriteGIF(out, large, picture.GIFOptions{FPS: fps})
	case ".png":
		return picture.WritePNG(out, contactSheet(frames, max(1, times/2)))
	}
	return checkPictureName(out)
}

// makeFolder makes the folder that a picture goes into.
func makeFolder(out string) error {
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return fmt.Errorf("making the folder of %s: %w; name another with --out", out, err)
	}
	return nil
}

// contactSheet shows frames evenly spread over the clip, under their numbers.
func contactSheet(frames []picture.Frame, times int) picture.Frame {
	var panels []picture.Panel
	count := min(len(frames), sheetPanels)
	for i := range count {
		t := i * (len(frames) - 1) / max(1, count-1)
		panels = append(panels, picture.Panel{Label: fmt.Sprint(t), Frame: frames[t]})
	}
	return picture.Sheet(panels, 8, picture.RowOptions{Scale: times})
}

// checkPictureName finds a name that writePicture would refuse, before the work is done.
func checkPictureName(out string) error {
	if out != "" && !slices.Contains([]string{"", ".gif", ".png"}, strings.ToLower(filepath.Ext(out))) {
		return usage("a picture cannot be written as %q; name a .gif, a .png or a folder", out)
	}
	return nil
}
