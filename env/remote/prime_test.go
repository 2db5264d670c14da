package remote

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"somnium/env"
	"somnium/env/envtest"
)

// primed is a Counter that an episode can begin from given frames in, or from a caption alone: it shows what it was given, and its
// next steps show the sum of the context's actions.
type primed struct {
	*envtest.Counter
	context *env.Context
	sum     uint8
}

func (p *primed) Reset(opts env.ResetOptions) (env.Value, error) {
	p.context = nil
	return p.Counter.Reset(opts)
}

func (p *primed) Prime(context env.Context) (env.Value, error) {
	if context.Len() == 0 && context.Caption == "" {
		return env.Value{}, errors.New("env: neither a frame nor a caption")
	}
	sum := uint8(len(context.Caption))
	for i, action := range context.Actions {
		if err := p.Spec().Action.Contains(action); err != nil {
			return env.Value{}, fmt.Errorf("env: action %d of the context: %w", i, err)
		}
		sum += uint8(action.Int[0] * (i + 1))
	}
	p.context, p.sum = &context, sum
	return p.show(), nil
}

func (p *primed) show() env.Value {
	obs := p.Spec().Observation.New()
	if n := len(obs.U8); len(p.context.Frames) >= n {
		copy(obs.U8, p.context.Frames[len(p.context.Frames)-n:])
	}
	return obs
}

func (p *primed) Step(action env.Value) (env.Step, error) {
	if p.context == nil {
		return p.Counter.Step(action)
	}
	obs := p.show()
	for i := range obs.U8 {
		obs.U8[i] += p.sum
	}
	p.sum++
	return env.Step{Obs: obs, Reward: float64(p.sum)}, nil
}

// film returns T frames of the test environments, and the actions between them.
func film(count int) (frames, actions []byte, choices []int) {
	for t := range count {
		frames = append(frames, bytes.Repeat([]byte{byte(10*t + 1)}, 16*24*3)...)
		if t > 0 {
			choices = append(choices, t%3)
		}
	}
	return frames, actionBytes(choices), choices
}

// What a client primes goes on as it does here, and the environments beside it go on as well; in every mode, through either line,
// before the first reset, in the middle of an episode and after its end.
func TestPrimedEpisodesAreWhatTheyAreHere(t *testing.T) {
	at, _ := start(t, &Server{}, socket(t))
	for mode, num := range map[string]int{modeSingle: 1, "next_step": 2, "same_step": 2, "disabled": 2} {
		for _, shared := range []bool{false, true} {
			for _, before := range []int{0, 3, 40} { // of which the fortieth ends the episode
				vec, err := greeted(t, at, "").makeVec("Primed-v0", mode, num, shared)
				if err != nil {
					t.Fatal(err)
				}
				t.Run(fmt.Sprint(mode, shared, before), func(t *testing.T) { checkPrimed(t, vec, before) })
				vec.conn.Close()
			}
		}
	}
}

// checkPrimed takes some steps, primes the last environment, and compares what follows with the same here.
func checkPrimed(t *testing.T, vec *remoteVec, before int) {
	frames, actions, choices := film(4)
	context := env.Context{Height: 16, Width: 24, Frames: frames, Caption: "four frames"}
	for _, choice := range choices {
		context.Actions = append(context.Actions, env.Int(choice))
	}
	last, still := vec.num-1, make([]int, vec.num)
	neighbour, begun := uint8(0), before > 0 || vec.num > 1 // a vector does not step while another has not begun
	if begun {
		got, err := vec.reset("seeds", seedBytes(slices.Repeat([]uint64{1}, vec.num)...))
		if err != nil {
			t.Fatal(err)
		}
		neighbour = got.Obs[0].U8[0]
	}
	for range before {
		got, err := vec.step(still)
		if err != nil {
			break // past the episode's end, where nothing resets it
		}
		neighbour = got.Obs[0].U8[0]
	}
	here := &primed{Counter: envtest.NewCounter(16, 24)}
	want, err := here.Prime(context)
	if err != nil {
		t.Fatal(err)
	}
	got := vec.outcome(vec.must(t, "prime", vec.fields("index", last, "height", 16, "width", 24, "frames", frames, "actions", actions, "caption", "four frames")))
	if !bytes.Equal(got.Obs[last].U8, want.U8) || got.Done(last) || got.Reward[last] != 0 {
		t.Errorf("prime returns %d..., %v, %v", got.Obs[last].U8[0], got.Reward[last], got.Done(last))
	}
	if last > 0 && got.Obs[0].U8[0] != neighbour {
		t.Error("the neighbour's observation changed")
	}
	if last > 0 && got.Done(0) {
		if _, err := vec.reset("mask", []byte{1, 0}); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		got, err := vec.step(still)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := here.Step(env.Int(0))
		if !bytes.Equal(got.Obs[last].U8, want.Obs.U8) || got.Reward[last] != want.Reward {
			t.Errorf("the steps after it differ: %d for %d", got.Obs[last].U8[0], want.Obs.U8[0])
		}
	}
}

// What is no context is an error, in the environment's words where it has them, and changes nothing.
func TestContextsThatAreNone(t *testing.T) {
	at, _ := start(t, &Server{}, socket(t))
	c := greeted(t, at, "")
	vec, err := c.makeVec("Primed-v0", "next_step", 2, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vec.reset("seeds", seedBytes(1, 2)); err != nil {
		t.Fatal(err)
	}
	frames, actions, _ := film(3)
	prime := func(pairs ...any) fields {
		f := vec.fields("index", 1, "height", 16, "width", 24, "frames", frames, "actions", actions)
		for i := 0; i < len(pairs); i += 2 {
			f[pairs[i].(string)] = pairs[i+1]
		}
		return f
	}
	before := c.must(t, "render", vec.fields("index", 1))["block"].([]byte)
	c.refused(t, "prime", prime("height", 24, "width", 16), kindRequest, "frames of 24x16; those of Counter-v0 are 16x24")
	c.refused(t, "prime", prime("height", 1<<62, "width", 4), kindRequest, "frames of")
	c.refused(t, "prime", prime("frames", frames[1:]), kindRequest, "3455 bytes of frames, which are 1152 each")
	c.refused(t, "prime", prime("frames", make([]byte, 1152*(maxContext+1))), kindRequest, "1025 frames; at most 1024 are taken")
	c.refused(t, "prime", prime("actions", actionBytes([]int{1, 1, 1, 1, 1, 1, 1, 1, 1})), kindRequest, "128 bytes of actions; the 2 between 3 frames are 64")
	c.refused(t, "prime", prime("actions", actionBytes([]int{1, 7})), kindEnvironment, "env: action 1 of the context: env: choice 7 is outside Discrete(3)")
	c.refused(t, "prime", prime("frames", []byte{}, "actions", nil), kindEnvironment, "env: neither a frame nor a caption")
	c.refused(t, "prime", prime("index", 2), kindRequest, "environment 2 of 2")
	if after := c.must(t, "render", vec.fields("index", 1))["block"].([]byte); !bytes.Equal(before, after) {
		t.Error("a refused context changed the observation")
	}
	// Words alone, and frames whose actions are not known, are contexts.
	c.must(t, "prime", prime("frames", []byte{}, "actions", []byte{}, "caption", "words alone"))
	c.must(t, "prime", prime("actions", nil))
	counter, err := c.makeVec("Counter-v0", "single", 1, false)
	if err != nil {
		t.Fatal(err)
	}
	c.refused(t, "prime", counter.fields("height", 16, "width", 24, "frames", frames), kindUnsupported, "Counter-v0 cannot do prime; it can do [snapshot state captions render]")
}
