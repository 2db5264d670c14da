package world

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"somnium/env"
	"somnium/world/diffusion"
	"somnium/world/dit"
	"somnium/world/tokenizer"
)

// DefaultSteps is how many denoising steps a frame takes where nothing else is asked for.
const DefaultSteps = 4

// maxSteps is how many it may take.
const maxSteps = 64

// SessionOptions are the options of NewSession.
type SessionOptions struct {
	// Height and Width are those of the frames, in pixels, as far as a dream of them fits into 4 GiB. Default: 64 each.
	Height, Width int
	// Steps is K, the number of denoising steps a frame. Default: DefaultSteps. A first frame that a caption alone begins takes
	// four times as many, since no frame before it says what there is.
	Steps int
}

// Session is a rollout of a world model: frames are dreamed one after another, each from the frames before it and an
// action, against a cache of keys and values. Where a latent of the model stands for several frames, these are dreamed at a time,
// from as many actions. The same seed, context and actions give the same frames to the bit, whatever
// the number of threads. Step allocates nothing, and its time does not grow with the length of the rollout.
//
// A Session is not safe for concurrent use; any number of them may share a Model.
type Session struct {
	model   *Model
	options SessionOptions
	codec   *tokenizer.Codec
	stepper *dit.Stepper
	dream   int // its number in the stepper, which several sessions share where they go side by side
	levels  []float32

	rng      *rand.PCG
	normal   *rand.Rand
	position []int       // of the newest latent, as a stepper of one dream wants it
	past     [][]float32 // the last History latents as context shows them, newest first, [P, C]
	known    int         // how many of past are there
	shown    []shown     // the newest latents as context shows them, latent i at i mod its length: what a snapshot holds
	latent   []float32   // the newest, clean
	noised   []float32   // the same as context will show it
	noise    []float32
	tokens   []float32
	features []float32
	estimate []float32
	actions  []float32 // into the newest latent's frames, one after the other
	sight    sight
	frames   []uint8   // of the newest latent
	frame    []uint8   // the last of them
	outcomes []Outcome // of them
}

// Span returns how many frames are dreamed at a time.
func (s *Session) Span() int { return len(s.outcomes) }

// NewSession returns a session that waits to be primed.
func NewSession(m *Model, options SessionOptions) (*Session, error) {
	t, err := newTable(m, 1, options)
	if err != nil {
		return nil, err
	}
	return t.sessions[0], nil
}

// withDefaults returns the options with what was left out, or an error where one is out of range.
func (o SessionOptions) withDefaults() (SessionOptions, error) {
	if o.Height == 0 && o.Width == 0 {
		o.Height, o.Width = 64, 64
	}
	if o.Steps == 0 {
		o.Steps = DefaultSteps
	}
	if o.Steps < 1 || o.Steps > maxSteps {
		return o, fmt.Errorf("world: %d denoising steps are asked for; choose 1 to 64", o.Steps)
	}
	return o, nil
}

// Prime forgets what was, and starts a dream that continues the context. space is the action space of the context's actions.
// It returns the last frame of the context, which holds until the next call; of a context that has a caption and no frames, the
// first frame is dreamed. Models of a span S have learned from contexts of 1+S*k frames; where there are fewer than the next such
// number, the first is held. An error changes nothing.
func (s *Session) Prime(context env.Context, space env.Space, seed uint64) ([]uint8, error) {
	actions, err := s.check(context, space)
	if err != nil {
		return nil, err
	}
	s.begin(context.Caption, seed)
	if len(actions) == 0 {
		s.dreamFrames(nil, diffusion.Levels(min(4*s.options.Steps, maxSteps)))
		return s.frame, nil
	}
	first := 0
	if reach := s.model.Dynamics.Config.Reach(); reach > 0 { // what lies further back cannot be seen
		first = max(0, len(actions)-reach)
	}
	for i := first; i < len(actions); i++ {
		s.observe(s.model.Tokenizer.Config.Cut(context.Frames, i, context.Len()), actions[i])
	}
	copy(s.frame, context.Frames[len(context.Frames)-len(s.frame):])
	return s.frame, nil
}

// check returns the vectors of the actions into each latent of the context, nil where they are not known, or an error where the
// context is not one for this session.
func (s *Session) check(context env.Context, space env.Space) ([][]float32, error) {
	frames := context.Len()
	if context.Height != s.options.Height || context.Width != s.options.Width || len(context.Frames) != frames*s.codec.FrameSize() {
		return nil, fmt.Errorf("world: the context is %d bytes of frames of %dx%d; this dream wants whole frames of %dx%d", len(context.Frames), context.Height, context.Width, s.options.Height, s.options.Width)
	}
	if frames == 0 && context.Caption == "" {
		return nil, errors.New("world: the context has neither a frame nor a caption; give the dream one of them to begin from")
	}
	if context.Actions != nil && len(context.Actions) != max(0, frames-1) {
		return nil, fmt.Errorf("world: the context has %d frames and %d actions; give one action fewer than frames, or none", frames, len(context.Actions))
	}
	return s.model.actionVectors(frames, space, func(frame int) *env.Value {
		if frame == 0 || context.Actions == nil {
			return nil
		}
		return &context.Actions[frame-1]
	})
}

// actionVectors returns the vectors of the actions into each latent of a clip of so many frames, nil where one of them is not
// known. into returns the action that leads into a frame, or nil.
func (m *Model) actionVectors(frames int, space env.Space, into func(frame int) *env.Value) ([][]float32, error) {
	c, span := m.Dynamics.Config, m.Tokenizer.Config.Span()
	vectors := make([][]float32, m.Tokenizer.Config.Latents(frames))
	for i := range vectors {
		from, to := m.Tokenizer.Config.Frames(i, frames)
		vector, known := make([]float32, c.ActionSize()), to-from == span
		for t := from; t < to; t++ {
			action := into(t)
			if action == nil {
				known = false
				continue
			}
			slot := span - (to - t)
			if err := c.ActionVector(vector[slot*c.Actions:(slot+1)*c.Actions], space, *action); err != nil {
				return nil, fmt.Errorf("world: the action into frame %d: %w", t, err)
			}
		}
		if known {
			vectors[i] = vector
		}
	}
	return vectors, nil
}

// begin forgets what was and waits for the first frame.
func (s *Session) begin(caption string, seed uint64) {
	s.rng.Seed(seed, 0x5eed)
	s.stepper.Reset(s.dream)
	s.stepper.Words(s.dream, s.model.words(caption))
	s.position[0], s.known = -1, 0
	s.sight.forget()
}

// Outcome is what a Step dreams.
type Outcome struct {
	// Frame is the observation, uint8 [H, W, 3]; it holds until the next call.
	Frame []uint8
	// Reward is that of the transition into the frame, End the probability that it ended the episode.
	Reward, End float64
}

// Step dreams the frame that the action leads to; where several are dreamed at a time, that which the action leads to when it is
// taken for each of them, or until one ends the episode, with the sum of their rewards.
func (s *Session) Step(space env.Space, action env.Value) (Outcome, error) {
	if err := s.hold(space, action); err != nil {
		return Outcome{}, err
	}
	return s.outcome(s.dreamFrames(s.actions, s.levels)), nil
}

// StepEach dreams the frames that the actions lead to, one each. They are as many as Span says, and what it returns holds until
// the next call.
func (s *Session) StepEach(space env.Space, actions []env.Value) ([]Outcome, error) {
	if len(actions) != s.Span() {
		return nil, fmt.Errorf("world: %d actions for a model that dreams %d frames at a time; give one for each", len(actions), s.Span())
	}
	for i := range actions {
		if err := s.take(i, space, actions[i]); err != nil {
			return nil, err
		}
	}
	s.outcome(s.dreamFrames(s.actions, s.levels))
	return s.outcomes, nil
}

// hold takes an action for all of the next frames.
func (s *Session) hold(space env.Space, action env.Value) error {
	for i := range s.Span() {
		if err := s.take(i, space, action); err != nil {
			return err
		}
	}
	return nil
}

// take takes an action for the i-th of the next frames.
func (s *Session) take(i int, space env.Space, action env.Value) error {
	if s.position[0] < 0 {
		return fmt.Errorf("world: the dream has no context yet; prime it before the first step")
	}
	if err := s.model.Dynamics.Config.ActionVector(row(s.actions, i, s.Span()), space, action); err != nil {
		return fmt.Errorf("world: %w", err)
	}
	return nil
}

// dreamFrames dreams the frames that the actions lead to, nil where there are none, over the levels, and returns what the heads say.
func (s *Session) dreamFrames(actions, levels []float32) (heads []float32) {
	s.sight.foretell(s.model, actions)
	s.fill(s.latent)
	for k, level := range levels {
		correction, _ := s.forward(s.latent, level, actions, false)
		s.denoise(levels, k, correction)
	}
	s.model.Tokenizer.Clamp(s.latent)
	s.renoise()
	_, heads = s.forward(s.noised, s.model.Dynamics.Config.ContextLevel(), actions, true)
	s.remember(actions)
	s.codec.Decode(s.frames, s.latent)
	s.sight.see(s.frame, actions)
	return heads
}

// denoise takes the newest latent from the k-th level to the next, by the correction to its starting estimate.
func (s *Session) denoise(levels []float32, k int, correction []float32) {
	next := float32(1)
	if k+1 < len(levels) {
		next = levels[k+1]
	}
	for i, c := range correction {
		s.estimate[i] += c
	}
	diffusion.Advance(s.latent, s.estimate, levels[k], next)
}

// outcome reads the heads, the reward and the logit of the end of every frame, and returns what they are as one transition.
func (s *Session) outcome(heads []float32) (o Outcome) {
	for i := range s.outcomes {
		s.outcomes[i] = Outcome{Frame: row(s.frames, i, s.Span()), Reward: float64(heads[2*i]), End: 1 / (1 + math.Exp(-float64(heads[2*i+1])))}
	}
	for _, each := range s.outcomes {
		o = Outcome{Frame: each.Frame, Reward: o.Reward + each.Reward, End: max(o.End, each.End)}
		if each.End > 0.5 {
			break
		}
	}
	return o
}

// observe makes true frames of one latent part of what later ones see.
func (s *Session) observe(frames []uint8, actions []float32) {
	s.sight.foretell(s.model, actions)
	s.codec.Encode(s.latent, frames)
	s.renoise()
	s.show(actions)
	s.sight.see(frames[len(frames)-len(s.frame):], actions)
}

// renoise noises the newest latent as context will show it: once, and at that level ever after.
func (s *Session) renoise() {
	s.fill(s.noise)
	diffusion.Noise(s.noised, s.latent, s.noise, s.model.Dynamics.Config.ContextLevel())
}

// show makes the newest noised latent part of what later ones see.
func (s *Session) show(actions []float32) {
	s.prepare(s.noised, s.model.Dynamics.Config.ContextLevel(), actions)
	s.position[0]++ // the latent's own time
	s.stepper.Show(s.tokens, s.features, s.position)
	s.position[0]--
	s.remember(actions)
}

// remember counts the newest noised latent, which was shown, among the past.
func (s *Session) remember(actions []float32) {
	last := s.past[len(s.past)-1]
	copy(s.past[1:], s.past)
	copy(last, s.noised)
	s.past[0] = last
	s.known = min(s.known+1, len(s.past))
	s.position[0]++
	s.shown[s.position[0]%len(s.shown)].set(s.noised, actions, s.sight.guess())
}

// forward shows the network the newest latent and leaves its starting estimate in s.estimate.
func (s *Session) forward(latent []float32, level float32, actions []float32, commit bool) (correction, heads []float32) {
	s.prepare(latent, level, actions)
	s.position[0]++ // the latent's own time
	correction, heads = s.stepper.Forward(s.tokens, s.features, s.position, commit)
	s.position[0]--
	return correction, heads
}

// prepare writes what the network is shown of the newest latent, and its starting estimate.
func (s *Session) prepare(latent []float32, level float32, actions []float32) {
	view := [1 + dit.History]dit.Frame{{Latent: latent, Level: level}}
	for i := range s.known {
		view[1+i] = dit.Frame{Latent: s.past[i], Level: s.model.Dynamics.Config.ContextLevel()}
	}
	c := s.model.Dynamics.Config
	c.FillTokens(s.tokens, s.estimate, &view, s.sight.guess())
	c.FillFeatures(s.features, &view, actions)
}

func (s *Session) fill(dst []float32) { diffusion.FillNormal(s.normal, dst) }

// Fork makes s a copy of another session of the same model and size, which goes on with the same noise: two forks that
// take the same actions dream the same frames.
func (s *Session) Fork(from *Session) error {
	if s.model != from.model || s.options != from.options {
		return fmt.Errorf("world: a session can only fork one of the same model, size and steps")
	}
	s.stepper.Fork(s.dream, from.stepper, from.dream)
	*s.rng = *from.rng
	s.position[0], s.known = from.position[0], from.known
	for i := range s.past {
		copy(s.past[i], from.past[i])
	}
	for i, f := range from.shown {
		s.shown[i].set(f.latent, f.vectors(), f.guessed())
	}
	s.sight.fork(&from.sight)
	copy(s.latent, from.latent)
	copy(s.frames, from.frames)
	return nil
}
