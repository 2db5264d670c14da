// Package recipe says what a data set for a world model is made of: which environments at which sizes, who acts in them, for
// how many episodes, under which seeds, and what is kept out of it, to be examined on. A recipe is a file of JSON. Some are
// part of the program.
package recipe

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"somnium/env"
)

// Recipe is a data set in parts.
type Recipe struct {
	Doc   string `json:"doc"`
	Parts []Part `json:"parts"`
	// HeldOut is what no part may hold.
	HeldOut []HeldOut `json:"held_out"`
}

// Part is one job of collecting, which fills a folder of its own.
type Part struct {
	// Name is that of the folder.
	Name string `json:"name"`
	// Envs are names of environments, each taken at each of the Sizes.
	Envs []string `json:"envs"`
	// Sizes are heights and widths in pixels. Default: 64x64 alone.
	Sizes [][2]int `json:"sizes"`
	// Agents are as `somnium collect --agent` takes them, with weights or without.
	Agents   []string `json:"agents"`
	Episodes int      `json:"episodes"`
	// MaxSteps cuts episodes. Default: the environment's own limit.
	MaxSteps int    `json:"max_steps"`
	Seed     uint64 `json:"seed"`
}

// HeldOut is something to be examined on.
type HeldOut struct {
	What string `json:"what"`
	// Env names the environment, with the parameters that make it another than those that are trained on. It may be empty.
	Env string `json:"env"`
}

//go:embed *.json
var embedded embed.FS

// Names returns the recipes that are part of the program, sorted.
func Names() []string {
	files, _ := embedded.ReadDir(".") // which cannot fail: it is there
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strings.TrimSuffix(f.Name(), ".json")
	}
	return names
}

// Open returns the recipe of a name, or of a file.
func Open(name string) (*Recipe, error) {
	data, err := embedded.ReadFile(name + ".json")
	if err != nil {
		if data, err = os.ReadFile(name); err != nil {
			return nil, fmt.Errorf("recipe: %q is neither a recipe of the program (%s) nor a file that can be read: %w", name, strings.Join(Names(), ", "), err)
		}
	}
	var r Recipe
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return nil, fmt.Errorf("recipe: %s is no recipe: %w", name, err)
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("recipe: %s: %w", name, err)
	}
	return &r, nil
}

func (r *Recipe) check() error {
	if len(r.Parts) == 0 {
		return fmt.Errorf("it has no parts; name at least one")
	}
	seen := map[string]bool{}
	for _, p := range r.Parts {
		valid := p.Name != "" && strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
		if !valid || seen[p.Name] {
			return fmt.Errorf("%q is no name of a part, or that of two; give each one of its own, of small letters, digits and dashes", p.Name)
		}
		seen[p.Name] = true
		if len(p.Envs) == 0 || len(p.Agents) == 0 || p.Episodes < 1 || p.MaxSteps < 0 {
			return fmt.Errorf("the part %s needs envs, agents and episodes, and max_steps of 0 or more", p.Name)
		}
		if err := r.checkHeldOut(p); err != nil {
			return err
		}
	}
	return nil
}

// checkHeldOut returns an error where a part names what is held out, at whatever size.
func (r *Recipe) checkHeldOut(p Part) error {
	for _, name := range p.Environments() {
		id, config, err := env.ParseName(name)
		if err != nil {
			return fmt.Errorf("the part %s: %w", p.Name, err)
		}
		plain := env.FormatName(id, env.Config{Params: config.Params})
		if slices.ContainsFunc(r.HeldOut, func(h HeldOut) bool { return h.Env == plain }) {
			return fmt.Errorf("the part %s has %s, which is held out; take it from one of the two", p.Name, plain)
		}
	}
	return nil
}

// Environments returns the names of the part's environments at all sizes.
func (p Part) Environments() []string {
	if len(p.Sizes) == 0 {
		return p.Envs
	}
	var names []string
	for _, name := range p.Envs {
		join := "?"
		if strings.Contains(name, "?") {
			join = "&"
		}
		for _, size := range p.Sizes {
			names = append(names, fmt.Sprintf("%s%sheight=%d&width=%d", name, join, size[0], size[1]))
		}
	}
	return names
}
