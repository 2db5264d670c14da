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

// heldEdit is how far a latent may change that stands for frames of which only some are known, with the nearest of these held over the
// others: half of it is left, from which they can move.
const heldEdit = 0.5

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
	// Frames are those of the clip, at most 2^15 patches of 8x8 pixels together; fewer with large models.
	Frames []ClipFrame
}

// DefaultClipSteps is how many denoising steps Complete takes where nothing else is asked for. Nobody waits for a frame at a time, and
// frames that little is known of are sharper than with DefaultSteps.
const DefaultClipSteps = 16

// ClipOptions are the options of Complete.
type ClipOptions struct {
	// Steps is K, the number of denoising steps, all frames together. Default: DefaultClipSteps.
	Steps int
	Seed  uint64
	// Progress is told how many frames are done. It may be nil.
	Progress func(done, total int)
}

// Complete returns all frames of a clip, uint8 [T, H, W, 3], those that are there as they were given. The others see the frames
// before and after them: those of a gap between known frames are denoised together, and where frames are known on one side only,
// or on none, a quarter of a window after the other, each from those that are done. Where a latent stands for several frames of
// which only some are known, it is made anew, from these. The same request and seed give the same bits, whatever the number of
// threads.
func (m *Model) Complete(ctx context.Context, r ClipRequest, o ClipOptions) ([]uint8, error) {
	if o.Steps == 0 {
		o.Steps = DefaultClipSteps
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

// completion is a clip on its way, in latents.
type completion struct {
	model   *Model
	request ClipRequest
	clip    *dit.Clip
	codec   *tokenizer.Codec // of one latent
	actions [][]float32      // into each latent, nil where they are not known

	rng      *rand.Rand
	noise    []float32
	clean    [][]float32 // where they are done
	shown    [][]float32 // as they are noised now
	levels   []float32   // at which they are shown
	given    []bool      // something is known of it
	done     []bool
	estimate []float32 // of the clean latents, [L*P, C]

	foreteller *foreteller // nil where the model guesses nothing
	guesses    []foretold
}

func (m *Model) newCompletion(r ClipRequest, o ClipOptions) (*completion, error) {
	if err := r.check(m.Dynamics.Config, o); err != nil {
		return nil, err
	}
	codec, err := tokenizer.NewCodec(m.Tokenizer, 1, 1, r.Height, r.Width)
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	n, size := m.Tokenizer.Config.Latents(len(r.Frames)), codec.LatentSize()
	c := &completion{
		model: m, request: r, codec: codec, rng: rand.New(rand.NewPCG(o.Seed, 0xc11b)),
		noise: make([]float32, size), clean: make([][]float32, n), shown: make([][]float32, n), levels: make([]float32, n),
		given: make([]bool, n), done: make([]bool, n), estimate: make([]float32, n*size),
	}
	if c.actions, err = m.actionVectors(len(r.Frames), r.Space, func(t int) *env.Value { return r.Frames[t].Action }); err != nil {
		return nil, err
	}
	h, w := tokenizer.Grid(r.Height, r.Width)
	if c.clip, err = dit.NewClip(m.Dynamics, n, h, w); err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	if c.foreteller, err = newForeteller(m, r.Height, r.Width); err != nil {
		return nil, err
	}
	c.guesses = make([]foretold, n)
	c.clip.Words(m.words(r.Caption))
	for i := range n {
		c.begin(i)
	}
	return c, nil
}

// check says what is wrong with a request before anything is computed.
func (r ClipRequest) check(c dit.Config, o ClipOptions) error {
	switch {
	case o.Steps < 1 || o.Steps > maxSteps:
		return fmt.Errorf("world: %d denoising steps are asked for; choose 1 to 64", o.Steps)
	case len(r.Frames) == 0:
		return fmt.Errorf("world: a clip of no frames is asked for; ask for at least one")
	case r.Height <= 0 || r.Width <= 0:
		return fmt.Errorf("world: a clip of %dx%d pixels is asked for; both must be positive", r.Height, r.Width)
	}
	if err := clipFits(c, len(r.Frames), r.Height, r.Width); err != nil {
		return err
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

// span returns the frames of the clip that a latent stands for.
func (c *completion) span(latent int) []ClipFrame {
	from, to := c.model.Tokenizer.Config.Frames(latent, len(c.request.Frames))
	return c.request.Frames[from:to]
}

// begin makes what a latent begins from.
func (c *completion) begin(i int) {
	c.clean[i], c.shown[i] = make([]float32, len(c.noise)), make([]float32, len(c.noise))
	if pixels, edit := known(c.span(i)); pixels != nil {
		c.codec.Encode(c.clean[i], pixels)
		c.levels[i] = min(float32(1-edit), c.model.Dynamics.Config.ContextLevel())
		c.given[i], c.done[i] = true, edit == 0
	}
	c.renoise(i)
}

// known returns the pixels of some frames, with the nearest that are there in the place of those that are not, and how far they
// may change; nil where none are there.
func known(frames []ClipFrame) (pixels []uint8, edit float64) {
	for t, f := range frames {
		for apart := 1; f.Pixels == nil && apart < len(frames); apart++ {
			for _, near := range []int{t - apart, t + apart} {
				if f.Pixels == nil && near >= 0 && near < len(frames) {
					f.Pixels = frames[near].Pixels
				}
			}
			f.Edit = heldEdit
		}
		pixels, edit = append(pixels, f.Pixels...), max(edit, f.Edit)
	}
	return pixels, edit
}

// renoise draws what the network is shown of a latent at its level.
func (c *completion) renoise(i int) {
	diffusion.FillNormal(c.rng, c.noise)
	diffusion.Noise(c.shown[i], c.clean[i], c.noise, c.levels[i])
}

// finished returns how many frames are done.
func (c *completion) finished() (n int) {
	for i, done := range c.done {
		if done {
			n += len(c.span(i))
		}
	}
	return n
}

// next returns the latents that are to be denoised together next, none where all are done. Those to be edited come first.
func (c *completion) next() (wanted []int) {
	for i, given := range c.given {
		if given && !c.done[i] {
			wanted = append(wanted, i)
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

// denoise takes the wanted latents through the levels, side by side. One that begins higher waits for the others.
func (c *completion) denoise(ctx context.Context, wanted []int, levels []float32) error {
	for k := range levels {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("world: the clip was stopped with %d of %d frames done: %w", c.finished(), len(c.request.Frames), err)
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
		c.done[t], c.levels[t] = true, c.model.Dynamics.Config.ContextLevel()
		c.renoise(t)
	}
	return nil
}

// foretold is a guess, and whether the frame two before it had a part in it.
type foretold struct {
	latent []float32
	two    bool
}

// guess returns the latent of the guess of a frame, nil where the one before is not done yet.
func (c *completion) guess(t int) []float32 {
	if c.foreteller == nil || t == 0 || !c.done[t-1] {
		return nil
	}
	g, two := &c.guesses[t], t > 1 && c.done[t-2]
	if g.latent != nil && g.two == two {
		return g.latent
	}
	if g.latent, g.two = make([]float32, len(c.noise)), two; two {
		c.foreteller.guess(c.model, g.latent, c.picture(t-1), c.picture(t-2), c.actions[t], c.actions[t-1])
	} else {
		c.foreteller.guess(c.model, g.latent, c.picture(t-1), nil, c.actions[t], nil)
	}
	return g.latent
}

// picture returns a frame that is done, of a model whose latents stand for one frame each.
func (c *completion) picture(t int) []uint8 {
	if f := c.request.Frames[t]; f.kept() {
		return f.Pixels
	}
	pixels := make([]uint8, c.codec.FrameSize())
	c.codec.Decode(pixels, c.clean[t])
	return pixels
}

// prepare shows the network every latent at the level that it has reached, and writes the starting estimates.
func (c *completion) prepare() {
	config, n := c.model.Dynamics.Config, len(c.shown)
	for t := range c.shown {
		var view [1 + dit.History]dit.Frame
		for k := range view {
			if t-k >= 0 {
				view[k] = dit.Frame{Latent: c.shown[t-k], Level: c.levels[t-k]}
			}
		}
		config.FillTokens(row(c.clip.Tokens, t, n), row(c.estimate, t, n), &view, c.guess(t))
		config.FillFeatures(row(c.clip.Features, t, n), &view, c.actions[t])
	}
}

// pictures returns the clip.
func (c *completion) pictures() []uint8 {
	size := c.codec.FrameSize()
	out := make([]uint8, len(c.request.Frames)*size)
	for i, latent := range c.clean {
		c.codec.Decode(c.model.Tokenizer.Config.Cut(out, i, len(c.request.Frames)), latent)
	}
	for t, f := range c.request.Frames {
		if f.kept() {
			copy(out[t*size:], f.Pixels)
		}
	}
	return out
}
