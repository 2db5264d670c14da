package baseline

import (
	"somnium/env"
	"somnium/evals/metrics"
)

// CopyLast shows the last frame of its context for ever. Its surprise is how much a frame differs from the one before.
type CopyLast struct {
	still
	sigma float64
}

// NewCopyLast returns it in the place of a simulator of the spec.
func NewCopyLast(spec env.Spec) (*CopyLast, error) { return NewBlur(spec, 0) }

// NewBlur returns a CopyLast that shows the last frame under a Gaussian blur of the deviation sigma, in pixels. A blur hedges
// between all places where a thing may be, and gains some 3 dB on the copy by that.
func NewBlur(spec env.Spec, sigma float64) (*CopyLast, error) {
	s, err := newStill(spec)
	return &CopyLast{s, sigma}, err
}

// Prime implements env.Primer.
func (c *CopyLast) Prime(context env.Context) (env.Value, error) {
	obs, err := c.still.Prime(context)
	if err == nil && c.sigma > 0 {
		copy(c.frame, metrics.Gaussian(c.frame, c.height, c.width, c.sigma))
	}
	return obs, err
}

// Step implements env.Env.
func (c *CopyLast) Step(action env.Value) (env.Step, error) {
	if err := c.ready(action); err != nil {
		return env.Step{}, err
	}
	return env.Step{Obs: env.Value{U8: c.frame}}, nil
}

// Surprise implements env.Surpriser: the mean |difference| of each frame to the one before, 0..255.
func (c *CopyLast) Surprise(context env.Context, _ uint64) ([]float64, error) {
	values := make([]float64, context.Len())
	for t := 1; t < len(values); t++ {
		values[t] = metrics.Difference(nth(context, t), nth(context, t-1)).Value()
	}
	return values, nil
}
