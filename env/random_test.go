package env_test

import (
	"testing"

	"somnium/env"
)

func draw(s *env.Stream) [4]uint64 {
	var all [4]uint64
	for i := range all {
		all[i] = s.Rand().Uint64()
	}
	return all
}

func TestStreamRestartsAndContinues(t *testing.T) {
	var a, b env.Stream
	seed := uint64(7)
	a.Reseed(&seed)
	b.Reseed(&seed)
	first := draw(&a)
	if first != draw(&b) {
		t.Error("one seed gives two streams")
	}
	a.Reseed(nil)
	second := draw(&a)
	if second == first {
		t.Error("a nil seed restarts the stream")
	}
	if second != draw(&b) {
		t.Error("a nil seed disturbs the stream")
	}
	a.Reseed(&seed)
	if draw(&a) != first {
		t.Error("the seed does not restart the stream")
	}
}

func TestStreamsOfNeighbouringSeedsDiffer(t *testing.T) {
	seen := map[uint64]uint64{}
	for seed := range uint64(1000) {
		var s env.Stream
		s.Reseed(&seed)
		for _, x := range draw(&s) {
			if other, twice := seen[x]; twice {
				t.Fatalf("seeds %d and %d draw the same number", other, seed)
			}
			seen[x] = seed
		}
	}
}

func TestStreamUnseededIsEntropy(t *testing.T) {
	var a, b env.Stream
	a.Reseed(nil)
	if draw(&a) == draw(&b) {
		t.Error("two unseeded streams are the same")
	}
}

func TestStreamMarshals(t *testing.T) {
	var a, b env.Stream
	seed := uint64(3)
	a.Reseed(&seed)
	draw(&a)
	state, err := a.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	want := draw(&a)
	generator := b.Rand()
	if err := b.UnmarshalBinary(state); err != nil {
		t.Fatal(err)
	}
	if draw(&b) != want {
		t.Error("the state that was brought back draws other numbers")
	}
	if b.Rand() != generator {
		t.Error("UnmarshalBinary replaces the generator that Rand gave out")
	}
	before, _ := b.MarshalBinary()
	if b.UnmarshalBinary(state[:5]) == nil || b.UnmarshalBinary(nil) == nil {
		t.Error("garbage is taken for a state")
	}
	if after, _ := b.MarshalBinary(); string(after) != string(before) {
		t.Error("garbage changes the state")
	}
}
