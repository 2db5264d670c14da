package world

import (
	"context"
	"fmt"
	"math/rand/v2"

	"somnium/env"
	"somnium/world/diffusion"
	"somnium/world/dit"
	"somnium/world/tokenizer"
)

// maxClipPatches bounds the clips that Complete takes, in patches of 8x8 pixels over all frames: 512 frames of 64x64. Such a
// clip takes some 2 GB with the preset small.
const maxClipPatches = 1 << 15

// ClipFrame is one frame of a clip to be completed.
type ClipFrame struct {
	// Pixels is the frame, uint8 [H, W, 3], or nil where it is to be made from nothing.
	Pixels []uint8
	// Edit is how far a frame with pixels may change: 0 keeps it to the bit, towards 1 ever less of it is left. It is one less the
	// signal level from which the frame is denoised (as SDEdit does, arXiv 2108.01073).
	Edit float64
	// Action is the one that leads into the frame, nil where it is not known.
	Action *env.Value
}

// kept says whether the frame is to stay as it is.
func (f ClipFrame) kept() bool { return f.Pixels != nil && f.Edit == 0 }

// ClipRequest is a clip of which some frames are there and others are wanted. Since every frame has a noise level of its own,
// one model does all of: a picture or a video from a caption (no frame is there), a video from a picture (the first is), extending
// forward and backward in time (the beginning or the end is), a loop (the first frame stands at both ends), connecting two
// clips, and editing.
type ClipRequest struct {
	Height, Width int
	// Caption says what is to be seen. It may be empty.
	Caption string
	// Space is that of the frames' actions; nil where there are none.
	Space env.Space
	// Frames are those of the clip, at most 2^15 patches of 8x8 pixels together.
	Frames []ClipFrame
}

// ClipOptions are the options of Complete.
type ClipOptions struct {
	// Steps is K, the number of denoising steps, all frames together. Default: DefaultSteps.
	Steps int
	Seed  uint64
	// Progress is told how many frames are done. It may be nil.
	Progress func(done, total int)
}

// Complete returns all frames of a clip, uint8 [T, H, W, 3], those that are there as they were given. The others see the frames
// before and after them: those of a gap between known frames are denoised together, and where frames are known on one side only,
// or on none, a quarter of a window after the other, each from those that are done. The same request and seed give the same bits,
// whatever the number of threads.
func (m *Model) Complete(ctx context.Context, r ClipRequest, o ClipOptions) ([]uint8, error) {
	if o.Steps == 0 {
		o.Steps = DefaultSteps
	}
	c, err := m.newCompletion(r, o)
	if err != nil {
		return nil, err
	}
	defer c.clip.Close()
	for {
		if o.Progress != nil {
			o.Progress(c.finished(), len(r.Frames))
		}
		wanted := c.next()
		if len(wanted) == 0 {
			return c.pictures(), nil
		}
		if err := c.denoise(ctx, wanted, diffusion.Levels(o.Steps)); err != nil {
			return nil, err
		}
	}
}

// completion is a clip on its way.
type completion struct {
	model   *Model
	request ClipRequest
	clip    *dit.Clip
	codec   *tokenizer.Codec // of one frame
	actions [][]float32      // into each frame, nil where it is not known

	rng      *rand.Rand
	noise    []float32
	clean    [][]float32 // of each frame, where it is done
	shown    [][]float32 // as they are noised now
	levels   []float32   // at which they are shown
	done     []bool
	estimate []float32 // of the clean latents, [T*P, C]
}

func (m *Model) newCompletion(r ClipRequest, o ClipOptions) (*completion, error) {
	if err := r.check(o); err != nil {
		return nil, err
	}
	codec, err := tokenizer.NewCodec(m.Tokenizer, 1, r.Height, r.Width)
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	n, size := len(r.Frames), codec.LatentSize()
	c := &completion{
		model: m, request: r, codec: codec, actions: make([][]float32, n), rng: rand.New(rand.NewPCG(o.Seed, 0xc11b)),
		noise: make([]float32, size), clean: make([][]float32, n), shown: make([][]float32, n), levels: make([]float32, n),
		done: make([]bool, n), estimate: make([]float32, n*size),
	}
	for t, f := range r.Frames {
		if f.Action == nil {
			continue
		}
		c.actions[t] = make([]float32, m.Dynamics.Config.Actions)
		if err := m.Dynamics.Config.ActionVector(c.actions[t], r.Space, *f.Action); err != nil {
			return nil, fmt.Errorf("world: the action into frame %d: %w", t, err)
		}
	}
	h, w := tokenizer.Grid(r.Height, r.Width)
	if c.clip, err = dit.NewClip(m.Dynamics, len(r.Frames), h, w); err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	c.clip.Words(m.Dynamics.Config.Words(r.Caption))
	for t := range r.Frames {
		c.begin(t)
	}
	return c, nil
}

// check says what is wrong with a request before anything is computed.
func (r ClipRequest) check(o ClipOptions) error {
	switch {
	case o.Steps < 1 || o.Steps > 64:
		return fmt.Errorf("world: %d denoising steps are asked for; choose 1 to 64", o.Steps)
	case len(r.Frames) == 0:
		return fmt.Errorf("world: a clip of no frames is asked for; ask for at least one")
	case r.Height <= 0 || r.Width <= 0:
		return fmt.Errorf("world: a clip of %dx%d pixels is asked for; both must be positive", r.Height, r.Width)
	}
	h, w := tokenizer.Grid(r.Height, r.Width)
	if h > maxClipPatches || w > maxClipPatches || h*w > maxClipPatches/len(r.Frames) {
		return fmt.Errorf("world: %d frames of %dx%d pixels are more than fit into memory at once, %d patches of %dx%d; ask for fewer or smaller frames", len(r.Frames), r.Height, r.Width, maxClipPatches, tokenizer.Stride, tokenizer.Stride)
	}
	for t, f := range r.Frames {
		switch {
		case f.Pixels != nil && len(f.Pixels) != r.Height*r.Width*3:
			return fmt.Errorf("world: frame %d has %d bytes and %dx%d pixels have %d; give every frame at the clip's size", t, len(f.Pixels), r.Height, r.Width, r.Height*r.Width*3)
		case !(f.Edit >= 0 && f.Edit <= 1):
			return fmt.Errorf("world: frame %d is to be edited by %g; choose 0, which keeps it, to 1, which forgets it", t, f.Edit)
		case f.Action != nil && r.Space == nil:
			return fmt.Errorf("world: frame %d has an action, and the clip no action space; give both or neither", t)
		}
	}
	return nil
}

// begin makes what frame t begins from.
func (c *completion) begin(t int) {
	f := c.request.Frames[t]
	c.clean[t], c.shown[t] = make([]float32, len(c.noise)), make([]float32, len(c.noise))
	if f.Pixels != nil {
		c.codec.Encode(c.clean[t], f.Pixels)
		c.levels[t] = min(float32(1-f.Edit), diffusion.ContextLevel)
		c.done[t] = f.kept()
	}
	c.renoise(t)
}

// renoise draws what the network is shown of frame t at its level.
func (c *completion) renoise(t int) {
	diffusion.FillNormal(c.rng, c.noise)
	diffusion.Noise(c.shown[t], c.clean[t], c.noise, c.levels[t])
}

// finished returns how many frames are done.
func (c *completion) finished() (n int) {
	for _, done := range c.done {
		if done {
			n++
		}
	}
	return n
}

// next returns the frames that are to be denoised together next, none where all are done. Those to be edited come first.
func (c *completion) next() (wanted []int) {
	for t, f := range c.request.Frames {
		if f.Pixels != nil && !c.done[t] {
			wanted = append(wanted, t)
		}
	}
	if len(wanted) > 0 {
		return wanted
	}
	n, stride := len(c.done), max(1, c.model.Dynamics.Config.Window/4)
	for from := 0; from < n; from++ {
		if c.done[from] {
			continue
		}
		to := from
		for to < n && !c.done[to] {
			to++
		}
		first, last := from, to
		switch before, after := from > 0, to < n; {
		case !after: // also where nothing is known: then it begins at the front
			last = min(to, from+stride)
		case !before:
			first = max(from, to-stride)
		}
		for t := first; t < last; t++ {
			wanted = append(wanted, t)
		}
		from = to
	}
	return wanted
}

// denoise takes the wanted frames through the levels, side by side. One that begins higher waits for the others.
func (c *completion) denoise(ctx context.Context, wanted []int, levels []float32) error {
	for k := range levels {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("world: the clip was stopped with %d of %d frames done: %w", c.finished(), len(c.done), err)
		}
		next := float32(1)
		if k+1 < len(levels) {
			next = levels[k+1]
		}
		c.prepare()
		correction, err := c.clip.Run()
		if err != nil {
			return fmt.Errorf("world: %w", err)
		}
		for i, d := range correction {
			c.estimate[i] += d
		}
		for _, t := range wanted {
			if next > c.levels[t] {
				diffusion.Advance(c.shown[t], row(c.estimate, t, len(c.done)), c.levels[t], next)
				c.levels[t] = next
			}
		}
	}
	for _, t := range wanted {
		copy(c.clean[t], c.shown[t])
		c.model.Tokenizer.Clamp(c.clean[t])
		c.done[t], c.levels[t] = true, diffusion.ContextLevel
		c.renoise(t)
	}
	return nil
}

// prepare shows the network every frame at the level that it has reached, and writes the starting estimates.
func (c *completion) prepare() {
	config, n := c.model.Dynamics.Config, len(c.shown)
	for t := range c.shown {
		var view [1 + dit.History]dit.Frame
		for k := range view {
			if t-k >= 0 {
				view[k] = dit.Frame{Latent: c.shown[t-k], Level: c.levels[t-k]}
			}
		}
		config.FillTokens(row(c.clip.Tokens, t, n), row(c.estimate, t, n), &view)
		config.FillFeatures(row(c.clip.Features, t, n), &view, c.actions[t])
	}
}

// pictures returns the clip.
func (c *completion) pictures() []uint8 {
	size := c.codec.FrameSize()
	out := make([]uint8, len(c.clean)*size)
	for t, f := range c.request.Frames {
		if f.kept() {
			copy(out[t*size:], f.Pixels)
			continue
		}
		c.codec.Decode(out[t*size:(t+1)*size], c.clean[t])
	}
	return out
}
