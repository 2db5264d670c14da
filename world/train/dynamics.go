package train

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"somnium/datasets"
	"somnium/env"
	"somnium/internal/nn"
	"somnium/world"
	"somnium/world/diffusion"
	"somnium/world/dit"
	"somnium/world/tokenizer"
)

const (
	// dropActions and dropCaption are the shares of clips that are shown without them, so that the model also makes video
	// from less; detailed is the share of captions that are the long one.
	dropActions = 0.1
	dropCaption = 0.15
	detailed    = 0.5
	// bidirectional is the share of clips in which frames see later ones, stretch the share of those that hide a stretch.
	bidirectional = 0.2
	stretch       = 0.5
	// movingWeight is how much more a token counts where things move: where it or one of the eight around it differed by more
	// than movingBy, in units of the latents' deviation, between the two frames before. The past alone decides. Were it the frame
	// itself, what happens would weigh more than what does not, and where one of several things may happen, such as a new ball
	// here or there, the network would expect each of them more than is right, and dream them together.
	movingWeight = 4
	movingBy     = 0.3
	// openingWeight is how much more the tokens of a first frame count that is hidden. No frame before it says what there is, and all
	// that a caption alone begins hangs on it.
	openingWeight = 3
	// hideHardest is the share of clips that hide the frame that changes most, whatever else they hide: where things hit,
	// appear or vanish is rare, and the hardest to tell.
	hideHardest = 0.7
	// plainHeads is the weight of the reward and end losses in the plain objective.
	plainHeads = dit.HeadWeight / 5
)

// dynamicsStage trains the transformer on the latents of a tokenizer that stands still. As in package dit, a frame is a latent
// here, which stands for a span of frames of the data.
type dynamicsStage struct {
	model   *world.Model
	options Options
	specs   map[string]env.Spec
	shapes  map[[2]int]*dynamicsShape // by height and width
}

// dynamicsShape is what batches of one size of frames need.
type dynamicsShape struct {
	graph   *dit.Graph
	codec   *tokenizer.Codec
	h, w    int       // of the latent grid
	latents []float32 // [B, T, P, C], clean
	shown   []float32 // the same, but for frames that the model dreamed itself
	noised  []float32 // shown, noised
	noise   []float32 // [P, C]
	action  []float32
	levels  []float32 // [T]
	rollout *rollout  // nil until it is needed
	guesses *guesses  // nil where the model guesses nothing
}

func (s *dynamicsStage) name() string       { return "dynamics" }
func (s *dynamicsStage) params() *nn.Params { return s.model.Dynamics.Params }

func (s *dynamicsStage) tune(o *nn.Optimizer) {
	o.Rate, o.MuonRate, o.Clip, o.Decay = 1e-3, 5e-3, 1, 0.01
}

func (s *dynamicsStage) sampling() datasets.SamplerOptions {
	return datasets.SamplerOptions{Frames: clipFrames(s.model.Tokenizer.Config, s.frames()), Batch: s.options.Clips}
}

// frames returns T, how many frames a clip has.
func (s *dynamicsStage) frames() int { return s.model.Tokenizer.Config.Latents(s.options.Frames) }

// recorded returns which frame of a clip of the data is in a slot of its latents, S for each, and whether it is there: the first
// latent stands for one frame, and behind the end of an episode its last frame is held. A clip that ends its episode begins at a
// whole number of spans from the episode's beginning, so that the end is seen wherever in a span it may come.
func (s *dynamicsStage) recorded(batch *datasets.Batch, clip, slot int) (frame int, there bool) {
	span := s.model.Tokenizer.Config.Span()
	length := len(batch.Actions[clip])
	frame = max(0, slot-span+1)
	if batch.Ends[(clip+1)*length-1] > 0 {
		frame += (span - batch.Start[clip]%span) % span
	}
	return min(frame, length-1), frame < length
}

func (s *dynamicsStage) shape(height, width int) (*dynamicsShape, error) {
	size := [2]int{height, width}
	if shape := s.shapes[size]; shape != nil {
		return shape, nil
	}
	if s.shapes == nil {
		s.shapes = map[[2]int]*dynamicsShape{}
	}
	h, w := tokenizer.Grid(height, width)
	clips, frames := s.options.Clips, s.frames()
	graph, err := s.model.Dynamics.Graph(clips, frames, h, w)
	if err != nil {
		return nil, err
	}
	codec, err := tokenizer.NewCodec(s.model.Tokenizer, clips, frames, height, width)
	if err != nil {
		return nil, err
	}
	guesses, err := newGuesses(s.model, clips, frames, height, width)
	if err != nil {
		return nil, err
	}
	n := codec.LatentSize()
	shape := &dynamicsShape{
		graph: graph, guesses: guesses, codec: codec, h: h, w: w, latents: make([]float32, clips*frames*n), shown: make([]float32, clips*frames*n),
		noised: make([]float32, clips*frames*n),
		noise:  make([]float32, n), action: make([]float32, s.model.Dynamics.Config.ActionSize()), levels: make([]float32, frames),
	}
	s.shapes[size] = shape
	return shape, nil
}

func (s *dynamicsStage) gradients(batch *datasets.Batch, number int) (*nn.Step, Loss, error) {
	shape, err := s.shape(batch.H, batch.W)
	if err != nil {
		return nil, Loss{}, err
	}
	shape.codec.EncodeFrom(shape.latents, batch.Frames, func(clip, slot int) int {
		frame, _ := s.recorded(batch, clip, slot)
		return clip*len(batch.Actions[clip]) + frame
	})
	copy(shape.shown, shape.latents)
	shape.guesses.begin(batch)
	plain := s.plain(number)
	shape.graph.HeadWeight = dit.HeadWeight
	if plain {
		shape.graph.HeadWeight = plainHeads
	}
	streams := make([]*rand.Rand, s.options.Clips)
	for clip := range streams {
		streams[clip] = rand.New(rand.NewPCG(s.options.Seed, uint64(number*s.options.Clips+clip)))
		s.choose(shape, batch, clip, streams[clip])
	}
	if depth := s.depth(number); depth > 0 {
		if err := s.dream(shape, batch, depth, streams[0]); err != nil {
			return nil, Loss{}, err
		}
	}
	for clip, rng := range streams {
		if plain {
			diffusion.SampleShare(rng, shape.levels)
		} else {
			s.levels(shape, clip, rng)
		}
		if err := s.fill(shape, batch, clip, rng); err != nil {
			return nil, Loss{}, err
		}
	}
	tokens, heads, err := shape.graph.Run()
	return shape.graph.Step, Loss{Total: tokens, Heads: heads}, err
}

// depths are how many frames of its own the model is shown, over the updates that show it some.
var depths = [...]int{2, 5, 11}

// begin is the update from which on the model is shown frames of its own.
func (s *dynamicsStage) begin() float64 {
	return float64(s.options.DynamicsSteps) * (1 - s.options.SelfRollout)
}

// plain says whether an update is before that, and has the plain objective: it teaches the next frame in fewer updates than the one that
// makes rollouts hold, and what it leaves out is learned with the rollouts (docs/adr/0009).
func (s *dynamicsStage) plain(number int) bool { return float64(number) < s.begin() }

// depth is how many frames of its own the model is shown in an update: none at first, and the depths one after the other over
// the last share of the updates, which Options.SelfRollout says.
func (s *dynamicsStage) depth(number int) int {
	if s.plain(number) || s.options.SelfRollout <= 0 {
		return 0
	}
	begin := s.begin()
	done := (float64(number) - begin) / (float64(s.options.DynamicsSteps) - begin)
	depth := depths[min(int(float64(len(depths))*done), len(depths)-1)]
	return max(0, min(depth, s.frames()-s.primed()-1))
}

// choose draws what a clip is shown with: its caption, and whether frames see later ones.
func (s *dynamicsStage) choose(shape *dynamicsShape, batch *datasets.Batch, clip int, rng *rand.Rand) {
	b := &shape.graph.Batch
	b.Bidirectional[clip] = rng.Float64() < bidirectional
	b.Words[clip] = s.model.Dynamics.Config.Words(caption(batch.Captions[clip], rng))
	s.learn(batch.Captions[clip].Short)
	s.learn(batch.Captions[clip].Detailed)
}

// learn counts the words of a caption among those that the model knows.
func (s *dynamicsStage) learn(caption string) {
	words := &s.model.Info.Words
	for _, word := range dit.Split(caption) {
		if at, known := slices.BinarySearch(*words, word); !known && word != "" {
			*words = slices.Insert(*words, at, word)
		}
	}
}

// fill makes one clip's part of the batch, at the levels that are drawn.
func (s *dynamicsStage) fill(shape *dynamicsShape, batch *datasets.Batch, clip int, rng *rand.Rand) error {
	b, frames, size := &shape.graph.Batch, s.frames(), shape.codec.LatentSize()
	withActions := rng.Float64() >= dropActions
	err := shape.guesses.ofClip(clip, shape.levels, func(t int) ([]float32, error) {
		known, err := s.actionVector(shape.action, batch, clip, t)
		if !known || !withActions {
			return nil, err
		}
		return shape.action, err
	})
	if err != nil {
		return err
	}
	for t := range frames {
		i := clip*frames + t
		source, hidden := shape.latents, shape.levels[t] < diffusion.KnownLevel
		if !hidden {
			source = shape.shown // the past is what the model made of it; what it is to make now is the truth
			shape.levels[t] = s.model.Dynamics.Config.KnownLevel(shape.levels[t])
		}
		diffusion.FillNormal(rng, shape.noise)
		diffusion.Noise(shape.noised[i*size:(i+1)*size], source[i*size:(i+1)*size], shape.noise, shape.levels[t])
		known, err := s.actionVector(shape.action, batch, clip, t)
		if err != nil {
			return err
		}
		var action []float32
		if known && withActions {
			action = shape.action
		}
		s.fillFrame(shape, b, i, t, action)
		if hidden && t == 0 {
			shape.weighOpening(b, i)
		}
		s.fillHeads(b, batch, clip, t)
	}
	return nil
}

// fillHeads writes the rewards and ends of the transitions into frame t of a clip.
func (s *dynamicsStage) fillHeads(b *dit.Batch, batch *datasets.Batch, clip, t int) {
	span, length := s.model.Dynamics.Config.Span(), len(batch.Actions[clip])
	for j := range span {
		frame, there := s.recorded(batch, clip, t*span+j)
		at, i := clip*length+frame, (clip*s.frames()+t)*span+j
		b.Reward[i], b.End[i], b.Known[i] = batch.Rewards[at], batch.Ends[at], 0
		if t > 0 && there {
			b.Known[i] = 1
		}
	}
}

// levels draws the levels at which a clip is shown.
func (s *dynamicsStage) levels(shape *dynamicsShape, clip int, rng *rand.Rand) {
	if shape.graph.Batch.Bidirectional[clip] && rng.Float64() < stretch {
		diffusion.SampleStretch(rng, shape.levels)
		return
	}
	diffusion.SampleLevels(rng, shape.levels)
	if hardest := shape.hardest(clip, len(shape.levels)); hardest > 0 && rng.Float64() < hideHardest {
		shape.levels[hardest] = diffusion.SampleHidden(rng)
	}
}

// hardest returns the frame of a clip that changes most from the one before it, 0 where nothing changes.
func (s *dynamicsShape) hardest(clip, frames int) int {
	size := s.codec.LatentSize()
	latents := s.latents[clip*frames*size:][:frames*size]
	hardest, most := 0, float32(0)
	for t := 1; t < frames; t++ {
		change := float32(0)
		before := latents[(t-1)*size : t*size]
		for j, x := range latents[t*size : (t+1)*size] {
			change += (x - before[j]) * (x - before[j])
		}
		if change > most {
			hardest, most = t, change
		}
	}
	return hardest
}

// actionVector writes the actions into frame t of a clip, and says whether they are known.
func (s *dynamicsStage) actionVector(dst []float32, batch *datasets.Batch, clip, t int) (known bool, err error) {
	config := s.model.Dynamics.Config
	for j := range config.Span() {
		frame, _ := s.recorded(batch, clip, t*config.Span()+j)
		value := batch.Actions[clip][frame]
		if t == 0 || value.Int == nil && value.F32 == nil {
			return false, nil
		}
		if err := recordedAction(dst[j*config.Actions:(j+1)*config.Actions], config, s.specs, batch.Env[clip], value); err != nil {
			return false, err
		}
	}
	return true, nil
}

// recordedAction writes the vector of an action of an environment's episodes.
func recordedAction(dst []float32, config dit.Config, specs map[string]env.Spec, name string, action env.Value) error {
	spec, ok := specs[name]
	if !ok {
		return fmt.Errorf("the data do not tell the action space of %s; collect them anew", name)
	}
	return config.ActionVector(dst, spec.Action, action)
}

// fillFrame writes the input, the target and the weights of frame i, the t-th of its clip.
func (s *dynamicsStage) fillFrame(shape *dynamicsShape, b *dit.Batch, i, t int, action []float32) {
	config, size := s.model.Dynamics.Config, shape.codec.LatentSize()
	var view [1 + dit.History]dit.Frame
	for k := range view {
		if t-k >= 0 {
			view[k] = dit.Frame{Latent: shape.noised[(i-k)*size : (i-k+1)*size], Level: shape.levels[t-k]}
		}
	}
	frames := s.options.Clips * s.frames()
	tokens, features := len(b.Tokens)/frames, len(b.Features)/frames
	target := b.Target[i*size : (i+1)*size]
	config.FillTokens(b.Tokens[i*tokens:(i+1)*tokens], target, &view, shape.guesses.of(t))
	config.FillFeatures(b.Features[i*features:(i+1)*features], &view, action)
	clean := shape.latents[i*size : (i+1)*size]
	for j, estimate := range target {
		target[j] = clean[j] - estimate
	}
	patches := size / config.Latent
	weights := b.Weights[i*patches : (i+1)*patches]
	for p := range weights {
		weights[p] = diffusion.Weight(shape.levels[t])
	}
	if t >= 2 {
		shape.weighMoving(weights, i)
	}
}

// weighMoving multiplies the weights of the patches of frame i around which the frames i-2 and i-1 differ.
func (s *dynamicsShape) weighMoving(weights []float32, i int) {
	size, c := s.codec.LatentSize(), s.codec.LatentSize()/len(weights)
	moved := func(y, x int) bool {
		at := (y*s.w + x) * c
		return apart(s.latents[(i-1)*size+at:][:c], s.latents[(i-2)*size+at:][:c], movingBy)
	}
	for p := range weights {
		if s.around(p/s.w, p%s.w, moved) {
			weights[p] *= movingWeight
		}
	}
}

// weighOpening multiplies the weights of the patches of frame i, which is the first of its clip.
func (s *dynamicsShape) weighOpening(b *dit.Batch, i int) {
	patches := s.h * s.w
	for p := i * patches; p < (i+1)*patches; p++ {
		b.Weights[p] *= openingWeight
	}
}

// around says whether something holds for a patch or one of the eight around it.
func (s *dynamicsShape) around(y, x int, holds func(y, x int) bool) bool {
	for row := max(0, y-1); row <= min(s.h-1, y+1); row++ {
		for column := max(0, x-1); column <= min(s.w-1, x+1); column++ {
			if holds(row, column) {
				return true
			}
		}
	}
	return false
}

// apart says whether two latents of a patch differ by more than limit, root mean square.
func apart(a, b []float32, limit float32) bool {
	sum := float32(0)
	for i := range a {
		d := a[i] - b[i]
		sum += d * d
	}
	return sum > limit*limit*float32(len(a))
}

// caption chooses what of the caption a clip is shown.
func caption(c datasets.Caption, rng *rand.Rand) string {
	switch u := rng.Float64(); {
	case u < dropCaption:
		return ""
	case u < dropCaption+(1-dropCaption)*detailed:
		return c.Detailed
	}
	return c.Short
}

func (s *dynamicsStage) finish(context.Context, *datasets.Dataset) error { return nil }

func (s *dynamicsStage) seen(info *world.Info) {
	info.DynamicsSteps++
	info.DynamicsClips += s.options.Clips
}
