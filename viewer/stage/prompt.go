package stage

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // decoders of pictures
	_ "image/png"
	"slices"
	"strconv"
	"strings"

	"somnium/env"
	"somnium/internal/picture"
	"somnium/viewer/scenes"
	"somnium/viewer/wire"
)

// Prompt goes where a line of text says: to a seed ("seed 7"), a scene by its name, a recorded clip ("data/x#3"), or else to the
// scene whose caption is the nearest to the words, which the dream is then told. "agent random" hands over to an agent by its name.
func (s *Stage) Prompt(text string) error {
	text = strings.TrimSpace(text)
	seed, isSeed := strings.CutPrefix(strings.ToLower(text), "seed ")
	agent, isAgent := strings.CutPrefix(strings.ToLower(text), "agent ")
	_, isTest := scenes.Find(text)
	switch {
	case text == "":
		return errors.New("stage: an empty prompt; say what should be seen, as in: a red ball falls towards a blue paddle")
	case isSeed:
		n, err := strconv.ParseUint(strings.TrimSpace(seed), 10, 64)
		if err != nil {
			return fmt.Errorf("stage: %q is no seed; give a whole number", seed)
		}
		if !s.Ready() {
			return errors.New("stage: no scene is on yet; open one from the menu")
		}
		return s.restart(n)
	case isAgent && len(strings.Fields(agent)) == 1:
		if !s.Ready() {
			return errors.New("stage: no scene is on yet; open one from the menu")
		}
		return s.setAgent(strings.TrimSpace(agent))
	case isTest || strings.Contains(text, "#") || strings.Contains(text, "-v") && !strings.Contains(text, " "):
		return s.Open(wire.Place{Scene: text})
	}
	return s.tell(text)
}

// tell opens the scene that the words fit best.
func (s *Stage) tell(text string) error {
	found, err := s.find(text)
	if err != nil {
		return err
	}
	if err := s.mount(found.name, scenes.Test{}); err != nil {
		return err
	}
	s.words, s.scene.Words = text, text
	if err := s.restart(found.seed); err != nil {
		return err
	}
	s.paused = false
	s.notice(false, "Nearest to your words: %s, seed %d: %s.", found.name, found.seed, found.caption)
	return nil
}

// Bounds of what is dropped: the pixels of a picture, and the frames of an animation that are dreamed on from, which are the last.
const (
	mostPixels = 40_000_000
	mostGIF    = 64
)

// Drop starts a dream from a picture, or from an animation, of which the last frames are what it goes on from. It plays in the
// place of the scene that is on, where that can be dreamed, and has no truth beside it.
func (s *Stage) Drop(file []byte) error {
	config, format, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return fmt.Errorf("stage: what was dropped is no PNG, JPEG or GIF: %w", err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > mostPixels/config.Height {
		return fmt.Errorf("stage: the picture has %dx%d pixels; drop one of 1 to %d", config.Height, config.Width, mostPixels)
	}
	return s.dreamOf(file, format)
}

// dreamOf opens a dream that goes on from the pictures of a file.
func (s *Stage) dreamOf(file []byte, format string) error {
	name := s.dreamable()
	opened, err := s.house.Truth(name)
	if err != nil {
		return err
	}
	spec := opened.Env.Spec()
	if err := opened.Env.Close(); err != nil {
		return err
	}
	spec.MaxEpisodeSteps = 0 // the limit is the simulator's
	height, width, _ := env.FrameSize(spec.Observation)
	pictures, err := decode(file, format, height, width)
	if err != nil {
		return fmt.Errorf("stage: the picture cannot be read: %w", err)
	}
	dream, _, err := s.house.Dream(name, spec)
	if err != nil {
		return err
	}
	context := env.Context{Height: height, Width: width}
	for _, p := range pictures {
		context.Frames = append(context.Frames, p.Pixels...)
	}
	if len(pictures) == 1 {
		context.Actions = []env.Value{}
	}
	s.Close()
	s.truth, s.dream, s.spec, s.test, s.prompt, s.words = nil, dream, spec, scenes.Test{}, context, ""
	s.leader, s.leaderIs = nil, ""
	s.bill(name)
	s.scene.Title, s.scene.Asks = "From your picture", "The dream goes on from what you gave it."
	s.scene.Remark = "There is no truth beside this dream: it comes from your picture."
	s.first()
	seed := s.scene.Seed
	if err := s.restart(seed); err != nil {
		return err
	}
	s.paused = false
	return nil
}

// dreamable returns the environment that a picture is dreamed on in: that of the scene, or, where none is dreamed, the first of
// the worlds that is.
func (s *Stage) dreamable() string {
	if s.dream != nil && s.test.ID != "" {
		return s.test.Env
	}
	if s.dream != nil && s.leader == nil {
		return s.scene.Name
	}
	i := slices.IndexFunc(s.house.Worlds, func(w wire.SceneCard) bool { return w.Dreamt })
	if i < 0 {
		return s.scene.Name
	}
	return s.house.Worlds[i].Name
}

// decode returns the pictures of a file, at a size.
func decode(file []byte, format string, height, width int) ([]picture.Frame, error) {
	if format == "gif" {
		return decodeGIF(file, height, width)
	}
	img, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	return []picture.Frame{Fit(picture.FromImage(img), height, width)}, nil
}

// Fit returns the middle of a picture, cut to the proportions of height and width, at that size: each pixel is the mean of the
// pixels that it covers, or the nearest one.
func Fit(f picture.Frame, height, width int) picture.Frame {
	side := min(float64(f.Height)/float64(height), float64(f.Width)/float64(width))
	top, left := (float64(f.Height)-side*float64(height))/2, (float64(f.Width)-side*float64(width))/2
	out := picture.New(height, width, picture.Color{})
	span := func(start float64, i, limit int) (from, to int) {
		from = min(max(int(start+float64(i)*side), 0), limit-1)
		return from, min(max(int(start+float64(i+1)*side), from+1), limit)
	}
	for y := range height {
		y0, y1 := span(top, y, f.Height)
		for x := range width {
			x0, x1 := span(left, x, f.Width)
			out.Set(y, x, mean(f, y0, y1, x0, x1))
		}
	}
	return out
}

func mean(f picture.Frame, y0, y1, x0, x1 int) (c picture.Color) {
	var sum [3]int
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			for k, v := range f.At(y, x) {
				sum[k] += int(v)
			}
		}
	}
	n := (y1 - y0) * (x1 - x0)
	for k := range c {
		c[k] = uint8((sum[k] + n/2) / n)
	}
	return c
}
