// Package flow guesses the next frame of a video by carrying along the pixels of the last one.
//
// A convolutional network sees the last two frames and the actions, and says for every cell of 4x4 pixels where its content comes
// from: a few displacements of the last frame, a mask that blends them pixel by pixel, and paint for what could not be seen before
// (Finn et al. 2016, arXiv 1605.07157). It learns by the error of its guess alone. What moves or turns is so moved as it is, edges and
// all, which a transformer of latents has to draw anew in every frame.
//
// The guess is no sample: where several things may happen it shows their mean. It is what the diffusion of the next frame starts from.
//
// Shape letters: F frames, H x W pixels, h x w cells, A the length of an action's vector.
package flow

import (
	"fmt"

	"somnium/internal/ckpt"
	"somnium/internal/gop"
	"somnium/internal/kernel"
	"somnium/internal/nn"
)

// Patch is the side of a cell in pixels.
const Patch = 4

// history is how many frames the network sees.
const history = 2

// patchSize is the length of a cell's input: its pixels in both frames, and where it lies.
const patchSize = history*3*Patch*Patch + 2

// Config is the size of a network. It is stored with the weights.
type Config struct {
	// Width is the number of channels of a cell, Hidden the inner width of a block's SwiGLU, Blocks how many there are.
	Width  int `json:"width"`
	Hidden int `json:"hidden"`
	Blocks int `json:"blocks"`
	// Flows is how many displacements a cell has, at most 8.
	Flows int `json:"flows"`
	// Actions is A.
	Actions int `json:"actions"`
}

// Tiny is the preset of the tests.
func Tiny(actions int) Config {
	return Config{Width: 16, Hidden: 16, Blocks: 2, Flows: 2, Actions: actions}
}

// Small is the preset of the models of both worlds.
func Small(actions int) Config {
	return Config{Width: 96, Hidden: 192, Blocks: 8, Flows: 2, Actions: actions}
}

// maxWeights bounds a network: 1 GiB of float32.
const maxWeights = 1 << 28

// Check returns an error where a size is out of range: what a file says cannot make a program ask for more than 1 GiB.
func (c Config) Check() error {
	for _, f := range []struct {
		name      string
		size, max int
	}{
		{"width", c.Width, 1 << 12}, {"hidden", c.Hidden, 1 << 14}, {"blocks", c.Blocks, 1 << 8}, {"flows", c.Flows, 8}, {"actions", c.Actions, 1 << 12},
	} {
		if f.size <= 0 || f.size > f.max {
			return fmt.Errorf("flow: the configuration has %s = %d, want 1 to %d; it is of another version or damaged", f.name, f.size, f.max)
		}
	}
	if n := c.Weights(); n > maxWeights {
		return fmt.Errorf("flow: the configuration calls for %d weights, and %d are the limit; choose smaller sizes", n, maxWeights)
	}
	return nil
}

// Weights returns the number of weights of a network of these sizes, which it does not make.
func (c Config) Weights() int { return declare(c, nn.NewOutline()).Params.Count() }

// FeatureSize is the length of a guess's condition: the actions into the guessed frame and into the one before it, each with a flag
// that says that it is known, and a flag that says that there are two frames to guess from.
func (c Config) FeatureSize() int { return history*(1+c.Actions) + 1 }

// FillFeatures writes the condition of a guess. now is the vector [A] of the action into the guessed frame, before that of the one
// into the last frame, nil where they are not known; two says that there are two frames.
func (c Config) FillFeatures(dst, now, before []float32, two bool) {
	clear(dst)
	for i, action := range [history][]float32{now, before} {
		part := dst[i*(1+c.Actions):]
		if action != nil {
			part[0] = 1
			copy(part[1:1+c.Actions], action)
		}
	}
	if two {
		dst[len(dst)-1] = 1
	}
}

// Model is a network's weights.
type Model struct {
	Config Config
	Params *nn.Params

	embed, condition, output linear
	gain                     *nn.Param
	blocks                   []block
}

type linear struct{ weight, bias *nn.Param }

type block struct {
	gain, taps, in, out *nn.Param
	film                linear
}

// New returns a network with fresh weights.
func New(c Config, seed uint64) (*Model, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	return declare(c, nn.NewParams(seed)), nil
}

func declare(c Config, p *nn.Params) *Model {
	m := &Model{Config: c, Params: p, blocks: make([]block, c.Blocks)}
	newLinear := func(name string, init nn.Init, in, out int) linear {
		return linear{p.Weight(name+"/weight", init, in, out), p.New(name+"/bias", nn.Zeros, out)}
	}
	d := c.Width
	m.embed = newLinear("embed", nn.FanIn(1), patchSize, d)
	m.condition = newLinear("condition", nn.FanIn(1), c.FeatureSize(), d)
	for i := range m.blocks {
		name := fmt.Sprintf("block/%d", i)
		m.blocks[i] = block{
			gain: p.New(name+"/gain", nn.Ones, d), taps: p.New(name+"/taps", nn.CentreTap(0.05), gop.ConvSize*gop.ConvSize, d),
			in: p.Weight(name+"/in", nn.FanIn(1), d, 2*c.Hidden), out: p.Weight(name+"/out", nn.FanIn(0.3), c.Hidden, d),
			film: newLinear(name+"/film", nn.Zeros, d, 2*d),
		}
	}
	m.gain = p.New("gain", nn.Ones, d)
	// Not zero: displacements that begin alike would stay alike.
	m.output = newLinear("output", nn.FanIn(0.1), d, m.carry(Patch, Patch).HeadSize())
	// Muon is for maps between hidden features.
	for _, l := range []linear{m.embed, m.condition, m.output} {
		l.weight.Matrix = false
	}
	return m
}

func (m *Model) carry(height, width int) *kernel.Carry {
	return &kernel.Carry{Height: height, Width: width, Patch: Patch, Flows: m.Config.Flows}
}

// Tensors returns the weights as checkpoint tensors under the prefix.
func (m *Model) Tensors(prefix string) []ckpt.Tensor { return m.Params.Tensors(prefix) }

// Load copies the weights from a checkpoint.
func (m *Model) Load(file *ckpt.File, prefix string) error { return m.Params.Load(file, prefix) }
