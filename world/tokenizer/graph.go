package tokenizer

import (
	"fmt"
	"math"
	"math/rand/v2"

	"somnium/internal/gop"
	"somnium/internal/kernel"
	"somnium/internal/nn"
)

const (
	// edges is the weight of the loss's second term, on steps between neighbouring pixels.
	edges = 0.5
	// energy is the weight of its third term, on the squares of these steps: without it the decoder, which does not know to the
	// pixel where an edge is, has three quarters of the truth's contrast in the world of blocks.
	energy = 0.25
	// changedWeight is how much more a pixel counts that differs from the frame before or after it: moving edges are few,
	// and they are what physics is read from.
	changedWeight = 6
	// changedBy is the difference, in levels of 255, from which a pixel counts as changed.
	changedBy = 8
	// maxNoise bounds the deviation of the noise that training adds to latents; each clip draws its own.
	maxNoise = 0.05
)

// Graph is the training graph of a tokenizer for batches of one shape.
type Graph struct {
	// Step holds the gradients after Run.
	Step *nn.Step

	clips, slots  int // frames of a clip, with those that hold its first
	held          int // of them
	height, width int // of a frame
	h, w          int // of the padded frame
	patcher       kernel.Patcher
	pixels        []float32
	patches       []float32
	bytes         []uint8
	loss          *gop.FrameLoss
	noise         []float32
}

// NewGraph builds the graph for batches of the given number of clips of the given number of frames.
func NewGraph(m *Model, clips, frames, height, width int) (*Graph, error) {
	gh, gw := Grid(height, width)
	latents, span := m.Config.Latents(frames), m.Config.Span()
	g := &Graph{
		clips: clips, slots: latents * span, held: latents*span - frames, height: height, width: width, h: gh * Stride, w: gw * Stride,
		patcher: kernel.Patcher{Size: patch},
	}
	n := clips * g.slots
	b := nn.NewBuilder()
	x, data := b.Input("patches", n*4*gh*gw, 3*patch*patch)
	g.patches = data
	g.pixels, g.bytes = make([]float32, len(data)), make([]uint8, len(data)/n)
	g.noise = make([]float32, clips*latents*gh*gw*m.Config.Latent)
	g.loss = &gop.FrameLoss{Height: g.h, Width: g.w, Patch: patch, Edges: edges, Energy: energy}
	x = m.encoderChain(gh, gw).Graph(b, x)
	x = b.Apply(&gop.Bottleneck{Noise: g.noise}, x)
	x = m.decoderChain(gh, gw).Graph(b, x)
	x = b.Apply(g.loss, x)
	step, err := b.Compile(x)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	g.Step = step
	return g, nil
}

// Run computes the loss of clips [B, T, H, W, 3] and its gradients.
func (g *Graph) Run(rng *rand.Rand, clips []uint8) (float64, error) {
	size, padded, frames := g.height*g.width*3, g.h*g.w*3, g.slots-g.held
	if len(clips) != g.clips*frames*size {
		panic("tokenizer: Graph.Run: the batch has another shape than the graph")
	}
	for i := range g.clips * g.slots {
		t := max(0, i%g.slots-g.held) // in its clip
		at := i/g.slots*frames + t
		frame := clips[at*size : (at+1)*size]
		kernel.Pad(g.bytes, frame, g.height, g.width, g.h, g.w)
		kernel.U8ToFloat(g.pixels[i*padded:(i+1)*padded], g.bytes)
		weights := g.loss.Weights[i*g.h*g.w : (i+1)*g.h*g.w]
		clear(weights)
		for y := range g.height {
			for x := range g.width {
				weights[y*g.w+x] = 1
			}
		}
		if t > 0 {
			g.mark(weights, frame, clips[(at-1)*size:at*size])
		}
		if t < frames-1 {
			g.mark(weights, frame, clips[(at+1)*size:(at+2)*size])
		}
	}
	copy(g.loss.Target, g.pixels)
	g.patcher.Patchify(g.patches, g.pixels, g.h, g.w, 3)
	per := len(g.noise) / g.clips
	for c := range g.clips {
		deviation := float32(rng.Float64() * maxNoise)
		for i := range per {
			g.noise[c*per+i] = deviation * float32(rng.NormFloat64())
		}
	}
	return g.Step.Run()
}

// mark raises the weights of the pixels in which a and b differ.
func (g *Graph) mark(weights []float32, a, b []uint8) {
	for p := range g.height * g.width {
		for c := range 3 {
			d := int(a[p*3+c]) - int(b[p*3+c])
			if d > changedBy || d < -changedBy {
				weights[p/g.width*g.w+p%g.width] = changedWeight
				break
			}
		}
	}
}

// Fit sets the latents' statistics from the raw latents of some batches of clips, so that each channel has mean 0 and
// deviation 1.
func (m *Model) Fit(batches func(yield func(c *Codec, clips []uint8) bool)) {
	for ch := range m.mean.Data {
		m.mean.Data[ch], m.deviation.Data[ch] = 0, 1
	}
	sum, squares, count := make([]float64, m.Config.Latent), make([]float64, m.Config.Latent), 0.0
	batches(func(c *Codec, clips []uint8) bool {
		latents := make([]float32, len(c.raw))
		c.Encode(latents, clips)
		for i, v := range latents {
			sum[i%len(sum)] += float64(v)
			squares[i%len(sum)] += float64(v) * float64(v)
		}
		count += float64(len(latents) / len(sum))
		return true
	})
	for ch := range sum {
		mean := sum[ch] / max(count, 1)
		m.mean.Data[ch] = float32(mean)
		m.deviation.Data[ch] = float32(math.Sqrt(max(squares[ch]/max(count, 1)-mean*mean, 1e-6)))
	}
}
