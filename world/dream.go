package world

import (
	"errors"
	"fmt"

	"somnium/env"
)

// ContextFrames is how many frames of truth a dream starts from where nothing else is asked for.
const ContextFrames = 8

// Source makes the contexts from which a dream's episodes start.
type Source interface {
	// Context returns the context of a seed: equal seeds give equal contexts.
	Context(seed uint64) (env.Context, error)
	// Close frees what the source holds.
	Close() error
}

// DreamOptions are the options of NewDream.
type DreamOptions struct {
	// Name is the name by which the dream was opened; it becomes the spec's ID.
	Name string
	// Spec is that of the simulator that the dream stands in for: its spaces, time limit and rate.
	Spec env.Spec
	// Source starts the episodes of Reset. Without one, an episode starts by Prime alone.
	Source Source
	// Steps is K, the denoising steps a frame. Default: DefaultSteps.
	Steps int
}

// Dream is a world model behind the environment contract, with the spaces of the simulator that it learned. Reset primes it
// with a context of its source; Prime with one of the caller's. It is also an env.Primer, an env.Reconstructor, an
// env.Surpriser, an env.Captioner, an env.Snapshotter and an env.Strider.
//
// Of a model that dreams several frames at a time, a step takes its action for all of them and shows the last, as wrap.Repeat
// does: time limit and rate of the spec count such steps. Contexts have every frame, and StepEach gives every frame.
type Dream struct {
	model   *Model
	options DreamOptions
	spec    env.Spec
	session *Session
	stream  env.Stream
	caption string
	closed  bool
	surprise
}

// NewDream returns the dream of a model in the place of a simulator whose observation is a picture.
func NewDream(m *Model, options DreamOptions) (*Dream, error) {
	height, width, ok := env.FrameSize(options.Spec.Observation)
	if !ok {
		return nil, fmt.Errorf("world: %s observes %v, not a picture; a dream can only stand in for a simulator that shows one", options.Spec.ID, options.Spec.Observation)
	}
	if options.Spec.Action == nil {
		return nil, fmt.Errorf("world: %s does not tell its action space, without which a dream of it cannot be acted in; record it anew", options.Spec.ID)
	}
	probe := make([]float32, m.Dynamics.Config.Actions)
	if err := m.Dynamics.Config.ActionVector(probe, options.Spec.Action, options.Spec.Action.New()); err != nil {
		return nil, fmt.Errorf("world: %s: %w", options.Spec.ID, err)
	}
	session, err := NewSession(m, SessionOptions{Height: height, Width: width, Steps: options.Steps})
	if err != nil {
		return nil, err
	}
	spec := options.Spec
	spec.ID, spec.Params = options.Name, nil
	spec.Doc = "A dream of: " + options.Spec.Doc
	spec.Observation = env.Frame(height, width)
	spec.MaxEpisodeSteps = (spec.MaxEpisodeSteps + m.Span() - 1) / m.Span()
	spec.FPS /= float64(m.Span())
	return &Dream{model: m, options: options, spec: spec, session: session}, nil
}

// Spec implements env.Env.
func (d *Dream) Spec() env.Spec { return d.spec }

// Reset implements env.Env: it starts a dream from a context of the source.
func (d *Dream) Reset(opts env.ResetOptions) (env.Value, error) {
	switch {
	case d.closed:
		return env.Value{}, env.ErrClosed
	case len(opts.Params) > 0:
		return env.Value{}, errors.New("world: a dream has no parameters to set; give them to the simulator that it is primed from")
	case d.options.Source == nil:
		return env.Value{}, errors.New("world: this dream has no source of contexts; start it with Prime")
	}
	return d.begin(&d.stream, opts.Seed)
}

// begin starts a dream from a context of the source. seed is that of the stream, nil to go on with it.
func (d *Dream) begin(stream *env.Stream, from *uint64) (env.Value, error) {
	stream.Reseed(from)
	seed := stream.Rand().Uint64()
	context, err := d.options.Source.Context(seed)
	if err != nil {
		return env.Value{}, fmt.Errorf("world: the context to start from: %w", err)
	}
	return d.start(context, seed)
}

// Prime implements env.Primer. The noise of the dream goes on from the stream of the last Reset.
func (d *Dream) Prime(context env.Context) (env.Value, error) {
	if d.closed {
		return env.Value{}, env.ErrClosed
	}
	if _, err := d.session.check(context, d.spec.Action); err != nil { // before anything is drawn
		return env.Value{}, err
	}
	return d.start(context, d.stream.Rand().Uint64())
}

func (d *Dream) start(context env.Context, seed uint64) (env.Value, error) {
	frame, err := d.session.Prime(context, d.spec.Action, seed)
	if err != nil {
		return env.Value{}, err
	}
	d.caption = context.Caption
	return env.Value{U8: frame}, nil
}

// Step implements env.Env. The episode terminates where the model holds an end for more likely than not.
func (d *Dream) Step(action env.Value) (env.Step, error) {
	if d.closed {
		return env.Step{}, env.ErrClosed
	}
	if err := d.spec.Action.Contains(action); err != nil {
		return env.Step{}, fmt.Errorf("world: action: %w", err)
	}
	out, err := d.session.Step(d.spec.Action, action)
	if err != nil {
		return env.Step{}, err
	}
	return out.step(), nil
}

// step returns the outcome as a step of an environment.
func (o Outcome) step() env.Step {
	return env.Step{Obs: env.Value{U8: o.Frame}, Reward: o.Reward, Terminated: o.End > 0.5}
}

// Stride implements env.Strider.
func (d *Dream) Stride() int { return d.session.Span() }

// StepEach implements env.Strider.
func (d *Dream) StepEach(actions []env.Value) ([]env.Step, error) {
	if d.closed {
		return nil, env.ErrClosed
	}
	for i, action := range actions {
		if err := d.spec.Action.Contains(action); err != nil {
			return nil, fmt.Errorf("world: action %d: %w", i, err)
		}
	}
	outcomes, err := d.session.StepEach(d.spec.Action, actions)
	if err != nil {
		return nil, err
	}
	steps := make([]env.Step, len(outcomes))
	for i, o := range outcomes {
		steps[i] = o.step()
	}
	return steps, nil
}

// Close implements env.Env.
func (d *Dream) Close() error {
	if d.closed {
		return nil
	}
	d.closed = true
	if d.options.Source != nil {
		return d.options.Source.Close()
	}
	return nil
}

// Captions implements env.Captioner: what the dream was told, which stays as it was in the context.
func (d *Dream) Captions() (short, detailed string) {
	if d.caption == "" {
		return d.options.Spec.Doc, d.options.Spec.Doc
	}
	return d.caption, d.caption
}

// Reconstruct implements env.Reconstructor.
func (d *Dream) Reconstruct(context env.Context) ([]byte, error) {
	codec := d.session.codec
	size := codec.FrameSize()
	frames := context.Len()
	if context.Height != d.session.options.Height || context.Width != d.session.options.Width || len(context.Frames) != frames*size {
		return nil, fmt.Errorf("world: frames of %dx%d are not of this dream's size, %dx%d", context.Height, context.Width, d.session.options.Height, d.session.options.Width)
	}
	out, c := make([]byte, len(context.Frames)), d.model.Tokenizer.Config
	latent := make([]float32, codec.LatentSize())
	for i := range c.Latents(frames) {
		codec.Encode(latent, c.Cut(context.Frames, i, frames))
		codec.Decode(c.Cut(out, i, frames), latent)
	}
	return out, nil
}

// simulator is a Source that plays a simulator for a few frames.
type simulator struct {
	env    env.Env
	frames int
}

// FromSimulator returns a source that resets the simulator by the seed and acts in it at random, each action held for some
// steps, for frames frames; 0 means ContextFrames. Where the episode is over sooner, its last frame that it could go on from is the last of
// the context. Closing the source closes the simulator.
func FromSimulator(e env.Env, frames int) Source {
	if frames <= 0 {
		frames = ContextFrames
	}
	return &simulator{env: e, frames: frames}
}

// hold is for how many steps a source keeps an action.
const hold = 3

func (s *simulator) Context(seed uint64) (env.Context, error) {
	var actions env.Stream
	actions.Reseed(&seed)
	space := s.env.Spec().Action
	action := space.New()
	context, err := StartContext(s.env, env.Seeded(seed))
	for i := 1; i < s.frames && err == nil; i++ {
		if (i-1)%hold == 0 {
			space.Sample(actions.Rand(), action)
		}
		var step env.Step
		if step, err = s.env.Step(action); err != nil {
			break
		}
		if step.Terminated { // nothing goes on from the frame that ends an episode
			break
		}
		context.Frames = append(context.Frames, step.Obs.Pixels()...)
		context.Actions = append(context.Actions, action.Clone())
		if step.Truncated {
			break
		}
	}
	return context, err
}

func (s *simulator) Close() error { return s.env.Close() }

// StartContext resets an environment and returns the context of its first frame, captioned where it can be.
func StartContext(e env.Env, opts env.ResetOptions) (env.Context, error) {
	obs, err := e.Reset(opts)
	if err != nil {
		return env.Context{}, err
	}
	height, width, ok := env.FrameSize(e.Spec().Observation)
	if !ok {
		return env.Context{}, fmt.Errorf("world: %s observes %v, not a picture", e.Spec().ID, e.Spec().Observation)
	}
	context := env.Context{Height: height, Width: width, Frames: append([]byte(nil), obs.Pixels()...), Actions: []env.Value{}}
	if c, ok := env.As[env.Captioner](e); ok {
		context.Caption, _ = c.Captions()
	}
	return context, nil
}

// clip is a Source of one given context: a recorded clip or a picture.
type clip struct{ context env.Context }

// FromClip returns a source whose every episode starts from the same context.
func FromClip(context env.Context) Source { return clip{context} }

func (c clip) Context(uint64) (env.Context, error) { return c.context, nil }

func (clip) Close() error { return nil }

// DreamName is the name of a model's dream of an environment: dream:model@environment.
func DreamName(model, environment string) string { return "dream:" + model + "@" + environment }

// ParseDream takes the name of a dream apart: dream:<preset or path>[@<environment>]. ok is false where it does
// not begin with "dream:".
func ParseDream(name string) (model, environment string, ok bool) {
	const prefix = "dream:"
	if len(name) < len(prefix) || name[:len(prefix)] != prefix {
		return "", "", false
	}
	rest := name[len(prefix):]
	for i := len(rest) - 1; i >= 0; i-- {
		if rest[i] == '@' {
			return rest[:i], rest[i+1:], true
		}
	}
	return rest, "", true
}
