package evals

import (
	"somnium/env"
	"somnium/evals/baseline"
	"somnium/evals/metrics"
)

// The names of the baselines.
const (
	CopyLast         = "copy last"
	BestBlur         = "best blur"
	ConstantVelocity = "constant velocity"
	Quadratic        = "3-frame quadratic"
	NearestClip      = "nearest clip"
	Oracle           = "true simulator"
	NoisyOracle      = "noisy simulator"
	Untrained        = "untrained"
)

// NewBaseline returns the baseline of a name, on truths that open makes. The untrained network is not among them: it is a
// candidate like the model.
func NewBaseline(name string, open func(scene string) (env.Env, error)) Candidate {
	from := func(make func(truth env.Env) (env.Env, error)) func(string) (env.Env, error) {
		return func(scene string) (env.Env, error) {
			truth, err := open(scene)
			if err != nil {
				return nil, err
			}
			return make(truth)
		}
	}
	// spec makes baselines that need no simulator but its spec.
	spec := func(make func(s env.Spec) (env.Env, error)) func(string) (env.Env, error) {
		return from(func(truth env.Env) (env.Env, error) {
			defer truth.Close()
			return make(truth.Spec())
		})
	}
	c := &EnvCandidate{Title: name}
	switch name {
	case CopyLast:
		c.Open = spec(func(s env.Spec) (env.Env, error) { return baseline.NewCopyLast(s) })
	case BestBlur:
		sigma := 0.0
		c.Ready = func(trials []Trial) {
			c.Close() // the last exam's blur is not this one's
			sigma = bestBlur(trials)
		}
		c.Open = spec(func(s env.Spec) (env.Env, error) { return baseline.NewBlur(s, sigma) })
	case ConstantVelocity, Quadratic:
		order := 1
		if name == Quadratic {
			order = 2
		}
		c.Open = spec(func(s env.Spec) (env.Env, error) { return baseline.NewKinematic(s, order) })
	case NearestClip:
		const episodes, frames = 48, 100
		c.Workers = 1 // so that what is remembered is played once
		c.Open = from(func(truth env.Env) (env.Env, error) {
			defer truth.Close()
			return baseline.NewNearest(truth, episodes, frames)
		})
	case Oracle:
		c.Open = from(func(truth env.Env) (env.Env, error) { return baseline.NewOracle(truth) })
	case NoisyOracle:
		const pixels = 0.3
		c.Open = from(func(truth env.Env) (env.Env, error) { return baseline.NewNoisyOracle(truth, pixels) })
	default:
		panic("evals: there is no baseline of this name")
	}
	return c
}

// bestBlur returns the deviation of the blur of the context's last frame that is nearest to the frames of the trials that
// come 1, 4 and 16 after it, over the first trials: the best in hindsight.
func bestBlur(trials []Trial) float64 {
	const enough = 12 // trials tell it well enough
	var scores []metrics.Errors
	for _, t := range trials[:min(len(trials), enough)] {
		b := metrics.NewBlur(t.Context.Height, t.Context.Width)
		last := t.frame(nil, t.Known()-1)
		mask := make([]bool, t.Context.Height*t.Context.Width)
		for _, ahead := range []int{0, 3, 15} {
			if ahead < t.Frames() {
				truth := t.frame(t.Truth, t.Known()+ahead)
				metrics.Changed(mask, truth, last)
				scores = b.Score(scores, last, truth, mask)
			}
		}
	}
	if scores == nil {
		return 0
	}
	sigma, _ := metrics.Best(scores)
	return sigma
}
