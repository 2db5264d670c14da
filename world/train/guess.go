package train

import (
	"somnium/datasets"
	"somnium/world"
	"somnium/world/diffusion"
	"somnium/world/flow"
	"somnium/world/tokenizer"
)

// guesses makes the latents of guessed frames, for models that guess.
type guesses struct {
	model  *world.Model
	clip   *guesser // of a whole clip, but for its first frame
	column *guesser // of one frame of every clip

	pixels []uint8   // the batch's frames, [B, T, H, W, 3], and in their place those that the model dreamed itself
	frames int       // T
	now    []float32 // scratch: an action
}

// guesser guesses a fixed number of frames at a time.
type guesser struct {
	flow    *flow.Guesser
	codec   *tokenizer.Codec
	frames  []uint8
	latents []float32 // [N, P, C]
	there   []bool    // [N]: there is a guess
}

func newGuesser(m *world.Model, n, height, width int) (*guesser, error) {
	f, err := flow.NewGuesser(m.Flow, n, height, width)
	if err != nil {
		return nil, err
	}
	codec, err := tokenizer.NewCodec(m.Tokenizer, n, 1, height, width)
	if err != nil {
		return nil, err
	}
	return &guesser{f, codec, make([]uint8, n*codec.FrameSize()), make([]float32, n*codec.LatentSize()), make([]bool, n)}, nil
}

// latent returns the i-th guess, nil where there is none.
func (g *guesser) latent(i int) []float32 {
	if !g.there[i] {
		return nil
	}
	return g.latents[i*g.codec.LatentSize():][:g.codec.LatentSize()]
}

// newGuesses returns nil where the model guesses nothing.
func newGuesses(m *world.Model, clips, frames, height, width int) (*guesses, error) {
	if m.Flow == nil || frames < 2 {
		return nil, nil
	}
	clip, err := newGuesser(m, frames-1, height, width)
	if err != nil {
		return nil, err
	}
	column, err := newGuesser(m, clips, height, width)
	if err != nil {
		return nil, err
	}
	return &guesses{
		model: m, clip: clip, column: column, pixels: make([]uint8, clips*frames*height*width*3), frames: frames, now: make([]float32, m.Flow.Config.Actions),
	}, nil
}

// begin takes in a batch, of which nothing is dreamed yet.
func (g *guesses) begin(batch *datasets.Batch) {
	if g != nil {
		copy(g.pixels, batch.Frames)
	}
}

// frame returns frame t of a clip.
func (g *guesses) frame(clip, t int) []uint8 {
	size := g.clip.codec.FrameSize()
	return g.pixels[(clip*g.frames+t)*size:][:size]
}

// of returns the guess of frame t of the clip that ofClip guessed last.
func (g *guesses) of(t int) []float32 {
	if g == nil || t == 0 {
		return nil
	}
	return g.clip.latent(t - 1)
}

// ofClip guesses the frames of a clip whose levels are given, each from those of the two before it that are known. action returns the
// action into a frame, nil where it is not known.
func (g *guesses) ofClip(clip int, levels []float32, action func(t int) ([]float32, error)) error {
	if g == nil {
		return nil
	}
	known := func(t int) bool { return t >= 0 && levels[t] >= diffusion.KnownLevel }
	for t := 1; t < g.frames; t++ {
		if err := g.condition(g.clip, t-1, t, known(t-2), action); err != nil {
			return err
		}
		g.clip.there[t-1] = known(t - 1)
	}
	g.make(g.clip, func(i int) []uint8 { return g.frame(clip, i) }, func(i int) []uint8 {
		if known(i - 1) {
			return g.frame(clip, i-1)
		}
		return g.frame(clip, i)
	})
	return nil
}

// condition writes the condition of the i-th guess, which is of frame t.
func (g *guesses) condition(by *guesser, i, t int, two bool, action func(t int) ([]float32, error)) error {
	now, err := action(t)
	if err != nil {
		return err
	}
	if now != nil {
		copy(g.now, now) // the next call may reuse its memory
		now = g.now
	}
	var into []float32
	if two {
		if into, err = action(t - 1); err != nil {
			return err
		}
	}
	config := g.model.Flow.Config
	config.FillFeatures(by.flow.Features[i*config.FeatureSize():][:config.FeatureSize()], now, into, two)
	return nil
}

// make guesses all frames of a guesser whose conditions are there.
func (g *guesses) make(by *guesser, last, before func(i int) []uint8) {
	by.flow.Guess(by.frames, last, before)
	by.codec.Encode(by.latents, by.frames)
}

// ofColumn guesses frame t of every clip from the two before it.
func (g *guesses) ofColumn(t int, action func(clip, t int) []float32) error {
	if g == nil {
		return nil
	}
	for clip := range g.column.there {
		if g.column.there[clip] = t > 0; t == 0 {
			continue
		}
		if err := g.condition(g.column, clip, t, t > 1, func(t int) ([]float32, error) { return action(clip, t), nil }); err != nil {
			return err
		}
	}
	if t > 0 {
		g.make(g.column, func(i int) []uint8 { return g.frame(i, t-1) }, func(i int) []uint8 { return g.frame(i, max(0, t-2)) })
	}
	return nil
}

// inColumn returns the guess of a clip's frame that ofColumn made, nil where there is none.
func (g *guesses) inColumn(clip int) []float32 {
	if g == nil {
		return nil
	}
	return g.column.latent(clip)
}

// dreamed takes in the frames t of the clips that dream, as latents [B, T, P, C].
func (g *guesses) dreamed(clips []int, t int, shown []float32) {
	if g == nil {
		return
	}
	size := g.column.codec.LatentSize()
	for clip := range g.column.there {
		copy(g.column.latents[clip*size:(clip+1)*size], shown[(clip*g.frames+t)*size:][:size])
	}
	g.column.codec.Decode(g.column.frames, g.column.latents)
	for _, clip := range clips {
		copy(g.frame(clip, t), g.column.frames[clip*g.column.codec.FrameSize():][:g.column.codec.FrameSize()])
	}
}
