package envtest

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"somnium/env"
)

// run is a stretch of episodes, a digest for every observation with its reward and end. Where an episode ends, an unseeded
// reset begins the next one.
type run []digest

type digest [sha256.Size]byte

// recordFrom resets e with the seed and records the following steps.
func recordFrom(e env.Env, seed uint64, steps int) (run, error) {
	obs, err := e.Reset(env.Seeded(seed))
	if err != nil {
		return nil, fmt.Errorf("Reset with seed %d: %w", seed, err)
	}
	// Digested before the environment moves on and writes over it.
	first := digestOf(env.Step{Obs: obs})
	rest, err := record(e, newActor(e), steps)
	return append(run{first}, rest...), err
}

// record records the steps that follow the present moment of e.
func record(e env.Env, a *actor, steps int) (run, error) {
	var r run
	done := false
	for i := range steps {
		var step env.Step
		var err error
		if done {
			step.Obs, err = e.Reset(env.ResetOptions{})
		} else {
			step, err = e.Step(a.act())
		}
		if err != nil {
			return r, fmt.Errorf("step %d: %w", i+1, err)
		}
		done = step.Done()
		r = append(r, digestOf(step))
	}
	return r, nil
}

// same returns an error where two runs differ, saying when they first do.
func (r run) same(other run) error {
	for i := range min(len(r), len(other)) {
		if r[i] != other[i] {
			return fmt.Errorf("the runs part at step %d of %d", i, len(r)-1)
		}
	}
	if len(r) != len(other) {
		return fmt.Errorf("the runs have %d and %d steps", len(r), len(other))
	}
	return nil
}

// actor draws actions from the action space, the same ones every time.
type actor struct {
	space  env.Space
	rng    *rand.Rand
	action env.Value
}

func newActor(e env.Env) *actor {
	space := e.Spec().Action
	return &actor{space: space, rng: rand.New(rand.NewPCG(20, 26)), action: space.New()}
}

func (a *actor) act() env.Value {
	a.space.Sample(a.rng, a.action)
	return a.action
}

func digestOf(step env.Step) digest {
	h := sha256.New()
	hashValue(h, step.Obs)
	hashWords(h, math.Float64bits(step.Reward))
	fmt.Fprint(h, step.Terminated, step.Truncated)
	return digest(h.Sum(nil))
}

// hashValue writes every element of v, lengths and keys included.
func hashValue(h hash.Hash, v env.Value) {
	hashWords(h, uint64(len(v.Int)), uint64(len(v.U8)), uint64(len(v.F32)), uint64(len(v.Dict)))
	for _, choice := range v.Int {
		hashWords(h, uint64(choice))
	}
	h.Write(v.U8)
	for _, x := range v.F32 {
		hashWords(h, uint64(math.Float32bits(x)))
	}
	for _, key := range slices.Sorted(maps.Keys(v.Dict)) {
		hashWords(h, uint64(len(key)))
		h.Write([]byte(key))
		hashValue(h, v.Dict[key])
	}
}

func hashWords(h hash.Hash, words ...uint64) {
	var buffer [8]byte
	for _, word := range words {
		binary.LittleEndian.PutUint64(buffer[:], word)
		h.Write(buffer[:])
	}
}
