package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"somnium/datasets"
	"somnium/datasets/recipe"
)

// recipeOptions returns the jobs of a recipe, each with a folder of its own below that of the options.
func (a *app) recipeOptions(c *cobra.Command, name string, args []string, options datasets.CollectOptions) ([]datasets.CollectOptions, error) {
	for _, flag := range []string{"agent", "episodes", "steps", "max-steps", "seed"} {
		if c.Flags().Changed(flag) {
			return nil, usage("a recipe says what --%s says; leave it away, or write a recipe of your own", flag)
		}
	}
	if len(args) > 0 {
		return nil, usage("a recipe names the environments; leave %s away, or write a recipe of your own", args[0])
	}
	r, err := recipe.Open(name)
	if err != nil {
		return nil, err
	}
	jobs := make([]datasets.CollectOptions, len(r.Parts))
	for i, p := range r.Parts {
		job := options
		if job.Agents, job.Weights, err = parseMixture(p.Agents); err != nil {
			return nil, fmt.Errorf("the part %s of the recipe %s: %w", p.Name, name, err)
		}
		job.Dir, job.Envs, job.Seed = filepath.Join(options.Dir, p.Name), p.Environments(), p.Seed
		job.Episodes, job.MaxSteps = p.Episodes, p.MaxSteps
		jobs[i] = job
	}
	return jobs, nil
}
