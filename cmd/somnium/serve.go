package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"somnium/env"
	"somnium/env/remote"
	"somnium/world"
)

// serving is what the flags of `serve` set.
type serving struct {
	*app
	listen   string
	list     bool
	attached bool
	limits   remote.Limits
}

// serveFigures is what `serve` reports as soon as clients can connect.
type serveFigures struct {
	Address  string `json:"address"`
	Protocol int    `json:"protocol"`
	Version  string `json:"version"`
	PID      int    `json:"pid"`
}

// listFigures is what `serve --list` reports.
type listFigures struct {
	Environments []listedEnv `json:"environments"`
}

type listedEnv struct {
	ID              string `json:"id"`
	Doc             string `json:"doc"`
	MaxEpisodeSteps int    `json:"max_episode_steps"`
}

// tokenVariable is where the token is, out of sight of those who list processes.
const tokenVariable = "SOMNIUM_TOKEN"

func (a *app) serve() *cobra.Command {
	s := &serving{app: a}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Let other processes, Python for one, step the environments",
		Long: "Serve environments, simulators and dreams alike, to clients in other processes: docs/python.md is about the one for Gymnasium,\n" +
			"docs/protocol.md specifies what goes over the line. Clients of this machine alone can connect, unless another address is given;\n" +
			"then they must present a token, which the environment variable " + tokenVariable + " holds on both sides. Ctrl-C ends it in order.",
		Args: takes(0, 0),
		RunE: func(c *cobra.Command, _ []string) error { return s.run(c.Context()) },
	}
	flags := c.Flags()
	flags.StringVar(&s.listen, "listen", "127.0.0.1:7654", "address: host:port or unix:path")
	flags.BoolVar(&s.list, "list", false, "print the environments that clients are told of, and end")
	flags.BoolVar(&s.attached, "attached", false, "end when standard input does: whoever started the server need not live to stop it")
	flags.IntVar(&s.limits.Clients, "max-clients", 0, "connections at a time (default 1024)")
	flags.IntVar(&s.limits.Environments, "max-envs", 0, "environments at a time (default 8192)")
	flags.IntVar(&s.limits.Message, "max-message", 0, "bytes of a request (default 16 MiB)")
	flags.IntVar(&s.limits.Memory, "max-memory", 0, "bytes of observations that are held ready (default 2 GiB)")
	return c
}

func (s *serving) run(ctx context.Context) error {
	specs, err := served()
	if err != nil {
		return err
	}
	if s.list {
		return s.printList(specs)
	}
	listener, err := remote.Listen(s.listen)
	if err != nil {
		return err
	}
	server := &remote.Server{
		Open: opener, Environments: specs, Token: os.Getenv(tokenVariable), Version: release, Limits: s.limits,
		Log: func(format string, args ...any) { fmt.Fprintf(s.err, format+"\n", args...) },
	}
	if err := server.Check(listener); err != nil {
		listener.Close()
		return fmt.Errorf("%w (%s)", err, tokenVariable)
	}
	if s.attached {
		var end context.CancelFunc
		ctx, end = context.WithCancel(ctx)
		go func() {
			io.Copy(io.Discard, os.Stdin)
			end()
		}()
	}
	figures := serveFigures{remote.Address(listener), remote.Protocol, release, os.Getpid()}
	if err := s.report(figures, func(w io.Writer) { fmt.Fprintf(w, "serving on %s\n", figures.Address) }); err != nil {
		return err
	}
	return server.Serve(ctx, listener)
}

// served lists the simulators, and the dreams of the embedded model in the place of those that it was trained on.
func served() ([]env.Spec, error) {
	specs := env.Specs()
	model, err := world.Open(defaultModel)
	if err != nil {
		return nil, err
	}
	dreamt := model.Info.Simulators()
	for _, spec := range env.Specs() {
		if slices.Contains(dreamt, spec.ID) {
			specs = append(specs, env.Spec{
				ID: world.DreamName(defaultModel, spec.ID), Doc: "A dream in the place of " + spec.ID + ": " + spec.Doc,
				MaxEpisodeSteps: spec.MaxEpisodeSteps,
			})
		}
	}
	return specs, nil
}

func (s *serving) printList(specs []env.Spec) error {
	list := []listedEnv{}
	for _, spec := range specs {
		list = append(list, listedEnv{spec.ID, spec.Doc, spec.MaxEpisodeSteps})
	}
	return s.report(listFigures{list}, func(w io.Writer) {
		for _, e := range list {
			fmt.Fprintf(w, "%s\t%s\n", e.ID, e.Doc)
		}
	})
}
