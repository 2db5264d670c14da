package parity

import (
	"math/rand/v2"
	"path/filepath"
	"testing"

	"somnium/env"
	"somnium/internal/ckpt"
	"somnium/internal/nn"
	"somnium/world"
	"somnium/world/diffusion"
	"somnium/world/dit"
	"somnium/world/flow"
	"somnium/world/tokenizer"
)

const (
	height, width = 20, 28 // neither of which 8 divides
	updates       = 10
	clips, frames = 2, 10 // more frames than the window of the tiny preset
	dreamed       = 12
	caption       = "A red ball, moving left at -0.5; the paddle is GREEN."
)

// size is the number of patches of a frame.
func size() int {
	h, w := tokenizer.Grid(height, width)
	return h * w
}

func TestParity(t *testing.T) {
	for _, folder := range folders {
		t.Run(folder, func(t *testing.T) { parity(t, folder) })
	}
}

func parity(t *testing.T, folder string) {
	goFile, torchFile := filepath.Join(folder, "go.safetensors"), filepath.Join(folder, "torch.safetensors")
	m, err := world.Open(filepath.Join(folder, "weights.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{}
	codec(t, f, m)
	steps(t, f, m)
	dream(t, f, m)
	// The updates change the weights, so they come last.
	trainTokenizer(t, f, m.Tokenizer)
	trainDynamics(t, f, m.Dynamics)
	if m.Flow != nil {
		trainFlow(t, f, m.Flow)
	}
	if *update {
		if err := ckpt.Save(goFile, &f.file, ckpt.SaveOptions{}); err != nil {
			t.Fatal(err)
		}
		return // the twin's turn
	}
	f.compare(t, goFile, "in/", 0)
	f.compare(t, goFile, "out/", 2e-5)
	f.compare(t, torchFile, "out/", 1e-4)
}

// pictures returns n frames of a noisy ground with a bright square that moves, [n, H, W, 3].
func pictures(rng *rand.Rand, n int) []uint8 {
	out := make([]uint8, n*height*width*3)
	for i := range height * width * 3 {
		out[i] = uint8(rng.IntN(120))
	}
	for f := 1; f < n; f++ {
		copy(out[f*height*width*3:], out[:height*width*3])
	}
	for f := range n {
		for y := range 6 {
			for x := range 6 {
				at := ((f*height+f+y+3)*width + 2*f + x) * 3
				out[at], out[at+1] = 250, uint8(200+f)
			}
		}
	}
	return out
}

// normals returns n normal numbers of a deviation.
func normals(rng *rand.Rand, n int, deviation float64) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(rng.NormFloat64() * deviation)
	}
	return out
}

// codec encodes frames, and decodes latents of which some are out of range.
func codec(t *testing.T, f *fixture, m *world.Model) {
	const n = 3
	rng := rand.New(rand.NewPCG(1, 1))
	c, err := tokenizer.NewCodec(m.Tokenizer, 1, n, height, width)
	if err != nil {
		t.Fatal(err)
	}
	first := 1 + (n-1)*m.Span()
	pixels, given := pictures(rng, first), normals(rng, n*c.LatentSize(), 2)
	latents, decoded := make([]float32, len(given)), make([]uint8, n*m.Span()*c.FrameSize())
	c.Encode(latents, pixels)
	c.Decode(decoded, given)
	channels := m.Tokenizer.Config.Latent
	f.bytes("in/codec/frames", pixels, first, height, width, 3)
	f.floats("in/codec/latents", given, n, size(), channels)
	f.floats("out/codec/latents", latents, n, size(), channels)
	f.bytes("out/codec/frames", decoded, n*m.Span(), height, width, 3)
}

// steps shows the network frames one at a time, against the cache, past the end of its window.
func steps(t *testing.T, f *fixture, m *world.Model) {
	c, p := m.Dynamics.Config, size()
	h, w := tokenizer.Grid(height, width)
	rng := rand.New(rand.NewPCG(2, 2))
	stepper, err := dit.NewStepper(m.Dynamics, 1, h, w)
	if err != nil {
		t.Fatal(err)
	}
	stepper.Words(0, c.Words(caption))
	tokens, features := normals(rng, dreamed*p*c.TokenSize(), 1), normals(rng, dreamed*c.FeatureSize(), 1)
	var corrections, heads []float32
	for i := range dreamed {
		position := []int{i}
		token, feature := tokens[i*p*c.TokenSize():(i+1)*p*c.TokenSize()], features[i*c.FeatureSize():(i+1)*c.FeatureSize()]
		stepper.Forward(token, features[:c.FeatureSize()], position, false) // leaves no trace
		correction, head := stepper.Forward(token, feature, position, true)
		corrections, heads = append(corrections, correction...), append(heads, head...)
	}
	f.bytes("in/caption", []byte(caption), len(caption))
	f.floats("in/steps/tokens", tokens, dreamed, p, c.TokenSize())
	f.floats("in/steps/features", features, dreamed, c.FeatureSize())
	f.floats("out/steps/corrections", corrections, dreamed, p, c.Latent)
	f.floats("out/steps/heads", heads, dreamed, c.HeadSize())
}

// dream primes a session and steps it. Its noise is that which a session draws of the seed.
func dream(t *testing.T, f *fixture, m *world.Model) {
	const latents, seed = 3, 7
	c, span := m.Dynamics.Config, m.Span()
	primed, frames := 1+(latents-1)*span, dreamed*span
	session, err := world.NewSession(m, world.SessionOptions{Height: height, Width: width})
	if err != nil {
		t.Fatal(err)
	}
	space := env.Discrete{N: 5}
	choice := func(i int) env.Value { return env.Int(i * i % space.N) }
	context := env.Context{Height: height, Width: width, Frames: pictures(rand.New(rand.NewPCG(3, 3)), primed), Caption: caption}
	for i := range primed - 1 {
		context.Actions = append(context.Actions, choice(i))
	}
	if _, err := session.Prime(context, space, seed); err != nil {
		t.Fatal(err)
	}
	var pixels []uint8
	var rewards, ends []float64
	actions := make([]float32, (primed-1+frames)*c.Actions)
	for i := range primed - 1 + frames {
		if err := c.ActionVector(actions[i*c.Actions:(i+1)*c.Actions], space, choice(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range dreamed {
		taken := make([]env.Value, span)
		for j := range taken {
			taken[j] = choice(primed - 1 + i*span + j)
		}
		outcomes, err := session.StepEach(space, taken)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range outcomes {
			pixels, rewards, ends = append(pixels, o.Frame...), append(rewards, o.Reward), append(ends, o.End)
		}
	}
	draws := latents + 2*dreamed // one for every latent that is shown, one for every latent that is dreamed
	f.bytes("in/dream/context", context.Frames, primed, height, width, 3)
	f.floats("in/dream/actions", actions, primed-1+frames, c.Actions)
	f.floats("in/dream/noise", normals(rand.New(rand.NewPCG(seed, 0x5eed)), draws*size()*c.Latent, 1), draws, size(), c.Latent)
	f.bytes("out/dream/frames", pixels, frames, height, width, 3)
	f.numbers("out/dream/rewards", rewards)
	f.numbers("out/dream/ends", ends)
}

// losses are what the updates of a stage saw.
type losses struct{ total, heads, norms []float64 }

// step makes one update, and records the gradients of the first.
func (l *losses) step(t *testing.T, f *fixture, stage string, o *nn.Optimizer, s *nn.Step, total, heads float64) {
	if len(l.total) == 0 {
		for i, p := range s.Params {
			f.floats("out/"+stage+"/gradient/"+p.Name, s.Grads[i], p.Shape...)
		}
	}
	norm, err := o.Update(s, 1)
	if err != nil {
		t.Fatal(err)
	}
	l.total, l.heads, l.norms = append(l.total, total), append(l.heads, heads), append(l.norms, norm)
}

// finish records the losses and the averaged weights.
func (l *losses) finish(f *fixture, stage string, o *nn.Optimizer, params *nn.Params) {
	f.numbers("out/"+stage+"/losses", l.total)
	f.numbers("out/"+stage+"/heads", l.heads)
	f.numbers("out/"+stage+"/norms", l.norms)
	o.Swap()
	for _, p := range params.All() {
		f.floats("out/"+stage+"/average/"+p.Name, p.Data, p.Shape...)
	}
}

func trainTokenizer(t *testing.T, f *fixture, m *tokenizer.Model) {
	const clips, latents = 2, 2
	c := m.Config
	frames := 1 + c.Span()*(latents-1)
	graph, err := tokenizer.NewGraph(m, clips, frames, height, width)
	if err != nil {
		t.Fatal(err)
	}
	o := nn.NewOptimizer(m.Params)
	o.Rate, o.MuonRate, o.Clip = 2e-3, 1e-2, 1
	pixels := pictures(rand.New(rand.NewPCG(4, 4)), clips*frames)
	var noise []float32
	var l losses
	for i := range updates {
		// What the graph draws: for each clip a deviation and the noise.
		rng := rand.New(rand.NewPCG(5, uint64(i)))
		for range clips {
			deviation := float32(rng.Float64() * 0.05)
			for range latents * size() * c.Latent {
				noise = append(noise, deviation*float32(rng.NormFloat64()))
			}
		}
		loss, err := graph.Run(rand.New(rand.NewPCG(5, uint64(i))), pixels)
		if err != nil {
			t.Fatal(err)
		}
		l.step(t, f, "tokenizer", o, graph.Step, loss, 0)
	}
	f.bytes("in/tokenizer/clips", pixels, clips, frames, height, width, 3)
	f.floats("in/tokenizer/noise", noise, updates, clips*latents, size(), c.Latent)
	l.finish(f, "tokenizer", o, m.Params)
}

func trainDynamics(t *testing.T, f *fixture, m *dit.Model) {
	c := m.Config
	h, w := tokenizer.Grid(height, width)
	graph, err := m.Graph(clips, frames, h, w)
	if err != nil {
		t.Fatal(err)
	}
	o := nn.NewOptimizer(m.Params)
	o.Rate, o.MuonRate, o.Clip, o.Decay = 1e-3, 5e-3, 1, 0.01
	data := newClips(c)
	data.record(f, c)
	rng := rand.New(rand.NewPCG(6, 6))
	var allLevels, allNoise []float32
	var l losses
	for i := range updates {
		levels, noise := make([]float32, clips*frames), normals(rng, clips*frames*size()*c.Latent, 1)
		for clip := range clips {
			diffusion.SampleLevels(rng, levels[clip*frames:(clip+1)*frames])
		}
		allLevels, allNoise = append(allLevels, levels...), append(allNoise, noise...)
		data.fill(c, &graph.Batch, levels, noise)
		tokens, heads, err := graph.Run()
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			correction, out := graph.Output()
			f.floats("out/dynamics/corrections", correction, clips, frames, size(), c.Latent)
			f.floats("out/dynamics/outputs", out, clips, frames, c.HeadSize())
		}
		l.step(t, f, "dynamics", o, graph.Step, tokens, heads)
	}
	f.floats("in/dynamics/levels", allLevels, updates, clips, frames)
	f.floats("in/dynamics/noise", allNoise, updates, clips, frames, size(), c.Latent)
	l.finish(f, "dynamics", o, m.Params)
}

// trainFlow guesses frames, of which one is behind a single frame, and learns from them.
func trainFlow(t *testing.T, f *fixture, m *flow.Model) {
	const videos, length = 3, 3
	c, frame := m.Config, height*width*3
	graph, err := flow.NewGraph(m, videos, height, width)
	if err != nil {
		t.Fatal(err)
	}
	guesser, err := flow.NewGuesser(m, videos, height, width)
	if err != nil {
		t.Fatal(err)
	}
	pixels, actions := pictures(rand.New(rand.NewPCG(8, 8)), videos*length), normals(rand.New(rand.NewPCG(9, 9)), videos*2*c.Actions, 1)
	at := func(video, t int) []uint8 { return pixels[(video*length+t)*frame:][:frame] }
	before := func(video int) []uint8 {
		if video == 0 {
			return at(0, 1)
		}
		return at(video, 0)
	}
	for i := range videos {
		now, into := actions[2*i*c.Actions:][:c.Actions], actions[(2*i+1)*c.Actions:][:c.Actions]
		if i == 0 {
			into = nil
		}
		graph.Set(i, at(i, 1), before(i), at(i, 2))
		c.FillFeatures(graph.Features[i*c.FeatureSize():][:c.FeatureSize()], now, into, i > 0)
	}
	copy(guesser.Features, graph.Features)
	guesses := make([]uint8, videos*frame)
	guesser.Guess(guesses, func(i int) []uint8 { return at(i, 1) }, before)
	f.bytes("in/flow/videos", pixels, videos, length, height, width, 3)
	f.floats("in/flow/actions", actions, videos, 2, c.Actions)
	f.bytes("out/flow/guesses", guesses, videos, height, width, 3)
	o := nn.NewOptimizer(m.Params)
	o.Rate, o.MuonRate, o.Clip = 2e-3, 1e-2, 1
	var l losses
	for range updates {
		loss, err := graph.Run()
		if err != nil {
			t.Fatal(err)
		}
		l.step(t, f, "flow", o, graph.Step, loss, 0)
	}
	l.finish(f, "flow", o, m.Params)
}
