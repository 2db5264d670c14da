package flow

import (
	"fmt"

	"somnium/internal/gop"
	"somnium/internal/kernel"
	"somnium/internal/nn"
)

// Guesser guesses frames of one size, a fixed number at a time, without allocating. It shares the model's weights.
type Guesser struct {
	// Features is [F, FeatureSize]: fill it before every Guess, with Config.FillFeatures.
	Features []float32

	model         *Model
	frames        int
	height, width int
	input         input
	condition     *nn.Runner
	films         []*nn.Runner
	trunk         *nn.Runner
	carry         *kernel.Carry
	out, pixels   []float32
	bytes         []uint8
}

// NewGuesser returns a guesser of so many frames at a time.
func NewGuesser(m *Model, frames, height, width int) (*Guesser, error) {
	if frames <= 0 || height <= 0 || width <= 0 {
		return nil, fmt.Errorf("flow: cannot guess %d frames of %dx%d; every size must be positive", frames, height, width)
	}
	g := &Guesser{model: m, frames: frames, height: height, width: width, input: newInput(frames, height, width), Features: make([]float32, frames*m.Config.FeatureSize())}
	d, cells := m.Config.Width, g.input.h*g.input.w
	var err error
	runner := func(chain nn.Chain, shape ...int) *nn.Runner {
		if err != nil {
			return nil
		}
		var r *nn.Runner
		r, err = nn.NewRunner(chain, shape...)
		return r
	}
	g.condition = runner(nn.Chain{{Op: &gop.Condition{}, Params: []*nn.Param{m.condition.weight, m.condition.bias}}}, frames, m.Config.FeatureSize())
	trunk := nn.Chain{m.embed.layer(true)}
	for _, b := range m.blocks {
		film := &nn.Param{Name: "film", Shape: []int{frames, 2 * d}, Data: make([]float32, frames*2*d)}
		g.films = append(g.films, runner(nn.Chain{b.film.layer(false)}, frames, d))
		if err == nil {
			film.Data = g.films[len(g.films)-1].Out()
		}
		trunk = append(trunk, nn.Layer{Op: b.op(g.input.h, g.input.w), Params: []*nn.Param{b.gain, b.taps, b.in, b.out, film}})
	}
	trunk = append(trunk, nn.Layer{Op: &gop.Norm{Patches: cells}, Params: []*nn.Param{m.gain}}, m.output.layer(false))
	g.trunk = runner(trunk, frames*cells, patchSize)
	if err != nil {
		return nil, fmt.Errorf("flow: %w", err)
	}
	g.carry = m.carry(g.input.h*Patch, g.input.w*Patch)
	g.out, g.pixels = make([]float32, len(g.input.last)), make([]float32, len(g.input.last))
	g.bytes = make([]uint8, len(g.input.bytes))
	return g, nil
}

// Guess writes the frames [F, H, W, 3] that come after the last two of each of F videos: last(i) and before(i) return those of video i,
// [H, W, 3]; where there is but one they return the same.
func (g *Guesser) Guess(dst []uint8, last, before func(i int) []uint8) {
	for i := range g.frames {
		g.input.fill(i, last(i), before(i))
	}
	condition := g.condition.Run(g.Features)
	for _, film := range g.films {
		film.Run(condition)
	}
	g.carry.Forward(g.out, g.trunk.Run(g.input.pack()), g.input.last)
	g.input.patcher.Unpatchify(g.pixels, g.out, g.input.h*Patch, g.input.w*Patch, 3)
	size, padded := g.height*g.width*3, len(g.bytes)
	for i := range g.frames {
		kernel.FloatToU8(g.bytes, g.pixels[i*padded:(i+1)*padded])
		kernel.Crop(dst[i*size:(i+1)*size], g.bytes, g.height, g.width, g.input.w*Patch)
	}
}

func (l linear) layer(constant bool) nn.Layer {
	return nn.Layer{Op: &gop.Linear{Constant: constant}, Params: []*nn.Param{l.weight, l.bias}}
}

func (b block) op(h, w int) *gop.FeedForward {
	return &gop.FeedForward{Height: h, Width: w, Hidden: b.out.Shape[0], Film: true}
}

// input is what the network is shown of the last two frames of some videos.
type input struct {
	height, width int // of a frame
	h, w          int // of the grid of cells
	last, before  []float32
	patched       []float32 // of one of them
	cells         []float32 // [F*h*w, patchSize]
	bytes         []uint8
	patcher       kernel.Patcher
}

func newInput(frames, height, width int) input {
	in := input{height: height, width: width, h: (height + Patch - 1) / Patch, w: (width + Patch - 1) / Patch, patcher: kernel.Patcher{Size: Patch}}
	pixels := in.h * in.w * Patch * Patch * 3
	in.bytes = make([]uint8, pixels)
	in.last, in.before, in.patched = make([]float32, frames*pixels), make([]float32, frames*pixels), make([]float32, frames*pixels)
	in.cells = make([]float32, frames*in.h*in.w*patchSize)
	for i := range frames * in.h * in.w {
		cell := in.cells[i*patchSize : (i+1)*patchSize]
		y, x := i/in.w%in.h, i%in.w
		cell[patchSize-2], cell[patchSize-1] = centred(y, in.h), centred(x, in.w)
	}
	return in
}

// centred maps the places of a line to -1 to 1, its middle to 0.
func centred(i, n int) float32 { return (2*float32(i) + 1 - float32(n)) / float32(n) }

// fill takes the last two frames of video i.
func (in *input) fill(i int, last, before []uint8) {
	n := len(in.bytes)
	in.widen(in.last[i*n:(i+1)*n], last)
	in.widen(in.before[i*n:(i+1)*n], before)
}

// widen writes a frame as numbers, its right and lower border repeated to the rim of the last cells.
func (in *input) widen(dst []float32, frame []uint8) {
	kernel.Pad(in.bytes, frame, in.height, in.width, in.h*Patch, in.w*Patch)
	kernel.U8ToFloat(dst, in.bytes)
}

// pack returns the network's input.
func (in *input) pack() []float32 {
	const part = 3 * Patch * Patch
	for k, frames := range [history][]float32{in.last, in.before} {
		in.patcher.Patchify(in.patched, frames, in.h*Patch, in.w*Patch, 3)
		for i := range len(in.patched) / part {
			copy(in.cells[i*patchSize+k*part:], in.patched[i*part:(i+1)*part])
		}
	}
	return in.cells
}
