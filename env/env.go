// Package env is the contract between everything that can be stepped and everything that steps it.
//
// A ground-truth simulator and a world model's dream are both an [Env]: an agent, a recorder, a viewer or an exam cannot
// tell which of the two it holds. What only some environments can do (snapshot, true state, captions, priming with
// context) is an optional capability, found by type assertion; see caps.go.
//
//	e, err := env.Make("RigidCatch-v0?height=48&width=80")
//	if err != nil {
//		return err
//	}
//	defer e.Close()
//	obs, err := e.Reset(env.Seeded(7))
//	for !done {
//		step, err := e.Step(agent.Act(obs))
//		...
//	}
package env

// Env is one environment: a partially observed Markov decision process that is stepped by actions.
//
// The life cycle is Reset, then Step until Terminated or Truncated, then Reset again; Close ends it. An Env is not safe
// for concurrent use. Values that it returns alias its buffers and hold until the next Reset, Step, Restore, Prime or
// Close: Clone what must live longer.
type Env interface {
	// Spec describes the environment. It does not change over its life.
	Spec() Spec
	// Reset starts an episode and returns its first observation. Without a seed the environment's random stream
	// continues; with one, the episode is a function of seed and parameters alone.
	Reset(opts ResetOptions) (Value, error)
	// Step applies the action and advances by one frame. The action leads from the previous observation to the returned
	// one. It is an error, and changes nothing, to step with an action outside the action space, before the first Reset
	// or after the end of an episode.
	Step(action Value) (Step, error)
	// Close frees what the environment holds. Closing twice is fine; Reset and Step after Close return ErrClosed.
	Close() error
}

// Step is the outcome of one action.
type Step struct {
	// Obs is the observation after the action.
	Obs Value
	// Reward is the reward of the transition into Obs.
	Reward float64
	// Terminated says that the episode ended by the rules of the environment: nothing of value follows.
	Terminated bool
	// Truncated says that the episode was cut short from outside, by a time limit for example.
	Truncated bool
}

// Done says whether the episode has ended for either reason.
func (s Step) Done() bool { return s.Terminated || s.Truncated }

// ResetOptions are the arguments of Reset. The zero value continues the random stream.
type ResetOptions struct {
	// Seed, where not nil, makes the episode, and the unseeded resets that follow it, reproducible to the bit.
	Seed *uint64
	// Params override, for this episode, parameters that the spec lists (gravity, say). Unknown names and values out
	// of range are errors. Default: those of Make.
	Params map[string]float64
}

// Seeded returns the options that start the episode of the given seed.
func Seeded(seed uint64) ResetOptions { return ResetOptions{Seed: &seed} }

// Spec describes an environment to those who step it.
type Spec struct {
	// ID is the versioned id, such as RigidCatch-v0.
	ID string
	// Doc says in one line what the environment is.
	Doc string
	// Observation and Action are the spaces. The picture of a Dict observation is under the key "pixels".
	Observation, Action Space
	// MaxEpisodeSteps is the time limit; 0 means none.
	MaxEpisodeSteps int
	// FPS is the number of steps in a second of the environment's time.
	FPS float64
	// Params lists what Make and Reset accept by name.
	Params []Param
}

// Param is a named number that shapes an environment.
type Param struct {
	Name string
	// Doc says what it is, with its unit.
	Doc string
	// Default, Min and Max bound it, both ends included. Where Random is set and the caller gives none, each reset
	// draws a value of its own and Default is only typical.
	Default, Min, Max float64
	Random            bool
}
