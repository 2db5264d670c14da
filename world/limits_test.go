package world

import (
	"math"
	"strings"
	"testing"

	"somnium/env"
	"somnium/world/dit"
)

// What would take more memory than there is anywhere is an error that says so, whatever the sizes multiply to.
func TestWhatDoesNotFitIntoMemoryIsRefused(t *testing.T) {
	m := newModel(t)
	for _, size := range []int{1 << 20, 1 << 40, math.MaxInt} {
		if _, err := NewSession(m, SessionOptions{Height: size, Width: size}); err == nil || !strings.Contains(err.Error(), "smaller") {
			t.Errorf("a session of %dx%d: %v, want an error that asks for a smaller one", size, size, err)
		}
		r := ClipRequest{Height: size, Width: 8, Frames: make([]ClipFrame, 1)}
		if _, err := m.Complete(t.Context(), r, ClipOptions{}); err == nil || !strings.Contains(err.Error(), "smaller frames") {
			t.Errorf("a frame of %dx8: %v, want an error that asks for smaller ones", size, err)
		}
	}
	context, spec := record(t, "RigidPush-v0?height=16&width=16", 1, 1)
	if _, err := NewDreamVec(m, 1<<40, DreamOptions{Spec: spec, Source: FromClip(context)}, env.SameStep); err == nil || !strings.Contains(err.Error(), "fewer") {
		t.Errorf("2^40 dreams: %v, want an error that asks for fewer", err)
	}
}

// The presets make what they are for, and the larger ones less of it.
func TestLimitsKnowTheModel(t *testing.T) {
	for _, c := range []struct {
		name         string
		sizes        dit.Config
		frames, side int // of the longest clip of 64x64, and of the largest square frames of a session in steps of 256
	}{
		{"small", dit.Small(16), 512, 2304}, {"medium", dit.Medium(16), 512, 1792}, {"base", dit.Base(16), 170, 1024}, {"large", dit.Large(16), 85, 768},
	} {
		if clipFits(c.sizes, c.frames, 64, 64) != nil || clipFits(c.sizes, c.frames+1, 64, 64) == nil {
			t.Errorf("%s: a clip of %d frames is not the longest", c.name, c.frames)
		}
		if dreamsFit(c.sizes, 1, c.side, c.side) != nil || dreamsFit(c.sizes, 1, c.side+256, c.side+256) == nil {
			t.Errorf("%s: frames of %d pixels are not the largest", c.name, c.side)
		}
		if dreamsFit(c.sizes, 16, 64, 64) != nil {
			t.Errorf("%s: 16 dreams do not fit", c.name)
		}
	}
}
