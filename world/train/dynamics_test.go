package train

import (
	"slices"
	"testing"

	"somnium/world/diffusion"
)

// A frame's tokens weigh by what moved before it and not by what happens in it: else what may happen would be expected more
// than it is likely.
func TestWeightsAreOfThePast(t *testing.T) {
	s, shape := stageOf(t, 1, 6)
	size := shape.codec.LatentSize()
	b := &shape.graph.Batch
	clear(shape.latents)
	const moved = 1*3 + 0 // the patch in row 1 and column 0 of the grid of 2 x 3
	c := s.model.Dynamics.Config.Latent
	for j := range c {
		shape.latents[2*size+moved*c+j] = 1 // it moves between the frames 1 and 2, and back
	}
	weights := func(frame int) []float32 {
		s.fillFrame(shape, b, frame, frame, nil)
		return slices.Clone(b.Weights[frame*size/c : (frame+1)*size/c])
	}
	plain, heavy := diffusion.Weight(0), movingWeight*diffusion.Weight(0)
	for frame, want := range map[int][]float32{
		1: {plain, plain, plain, plain, plain, plain},
		2: {plain, plain, plain, plain, plain, plain},
		3: {heavy, heavy, plain, heavy, heavy, plain},
		5: {plain, plain, plain, plain, plain, plain},
	} {
		if got := weights(frame); !slices.Equal(got, want) {
			t.Errorf("the weights of frame %d are %v, want %v", frame, got, want)
		}
	}
	before := weights(4)
	for j := range size {
		shape.latents[4*size+j] = 3
	}
	if after := weights(4); !slices.Equal(before, after) {
		t.Errorf("the weights of frame 4 change with what happens in it: %v and %v", before, after)
	}
}

// A hidden first frame counts more, patch for patch, and no other frame does.
func TestOpeningsWeighMore(t *testing.T) {
	s, shape := stageOf(t, 2, 4)
	b := &shape.graph.Batch
	for i := range b.Weights {
		b.Weights[i] = 0.5
	}
	shape.weighOpening(b, s.frames()) // the first frame of the second clip
	patches := shape.h * shape.w
	for i, w := range b.Weights {
		want := float32(0.5)
		if i/patches == s.frames() {
			want *= openingWeight
		}
		if w != want {
			t.Fatalf("patch %d of frame %d weighs %g, want %g", i%patches, i/patches, w, want)
		}
	}
}
