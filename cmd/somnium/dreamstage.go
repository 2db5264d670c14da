package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"somnium/agents"
	agentlist "somnium/agents/all"
	"somnium/env"
	"somnium/evals"
	"somnium/world"
)

// stage is a scene that is ready to be played. Truth is nil where there is none to compare with.
type stage struct {
	evals.Scene
	// agent is the name of who acts; empty where a recording does.
	agent    string
	spec     env.Spec
	episodes int
	// longest is how many frames an episode can go on for, 0 where nothing ends it.
	longest int
	// prompt is what a dream without a truth starts from.
	prompt env.Context
}

func (s stage) close() {
	if s.Truth != nil {
		s.Truth.Close()
	}
	s.Dream.Close()
}

// fromTruth opens the simulator of the name and the model's dream of it.
func (d *dreaming) fromTruth(model *world.Model) (stage, error) {
	s := stage{Scene: evals.Scene{Name: d.env}, episodes: d.episodes}
	truth, err := env.Make(d.env)
	if err != nil {
		return s, err
	}
	s.Truth, s.spec, s.longest = truth, truth.Spec(), truth.Spec().MaxEpisodeSteps
	if s.Agent, s.agent, err = d.acting(truth); err == nil {
		err = s.openDream(model, d)
	}
	if err != nil {
		truth.Close()
	}
	return s, err
}

// acting makes the agent that is asked for, or the best there is.
func (d *dreaming) acting(e env.Env) (agents.Agent, string, error) {
	if d.agent != "" {
		agent, err := agentlist.New(d.agent, e)
		return agent, d.agent, err
	}
	const best, other = "scripted", "sticky"
	if agent, err := agentlist.New(best, e); err == nil {
		return agent, best, nil
	}
	agent, err := agentlist.New(other, e)
	return agent, other, err
}

// openDream opens the dream in the place of s.spec, which has a picture.
func (s *stage) openDream(model *world.Model, d *dreaming) (err error) {
	height, width, ok := env.FrameSize(s.spec.Observation)
	if !ok {
		return fmt.Errorf("%s shows no picture to dream of; choose an environment that does", s.Name)
	}
	// What it starts from by itself is never seen: every dream here is primed.
	blank := env.Context{Height: height, Width: width, Frames: make([]byte, height*width*3), Actions: []env.Value{}}
	s.Dream, err = dreamOf(model, world.DreamOptions{
		Name: world.DreamName(d.model, d.env), Spec: s.spec, Source: world.FromClip(blank), Steps: d.denoise,
	})
	return err
}

// alone lets the dream go on from its prompt with nothing beside it. Of a dream that makes several frames at a time, the agent sees
// the last.
func (s stage) alone(ctx context.Context, frames int, seed uint64, progress func(done, total int)) (evals.LockStepResult, error) {
	e := evals.LockStepEpisode{Seed: seed, Context: s.prompt}
	result := evals.LockStepResult{Scene: s.Name}
	dream, ok := env.AsStrider(s.Dream)
	if !ok {
		return result, errors.New("this dream cannot be primed; open it from a checkpoint")
	}
	if _, err := s.Dream.Reset(env.Seeded(seed)); err != nil {
		return result, err
	}
	obs, err := dream.Prime(s.prompt)
	if err != nil {
		return result, err
	}
	s.Agent.Reset(seed)
	progress(0, frames)
	if s.prompt.Len() == 0 { // the first frame is dreamed too; no action led to it
		e.Actions, e.Dream, e.DreamRewards = []env.Value{s.spec.Action.New()}, append(e.Dream, obs.Pixels()...), []float64{0}
	}
	for done := false; !done && e.Len() < frames; progress(e.Len(), frames) {
		if err := ctx.Err(); err != nil {
			return result, err
		}
		action := s.Agent.Act(obs).Clone()
		start := time.Now()
		steps, err := dream.StepEach(slices.Repeat([]env.Value{action}, dream.Stride()))
		result.DreamTime += time.Since(start)
		if err != nil {
			return result, err
		}
		for _, step := range steps[:min(len(steps), frames-e.Len())] {
			obs, done = step.Obs, done || step.Done()
			e.Actions, e.Dream, e.DreamRewards = append(e.Actions, action), append(e.Dream, obs.Pixels()...), append(e.DreamRewards, step.Reward)
			if done {
				e.DreamEnd = e.Len()
				break
			}
		}
	}
	result.Dreamed, result.Episodes = e.Len(), []evals.LockStepEpisode{e}
	return result, nil
}
