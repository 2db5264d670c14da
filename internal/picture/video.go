package picture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"somnium/internal/atomicfile"
)

// ErrNoFFmpeg says that there is no ffmpeg, which writes MP4.
var ErrNoFFmpeg = errors.New("picture: MP4 is written by ffmpeg, which is not on the path; install it (apt-get install ffmpeg), or write GIF or PNG")

// CanMP4 returns ErrNoFFmpeg where there is no ffmpeg on the path.
func CanMP4() error {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		return ErrNoFFmpeg
	}
	return nil
}

// WriteMP4 writes the frames, all of one size, as a video of so many frames a second to path, beside it first and then renamed.
// ffmpeg does it, in H.264; an odd side gets one black row or column more, as that format wants.
func WriteMP4(path string, frames []Frame, fps float64) error {
	if err := CanMP4(); err != nil {
		return err
	}
	if len(frames) == 0 || fps <= 0 {
		return errors.New("picture: a video needs a frame, and a number of frames a second above 0")
	}
	height, width := frames[0].Height, frames[0].Width
	var input []io.Reader
	for _, f := range frames {
		if f.Height != height || f.Width != width {
			return fmt.Errorf("picture: the video %s has frames of %dx%d and of %dx%d; give them one size", path, height, width, f.Height, f.Width)
		}
		input = append(input, bytes.NewReader(f.Pixels))
	}
	command := exec.Command("ffmpeg", "-loglevel", "error", "-f", "rawvideo", "-pixel_format", "rgb24",
		"-video_size", fmt.Sprintf("%dx%d", width, height), "-framerate", fmt.Sprint(fps), "-i", "-",
		"-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-c:v", "libx264", "-crf", "16", "-pix_fmt", "yuv420p",
		"-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "-")
	var complaint bytes.Buffer
	command.Stdin, command.Stderr = io.MultiReader(input...), &complaint
	return wrap(atomicfile.Write(path, func(w io.Writer) error {
		command.Stdout = w
		if err := command.Run(); err != nil {
			return fmt.Errorf("ffmpeg: %w: %s", err, strings.TrimSpace(complaint.String()))
		}
		return nil
	}))
}
