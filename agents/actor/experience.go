package actor

import (
	"fmt"
	"math/rand/v2"

	"somnium/agents"
	"somnium/env"
)

// Experience is what a policy went through: T steps of N environments side by side. Element t*N+i is of step t in
// environment i.
type Experience struct {
	T, N int
	// Input is [T*N, P*K], Choice [T*N, parts of an action], the others [T*N].
	Input  []float32
	Choice []int
	// LogProb is that of the choice when it was made, Value what was expected before it.
	LogProb, Value []float32
	Reward         []float64
	// End says that the episode ended in this step, by its rules or cut short; Beyond is the value of what would have
	// followed where it was cut short, else 0.
	End    []bool
	Beyond []float64
	// Advice is [T*N, parts of an action], what a teacher would have chosen. Nil: there is none.
	Advice []int
	// Last is [N], the values of what follows the last step.
	Last []float64
}

// Episode is one that ended while experience was gathered.
type Episode struct {
	Return float64
	Length int
}

// Collector gathers experience in a vector of environments.
type Collector struct {
	vec      env.VecEnv
	mind     *Mind
	batch    *env.Batch
	actions  []env.Value
	teachers []agents.Agent // none, or N
	lessons  uint64         // episodes that teachers have begun
	rng      *rand.Rand
	running  []Episode
	finished []Episode
	exp      *Experience
}

// NewCollector returns a collector of T steps at a time. The vector must reset what has ended within the same step
// (env.SameStep). It is an error where it says that it does not, or where the network cannot act in it.
func NewCollector(network *Network, vec env.VecEnv, steps int, seed uint64) (*Collector, error) {
	if err := network.Config.Fits(vec.Spec()); err != nil {
		return nil, err
	}
	if v, ok := vec.(interface{ Autoreset() env.Autoreset }); ok && v.Autoreset() != env.SameStep {
		return nil, fmt.Errorf("actor: the vector of %s resets by %v, which would be taken for experience; make it with Autoreset: env.SameStep", vec.Spec().ID, v.Autoreset())
	}
	if steps < 1 {
		return nil, fmt.Errorf("actor: experience of %d steps; it takes at least one", steps)
	}
	n := vec.Num()
	mind, err := NewMind(network, n)
	if err != nil {
		return nil, err
	}
	parts, all := len(network.Config.Choices), steps*n
	c := &Collector{
		vec: vec, mind: mind, batch: env.NewBatch(vec.Spec().Observation, n), actions: env.NewValues(vec.Spec().Action, n),
		rng: rand.New(rand.NewPCG(seed, 0xac7)), running: make([]Episode, n),
		exp: &Experience{
			T: steps, N: n, Input: make([]float32, all*network.InputSize()), Choice: make([]int, all*parts), LogProb: make([]float32, all),
			Value: make([]float32, all), Reward: make([]float64, all), End: make([]bool, all), Beyond: make([]float64, all), Last: make([]float64, n),
		},
	}
	if err := vec.Reset(env.VecSeeded(seed<<16, n), c.batch); err != nil {
		return nil, err
	}
	c.mind.SeeAll(c.batch.Obs)
	return c, nil
}

// Ask has teachers say what they would choose in every step: one for each environment, whose true state it may read. What they
// say is noted, and not done. It is called before the first Collect.
func (c *Collector) Ask(teachers []agents.Agent) error {
	if len(teachers) != c.exp.N {
		return fmt.Errorf("actor: %d teachers for %d environments; give one for each", len(teachers), c.exp.N)
	}
	c.teachers, c.exp.Advice = teachers, make([]int, len(c.exp.Choice))
	for i := range teachers {
		c.greet(i)
	}
	return nil
}

// greet begins an episode of teacher i.
func (c *Collector) greet(i int) {
	c.teachers[i].Reset(c.lessons)
	c.lessons++
}

// Collect goes on for T steps. What it returns holds until the next call.
func (c *Collector) Collect() (*Experience, []Episode, error) {
	e, parts := c.exp, len(c.mind.network.Config.Choices)
	c.finished = c.finished[:0]
	for t := range e.T {
		c.mind.Run()
		from := t * e.N
		copy(e.Input[from*c.mind.network.InputSize():], c.mind.Input)
		for i := range e.N {
			choice := e.Choice[(from+i)*parts : (from+i+1)*parts]
			e.LogProb[from+i] = float32(c.mind.Draw(i, c.rng, choice))
			e.Value[from+i] = float32(c.mind.Value(i))
			copy(c.actions[i].Int, choice)
		}
		for i, teacher := range c.teachers {
			copy(e.Advice[(from+i)*parts:], teacher.Act(c.batch.Obs[i]).Int)
		}
		if err := c.vec.Step(c.actions, c.batch); err != nil {
			return nil, nil, err
		}
		c.settle(from)
		c.mind.SeeAll(c.batch.Obs)
	}
	c.mind.Run()
	for i := range e.Last {
		e.Last[i] = c.mind.Value(i)
	}
	return e, c.finished, nil
}

// settle notes what came of a step whose first element is from.
func (c *Collector) settle(from int) {
	cut := false
	for i := range c.running {
		at := from + i
		c.exp.Reward[at], c.exp.End[at], c.exp.Beyond[at] = c.batch.Reward[i], c.batch.Done(i), 0
		c.running[i].Return += c.batch.Reward[i]
		c.running[i].Length++
		if !c.exp.End[at] {
			continue
		}
		c.finished = append(c.finished, c.running[i])
		c.running[i] = Episode{}
		if !c.batch.Terminated[i] {
			c.mind.See(i, c.batch.FinalObs[i])
			cut = true
		}
		c.mind.Begin(i)
		if len(c.teachers) > 0 {
			c.greet(i)
		}
	}
	if !cut {
		return
	}
	c.mind.Run()
	for i := range c.running {
		if c.batch.Truncated[i] && !c.batch.Terminated[i] {
			c.exp.Beyond[from+i] = c.mind.Value(i)
		}
	}
}

// Advantages writes, for every step, the advantage of its choice by generalised advantage estimation (Schulman et al., arXiv
// 1506.02438): the sum of the temporal differences that follow, each weighed by discount*lambda once more. scale multiplies
// rewards. advantage + value is the lambda-return.
func (e *Experience) Advantages(dst []float32, discount, lambda, scale float64) {
	for i := range e.N {
		next, sum := e.Last[i], 0.0
		for t := e.T - 1; t >= 0; t-- {
			at := t*e.N + i
			if e.End[at] {
				next, sum = e.Beyond[at], 0
			}
			value := float64(e.Value[at])
			sum = e.Reward[at]*scale + discount*next - value + discount*lambda*sum
			dst[at] = float32(sum)
			next = value
		}
	}
}
