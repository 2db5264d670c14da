package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func (a *app) play() *cobra.Command {
	d := &dreaming{app: a}
	c := &cobra.Command{
		Use:   "play",
		Short: "See a dream beside the truth: the first thing to run",
		Long: "Roll truth and dream in lock-step, from the same context and under the same actions, write a side-by-side picture and say\n" +
			"how near they stay. It is `somnium dream` with everything chosen.",
		Args: takes(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			figures, err := d.run(c)
			if err != nil {
				return err
			}
			return a.report(figures, func(w io.Writer) {
				figures.print(w)
				figures.goOn(w)
			})
		},
	}
	d.flags(c, "out/play.gif", 4) // a first look need not wait for more
	c.Flags().StringVar(&d.env, "env", "RigidCatch-v0", "the environment to dream of")
	c.Flags().Bool("headless", false, "write a picture and open no window, which is what always happens so far")
	return c
}

// goOn says what to try next.
func (f dreamFigures) goOn(w io.Writer) {
	model := ""
	if f.Model != defaultModel {
		model = " --model " + f.Model
	}
	fmt.Fprintf(w, "\nopen %s: on the left the truth, in the middle the dream, on the right where they differ. To go on:\n", f.Out)
	table := tabwriter.NewWriter(w, 2, 0, 3, ' ', 0)
	fmt.Fprintf(table, "  bin/somnium dream RigidPush-v0 --seed 1%s\tanother world, another seed\n", model)
	fmt.Fprintf(table, "  bin/somnium dream RigidBounce-v0 --image your.png%s\ton from a picture of yours\n", model)
	fmt.Fprintf(table, "  bin/somnium measure %s --quick\twhat the model can do, figure by figure\n", f.Model)
	table.Flush()
}
