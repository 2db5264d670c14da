package rigid

import (
	"fmt"
	"maps"

	"somnium/env"
	"somnium/sim/rigid/raster"
)

// environment is a scene being played. It implements env.Env, env.Snapshotter, env.Prober and env.Captioner.
type environment struct {
	scene  *scene
	spec   env.Spec
	action env.Discrete
	// made are the parameters of Make, reset those that the last Reset gave beside them.
	made, reset map[string]float64

	stream env.Stream
	world  *world
	canvas *raster.Canvas
	scale  float64 // pixels a unit

	// origin is the state of the stream at the last Reset, actions what was done since: together they are the episode.
	origin  []byte
	actions []uint8
	phase   phase
}

// phase is where an environment stands in its life.
type phase byte

const (
	fresh phase = iota
	running
	over
	closed
)

// newEnv makes an environment of the scene.
func newEnv(s *scene, c env.Config) (*environment, error) {
	for _, side := range []struct {
		name   string
		pixels int
	}{{"height", c.Height}, {"width", c.Width}} {
		if side.pixels < env.MinSize || side.pixels > env.MaxSize {
			return nil, fmt.Errorf("rigid: %s's %s is %d pixels, outside %d..%d", s.id, side.name, side.pixels, env.MinSize, env.MaxSize)
		}
	}
	if err := s.accepts(c.Params); err != nil {
		return nil, err
	}
	scale := float64(min(c.Height, c.Width)) / shorterSide
	e := &environment{
		scene:  s,
		action: env.Discrete{N: s.actions},
		made:   maps.Clone(c.Params),
		canvas: raster.NewCanvas(c.Height, c.Width),
		scale:  scale,
		world: &world{
			width: float64(c.Width) / scale, height: float64(c.Height) / scale,
			params: newParams(s.params),
			space:  newSpace(s.table()),
		},
		actions: make([]uint8, 0, s.steps),
	}
	e.spec = env.Spec{
		ID: s.id, Doc: s.doc,
		Observation: env.Frame(c.Height, c.Width), Action: e.action,
		MaxEpisodeSteps: s.steps, FPS: fps,
		Params: envParams(s.params),
	}
	return e, nil
}

// accepts returns an error unless the scene can be built with the given parameters.
func (s *scene) accepts(given map[string]float64) error {
	if err := s.checkParams(given); err != nil {
		return err
	}
	if s.check == nil {
		return nil
	}
	return s.check(given)
}

// Spec implements env.Env.
func (e *environment) Spec() env.Spec { return e.spec }

// Reset implements env.Env.
func (e *environment) Reset(options env.ResetOptions) (env.Value, error) {
	if e.phase == closed {
		return env.Value{}, env.ErrClosed
	}
	if err := e.accepts(options.Params); err != nil {
		return env.Value{}, err
	}
	e.stream.Reseed(options.Seed)
	origin, err := e.stream.MarshalBinary()
	if err != nil {
		return env.Value{}, fmt.Errorf("rigid: keeping the random stream: %w", err)
	}
	e.begin(origin, maps.Clone(options.Params))
	return e.observe(), nil
}

// accepts returns an error unless the scene can be built with what Make gave and what a Reset gives.
func (e *environment) accepts(reset map[string]float64) error {
	if len(reset) == 0 {
		return nil
	}
	all := make(map[string]float64)
	maps.Copy(all, e.made)
	maps.Copy(all, reset)
	return e.scene.accepts(all)
}

// begin starts the episode that the stream, which stands at origin, and the parameters give.
func (e *environment) begin(origin []byte, reset map[string]float64) {
	e.origin, e.reset = origin, reset
	e.actions = e.actions[:0]
	e.phase = running
	e.world.rng = e.stream.Rand()
	e.world.params.begin(e.made, reset)
	e.world.begin(e.scene)
	e.canvas.Fill(e.world.ground.rgb)
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
	if err := e.action.Contains(action); err != nil {
		return env.Step{}, err
	}
	reward, terminated := e.advance(uint8(action.Int[0]))
	return env.Step{Obs: e.observe(), Reward: reward, Terminated: terminated}, nil
}

// advance moves the world by one frame, without drawing it.
func (e *environment) advance(action uint8) (reward float64, terminated bool) {
	e.actions = append(e.actions, action)
	reward, terminated = e.world.frame(int(action))
	if terminated {
		e.phase = over
	}
	return reward, terminated
}

// observe draws the present moment.
func (e *environment) observe() env.Value {
	e.canvas.Clear()
	e.world.draw(e.canvas, e.scale)
	return env.Value{U8: e.canvas.Pix}
}

// Close implements env.Env.
func (e *environment) Close() error {
	e.phase = closed
	e.world, e.canvas, e.actions = nil, nil, nil
	return nil
}
