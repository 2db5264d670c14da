package world

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"somnium/env"
	"somnium/internal/ckpt"
	"somnium/world/dit"
	"somnium/world/tokenizer"
)

// Of a context that is longer than all windows together, the first frame still counts for a model with a memory, whose state a
// step hands on from any distance.
func TestMemoryReachesBackToTheFirstFrame(t *testing.T) {
	m := remembering(t)
	context, _ := record(t, "RigidBounce-v0?height=16&width=16", deep(t).Dynamics.Config.Reach()+20, 2)
	other := context
	other.Frames = bytes.Clone(context.Frames)
	for i := range other.Frames[:16*16*3] {
		other.Frames[i] = ^other.Frames[i]
	}
	s := newSession(t, m, SessionOptions{Height: 16, Width: 16, Steps: 1})
	latent := func(c env.Context) []float32 {
		if _, err := s.Prime(c, three, 3); err != nil {
			t.Fatal(err)
		}
		steer(t, s, 30)
		return append([]float32(nil), s.latent...)
	}
	if a, b := latent(context), latent(other); reflect.DeepEqual(a, b) {
		t.Error("30 frames on, a dream does not depend on the first frame of its context")
	}
}

// The state moves on with a frame, not with a look at one: however often the network has looked, it sees the same.
func TestDenoisingDoesNotMoveTheMemory(t *testing.T) {
	m := remembering(t)
	context, _ := record(t, "RigidCatch-v0?height=16&width=24", 9, 1)
	var seen [2][]float32
	for i := range seen {
		s := newSession(t, m, SessionOptions{Height: 16, Width: 24, Steps: 1})
		if _, err := s.Prime(context, three, 1); err != nil {
			t.Fatal(err)
		}
		for range 1 + 5*i {
			correction, _ := s.forward(s.latent, 0.5, s.actions, false)
			seen[i] = append(seen[i][:0], correction...)
		}
	}
	if !reflect.DeepEqual(seen[0], seen[1]) {
		t.Error("looking at a frame changed what the next look sees")
	}
}

func TestStepOfEveryKindDoesNotAllocate(t *testing.T) { ofEveryKind(t, stepDoesNotAllocate) }

func stepDoesNotAllocate(t *testing.T, m *Model) {
	context, _ := record(t, "RigidCatch-v0?height=16&width=24", 3, 1)
	s := newSession(t, m, SessionOptions{Height: 16, Width: 24, Steps: 2})
	if _, err := s.Prime(context, three, 1); err != nil {
		t.Fatal(err)
	}
	var space env.Space = three
	action := env.Int(2)
	var err error
	step := func() { _, err = s.Step(space, action) }
	for range 10 {
		step()
	}
	if n := testing.AllocsPerRun(50, step); n > 0 || err != nil {
		t.Errorf("a step allocates %v times, its error is %v", n, err)
	}
}

// A snapshot of a dream with a memory is none of one without, and no file of before says anything of a memory.
func TestMemoryIsTold(t *testing.T) {
	context, spec := record(t, "RigidCatch-v0?height=16&width=24", 3, 1)
	var snapshots [2][]byte
	var dreams [2]*Dream
	for i, m := range []*Model{deep(t), remembering(t)} {
		d := openDream(t, m, spec, FromClip(context))
		if _, err := d.Reset(env.Seeded(1)); err != nil {
			t.Fatal(err)
		}
		snapshot, err := d.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		dreams[i], snapshots[i] = d, snapshot
		file, err := ckpt.DecodeBytes(encode(t, m, nil))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(file.Metadata[metadataKey], "memory"); got != (i == 1) {
			t.Errorf("the metadata are %s", file.Metadata[metadataKey])
		}
	}
	for i, d := range dreams {
		if _, err := d.Restore(snapshots[1-i]); err == nil || !strings.Contains(err.Error(), "another dream") {
			t.Errorf("the snapshot of a model of another kind: %v", err)
		}
	}
}

// A model that grew a memory dreams what it dreamed, to the bit, until the memory has learned to add something.
func TestGrowingAMemory(t *testing.T) {
	from, err := build(Info{Version: version, Preset: "smaller", Tokenizer: tokenizer.Tiny(), Dynamics: dit.Tiny(tokenizer.Tiny().Latent), DynamicsSteps: 7}, 5)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Grow("tiny-memory", 2, spoil(t, from))
	if err != nil {
		t.Fatal(err)
	}
	if !m.Info.Dynamics.Memory || m.Info.DynamicsSteps != 7 {
		t.Errorf("the grown model says of itself %+v", m.Info)
	}
	context, _ := record(t, "RigidCatch-v0?height=16&width=24", 5, 1)
	options := SessionOptions{Height: 16, Width: 24, Steps: 2}
	want, _ := rollout(t, newSession(t, from, options), context, 1, 12)
	got, _ := rollout(t, newSession(t, m, options), context, 1, 12)
	if !bytes.Equal(got, want) {
		t.Error("growing a memory changed the dream")
	}
	for i := range m.Dynamics.Params.Named("layer/1/attention/memory/out").Data {
		m.Dynamics.Params.Named("layer/1/attention/memory/out").Data[i] = float32(i%5) / 10
	}
	if other, _ := rollout(t, newSession(t, m, options), context, 1, 12); bytes.Equal(other, want) {
		t.Error("a memory that has learned something changes nothing")
	}
	if _, err := Grow("tiny", 1, m); err == nil || !strings.Contains(err.Error(), "memory") {
		t.Errorf("a model without a memory from one with: %v", err)
	}
}
