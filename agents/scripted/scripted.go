// Package scripted is the oracle: it reads the true state of a simulator and does what its task asks for. With a
// probability it is distracted and acts at random for a while, which covers what an expert never gets into.
//
// It plays RigidCatch-v0, RigidPush-v0 and, with flat actions, VoxelCollect-v0, VoxelNavigate-v0 and VoxelRevisit-v0. A task is a file with a policy and a line in the table below.
package scripted

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"somnium/agents"
	"somnium/agents/sticky"
	"somnium/env"
)

// policy returns the action for the true state. It is always the same for the same state.
type policy func(state env.State) int

// policies is the table of the tasks, by environment id. All act by one number.
var policies = map[string]policy{
	"RigidCatch-v0":    catch,
	"RigidPush-v0":     push,
	"VoxelCollect-v0":  collect,
	"VoxelNavigate-v0": navigate,
	"VoxelRevisit-v0":  revisit,
}

// spell is the mean length, in steps, of a spell of attention or of distraction.
const spell = sticky.DefaultMean

// Agent is the oracle.
type Agent struct {
	prober   env.Prober
	policy   policy
	random   agents.Agent
	action   env.Value
	distract float64
	// left counts the steps until the spell ends; distracted says of which kind it is.
	left       int
	distracted bool
	stream     env.Stream
}

// New returns an oracle for e that acts at random, each action kept for a while, in the fraction distract (0 to 1) of the
// steps. It is an error where e does not tell its true state or is none of the tasks that the oracle knows.
func New(e env.Env, distract float64) (agents.Agent, error) {
	if !(distract >= 0 && distract <= 1) {
		return nil, fmt.Errorf("scripted: %g is no fraction of the steps; give a number in 0..1", distract)
	}
	id := e.Spec().ID
	prober, ok := env.As[env.Prober](e)
	if !ok {
		return nil, fmt.Errorf("scripted: %s does not tell its true state, which the oracle reads; take the agent random or sticky", id)
	}
	policy, ok := policies[id]
	if !ok {
		known := strings.Join(slices.Sorted(maps.Keys(policies)), ", ")
		return nil, fmt.Errorf("scripted: no script for %s; there is one for %s; any environment takes the agents random and sticky", id, known)
	}
	if _, one := e.Spec().Action.(env.Discrete); !one {
		return nil, fmt.Errorf("scripted: the script for %s acts by one number; take %s?flat=1", id, id)
	}
	random, err := sticky.New(e, sticky.DefaultMean)
	if err != nil {
		return nil, err
	}
	return &Agent{prober: prober, policy: policy, random: random, action: e.Spec().Action.New(), distract: distract}, nil
}

// Reset implements [agents.Agent].
func (a *Agent) Reset(seed uint64) {
	a.stream.Reseed(&seed)
	a.random.Reset(a.stream.Rand().Uint64())
	a.left = 0
}

// Act implements [agents.Agent]. It looks at the true state, not at the observation.
func (a *Agent) Act(obs env.Value) env.Value {
	if a.left == 0 {
		rng := a.stream.Rand()
		a.distracted = rng.Float64() < a.distract
		a.left = sticky.Duration(rng, spell)
	}
	a.left--
	if a.distracted {
		return a.random.Act(obs)
	}
	a.action.Int[0] = a.policy(a.prober.State())
	return a.action
}

// find returns the first body of the kind.
func find(state env.State, kind string) (env.Body, bool) {
	i := slices.IndexFunc(state.Bodies, func(b env.Body) bool { return b.Kind == kind })
	if i < 0 {
		return env.Body{}, false
	}
	return state.Bodies[i], true
}
