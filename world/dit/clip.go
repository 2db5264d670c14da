package dit

import (
	"fmt"

	"somnium/internal/nn"
)

// Clip is the transformer over one whole clip whose frames see one another in both directions of time. It has no gradients
// and no cache: it is what fills in frames between others, where a [Stepper] only goes on.
type Clip struct {
	// Tokens is [T*P, (2+History)*C] and Features is [T, ...]: see Config.FillTokens and Config.FillFeatures.
	Tokens, Features []float32

	network *network
	forward *nn.Forward
}

// NewClip returns the transformer over a clip of frames on a latent grid of h x w.
func NewClip(m *Model, frames, h, w int) (*Clip, error) {
	b := nn.NewBuilder()
	n := m.network(b, 1, frames, h, w)
	n.bidirectional[0] = true
	forward, err := b.Evaluate()
	if err != nil {
		return nil, fmt.Errorf("dit: %w", err)
	}
	return &Clip{Tokens: n.tokens, Features: n.features, network: n, forward: forward}, nil
}

// Words sets the word ids of the clip's caption.
func (c *Clip) Words(ids []int) { c.network.words[0] = ids }

// Run returns the correction to the starting estimate of every frame, [T*P, C], which holds until the next Run.
func (c *Clip) Run() (correction []float32, err error) {
	if err := c.forward.Run(); err != nil {
		return nil, fmt.Errorf("dit: %w", err)
	}
	return nn.Floats(c.network.output), nil
}

// Close frees the graph's machine.
func (c *Clip) Close() error { return c.forward.Close() }
