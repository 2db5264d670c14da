package voxel

import (
	"fmt"
	"testing"

	"somnium/env"
	"somnium/env/envtest"
)

func made(t *task, c env.Config) (env.Env, error) {
	if c.Height == 0 {
		c.Height, c.Width = 32, 32
	}
	e, err := newEnv(t, c)
	if err != nil {
		return nil, err
	}
	return env.EnforceOrder(env.LimitTime(e, t.steps)), nil
}

func TestEveryTaskPassesTheContract(t *testing.T) {
	for _, task := range tasks() {
		for flat := range 2 {
			t.Run(fmt.Sprintf("%s flat=%d", task.id, flat), func(t *testing.T) {
				envtest.Options{EpisodeSteps: 700}.TestEnv(t, func() (env.Env, error) {
					return made(task, env.Config{Params: map[string]float64{"flat": float64(flat)}})
				})
			})
		}
	}
}
