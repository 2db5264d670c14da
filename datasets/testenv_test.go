package datasets

import (
	"fmt"
	"math/rand/v2"

	"somnium/env"
)

// dotEnv is a small environment with every capability that a recording uses: a dot that wanders by itself and by the
// action, on a background of the seed's colour. Its episodes last 5 to 40 steps.
type dotEnv struct {
	id            string
	height, width int
	rng           *rand.Rand
	frame         []byte
	background    byte
	x, y, steps   int
	length        int
	closed        bool
}

// makeDot makes a dotEnv of a name such as Dot-v0?height=8.
func makeDot(name string) (env.Env, error) {
	id, cfg, err := env.ParseName(name)
	if err != nil {
		return nil, err
	}
	if id != "Dot-v0" && id != "Dash-v0" {
		return nil, fmt.Errorf("env: there is no %s", id)
	}
	return &dotEnv{id: id, height: cfg.Height, width: cfg.Width, frame: make([]byte, cfg.Height*cfg.Width*3)}, nil
}

func (d *dotEnv) Spec() env.Spec {
	return env.Spec{
		ID: d.id, Doc: "a dot", FPS: 10, Observation: env.Frame(d.height, d.width), MaxEpisodeSteps: 40,
		Action: env.Dict{Spaces: map[string]env.Space{
			"move": env.Discrete{N: 4}, "keys": env.MultiDiscrete{Nvec: []int{2, 3}},
			"push": env.Box{Shape: []int{2}, Type: env.Float32, Low: -1, High: 1},
		}},
		Params: []env.Param{{Name: "wind", Doc: "pixels a step", Default: 1, Min: 0, Max: 2, Random: true}},
	}
}

func (d *dotEnv) Reset(opts env.ResetOptions) (env.Value, error) {
	d.rng = rand.New(rand.NewPCG(*opts.Seed, 1))
	d.background = byte(d.rng.IntN(200))
	d.x, d.y, d.steps, d.length = d.rng.IntN(d.width), d.rng.IntN(d.height), 0, 5+d.rng.IntN(36)
	return d.draw(), nil
}

func (d *dotEnv) draw() env.Value {
	for i := range d.frame {
		d.frame[i] = d.background + byte(i%7)
	}
	copy(d.frame[(d.y*d.width+d.x)*3:], []byte{255, 40, byte(d.steps)})
	return env.Value{U8: d.frame}
}

func (d *dotEnv) Step(action env.Value) (env.Step, error) {
	if err := d.Spec().Action.Contains(action); err != nil {
		return env.Step{}, err
	}
	d.steps++
	d.x = (d.x + action.Dict["move"].Int[0] + d.rng.IntN(2)) % d.width
	d.y = (d.y + action.Dict["keys"].Int[1]) % d.height
	step := env.Step{Obs: d.draw(), Reward: float64(action.Dict["push"].F32[0]), Terminated: d.steps >= d.length}
	step.Truncated = !step.Terminated && d.steps >= 40
	return step, nil
}

func (d *dotEnv) Close() error { d.closed = true; return nil }

func (d *dotEnv) State() env.State {
	return env.State{
		Step: d.steps, Values: map[string]float64{"wind": 1, "background": float64(d.background)},
		Bodies: []env.Body{
			{ID: 1, Kind: "dot", Position: [3]float64{float64(d.x), float64(d.y), 0}, Size: [3]float64{1, 1, 0}, Color: [3]uint8{255, 40, byte(d.steps)}, InFrame: true, Hidden: 0.25},
			{ID: 2, Kind: "wall", Angle: -0.5, Static: true},
		},
	}
}

func (d *dotEnv) Captions() (short, detailed string) {
	side := "left"
	if d.x > d.width/2 {
		side = "right"
	}
	return "a dot on the " + side, fmt.Sprintf("A red dot moves on the %s of a background of brightness %d.", side, d.background)
}

// chance is an agent that draws its actions.
type chance struct {
	space env.Space
	rng   *rand.Rand
	value env.Value
}

func makeChance(_ string, e env.Env) (Agent, error) {
	space := e.Spec().Action
	return &chance{space: space, value: space.New()}, nil
}

func (c *chance) Reset(seed uint64) { c.rng = rand.New(rand.NewPCG(seed, 2)) }

func (c *chance) Act(env.Value) env.Value {
	c.space.Sample(c.rng, c.value)
	return c.value
}

// dotOptions collects episodes of three sizes into dir, a few to a shard.
func dotOptions(dir string, episodes int) CollectOptions {
	return CollectOptions{
		Dir: dir, Envs: []string{"Dot-v0?height=16&width=24", "Dash-v0?height=16&width=24", "Dot-v0?height=20&width=16"},
		Agents: []string{"random", "other"}, Episodes: episodes, Seed: 7, ShardBytes: 12 << 10,
		MakeEnv: makeDot, MakeAgent: makeChance,
	}
}
