// Package actor is what learned agents share: a small network that looks at an observation and says how likely each action
// is to be taken and what return is to be expected, the objective that it is trained on, and its checkpoints.
//
// How it learns is not said here: agents/ppo learns by stepping environments, agents/imagine by imagining.
//
// # The network
//
// Of a picture, the newest frame and its difference to the one before are averaged over 2x2 pixels and cut into patches of
// 4x4, so that what moves is told from what rests. Two convolutions whose stride is their size, SiLU behind each, take the
// patches to a grid of 1/16 the side of the picture, and a dense layer takes the whole grid. Of numbers, as a world model's
// latents are, the newest and their difference to those before go through two dense layers. A last layer gives a logit for
// every choice, and the value.
//
// Patches lie in such an order that the four which the second convolution joins follow one another: so a convolution is a
// matrix product of rows that are merely read as longer ones.
//
// Shape letters: N observations, P patches of one, K numbers of a patch, A choices of all actions together.
package actor

import (
	"errors"
	"fmt"
	"slices"

	"somnium/env"
	"somnium/internal/nn"
)

// Sizes of the network.
const (
	fine   = 32  // channels behind the first convolution
	coarse = 64  // channels behind the second
	wide   = 128 // width of the dense layers
)

// Config is what a network was made for. It is stored with the weights.
type Config struct {
	// Learner is the package that trained it: a checkpoint of another learner is refused.
	Learner string `json:"learner"`
	// Environment is the name of the one that it was trained in, Steps how many steps it took there.
	Environment string `json:"environment"`
	Steps       int    `json:"steps"`
	// Observation and Action are the spaces, in words.
	Observation string `json:"observation"`
	Action      string `json:"action"`
	// Height and Width are those of the pictures; 0 where observations are Features numbers instead.
	Height   int `json:"height,omitempty"`
	Width    int `json:"width,omitempty"`
	Features int `json:"features,omitempty"`
	// Latents is the digest of what makes them, where they are a model's latents.
	Latents string `json:"latents,omitempty"`
	// Choices holds, for each part of an action, the number of its choices.
	Choices []int `json:"choices"`
}

// NewConfig returns the configuration of a network that acts in environments of the spec. It is an error where observations
// are neither pictures nor numbers, or actions no choices.
func NewConfig(learner, environment string, spec env.Spec) (Config, error) {
	c := Config{Learner: learner, Environment: environment, Observation: spec.Observation.String(), Action: spec.Action.String()}
	if h, w, ok := env.FrameSize(spec.Observation); ok {
		c.Height, c.Width = h, w
	} else if box, ok := spec.Observation.(env.Box); ok && box.Type == env.Float32 {
		c.Features = len(box.New().F32)
	} else {
		return c, fmt.Errorf("actor: %s observes %v; a network looks at pictures or at a Box of float32", spec.ID, spec.Observation)
	}
	switch space := spec.Action.(type) {
	case env.Discrete:
		c.Choices = []int{space.N}
	case env.MultiDiscrete:
		c.Choices = slices.Clone(space.Nvec)
	default:
		return c, fmt.Errorf("actor: the actions of %s are %v; a network makes choices, Discrete or MultiDiscrete (a voxel world has them with flat=1)", spec.ID, spec.Action)
	}
	return c, c.check()
}

// Limits on what a file may ask for.
const (
	maxSide    = 1 << 10
	maxNumbers = 1 << 16
	maxChoices = 1 << 12
)

var errConfig = errors.New("actor: the sizes make no network: the file is damaged, take another copy")

// check returns an error where the sizes make no network or one that is absurdly large.
func (c Config) check() error {
	pixels := c.Height > 0 && c.Width > 0 && c.Height <= maxSide && c.Width <= maxSide && c.Features == 0
	numbers := c.Height == 0 && c.Width == 0 && c.Features > 0 && c.Features <= maxNumbers
	if pixels == numbers || len(c.Choices) == 0 || len(c.Choices) > maxChoices {
		return errConfig
	}
	sum := 0
	for _, n := range c.Choices {
		if n < 1 || n > maxChoices {
			return errConfig
		}
		sum += n
	}
	if sum > maxChoices {
		return errConfig
	}
	return nil
}

// Fits returns an error unless a network of this configuration can act in environments of the spec.
func (c Config) Fits(spec env.Spec) error {
	if got := spec.Action.String(); got != c.Action {
		return fmt.Errorf("actor: the agent was trained in %s for the actions %s, and those of %s are %s; choose an agent that was trained for them", c.Environment, c.Action, spec.ID, got)
	}
	if got := spec.Observation.String(); got != c.Observation {
		return fmt.Errorf("actor: the agent was trained in %s to observe %s, and %s shows %s; open it as it was in training", c.Environment, c.Observation, spec.ID, got)
	}
	return nil
}

// logits returns A.
func (c Config) logits() int {
	sum := 0
	for _, n := range c.Choices {
		sum += n
	}
	return sum
}

// Network is an actor's weights.
type Network struct {
	Config Config
	Params *nn.Params

	eye    eye
	layers []layer
	head   layer
}

// layer is a linear map with its bias. Rows of input are joined by group before it.
type layer struct {
	weight, bias *nn.Param
	group        int
}

// New returns a network with fresh weights.
func New(c Config, seed uint64) (*Network, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	p := nn.NewParams(seed)
	n := &Network{Config: c, Params: p, eye: newEye(c)}
	declare := func(name string, gain float64, group, in, out int) layer {
		return layer{weight: p.Weight(name+"/weight", nn.FanIn(gain), group*in, out), bias: p.New(name+"/bias", nn.Zeros, out), group: group}
	}
	if c.Features > 0 {
		n.layers = []layer{declare("first", 1.5, 1, n.eye.depth, 2*wide), declare("second", 1.5, 1, 2*wide, wide)}
	} else {
		n.layers = []layer{
			declare("first", 1.5, 1, n.eye.depth, fine), declare("second", 1.5, 4, fine, coarse),
			declare("third", 1.5, n.eye.patches/4, coarse, wide),
		}
	}
	n.head = declare("head", 0.05, 1, wide, c.logits()+1)
	return n, nil
}

// InputSize returns P*K, the length of an encoded observation.
func (n *Network) InputSize() int { return n.eye.size() }

// chain returns the layers as operators of their own.
func (n *Network) chain() nn.Chain {
	var c nn.Chain
	for i, l := range n.layers {
		c = append(c, nn.Layer{Op: &dense{group: l.group, active: true, constant: i == 0}, Params: []*nn.Param{l.weight, l.bias}})
	}
	return append(c, nn.Layer{Op: &dense{group: 1}, Params: []*nn.Param{n.head.weight, n.head.bias}})
}
