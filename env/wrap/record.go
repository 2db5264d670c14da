package wrap

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"somnium/env"
	"somnium/internal/picture"
)

// Format is the kind of file that a [Recorder] writes.
type Format uint8

const (
	// GIF is an animation: episode-00007.gif.
	GIF Format = iota
	// PNG is a folder of pictures, losslessly: episode-00007/00000.png and so on.
	PNG
	// MP4 is a video, episode-00007.mp4, written by ffmpeg, which must be installed.
	MP4
)

// RecordOptions shape the videos of a [Recorder].
type RecordOptions struct {
	// Folder is where they go; it is made.
	Folder string
	// Format is the kind of file. Default: GIF.
	Format Format
	// Every records one episode in so many, the first among them. Default: 1, all of them.
	Every int
	// MaxFrames is the most frames of an episode that are kept. Default: 2,000.
	MaxFrames int
	// Scale is how many times frames are enlarged. Default: 1.
	Scale int
}

func (o RecordOptions) filled() RecordOptions {
	if o.Every == 0 {
		o.Every = 1
	}
	if o.MaxFrames == 0 {
		o.MaxFrames = 2000
	}
	if o.Scale == 0 {
		o.Scale = 1
	}
	return o
}

// Recorder is a wrapper that records episodes as videos. Find it on a wrapped environment with env.As[*Recorder].
//
// The video of an episode is written by the Reset, or by the Close, that leaves it. Where writing fails, that call returns the
// error and the video is lost; such a Reset is to be called again. A restored state goes on in the same video; a primed episode
// is one of its own.
type Recorder struct {
	env.Env
	stateless
	options       RecordOptions
	height, width int
	episodes      int // begun so far
	current       clip
	waiting       []clip
	written       []string
	closed        bool
}

// clip is what there is of one episode.
type clip struct {
	episode int
	frames  []picture.Frame
}

// Record wraps e in a [Recorder]. Observations that show no picture in colour, no folder, options out of range, and MP4 where
// there is no ffmpeg are errors.
func Record(e env.Env, options RecordOptions) (env.Wrapper, error) {
	height, width, ok := env.FrameSize(e.Spec().Observation)
	if !ok {
		return nil, fmt.Errorf("wrap: Record takes pictures in colour, and the observations of %s are %v; record before they are changed",
			e.Spec().ID, e.Spec().Observation)
	}
	if options = options.filled(); options.Folder == "" || options.Format > MP4 || min(options.Every, options.MaxFrames, options.Scale) < 1 {
		return nil, fmt.Errorf("wrap: Record with %+v; it takes a folder, and numbers of at least 1", options)
	}
	if options.Format == MP4 {
		if err := picture.CanMP4(); err != nil {
			return nil, fmt.Errorf("wrap: Record: %w", err)
		}
	}
	if err := os.MkdirAll(options.Folder, 0o755); err != nil {
		return nil, fmt.Errorf("wrap: making the folder for videos: %w", err)
	}
	return env.KeepCapabilities(&Recorder{Env: e, options: options, height: height, width: width}), nil
}

// Written returns the paths of the videos that are there, in order.
func (r *Recorder) Written() []string { return r.written }

// Unwrap returns the environment inside.
func (r *Recorder) Unwrap() env.Env { return r.Env }

// Reset implements [env.Env].
func (r *Recorder) Reset(opts env.ResetOptions) (env.Value, error) {
	if r.closed {
		return env.Value{}, env.ErrClosed
	}
	obs, err := r.Env.Reset(opts)
	if err != nil {
		return obs, err
	}
	r.Began()
	if err := r.flush(); err != nil {
		return env.Value{}, err
	}
	r.add(obs)
	return obs, nil
}

// Step implements [env.Env].
func (r *Recorder) Step(action env.Value) (env.Step, error) {
	step, err := r.Env.Step(action)
	if err == nil {
		r.add(step.Obs)
	}
	return step, err
}

// Close implements [env.Env].
func (r *Recorder) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	r.Began()
	return errors.Join(r.flush(), r.Env.Close())
}

// Began implements [env.Stateful]: what was recorded waits to be written.
func (r *Recorder) Began() {
	if len(r.current.frames) > 0 {
		r.waiting = append(r.waiting, r.current)
	}
	r.current = clip{episode: r.episodes}
	r.episodes++
}

// Observed implements [env.Observer]: what Restore and Prime return is recorded, too.
func (r *Recorder) Observed(inner env.Value) env.Value {
	if r.episodes == 0 {
		r.Began() // restored before the first reset
	}
	r.add(inner)
	return inner
}

// add records an observation where the episode is one to record.
func (r *Recorder) add(obs env.Value) {
	if r.current.episode%r.options.Every != 0 || len(r.current.frames) >= r.options.MaxFrames {
		return
	}
	frame := picture.Of(obs.Pixels(), r.height, r.width)
	if r.options.Scale > 1 {
		frame = frame.Enlarge(r.options.Scale)
	} else {
		frame = frame.Clone()
	}
	r.current.frames = append(r.current.frames, frame)
}

// flush writes what waits; what cannot be written is lost.
func (r *Recorder) flush() error {
	waiting := r.waiting
	r.waiting = nil
	for _, c := range waiting {
		path, err := r.write(c)
		if err != nil {
			return fmt.Errorf("wrap: the video of episode %d: %w", c.episode, err)
		}
		r.written = append(r.written, path)
	}
	return nil
}

// write writes a clip and returns its path.
func (r *Recorder) write(c clip) (path string, err error) {
	path = filepath.Join(r.options.Folder, fmt.Sprintf("episode-%05d", c.episode))
	switch r.options.Format {
	case PNG:
		return path, picture.WritePNGs(path, c.frames)
	case MP4:
		path += ".mp4"
		fps := r.Spec().FPS
		if fps <= 0 {
			fps = 10
		}
		return path, picture.WriteMP4(path, c.frames, fps)
	}
	path += ".gif"
	return path, picture.WriteGIF(path, c.frames, picture.GIFOptions{FPS: r.Spec().FPS, Hold: 1})
}
