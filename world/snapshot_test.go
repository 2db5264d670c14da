package world

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"testing"

	"somnium/env"
)

// At every moment of a dream, before and after the ring of the cache wraps and the reach is passed, a snapshot restored in
// another dream goes on to the same bits; and it does not grow with the length of the dream.
func TestSnapshotAtEveryMoment(t *testing.T) { ofEveryKind(t, snapshotAtEveryMoment) }

func snapshotAtEveryMoment(t *testing.T, m *Model) {
	context, spec := record(t, "RigidCatch-v0?height=16&width=24", 3, 1)
	const steps, after = 40, 6
	d, other := openDream(t, m, spec, FromClip(context)), openDream(t, m, spec, FromClip(context))
	if _, err := d.Snapshot(); err == nil {
		t.Error("a dream that has not begun has a snapshot")
	}
	obs, err := d.Reset(env.Seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	frames, snapshots := [][]byte{bytes.Clone(obs.U8)}, [][]byte{}
	var rewards []float64
	action := func(i int) env.Value { return env.Int(i * i % 3) }
	for i := range steps + after {
		snapshot, err := d.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		snapshots = append(snapshots, snapshot)
		step, err := d.Step(action(i))
		if err != nil {
			t.Fatal(err)
		}
		frames, rewards = append(frames, bytes.Clone(step.Obs.U8)), append(rewards, step.Reward)
	}
	for i, snapshot := range snapshots[:steps] {
		obs, err := other.Restore(snapshot)
		if err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if !bytes.Equal(obs.U8, frames[i]) {
			t.Errorf("step %d: the restored observation differs", i)
		}
		for j := i; j < i+after; j++ {
			step, err := other.Step(action(j))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(step.Obs.U8, frames[j+1]) || step.Reward != rewards[j] {
				t.Fatalf("restored at step %d, the dream parts at step %d", i, j)
			}
		}
	}
	longest := 0
	for _, s := range snapshots[:25] {
		longest = max(longest, len(s))
	}
	for i, s := range snapshots[25:] {
		if len(s) > longest {
			t.Errorf("the snapshot after %d steps has %d bytes, %d were enough before", 25+i, len(s), longest)
		}
	}
}

// A snapshot of a restored dream is the snapshot that it was restored from.
func TestSnapshotOfARestoredDream(t *testing.T) { ofEveryKind(t, snapshotOfARestoredDream) }

func snapshotOfARestoredDream(t *testing.T, m *Model) {
	context, spec := record(t, "RigidCatch-v0?height=16&width=24", 3, 1)
	context.Caption = "a ball falls"
	d, other := openDream(t, m, spec, FromClip(context)), openDream(t, m, spec, nil)
	if _, err := d.Reset(env.Seeded(1)); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := d.Step(env.Int(1)); err != nil {
			t.Fatal(err)
		}
	}
	first, err := d.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Restore(first); err != nil {
		t.Fatal(err)
	}
	second, err := other.Snapshot()
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("the snapshot came back as another: %v", err)
	}
	if short, _ := other.Captions(); short != "a ball falls" {
		t.Errorf("the caption came back as %q", short)
	}
}

// Snapshots of another dream, another version, and damaged ones with a right checksum are errors that say so.
func TestBadSnapshots(t *testing.T) {
	context, spec := record(t, "RigidCatch-v0?height=16&width=24", 3, 1)
	m := deep(t)
	d := openDream(t, m, spec, FromClip(context))
	if _, err := d.Reset(env.Seeded(1)); err != nil {
		t.Fatal(err)
	}
	good, err := d.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	sign := func(b []byte) []byte {
		b = bytes.Clone(b)
		end := len(b) - 4
		binary.LittleEndian.PutUint32(b[end:], crc32.ChecksumIEEE(b[:end]))
		return b
	}
	put := func(at int, value uint32) []byte {
		b := bytes.Clone(good)
		binary.LittleEndian.PutUint32(b[at:], value)
		return sign(b)
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	for name, c := range map[string]struct {
		snapshot []byte
		want     string
	}{
		"version":           {put(8, 2), "version 2"},
		"height":            {put(12, 24), "another dream"},
		"steps":             {put(20, 4), "another dream"},
		"latent":            {put(24, 1<<31), "another dream"},
		"position":          {put(40, 3), "not a snapshot"},
		"enormous position": {put(44, 1<<31), "not a snapshot"},
		"id":                {put(48, 3), "another dream"},
		"caption":           {put(52, 1<<32-1), "not a snapshot"},
		"stream":            {put(56, 7), "not a snapshot"},
		"one bit":           {flipped, "not a snapshot"},
		"cut":               {sign(good[:len(good)-8]), "not a snapshot"},
		"longer":            {sign(append(bytes.Clone(good), 0, 0, 0, 0)), "not a snapshot"},
	} {
		if _, err := d.Restore(c.snapshot); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one with %q", name, err, c.want)
		}
	}
	if now, err := d.Snapshot(); err != nil || !bytes.Equal(now, good) {
		t.Error("snapshots that were refused have changed the dream")
	}
	other := openDream(t, m, spec, nil)
	other.spec.ID = "dream:other"
	if _, err := other.Restore(good); err == nil || !strings.Contains(err.Error(), "dream:other") {
		t.Errorf("a dream of another name: %v", err)
	}
}

// FuzzRestore: no bytes make Restore panic, and what it refuses changes nothing. The fuzzer writes a number somewhere into a
// sound snapshot, cuts it and, so as to get past the checksum, may sign it.
func FuzzRestore(f *testing.F) {
	m, err := build(minute(), 1)
	if err != nil {
		f.Fatal(err)
	}
	spec := env.Spec{ID: "Fuzz-v0", Doc: "a picture", Observation: env.Frame(8, 8), Action: env.Discrete{N: 3}, FPS: 10}
	context := env.Context{Height: 8, Width: 8, Frames: make([]byte, 3*8*8*3)}
	d, err := NewDream(m, DreamOptions{Name: "dream:fuzz", Spec: spec, Source: FromClip(context), Steps: 1})
	if err != nil {
		f.Fatal(err)
	}
	if _, err := d.Reset(env.Seeded(1)); err != nil {
		f.Fatal(err)
	}
	good, err := d.Snapshot()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(len(good)), uint64(0), uint32(0), false)
	f.Add(uint32(40), uint64(2), uint32(0), true)
	f.Add(uint32(52), uint64(1<<40), uint32(0), true)
	f.Add(uint32(0), uint64(0), uint32(20), true)
	f.Fuzz(func(t *testing.T, at uint32, number uint64, cut uint32, sign bool) {
		b := append(bytes.Clone(good), make([]byte, 8)...)
		binary.LittleEndian.PutUint64(b[int(at)%(len(good)+1):], number)
		b = b[:len(good)-int(cut)%len(good)]
		if end := len(b) - 4; sign && end >= 0 {
			binary.LittleEndian.PutUint32(b[end:], crc32.ChecksumIEEE(b[:end]))
		}
		before, err := d.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Restore(b); err == nil {
			return
		}
		if after, err := d.Snapshot(); err != nil || !bytes.Equal(before, after) {
			t.Errorf("refused bytes changed the dream: %v", err)
		}
	})
}
