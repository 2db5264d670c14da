package world

import (
	"slices"
	"strings"
	"testing"

	"somnium/internal/nn"
	"somnium/world/dit"
	"somnium/world/tokenizer"
)

// A model of a preset that grew from a smaller one keeps its weights, its statistics and what it was trained on.
func TestGrow(t *testing.T) {
	sizes := dit.Tiny(tokenizer.Tiny().Latent)
	sizes.Layers, sizes.Actions = 1, 3
	from, err := build(Info{Version: version, Preset: "smaller", Tokenizer: tokenizer.Tiny(), Dynamics: sizes, DynamicsSteps: 7, Words: []string{"ball"}}, 5)
	if err != nil {
		t.Fatal(err)
	}
	spoil(t, from)
	m, err := Grow("tiny", 2, from)
	if err != nil {
		t.Fatal(err)
	}
	if m.Info.Preset != "tiny" || m.Info.Dynamics != m.Dynamics.Config || m.Info.DynamicsSteps != 7 || !slices.Equal(m.Info.Words, from.Info.Words) {
		t.Errorf("the grown model says of itself %+v", m.Info)
	}
	old := weightsOf(from)
	for _, p := range weightsOf(m) {
		at := slices.IndexFunc(old, func(o *nn.Param) bool { return o.Name == p.Name })
		if at >= 0 && !slices.Equal(p.Data[:len(old[at].Data)], old[at].Data) {
			t.Errorf("%s is not what it was", p.Name)
		}
	}
	other := from.Info
	other.Dynamics.Vocabulary /= 2
	if from, err := build(other, 5); err != nil {
		t.Error(err)
	} else if m, err := Grow("tiny", 2, from); err != nil || len(m.Info.Words) > 0 {
		t.Errorf("grown into another vocabulary it knows the words %q; %v", m.Info.Words, err)
	}
	if _, err := Grow("small", 1, from); err == nil || !strings.Contains(err.Error(), "tokenizer") {
		t.Errorf("a model of another tokenizer: %v", err)
	}
	if _, err := Grow("huge", 1, from); err == nil {
		t.Error("there is no preset huge")
	}
}
