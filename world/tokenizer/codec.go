package tokenizer

import (
	"fmt"

	"somnium/internal/kernel"
	"somnium/internal/nn"
)

// Grid returns the size of the latent grid of frames of height x width pixels.
func Grid(height, width int) (h, w int) {
	return (height + Stride - 1) / Stride, (width + Stride - 1) / Stride
}

// Codec encodes and decodes a fixed number of clips of a fixed number of latents and size of frames, without allocating. It
// shares the model's weights.
type Codec struct {
	model         *Model
	clips         int
	latents       int // of a clip
	slots         int // of a clip: places for frames, S for each latent
	height, width int // of a frame
	h, w          int // of the latent grid
	encoder       *nn.Runner
	decoder       *nn.Runner
	pixels        []float32 // [B, L*S, 8h, 8w, 3]
	patches       []float32 // the same, in patches
	raw           []float32 // [B, L, h, w, C], not normalised
	patcher       kernel.Patcher
	bytes         []uint8 // one padded frame
}

// NewCodec returns a codec of the given number of clips of the given number of latents each.
func NewCodec(m *Model, clips, latents, height, width int) (*Codec, error) {
	if clips <= 0 || latents <= 0 || height <= 0 || width <= 0 {
		return nil, fmt.Errorf("tokenizer: cannot encode %d clips of %d latents of frames of %dx%d; every size must be positive", clips, latents, height, width)
	}
	h, w := Grid(height, width)
	c := &Codec{
		model: m, clips: clips, latents: latents, slots: latents * m.Config.Span(), height: height, width: width, h: h, w: w,
		patcher: kernel.Patcher{Size: patch}, bytes: make([]uint8, h*w*Stride*Stride*3),
	}
	var err error
	if c.encoder, err = nn.NewRunner(m.encoderChain(h, w), clips*c.slots*4*h*w, 3*patch*patch); err != nil {
		return nil, err
	}
	if c.decoder, err = nn.NewRunner(m.decoderChain(h, w), clips*latents*h*w, m.Config.Latent); err != nil {
		return nil, err
	}
	n := clips * c.slots * len(c.bytes)
	c.pixels, c.patches, c.raw = make([]float32, n), make([]float32, n), make([]float32, clips*latents*c.LatentSize())
	return c, nil
}

// LatentSize returns the length of one latent, h*w*C.
func (c *Codec) LatentSize() int { return c.h * c.w * c.model.Config.Latent }

// FrameSize returns the length of one frame, H*W*3.
func (c *Codec) FrameSize() int { return c.height * c.width * 3 }

// Encode writes the normalised latents, [B, L, h, w, C], of clips [B, T, H, W, 3], whose T may be any that have L latents.
func (c *Codec) Encode(dst []float32, clips []uint8) {
	frames := c.frames(dst, clips, "tokenizer: Encode: a length does not match the codec")
	c.EncodeFrom(dst, clips, func(clip, slot int) int {
		return clip*frames + max(0, slot-(c.slots-frames))
	})
}

// EncodeFrom writes the normalised latents, [B, L, h, w, C], of frames [..., H, W, 3]: source says, for each clip, which of them
// is in each of the S slots of each latent, L*S in order.
func (c *Codec) EncodeFrom(dst []float32, frames []uint8, source func(clip, slot int) int) {
	padded := len(c.bytes)
	for i := range c.clips * c.slots {
		f := source(i/c.slots, i%c.slots)
		kernel.Pad(c.bytes, frames[f*c.FrameSize():(f+1)*c.FrameSize()], c.height, c.width, c.h*Stride, c.w*Stride)
		kernel.U8ToFloat(c.pixels[i*padded:(i+1)*padded], c.bytes)
	}
	c.patcher.Patchify(c.patches, c.pixels, c.h*Stride, c.w*Stride, 3)
	kernel.Tanh(dst, c.encoder.Run(c.patches))
	mean, deviation := c.model.mean.Data, c.model.deviation.Data
	for i := range dst {
		ch := i % len(mean)
		dst[i] = (dst[i] - mean[ch]) / deviation[ch]
	}
}

// Decode writes the clips [B, T, H, W, 3] of normalised latents, [B, L, h, w, C], as far as dst has room: where T is less than
// L*S, the first frames are left out. Latents beyond the range of the tanh are clamped into it.
func (c *Codec) Decode(dst []uint8, latents []float32) {
	frames := c.frames(latents, dst, "tokenizer: Decode: a length does not match the codec")
	mean, deviation := c.model.mean.Data, c.model.deviation.Data
	for i, v := range latents {
		ch := i % len(mean)
		c.raw[i] = min(max(v*deviation[ch]+mean[ch], -1), 1)
	}
	c.patcher.Unpatchify(c.pixels, c.decoder.Run(c.raw), c.h*Stride, c.w*Stride, 3)
	padded := len(c.bytes)
	for f := range c.clips * frames {
		at := f/frames*c.slots + c.slots - frames + f%frames
		kernel.FloatToU8(c.bytes, c.pixels[at*padded:(at+1)*padded])
		kernel.Crop(dst[f*c.FrameSize():(f+1)*c.FrameSize()], c.bytes, c.height, c.width, c.w*Stride)
	}
}

// frames returns T of clips that have the codec's number of latents, and panics where the lengths are not of such.
func (c *Codec) frames(latents []float32, clips []uint8, complaint string) int {
	size := c.clips * c.FrameSize()
	frames := len(clips) / size
	if len(latents) != c.clips*c.latents*c.LatentSize() || len(clips)%size != 0 || c.model.Config.Latents(frames) != c.latents {
		panic(complaint)
	}
	return frames
}

// Clamp moves normalised latents into the range that the encoder can make.
func (m *Model) Clamp(latents []float32) {
	for i, v := range latents {
		ch := i % len(m.mean.Data)
		low, high := (-1-m.mean.Data[ch])/m.deviation.Data[ch], (1-m.mean.Data[ch])/m.deviation.Data[ch]
		latents[i] = min(max(v, low), high)
	}
}
