package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"somnium/datasets"
	"somnium/env"
	"somnium/evals"
	"somnium/internal/picture"
	"somnium/internal/progress"
	"somnium/world"
)

// fillFrames is how many frames are filled in where nothing else is asked for: about the length of the clips that the
// model was trained on.
const fillFrames = 14

// mostFilled bounds them before room is made for them; what a model allows depends on their size (see world.Model.Complete).
const mostFilled = 1 << 15

// filling is what `dream` makes other than going on: frames before, between or instead of those of a clip.
type filling struct {
	backward, loop bool
	connect        string
	edit           float64
}

func (f *filling) flags(c *cobra.Command) {
	c.Flags().BoolVar(&f.backward, "backward", false, "with --clip: dream the frames that came before it")
	c.Flags().BoolVar(&f.loop, "loop", false, "with --clip or --image: dream from its first frame back to it")
	c.Flags().StringVar(&f.connect, "connect", "", "with --clip: dream what lies between its context and that of this other recorded episode")
	c.Flags().Float64Var(&f.edit, "edit", 0, "with --clip: dream its first frames anew, from 0 (as they are) to 1 (nothing is left of them)")
}

// mode names what is to be filled in, "" for nothing.
func (f *filling) mode() string {
	switch {
	case f.backward:
		return "backward"
	case f.loop:
		return "loop"
	case f.connect != "":
		return "connect"
	case f.edit != 0:
		return "edit"
	}
	return ""
}

// given returns how many ways of filling in are asked for.
func (f *filling) given(c *cobra.Command) (n int) {
	for _, flag := range []string{"backward", "loop", "connect", "edit"} {
		if c.Flags().Changed(flag) {
			n++
		}
	}
	return n
}

// check finds what does not go together on the command line.
func (f *filling) check(d *dreaming, c *cobra.Command) error {
	given := f.given(c)
	switch mode := f.mode(); {
	case given == 0:
		return nil
	case given > 1:
		return usage("--backward, --loop, --connect and --edit are given together; choose one")
	case mode == "" && !c.Flags().Changed("edit"):
		return usage("--backward, --loop or --connect is given and says nothing to fill in; give it a value, or leave it away")
	case mode == "" || f.edit < 0 || f.edit > 1:
		return usage("--edit is %g; give more than 0, which keeps everything, and at most 1, which keeps nothing", f.edit)
	case mode == "loop" && d.clip+d.image == "":
		return usage("--loop needs a first frame; give --clip or --image")
	case mode != "loop" && d.clip == "":
		return usage("--%s needs a recorded episode; give --clip", mode)
	case c.Flags().Changed("agent"):
		return usage("--%s fills in frames that no agent acts in; leave --agent away", mode)
	}
	if !c.Flags().Changed("frames") {
		d.frames = fillFrames
	}
	if d.frames > mostFilled {
		return usage("--frames is %d; at most %d frames can be filled in at once", d.frames, mostFilled)
	}
	return nil
}

// fillFigures is what a filling reports.
type fillFigures struct {
	Mode           string       `json:"mode"`
	Model          string       `json:"model"`
	Clip           string       `json:"clip,omitempty"`
	Image          string       `json:"image,omitempty"`
	Caption        string       `json:"caption"`
	Seed           uint64       `json:"seed"`
	Given          int          `json:"given"`
	Frames         int          `json:"frames"`
	DenoisingSteps int          `json:"denoising_steps"`
	Seconds        evals.Number `json:"seconds"`
	Out            string       `json:"out"`
}

func (f fillFigures) print(w io.Writer) {
	fmt.Fprintf(w, "%s, seed %d: the model %s was given %s and dreamed %d, with %d denoising steps, in %.1f s\ncaption %q\npicture %s\n",
		f.Mode, f.Seed, f.Model, counted(f.Given, "frame"), f.Frames, f.DenoisingSteps, f.Seconds, f.Caption, f.Out)
}

// fill makes the clip that is asked for and its picture.
func (d *dreaming) fill(c *cobra.Command) (figures fillFigures, err error) {
	if err := d.check(c); err != nil {
		return figures, err
	}
	model, err := world.Open(d.model)
	if err != nil {
		return figures, err
	}
	r, fps, err := d.request()
	if err != nil {
		return figures, err
	}
	if !c.Flags().Changed("steps") {
		d.denoise = world.DefaultClipSteps
	}
	if c.Flags().Changed("text") {
		r.Caption = d.text
		d.app.tellUnknown(model, d.text)
	}
	if err := makeFolder(d.out); err != nil {
		return figures, err
	}
	bar := &progress.Reporter{Title: "dream", Unit: "frames", Out: d.app.err, Total: int64(len(r.Frames))}
	start := time.Now()
	pixels, err := model.Complete(c.Context(), r, world.ClipOptions{
		Steps: d.denoise, Seed: d.app.seed, Progress: func(done, _ int) { bar.Set(int64(done)) },
	})
	bar.Done()
	if err != nil {
		return figures, err
	}
	figures = fillFigures{
		Mode: d.filling.mode(), Model: d.model, Clip: d.clip, Image: d.image, Caption: r.Caption, Seed: d.app.seed,
		DenoisingSteps: d.denoise, Seconds: evals.Number(time.Since(start).Seconds()), Out: d.out,
	}
	for _, f := range r.Frames {
		if f.Pixels != nil {
			figures.Given++
		}
		if f.Pixels == nil || f.Edit > 0 {
			figures.Frames++
		}
	}
	return figures, writeFilled(d.out, r, picture.Clip(pixels, r.Height, r.Width), fps)
}

// request returns the clip that is asked for, with its rate.
func (d *dreaming) request() (r world.ClipRequest, fps float64, err error) {
	if d.image != "" {
		return d.imageRequest()
	}
	episode, err := openEpisode(d.clip)
	if err != nil {
		return r, 0, err
	}
	if err := d.fits(episode); err != nil {
		return r, 0, err
	}
	r = world.ClipRequest{Height: episode.Height, Width: episode.Width, Caption: episode.Caption(0).Short, Space: episode.Spec.Action}
	switch d.filling.mode() {
	case "backward":
		r.Frames = append(make([]world.ClipFrame, d.frames), recorded(episode, 0, d.context)...)
		r.Frames[d.frames].Action = nil
	case "loop":
		r.Frames = loop(episode.Frame(0), d.frames)
	case "connect":
		other, err := openEpisode(d.filling.connect)
		if err != nil {
			return r, 0, err
		}
		if other.Height != r.Height || other.Width != r.Width || other.Meta().ID() != episode.Meta().ID() || other.Len()+1 < d.context {
			return r, 0, fmt.Errorf("the episode %s is of %s with %d frames and %s of %s; two of one environment and size, with %d frames each, can be connected",
				d.filling.connect, other.Env, other.Len()+1, d.clip, episode.Env, d.context)
		}
		r.Frames = append(recorded(episode, 0, d.context), make([]world.ClipFrame, d.frames)...)
		r.Frames = append(r.Frames, recorded(other, 0, d.context)...)
		r.Frames[d.context+d.frames].Action = nil
	case "edit":
		r.Frames = recorded(episode, 0, min(d.frames, episode.Len()+1))
		for t := range r.Frames {
			r.Frames[t].Edit = d.filling.edit
		}
	}
	return r, episode.FPS, nil
}

// imageRequest is the request for a loop from a picture.
func (d *dreaming) imageRequest() (r world.ClipRequest, fps float64, err error) {
	e, err := env.Make(d.env)
	if err != nil {
		return r, 0, err
	}
	defer e.Close()
	start, err := openImage(d.image, e.Spec())
	if err != nil {
		return r, 0, err
	}
	return world.ClipRequest{Height: start.Height, Width: start.Width, Frames: loop(start.Frames, d.frames)}, e.Spec().FPS, nil
}

// recorded returns n frames of an episode, with the actions into them.
func recorded(e *datasets.Episode, from, n int) []world.ClipFrame {
	frames := make([]world.ClipFrame, n)
	for i := range frames {
		frames[i].Pixels = e.Frame(from + i)
		if from+i > 0 {
			frames[i].Action = &e.Actions[from+i-1]
		}
	}
	return frames
}

// loop returns a clip that is given the same frame at both ends.
func loop(frame []byte, between int) []world.ClipFrame {
	frames := make([]world.ClipFrame, between+2)
	frames[0].Pixels, frames[between+1].Pixels = frame, frame
	return frames
}

// writeFilled writes the clip, framed by the colours of what was given and what was dreamed.
func writeFilled(out string, r world.ClipRequest, frames []picture.Frame, fps float64) error {
	name := func(t int) (string, picture.Color) {
		switch f := r.Frames[t]; {
		case f.Pixels == nil:
			return "dream", dreamColor
		case f.Edit > 0:
			return "edited", dreamColor
		}
		return "given", contextColor
	}
	scale := max(1, shownSize/max(r.Height, r.Width))
	if strings.ToLower(filepath.Ext(out)) == ".png" {
		scale = max(1, scale/2)
	}
	panels := make([]picture.Panel, len(frames))
	for t, f := range frames {
		what, color := name(t)
		framed := picture.New(r.Height*scale+2*reelBorder, r.Width*scale+2*reelBorder, color)
		framed.Draw(f.Enlarge(scale), reelBorder, reelBorder)
		panels[t] = picture.Panel{Label: fmt.Sprintf("%s %d", what, t), Frame: framed}
	}
	if strings.ToLower(filepath.Ext(out)) == ".png" {
		return picture.WritePNG(out, picture.Sheet(panels, 8, picture.RowOptions{}))
	}
	shown := make([]picture.Frame, len(panels))
	for t, p := range panels {
		shown[t] = picture.Row([]picture.Panel{p}, picture.RowOptions{})
	}
	if strings.ToLower(filepath.Ext(out)) == ".gif" {
		return picture.WriteGIF(out, shown, picture.GIFOptions{FPS: fps})
	}
	return picture.WritePNGs(out, shown)
}
