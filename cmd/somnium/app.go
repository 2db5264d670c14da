package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// app is what the commands share: the persistent flags and where output goes.
type app struct {
	json bool
	seed uint64
	// out takes figures alone, err progress and remarks.
	out, err io.Writer
}

// usageError is a mistake in the command line.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run runs one command line and returns the exit status.
func run(ctx context.Context, args []string, out, err io.Writer) int {
	a := &app{out: out, err: err}
	root := a.root()
	root.SetArgs(args)
	failure := root.ExecuteContext(ctx)
	switch {
	case failure == nil:
		return 0
	case errors.Is(failure, context.Canceled):
		fmt.Fprintln(err, "somnium: interrupted; what was finished is kept")
		return 1
	}
	fmt.Fprintln(err, "somnium: "+strings.ReplaceAll(strings.TrimSpace(failure.Error()), "\n", "; "))
	if errors.As(failure, new(usageError)) {
		return 2
	}
	return 1
}

// root returns the command line.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "somnium",
		Short:         "Step simulators and dreams, record them and look at them",
		Args:          subcommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("%w; see `%s --help`", err, c.CommandPath())
	})
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print figures as one JSON object")
	root.PersistentFlags().Uint64Var(&a.seed, "seed", 0, "seed of everything that is drawn at random")
	root.AddCommand(a.envs(), a.rollout(), a.bench(), a.collect(), a.data(), a.train(), a.measure(), a.exam(), a.agent(), a.dream(), a.play(), a.serve(), a.version())
	return root
}

// subcommand is the Args of a command that only holds others: an argument that reaches it is the name of none of them.
func subcommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	near := ""
	if c.SuggestionsMinimumDistance <= 0 {
		c.SuggestionsMinimumDistance = 2
	}
	if names := c.SuggestionsFor(args[0]); len(names) > 0 {
		near = fmt.Sprintf("did you mean %s? ", strings.Join(names, " or "))
	}
	return usage("%s has no command %q; %s`%s --help` lists them", c.CommandPath(), args[0], near, c.CommandPath())
}

// takes is the Args of a command with at least least and at most most arguments.
func takes(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return usage("%d arguments for `somnium %s`; see `%s --help`", len(args), strings.TrimSuffix(c.Use, " [flags]"), c.CommandPath())
		}
		return nil
	}
}

// report prints the figures: as JSON where that is asked for, otherwise as text writes them.
func (a *app) report(figures any, text func(w io.Writer)) error {
	if !a.json {
		text(a.out)
		return nil
	}
	encoder := json.NewEncoder(a.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(figures); err != nil {
		return fmt.Errorf("printing the figures: %w; check where standard output goes", err)
	}
	return nil
}
