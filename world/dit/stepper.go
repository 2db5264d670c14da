package dit

import (
	"fmt"

	"gorgonia.org/tensor"

	"somnium/internal/gop"
	"somnium/internal/kernel"
	"somnium/internal/nn"
)

// Stepper computes one frame at a time, of several dreams at once, against a cache of the keys and values of the frames
// before, and of the states of a memory. It has no graph and allocates nothing; it agrees with the causal Graph to rounding. A dream's result does not
// depend on its neighbours.
//
// The weights are packed for it by the first pass behind a Reset or a Fork: they may change between dreams, not within one.
type Stepper struct {
	config    Config
	patches   int
	condition *gop.Condition
	condIn    [][]float32
	cond      []float32 // [B, D]
	first     stepStart
	layers    []stepLayer
	last      stepEnd
	mean      op
	heads     op
	x, y      []float32 // [B*P, D]
	packed    bool      // the weights are
	deepest   int       // the last layer over time
}

// op is an operator with its inputs, the first of which is set on each run, and its output.
type op struct {
	gop.Operator
	inputs [][]float32
	out    []float32
}

type stepLayer struct {
	attention   *gop.Attention
	attentionIn [][]float32
	feed        *gop.FeedForward
	feedIn      [][]float32
	cache       *kernel.TimeCache // nil where the layer attends over space
}

// NewStepper returns a stepper of the given number of dreams on a latent grid of h x w. It shares the model's weights.
func NewStepper(m *Model, dreams, h, w int) (*Stepper, error) {
	c := m.Config
	if dreams <= 0 || h <= 0 || w <= 0 {
		return nil, fmt.Errorf("dit: cannot step %d dreams on a grid of %dx%d; every size must be positive", dreams, h, w)
	}
	n, d := dreams*h*w, c.Width
	s := &Stepper{config: c, patches: h * w, x: make([]float32, n*d), y: make([]float32, n*d)}
	b := stepBuilder{}
	s.condition = &gop.Condition{Words: make([][]int, dreams)}
	s.condIn = b.inputs(s.condition, tensor.Shape{dreams, c.FeatureSize()}, m.condition.weight, m.condition.bias, m.condition.words)
	s.cond = make([]float32, dreams*d)
	s.first = stepStart{cond: s.cond, embed: newPacked(m.embed, n)}
	film := func(l linear) *nn.Param {
		s.first.films = append(s.first.films, newPacked(l, dreams))
		return &nn.Param{Shape: []int{dreams, 2 * d}, Data: s.first.films[len(s.first.films)-1].out}
	}
	for i, l := range m.layers {
		a, f := l.attention, l.feed
		step := stepLayer{
			attention: c.attentionOp(i, dreams, 1, h, w),
			feed:      &gop.FeedForward{Height: h, Width: w, Hidden: c.Hidden, Film: true},
		}
		weights := append([]*nn.Param{a.gain, a.qkv, a.qGain, a.kGain, a.out, film(a.film)}, a.memory.params()...)
		step.attentionIn = b.inputs(step.attention, tensor.Shape{n, d}, weights...)
		step.feedIn = b.inputs(step.feed, tensor.Shape{n, d}, f.gain, f.taps, f.in, f.out, film(f.film))
		if c.overTime(i) {
			step.cache, s.deepest = kernel.NewTimeCache(dreams, h*w, c.Heads, d/c.Heads, c.Window, 0), i
		}
		if c.remembers(i) {
			step.cache.HoldMemory()
		}
		s.layers = append(s.layers, step)
	}
	s.last = stepEnd{
		dreams: dreams, patches: h * w, gain: m.last.gain.Data, film: film(m.last.film).Data, folded: make([]float32, dreams*d),
		output: newPacked(m.output, n), pool: newPacked(m.pool, n),
	}
	s.mean = b.op(&gop.Pool{Patches: h * w}, tensor.Shape{n, headWidth})
	s.heads = b.op(&gop.Linear{}, tensor.Shape{dreams, headWidth}, m.heads.weight, m.heads.bias)
	return s, b.err
}

// stepBuilder collects the first error of many preparations.
type stepBuilder struct{ err error }

// inputs prepares an operator and returns its inputs, the first of them nil.
func (b *stepBuilder) inputs(o gop.Operator, shape tensor.Shape, params ...*nn.Param) [][]float32 {
	shapes, inputs := []tensor.Shape{shape}, [][]float32{nil}
	for _, p := range params {
		shapes, inputs = append(shapes, p.Shape), append(inputs, p.Data)
	}
	if _, err := o.Shape(shapes); err != nil && b.err == nil {
		b.err = fmt.Errorf("dit: %s: %w", o.Name(), err)
	}
	return inputs
}

func (b *stepBuilder) op(o gop.Operator, shape tensor.Shape, params ...*nn.Param) op {
	result := op{Operator: o, inputs: b.inputs(o, shape, params...)}
	shapes := []tensor.Shape{shape}
	for _, p := range params {
		shapes = append(shapes, p.Shape)
	}
	if out, err := o.Shape(shapes); err == nil {
		result.out = make([]float32, out.TotalSize())
	}
	return result
}

// run applies the operator to x and returns its output.
func (o *op) run(x []float32) []float32 {
	o.inputs[0] = x
	o.Forward(o.out, o.inputs)
	return o.out
}

// Words sets the caption of a dream, as word ids.
func (s *Stepper) Words(dream int, ids []int) { s.condition.Words[dream] = ids }

// Reset forgets the frames of a dream.
func (s *Stepper) Reset(dream int) {
	s.unpack()
	for _, l := range s.layers {
		if l.cache != nil {
			l.cache.Reset(dream)
		}
	}
}

// Fork makes dream a copy of dream source of another stepper of the same model and grid, which may be s itself.
func (s *Stepper) Fork(dream int, from *Stepper, source int) {
	s.unpack()
	for i, l := range s.layers {
		if l.cache != nil {
			l.cache.Fork(dream, from.layers[i].cache, source)
		}
	}
	s.condition.Words[dream] = from.condition.Words[source]
}

// Held returns how many numbers a dream of so many frames holds.
func (s *Stepper) Held(frames int) (n int) {
	for _, l := range s.layers {
		if l.cache != nil {
			n += l.cache.Held(frames)
		}
	}
	return n
}

// Append appends to dst the keys, values and states that a dream holds.
func (s *Stepper) Append(dst []float32, dream int) []float32 {
	for _, l := range s.layers {
		if l.cache != nil {
			dst = l.cache.Append(dst, dream)
		}
	}
	return dst
}

// Restore makes a dream what Append told of one whose frames of the times 0 to frames-1 were committed: it goes on to the same bits.
func (s *Stepper) Restore(dream int, held []float32, frames int) {
	s.unpack()
	for _, l := range s.layers {
		if l.cache != nil {
			held = l.cache.Restore(dream, held, frames)
		}
	}
}

// Forward predicts the newest frame of every dream: the correction to its starting estimate, [B*P, C], and its reward and
// logit of the end, [B, 2S]. tokens is [B*P, (2+History)*C], features [B, ...], positions [B] the frames' times; a dream
// whose position is negative sits out, and its rows hold nothing of meaning. With commit, the frame becomes part of what
// later frames see. The results hold until the next call.
func (s *Stepper) Forward(tokens, features []float32, positions []int, commit bool) (correction, heads []float32) {
	s.through(tokens, features, positions, commit, len(s.layers))
	s.last.run(s.x)
	return s.last.output.out, s.heads.run(s.mean.run(s.last.pool.out))
}

// Show makes the newest frame of every dream part of what later frames see, as a Forward with commit does, and predicts
// nothing: it ends where the last keys and values are known.
func (s *Stepper) Show(tokens, features []float32, positions []int) {
	s.through(tokens, features, positions, true, s.deepest)
}

// through takes the tokens through all layers before last, and through the attention of the last, where there is one.
func (s *Stepper) through(tokens, features []float32, positions []int, commit bool, last int) {
	s.pack()
	s.condIn[0] = features
	s.condition.Forward(s.cond, s.condIn)
	s.first.run(s.x, tokens)
	for i := range s.layers[:min(last+1, len(s.layers))] {
		l := &s.layers[i]
		l.attend(s.y, s.x, positions, commit)
		l.attention.Freeze(true)
		if i < last {
			l.feedIn[0] = s.y
			l.feed.Forward(s.x, l.feedIn)
			l.feed.Freeze(true)
		}
	}
}

// pack packs the weights of what is packed here, where that is not done yet; the blocks pack theirs.
func (s *Stepper) pack() {
	if !s.packed {
		s.first.pack()
		s.last.pack()
	}
	s.packed = true
}

// unpack says that the weights may have changed since they were packed.
func (s *Stepper) unpack() {
	s.packed = false
	for _, l := range s.layers {
		l.attention.Freeze(false)
		l.feed.Freeze(false)
	}
}

// attend writes the attention block's output for x to dst.
func (l *stepLayer) attend(dst, x []float32, positions []int, commit bool) {
	l.attentionIn[0] = x
	if l.cache == nil {
		l.attention.Forward(dst, l.attentionIn)
		return
	}
	l.attention.Step(dst, l.attentionIn, l.cache, positions, commit)
}
