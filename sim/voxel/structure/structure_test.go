package structure_test

import (
	"strings"
	"testing"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/structure"
)

func TestTheStructuresThatComeAlong(t *testing.T) {
	all, err := structure.All()
	if err != nil || len(all) < 5 {
		t.Fatalf("there are %d structures, %v", len(all), err)
	}
	arch := all[0]
	if arch.Name != "arch" || arch.X != 3 || arch.Y != 3 || arch.Z != 1 || arch.Solid() != 7 ||
		arch.At(1, 2, 0) != block.Sandstone || arch.At(1, 0, 0) != block.Air || arch.Count(block.Bricks) != 6 {
		t.Errorf("the arch is %+v", arch)
	}
}

func TestMistakesAreTold(t *testing.T) {
	for text, says := range map[string]string{
		"name a\nblock P plank\nlayer\nP":              `line 2, "block P plank": block: there is no block "plank"`,
		"name a\nblock P planks\nlayer\nPQ":            "stands for no block",
		"name a\nblock P planks\nlayer\nPP\nP":         "row 2",
		"name a\nblock P planks\nlayer\nP\nlayer":      "layer 2",
		"name a\nblock P planks\nblock P dirt":         "taken",
		"block P planks\nlayer\nP":                     "name",
		"name a\nblock P planks":                       "no layers",
		"name a\nPPP":                                  "line 2",
		"name a\nlayer\n...":                           "all air",
		"name a\nblock PP planks":                      "LETTER",
		"name a b":                                     "one word",
		"name a\nlayer\n" + strings.Repeat(".", 17):    "at most 16",
		"name a\nlayer\n" + strings.Repeat(".\n", 400): "at most 16",
		"": "no line that names it",
	} {
		if _, err := structure.Parse(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: the error is %v, want one that says %q", text, err, says)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("name a\nblock P planks\nlayer\nP.P\nlayer\nPPP")
	f.Add("name a\nlayer\n.")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := structure.Parse(text)
		if err == nil && (len(s.Blocks) != s.X*s.Y*s.Z || s.Solid() == 0) {
			t.Errorf("%q parses as %+v", text, s)
		}
	})
}
