package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"somnium/datasets"
	"somnium/datasets/lerobot"
	"somnium/datasets/minari"
	"somnium/datasets/video"
	"somnium/internal/progress"
)

// exportFigures is what `data export` reports.
type exportFigures struct {
	To       string `json:"to"`
	Out      string `json:"out"`
	Episodes int    `json:"episodes"`
	Steps    int64  `json:"steps"`
	// ID is that of a Minari data set, else empty.
	ID string `json:"id"`
}

// exportOptions are the flags of `data export`.
type exportOptions struct {
	to, out, id string
	envs        []string
	// progress is called after every episode.
	progress func(done, episodes int)
}

// exporters is the table of formats that are written.
var exporters = map[string]func(ctx context.Context, d *datasets.Dataset, o exportOptions) (id string, err error){
	"minari": func(ctx context.Context, d *datasets.Dataset, o exportOptions) (string, error) {
		return minari.Export(ctx, d, o.out, minari.Options{ID: o.id, Progress: o.progress})
	},
	"lerobot": func(ctx context.Context, d *datasets.Dataset, o exportOptions) (string, error) {
		return "", lerobot.Export(ctx, d, o.out, lerobot.Options{Progress: o.progress})
	},
	"gif": exportVideo, "png": exportVideo, "mp4": exportVideo,
}

// exportVideo writes a video an episode.
func exportVideo(ctx context.Context, d *datasets.Dataset, o exportOptions) (string, error) {
	return "", video.Export(ctx, d, o.out, o.to, o.progress)
}

func (a *app) dataExport() *cobra.Command {
	var o exportOptions
	c := &cobra.Command{
		Use:   "export <path>...",
		Short: "Write episodes in a format of other programs",
		Long: "Write the episodes of data sets in a format of other programs:\n\n" +
			"  minari   a Minari data set in Parquet, lossless, in the folder <out>/<id>: set MINARI_DATASETS_PATH to <out> to load it\n" +
			"  lerobot  a LeRobot data set, version 3.0, with lossless pictures in its rows; the last frame of an episode is left out\n" +
			"  png      a folder of frames an episode, lossless\n" +
			"  gif, mp4 a video an episode, enlarged for people; mp4 needs ffmpeg\n\n" +
			"What is written is there as a whole or not at all. docs/datasets.md tells what each format keeps.",
		Args: takes(1, 1000),
		RunE: func(c *cobra.Command, paths []string) error {
			export, known := exporters[o.to]
			if !known || o.out == "" {
				return usage("export needs --out, and --to with one of %s; see `somnium data export --help`", names(exporters))
			}
			d, err := datasets.Open(paths...)
			if err != nil {
				return err
			}
			if err := d.Damage(); err != nil {
				return err
			}
			if len(o.envs) > 0 {
				d = d.Filter(datasets.OfEnv(o.envs...))
			}
			if d.Len() == 0 {
				return fmt.Errorf("there is no episode of %s in %s; `somnium data info` lists what there is", strings.Join(o.envs, ", "), strings.Join(paths, ", "))
			}
			o.progress = a.counting("export", "episodes")
			figures := exportFigures{To: o.to, Out: o.out, Episodes: d.Len()}
			for i := range d.Len() {
				figures.Steps += int64(d.Meta(i).Steps)
			}
			if figures.ID, err = export(c.Context(), d, o); err != nil {
				return err
			}
			return a.report(figures, figures.print)
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.to, "to", "", "the format: "+names(exporters))
	flags.StringVar(&o.out, "out", "", "where it goes")
	flags.StringVar(&o.id, "id", "", "the Minari data set's id, [namespace/]name-vN (default: somnium/ and the environment's id)")
	flags.StringSliceVar(&o.envs, "env", nil, "export the episodes of these environments alone, by id or full name")
	return c
}

// names lists the keys of a table for people.
func names[T any](table map[string]T) string {
	var keys []string
	for key := range table {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return strings.Join(keys, ", ")
}

// counting returns a function that shows how many of all are done.
func (a *app) counting(title, unit string) func(done, all int) {
	reporter := &progress.Reporter{Title: title, Unit: unit, Out: a.err}
	return func(done, all int) {
		reporter.Total = int64(all)
		reporter.Set(int64(done))
		if done == all {
			reporter.Done()
		}
	}
}

func (f exportFigures) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %s, %d steps as %s\n", f.Out, counted(f.Episodes, "episode"), f.Steps, f.To)
	if f.ID != "" {
		fmt.Fprintf(w, "id %s\n", f.ID)
	}
}
