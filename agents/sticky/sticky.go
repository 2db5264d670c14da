// Package sticky is the agent that draws an action at random and keeps to it for a random number of steps. It gets about
// far more than one that changes its mind at every step, and so shows a learner more of a world.
package sticky

import (
	"fmt"
	"math"
	"math/rand/v2"

	"somnium/agents"
	"somnium/env"
)

// DefaultMean is the mean number of steps that an action is kept where none is asked for.
const DefaultMean = 8

// Agent keeps to each action for a while.
type Agent struct {
	space  env.Space
	action env.Value
	mean   float64
	left   int
	stream env.Stream
}

// New returns an agent that keeps each action for a number of steps that is geometrically distributed with the given
// mean, which is at least 1.
func New(e env.Env, mean float64) (agents.Agent, error) {
	if !(mean >= 1) || math.IsInf(mean, 1) {
		return nil, fmt.Errorf("sticky: an action cannot be kept for %g steps in the mean; give a number of at least 1", mean)
	}
	space := e.Spec().Action
	return &Agent{space: space, action: space.New(), mean: mean}, nil
}

// Reset implements [agents.Agent].
func (a *Agent) Reset(seed uint64) {
	a.stream.Reseed(&seed)
	a.left = 0
}

// Act implements [agents.Agent].
func (a *Agent) Act(obs env.Value) env.Value {
	if a.left == 0 {
		rng := a.stream.Rand()
		a.space.Sample(rng, a.action)
		a.left = Duration(rng, a.mean)
	}
	a.left--
	return a.action
}

// longest bounds a duration, so that a vast mean stays an int.
const longest = 1 << 30

// Duration draws from the geometric distribution over 1, 2, 3, ... with the given mean, by inversion.
func Duration(rng *rand.Rand, mean float64) int {
	if mean <= 1 {
		return 1
	}
	u := 1 - rng.Float64() // in (0, 1]
	return 1 + int(min(math.Log(u)/math.Log1p(-1/mean), longest))
}
