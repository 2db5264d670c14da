package main

import (
	"fmt"
	"image"
	_ "image/gif" // decoders of pictures
	_ "image/jpeg"
	_ "image/png"
	"math"
	"os"

	agentlist "somnium/agents/all"
	"somnium/env"
	"somnium/evals"
	"somnium/internal/picture"
	"somnium/world"
)

// mostPixels is how many pixels a picture to dream on from may have.
const mostPixels = 100_000_000

// fromPrompt opens the model's dream of the environment, to be started from a picture or a caption.
func (d *dreaming) fromPrompt(model *world.Model) (stage, error) {
	s := stage{Scene: evals.Scene{Name: d.env}, episodes: 1}
	truth, err := env.Make(d.env)
	if err != nil {
		return s, err
	}
	s.spec = truth.Spec()
	s.spec.MaxEpisodeSteps = 0 // the time limit is the simulator's
	if err := truth.Close(); err != nil {
		return s, err
	}
	if s.prompt, err = d.prompt(s.spec); err != nil {
		return s, err
	}
	if err := s.openDream(model, d); err != nil {
		return s, err
	}
	// The script reads a true state, which there is none of.
	if s.agent = d.agent; s.agent == "" {
		s.agent = "sticky"
	}
	if s.Agent, err = agentlist.New(s.agent, s.Dream); err != nil {
		s.Dream.Close()
	}
	return s, err
}

// prompt returns what the dream is given to begin from.
func (d *dreaming) prompt(spec env.Spec) (env.Context, error) {
	if d.image != "" {
		return openImage(d.image, spec)
	}
	height, width, _ := env.FrameSize(spec.Observation)
	return env.Context{Height: height, Width: width, Caption: d.text}, nil
}

// openImage reads a picture as the context of an environment with the spec.
func openImage(path string, spec env.Spec) (env.Context, error) {
	height, width, ok := env.FrameSize(spec.Observation)
	if !ok {
		return env.Context{}, fmt.Errorf("%s shows no picture to dream of; choose an environment that does", spec.ID)
	}
	full, err := loadPicture(path)
	if err != nil {
		return env.Context{}, err
	}
	frame := boxFilter(full, height, width)
	return env.Context{Height: height, Width: width, Frames: frame.Pixels, Actions: []env.Value{}}, nil
}

// loadPicture reads a picture of a sane size; of an animation, the first frame.
func loadPicture(path string) (picture.Frame, error) {
	file, err := os.Open(path)
	if err != nil {
		return picture.Frame{}, fmt.Errorf("the picture to dream on from: %w; give --image a PNG, JPEG or GIF", err)
	}
	defer file.Close()
	config, _, err := image.DecodeConfig(file)
	if err != nil {
		return picture.Frame{}, fmt.Errorf("%s: %w; give --image a PNG, JPEG or GIF", path, err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > mostPixels/config.Height {
		return picture.Frame{}, fmt.Errorf("%s has %dx%d pixels; give one of 1 to %d", path, config.Height, config.Width, mostPixels)
	}
	if _, err := file.Seek(0, 0); err != nil {
		return picture.Frame{}, fmt.Errorf("reading %s: %w; give --image a file", path, err)
	}
	img, _, err := image.Decode(file)
	if err != nil {
		return picture.Frame{}, fmt.Errorf("%s: %w; take another copy of the picture", path, err)
	}
	where := img.Bounds()
	if where.Empty() { // as a GIF's may be
		return picture.Frame{}, fmt.Errorf("%s has a first frame without a pixel; give another picture", path)
	}
	full := picture.New(config.Height, config.Width, picture.Color{}) // an animation's first frame may cover a part of it
	full.Draw(picture.FromImage(img), where.Min.Y, where.Min.X)
	return full, nil
}

// boxFilter returns the middle of the picture, cut to the proportions of height and width, at that size: each pixel is the
// mean of the area that it covers.
func boxFilter(f picture.Frame, height, width int) picture.Frame {
	side := min(float64(f.Height)/float64(height), float64(f.Width)/float64(width)) // of a new pixel in old ones
	rows := spans(height, side, (float64(f.Height)-side*float64(height))/2, f.Height)
	columns := spans(width, side, (float64(f.Width)-side*float64(width))/2, f.Width)
	out := picture.New(height, width, picture.Color{})
	for y, row := range rows {
		for x, column := range columns {
			out.Set(y, x, mean(f, row, column))
		}
	}
	return out
}

// span is a stretch of pixels, the first and last of which it may cover in part.
type span struct{ from, to float64 }

// spans returns n stretches of a length, one after the other, that lie within 0..limit.
func spans(n int, length, start float64, limit int) []span {
	list := make([]span, n)
	for i := range list {
		from := max(0, start+float64(i)*length)
		list[i] = span{from, min(start+float64(i+1)*length, float64(limit))}
	}
	return list
}

// weight is how much of pixel i the span covers.
func (s span) weight(i int) float64 { return min(s.to, float64(i+1)) - max(s.from, float64(i)) }

// mean returns the mean colour of a rectangle.
func mean(f picture.Frame, row, column span) (c picture.Color) {
	var sum [3]float64
	total := 0.0
	for y := int(row.from); y < min(f.Height, int(math.Ceil(row.to))); y++ {
		for x := int(column.from); x < min(f.Width, int(math.Ceil(column.to))); x++ {
			weight := row.weight(y) * column.weight(x)
			total += weight
			for k, v := range f.At(y, x) {
				sum[k] += weight * float64(v)
			}
		}
	}
	for k := range c {
		c[k] = uint8(math.Round(sum[k] / total))
	}
	return c
}
