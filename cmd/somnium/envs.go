package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"somnium/env"
)

// envFigures is an environment as `envs --json` lists it.
type envFigures struct {
	ID              string         `json:"id"`
	Doc             string         `json:"doc"`
	Observation     spaceFigures   `json:"observation"`
	Action          spaceFigures   `json:"action"`
	Capabilities    []string       `json:"capabilities"`
	Params          []paramFigures `json:"params"`
	MaxEpisodeSteps int            `json:"max_episode_steps"`
	FPS             float64        `json:"fps"`
}

type paramFigures struct {
	Name    string  `json:"name"`
	Doc     string  `json:"doc"`
	Default float64 `json:"default"`
	Min     float64 `json:"min"`
	Max     float64 `json:"max"`
	Random  bool    `json:"random"`
}

// spaceFigures is a space: its kind says which fields it has, its text is how it reads.
type spaceFigures struct {
	Kind   string                  `json:"kind"`
	Text   string                  `json:"text"`
	N      int                     `json:"n,omitempty"`
	Nvec   []int                   `json:"nvec,omitempty"`
	Shape  []int                   `json:"shape,omitempty"`
	DType  string                  `json:"dtype,omitempty"`
	Low    *float64                `json:"low,omitempty"`
	High   *float64                `json:"high,omitempty"`
	Spaces map[string]spaceFigures `json:"spaces,omitempty"`
}

func (a *app) envs() *cobra.Command {
	return &cobra.Command{
		Use:   "envs [env...]",
		Short: "List the environments, or those that are named: ids, spaces, capabilities, parameters",
		RunE: func(_ *cobra.Command, names []string) error {
			if len(names) == 0 {
				names = env.IDs()
			}
			list := []envFigures{}
			for _, name := range names {
				figures, err := describe(name)
				if err != nil {
					return err
				}
				list = append(list, figures)
			}
			return a.report(map[string]any{"envs": list}, func(w io.Writer) { printEnvs(w, list) })
		},
	}
}

// describe makes the environment to ask it for its spaces and capabilities.
func describe(name string) (envFigures, error) {
	e, err := openEnv(name)
	if err != nil {
		return envFigures{}, err
	}
	defer e.Close()
	spec := e.Spec()
	figures := envFigures{
		ID: spec.ID, Doc: spec.Doc, MaxEpisodeSteps: spec.MaxEpisodeSteps, FPS: spec.FPS,
		Observation: describeSpace(spec.Observation), Action: describeSpace(spec.Action),
		Capabilities: capabilities(e), Params: []paramFigures{},
	}
	for _, p := range spec.Params {
		figures.Params = append(figures.Params, paramFigures(p))
	}
	return figures, nil
}

// capabilities returns the names of what e can do beyond being stepped.
func capabilities(e env.Env) []string {
	names := []string{}
	add := func(name string, ok bool) {
		if ok {
			names = append(names, name)
		}
	}
	_, ok := env.As[env.Snapshotter](e)
	add("snapshot", ok)
	_, ok = env.As[env.Prober](e)
	add("state", ok)
	_, ok = env.As[env.Captioner](e)
	add("caption", ok)
	_, ok = env.As[env.Primer](e)
	add("prime", ok)
	_, ok = env.As[env.Reconstructor](e)
	add("reconstruct", ok)
	_, ok = env.As[env.Surpriser](e)
	add("surprise", ok)
	return names
}

func describeSpace(space env.Space) spaceFigures {
	figures := spaceFigures{Text: space.String()}
	switch s := space.(type) {
	case env.Discrete:
		figures.Kind, figures.N = "discrete", s.N
	case env.MultiDiscrete:
		figures.Kind, figures.Nvec = "multi_discrete", s.Nvec
	case env.Box:
		figures.Kind, figures.Shape, figures.DType, figures.Low, figures.High = "box", s.Shape, s.Type.String(), &s.Low, &s.High
	case env.Dict:
		figures.Kind, figures.Spaces = "dict", map[string]spaceFigures{}
		for key, part := range s.Spaces {
			figures.Spaces[key] = describeSpace(part)
		}
	}
	return figures
}

func printEnvs(w io.Writer, list []envFigures) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ENVIRONMENT\tOBSERVATION\tACTION\tLIMIT\tCAPABILITIES\tWHAT IT IS")
	for _, e := range list {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\t%s\n", e.ID, e.Observation.Text, e.Action.Text, e.MaxEpisodeSteps,
			strings.Join(e.Capabilities, " "), e.Doc)
	}
	table.Flush()
	for _, e := range list {
		if len(e.Params) > 0 {
			fmt.Fprintf(w, "\n%s takes\n", e.ID)
			printParams(w, e.Params)
		}
	}
}

func printParams(w io.Writer, params []paramFigures) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range params {
		value := fmt.Sprint(p.Default)
		if p.Random {
			value = "drawn anew"
		}
		fmt.Fprintf(table, "  %s\t%g..%g\t%s\t%s\n", p.Name, p.Min, p.Max, value, p.Doc)
	}
	table.Flush()
}
