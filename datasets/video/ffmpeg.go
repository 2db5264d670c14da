package video

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"somnium/internal/picture"
)

// programVariable names the ffmpeg to use, where it is not the one on the PATH.
const programVariable = "SOMNIUM_FFMPEG"

// ffmpeg returns the command with the arguments.
func ffmpeg(ctx context.Context, arguments ...string) (*exec.Cmd, error) {
	program := os.Getenv(programVariable)
	if program == "" {
		found, err := exec.LookPath("ffmpeg")
		if err != nil {
			return nil, fmt.Errorf("video: ffmpeg is not to be found (%w); install it, or set %s to the path of the program", err, programVariable)
		}
		program = found
	}
	return exec.CommandContext(ctx, program, append([]string{"-v", "error", "-nostdin"}, arguments...)...), nil
}

// complaint is the error of a command that failed, with the first line of what it said.
func complaint(path string, err error, said []byte) error {
	line, _, _ := bytes.Cut(bytes.TrimSpace(said), []byte("\n"))
	return fmt.Errorf("video: ffmpeg cannot read %s (%w): %s; play it to see whether it is whole", path, err, line)
}

// packets asks ffmpeg how many frames the container of a video has, and how many go by in a second.
func packets(ctx context.Context, path string) (count int, fps float64, err error) {
	command, err := ffmpeg(ctx, "-i", path, "-map", "0:v:0", "-c", "copy", "-f", "framecrc", "-")
	if err != nil {
		return 0, 0, err
	}
	var said bytes.Buffer
	command.Stderr = &said
	told, err := command.Output()
	if err != nil {
		return 0, 0, complaint(path, err, said.Bytes())
	}
	return parsePackets(path, string(told))
}

// parsePackets reads what ffmpeg's framecrc tells: "#tb 0: 1/12800", then for each frame "0, dts, pts, duration, size, sum".
func parsePackets(path, told string) (count int, fps float64, err error) {
	var unit float64
	first, last := int64(0), int64(0)
	for line := range strings.Lines(told) {
		var numerator, denominator float64
		if n, _ := fmt.Sscanf(line, "#tb 0: %g/%g", &numerator, &denominator); n == 2 && denominator > 0 {
			unit = numerator / denominator
		}
		fields := strings.Split(line, ",")
		if strings.HasPrefix(line, "#") || len(fields) < 5 {
			continue
		}
		at, err := strconv.ParseInt(strings.TrimSpace(fields[2]), 10, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("video: %s has a frame without a time (%w)", path, err)
		}
		if count == 0 {
			first, last = at, at
		}
		first, last = min(first, at), max(last, at)
		count++
	}
	if count == 0 {
		return 0, 0, fmt.Errorf("video: %s has no frames", path)
	}
	if span := float64(last-first) * unit; span > 0 {
		fps = float64(count-1) / span
	}
	return count, fps, nil
}

// decode has ffmpeg decode a video, in its own size or, where height is not 0, in that one.
func decode(ctx context.Context, path string, height, width int) (*Clip, error) {
	count, fps, err := packets(ctx, path)
	if err != nil {
		return nil, err
	}
	arguments := []string{"-xerror", "-err_detect", "explode", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough"}
	if height > 0 {
		arguments = append(arguments, "-vf", fmt.Sprintf("scale=%d:%d:flags=area", width, height))
	}
	command, err := ffmpeg(ctx, append(arguments, "-f", "image2pipe", "-c:v", "ppm", "-")...)
	if err != nil {
		return nil, err
	}
	var said bytes.Buffer
	command.Stderr = &said
	pipe, err := command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("video: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("video: starting ffmpeg: %w", err)
	}
	clip := &Clip{FPS: fps}
	reading := clip.readPPM(bufio.NewReaderSize(pipe, 1<<20))
	if reading != nil {
		command.Process.Kill()
	}
	if err := command.Wait(); err != nil && reading == nil {
		return nil, complaint(path, err, said.Bytes())
	}
	if reading != nil {
		return nil, fmt.Errorf("video: what ffmpeg makes of %s: %w", path, reading)
	}
	if got := clip.Len(); got < count {
		return nil, fmt.Errorf("video: %s tells of %d frames and has %d: it is damaged, or frames are missing", path, count, got)
	}
	return clip, nil
}

// maxClipBytes bounds a clip in memory; an episode takes no more either.
const maxClipBytes = 1 << 30

// readPPM reads pictures, "P6 width height 255" and their bytes each, until the end.
func (c *Clip) readPPM(r *bufio.Reader) error {
	for {
		var width, height, depth int
		if _, err := r.Peek(1); errors.Is(err, io.EOF) {
			return nil
		}
		if _, err := fmt.Fscanf(r, "P6\n%d %d\n%d\n", &width, &height, &depth); err != nil || depth != 255 || width < 1 || height < 1 {
			return fmt.Errorf("no PPM picture of 8 bits where one is due (%v)", err)
		}
		if width > 1<<14 || height > 1<<14 || len(c.Frames)+3*width*height > maxClipBytes {
			return fmt.Errorf("frames of %dx%d are more than the %d bytes of an episode; ask for smaller ones with --height and --width, or cut the video", height, width, maxClipBytes)
		}
		frame := make([]byte, 3*width*height)
		if _, err := io.ReadFull(r, frame); err != nil {
			return fmt.Errorf("frame %d is cut off: %w", c.Len(), err)
		}
		if err := c.append(frame, height, width); err != nil {
			return err
		}
	}
}

// encode has ffmpeg write frames, whose height and width are even, as an mp4 that every player shows.
func encode(ctx context.Context, path string, frames []picture.Frame, fps float64) error {
	size := fmt.Sprintf("%dx%d", frames[0].Width, frames[0].Height)
	command, err := ffmpeg(ctx, "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", strconv.FormatFloat(fps, 'g', -1, 64), "-i", "pipe:0",
		"-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4", path)
	if err != nil {
		return err
	}
	readers := make([]io.Reader, len(frames))
	for i, f := range frames {
		readers[i] = bytes.NewReader(f.Pixels)
	}
	var said bytes.Buffer
	command.Stdin, command.Stderr = io.MultiReader(readers...), &said
	if err := command.Run(); err != nil {
		return fmt.Errorf("video: ffmpeg cannot write %s (%w): %s", path, err, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}
