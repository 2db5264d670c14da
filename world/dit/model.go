package dit

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gorgonia.org/gorgonia"

	"somnium/internal/ckpt"
	"somnium/internal/gop"
	"somnium/internal/kernel"
	"somnium/internal/nn"
)

// headWidth is the width of the pooled features from which reward and end are read.
const headWidth = 64

// Model is a transformer's weights.
type Model struct {
	Config Config
	Params *nn.Params

	embed     linear
	condition struct{ weight, bias, words *nn.Param }
	layers    []layer
	last      struct {
		gain *nn.Param
		film linear
	}
	output, pool, heads linear
}

type linear struct{ weight, bias *nn.Param }

type layer struct {
	attention struct {
		gain, qkv, qGain, kGain, out *nn.Param
		film                         linear
		memory                       memory
	}
	feed struct {
		gain, taps, in, out *nn.Param
		film                linear
	}
}

// memory is what lies beside the attention of a layer over time, or nothing.
type memory struct{ in, bias, out *nn.Param }

// params returns the weights, none where there is no memory.
func (m memory) params() []*nn.Param {
	if m.in == nil {
		return nil
	}
	return []*nn.Param{m.in, m.bias, m.out}
}

// New returns a transformer with fresh weights. Its prediction is the starting estimate itself, since the last layer starts
// at zero.
func New(c Config, seed uint64) (*Model, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	return declare(c, nn.NewParams(seed)), nil
}

// declare declares the weights of a transformer in p.
func declare(c Config, p *nn.Params) *Model {
	m := &Model{Config: c, Params: p, layers: make([]layer, c.Layers)}
	newLinear := func(name string, init nn.Init, in, out int) linear {
		return linear{p.Weight(name+"/weight", init, in, out), p.New(name+"/bias", nn.Zeros, out)}
	}
	d := c.Width
	m.embed = newLinear("embed", nn.FanIn(1), c.TokenSize(), d)
	m.condition.weight = p.Weight("condition/weight", nn.FanIn(1), c.FeatureSize(), d)
	m.condition.bias = p.New("condition/bias", nn.Zeros, d)
	m.condition.words = p.New("condition/words", nn.Normal(1), c.Vocabulary, d)
	for i := range m.layers {
		l, name := &m.layers[i], fmt.Sprintf("layer/%d/", i)
		a, f := &l.attention, &l.feed
		a.gain = p.New(name+"attention/gain", nn.Ones, d)
		a.qkv = p.Weight(name+"attention/qkv", nn.FanIn(1), d, 3*d)
		a.qGain, a.kGain = p.New(name+"attention/q_gain", nn.Ones, d/c.Heads), p.New(name+"attention/k_gain", nn.Ones, d/c.Heads)
		a.out = p.Weight(name+"attention/out", nn.FanIn(0.3), d, d)
		a.film = newLinear(name+"attention/film", nn.Zeros, d, 2*d)
		if c.remembers(i) {
			a.memory.in = p.Weight(name+"attention/memory/in", nn.FanIn(1), d, 2*d)
			a.memory.bias = p.New(name+"attention/memory/bias", timeConstants, d)
			a.memory.out = p.Weight(name+"attention/memory/out", nn.Zeros, d, d)
		}
		f.gain = p.New(name+"feed/gain", nn.Ones, d)
		f.taps = p.New(name+"feed/taps", nn.CentreTap(0.05), gop.ConvSize*gop.ConvSize, d)
		f.in = p.Weight(name+"feed/in", nn.FanIn(1), d, 2*c.Hidden)
		f.out = p.Weight(name+"feed/out", nn.FanIn(0.3), c.Hidden, d)
		f.film = newLinear(name+"feed/film", nn.Zeros, d, 2*d)
	}
	m.last.gain = p.New("last/gain", nn.Ones, d)
	m.last.film = newLinear("last/film", nn.Zeros, d, 2*d)
	m.output = newLinear("output", nn.Zeros, d, c.Latent)
	m.pool = newLinear("pool", nn.FanIn(1), d, headWidth)
	m.heads = newLinear("heads", nn.Zeros, headWidth, c.HeadSize())
	// Muon is for maps between hidden features; those at the ends, whose rows mean something of their own, take AdamW.
	for _, l := range []*nn.Param{m.embed.weight, m.condition.weight, m.output.weight, m.heads.weight} {
		l.Matrix = false
	}
	return m
}

// longest is the longest time constant of a fresh memory, in frames.
const longest = 100

// timeConstants sets the biases of a memory's gate such that what is not written anew fades by 1/e within 1 to longest frames, in
// even steps of the logarithm over the channels: 1 - sigmoid(bias) = exp(-1/frames).
func timeConstants(_ *rand.Rand, _ []int, dst []float32) {
	for i := range dst {
		frames := math.Pow(longest, float64(i)/float64(max(1, len(dst)-1)))
		dst[i] = float32(math.Log(math.Expm1(1 / frames)))
	}
}

// Tensors returns the weights as checkpoint tensors under the prefix.
func (m *Model) Tensors(prefix string) []ckpt.Tensor { return m.Params.Tensors(prefix) }

// Load copies the weights from a checkpoint.
func (m *Model) Load(file *ckpt.File, prefix string) error { return m.Params.Load(file, prefix) }

// attentionOp is the operator of layer i for clips of the given shape.
func (c Config) attentionOp(i, clips, frames, h, w int) *gop.Attention {
	k := kernel.Attention{B: clips, T: frames, H: h, W: w, Heads: c.Heads, HeadDim: c.Width / c.Heads, Axis: kernel.Space}
	if c.overTime(i) {
		k.Axis, k.Window = kernel.Time, c.Window
	}
	return &gop.Attention{Kernel: k, Film: true, Memory: c.remembers(i)}
}

// Batch is the data of one training step, filled before every Run of its Graph.
type Batch struct {
	// Tokens is [B*T*P, (2+History)*C] and Features is [B*T, ...]: see Config.FillTokens and Config.FillFeatures.
	Tokens, Features []float32
	// Target is the clean latent less the starting estimate, [B*T*P, C]; Weights is [B*T*P].
	Target, Weights []float32
	// Reward and End are [B*T*S]; Known is 1 where they are known.
	Reward, End, Known []float32
	// Words holds the word ids of each clip's caption.
	Words [][]int
	// Bidirectional says for each clip whether frames see later ones.
	Bidirectional []bool
}

// Graph is the training graph for batches of one shape.
type Graph struct {
	Batch Batch
	// HeadWeight is the weight of the reward and end losses beside the tokens' loss. Default: HeadWeight.
	HeadWeight float64
	// Step holds the gradients after Run.
	Step *nn.Step

	loss          *gop.LatentLoss
	output, heads *gorgonia.Node
}

// HeadWeight is the weight of the reward and end losses beside the tokens' loss. At a fifth of it the reward of RigidCatch, whose
// events show, was learned late, and that of RigidPush, a small number every frame, not at all.
const HeadWeight = 0.25

// network is what training and [Clip] share: the transformer over whole clips, as a graph.
type network struct {
	tokens, features []float32
	words            [][]int
	bidirectional    []bool
	output, heads    *gorgonia.Node
}

// network adds the transformer over clips x frames on a latent grid of h x w to a graph.
func (m *Model) network(b *nn.Builder, clips, frames, h, w int) *network {
	c, f := m.Config, clips*frames
	n := &network{words: make([][]int, clips), bidirectional: make([]bool, clips)}
	var tokens, features *gorgonia.Node
	tokens, n.tokens = b.Input("tokens", f*h*w, c.TokenSize())
	features, n.features = b.Input("features", f, c.FeatureSize())
	apply := func(l linear, constant bool, x *gorgonia.Node) *gorgonia.Node {
		return b.Apply(&gop.Linear{Constant: constant}, x, b.Param(l.weight), b.Param(l.bias))
	}
	x := apply(m.embed, true, tokens)
	cond := b.Apply(&gop.Condition{Words: n.words}, features, b.Param(m.condition.weight), b.Param(m.condition.bias), b.Param(m.condition.words))
	for i, l := range m.layers {
		op := c.attentionOp(i, clips, frames, h, w)
		if c.overTime(i) {
			op.Kernel.Bidirectional = n.bidirectional
		}
		a, ff := l.attention, l.feed
		inputs := gorgonia.Nodes{x, b.Param(a.gain), b.Param(a.qkv), b.Param(a.qGain), b.Param(a.kGain), b.Param(a.out), apply(a.film, false, cond)}
		for _, p := range a.memory.params() {
			inputs = append(inputs, b.Param(p))
		}
		x = b.Apply(op, inputs...)
		x = b.Apply(&gop.FeedForward{Height: h, Width: w, Hidden: c.Hidden, Film: true},
			x, b.Param(ff.gain), b.Param(ff.taps), b.Param(ff.in), b.Param(ff.out), apply(ff.film, false, cond))
	}
	x = b.Apply(&gop.Norm{Patches: h * w, Film: true}, x, b.Param(m.last.gain), apply(m.last.film, false, cond))
	n.output = apply(m.output, false, x)
	n.heads = apply(m.heads, false, b.Apply(&gop.Pool{Patches: h * w}, apply(m.pool, false, x)))
	return n
}

// Graph builds the training graph for batches of clips x frames on a latent grid of h x w.
func (m *Model) Graph(clips, frames, h, w int) (*Graph, error) {
	b, loss := nn.NewBuilder(), &gop.LatentLoss{}
	n := m.network(b, clips, frames, h, w)
	step, err := b.Compile(b.Apply(loss, n.output, n.heads))
	if err != nil {
		return nil, fmt.Errorf("dit: %w", err)
	}
	return &Graph{HeadWeight: HeadWeight, Step: step, loss: loss, output: n.output, heads: n.heads, Batch: Batch{
		Tokens: n.tokens, Features: n.features, Target: loss.Target, Weights: loss.Weights,
		Reward: loss.Reward, End: loss.End, Known: loss.Known, Words: n.words, Bidirectional: n.bidirectional,
	}}, nil
}

// Run computes the loss of the batch and its gradients; tokens and heads are the loss's two terms.
func (g *Graph) Run() (tokens, heads float64, err error) {
	g.loss.HeadWeight = g.HeadWeight
	if _, err := g.Step.Run(); err != nil {
		return 0, 0, err
	}
	return g.loss.Tokens, g.loss.Heads, nil
}

// Output returns what the last Run predicted: the correction to the starting estimate, [B*T*P, C], and the reward and the
// logit of the end, [B*T, 2S].
func (g *Graph) Output() (correction, heads []float32) {
	return nn.Floats(g.output), nn.Floats(g.heads)
}
