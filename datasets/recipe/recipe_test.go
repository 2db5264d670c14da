package recipe_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"somnium/datasets/recipe"
	"somnium/env"
	_ "somnium/sim/all"
)

// What is part of the program must name environments that there are, all of which can be reset.
func TestEmbedded(t *testing.T) {
	if len(recipe.Names()) == 0 {
		t.Fatal("there is no recipe")
	}
	for _, name := range recipe.Names() {
		r, err := recipe.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		names, seeds := []string{}, map[uint64]bool{}
		for _, p := range r.Parts {
			if seeds[p.Seed] {
				t.Errorf("%s: the part %s has the seed of another", name, p.Name)
			}
			seeds[p.Seed] = true
			names = append(names, p.Environments()...)
		}
		for _, h := range r.HeldOut {
			if h.Env != "" {
				names = append(names, h.Env)
			}
		}
		for _, n := range names {
			e, err := env.Make(n)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			e.Close()
		}
	}
}

func TestEnvironments(t *testing.T) {
	p := recipe.Part{Envs: []string{"A-v0", "B-v0?gravity=3"}, Sizes: [][2]int{{48, 80}, {32, 32}}}
	want := []string{"A-v0?height=48&width=80", "A-v0?height=32&width=32", "B-v0?gravity=3&height=48&width=80", "B-v0?gravity=3&height=32&width=32"}
	if got := p.Environments(); !slices.Equal(got, want) {
		t.Errorf("the environments are %q, want %q", got, want)
	}
}

func TestOpenRefuses(t *testing.T) {
	const part = `{"name": "a", "envs": ["RigidUniform-v0?ood=1&height=32"], "agents": ["noop"], "episodes": 3}`
	path := filepath.Join(t.TempDir(), "r.json")
	for content, want := range map[string]string{
		`{`:                                      "is no recipe",
		`{"parts": [], "spam": 1}`:               "spam",
		`{"parts": []}`:                          "no parts",
		`{"parts": [{"name": "../a"}]}`:          "no name of a part",
		`{"parts": [{"name": "a"}]}`:             "needs envs",
		`{"parts": [` + part + `,` + part + `]}`: "that of two",
		`{"parts": [` + strings.Replace(part, "?", "??", 1) + `]}`:                  "the part a",
		`{"parts": [` + part + `], "held_out": [{"env": "RigidUniform-v0?ood=1"}]}`: "which is held out",
	} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := recipe.Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", content, err, want)
		}
	}
	if _, err := recipe.Open(filepath.Join(t.TempDir(), "absent")); err == nil || !strings.Contains(err.Error(), "worlds") {
		t.Errorf("an absent recipe: %v, want an error that names those that there are", err)
	}
}
