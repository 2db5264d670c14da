package lerobot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"reflect"

	"somnium/datasets"
	"somnium/datasets/table"
	"somnium/env"
	"somnium/internal/atomicfile"
	"somnium/internal/picture"
)

// Options are the options of [Export].
type Options struct {
	// FileBytes is the size of the pictures above which the next file is begun. Default: 90 MB; the format takes 100.
	FileBytes int64
	// Progress, where not nil, is called after every episode.
	Progress func(done, episodes int)
}

// filesInChunk is how many files one of the format's folders holds.
const filesInChunk = 1000

// rows are the rows of a data file in the making.
type rows struct {
	pictures                                   [][]byte
	paths                                      []string
	action                                     any // []int64 or []float32
	rewards, times                             []float32
	done, truncated                            []bool
	frameIndex, episodeIndex, index, taskIndex []int64
	bytes                                      int64
}

// exporter is an export under way.
type exporter struct {
	data     *datasets.Dataset
	folder   string
	options  Options
	height   int
	width    int
	fps      float64
	action   feature
	tasks    []string
	taskOf   map[string]int64
	file     int
	rows     rows
	frames   int64
	episodes episodes
	// stats are the features' statistics, one an episode.
	stats map[string][]*summary
}

// episodes are the columns of meta/episodes.
type episodes struct {
	index, length, from, to, chunk, file []int64
	tasks                                []string
}

// Export writes the episodes of a data set, all of one frame size and one action space, as a LeRobot data set in a new folder:
// as a whole, or nothing where one of them cannot be written.
func Export(ctx context.Context, d *datasets.Dataset, dir string, o Options) error {
	if d.Len() == 0 {
		return errors.New("lerobot: there is no episode to export")
	}
	if o.FileBytes <= 0 {
		o.FileBytes = 90e6
	}
	return datasets.Build(dir, func(folder string) error {
		x := &exporter{data: d, folder: folder, options: o, taskOf: map[string]int64{}, stats: map[string][]*summary{}}
		return x.run(ctx)
	})
}

func (x *exporter) run(ctx context.Context) error {
	var space env.Space
	for i := range x.data.Len() {
		if err := ctx.Err(); err != nil {
			return err
		}
		e, err := x.data.Episode(i)
		if err != nil {
			return err
		}
		if i == 0 {
			space = e.Spec.Action
			x.height, x.width, x.fps = e.Height, e.Width, e.FPS
			if x.action, err = actionFeature(space); err != nil {
				return err
			}
		}
		if err := x.check(e, i, space); err != nil {
			return err
		}
		if err := x.episode(e, i); err != nil {
			return fmt.Errorf("lerobot: episode %d: %w", i, err)
		}
		if x.options.Progress != nil {
			x.options.Progress(i+1, x.data.Len())
		}
	}
	return errors.Join(x.flush(), x.metadata())
}

// check returns an error where an episode is not of the kind of the first.
func (x *exporter) check(e *datasets.Episode, i int, space env.Space) error {
	switch {
	case e.Height != x.height || e.Width != x.width || e.FPS != x.fps:
		return fmt.Errorf("lerobot: episode %d is of %dx%d at %g frames a second, and the first of %dx%d at %g; export them one by one with --env",
			i, e.Height, e.Width, e.FPS, x.height, x.width, x.fps)
	case !reflect.DeepEqual(e.Spec.Action, space):
		return fmt.Errorf("lerobot: episode %d has the actions %v, and the first %v; export them one by one with --env", i, e.Spec.Action, space)
	case e.Len() == 0:
		return fmt.Errorf("lerobot: episode %d has no step, and a LeRobot episode has one at least", i)
	}
	for t, action := range e.Actions {
		if err := space.Contains(action); err != nil {
			return fmt.Errorf("lerobot: episode %d, action %d: %w", i, t, err)
		}
	}
	return nil
}

// task returns the number of the episode's task.
func (x *exporter) task(e *datasets.Episode) int64 {
	words := e.Caption(0).Short
	if words == "" {
		words = e.Meta().ID()
	}
	number, known := x.taskOf[words]
	if !known {
		number = int64(len(x.tasks))
		x.tasks, x.taskOf[words] = append(x.tasks, words), number
	}
	return number
}

// episode adds the rows of one episode, in the next file where this one would grow too large.
func (x *exporter) episode(e *datasets.Episode, i int) error {
	encoded := make([][]byte, e.Len())
	var size int64
	for t := range encoded {
		var file bytes.Buffer
		if err := png.Encode(&file, picture.Of(e.Frame(t), e.Height, e.Width).Image()); err != nil {
			return err
		}
		encoded[t] = file.Bytes()
		size += int64(file.Len())
	}
	if x.rows.bytes > 0 && x.rows.bytes+size > x.options.FileBytes {
		if err := x.flush(); err != nil {
			return err
		}
		x.file++
	}
	task, from, r := x.task(e), x.frames, &x.rows
	x.episodes.add(i, e.Len(), x.frames, x.file, x.tasks[task])
	r.bytes += size
	for t, blob := range encoded {
		r.pictures, r.paths = append(r.pictures, blob), append(r.paths, fmt.Sprintf("frame-%06d.png", t))
		r.action = x.action.append(r.action, e.Actions[t])
		r.rewards, r.times = append(r.rewards, e.Rewards[t]), append(r.times, float32(float64(t)/x.fps))
		r.done, r.truncated = append(r.done, e.Terminated[t] || e.Truncated[t]), append(r.truncated, e.Truncated[t])
		r.frameIndex, r.episodeIndex = append(r.frameIndex, int64(t)), append(r.episodeIndex, int64(i))
		r.index, r.taskIndex = append(r.index, x.frames), append(r.taskIndex, task)
		x.frames++
	}
	x.count(e, i, from, task)
	return nil
}

// add appends the row of an episode.
func (p *episodes) add(i, length int, from int64, file int, task string) {
	p.index, p.length = append(p.index, int64(i)), append(p.length, int64(length))
	p.from, p.to = append(p.from, from), append(p.to, from+int64(length))
	p.chunk, p.file = append(p.chunk, int64(file/filesInChunk)), append(p.file, int64(file%filesInChunk))
	p.tasks = append(p.tasks, task)
}

// flush writes the rows so far as a file.
func (x *exporter) flush() error {
	r := x.rows
	x.rows = rows{}
	if len(r.index) == 0 {
		return nil
	}
	columns := []table.Column{
		{Path: []string{pictures, "bytes"}, Data: r.pictures}, {Path: []string{pictures, "path"}, Data: r.paths},
		{Path: []string{"action"}, Width: x.action.listed(), Data: r.action},
		{Path: []string{"next.reward"}, Data: r.rewards}, {Path: []string{"next.done"}, Data: r.done}, {Path: []string{"next.truncated"}, Data: r.truncated},
		{Path: []string{"timestamp"}, Data: r.times}, {Path: []string{"frame_index"}, Data: r.frameIndex},
		{Path: []string{"episode_index"}, Data: r.episodeIndex}, {Path: []string{"index"}, Data: r.index}, {Path: []string{"task_index"}, Data: r.taskIndex},
	}
	return x.write(fmt.Sprintf("data/chunk-%03d/file-%03d.parquet", x.file/filesInChunk, x.file%filesInChunk), len(r.index), columns, nil)
}

// write writes one Parquet file of the data set.
func (x *exporter) write(name string, rows int, columns []table.Column, texts map[string]string) error {
	path := filepath.Join(x.folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("lerobot: %w", err)
	}
	if err := atomicfile.Write(path, func(w io.Writer) error { return table.Write(w, rows, columns, texts) }); err != nil {
		return fmt.Errorf("lerobot: %w", err)
	}
	return nil
}
