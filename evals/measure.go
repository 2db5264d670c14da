package evals

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Gate is one of the four gates that stand before everything else that is asked of a model.
type Gate struct {
	// Name is tokenizer, next, actions or rollout; Unit is what its progress counts.
	Name, Unit string
	// Scenes are the simulators that it is measured in. Default: those that the measurement names.
	Scenes []string
	// quick is the number of clips of each scene where an impression will do; for rollouts it is that of rollouts.
	quick   int
	measure func(ctx context.Context, scenes []Scene, o Options) (RolloutResult, error)
}

// The gates by name.
const (
	gateTokenizer = "tokenizer"
	gateNext      = "next"
	gateActions   = "actions"
	gateRollout   = "rollout"
)

// Gates is the table of the gates, in the order in which they are passed.
func Gates() []Gate {
	return []Gate{
		{gateTokenizer, "clips", nil, 2, onClips(Tokenizer)},
		{gateNext, "clips", nil, 4, onClips(NextFrame)},
		{gateActions, "clips", []string{"RigidPush-v0", "RigidCatch-v0"}, 32, onClips(Actions)},
		{gateRollout, "frames", []string{"RigidCatch-v0"}, 1, func(ctx context.Context, scenes []Scene, o Options) (RolloutResult, error) {
			return Rollout(ctx, scenes[0], o)
		}},
	}
}

// GateNames are the names of the gates, in order.
func GateNames() (names []string) {
	for _, g := range Gates() {
		names = append(names, g.Name)
	}
	return names
}

// onClips makes a gate's function of one that has no rollouts.
func onClips(measure func(context.Context, []Scene, Options) (Result, error)) func(context.Context, []Scene, Options) (RolloutResult, error) {
	return func(ctx context.Context, scenes []Scene, o Options) (RolloutResult, error) {
		r, err := measure(ctx, scenes, o)
		return RolloutResult{Result: r}, err
	}
}

// sized returns the options with the gate's quick size, where nothing else is asked for.
func (g Gate) sized(o Options) Options {
	field := &o.Clips
	if g.Name == gateRollout {
		field = &o.Rollouts
	}
	if *field <= 0 {
		*field = g.quick
	}
	return o
}

// MeasureOptions say what Measure measures. Open is needed, and Scenes where a gate has none of its own.
type MeasureOptions struct {
	Options
	// Only are the names of the gates to measure. Default: all.
	Only []string
	// Scenes are the names of the simulators that tokenizer and next are measured in.
	Scenes []string
	// Quick measures on a sixteenth of the clips and one rollout.
	Quick bool
	// Open makes the scene of a name. Measure opens each once, and closes what it has opened.
	Open func(name string) (Scene, error)
	// Begin, where not nil, is called before each gate and returns what is told its progress and what is called at its end.
	Begin func(g Gate) (progress func(done, total int), end func())
	// Rolled, where not nil, is shown the rollouts, so that they can be drawn.
	Rolled func(r RolloutResult) error
}

// Measurement is what the gates found.
type Measurement struct {
	// Pass says whether every gate that was measured passes.
	Pass  bool     `json:"pass"`
	Gates []Result `json:"gates"`
}

// Measure measures the gates in order. The same seed, scenes and sizes give the same figures.
func Measure(ctx context.Context, options MeasureOptions) (m Measurement, err error) {
	opened := &openScenes{open: options.Open, made: map[string]Scene{}}
	defer func() { err = errors.Join(err, opened.close()) }()
	for _, name := range options.Only {
		if !slices.Contains(GateNames(), name) {
			return m, fmt.Errorf("evals: there is no gate %q: choose of %v", name, GateNames())
		}
	}
	m.Pass = true
	for _, g := range Gates() {
		if len(options.Only) > 0 && !slices.Contains(options.Only, g.Name) {
			continue
		}
		result, err := options.gate(ctx, g, opened)
		if err != nil {
			return m, err
		}
		m.Gates = append(m.Gates, result)
		m.Pass = m.Pass && result.Pass
	}
	return m, nil
}

// gate measures one gate.
func (o MeasureOptions) gate(ctx context.Context, g Gate, opened *openScenes) (Result, error) {
	names := g.Scenes
	if names == nil {
		names = o.Scenes
	}
	scenes, err := opened.all(names)
	if err != nil {
		return Result{}, err
	}
	sized := o.Options
	if o.Quick {
		sized = g.sized(sized)
	}
	if o.Begin != nil {
		progress, end := o.Begin(g)
		defer end()
		sized.Progress = progress
	}
	r, err := g.measure(ctx, scenes, sized)
	if err == nil && g.Name == gateRollout && o.Rolled != nil {
		err = o.Rolled(r)
	}
	return r.Result, err
}

// openScenes are scenes that are opened once.
type openScenes struct {
	open func(name string) (Scene, error)
	made map[string]Scene
}

// all returns the scenes of the names.
func (s *openScenes) all(names []string) (scenes []Scene, err error) {
	for _, name := range names {
		scene, ok := s.made[name]
		if !ok {
			if scene, err = s.open(name); err != nil {
				return nil, err
			}
			s.made[name] = scene
		}
		scenes = append(scenes, scene)
	}
	return scenes, nil
}

func (s *openScenes) close() error {
	var errs []error
	for _, scene := range s.made {
		errs = append(errs, scene.Truth.Close(), scene.Dream.Close())
	}
	return errors.Join(errs...)
}
