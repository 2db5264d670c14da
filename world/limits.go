package world

import (
	"fmt"
	"math"

	"somnium/world/dit"
	"somnium/world/tokenizer"
)

const (
	// maxClipPatches bounds the clips that Complete takes, in patches of 8x8 pixels over all frames: 512 frames of 64x64. Such a
	// clip takes some 2 GB with the preset small, 4 GB with medium.
	maxClipPatches = 1 << 15
	// maxClipNumbers bounds them for larger models, in channels of all layers over all patches: some 4 GB.
	maxClipNumbers = 1 << 25
	// maxDreamNumbers bounds what the dreams of a session or of a vector keep together: 4 GiB of float32.
	maxDreamNumbers = 1 << 30
	// passing is how many numbers a channel of a patch takes while a frame goes through the network, about.
	passing = 32
)

// patches returns how many patches of 8x8 pixels a frame has. As a float64 it does not overflow, whatever the size.
func patches(height, width int) float64 {
	return math.Ceil(float64(height)/tokenizer.Stride) * math.Ceil(float64(width)/tokenizer.Stride)
}

// clipFits returns an error where a clip of so many frames would take more memory than Complete allows itself.
func clipFits(c dit.Config, frames, height, width int) error {
	most := min(maxClipPatches, maxClipNumbers/(c.Width*c.Layers))
	if patches(height, width)*float64(frames) <= float64(most) {
		return nil
	}
	return fmt.Errorf("world: %d frames of %dx%d pixels are more than fit into memory at once, which for this model is %d patches of %dx%d; ask for fewer or smaller frames",
		frames, height, width, most, tokenizer.Stride, tokenizer.Stride)
}

// dreamsFit returns an error where so many dreams would take more memory than they are allowed.
func dreamsFit(c dit.Config, dreams, height, width int) error {
	numbers := patches(height, width) * float64(dreams) * float64(c.Kept()+passing*c.Width)
	if numbers <= maxDreamNumbers {
		return nil
	}
	const giB = 1 << 28 // float32
	return fmt.Errorf("world: with this model %d dreams of %dx%d pixels would keep %.3g GiB, and %d are the most; ask for fewer or smaller ones, or choose a smaller model",
		dreams, height, width, numbers/giB, maxDreamNumbers/giB)
}
