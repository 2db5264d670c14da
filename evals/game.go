package evals

import (
	"context"
	"fmt"

	"somnium/env"
	"somnium/evals/baseline"
)

// Event is what a step brought besides its frame.
type Event struct {
	Reward float64
	// Ended says that the episode ended there by its own rules.
	Ended bool
}

// Game is an episode that a candidate plays on from a context, led by a player who sees nothing but its frames.
type Game struct {
	// Scene, Origin, Seed and Context are as in a Trial.
	Scene   string
	Origin  baseline.Origin
	Seed    uint64
	Context env.Context
	// Steps is how many are played at most.
	Steps int
	// Player returns who plays, as he is after the context.
	Player func() Player
}

// Player chooses an action upon a frame, uint8 [H, W, 3].
type Player func(frame []uint8) env.Value

// Arena is a Candidate in which games can be played.
type Arena interface {
	// Play returns for every game what its steps brought, up to the end of the episode. step is as in Continue.
	Play(ctx context.Context, games []Game, step func(frames int)) ([][]Event, error)
}

// Play implements Arena.
func (c *EnvCandidate) Play(ctx context.Context, games []Game, step func(frames int)) ([][]Event, error) {
	events := make([][]Event, len(games))
	err := c.each(ctx, len(games), func(i int) string { return games[i].Scene }, func(i int, e env.Env) (err error) {
		events[i], err = c.play(ctx, e, games[i], step)
		return err
	})
	return events, err
}

// play plays one game. Steps that an early end saves count as done.
func (c *EnvCandidate) play(ctx context.Context, e env.Env, g Game, step func(frames int)) (events []Event, err error) {
	obs, err := c.begin(e, Trial{Scene: g.Scene, Origin: g.Origin, Seed: g.Seed, Context: g.Context})
	if err != nil {
		return nil, err
	}
	player := g.Player()
	for len(events) < g.Steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s, err := e.Step(player(obs.Pixels()))
		if err != nil {
			return nil, fmt.Errorf("evals: stepping %s to frame %d: %w", c.Title, len(events)+1, err)
		}
		obs = s.Obs
		events = append(events, eventOf(s))
		step(1)
		if s.Done() {
			step(g.Steps - len(events))
			break
		}
	}
	return events, nil
}

func eventOf(s env.Step) Event { return Event{s.Reward, s.Terminated} }

// returned is the sum of the rewards.
func returned(events []Event) (sum float64) {
	for _, e := range events {
		sum += e.Reward
	}
	return sum
}

// watch lets a player play a game of the truth, its context included, and returns it with what the truth brought after the context;
// false where the episode is over before.
func (r *room) watch(scene string, seed uint64, given, steps int, player func() Player) (g Game, events []Event, ok bool, err error) {
	playing := player()
	p, err := r.lead(scene, seed, nil, func(_ int, obs env.Value) env.Value { return playing(obs.Pixels()) }, given+steps)
	if err != nil || p.clip.Len() <= given {
		return g, nil, false, err
	}
	t := p.trial(0, given, 1)
	g = Game{Scene: scene, Origin: t.Origin, Seed: seed, Context: t.Context, Steps: steps, Player: func() Player {
		again, size := player(), t.Size()
		for i := range given - 1 { // he has seen these and drawn his actions
			again(t.Context.Frames[i*size : (i+1)*size])
		}
		return again
	}}
	return g, p.events[given-1:], true, nil
}
