package remote

import "somnium/env"

// lone is one environment in the place of a vector: as it is, with no reset of its own accord and its errors in its own words.
type lone struct{ env.Env }

func (l lone) Num() int { return 1 }

func (l lone) Reset(opts env.VecResetOptions, dst *env.Batch) error {
	if opts.Mask != nil && !opts.Mask[0] {
		return nil
	}
	one := env.ResetOptions{Params: opts.Params}
	if opts.Seeds != nil {
		one.Seed = &opts.Seeds[0]
	}
	obs, err := l.Env.Reset(one)
	if err == nil {
		put(dst, 0, env.Step{Obs: obs})
	}
	return err
}

func (l lone) Step(actions []env.Value, dst *env.Batch) error {
	step, err := l.Env.Step(actions[0])
	if err == nil {
		put(dst, 0, step)
	}
	return err
}

// put writes an outcome of environment i.
func put(dst *env.Batch, i int, step env.Step) {
	env.Copy(dst.Obs[i], step.Obs)
	dst.Reward[i], dst.Terminated[i], dst.Truncated[i] = step.Reward, step.Terminated, step.Truncated
}
