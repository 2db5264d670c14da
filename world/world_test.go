package world

import (
	"math/rand/v2"
	"testing"

	"somnium/env"
	_ "somnium/sim/all"
	"somnium/world/dit"
	"somnium/world/flow"
	"somnium/world/tokenizer"
)

// spoil adds noise to all weights, so that none is zero, as if the model had been trained on something.
func spoil(t *testing.T, m *Model) *Model {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 4))
	all := append(m.Tokenizer.Params.All(), m.Dynamics.Params.All()...)
	if m.Flow != nil {
		all = append(all, m.Flow.Params.All()...)
	}
	for _, p := range all {
		for i := range p.Data {
			p.Data[i] += float32(rng.NormFloat64() * 0.1)
		}
	}
	return m
}

// newModel returns a spoiled model of the tiny preset.
func newModel(t *testing.T) *Model {
	t.Helper()
	m, err := New("tiny", 1)
	if err != nil {
		t.Fatal(err)
	}
	return spoil(t, m)
}

// deep returns a spoiled model with two layers over time, in which more frames have an influence than a window holds.
func deep(t *testing.T) *Model { return spoiled(t, minute()) }

// remembering returns a deep model with a memory.
func remembering(t *testing.T) *Model {
	info := minute()
	info.Dynamics.Memory = true
	return spoiled(t, info)
}

func spoiled(t *testing.T, info Info) *Model {
	t.Helper()
	m, err := build(info, 1)
	if err != nil {
		t.Fatal(err)
	}
	return spoil(t, m)
}

// guessing returns a deep model that guesses frames, with or without a memory.
func guessing(t *testing.T, memory bool) *Model {
	info := minute()
	info.Dynamics.Memory = memory
	info.Flow = &flow.Config{Width: 8, Hidden: 8, Blocks: 1, Flows: 2, Actions: info.Dynamics.Actions}
	return spoiled(t, info)
}

// ofEveryKind runs body on a deep model with and without a memory, and of either kind one that guesses frames.
func ofEveryKind(t *testing.T, body func(t *testing.T, m *Model)) {
	t.Helper()
	t.Run("without memory", func(t *testing.T) { body(t, deep(t)) })
	t.Run("with memory", func(t *testing.T) { body(t, remembering(t)) })
	t.Run("with guesses", func(t *testing.T) { body(t, guessing(t, false)) })
	t.Run("with memory and guesses", func(t *testing.T) { body(t, guessing(t, true)) })
}

// minute are the sizes of about the least model that has everything.
func minute() Info {
	return Info{
		Version: version, Preset: "minute",
		Tokenizer: tokenizer.Config{Latent: 4, Fine: 4, Coarse: 8, EncoderBlocks: 1, DecoderBlocks: 1, CoarseBlocks: 1},
		Dynamics:  dit.Config{Latent: 4, Width: 8, Heads: 1, Layers: 4, Hidden: 8, TimeEvery: 2, Window: 4, Actions: 3, Vocabulary: 8},
	}
}

// record plays an environment at random and returns the context of so many frames.
func record(t *testing.T, name string, frames int, seed uint64) (env.Context, env.Spec) {
	t.Helper()
	e, err := env.Make(name)
	if err != nil {
		t.Fatal(err)
	}
	source := FromSimulator(e, frames)
	defer source.Close()
	context, err := source.Context(seed)
	if err != nil {
		t.Fatal(err)
	}
	if context.Len() != frames || len(context.Actions) != frames-1 {
		t.Fatalf("the context has %d frames and %d actions, want %d", context.Len(), len(context.Actions), frames)
	}
	return context, e.Spec()
}

func newSession(t *testing.T, m *Model, options SessionOptions) *Session {
	t.Helper()
	s, err := NewSession(m, options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
