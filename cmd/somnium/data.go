package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"somnium/datasets"
	"somnium/internal/picture"
	"somnium/internal/progress"
)

func (a *app) data() *cobra.Command {
	c := &cobra.Command{
		Use:   "data",
		Short: "Look at data sets, write and read those of other programs",
		Args:  subcommand,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.dataInfo(), a.dataVerify(), a.dataShow(), a.dataExport(), a.dataImport(), a.dataAppend())
	return c
}

func (a *app) dataInfo() *cobra.Command {
	return &cobra.Command{
		Use:   "info <path>...",
		Short: "Say what data sets or single shards hold",
		Args:  takes(1, 1000),
		RunE: func(_ *cobra.Command, paths []string) error {
			summary, err := datasets.Info(paths...)
			if err != nil {
				return err
			}
			return a.report(summary, func(w io.Writer) { fmt.Fprint(w, summary) })
		},
	}
}

// verifyFigures is what `data verify` reports.
type verifyFigures struct {
	datasets.VerifyReport
	// Damaged counts the places where something finished is lost; Problems lists these and the harmless ones.
	Damaged  int      `json:"damaged"`
	Problems []string `json:"problems"`
	Repaired bool     `json:"repaired"`
}

func (a *app) dataVerify() *cobra.Command {
	var repair bool
	c := &cobra.Command{
		Use:   "verify <path>",
		Short: "Read everything in a data set or a shard, and check it",
		Args:  takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			report, err := a.verify(c, args[0], repair)
			if err != nil {
				return err
			}
			figures := verifyFigures{VerifyReport: report, Problems: []string{}, Repaired: repair}
			for _, p := range report.Problems {
				figures.Problems = append(figures.Problems, p.Error())
				if !p.Harmless {
					figures.Damaged++
				}
			}
			if err := a.report(figures, figures.print); err != nil {
				return err
			}
			if figures.Damaged > 0 && !repair {
				return fmt.Errorf("%s is damaged in %s; `somnium data verify --repair %s` drops what is lost", args[0], counted(figures.Damaged, "place"), args[0])
			}
			return nil
		},
	}
	c.Flags().BoolVar(&repair, "repair", false, "rewrite damaged shards without what is lost; the damaged file stays beside the new one")
	return c
}

// verify reads everything at the path, and mends it where that is asked for.
func (a *app) verify(c *cobra.Command, path string, repair bool) (datasets.VerifyReport, error) {
	if repair {
		return datasets.Repair(c.Context(), path)
	}
	reporter := &progress.Reporter{Title: "verify", Unit: "shards", Out: a.err}
	return datasets.Verify(c.Context(), path, func(done, shards int) {
		if done == 0 {
			reporter.Total = int64(shards)
		}
		reporter.Set(int64(done))
		if done == shards {
			reporter.Done()
		}
	})
}

func (f verifyFigures) print(w io.Writer) {
	for _, p := range f.Problems {
		fmt.Fprintln(w, p)
	}
	fate := "damaged"
	if f.Repaired {
		fate = "dropped"
	}
	fmt.Fprintf(w, "%s, %s, %.1f MB: %s %s\n", counted(f.Shards, "shard"), counted(f.Episodes, "episode"), float64(f.Bytes)/1e6,
		counted(f.Damaged, "place"), fate)
}

// showFigures is what `data show` reports.
type showFigures struct {
	Out        string             `json:"out"`
	Episode    int                `json:"episode"`
	Env        string             `json:"env"`
	Agent      string             `json:"agent"`
	Seed       uint64             `json:"seed"`
	Height     int                `json:"height"`
	Width      int                `json:"width"`
	Length     int                `json:"length"`
	Return     float64            `json:"return"`
	Terminated bool               `json:"terminated"`
	Truncated  bool               `json:"truncated"`
	Captions   []datasets.Caption `json:"captions"`
}

func (a *app) dataShow() *cobra.Command {
	var (
		out    string
		number int
	)
	c := &cobra.Command{
		Use:   "show <path>",
		Short: "Make a picture of an episode: x.gif an animation, x.png a contact sheet, or a folder of frames",
		Args:  takes(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			if out == "" {
				return usage("--out is empty; name a .gif, a .png or a folder")
			}
			if err := checkPictureName(out); err != nil {
				return err
			}
			data, err := datasets.Open(args[0])
			if err != nil {
				return err
			}
			if number < 0 || number >= data.Len() {
				return fmt.Errorf("%s has no episode %d; it holds %d, counted from 0: choose with --episode", args[0], number, data.Len())
			}
			episode, err := data.Episode(number)
			if err != nil {
				return err
			}
			if err := writePicture(out, picture.Clip(episode.Frames, episode.Height, episode.Width), episode.FPS); err != nil {
				return err
			}
			figures := showEpisode(episode, number, out)
			return a.report(figures, figures.print)
		},
	}
	c.Flags().StringVar(&out, "out", "out/episode.png", "where the picture goes: x.gif, x.png or a folder")
	c.Flags().IntVar(&number, "episode", 0, "which episode, counted from 0")
	return c
}

func showEpisode(e *datasets.Episode, number int, out string) showFigures {
	m := e.Meta()
	return showFigures{
		Out: out, Episode: number, Env: m.Env, Agent: m.Agent, Seed: m.Seed, Height: m.Height, Width: m.Width,
		Length: m.Steps, Return: m.Return, Terminated: m.Terminated, Truncated: m.Truncated,
		Captions: append([]datasets.Caption{}, e.Captions...),
	}
}

func (f showFigures) print(w io.Writer) {
	fmt.Fprintf(w, "episode %d: %s, %s, seed %d, %d steps of %dx%d, return %g\n", f.Episode, f.Env, f.Agent, f.Seed, f.Length, f.Height, f.Width, f.Return)
	for _, caption := range f.Captions {
		fmt.Fprintf(w, "from frame %d: %s\n", caption.Step, caption.Detailed)
	}
	fmt.Fprintf(w, "picture %s\n", f.Out)
}
