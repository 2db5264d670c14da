package evals

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"somnium/env"
	"somnium/evals/parse"
)

const (
	useGame = "RigidCatch-v0"
	useGoal = "RigidPush-v0"
	// policies is how many are ranked.
	policies = 20
	// foretold is how many frames the dream goes on for where its rewards and ends are compared.
	foretold = 16
)

// useExam asks whether the dream is of use to an agent: whether it ranks policies as the truth does, and tells rewards and ends.
// What a planner earns in it is for the packages of agents to say.
func useExam() *Exam {
	return &Exam{
		Number: 14, Name: "use", Title: "Policies of different skill play in the truth and in the dream: do they stand alike?",
		Scenes: []string{useGame, useGoal},
		Sizes:  map[Suite]Size{Quick: {Cases: 2, Frames: 40}, Full: {Cases: 10, Frames: 150}, Paper: {Cases: 50, Frames: 150, Samples: 3}},
		Figures: map[string]string{
			"rank_correlation": "Spearman's, of the mean returns of twenty policies in the truth and in the dream, which start from the same frames; each follows the ball that it sees in another share of the time",
			"reward_f1":        "F1 of rewards of at least half a unit, by their sign, over 16 frames under the same actions; within a frame counts as told",
			"end_f1":           "the same of the ends of episodes",
		},
		prepare: func(r *room) ([]part, error) {
			ranked, err := r.rankedPart()
			if err != nil {
				return nil, err
			}
			rewards, err := r.toldPart(useGame, "reward_f1", 2048, rewardKind, func(seed uint64) policy { return acting(seed) })
			if err != nil {
				return nil, err
			}
			ends, err := r.toldPart(useGoal, "end_f1", 3072, endKind, toGoal)
			return []part{ranked, rewards, ends}, err
		},
	}
}

// chaser is a player of RigidCatch who moves the paddle below the ball that he sees. For a dozen steps at a time, in the share of them that
// chance says, he does not look, and keeps to actions that he draws.
func chaser(seed uint64, chance float64, height, width int) func() Player {
	const stretch, hold = 12, 4
	return func() Player {
		rng := rand.New(rand.NewPCG(seed, agentStream))
		step, blind, drawn := 0, false, 0
		return func(frame []uint8) env.Value {
			if step%stretch == 0 {
				blind = rng.Float64() < chance
			}
			if step%hold == 0 {
				drawn = rng.IntN(3)
			}
			step++
			if blind {
				return env.Int(drawn)
			}
			return env.Int(towardsBall(frame, height, width))
		}
	}
}

// towardsBall returns the action that leads the paddle, which is the lowest thing in the picture, to below the highest one.
func towardsBall(frame []uint8, height, width int) (action int) {
	things := parse.Apart(frame, height, width, parse.Ground(frame), 4)
	if len(things) < 2 {
		return 0
	}
	slices.SortFunc(things, func(a, b parse.Thing) int { return a.Bottom - b.Bottom })
	ball, paddle := things[0], things[len(things)-1]
	switch near := float64(width) / 25; {
	case ball.X < paddle.X-near:
		return 1
	case ball.X > paddle.X+near:
		return 2
	}
	return 0
}

// rankedPart lets policies of different skill play from the same frames.
func (r *room) rankedPart() (part, error) {
	const given = 8
	truth, err := r.truth(useGame)
	if err != nil {
		return part{}, err
	}
	height, width, _ := env.FrameSize(truth.Spec().Observation)
	var games []Game
	var truths [][]Event
	for c := range r.size.Cases {
		for k := range policies {
			seed := r.drawn(0, c)
			player := chaser(seed^uint64(k)<<40, float64(k)/(policies-1), height, width)
			g, events, ok, err := r.watch(useGame, seed, given, r.size.Frames, player)
			if err != nil {
				return part{}, err
			}
			if !ok {
				return part{}, fmt.Errorf("an episode of %s is over within its first %d frames", useGame, given)
			}
			games, truths = append(games, g), append(truths, events)
		}
	}
	label, _, _ := env.ParseName(useGame)
	standing := more(label, "rank_correlation", "", 0.8, standingOf)
	standing.Whole = true
	return part{
		games: games, truths: truths, rank: -1, beside: []string{CopyLast, Oracle, NoisyOracle},
		kinds: []Kind{standing},
		settle: func(events [][]Event) (rows []Row) {
			for c := range r.size.Cases {
				var row Row
				for _, side := range [][][]Event{truths, events} {
					for k := range policies {
						row = append(row, returned(side[c*policies+k]))
					}
				}
				rows = append(rows, row)
			}
			return rows
		},
	}, nil
}

// standingOf is the rank correlation of the policies' mean returns over cases: the truth's are in the first columns, the dream's behind.
func standingOf(rows []Row) float64 {
	sums := make([]float64, 2*policies)
	for _, r := range rows {
		for k, v := range r {
			sums[k] += v
		}
	}
	return correlation(ranks(sums[:policies]), ranks(sums[policies:]))
}

// toldPart lets the dream go on under the actions of the truth over stretches in which something happens.
func (r *room) toldPart(scene, name string, first int, is func(e Event) int, lead func(seed uint64) policy) (part, error) {
	const given = 8
	var games []Game
	var truths [][]Event
	cases := 4 * r.size.Cases // of a stretch each
	for try := 0; len(games) < cases; try++ {
		if try >= 40*cases {
			return part{}, errFew
		}
		seed := r.drawn(first, try)
		p, err := r.play(scene, seed, nil, lead(seed), given+foretold)
		if err != nil {
			return part{}, err
		}
		if p.clip.Len() <= given || !slices.ContainsFunc(p.events[given-1:], func(e Event) bool { return is(e) != 0 }) {
			continue
		}
		t := p.trial(0, given, p.clip.Len()-given)
		actions := append(t.Actions, t.Actions[len(t.Actions)-1]) // what the truth ends with may be told a frame later
		games = append(games, Game{Scene: scene, Origin: t.Origin, Seed: seed, Context: t.Context, Steps: len(actions), Player: func() Player {
			next := 0
			return func([]uint8) env.Value {
				next++
				return actions[next-1]
			}
		}})
		truths = append(truths, p.events[given-1:])
	}
	label, _, _ := env.ParseName(scene)
	return part{
		games: games, truths: truths, rank: -1, beside: []string{CopyLast, Oracle, NoisyOracle, Untrained},
		kinds: []Kind{more(label, name, "", 0.9, func(rows []Row) float64 {
			var m matches
			for _, r := range rows {
				m.truth, m.told, m.dream, m.meant = m.truth+int(r[0]), m.told+int(r[1]), m.dream+int(r[2]), m.meant+int(r[3])
			}
			return float64(m.f1())
		})},
		settle: func(events [][]Event) (rows []Row) {
			for i, dreamed := range events {
				var m matches
				m.count(sameLength(truths[i], dreamed), sameLength(dreamed, truths[i]), is)
				rows = append(rows, Row{float64(m.truth), float64(m.told), float64(m.dream), float64(m.meant)})
			}
			return rows
		},
	}, nil
}

// sameLength returns events with empty ones behind them, as many as there are of other.
func sameLength(events, other []Event) []Event {
	for len(events) < len(other) {
		events = append(slices.Clip(events), Event{})
	}
	return events
}

// toGoal pushes the disc of RigidPush towards its mark, in three of four steps.
func toGoal(seed uint64) policy {
	draw, rng := acting(seed), rand.New(rand.NewPCG(seed, offsetStream))
	return func(step int, truth env.Env) env.Value {
		drawn := draw(step, truth)
		prober, _ := env.As[env.Prober](truth)
		bodies := prober.State().Bodies
		disc, mark := slices.IndexFunc(bodies, kindIs("disc")), slices.IndexFunc(bodies, kindIs("mark"))
		if rng.IntN(4) == 0 || disc < 0 || mark < 0 {
			return drawn
		}
		dx, dy := bodies[mark].Position[0]-bodies[disc].Position[0], bodies[mark].Position[1]-bodies[disc].Position[1]
		switch {
		case max(dx, -dx) < max(dy, -dy) && dy > 0:
			return env.Int(3)
		case max(dx, -dx) < max(dy, -dy):
			return env.Int(4)
		case dx < 0:
			return env.Int(1)
		}
		return env.Int(2)
	}
}

func kindIs(kind string) func(b env.Body) bool {
	return func(b env.Body) bool { return b.Kind == kind }
}
