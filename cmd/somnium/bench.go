package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"somnium/env"
)

// benchFigures is what `bench` reports.
type benchFigures struct {
	Env     string `json:"env"`
	NumEnvs int    `json:"num_envs"`
	Procs   int    `json:"procs"`
	// Steps counts those of all environments together, Seconds the time that they and the resets between them took.
	Steps          int64   `json:"steps"`
	Seconds        float64 `json:"seconds"`
	StepsPerSecond float64 `json:"steps_per_second"`
	// ResetMS is the mean time of a reset in milliseconds, measured apart.
	ResetMS float64 `json:"reset_ms"`
}

func (a *app) bench() *cobra.Command {
	var (
		num     int
		seconds float64
	)
	c := &cobra.Command{
		Use:   "bench <env>",
		Short: "Measure steps a second, resets and rendering included",
		Args:  takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if num < 1 || !(seconds > 0) || seconds > 3600 {
				return usage("--num-envs is %d and --seconds %g; give at least 1, and more than 0 up to 3600", num, seconds)
			}
			figures := benchFigures{Env: args[0], NumEnvs: num, Procs: runtime.GOMAXPROCS(0)}
			length := time.Duration(seconds * float64(time.Second))
			if err := figures.measureSteps(c.Context(), a.seed, length); err != nil {
				return err
			}
			if err := figures.measureResets(a.seed, min(length/4, time.Second)); err != nil {
				return err
			}
			return a.report(figures, figures.print)
		},
	}
	c.Flags().IntVar(&num, "num-envs", 1, "number of environments that step in parallel")
	c.Flags().Float64Var(&seconds, "seconds", 3, "for how long to measure")
	return c
}

// measureSteps steps for the given time under actions that are drawn beforehand.
func (f *benchFigures) measureSteps(ctx context.Context, seed uint64, length time.Duration) error {
	vec, err := openVec(f.Env, f.NumEnvs)
	if err != nil {
		return err
	}
	defer vec.Close()
	batch := env.NewBatch(vec.Spec().Observation, f.NumEnvs)
	if err := vec.Reset(env.VecSeeded(seed, f.NumEnvs), batch); err != nil {
		return err
	}
	actions := drawActions(vec.Spec().Action, f.NumEnvs, seed)
	start := time.Now()
	for i := 0; ; i++ {
		if elapsed := time.Since(start); elapsed >= length {
			f.Seconds = elapsed.Seconds()
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := vec.Step(actions[i%len(actions)], batch); err != nil {
			return err
		}
		f.Steps += int64(f.NumEnvs)
	}
	f.StepsPerSecond = float64(f.Steps) / f.Seconds
	return nil
}

// drawActions returns some batches of n random actions.
func drawActions(space env.Space, n int, seed uint64) [][]env.Value {
	rng := rand.New(rand.NewPCG(seed, 0))
	batches := make([][]env.Value, 64)
	for i := range batches {
		batches[i] = env.NewValues(space, n)
		for _, action := range batches[i] {
			space.Sample(rng, action)
		}
	}
	return batches
}

// measureResets resets one environment over and over for the given time.
func (f *benchFigures) measureResets(seed uint64, length time.Duration) error {
	e, err := openEnv(f.Env)
	if err != nil {
		return err
	}
	defer e.Close()
	if _, err := e.Reset(env.Seeded(seed)); err != nil {
		return err
	}
	start, resets := time.Now(), 0
	for resets == 0 || time.Since(start) < length {
		if _, err := e.Reset(env.ResetOptions{}); err != nil {
			return err
		}
		resets++
	}
	f.ResetMS = time.Since(start).Seconds() * 1000 / float64(resets)
	return nil
}

func (f *benchFigures) print(w io.Writer) {
	fmt.Fprintf(w, "%s x %d on %d processors: %.0f steps/s (%d in %.2f s, resets included); a reset takes %.3f ms\n",
		f.Env, f.NumEnvs, f.Procs, f.StepsPerSecond, f.Steps, f.Seconds, f.ResetMS)
}
