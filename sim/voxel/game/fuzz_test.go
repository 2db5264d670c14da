package game_test

import (
	"bytes"
	"testing"

	"somnium/sim/voxel/game"
)

// FuzzReadState holds that what is read as a state writes itself back as one that reads the same.
func FuzzReadState(f *testing.F) {
	w := game.New(8)
	begin(w, 1)
	m := newMonkey(1)
	for range 300 {
		w.Step(m.next())
	}
	state, err := w.AppendState(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(state)
	f.Add(state[:len(state)/2])
	f.Fuzz(func(t *testing.T, state []byte) {
		w := game.New(8)
		begin(w, 2)
		apply, err := w.ReadState(state)
		if err != nil {
			return
		}
		apply()
		once, err := w.AppendState(nil)
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.ReadState(once)
		if err != nil {
			t.Fatalf("a state that was read is none when it is written back: %v", err)
		}
		again()
		if twice, err := w.AppendState(nil); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("a state reads back otherwise, %v", err)
		}
	})
}
