// Package tokenizer compresses frames to latents and back.
//
// A frame of 8h x 8w pixels becomes a grid of h x w latents of C numbers in (-1, 1); a frame whose sides 8 does not divide is
// padded by its border and cropped back. The encoder cuts 4x4 patches, mixes them with feed-forward blocks that hold a
// depthwise convolution, joins 2x2 of them and squeezes them through a tanh (as Dreamer 4's tokenizer, arXiv 2509.24527,
// section 3.1); the decoder is its mirror. Everything is local, so one set of weights takes any size.
//
// A latent stands for the S frames of its span: one in most models, several where time is compressed too. The spans of a clip
// lie one after the other up to its last frame; what its first latent lacks in front is its first frame, held. So a clip of
// 1+S*k frames begins with a latent of its first frame alone, a picture is a clip in which nothing moves, and no latent
// depends on a frame behind its span. The frames of a span go through the network together, side by side in the channels of
// its patches.
//
// Latents are handed out normalised: each channel has mean 0 and deviation 1 over the training data.
//
// Shape letters: B clips, T frames, L latents, S frames of a span, H x W pixels, h x w the latent grid, P = h*w, C latent channels.
package tokenizer

import (
	"cmp"
	"fmt"

	"somnium/internal/ckpt"
	"somnium/internal/gop"
	"somnium/internal/nn"
)

const (
	patch = 4
	// Stride is how many pixels, in each direction, one latent stands for.
	Stride = 2 * patch
)

// Config is the size of a tokenizer. It is stored with the weights.
type Config struct {
	// Latent is C.
	Latent int `json:"latent"`
	// Fine and Coarse are the widths of the grids of 4x4 and of 8x8 pixels.
	Fine   int `json:"fine"`
	Coarse int `json:"coarse"`
	// EncoderBlocks and DecoderBlocks count the blocks of the fine grid; the coarse grid has CoarseBlocks on either side.
	EncoderBlocks int `json:"encoder_blocks"`
	DecoderBlocks int `json:"decoder_blocks"`
	CoarseBlocks  int `json:"coarse_blocks"`
	// TimeStride is S, how many frames a latent stands for. Default: 1.
	TimeStride int `json:"time_stride,omitempty"`
}

// Tiny is the preset of the tests.
func Tiny() Config {
	return Config{Latent: 8, Fine: 16, Coarse: 32, EncoderBlocks: 1, DecoderBlocks: 1, CoarseBlocks: 1}
}

// Small is the preset of the embedded weights.
func Small() Config {
	return Config{Latent: 16, Fine: 64, Coarse: 128, EncoderBlocks: 1, DecoderBlocks: 3, CoarseBlocks: 1}
}

// Large is the preset of models that a GPU trains.
func Large() Config {
	return Config{Latent: 16, Fine: 96, Coarse: 192, EncoderBlocks: 2, DecoderBlocks: 4, CoarseBlocks: 2}
}

// TinyStride4 is the preset of the tests whose latents stand for four frames each. It is wider than Tiny, which pays for every
// frame what this pays for four.
func TinyStride4() Config {
	return Config{Latent: 16, Fine: 32, Coarse: 64, EncoderBlocks: 1, DecoderBlocks: 1, CoarseBlocks: 1, TimeStride: 4}
}

// Span returns S, how many frames a latent stands for.
func (c Config) Span() int { return cmp.Or(c.TimeStride, 1) }

// Latents returns how many latents a clip of so many frames has.
func (c Config) Latents(frames int) int { return (frames + c.Span() - 1) / c.Span() }

// Frames returns which frames of a clip of so many its latent stands for: from from to before to.
func (c Config) Frames(latent, frames int) (from, to int) {
	to = frames - (c.Latents(frames)-1-latent)*c.Span()
	return max(0, to-c.Span()), to
}

// Cut returns the frames of a clip [T, ...] of so many that its latent stands for.
func (c Config) Cut(clip []uint8, latent, frames int) []uint8 {
	from, to := c.Frames(latent, frames)
	size := len(clip) / frames
	return clip[from*size : to*size]
}

// maxWeights bounds a model: 1 GiB of float32.
const maxWeights = 1 << 28

// Check returns an error where a size is out of range or the model would have more than 2^28 weights: what a file says cannot
// make a program ask for more memory than that.
func (c Config) Check() error {
	for _, f := range []struct {
		name      string
		size, max int
	}{
		{"latent", c.Latent, 1 << 10}, {"fine", c.Fine, 1 << 12}, {"coarse", c.Coarse, 1 << 12},
		{"encoder_blocks", c.EncoderBlocks, 1 << 8}, {"decoder_blocks", c.DecoderBlocks, 1 << 8}, {"coarse_blocks", c.CoarseBlocks, 1 << 8},
		{"time_stride", c.Span(), 1 << 6},
	} {
		if f.size <= 0 || f.size > f.max {
			return fmt.Errorf("tokenizer: the configuration has %s = %d, want 1 to %d; it is of another version or damaged", f.name, f.size, f.max)
		}
	}
	if n := c.Weights(); n > maxWeights {
		return fmt.Errorf("tokenizer: the configuration calls for %d weights, and %d are the limit; choose smaller sizes", n, maxWeights)
	}
	return nil
}

// Weights returns the number of weights of a model of these sizes, which it does not make.
func (c Config) Weights() int { return declare(c, nn.NewOutline(), nn.NewOutline()).Params.Count() }

// Model is a tokenizer's weights.
type Model struct {
	Config Config
	// Params are the trained weights.
	Params *nn.Params
	// Stats holds the mean and the deviation of each latent channel, [C] each, measured after training.
	Stats           *nn.Params
	mean, deviation *nn.Param

	encoder, decoder []blockParams
	patchIn, merge   linearParams
	squeeze, expand  linearParams
	split, patchOut  linearParams
	gainIn, gain     *nn.Param // of the last norms of encoder and decoder
	coarseAt         int       // index in encoder of the first coarse block; the decoder's coarse blocks come first
}

type linearParams struct{ weight, bias *nn.Param }

type blockParams struct{ gain, taps, in, out *nn.Param }

// New returns a tokenizer with fresh weights.
func New(c Config, seed uint64) (*Model, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	return declare(c, nn.NewParams(seed), nn.NewParams(seed)), nil
}

// declare declares the weights of a tokenizer in params and the statistics of its latents in stats.
func declare(c Config, params, stats *nn.Params) *Model {
	m := &Model{Config: c, Params: params, Stats: stats}
	m.mean, m.deviation = m.Stats.New("mean", nn.Zeros, c.Latent), m.Stats.New("deviation", nn.Ones, c.Latent)
	linear := func(name string, in, out int) linearParams {
		return linearParams{m.Params.Weight(name+"/weight", nn.FanIn(1), in, out), m.Params.New(name+"/bias", nn.Zeros, out)}
	}
	blocks := func(name string, count, width int) (list []blockParams) {
		for i := range count {
			list = append(list, newBlock(m.Params, fmt.Sprintf("%s/%d", name, i), width))
		}
		return list
	}
	m.patchIn = linear("encoder/patch", c.Span()*3*patch*patch, c.Fine)
	m.encoder = append(blocks("encoder/fine", c.EncoderBlocks, c.Fine), blocks("encoder/coarse", c.CoarseBlocks, c.Coarse)...)
	m.coarseAt = c.EncoderBlocks
	m.merge = linear("encoder/merge", 4*c.Fine, c.Coarse)
	m.gainIn = m.Params.New("encoder/gain", nn.Ones, c.Coarse)
	m.squeeze = linear("encoder/squeeze", c.Coarse, c.Latent)
	// The tanh wants inputs of moderate size: Muon, whose steps do not shrink, would drive it into saturation.
	m.squeeze.weight.Matrix = false
	m.expand = linear("decoder/expand", c.Latent, c.Coarse)
	m.decoder = append(blocks("decoder/coarse", c.CoarseBlocks, c.Coarse), blocks("decoder/fine", c.DecoderBlocks, c.Fine)...)
	m.split = linear("decoder/split", c.Coarse, 4*c.Fine)
	m.gain = m.Params.New("decoder/gain", nn.Ones, c.Fine)
	m.patchOut = linear("decoder/patch", c.Fine, c.Span()*3*patch*patch)
	return m
}

// Decoder returns the weights of the decoder alone. What changes them leaves the latents as they are.
func (m *Model) Decoder() *nn.Params { return m.Params.Under("decoder/") }

func newBlock(p *nn.Params, name string, width int) blockParams {
	hidden := hiddenWidth(width)
	return blockParams{
		gain: p.New(name+"/gain", nn.Ones, width),
		taps: p.New(name+"/taps", nn.CentreTap(0.05), gop.ConvSize*gop.ConvSize, width),
		in:   p.Weight(name+"/in", nn.FanIn(1), width, 2*hidden),
		out:  p.Weight(name+"/out", nn.FanIn(0.3), hidden, width),
	}
}

// hiddenWidth is the inner width of a block's SwiGLU.
func hiddenWidth(width int) int { return 2 * width }

func (l linearParams) layer(constant bool) nn.Layer {
	return nn.Layer{Op: &gop.Linear{Constant: constant}, Params: []*nn.Param{l.weight, l.bias}}
}

func (b blockParams) layer(height, width int) nn.Layer {
	return nn.Layer{
		Op:     &gop.FeedForward{Height: height, Width: width, Hidden: b.out.Shape[0]},
		Params: []*nn.Param{b.gain, b.taps, b.in, b.out},
	}
}

// encoderChain maps patches [B*L*S*2h*2w, 48] to latents before the tanh, [B*L*h*w, C].
func (m *Model) encoderChain(h, w int) nn.Chain {
	chain := nn.Chain{m.fold(h, w, false), m.patchIn.layer(true)}
	for _, b := range m.encoder[:m.coarseAt] {
		chain = append(chain, b.layer(2*h, 2*w))
	}
	chain = append(chain, nn.Layer{Op: &gop.Merge{Height: 2 * h, Width: 2 * w}}, m.merge.layer(false))
	for _, b := range m.encoder[m.coarseAt:] {
		chain = append(chain, b.layer(h, w))
	}
	return append(chain, nn.Layer{Op: &gop.Norm{Patches: h * w}, Params: []*nn.Param{m.gainIn}}, m.squeeze.layer(false))
}

// fold joins the patches of a span's frames, or splits them.
func (m *Model) fold(h, w int, split bool) nn.Layer {
	return nn.Layer{Op: &gop.Fold{Frames: m.Config.Span(), Patches: 4 * h * w, Split: split}}
}

// decoderChain maps latents [B*L*h*w, C] to patches [B*L*S*2h*2w, 48].
func (m *Model) decoderChain(h, w int) nn.Chain {
	coarse := m.Config.CoarseBlocks
	chain := nn.Chain{m.expand.layer(false)}
	for _, b := range m.decoder[:coarse] {
		chain = append(chain, b.layer(h, w))
	}
	chain = append(chain, m.split.layer(false), nn.Layer{Op: &gop.Merge{Height: 2 * h, Width: 2 * w, Split: true}})
	for _, b := range m.decoder[coarse:] {
		chain = append(chain, b.layer(2*h, 2*w))
	}
	return append(chain, nn.Layer{Op: &gop.Norm{Patches: 4 * h * w}, Params: []*nn.Param{m.gain}}, m.patchOut.layer(false), m.fold(h, w, true))
}

// Tensors returns the weights and statistics as checkpoint tensors under the prefix.
func (m *Model) Tensors(prefix string) []ckpt.Tensor {
	return append(m.Params.Tensors(prefix+"params/"), m.Stats.Tensors(prefix+"stats/")...)
}

// Load copies weights and statistics from a checkpoint.
func (m *Model) Load(file *ckpt.File, prefix string) error {
	if err := m.Params.Load(file, prefix+"params/"); err != nil {
		return err
	}
	return m.Stats.Load(file, prefix+"stats/")
}
