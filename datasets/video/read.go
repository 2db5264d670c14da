package video

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"somnium/internal/picture"
)

// Clip is a stretch of video.
type Clip struct {
	// Height and Width are those of every frame, in pixels.
	Height, Width int
	// FPS is how many frames go by in a second, 0 where that is not known.
	FPS float64
	// Frames is uint8 [T, Height, Width, 3].
	Frames []byte
}

// Len returns T, the number of frames.
func (c *Clip) Len() int {
	if c.Height == 0 {
		return 0
	}
	return len(c.Frames) / (c.Height * c.Width * 3)
}

// append adds a frame, which must be of the size of those before it.
func (c *Clip) append(frame []byte, height, width int) error {
	if c.Height == 0 {
		c.Height, c.Width = height, width
	}
	if c.Height != height || c.Width != width {
		return fmt.Errorf("frame %d is of %dx%d, and those before it are of %dx%d", c.Len(), height, width, c.Height, c.Width)
	}
	c.Frames = append(c.Frames, frame...)
	return nil
}

// Read reads a GIF, a folder of PNG files, or a file that ffmpeg decodes. Where height is not 0 the frames come in that size,
// each pixel the mean of the area that it covers. Damaged files, missing frames and frames of different sizes are errors.
func Read(ctx context.Context, path string, height, width int) (*Clip, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("video: %w", err)
	}
	var clip *Clip
	switch {
	case info.IsDir():
		clip, err = readPNGs(path)
	case strings.EqualFold(filepath.Ext(path), ".gif"):
		clip, err = readGIF(path)
	default:
		return decode(ctx, path, height, width)
	}
	if err != nil || height == 0 {
		return clip, err
	}
	return clip.resized(height, width), nil
}

// readGIF plays an animation onto a canvas.
func readGIF(path string) (*Clip, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("video: %w", err)
	}
	defer file.Close()
	animation, err := gif.DecodeAll(file)
	if err != nil {
		return nil, fmt.Errorf("video: %s is no whole GIF: %w", path, err)
	}
	canvas := image.NewRGBA(image.Rect(0, 0, animation.Config.Width, animation.Config.Height))
	clip, hundredths := &Clip{}, 0
	for i, part := range animation.Image {
		before := slices.Clone(canvas.Pix)
		draw.Draw(canvas, part.Bounds(), part, part.Bounds().Min, draw.Over)
		frame := picture.FromImage(canvas)
		if err := clip.append(frame.Pixels, frame.Height, frame.Width); err != nil {
			return nil, fmt.Errorf("video: %s: %w", path, err)
		}
		switch animation.Disposal[i] {
		case gif.DisposalBackground:
			draw.Draw(canvas, part.Bounds(), image.Transparent, image.Point{}, draw.Src)
		case gif.DisposalPrevious:
			copy(canvas.Pix, before)
		}
		hundredths += animation.Delay[i]
	}
	if hundredths > 0 {
		clip.FPS = 100 * float64(clip.Len()) / float64(hundredths)
	}
	return clip, nil
}

// lastNumber is the number that the frames of a folder are counted by.
var lastNumber = regexp.MustCompile(`(\d+)\D*$`)

// readPNGs reads the PNG files of a folder in the order of their numbers, of which none may be missing.
func readPNGs(folder string) (*Clip, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.png"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("video: the folder %s holds no PNG files", folder)
	}
	numbers := map[string]int{}
	for _, file := range files {
		found := lastNumber.FindStringSubmatch(strings.TrimSuffix(filepath.Base(file), ".png"))
		if found == nil {
			return nil, fmt.Errorf("video: %s has no number that says which frame it is; frames are named like 00000.png", file)
		}
		if numbers[file], err = strconv.Atoi(found[1]); err != nil {
			return nil, fmt.Errorf("video: the number of %s: %w", file, err)
		}
	}
	slices.SortFunc(files, func(a, b string) int { return numbers[a] - numbers[b] })
	clip := &Clip{}
	for i, file := range files {
		if i > 0 && numbers[file] != numbers[files[i-1]]+1 {
			return nil, fmt.Errorf("video: frames are missing: %s follows %s", file, filepath.Base(files[i-1]))
		}
		frame, err := readPNG(file)
		if err == nil {
			err = clip.append(frame.Pixels, frame.Height, frame.Width)
		}
		if err != nil {
			return nil, fmt.Errorf("video: %s: %w", file, err)
		}
	}
	return clip, nil
}

func readPNG(path string) (f picture.Frame, err error) {
	file, err := os.Open(path)
	if err != nil {
		return f, err
	}
	defer file.Close()
	shown, err := png.Decode(file)
	if err != nil {
		return f, err
	}
	if b := shown.Bounds(); b.Dx() > 1<<14 || b.Dy() > 1<<14 {
		return f, errors.New("it is too large")
	}
	return picture.FromImage(shown), nil
}

// resized returns the clip in another size. Sums are taken in one order, so that the result is the same everywhere.
func (c *Clip) resized(height, width int) *Clip {
	if c.Height == height && c.Width == width {
		return c
	}
	out := &Clip{Height: height, Width: width, FPS: c.FPS}
	rows, columns := shares(c.Height, height), shares(c.Width, width)
	for t := range c.Len() {
		frame := c.Frames[t*c.Height*c.Width*3:]
		for _, row := range rows {
			for _, column := range columns {
				var sum [3]float64
				for _, y := range row {
					for _, x := range column {
						share := y.share * x.share
						at := 3 * (y.index*c.Width + x.index)
						for k := range sum {
							sum[k] += float64(share * float64(frame[at+k]))
						}
					}
				}
				for _, x := range sum {
					out.Frames = append(out.Frames, uint8(x+0.5))
				}
			}
		}
	}
	return out
}

// share is how much of a new pixel an old one makes up.
type share struct {
	index int
	share float64
}

// shares returns for each of target pixels which of size pixels it covers.
func shares(size, target int) [][]share {
	out := make([][]share, target)
	for i := range out {
		left, right := float64(i)*float64(size)/float64(target), float64(i+1)*float64(size)/float64(target)
		for k := int(left); k < size && float64(k) < right; k++ {
			covered := min(right, float64(k+1)) - max(left, float64(k))
			if covered > 1e-9 {
				out[i] = append(out[i], share{k, covered / (right - left)})
			}
		}
	}
	return out
}
