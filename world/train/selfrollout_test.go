package train

import (
	"slices"
	"testing"

	"somnium/world"
)

// stageOf returns a stage of the tiny preset and a shape of it whose latents are t in frame t.
func stageOf(t *testing.T, clips, frames int) (*dynamicsStage, *dynamicsShape) {
	model, err := world.New("tiny", 1)
	if err != nil {
		t.Fatal(err)
	}
	s := &dynamicsStage{model: model, options: Options{Clips: clips, Frames: frames}}
	shape, err := s.shape(16, 24)
	if err != nil {
		t.Fatal(err)
	}
	size := shape.codec.LatentSize()
	for i := range shape.latents {
		shape.latents[i] = float32(i / size % frames)
	}
	copy(shape.shown, shape.latents)
	return s, shape
}

// A frame of four patches, each of which shows nothing or something.
const (
	nothing   = 0
	something = 4
	elseThing = -4
)

// What of a dream is shown: all of it where it is near the truth, misses things, or has some too many; where it took
// another course the truth in the patches that stray, with or without what is too many.
func TestWhatOfADreamIsShown(t *testing.T) {
	type frame [4]float32
	none, a, b := frame{}, frame{something}, frame{1: something}
	for _, test := range []struct {
		name                 string
		truthBefore, truth   frame
		shownBefore, dreamed frame
		missing, ghost       bool
		want                 frame
		wantMissing          bool
	}{
		{"near the truth", none, a, none, frame{something + 0.9}, false, false, frame{something + 0.9}, false},
		{"a thing is missing", none, a, none, none, false, false, none, true},
		{"a thing is too many", none, none, none, a, false, false, a, false},
		{"another thing than in truth", none, a, none, frame{elseThing}, false, true, a, false},
		{"another thing than in truth, and a patch that is near it", none, a, none, frame{elseThing, 0.9}, false, false, frame{something, 0.9}, false},
		{"a thing elsewhere", none, a, none, b, false, false, a, false},
		{"a thing elsewhere, and a ghost of it stays", none, a, none, b, false, true, frame{something, something}, false},
		{"what was too many stays where it was", a, a, frame{something, something}, frame{something, something}, false, false, frame{something, something}, false},
		{"what was missing comes late, elsewhere", a, a, none, b, true, false, a, false},
		{"the same, and a ghost of it stays", a, a, none, b, true, true, frame{something, something}, false},
		{"what was missing is there", a, a, none, frame{something}, true, false, a, false},
	} {
		s, shape := stageOf(t, 1, 2)
		size := shape.codec.LatentSize()
		c := s.model.Dynamics.Config.Latent
		fill := func(latents []float32, f frame) {
			for i := range latents {
				latents[i] = nothing
				if p := i / c; p < len(f) {
					latents[i] = f[p]
				}
			}
		}
		fill(shape.latents[:size], test.truthBefore)
		fill(shape.latents[size:], test.truth)
		fill(shape.shown[:size], test.shownBefore)
		fill(shape.shown[size:], test.dreamed)
		r := &rollout{missing: []bool{test.missing}, ghost: []bool{test.ghost}}
		s.keep(shape, r, 0, 1)
		want := make([]float32, size)
		fill(want, test.want)
		if got := shape.shown[size:]; !slices.Equal(got, want) || r.missing[0] != test.wantMissing {
			t.Errorf("%s: the network is shown %v, missing %v; want %v, %v", test.name, got, r.missing[0], want, test.wantMissing)
		}
	}
}

// The hardest frame is the one that changes most, not the one that is farthest from the mean.
func TestHardestFrame(t *testing.T) {
	_, shape := stageOf(t, 2, 6)
	size := shape.codec.LatentSize()
	for t := range 6 {
		for j := range size {
			shape.latents[(6+t)*size+j] = []float32{0, 4, 3, -2, -5, -8}[t]
		}
	}
	if got := shape.hardest(1, 6); got != 3 {
		t.Errorf("frame %d changes most, want 3", got)
	}
	clear(shape.latents)
	if got := shape.hardest(0, 6); got != 0 {
		t.Errorf("where nothing moves, frame %d is the hardest, want 0", got)
	}
}
