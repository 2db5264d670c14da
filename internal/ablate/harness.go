package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"somnium/agents/all"
	"somnium/datasets"
	"somnium/env"
	"somnium/internal/atomicfile"
	_ "somnium/sim/all" // fills the registry
	"somnium/world/train"
)

// harness carries an experiment out in a folder.
type harness struct {
	dir        string
	experiment experiment
	// only are the arms to run. Default: nil, all.
	only []string
	// jobs is how many arms run side by side.
	jobs int
	// launch does a part of the work: "plan", or "arm" with its name and seed.
	launch func(ctx context.Context, args ...string) error
	log    io.Writer
}

// run does what is missing, and tells what there is.
func (h *harness) run(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("ablate: %w", err)
		}
	}()
	for _, name := range h.only {
		if _, err := h.arm(name); err != nil {
			return err
		}
	}
	if h.jobs < 1 || !(h.experiment.Seconds > 0) {
		return errors.New("neither --jobs nor --minutes can be 0 or less")
	}
	if err := os.MkdirAll(h.dir, 0o755); err != nil {
		return fmt.Errorf("making the folder of the experiment: %w; name another with --out", err)
	}
	release, err := atomicfile.LockFolder(h.dir)
	if err != nil {
		return err
	}
	defer release()
	if err := h.experiment.claim(h.dir); err != nil {
		return err
	}
	if err := h.prepare(ctx); err != nil {
		return err
	}
	if err := h.runArms(ctx); err != nil {
		return err
	}
	return h.report()
}

// part does what launch is asked for.
func (h *harness) part(ctx context.Context, args []string) error {
	if there, err := read(h.path("experiment.json"), &h.experiment); err != nil || !there {
		return errors.Join(err, fmt.Errorf("ablate: there is no experiment in %s", h.dir))
	}
	if len(args) == 1 && args[0] == "plan" {
		return h.makePlan(ctx)
	}
	if len(args) != 3 || args[0] != "arm" {
		return fmt.Errorf("ablate: %q is no part of the work", args)
	}
	a, err := h.arm(args[1])
	if err != nil {
		return err
	}
	seed, err := strconv.ParseUint(args[2], 10, 64)
	if err != nil {
		return err
	}
	return h.runArm(ctx, a, seed)
}

func (h *harness) path(names ...string) string {
	return filepath.Join(append([]string{h.dir}, names...)...)
}

// arm returns the arm of a name.
func (h *harness) arm(name string) (arm, error) {
	i := slices.IndexFunc(h.experiment.Arms, func(a arm) bool { return a.Name == name })
	if i < 0 {
		return arm{}, fmt.Errorf("there is no arm %q", name)
	}
	return h.experiment.Arms[i], nil
}

// folder is that of an arm and a seed.
func (h *harness) folder(a arm, seed uint64) string {
	return h.path("arms", fmt.Sprintf("%s-%d", a.Name, seed))
}

// data are the folders of recorded episodes.
func (h *harness) data() (folders []string) {
	for _, p := range h.experiment.Parts {
		folders = append(folders, h.path("data", p.Name))
	}
	return folders
}

// prepare makes what the arms share: episodes, tokenizer and plan.
func (h *harness) prepare(ctx context.Context) error {
	e := h.experiment
	for i, p := range e.Parts {
		fmt.Fprintf(h.log, "episodes: %s\n", p.Name)
		_, err := datasets.Collect(ctx, datasets.CollectOptions{
			Dir: h.data()[i], Envs: p.Environments(), Agents: p.Agents, Episodes: p.Episodes, MaxSteps: p.MaxSteps, Seed: p.Seed, NoStates: true,
			MakeAgent: func(name string, e env.Env) (datasets.Agent, error) { return all.New(name, e) },
		}, nil)
		if err != nil {
			return err
		}
	}
	fmt.Fprintln(h.log, "tokenizer")
	if _, err := train.Run(ctx, train.Options{Data: h.data(), Dir: h.path("tokenizer"), Preset: e.Preset, Seed: 1, TokenizerSteps: e.TokenizerSteps}); err != nil {
		return err
	}
	if _, err := os.Stat(h.path("plan.json")); err == nil {
		return nil
	}
	fmt.Fprintln(h.log, "plan: what an update of each arm takes")
	return h.launch(ctx, "plan")
}

// options are those of an arm's run.
func (h *harness) options(a arm, seed uint64, dir string, updates int) train.Options {
	return train.Options{
		Data: h.data(), Dir: dir, Preset: h.experiment.Preset, From: h.path("tokenizer", "weights.safetensors"), Seed: seed, DynamicsSteps: updates,
		Dynamics: &a.Dynamics, AdamW: a.AdamW, SelfRollout: a.SelfRollout, Clips: h.experiment.Clips, Frames: h.experiment.Frames,
		Save: 1000 * time.Hour, // at the stops alone, so that the processor time of what is lost is not counted
	}
}

// job is an arm and a seed.
type job struct {
	arm  arm
	seed uint64
}

// missing returns the jobs that have no result, seed by seed.
func (h *harness) missing() (jobs []job) {
	for _, seed := range h.experiment.Seeds {
		for _, a := range h.experiment.Arms {
			_, err := os.Stat(filepath.Join(h.folder(a, seed), "result.json"))
			if err != nil && (h.only == nil || slices.Contains(h.only, a.Name)) {
				jobs = append(jobs, job{a, seed})
			}
		}
	}
	return jobs
}

// runArms runs what is missing, several side by side. One that fails does not stop the others.
func (h *harness) runArms(ctx context.Context) error {
	queue := make(chan job)
	var group sync.WaitGroup
	var mutex sync.Mutex
	var failed []error
	for range h.jobs {
		group.Go(func() {
			for j := range queue {
				begin := time.Now()
				err := h.launch(ctx, "arm", j.arm.Name, strconv.FormatUint(j.seed, 10))
				mutex.Lock()
				fmt.Fprintf(h.log, "arm %s, seed %d: %v\n", j.arm.Name, j.seed, time.Since(begin).Round(time.Second))
				if err != nil {
					failed = append(failed, fmt.Errorf("the arm %s of seed %d: %w", j.arm.Name, j.seed, err))
				} else if err := h.report(); err != nil {
					failed = append(failed, err)
				}
				mutex.Unlock()
			}
		})
	}
	for _, j := range h.missing() {
		if ctx.Err() == nil {
			queue <- j
		}
	}
	close(queue)
	group.Wait()
	return errors.Join(append(failed, ctx.Err())...)
}
