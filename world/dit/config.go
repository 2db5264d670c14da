// Package dit is the video diffusion transformer: given the frames so far, noised each at a level of its own, the actions
// that lead into them and a caption, it predicts the clean latent of every frame, its reward and whether it ends the
// episode.
//
// What is called a frame here is the latent of one, or of the S frames of a span where the tokenizer compresses time too: then
// S actions lead into it, one after the other.
//
// Shape letters: B clips, T frames, F = B*T, H x W the latent grid, P = H*W patches of a frame, N = F*P tokens, C latent
// channels, D the width.
//
// The trunk follows Dreamer 4 (arXiv 2509.24527, section 3): layers that attend within a frame alternate with layers that
// attend over time at one patch, pre-norm RMSNorm, QK-norm, rotary positions, SwiGLU. A depthwise convolution in every
// feed-forward block gives locality, since motion is local. Levels, action and caption enter through a vector a frame
// that scales and shifts the normed activations. Where a model has a memory, a gated linear recurrence stands beside every attention
// over time, whose window does not bound it. Reward and end are read off the last layer and nothing attends to them, so
// that the picture cannot lean on them.
//
// One set of weights serves two forwards: [Model.Graph] builds the Gorgonia graph that training differentiates, and
// [Stepper] computes one frame at a time against a cache of keys and values, with no graph.
package dit

import (
	"cmp"
	"fmt"

	"somnium/internal/nn"
	"somnium/world/diffusion"
)

// Config is the size of a model. It is stored with the weights.
type Config struct {
	// Latent is C, the channels of a latent.
	Latent int `json:"latent"`
	// Width is D; Heads divides it; Layers counts attention and feed-forward pairs; Hidden is the inner width of SwiGLU.
	Width  int `json:"width"`
	Heads  int `json:"heads"`
	Layers int `json:"layers"`
	Hidden int `json:"hidden"`
	// TimeEvery makes every so-manyth layer attend over time instead of space.
	TimeEvery int `json:"time_every"`
	// Window is how many frames, itself included, a frame sees in time.
	Window int `json:"window"`
	// Actions is the length of the vector of one action, Vocabulary the number of hashed words of captions.
	Actions    int `json:"actions"`
	Vocabulary int `json:"vocabulary"`
	// TimeStride is S, how many frames a latent stands for. Default: 1.
	TimeStride int `json:"time_stride,omitempty"`
	// ContextNoise is the share of noise in known frames, at most 0.2, as a dream shows them to the network and as the network is
	// taught to see them. Default: that of diffusion.ContextLevel, 0.03.
	ContextNoise float32 `json:"context_noise,omitempty"`
	// Memory puts a gated linear recurrence beside the attention of every layer over time, whose state the window does not bound:
	// see kernel.MemoryWeights. Default: false.
	Memory bool `json:"memory,omitempty"`
}

// Span returns S, how many frames a latent stands for: so many actions lead into it, and so many rewards and ends are read off it.
func (c Config) Span() int { return cmp.Or(c.TimeStride, 1) }

// ContextLevel returns the signal level at which known frames are shown to the network.
func (c Config) ContextLevel() float32 {
	if c.ContextNoise == 0 {
		return diffusion.ContextLevel
	}
	return 1 - c.ContextNoise
}

// KnownLevel returns what a level that diffusion.SampleKnown draws becomes where known frames carry the noise of this model: as
// much more or less noise as its dreams show.
func (c Config) KnownLevel(drawn float32) float32 {
	if c.ContextNoise == 0 {
		return drawn
	}
	return 1 - (1-drawn)*c.ContextNoise/(1-diffusion.ContextLevel)
}

// Tiny is the preset of the tests.
func Tiny(latent int) Config {
	return Config{Latent: latent, Width: 32, Heads: 2, Layers: 2, Hidden: 64, TimeEvery: 2, Window: 8, Actions: 8, Vocabulary: 64}
}

// TinyStride4 is the preset of the tests whose latents stand for four frames each.
func TinyStride4(latent int) Config {
	c := Tiny(latent)
	c.TimeStride = 4
	return c
}

// Small is the preset of the embedded weights.
func Small(latent int) Config {
	return Config{Latent: latent, Width: 96, Heads: 3, Layers: 6, Hidden: 256, TimeEvery: 2, Window: 16, Actions: 16, Vocabulary: 1024}
}

// WithMemory returns the sizes with a memory.
func (c Config) WithMemory() Config {
	c.Memory = true
	return c
}

// Medium is the smallest preset for both worlds. It dreams in real time on two cores, and grows from Small.
func Medium(latent int) Config {
	return both(Config{Latent: latent, Width: 128, Heads: 4, Layers: 8, Hidden: 344, Vocabulary: 4096})
}

// Base is a preset of some 18 million weights, for one GPU.
func Base(latent int) Config {
	return both(Config{Latent: latent, Width: 256, Heads: 8, Layers: 12, Hidden: 704, Vocabulary: 8192})
}

// Large is a preset of some 50 million weights, for several GPUs.
func Large(latent int) Config {
	return both(Config{Latent: latent, Width: 384, Heads: 12, Layers: 16, Hidden: 1024, Vocabulary: 16384})
}

// both completes the sizes of a model of both worlds: its action vector holds what the voxel world's actions take, 87 numbers. The
// window is no longer than the shortest clips that train it, since attention does not know distances that it was not taught; what lies
// further back is for the memory.
func both(c Config) Config {
	c.TimeEvery, c.Window, c.Actions = 2, 16, 96
	return c.WithMemory()
}

const (
	// maxWeights bounds a model: 1 GiB of float32.
	maxWeights = 1 << 28
	// maxCache bounds the keys, values and states that a dream keeps for each patch of the latent grid: 4 MiB of float32.
	maxCache = 1 << 20
)

// Check returns an error where the sizes do not fit together, or where the model would have more than 2^28 weights or keep
// more than 2^20 numbers for each patch: what a file says cannot make a program ask for more memory than that.
func (c Config) Check() error {
	for _, f := range []struct {
		name      string
		size, max int
	}{
		{"latent", c.Latent, 1 << 10}, {"width", c.Width, 1 << 13}, {"heads", c.Heads, 1 << 10}, {"layers", c.Layers, 1 << 8},
		{"hidden", c.Hidden, 1 << 15}, {"time_every", c.TimeEvery, 1 << 8}, {"window", c.Window, 1 << 12},
		{"actions", c.Actions, 1 << 12}, {"vocabulary", c.Vocabulary, 1 << 20}, {"time_stride", c.Span(), 1 << 6},
	} {
		if f.size <= 0 || f.size > f.max {
			return fmt.Errorf("dit: the configuration has %s = %d, want 1 to %d; it is of another version or damaged", f.name, f.size, f.max)
		}
	}
	if !(c.ContextNoise >= 0 && c.ContextNoise <= 0.2) {
		return fmt.Errorf("dit: the configuration has context_noise = %g, want 0 to 0.2; it is of another version or damaged", c.ContextNoise)
	}
	if c.Width%(4*c.Heads) != 0 {
		return fmt.Errorf("dit: width %d is not a multiple of 4 x %d heads", c.Width, c.Heads)
	}
	if n := c.Weights(); n > maxWeights {
		return fmt.Errorf("dit: the configuration calls for %d weights, and %d are the limit; choose smaller sizes", n, maxWeights)
	}
	if n := c.Kept(); n > maxCache {
		return fmt.Errorf("dit: the configuration keeps %d keys, values and states a patch, and %d are the limit; choose a smaller window or fewer layers over time", n, maxCache)
	}
	return nil
}

// Kept returns how many numbers a dream keeps for each patch of the latent grid: keys and values of a window, and states of a memory.
func (c Config) Kept() int {
	kept := 2 * c.Window
	if c.Memory {
		kept++
	}
	return kept * c.Width * (c.Layers / c.TimeEvery)
}

// Weights returns the number of weights of a model of these sizes, which it does not make.
func (c Config) Weights() int { return declare(c, nn.NewOutline()).Params.Count() }

// overTime says whether a layer attends over time.
func (c Config) overTime(layer int) bool { return layer%c.TimeEvery == c.TimeEvery-1 }

// remembers says whether a layer has a memory.
func (c Config) remembers(layer int) bool { return c.Memory && c.overTime(layer) }

// Reach is how many of the newest frames can have an influence on the next one, through all layers and the history that is
// joined to a token's input; 0 where a memory lets all of them have some.
func (c Config) Reach() int {
	if c.Memory {
		return 0
	}
	return c.Layers/c.TimeEvery*(c.Window-1) + 1 + History
}
