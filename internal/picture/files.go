package picture

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"

	"somnium/internal/atomicfile"
)

// WritePNG writes the frame to path, beside it first and then renamed.
func WritePNG(path string, f Frame) error {
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	return wrap(atomicfile.Write(path, func(w io.Writer) error { return encoder.Encode(w, f.Image()) }))
}

// WritePNGs writes the frames into the folder, which it makes, as 00000.png, 00001.png and so on.
func WritePNGs(folder string, frames []Frame) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return wrap(err)
	}
	for t, f := range frames {
		if err := WritePNG(filepath.Join(folder, fmt.Sprintf("%05d.png", t)), f); err != nil {
			return err
		}
	}
	return nil
}

// GIFOptions shape an animation. The zero value works.
type GIFOptions struct {
	// FPS is the number of frames in a second. A GIF counts in hundredths of a second, and viewers show nothing faster
	// than 50. Default: 10.
	FPS float64
	// Hold is for how many seconds the last frame stays before the loop starts anew. Default: as long as another frame.
	Hold float64
}

// WriteGIF writes the frames, all of one size, as an endless animation to path, beside it first and then renamed. Its one
// palette is made for the clip, and no pixel is dithered.
func WriteGIF(path string, frames []Frame, opts GIFOptions) error {
	if len(frames) == 0 {
		return errors.New("picture: an animation needs a frame")
	}
	for _, f := range frames {
		if f.Height != frames[0].Height || f.Width != frames[0].Width {
			return fmt.Errorf("picture: the animation %s has frames of %dx%d and of %dx%d; give them one size",
				path, frames[0].Height, frames[0].Width, f.Height, f.Width)
		}
	}
	animation := animate(frames, opts)
	return wrap(atomicfile.Write(path, func(w io.Writer) error { return gif.EncodeAll(w, animation) }))
}

// animate returns the animation. Every frame after the first holds only the rectangle that changes.
func animate(frames []Frame, opts GIFOptions) *gif.GIF {
	colors := newPalette(frames)
	model := colors.model()
	first := frames[0]
	animation := &gif.GIF{Config: image.Config{ColorModel: model, Width: first.Width, Height: first.Height}}
	for t, f := range frames {
		area := image.Rect(0, 0, f.Width, f.Height)
		if t > 0 {
			area = changed(frames[t-1], f)
		}
		animation.Image = append(animation.Image, paint(f, area, colors, model))
		animation.Disposal = append(animation.Disposal, gif.DisposalNone)
		animation.Delay = append(animation.Delay, delay(t, opts.FPS))
	}
	if opts.Hold > 0 {
		animation.Delay[len(frames)-1] = int(math.Round(opts.Hold * 100))
	}
	return animation
}

// changed returns the smallest rectangle outside which two frames are the same; where they are the same everywhere, one
// pixel, for a frame cannot be empty.
func changed(before, after Frame) image.Rectangle {
	area := image.Rectangle{}
	for y := range after.Height {
		for x := range after.Width {
			if before.At(y, x) != after.At(y, x) {
				area = area.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if area.Empty() {
		area = image.Rect(0, 0, 1, 1)
	}
	return area
}

// paint returns the area of the frame in the colours of the palette.
func paint(f Frame, area image.Rectangle, colors palette, model color.Palette) *image.Paletted {
	img := image.NewPaletted(area, model)
	var (
		last  Color
		index = colors.index[last]
	)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		row := img.Pix[(y-area.Min.Y)*img.Stride:]
		for x := area.Min.X; x < area.Max.X; x++ {
			if c := f.At(y, x); c != last {
				last, index = c, colors.index[c]
			}
			row[x-area.Min.X] = index
		}
	}
	return img
}

// delay returns the hundredths of a second that frame t stays, so rounded that the clip keeps its length.
func delay(t int, fps float64) int {
	if fps <= 0 {
		fps = 10
	}
	period := max(2, 100/fps)
	return int(math.Round(float64(t+1)*period) - math.Round(float64(t)*period))
}

// wrap gives the world's errors the package's name.
func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	return nil
}
