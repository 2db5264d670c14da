package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"somnium/datasets"
	"somnium/datasets/minari"
	"somnium/datasets/video"
	"somnium/datasets/vpt"
	"somnium/env"
)

// importFigures is what `data import` reports.
type importFigures struct {
	From     string `json:"from"`
	Out      string `json:"out"`
	Episodes int    `json:"episodes"`
	Frames   int64  `json:"frames"`
	Bytes    int64  `json:"bytes"`
}

// importOptions are the flags of `data import`.
type importOptions struct {
	from, out, pixels string
	fps               float64
	height, width     int
	// progress is called after every episode.
	progress func(done, episodes int)
}

// importers is the table of formats that are read.
var importers = map[string]func(ctx context.Context, path string, o importOptions) error{
	"minari": func(ctx context.Context, path string, o importOptions) error {
		return minari.Import(ctx, path, o.out, minari.ImportOptions{Pixels: o.pixels, FPS: o.fps, Progress: o.progress})
	},
	"video": func(ctx context.Context, path string, o importOptions) error {
		return video.Import(ctx, path, o.out, video.ImportOptions{Height: o.height, Width: o.width, FPS: o.fps, Progress: o.progress})
	},
	"vpt": func(ctx context.Context, path string, o importOptions) error {
		further, err := furtherChoices()
		if err != nil {
			return err
		}
		return vpt.Import(ctx, path, o.out, vpt.Options{Height: o.height, Width: o.width, Further: further, Progress: o.progress})
	},
}

// furtherChoices are those of the voxel environments' actions that no recording of VPT fills.
func furtherChoices() ([]int, error) {
	e, err := env.Make("VoxelNavigate-v0")
	if err != nil {
		return nil, err
	}
	defer e.Close()
	return e.Spec().Action.(env.MultiDiscrete).Nvec[len(vpt.Choices):], nil
}

func (a *app) dataImport() *cobra.Command {
	var o importOptions
	c := &cobra.Command{
		Use:   "import <path>",
		Short: "Make a data set of what other programs recorded",
		Long: "Make a data set of what other programs recorded:\n\n" +
			"  minari   the folder of a Minari data set in Parquet; `python -m somnium.record --minari` reads the other forms\n" +
			"  video    a GIF, an mp4 or the like (by ffmpeg), a folder of PNG frames, or a folder of all these\n" +
			"  vpt      a folder of VPT's recordings of Minecraft, .mp4 and .jsonl: actions as the voxel environments have them\n\n" +
			"The data set is there as a whole or not at all. docs/datasets.md tells what becomes of each format. Gymnasium environments are\n" +
			"recorded by `python -m somnium.record`.",
		Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			read, known := importers[o.from]
			if !known || o.out == "" {
				return usage("import needs --out, and --from with one of %s; see `somnium data import --help`", names(importers))
			}
			o.progress = a.counting("import", "episodes")
			if err := read(c.Context(), args[0], o); err != nil {
				return err
			}
			summary, err := datasets.Info(o.out)
			if err != nil {
				return err
			}
			figures := importFigures{o.from, o.out, summary.Episodes, summary.Frames, summary.Bytes}
			return a.report(figures, figures.print)
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.from, "from", "", "the format: "+names(importers))
	flags.StringVar(&o.out, "out", "", "folder of the new data set")
	flags.StringVar(&o.pixels, "pixels", "", "the part of a Minari observation that is the picture (default: pixels, or the only one)")
	flags.IntVar(&o.height, "height", 0, "height that videos are brought to, in pixels (default: their own; 72 of VPT's)")
	flags.IntVar(&o.width, "width", 0, "width that videos are brought to, in pixels (default: their own; 128 of VPT's)")
	flags.Float64Var(&o.fps, "fps", 0, "frames a second (default: what the recording says, else 10)")
	return c
}

func (f importFigures) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %s, %d frames, %.1f MB, from %s\n", f.Out, counted(f.Episodes, "episode"), f.Frames, float64(f.Bytes)/1e6, f.From)
}

// dataAppend is the door through which other programs write shards: python -m somnium.record and the Ray example.
func (a *app) dataAppend() *cobra.Command {
	var options datasets.ReceiveOptions
	c := &cobra.Command{
		Use:   "append <path>",
		Short: "Append episodes from standard input, as other programs hand them over",
		Long: "Append the episodes of a stream on standard input to a data set, which is made if need be. docs/datasets.md specifies\n" +
			"the stream. Standard output gets lines of JSON: first {\"present\": [...]}, the numbers of the episodes that are there, then\n" +
			"{\"kept\": N} for each episode that is kept from then on whatever happens.",
		Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			lines := json.NewEncoder(a.out)
			options.Begin = func(numbers []int) error { return lines.Encode(map[string][]int{"present": numbers}) }
			options.Kept = func(number int) error { return lines.Encode(map[string]int{"kept": number}) }
			return datasets.Receive(c.Context(), args[0], c.InOrStdin(), options)
		},
	}
	c.Flags().Int64Var(&options.ShardBytes, "shard-bytes", datasets.DefaultShardBytes, "size in bytes that a shard does not exceed, unless by its only episode")
	return c
}
