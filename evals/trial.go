package evals

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"somnium/env"
	"somnium/evals/baseline"
)

// Trial is one question of an exam: a context that a candidate is to continue under given actions, with what truly follows.
type Trial struct {
	// ID is unique within a suite and a seed, such as uniform/0-0003.
	ID string
	// Scene is the name of the simulator.
	Scene string
	// Origin says where the context is from. Only the true simulator, among the baselines, is told.
	Origin baseline.Origin
	// Seed is that of the candidate's own noise.
	Seed    uint64
	Context env.Context
	// Actions [N] lead from the context's last frame on; Truth, uint8 [N, H, W, 3], is what follows.
	Actions []env.Value
	Truth   []uint8
	// States are those of all frames, the context's first: [context + N].
	States []env.State
}

// Frames returns N.
func (t Trial) Frames() int { return len(t.Actions) }

// Known returns the number of frames of the context.
func (t Trial) Known() int { return t.Context.Len() }

// Size returns the number of values of a frame.
func (t Trial) Size() int { return t.Context.Height * t.Context.Width * 3 }

// frame returns frame i of the whole clip, of which those after the context are answer's.
func (t Trial) frame(answer []uint8, i int) []uint8 {
	size := t.Size()
	if i < t.Known() {
		return t.Context.Frames[i*size : (i+1)*size]
	}
	i -= t.Known()
	return answer[i*size : (i+1)*size]
}

// Incapable is the error for what lacks a capability that an exam needs: the exam is passed over, for that reason.
type Incapable struct{ Why string }

// Error implements error.
func (i Incapable) Error() string { return i.Why }

// policy chooses the action of a step from the truth, whose state it may ask for. No action at all ends the episode there.
type policy func(step int, truth env.Env) env.Value

// played is an episode of the truth, of which trials are cut.
type played struct {
	scene  string
	origin baseline.Origin
	clip   env.Context
	states []env.State
	// events are what the steps brought.
	events []Event
	// short and detailed are the captions of every frame, empty where the truth has none.
	short, detailed []string
	// over says that it ended before all frames were played.
	over bool
}

// room is where an exam is prepared: it opens the truth and plays episodes of it.
type room struct {
	ctx    context.Context
	exam   *Exam
	size   Size
	seed   uint64
	open   func(name string) (env.Env, error)
	truths map[string]env.Env
}

// room returns one for an exam of a size.
func (e *Exam) room(ctx context.Context, o ExamOptions, size Size) *room {
	return &room{ctx: ctx, exam: e, size: size.filled(), seed: o.Seed, open: o.Open, truths: map[string]env.Env{}}
}

// truth returns the simulator of a name, opened once.
func (r *room) truth(name string) (env.Env, error) {
	if e, ok := r.truths[name]; ok {
		return e, nil
	}
	e, err := r.open(name)
	if err != nil {
		return nil, fmt.Errorf("evals: opening the truth of exam %s: %w", r.exam.Name, err)
	}
	if _, ok := env.As[env.Prober](e); !ok {
		e.Close()
		return nil, Incapable{name + " does not tell its true state"}
	}
	r.truths[name] = e
	return e, nil
}

func (r *room) close() {
	for _, e := range r.truths {
		e.Close()
	}
}

// noises returns the seeds of the noise under which surprise is asked for, one for each sample. Every second one asks for the
// levels between those of the one before it.
func (r *room) noises() (seeds []uint64) {
	for s := range uint64(r.size.Samples) {
		seeds = append(seeds, (r.seed^s/2<<48)&^env.SecondLook|s%2*env.SecondLook)
	}
	return seeds
}

// partSeeds is how many seeds a part of an exam has of the near ones. Parts begin at least as far apart.
const partSeeds = 256

// held returns the i-th held-out seed of this exam, of an i below 4,096.
func (r *room) held(i int) uint64 { return r.drawn(i, 0) }

// drawn returns the seed of a try in the part of this exam that begins at seed first, below 4,096. No two parts have a seed in common up
// to 65,536 tries, or as many more as they begin farther apart.
func (r *room) drawn(first, try int) uint64 {
	if try < partSeeds && r.exam.Number < block/nearShare {
		return near(r.seed, r.exam.Number, first+try)
	}
	return far(r.seed, r.exam.Number, first*(farShare/nearShare)+try)
}

// play plays an episode of so many frames, its first included, or to its end. A nil policy does nothing.
func (r *room) play(scene string, seed uint64, params map[string]float64, act policy, frames int) (*played, error) {
	truth, err := r.truth(scene)
	if err != nil {
		return nil, err
	}
	still := truth.Spec().Action.New()
	return r.lead(scene, seed, params, func(step int, _ env.Value) env.Value {
		if act == nil {
			return still
		}
		return act(step, truth)
	}, frames)
}

// lead is play, led by what is observed.
func (r *room) lead(scene string, seed uint64, params map[string]float64, act func(step int, obs env.Value) env.Value, frames int) (*played, error) {
	truth, err := r.truth(scene)
	if err != nil {
		return nil, err
	}
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	height, width, ok := env.FrameSize(truth.Spec().Observation)
	if !ok {
		return nil, Incapable{scene + " shows no pictures"}
	}
	p := &played{scene: scene, origin: baseline.Origin{Seed: seed, Params: maps.Clone(params)}, clip: env.Context{Height: height, Width: width}}
	obs, err := truth.Reset(env.ResetOptions{Seed: &seed, Params: params})
	if err != nil {
		return nil, fmt.Errorf("evals: starting %s from seed %d: %w", scene, seed, err)
	}
	p.add(truth, obs)
	for p.clip.Len() < frames {
		action := act(p.clip.Len()-1, obs)
		if action.Int == nil && action.Dict == nil && action.F32 == nil && action.U8 == nil {
			p.over = true
			break
		}
		action = action.Clone()
		step, err := truth.Step(action)
		if err != nil {
			return nil, fmt.Errorf("evals: stepping %s from seed %d: %w", scene, seed, err)
		}
		obs = step.Obs
		p.clip.Actions, p.events = append(p.clip.Actions, action), append(p.events, eventOf(step))
		p.add(truth, obs)
		if step.Done() && p.clip.Len() < frames {
			p.over = true
			break
		}
	}
	return p, nil
}

// add keeps the present moment of the truth.
func (p *played) add(truth env.Env, obs env.Value) {
	p.clip.Frames = append(p.clip.Frames, obs.Pixels()...)
	prober, _ := env.As[env.Prober](truth)
	p.states = append(p.states, prober.State())
	short, detailed := "", ""
	if words, ok := env.As[env.Captioner](truth); ok {
		short, detailed = words.Captions()
	}
	p.short, p.detailed = append(p.short, short), append(p.detailed, detailed)
}

// told returns what the first frame is said to show, or an Incapable where the truth has no words.
func (p *played) told() (string, error) {
	if p.detailed[0] == "" {
		return "", Incapable{p.scene + " does not describe itself in words (env.Captioner)"}
	}
	return p.detailed[0], nil
}

// trial cuts a question out: context frames from frame from on, and the frames after them.
func (p *played) trial(from, context, frames int) Trial {
	size := p.clip.Height * p.clip.Width * 3
	to := from + context + frames
	t := Trial{
		Scene: p.scene, Origin: p.origin, Seed: p.origin.Seed, Context: cutOf(p.clip, from, from+context),
		Actions: p.clip.Actions[from+context-1 : to-1],
		Truth:   p.clip.Frames[(from+context)*size : to*size],
		States:  p.states[from:to],
	}
	t.Origin.Actions = p.clip.Actions[:from+context-1]
	t.Origin.Branch = cutOf(p.clip, from, to)
	t.Context.Caption = p.short[from]
	return t
}

// errFew is the error for an exam whose scenes hardly ever show what is asked about.
var errFew = errors.New("evals: too few episodes show what the exam asks about: give it more tries")

// search draws episodes until n of them make a trial, or gives up after forty tries for each.
func (r *room) search(n, first int, make func(seed uint64, found int) (Trial, bool, error)) ([]Trial, error) {
	var list []Trial
	for try := 0; len(list) < n; try++ {
		if try >= 40*n {
			return list, errFew
		}
		t, ok, err := make(r.drawn(first, try), len(list))
		if err != nil {
			return list, err
		}
		if ok {
			list = append(list, t)
		}
	}
	return list, nil
}
