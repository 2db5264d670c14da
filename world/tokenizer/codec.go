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

// Codec encodes and decodes a fixed number of frames of a fixed size, without allocating. It shares the model's weights.
type Codec struct {
	model         *Model
	frames        int
	height, width int // of a frame
	h, w          int // of the latent grid
	encoder       *nn.Runner
	decoder       *nn.Runner
	pixels        []float32 // [F, 8h, 8w, 3]
	patches       []float32 // the same, in patches
	raw           []float32 // [F, h, w, C], not normalised
	patcher       kernel.Patcher
	bytes         []uint8 // one padded frame
}

// NewCodec returns a codec of the given number of frames.
func NewCodec(m *Model, frames, height, width int) (*Codec, error) {
	if frames <= 0 || height <= 0 || width <= 0 {
		return nil, fmt.Errorf("tokenizer: cannot encode %d frames of %dx%d; every size must be positive", frames, height, width)
	}
	h, w := Grid(height, width)
	c := &Codec{model: m, frames: frames, height: height, width: width, h: h, w: w, patcher: kernel.Patcher{Size: patch}}
	var err error
	if c.encoder, err = nn.NewRunner(m.encoderChain(h, w), frames*4*h*w, 3*patch*patch); err != nil {
		return nil, err
	}
	if c.decoder, err = nn.NewRunner(m.decoderChain(h, w), frames*h*w, m.Config.Latent); err != nil {
		return nil, err
	}
	n := frames * h * w
	c.pixels, c.patches = make([]float32, n*Stride*Stride*3), make([]float32, n*Stride*Stride*3)
	c.raw, c.bytes = make([]float32, n*m.Config.Latent), make([]uint8, h*w*Stride*Stride*3)
	return c, nil
}

// LatentSize returns the length of one frame's latent, h*w*C.
func (c *Codec) LatentSize() int { return c.h * c.w * c.model.Config.Latent }

// FrameSize returns the length of one frame, H*W*3.
func (c *Codec) FrameSize() int { return c.height * c.width * 3 }

// Encode writes the normalised latents, [F, h, w, C], of frames [F, H, W, 3].
func (c *Codec) Encode(dst []float32, frames []uint8) {
	if len(dst) != c.frames*c.LatentSize() || len(frames) != c.frames*c.FrameSize() {
		panic("tokenizer: Encode: a length does not match the codec")
	}
	padded := len(c.bytes)
	for f := range c.frames {
		pad(c.bytes, frames[f*c.FrameSize():(f+1)*c.FrameSize()], c.height, c.width, c.h*Stride, c.w*Stride)
		kernel.U8ToFloat(c.pixels[f*padded:(f+1)*padded], c.bytes)
	}
	c.patcher.Patchify(c.patches, c.pixels, c.h*Stride, c.w*Stride, 3)
	kernel.Tanh(dst, c.encoder.Run(c.patches))
	mean, deviation := c.model.mean.Data, c.model.deviation.Data
	for i := range dst {
		ch := i % len(mean)
		dst[i] = (dst[i] - mean[ch]) / deviation[ch]
	}
}

// Decode writes the frames [F, H, W, 3] of normalised latents, [F, h, w, C]. Latents beyond the range of the tanh are
// clamped into it.
func (c *Codec) Decode(dst []uint8, latents []float32) {
	if len(latents) != c.frames*c.LatentSize() || len(dst) != c.frames*c.FrameSize() {
		panic("tokenizer: Decode: a length does not match the codec")
	}
	mean, deviation := c.model.mean.Data, c.model.deviation.Data
	for i, v := range latents {
		ch := i % len(mean)
		c.raw[i] = min(max(v*deviation[ch]+mean[ch], -1), 1)
	}
	c.patcher.Unpatchify(c.pixels, c.decoder.Run(c.raw), c.h*Stride, c.w*Stride, 3)
	padded := len(c.bytes)
	for f := range c.frames {
		kernel.FloatToU8(c.bytes, c.pixels[f*padded:(f+1)*padded])
		crop(dst[f*c.FrameSize():(f+1)*c.FrameSize()], c.bytes, c.height, c.width, c.w*Stride)
	}
}

// Clamp moves normalised latents into the range that the encoder can make.
func (m *Model) Clamp(latents []float32) {
	for i, v := range latents {
		ch := i % len(m.mean.Data)
		low, high := (-1-m.mean.Data[ch])/m.deviation.Data[ch], (1-m.mean.Data[ch])/m.deviation.Data[ch]
		latents[i] = min(max(v, low), high)
	}
}

// pad writes the frame into a larger one whose right and lower rim repeat its border.
func pad(dst, frame []uint8, height, width, paddedHeight, paddedWidth int) {
	for y := range paddedHeight {
		src := frame[min(y, height-1)*width*3:][:width*3]
		row := dst[y*paddedWidth*3 : (y+1)*paddedWidth*3]
		copy(row, src)
		for x := width; x < paddedWidth; x++ {
			copy(row[x*3:], src[width*3-3:])
		}
	}
}

// crop writes the upper left part of a padded frame.
func crop(dst, padded []uint8, height, width, paddedWidth int) {
	for y := range height {
		copy(dst[y*width*3:(y+1)*width*3], padded[y*paddedWidth*3:])
	}
}
