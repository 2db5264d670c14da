package minari

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"somnium/datasets"
	"somnium/datasets/table"
	"somnium/env"
)

// ImportOptions are the options of [Import].
type ImportOptions struct {
	// Pixels names the part of a Dict observation that is the picture. Default: "pixels", or the only one there is.
	Pixels string
	// FPS is the number of steps in a second, where the data set does not say. Default: 10.
	FPS float64
	// Progress, where not nil, is called after every episode.
	Progress func(done, episodes int)
}

// Import writes the episodes of a Minari data set in Parquet into a new folder of shards: as a whole, or nothing where one of
// them cannot be read. path is the data set's folder, with or without the "data" at its end. Pictures are uint8 [h, w], [h, w, 1] or
// [h, w, 3]; grey ones become RGB. Choices that do not start at 0 are counted from 0.
func Import(ctx context.Context, path, dir string, o ImportOptions) error {
	s, err := openSource(path, o)
	if err != nil {
		return err
	}
	return datasets.WriteAll(dir, datasets.WriterOptions{}, func(w *datasets.Writer) error {
		for i := range s.meta.TotalEpisodes {
			if err := ctx.Err(); err != nil {
				return err
			}
			episode, err := s.episode(i)
			if err != nil {
				return err
			}
			if err := w.Append(episode); err != nil {
				return err
			}
			if o.Progress != nil {
				o.Progress(i+1, s.meta.TotalEpisodes)
			}
		}
		return nil
	})
}

// source is a data set that is read.
type source struct {
	folder   string
	meta     metadata
	spec     env.Spec
	env      string
	fps      float64
	pixels   []string // the path of the column of pictures
	channels int
	jpeg     bool
	action   action
}

// openSource reads what describes a data set.
func openSource(path string, o ImportOptions) (*source, error) {
	if _, err := os.Stat(filepath.Join(path, "data", metadataName)); err == nil {
		path = filepath.Join(path, "data")
	}
	text, err := os.ReadFile(filepath.Join(path, metadataName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("minari: %s is no Minari data set: it has no data/%s (%w)", path, metadataName, err)
	}
	if err != nil {
		return nil, fmt.Errorf("minari: %w", err)
	}
	s := &source{folder: path}
	if err := json.Unmarshal(text, &s.meta); err != nil {
		return nil, fmt.Errorf("minari: %s does not parse: %w", filepath.Join(path, metadataName), err)
	}
	if s.meta.Format != "parquet" {
		return nil, fmt.Errorf("minari: %s is kept as %q, and only Parquet is read here; `python -m somnium.record --minari %s --out ...` reads it with Minari itself",
			path, s.meta.Format, path)
	}
	if s.meta.TotalEpisodes < 1 {
		return nil, fmt.Errorf("minari: %s holds no episode", path)
	}
	if s.meta.ObservationSpace == "" || s.meta.ActionSpace == "" {
		return nil, fmt.Errorf("minari: %s does not tell its spaces; `python -m somnium.record --minari %s --out ...` asks the environment for them", path, path)
	}
	return s, errors.Join(s.readPicture(o.Pixels), s.readSpec(o.FPS))
}

// readPicture finds the pictures among the observations.
func (s *source) readPicture(part string) error {
	space, err := parseSpace(s.meta.ObservationSpace)
	if err != nil {
		return err
	}
	s.pixels = []string{"observations"}
	if space.Type == "Dict" {
		if space, part, err = choosePart(space, part); err != nil {
			return err
		}
		s.pixels = append(s.pixels, part)
	}
	if !isPicture(space) {
		return fmt.Errorf("minari: the observations are %s %s %v, and no pictures of uint8 [h, w], [h, w, 1] or [h, w, 3]: there is nothing to see in them", space.Type, space.DType, space.Shape)
	}
	h, w := space.Shape[0], space.Shape[1]
	s.channels = append(space.Shape, 1)[2]
	s.jpeg = (s.meta.JPEG == nil || *s.meta.JPEG) && h >= 32 && w >= 32 // smaller ones Minari keeps as they are
	s.spec.Observation = env.Frame(h, w)
	return nil
}

func isPicture(p packedSpace) bool {
	n := len(p.Shape)
	return p.Type == "Box" && p.DType == "uint8" && (n == 2 || n == 3 && (p.Shape[2] == 1 || p.Shape[2] == 3)) && p.Shape[0] > 0 && p.Shape[1] > 0
}

// choosePart finds the picture in a Dict.
func choosePart(space packedSpace, name string) (packedSpace, string, error) {
	parts, err := space.parts()
	if err != nil {
		return space, "", err
	}
	var pictures []string
	for key, part := range parts {
		if isPicture(part) {
			pictures = append(pictures, key)
		}
	}
	slices.Sort(pictures)
	switch {
	case name == "" && slices.Contains(pictures, "pixels"):
		name = "pixels"
	case name == "" && len(pictures) == 1:
		name = pictures[0]
	case !slices.Contains(pictures, name):
		return space, "", fmt.Errorf("minari: the pictures among the observations are [%s]; choose one with --pixels", strings.Join(pictures, ", "))
	}
	return parts[name], name, nil
}

// readSpec puts together what the shards tell of the environment.
func (s *source) readSpec(fps float64) error {
	space, err := parseSpace(s.meta.ActionSpace)
	if err != nil {
		return err
	}
	if s.action, err = space.action(); err != nil {
		return err
	}
	s.spec.ID, s.spec.Action, s.fps, s.env = s.meta.ID, s.action.space, fps, s.meta.ID
	if s.fps <= 0 {
		s.fps = 10
	}
	var registered struct {
		ID string `json:"id"`
	}
	if s.meta.EnvSpec != "" && json.Unmarshal([]byte(s.meta.EnvSpec), &registered) == nil && registered.ID != "" {
		s.spec.ID, s.env = registered.ID, registered.ID
	}
	if notes := s.meta.Somnium; notes != nil {
		s.spec.ID, s.spec.Doc, s.spec.MaxEpisodeSteps, s.spec.Params = notes.ID, notes.Doc, notes.MaxEpisodeSteps, notes.Params
		if fps <= 0 {
			s.fps = notes.FPS
		}
	}
	s.spec.FPS = s.fps
	return nil
}

// episode reads episode i.
func (s *source) episode(i int) (*datasets.Episode, error) {
	folder := filepath.Join(s.folder, fmt.Sprint(i))
	files, err := filepath.Glob(filepath.Join(folder, "*.parquet"))
	if err != nil || len(files) != 1 {
		return nil, fmt.Errorf("minari: episode %d of %d is not there: %s holds %d Parquet files and must hold one", i, s.meta.TotalEpisodes, folder, len(files))
	}
	file, err := table.Open(files[0])
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if file.Rows() < 1 {
		return nil, fmt.Errorf("minari: %s has no rows; an episode of T steps has T+1", files[0])
	}
	e := &datasets.Episode{Env: s.env, Number: i, FPS: s.fps, Spec: s.spec}
	e.Height, e.Width, _ = env.FrameSize(s.spec.Observation)
	if err := errors.Join(s.frames(file, e), ends(file, e)); err != nil {
		return nil, fmt.Errorf("minari: episode %d: %w", i, err)
	}
	if e.Actions, err = s.action.read(file, []string{"actions"}, file.Rows()-1); err != nil {
		return nil, fmt.Errorf("minari: episode %d: %w", i, err)
	}
	return e, s.describe(folder, e)
}

// frames reads the pictures.
func (s *source) frames(file *table.File, e *datasets.Episode) error {
	var data []uint8
	var err error
	if s.jpeg {
		data, err = s.photographs(file, e)
	} else {
		var width int
		data, width, err = file.Bytes8(s.pixels...)
		if want := e.Height * e.Width * s.channels; err == nil && width != want {
			err = fmt.Errorf("a picture has %d numbers, and the space calls for %d", width, want)
		}
	}
	if err != nil {
		return err
	}
	if s.channels == 3 {
		e.Frames = data
		return nil
	}
	e.Frames = make([]byte, 3*len(data))
	for i, grey := range data {
		e.Frames[3*i], e.Frames[3*i+1], e.Frames[3*i+2] = grey, grey, grey
	}
	return nil
}

// photographs decodes pictures that are kept as JPEG.
func (s *source) photographs(file *table.File, e *datasets.Episode) ([]uint8, error) {
	blobs, width, err := file.Blobs(s.pixels...)
	if err != nil {
		return nil, err
	}
	if width != 1 {
		return nil, fmt.Errorf("a row has %d pictures in place of one", width)
	}
	data := make([]uint8, 0, len(blobs)*e.Height*e.Width*s.channels)
	for t, blob := range blobs {
		picture, err := jpeg.Decode(bytes.NewReader(blob))
		if err != nil {
			return nil, fmt.Errorf("picture %d: %w", t, err)
		}
		if b := picture.Bounds(); b.Dx() != e.Width || b.Dy() != e.Height {
			return nil, fmt.Errorf("picture %d is of %dx%d, and the space calls for %dx%d", t, b.Dy(), b.Dx(), e.Height, e.Width)
		}
		for y := range e.Height {
			for x := range e.Width {
				r, g, b, _ := picture.At(picture.Bounds().Min.X+x, picture.Bounds().Min.Y+y).RGBA()
				data = append(data, []uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)}[:s.channels]...)
			}
		}
	}
	return data, nil
}

// ends reads rewards and ends, less the padding.
func ends(file *table.File, e *datasets.Episode) error {
	rewards, width, err1 := file.Floats("rewards")
	terminated, _, err2 := file.Integers("terminations")
	truncated, _, err3 := file.Integers("truncations")
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	if width != 1 {
		return fmt.Errorf("a row has %d rewards in place of one", width)
	}
	for t := range file.Rows() - 1 {
		e.Rewards = append(e.Rewards, float32(rewards[t]))
		e.Terminated = append(e.Terminated, terminated[t] != 0)
		e.Truncated = append(e.Truncated, truncated[t] != 0)
	}
	return nil
}

// describe adds what the episode's own metadata tells.
func (s *source) describe(folder string, e *datasets.Episode) error {
	text, err := os.ReadFile(filepath.Join(folder, metadataName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var m struct {
		Seed    any    `json:"seed"`
		Steps   *int   `json:"total_steps"`
		Somnium *notes `json:"somnium"`
	}
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		err = decoder.Decode(&m)
	}
	if err != nil {
		return fmt.Errorf("minari: %s: %w", filepath.Join(folder, metadataName), err)
	}
	if m.Steps != nil && *m.Steps != e.Len() {
		return fmt.Errorf("minari: %s tells of %d steps, and its file has rows for %d: frames are missing", folder, *m.Steps, e.Len())
	}
	if seed, ok := m.Seed.(json.Number); ok {
		fmt.Sscan(seed.String(), &e.Seed) // a seed that is no uint64 is none of ours
	}
	if m.Somnium != nil {
		e.Env, e.Number, e.Agent, e.Captions = m.Somnium.Env, m.Somnium.Number, m.Somnium.Agent, m.Somnium.Captions
	}
	return nil
}
