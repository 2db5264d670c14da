package rigid

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"reflect"
	"strings"
	"testing"

	"somnium/env"
)

// A snapshot taken anywhere brings back the state to the bit, in an environment that has played something else since, and
// what follows is what would have followed.
func TestSnapshotIsTheEpisode(t *testing.T) {
	for _, s := range scenes() {
		e, other := open(t, s, 32, 32, nil), open(t, s, 32, 32, nil)
		for _, at := range []int{0, 1, 17, 30} {
			next := choices(s, uint64(at))
			reset(t, e, uint64(at))
			for range at {
				if taken := step(t, e, next()); taken.Terminated {
					break
				}
			}
			pixels := bytes.Clone(e.canvas.Pix)
			state := e.State()
			kept, err := e.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			trace(t, other, 77, 10)
			obs, err := other.Restore(kept)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(obs.U8, pixels) || !reflect.DeepEqual(other.State(), state) {
				t.Fatalf("%s after %d steps: the restored state is %+v, want %+v", s.id, at, other.State(), state)
			}
			again, err := other.Snapshot()
			if err != nil || !bytes.Equal(again, kept) {
				t.Fatalf("%s after %d steps: the snapshot of the restored state differs (%v)", s.id, at, err)
			}
			sameFuture(t, e, other)
		}
	}
}

// sameFuture plays both on, over the next unseeded reset.
func sameFuture(t *testing.T, a, b *environment) {
	t.Helper()
	next := choices(a.scene, 3)
	for i := range 30 {
		if i == 15 {
			a.Reset(env.ResetOptions{})
			b.Reset(env.ResetOptions{})
		}
		action := env.Int(next())
		x, errX := a.Step(action)
		y, errY := b.Step(action)
		if errX != errY || !bytes.Equal(x.Obs.U8, y.Obs.U8) || x.Reward != y.Reward || !reflect.DeepEqual(a.State(), b.State()) {
			t.Fatalf("%s: %d steps on, the restored one goes another way (%v, %v)", a.scene.id, i+1, errX, errY)
		}
	}
}

func TestSnapshotsOfOthersAreErrors(t *testing.T) {
	e := open(t, &catch, 32, 32, nil)
	if _, err := e.Snapshot(); err != env.ErrNotReset {
		t.Errorf("a snapshot before the first reset gives %v", err)
	}
	reset(t, e, 1)
	step(t, e, 2)
	before := e.State()
	for name, other := range map[string]*environment{
		"another scene":     open(t, &push, 32, 32, nil),
		"another size":      open(t, &catch, 32, 48, nil),
		"another parameter": open(t, &catch, 32, 32, map[string]float64{"gravity": 3}),
		"a passive scene":   open(t, &uniformMotion, 32, 32, nil),
	} {
		reset(t, other, 1)
		kept, err := other.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Restore(kept); err == nil {
			t.Errorf("the snapshot of %s is no error", name)
		}
	}
	kept, _ := e.Snapshot()
	for i := range kept {
		if _, err := e.Restore(kept[:i]); err == nil {
			t.Errorf("a snapshot cut at byte %d of %d is no error", i, len(kept))
		}
		flipped := bytes.Clone(kept)
		flipped[i] ^= 0x10
		if _, err := e.Restore(flipped); err == nil {
			t.Errorf("a snapshot with a flipped bit in byte %d is no error", i)
		}
	}
	if after := e.State(); !reflect.DeepEqual(before, after) {
		t.Errorf("refused snapshots changed the state from %+v to %+v", before, after)
	}
}

// FuzzRestore gives Restore bytes with a right checksum, so that the reader behind it is reached.
func FuzzRestore(f *testing.F) {
	for _, s := range []*scene{&catch, &uniformMotion} {
		e := open(f, s, 16, 16, nil)
		reset(f, e, 1)
		step(f, e, 0)
		kept, err := e.Snapshot()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(kept[:len(kept)-4])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, s := range []*scene{&catch, &uniformMotion} {
			e := open(t, s, 16, 16, nil)
			reset(t, e, 2)
			before := e.State()
			_, err := e.Restore(binary.LittleEndian.AppendUint32(bytes.Clone(body), crc32.Checksum(body, castagnoli)))
			if err != nil && !reflect.DeepEqual(before, e.State()) {
				t.Fatal("a refused snapshot changed the state")
			}
		}
	})
}

// An episode beyond what can be replayed is not kept, and that says what to do.
func TestEndlessEpisodesAreNotKept(t *testing.T) {
	e := open(t, &bouncing, 16, 16, nil)
	if _, err := e.Reset(env.Seeded(1)); err != nil {
		t.Fatal(err)
	}
	e.actions = make([]uint8, snapshotSteps)
	if _, err := e.Snapshot(); err != nil {
		t.Errorf("the longest episode is not kept: %v", err)
	}
	e.actions = append(e.actions, 0)
	if _, err := e.Snapshot(); err == nil || !strings.Contains(err.Error(), "1000001 steps") || !strings.Contains(err.Error(), "reset more often") {
		t.Errorf("the error is %v", err)
	}
}
