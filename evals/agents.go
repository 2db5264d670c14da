package evals

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"somnium/env"
)

// Ranking is how policies stand in the truth and in the dream of it: number 14 of the scorecard.
type Ranking struct {
	// Policies are in the order given.
	Policies []Standpoint `json:"policies"`
	// Episodes is how many each policy played on either side, Steps their length at most.
	Episodes int `json:"episodes"`
	Steps    int `json:"steps"`
	// Correlation is Spearman's of the mean returns, with its 95% bootstrap interval over episodes.
	Correlation Number `json:"rank_correlation"`
	Low         Number `json:"low"`
	High        Number `json:"high"`
}

// Standpoint is a policy's mean return on either side.
type Standpoint struct {
	Name  string `json:"name"`
	Truth Number `json:"truth"`
	Dream Number `json:"dream"`
}

// Policy is one of those that are ranked. New makes an agent that acts by it in environments of the spec; it sees nothing but
// observations, since a dream has no true state.
type Policy struct {
	Name string
	New  func(spec env.Spec) (Agent, error)
}

// Rank lets every policy play in the truth and in the dream, and compares how they stand. Both vectors hold episodes
// environments for each policy, those of policy p from p*episodes on, and go on within the step that ends an episode
// (env.SameStep); only first episodes count, of at most so many steps.
func Rank(ctx context.Context, truth, dream env.VecEnv, policies []Policy, episodes, steps int, seed uint64) (Ranking, error) {
	r := Ranking{Episodes: episodes, Steps: steps}
	if len(policies) < 3 || episodes < 1 || steps < 1 {
		return r, errors.New("evals: a ranking takes three policies, an episode of each and a step; give more")
	}
	var returns [2][]float64
	for side, vec := range []env.VecEnv{truth, dream} {
		var err error
		if returns[side], err = playPolicies(ctx, vec, policies, episodes, steps, seed); err != nil {
			return r, err
		}
	}
	for p, policy := range policies {
		from, to := p*episodes, (p+1)*episodes
		r.Policies = append(r.Policies, Standpoint{policy.Name, Number(average(returns[0][from:to])), Number(average(returns[1][from:to]))})
	}
	r.Correlation = Number(standing(returns, len(policies), episodes, nil))
	rng := rand.New(rand.NewPCG(seed, 0x5eed))
	spread := make([]float64, resamples)
	for i := range spread {
		spread[i] = standing(returns, len(policies), episodes, rng)
	}
	slices.Sort(spread)
	r.Low, r.High = Number(spread[resamples*25/1000]), Number(spread[(resamples*975-1)/1000])
	return r, nil
}

// standing is the rank correlation of the policies' mean returns; with a generator, over episodes that are drawn with
// replacement.
func standing(returns [2][]float64, policies, episodes int, rng *rand.Rand) float64 {
	var means [2][]float64
	for side, all := range returns {
		for p := range policies {
			sum := 0.0
			for k := range episodes {
				if rng != nil {
					k = rng.IntN(episodes)
				}
				sum += all[p*episodes+k]
			}
			means[side] = append(means[side], sum)
		}
	}
	return correlation(ranks(means[0]), ranks(means[1]))
}

// playPolicies returns the returns of the first episode in every environment.
func playPolicies(ctx context.Context, vec env.VecEnv, policies []Policy, episodes, steps int, seed uint64) ([]float64, error) {
	n := len(policies) * episodes
	if vec.Num() != n {
		return nil, fmt.Errorf("evals: %d environments for %d episodes of %d policies; make one for each", vec.Num(), episodes, len(policies))
	}
	agents, seeds := make([]Agent, n), make([]uint64, n)
	for i := range agents {
		var err error
		if agents[i], err = policies[i/episodes].New(vec.Spec()); err != nil {
			return nil, fmt.Errorf("evals: the policy %s: %w", policies[i/episodes].Name, err)
		}
		// Every policy plays the same episodes, with noise of its own.
		seeds[i] = heldOut(seed, i%episodes)
		agents[i].Reset(seeds[i] ^ uint64(i)<<32)
	}
	batch := env.NewBatch(vec.Spec().Observation, n)
	if err := vec.Reset(env.VecResetOptions{Seeds: seeds}, batch); err != nil {
		return nil, err
	}
	returns, over, actions := make([]float64, n), make([]bool, n), env.NewValues(vec.Spec().Action, n)
	for range steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for i, agent := range agents {
			if !over[i] {
				env.Copy(actions[i], agent.Act(batch.Obs[i]))
			}
		}
		if err := vec.Step(actions, batch); err != nil {
			return nil, err
		}
		for i := range n {
			if !over[i] {
				returns[i] += batch.Reward[i]
				over[i] = batch.Done(i)
			}
		}
		if !slices.Contains(over, false) {
			break
		}
	}
	return returns, nil
}

// Events is how well the dream tells rewards and ends: a true Event counts as told where the dream has one of the same kind
// within a frame of it, and the other way round.
type Events struct {
	// Clips is the number of continuations, Frames the length of each.
	Clips  int `json:"clips"`
	Frames int `json:"frames"`
	// RewardF1 is that of rewards of at least half a unit, by their sign; EndF1 that of the ends of episodes. Null: there were
	// no true Events.
	RewardF1 Number `json:"reward_f1"`
	EndF1    Number `json:"end_f1"`
	// RewardCorrelation is Pearson's of the rewards frame by frame, which counts small ones too; 0 where one side never varies.
	RewardCorrelation Number `json:"reward_correlation"`
	// Rewards and Ends count the true Events.
	Rewards int `json:"true_rewards"`
	Ends    int `json:"true_ends"`
}

// matches counts the Events of one side that the other side has too.
type matches struct{ truth, told, dream, meant int }

func (m matches) f1() Number {
	if m.truth == 0 {
		return Number(math.NaN())
	}
	if m.told == 0 || m.meant == 0 {
		return 0
	}
	recall, precision := float64(m.told)/float64(m.truth), float64(m.meant)/float64(m.dream)
	return Number(2 * recall * precision / (recall + precision))
}

// count compares two stretches of one length by the kind of event.
func (m *matches) count(truth, dream []Event, is func(e Event) int) {
	near := func(side []Event, t, kind int) bool {
		for _, e := range side[max(0, t-1):min(len(side), t+2)] {
			if is(e) == kind {
				return true
			}
		}
		return false
	}
	for t := range truth {
		if kind := is(truth[t]); kind != 0 {
			m.truth++
			if near(dream, t, kind) {
				m.told++
			}
		}
		if kind := is(dream[t]); kind != 0 {
			m.dream++
			if near(truth, t, kind) {
				m.meant++
			}
		}
	}
}

// rewardKind is the sign of a reward of at least half a unit, endKind 1 at an end.
func rewardKind(e Event) int {
	switch {
	case e.Reward >= 0.5:
		return 1
	case e.Reward <= -0.5:
		return -1
	}
	return 0
}

func endKind(e Event) int {
	if e.Ended {
		return 1
	}
	return 0
}

// Tell lets the dream of a scene continue clips of the truth under the same actions, and compares the rewards and ends on both
// sides up to the frame after the first end on either.
func Tell(ctx context.Context, s Scene, o Options, frames int) (Events, error) {
	e := Events{Clips: o.filled(64).Clips, Frames: frames}
	primer, ok := env.As[env.Primer](s.Dream)
	if !ok {
		return e, fmt.Errorf("evals: the dream of %s cannot be primed with a context; open a dream", s.Name)
	}
	var (
		rewards, ends  matches
		inTruth, meant []float64
	)
	err := eachClip(ctx, []Scene{s}, o.filled(64), func(_ int, r *recorder) error {
		truth, dream, err := r.continued(primer, o.filled(64).Context, frames)
		rewards.count(truth, dream, rewardKind)
		ends.count(truth, dream, endKind)
		for t := range truth {
			inTruth, meant = append(inTruth, truth[t].Reward), append(meant, dream[t].Reward)
		}
		return err
	})
	e.RewardCorrelation = Number(correlation(inTruth, meant))
	e.RewardF1, e.EndF1, e.Rewards, e.Ends = rewards.f1(), ends.f1(), rewards.truth, ends.truth
	return e, err
}

// continued plays an episode of the truth for some frames, primes the dream with the last of them, and lets both go on.
func (r *recorder) continued(primer env.Primer, context, frames int) (truth, dream []Event, err error) {
	seed := heldOut(r.run, r.next)
	r.next++
	obs, err := r.scene.Truth.Reset(env.Seeded(seed))
	if err != nil {
		return nil, nil, err
	}
	r.scene.Agent.Reset(seed ^ agentStream)
	before := context + int(rand.New(rand.NewPCG(seed, offsetStream)).Uint64()%latest)
	clip := env.Context{Height: r.height, Width: r.width, Actions: []env.Value{}}
	clip.Frames = append(clip.Frames, obs.Pixels()...)
	for range before {
		action := r.scene.Agent.Act(obs).Clone()
		step, err := r.scene.Truth.Step(action)
		if err != nil || step.Done() { // an episode that is over has no continuation
			return nil, nil, err
		}
		obs = step.Obs
		clip.Frames, clip.Actions = append(clip.Frames, obs.Pixels()...), append(clip.Actions, action)
	}
	clip.Frames, clip.Actions = clip.Frames[(before+1-context)*r.size():], clip.Actions[before+1-context:]
	if _, err := r.scene.Dream.Reset(env.Seeded(seed)); err != nil {
		return nil, nil, err
	}
	if _, err := primer.Prime(clip); err != nil {
		return nil, nil, err
	}
	for range frames {
		action := r.scene.Agent.Act(obs).Clone()
		real, err := r.scene.Truth.Step(action)
		if err != nil {
			return truth, dream, err
		}
		dreamed, err := r.scene.Dream.Step(action)
		if err != nil {
			return truth, dream, err
		}
		obs = real.Obs
		truth, dream = append(truth, eventOf(real)), append(dream, eventOf(dreamed))
		switch {
		case real.Done() && dreamed.Done():
			return truth, dream, nil
		case real.Done(): // the other side may yet tell the same, a frame later
			dreamed, err = r.scene.Dream.Step(action)
			return append(truth, Event{}), append(dream, eventOf(dreamed)), err
		case dreamed.Done():
			real, err = r.scene.Truth.Step(action)
			return append(truth, eventOf(real)), append(dream, Event{}), err
		}
	}
	return truth, dream, nil
}
