package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"somnium/agents/all"
	"somnium/datasets"
	"somnium/env"
	_ "somnium/sim/all"
	"somnium/world"
	"somnium/world/train"
)

// training compares the update of the transformer: four clips of 16 frames of 64x64, encoded, noised, the gradient, the
// optimiser and the moving average. Ours is the trainer itself, which reads its clips from recorded episodes besides.
func training(p *peer, preset string) error {
	if _, err := p.ask("preset " + preset); err != nil {
		return err
	}
	theirs, err := p.unit("train 4 16 1 0")
	if err != nil {
		return err
	}
	if err := forgetPeak(); err != nil {
		return err
	}
	t, err := startTrainer(preset)
	if err != nil {
		return err
	}
	defer t.close()
	heading(fmt.Sprintf("training, %d threads", runtime.NumCPU()))
	err = besideThreads(p, contest{name: "update, 4 clips of 16 frames", ours: t.updates, theirs: theirs, perUnit: 4, label: "clips/s"})
	if err != nil {
		return err
	}
	return t.memory(p)
}

// besideThreads holds the contest with the peer on one thread and on all: small layers can be faster on one, and what counts
// is the better of both. Ours uses all.
func besideThreads(p *peer, c contest) error {
	name := c.name
	for _, threads := range []int{1, runtime.NumCPU()} {
		if _, err := p.ask(fmt.Sprintf("threads %d", threads)); err != nil {
			return err
		}
		c.name = fmt.Sprintf("%s; theirs on %d", name, threads)
		if _, err := c.hold(); err != nil {
			return err
		}
	}
	return nil
}

// trainer is a training run that goes on update by update.
type trainer struct {
	dir    string
	allow  chan struct{} // a token is an update
	done   chan time.Time
	failed chan error
	cancel context.CancelFunc
}

func startTrainer(preset string) (*trainer, error) {
	dir, err := os.MkdirTemp("", "somnium-bench")
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	if err := record(data); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	ctx, cancel := context.WithCancel(context.Background())
	t := &trainer{dir: dir, allow: make(chan struct{}), done: make(chan time.Time), failed: make(chan error, 1), cancel: cancel}
	options := train.Options{
		Data: []string{data}, Dir: filepath.Join(dir, "run"), Preset: preset, From: preset, DynamicsSteps: 1 << 30, Save: time.Hour,
		Report: func(train.Loss) {
			select {
			case t.done <- time.Now():
			case <-ctx.Done():
				return
			}
			select {
			case <-t.allow:
			case <-ctx.Done():
			}
		},
	}
	go func() {
		_, err := train.Run(ctx, options)
		t.failed <- err
	}()
	return t, t.wait() // the first update, which makes the graph
}

// record writes some episodes.
func record(dir string) error {
	_, err := datasets.Collect(context.Background(), datasets.CollectOptions{
		Dir: dir, Envs: []string{"RigidCatch-v0"}, Episodes: 16, Seed: 1, MaxSteps: 64, NoStates: true,
		MakeAgent: func(name string, e env.Env) (datasets.Agent, error) { return all.New(name, e) },
	}, nil)
	return err
}

func (t *trainer) wait() error {
	select {
	case <-t.done:
		return nil
	case err := <-t.failed:
		return fmt.Errorf("the training ended: %w", err)
	}
}

// updates lets count updates happen.
func (t *trainer) updates(count int) (time.Duration, error) {
	start := time.Now()
	for range count {
		t.allow <- struct{}{}
		if err := t.wait(); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}

func (t *trainer) close() {
	t.cancel()
	<-t.failed
	os.RemoveAll(t.dir)
}

// dreams compares a frame at batch 1, through the environment contract, in four denoising steps and in two.
func dreams(p *peer, preset string) error {
	if _, err := p.ask("preset " + preset); err != nil {
		return err
	}
	heading(fmt.Sprintf("dreams, %d threads", runtime.NumCPU()))
	m, err := world.Open(preset)
	if err != nil {
		return err
	}
	for _, steps := range []int{4, 2} {
		theirs, err := p.unit(fmt.Sprintf("dream %d", steps))
		if err != nil {
			return err
		}
		ours, err := dreamUnit(m, steps)
		if err != nil {
			return err
		}
		c := contest{name: fmt.Sprintf("frame of 64x64, K = %d", steps), ours: ours, theirs: theirs, perUnit: 1, label: "frames/s"}
		if err := besideThreads(p, c); err != nil {
			return err
		}
	}
	return nil
}

// dreamUnit is a frame of a dream whose window is full.
func dreamUnit(m *world.Model, steps int) (unit, error) {
	source, err := env.Make("RigidBounce-v0")
	if err != nil {
		return nil, err
	}
	dream, err := world.NewDream(m, world.DreamOptions{
		Name: "bench", Spec: source.Spec(), Source: world.FromSimulator(source, m.Info.Dynamics.Window), Steps: steps,
	})
	if err != nil {
		return nil, err
	}
	if _, err := dream.Reset(env.Seeded(1)); err != nil {
		return nil, err
	}
	action := source.Spec().Action.New()
	return func(count int) (time.Duration, error) {
		start := time.Now()
		for range count {
			if _, err := dream.Step(action); err != nil {
				return 0, err
			}
		}
		return time.Since(start), nil
	}, nil
}
