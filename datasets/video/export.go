package video

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"somnium/datasets"
	"somnium/internal/picture"
)

// shownSize is the number of pixels along the longer side that small frames are enlarged to, about.
const shownSize = 256

// Export writes each episode as a video into a new folder: "gif" or "mp4" a file each, enlarged for people to look at, "png" a folder
// each with the frames as they are, which Import reads back to the bit. Either the whole folder is written or nothing.
func Export(ctx context.Context, d *datasets.Dataset, dir, format string, progress func(done, episodes int)) error {
	if d.Len() == 0 {
		return errors.New("video: there is no episode to export")
	}
	return datasets.Build(dir, func(folder string) error {
		for i := range d.Len() {
			if err := ctx.Err(); err != nil {
				return err
			}
			e, err := d.Episode(i)
			if err != nil {
				return err
			}
			if err := write(ctx, filepath.Join(folder, fmt.Sprintf("episode-%05d", i)), format, e); err != nil {
				return err
			}
			if progress != nil {
				progress(i+1, d.Len())
			}
		}
		return nil
	})
}

// write writes one episode; the name lacks its extension.
func write(ctx context.Context, name, format string, e *datasets.Episode) error {
	frames := picture.Clip(e.Frames, e.Height, e.Width)
	fps := e.FPS
	if fps <= 0 {
		fps = 10
	}
	times := max(1, shownSize/max(e.Height, e.Width))
	switch format {
	case "png":
		return picture.WritePNGs(name, frames)
	case "gif":
		return picture.WriteGIF(name+".gif", enlarged(frames, times), picture.GIFOptions{FPS: fps})
	case "mp4":
		if (e.Height*times)%2 != 0 || (e.Width*times)%2 != 0 {
			times++ // colours are halved in each direction
			times += times % 2
		}
		return encode(ctx, name+".mp4", enlarged(frames, times), fps)
	}
	return fmt.Errorf("video: episodes are not written as %q; gif, png and mp4 are", format)
}

func enlarged(frames []picture.Frame, times int) []picture.Frame {
	large := make([]picture.Frame, len(frames))
	for t, f := range frames {
		large[t] = f.Enlarge(times)
	}
	return large
}
