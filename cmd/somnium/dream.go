package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"somnium/env"
	"somnium/evals"
	"somnium/internal/progress"
	"somnium/world"
)

// horizons are the frames, counted from the end of the context, at which truth and dream are compared in figures.
var horizons = []int{1, 4, 16, 64}

// defaultModel is the embedded preset that dreams where no model is named.
const defaultModel = "small"

// dreamFigures is what `dream` and `play` report.
type dreamFigures struct {
	Env   string `json:"env"`
	Model string `json:"model"`
	Agent string `json:"agent,omitempty"`
	Clip  string `json:"clip,omitempty"`
	Image string `json:"image,omitempty"`
	Text  string `json:"text,omitempty"`
	Seed  uint64 `json:"seed"`
	// Context is the number of frames that the dream was given, DenoisingSteps that of the steps it took for every frame.
	Context        int `json:"context"`
	DenoisingSteps int `json:"denoising_steps"`
	// Frames is how many frames of the pictured episode are dreamed, Episodes over how many the PSNR is.
	Frames   int `json:"frames"`
	Episodes int `json:"episodes"`
	// The PSNR to the truth, in decibels by horizon, of the dream and of the last frame of the context, held; a horizon that
	// no episode reached is missing. Those on changed pixels are of the pixels that the truth has changed by more than 8/255
	// since the context, and null where there are none.
	PSNR                map[string]evals.Number `json:"psnr,omitempty"`
	PSNRCopyLast        map[string]evals.Number `json:"psnr_copy_last,omitempty"`
	PSNRChanged         map[string]evals.Number `json:"psnr_changed,omitempty"`
	PSNRChangedCopyLast map[string]evals.Number `json:"psnr_changed_copy_last,omitempty"`
	// FramesPerSecond is how many frames are dreamed in a second, pictures and truth apart.
	FramesPerSecond evals.Number `json:"frames_per_second"`
	Out             string       `json:"out"`

	remarks []string
}

// dreaming is one run of `dream` or `play`.
type dreaming struct {
	app                                *app
	env, model, agent                  string
	clip, image, text, out             string
	frames, context, episodes, denoise int
	filling                            filling
}

func (a *app) dream() *cobra.Command {
	d := &dreaming{app: a}
	c := &cobra.Command{
		Use:   "dream [env]",
		Short: "Let a world model dream on beside the truth, and make a picture of both",
		Long: "Give a world model the first frames of episodes that nothing was trained on and let it dream on, under the actions that\n" +
			"lead the truth. Prints how near dream and truth stay, and makes a picture: x.gif an animation, x.png a contact sheet,\n" +
			"or a folder of frames. --clip goes on from a recorded episode instead, and --image from any picture, of which the\n" +
			"middle is cut out in the environment's proportions and box-filtered to its size. --text begins from a caption alone.\n\n" +
			"--backward, --loop, --connect and --edit fill in frames that see those before and after them.",
		Args: takes(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				d.env = args[0]
			}
			if d.filling.given(c) > 0 {
				figures, err := d.fill(c)
				if err != nil {
					return err
				}
				return a.report(figures, figures.print)
			}
			figures, err := d.run(c)
			if err != nil {
				return err
			}
			return a.report(figures, figures.print)
		},
	}
	d.flags(c, "out/dream.gif", 8)
	c.Flags().StringVar(&d.clip, "clip", "", "a recorded episode to go on from, as data/x#3 (number 3; without one, 0)")
	c.Flags().StringVar(&d.image, "image", "", "a picture (PNG, JPEG or GIF) to go on from")
	c.Flags().StringVar(&d.text, "text", "", "a caption to begin from, or to fill in frames by")
	d.filling.flags(c)
	return c
}

// flags adds what dream and play share.
func (d *dreaming) flags(c *cobra.Command, out string, episodes int) {
	flags := c.Flags()
	flags.StringVar(&d.model, "model", defaultModel, "a world model: an embedded preset or the path of a checkpoint")
	flags.StringVar(&d.agent, "agent", "", "who acts (default: scripted where it knows the environment, otherwise sticky)")
	flags.IntVar(&d.frames, "frames", 128, "frames to dream")
	flags.IntVar(&d.context, "context", world.ContextFrames, "true frames that the dream is given")
	flags.IntVar(&d.episodes, "episodes", episodes, "episodes that the PSNR is taken over; the picture shows one")
	flags.IntVar(&d.denoise, "steps", world.DefaultSteps, fmt.Sprintf("denoising steps for every frame; unless given, %d where frames are filled in", world.DefaultClipSteps))
	flags.StringVar(&d.out, "out", out, "where the picture goes: x.gif, x.png or a folder")
}

// check finds what is wrong with the command line before anything is dreamed.
func (d *dreaming) check(c *cobra.Command) error {
	given := c.Flags().Changed
	for _, flag := range []struct {
		name  string
		value int
	}{{"frames", d.frames}, {"context", d.context}, {"episodes", d.episodes}, {"steps", d.denoise}} {
		if flag.value < 1 {
			return usage("--%s is %d; give at least 1", flag.name, flag.value)
		}
	}
	_, _, isDream := world.ParseDream(d.env)
	switch {
	case d.clip != "" && d.image != "":
		return usage("--clip and --image are both given; a dream goes on from one of them")
	case given("text") && d.text == "":
		return usage("--text is empty; say what is to be dreamed")
	case d.text != "" && d.filling.mode() == "" && d.clip+d.image != "":
		return usage("--text begins a dream with no frame before it; leave --clip and --image away, or fill in frames with --backward, --loop, --connect or --edit")
	case d.env == "" && d.clip == "":
		return usage("no environment is named; see `%s --help`", c.CommandPath())
	case isDream:
		return usage("%s is a dream; name the environment and give the model with --model", d.env)
	case d.clip != "" && given("agent"):
		return usage("--clip goes on with the recorded actions; leave --agent away")
	case d.clip+d.image+d.text != "" && given("episodes"):
		return usage("--clip, --image and --text are dreamed on from once; leave --episodes away")
	case d.image+d.text != "" && d.clip == "" && given("context"):
		return usage("a dream from --image or --text is given nothing else; leave --context away")
	case d.out == "":
		return usage("--out is empty; name a .gif, a .png or a folder")
	}
	if err := d.filling.check(d, c); err != nil {
		return err
	}
	return checkPictureName(d.out)
}

// run dreams, writes the picture and returns the figures.
func (d *dreaming) run(c *cobra.Command) (figures dreamFigures, err error) {
	if err := d.check(c); err != nil {
		return figures, err
	}
	model, err := world.Open(d.model)
	if err != nil {
		return figures, err
	}
	var s stage
	switch {
	case d.clip != "":
		s, err = d.fromClip(model)
	case d.image+d.text != "":
		s, err = d.fromPrompt(model)
	default:
		s, err = d.fromTruth(model)
	}
	if err != nil {
		return figures, err
	}
	defer s.close()
	if err := d.fitsMemory(s); err != nil {
		return figures, err
	}
	d.app.tellUnknown(model, d.text)
	if err := makeFolder(d.out); err != nil { // before the time is spent
		return figures, err
	}
	result, err := d.play(c.Context(), s)
	if err != nil {
		return figures, err
	}
	figures = d.measure(s, result)
	shown := reel{name: s.Name, fps: s.spec.FPS, episode: result.Episodes[result.Shown()]}
	return figures, shown.write(d.out)
}

// mostKept bounds, in bytes, the frames of a dream with what its picture is composed of.
const mostKept = 4 << 30

// fitsMemory returns an error where what is asked for takes more than that.
func (d *dreaming) fitsMemory(s stage) error {
	height, width, _ := env.FrameSize(s.spec.Observation)
	frames, panels := float64(d.frames), 1
	if s.longest > 0 {
		frames = min(frames, float64(s.longest))
	}
	if s.Truth != nil {
		panels = len(panelNames)
	}
	kept := float64(s.episodes) * frames * float64(2*3*height*width)
	if strings.ToLower(filepath.Ext(d.out)) != ".png" { // a sheet shows a few
		scale := max(1, shownSize/max(height, width))
		canvas := (height*scale + 5*reelGap) * (width*scale + 2*reelGap) * panels
		kept += frames * float64(4*canvas) // in colours, and by the numbers of a palette
	}
	if kept > mostKept {
		return fmt.Errorf("%d frames of %dx%d pixels in each of %s would take %.3g GiB with their picture, and %d are the most; ask for fewer, or for a contact sheet (--out x.png)",
			d.frames, height, width, counted(s.episodes, "episode"), kept/(1<<30), mostKept>>30)
	}
	return nil
}

// tellUnknown names the words of a caption that the model was never told, by which a dream does not go.
func (a *app) tellUnknown(model *world.Model, caption string) {
	if unknown := model.Info.Unknown(caption); len(unknown) > 0 {
		fmt.Fprintf(a.err, "somnium: the model has not been told what these words mean, and goes by the others: %s\n", strings.Join(unknown, ", "))
	}
}

// play steps the dream, beside the truth where there is one.
func (d *dreaming) play(ctx context.Context, s stage) (evals.LockStepResult, error) {
	reporter := &progress.Reporter{Title: "dream", Unit: "frames", Out: d.app.err}
	defer func() {
		if reporter.Total > 0 { // it has begun
			reporter.Done()
		}
	}()
	told := func(done, total int) {
		if done == 0 {
			reporter.Total = int64(total)
		}
		reporter.Set(int64(done))
	}
	if s.Truth == nil {
		return s.alone(ctx, d.frames, d.app.seed, told)
	}
	return evals.LockStep(ctx, s.Scene, evals.LockStepOptions{
		Seed: d.app.seed, Episodes: s.episodes, Context: d.context, Frames: d.frames, Progress: told,
	})
}

// measure returns the figures of a result.
func (d *dreaming) measure(s stage, result evals.LockStepResult) dreamFigures {
	shown := result.Episodes[result.Shown()]
	f := dreamFigures{
		Env: s.Name, Model: d.model, Agent: s.agent, Clip: d.clip, Image: d.image, Text: d.text, Seed: d.app.seed, Out: d.out,
		Context: shown.Context.Len(), DenoisingSteps: d.denoise, Frames: shown.Len(), Episodes: len(result.Episodes),
		FramesPerSecond: evals.Number(float64(result.Dreamed) / result.DreamTime.Seconds()),
	}
	if shown.DreamEnd > 0 {
		f.remarks = append(f.remarks, fmt.Sprintf("the dream in the picture ended its episode by itself at frame %d", shown.DreamEnd))
	}
	if s.Truth == nil {
		return f
	}
	f.PSNR, f.PSNRCopyLast = map[string]evals.Number{}, map[string]evals.Number{}
	f.PSNRChanged, f.PSNRChangedCopyLast = map[string]evals.Number{}, map[string]evals.Number{}
	for _, horizon := range horizons {
		at := result.At(horizon)
		if horizon > d.frames || at.Episodes == 0 {
			continue
		}
		key := strconv.Itoa(horizon)
		f.PSNR[key], f.PSNRCopyLast[key] = at.PSNR, at.CopyLast
		f.PSNRChanged[key], f.PSNRChangedCopyLast[key] = at.Changed, at.ChangedCopyLast
		if at.Episodes < f.Episodes {
			f.remarks = append(f.remarks, fmt.Sprintf("%d of %d episodes reach frame %d", at.Episodes, f.Episodes, horizon))
		}
	}
	if shown.Len() < d.frames {
		remark := fmt.Sprintf("no episode lasts longer than %d frames after the context", shown.Len())
		if limit := s.spec.MaxEpisodeSteps; d.clip == "" && limit > 0 && limit < d.context+d.frames {
			remark += fmt.Sprintf("; the time limit of %d steps can be raised in the name, with max_episode_steps=%d", limit, d.context+d.frames)
		}
		f.remarks = append(f.remarks, remark)
	}
	return f
}

func (f dreamFigures) print(w io.Writer) {
	from := f.Agent + " acting"
	if f.Clip != "" {
		from = "from the recording " + f.Clip
	}
	if f.Image != "" {
		from = "from the picture " + f.Image + ", " + from
	}
	if f.Text != "" {
		from = fmt.Sprintf("from the text %q, %s", f.Text, from)
	}
	fmt.Fprintf(w, "%s, %s, seed %d: the model %s was given %s and dreamed %d, with %d denoising steps each\n",
		f.Env, from, f.Seed, f.Model, counted(f.Context, "frame"), f.Frames, f.DenoisingSteps)
	if len(f.PSNR) > 0 {
		f.printTable(w)
	}
	for _, remark := range f.remarks {
		fmt.Fprintln(w, remark)
	}
	if rate := float64(f.FramesPerSecond); !math.IsInf(rate, 0) && !math.IsNaN(rate) { // a single frame from a caption takes no step
		fmt.Fprintf(w, "%.1f frames dreamed in a second\n", rate)
	}
	fmt.Fprintf(w, "picture %s\n", f.Out)
}

func (f dreamFigures) printTable(w io.Writer) {
	fmt.Fprintf(w, "PSNR to the truth over %s, in dB; higher is better, and copy-last is the last frame of the context, held:\n", counted(f.Episodes, "episode"))
	table := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  FRAME\tDREAM\tCOPY-LAST\tDREAM, CHANGED PIXELS\tCOPY-LAST, CHANGED PIXELS")
	for _, horizon := range horizons {
		key := strconv.Itoa(horizon)
		if _, ok := f.PSNR[key]; ok {
			fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\n", key, decibelText(f.PSNR[key]), decibelText(f.PSNRCopyLast[key]),
				decibelText(f.PSNRChanged[key]), decibelText(f.PSNRChangedCopyLast[key]))
		}
	}
	table.Flush()
}

// counted is a number of things in words.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// decibelText is a PSNR as people read it.
func decibelText(n evals.Number) string {
	if math.IsNaN(float64(n)) {
		return "-"
	}
	return fmt.Sprintf("%.1f", float64(n))
}
