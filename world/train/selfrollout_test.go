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

// What the model dreamed is shown as long as every patch is near the truth, and not where frames see later ones.
func TestDreamsThatStrayAreNotShown(t *testing.T) {
	s, shape := stageOf(t, 2, 6)
	c, size := s.model.Dynamics.Config.Latent, shape.codec.LatentSize()
	shape.graph.Batch.Bidirectional[1] = true
	for _, test := range []struct {
		name         string
		clip, frame  int
		error        float32
		wholeIsShown bool
	}{
		{"near", 0, 2, 0.9, true},
		{"strayed in one patch", 0, 3, 1.1, false},
		{"near, in a clip that sees later frames", 1, 2, 0.9, false},
	} {
		i := (test.clip*6 + test.frame) * size
		shown, truth := shape.shown[i:i+size], shape.latents[i:i+size]
		shown[0] += 0.25
		for j := size - c; j < size; j++ { // the last patch
			shown[j] += test.error
		}
		dreamed := slices.Clone(shown)
		s.keep(shape, test.clip, test.frame)
		if want := map[bool][]float32{true: dreamed, false: truth}[test.wholeIsShown]; !slices.Equal(shown, want) {
			t.Errorf("%s: the network is shown %v, want %v", test.name, shown, want)
		}
	}
}

// Where something happened and the dream shows what was there before, it is shown: what was missed can still come.
func TestDreamsInWhichNothingHappensAreShown(t *testing.T) {
	s, shape := stageOf(t, 1, 6)
	c, size := s.model.Dynamics.Config.Latent, shape.codec.LatentSize()
	copy(shape.shown[3*size:4*size], shape.shown[2*size:3*size])
	for j := range c {
		shape.latents[3*size+j] = 9
	}
	dreamed := slices.Clone(shape.shown[3*size : 4*size])
	if s.keep(shape, 0, 3); !slices.Equal(shape.shown[3*size:4*size], dreamed) {
		t.Error("the network is not shown that nothing happened")
	}
	shape.shown[3*size] -= 4
	if s.keep(shape, 0, 3); !slices.Equal(shape.shown[3*size:4*size], shape.latents[3*size:4*size]) {
		t.Error("the network is shown that something else happened")
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
