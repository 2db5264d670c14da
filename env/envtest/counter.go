package envtest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"somnium/env"
)

// counterGoal is the count, up or down, at which an episode of a Counter ends.
const counterGoal = 12

// Counter is about the least environment that has everything: it is there to test wrappers, recorders and TestEnv with. It
// counts: action 1 counts down, action 2 up, action 0 holds, and a gust of plus or minus one comes in at random. Beyond 12
// either way the episode terminates. The picture's columns are as bright as the count is high; the reward is the count's
// change times the parameter "scale".
type Counter struct {
	stream  env.Stream
	obs     env.Value
	spec    env.Spec
	state   counterState
	running bool
	closed  bool
}

// counterState is what an episode is made of.
type counterState struct {
	Step, Count int64
	Scale       float64
	Over        bool
}

// NewCounter returns a Counter with pictures of height x width pixels; it may be registered as Counter-v0.
func NewCounter(height, width int) *Counter {
	observation := env.Frame(height, width)
	return &Counter{obs: observation.New(), spec: env.Spec{
		ID: "Counter-v0", Doc: "A number that gusts and actions move.",
		Observation: observation, Action: env.Discrete{N: 3}, FPS: 10,
		Params: []env.Param{{Name: "scale", Doc: "reward per count", Default: 1, Min: 0.5, Max: 2}},
	}}
}

// Spec implements [env.Env].
func (c *Counter) Spec() env.Spec { return c.spec }

// Reset implements [env.Env].
func (c *Counter) Reset(opts env.ResetOptions) (env.Value, error) {
	if c.closed {
		return env.Value{}, env.ErrClosed
	}
	if err := env.CheckParams(c.spec.ID, c.spec.Params, opts.Params); err != nil {
		return env.Value{}, err
	}
	c.stream.Reseed(opts.Seed)
	c.state = counterState{Scale: 1, Count: c.stream.Rand().Int64N(7) - 3}
	if scale, ok := opts.Params["scale"]; ok {
		c.state.Scale = scale
	}
	c.running = true
	return c.render(), nil
}

// Step implements [env.Env].
func (c *Counter) Step(action env.Value) (env.Step, error) {
	switch {
	case c.closed:
		return env.Step{}, env.ErrClosed
	case !c.running:
		return env.Step{}, env.ErrNotReset
	case c.state.Over:
		return env.Step{}, env.ErrEpisodeOver
	}
	if err := c.spec.Action.Contains(action); err != nil {
		return env.Step{}, err
	}
	move := [3]int64{0, -1, 1}[action.Int[0]] + 2*c.stream.Rand().Int64N(2) - 1
	c.state.Step++
	c.state.Count += move
	c.state.Over = c.state.Count > counterGoal || c.state.Count < -counterGoal
	return env.Step{Obs: c.render(), Reward: c.state.Scale * float64(move), Terminated: c.state.Over}, nil
}

// Close implements [env.Env].
func (c *Counter) Close() error {
	c.closed = true
	return nil
}

func (c *Counter) render() env.Value {
	for i := range c.obs.U8 {
		c.obs.U8[i] = uint8(128 + 8*c.state.Count)
	}
	return c.obs
}

// Snapshot implements [env.Snapshotter].
func (c *Counter) Snapshot() ([]byte, error) {
	if c.closed {
		return nil, env.ErrClosed
	}
	if !c.running {
		return nil, env.ErrNotReset
	}
	stream, err := c.stream.MarshalBinary()
	if err != nil {
		return nil, err
	}
	state, err := binary.Append(nil, binary.LittleEndian, c.state)
	return append(state, stream...), err
}

// Restore implements [env.Snapshotter].
func (c *Counter) Restore(snapshot []byte) (env.Value, error) {
	if c.closed {
		return env.Value{}, env.ErrClosed
	}
	var state counterState
	n, err := binary.Decode(snapshot, binary.LittleEndian, &state)
	if err != nil || state.Count > counterGoal+2 || state.Count < -counterGoal-2 || math.IsNaN(state.Scale) {
		return env.Value{}, errors.New("envtest: these bytes are no snapshot of a Counter")
	}
	if err := c.stream.UnmarshalBinary(snapshot[n:]); err != nil {
		return env.Value{}, err
	}
	c.state, c.running = state, true
	return c.render(), nil
}

// State implements [env.Prober]: one body, whose height is the count.
func (c *Counter) State() env.State {
	return env.State{
		Step:   int(c.state.Step),
		Bodies: []env.Body{{ID: 1, Kind: "count", Position: [3]float64{0, float64(c.state.Count)}, InFrame: true}},
		Values: map[string]float64{"scale": c.state.Scale},
	}
}

// Captions implements [env.Captioner].
func (c *Counter) Captions() (short, detailed string) {
	return "a number", fmt.Sprintf("A number that stands at %d.", c.state.Count)
}
