package voxel

import (
	"fmt"
	"maps"

	"somnium/env"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/terrain"
)

// environment is a task being played. It implements env.Env, env.Snapshotter, env.Prober, env.Surveyor
// and env.Captioner.
type environment struct {
	task *task
	spec env.Spec
	flat bool
	made map[string]float64

	stream   env.Stream
	settings settings
	// seed and land are those of the episode.
	seed uint64
	land *terrain.Terrain
	// world and goal are all that changes within it.
	world    *game.World
	goal     goal
	pictures *pictures
	phase    phase
}

// phase is where an environment stands in its life.
type phase byte

const (
	fresh phase = iota
	running
	over
	closed
)

// newEnv makes an environment of the task.
func newEnv(t *task, c env.Config) (*environment, error) {
	all := t.allParams()
	if err := checkParams(t.id, all, c.Params); err != nil {
		return nil, err
	}
	form := newSettings(formParams())
	form.begin(c.Params, nil)
	p, err := newPictures(c.Height, c.Width, &form)
	if err != nil {
		return nil, fmt.Errorf("voxel: %s: %w", t.id, err)
	}
	e := &environment{
		task: t, flat: form.whole("flat") == 1, made: maps.Clone(c.Params),
		settings: newSettings(t.episodeParams()), pictures: p,
		world: game.New(gridSize(form.whole("distance"))),
	}
	e.spec = env.Spec{
		ID: t.id, Doc: t.doc, Observation: p.space, Action: fullSpace(),
		MaxEpisodeSteps: t.steps, FPS: game.TicksPerSecond, Params: e.settings.list,
	}
	if e.flat {
		e.spec.Action = env.Discrete{N: len(FlatActions())}
	}
	return e, nil
}

// gridSize returns how many chunks along each axis the grid must hold, so that those that can be seen or lived in do not
// drive each other out.
func gridSize(distance int) int {
	if distance <= 40 {
		return 8
	}
	return 16
}

// Spec implements env.Env. It lists the parameters that a Reset takes; Make takes those of the registration besides.
func (e *environment) Spec() env.Spec { return e.spec }

// Reset implements env.Env.
func (e *environment) Reset(options env.ResetOptions) (env.Value, error) {
	if e.phase == closed {
		return env.Value{}, env.ErrClosed
	}
	if err := checkParams(e.task.id, e.settings.list, options.Params); err != nil {
		return env.Value{}, err
	}
	e.stream.Reseed(options.Seed)
	e.settings.begin(e.made, options.Params)
	e.begin(e.stream.Rand().Uint64())
	return e.observe(), nil
}

// Step implements env.Env.
func (e *environment) Step(action env.Value) (env.Step, error) {
	switch e.phase {
	case fresh:
		return env.Step{}, env.ErrNotReset
	case over:
		return env.Step{}, env.ErrEpisodeOver
	case closed:
		return env.Step{}, env.ErrClosed
	}
	if err := e.spec.Action.Contains(action); err != nil {
		return env.Step{}, err
	}
	reward, terminated := e.advance(action.Int)
	return env.Step{Obs: e.observe(), Reward: reward, Terminated: terminated}, nil
}

// advance moves the world by one tick, without drawing it.
func (e *environment) advance(action []int) (reward float64, terminated bool) {
	var controls game.Controls
	if e.flat {
		controls = flatControls(e.world, action[0])
	} else {
		controls = fullControls(action)
	}
	e.goal.before(e.world)
	e.world.Step(&controls)
	o := e.task.advance(e)
	if o.done || e.world.Player.Health == 0 {
		e.phase = over
	}
	switch e.settings.whole("reward") {
	case rewardSparse:
		reward = o.sparse
	case rewardShaped:
		reward = o.shaped
	}
	return reward, e.phase == over
}

// observe draws the present moment.
func (e *environment) observe() env.Value { return e.pictures.draw(e.world) }

// Close implements env.Env.
func (e *environment) Close() error {
	e.phase = closed
	e.world, e.pictures, e.land = nil, nil, nil
	return nil
}

// hasEpisode says whether there is a world to tell of.
func (e *environment) hasEpisode() bool { return e.phase == running || e.phase == over }
