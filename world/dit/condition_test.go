package dit_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"somnium/world/diffusion"
	"somnium/world/dit"
)

// view returns a frame and those before it, of which known are there, on a grid of patches.
func view(c dit.Config, patches, known int) *[1 + dit.History]dit.Frame {
	rng := rand.New(rand.NewPCG(9, 0))
	var frames [1 + dit.History]dit.Frame
	for i := range 1 + known {
		frames[i].Latent = make([]float32, patches*c.Latent)
		frames[i].Level = 0.5 + float32(i)/8
		normal(rng, frames[i].Latent)
	}
	return &frames
}

// Each token holds its patch of the frame, of every frame before it and of the starting estimate, which is the weighted sum;
// what lies before the clip is zero.
func TestFillTokens(t *testing.T) {
	const patches = 6
	c := dit.Tiny(4)
	for known := range 1 + dit.History {
		frames := view(c, patches, known)
		tokens, estimate := make([]float32, patches*c.TokenSize()), make([]float32, patches*c.Latent)
		normal(rand.New(rand.NewPCG(1, 0)), tokens) // what was there before must not shine through
		c.FillTokens(tokens, estimate, frames, nil)
		past := float32(0)
		if known > 0 {
			past = frames[1].Level
		}
		weights := diffusion.EstimateAt(frames[0].Level, past)
		for p := range patches {
			token := tokens[p*c.TokenSize():][:c.TokenSize()]
			for i, f := range frames {
				want := make([]float32, c.Latent)
				if i <= known {
					copy(want, f.Latent[p*c.Latent:])
				}
				if got := token[i*c.Latent:][:c.Latent]; !slices.Equal(got, want) {
					t.Errorf("%d known: patch %d shows %v of frame %d back, want %v", known, p, got, i, want)
				}
			}
			last := token[len(token)-c.Latent:]
			if !slices.Equal(last, estimate[p*c.Latent:][:c.Latent]) {
				t.Errorf("%d known: patch %d does not show the estimate", known, p)
			}
			for ch, got := range last {
				want := weights.Self * frames[0].Latent[p*c.Latent+ch]
				if known > 0 {
					want += weights.Previous * frames[1].Latent[p*c.Latent+ch]
				}
				if d := got - want; d > 1e-6 || d < -1e-6 {
					t.Errorf("%d known: the estimate is %g, want %g", known, got, want)
				}
			}
		}
	}
}

// The features say which frames are there, at which levels, and whether the action is known: an action that is all zeros is
// told from none.
func TestFillFeatures(t *testing.T) {
	c := dit.Tiny(4)
	const part = 1 + diffusion.FourierSize
	got, levels := make([]float32, c.FeatureSize()), make([]float32, diffusion.FourierSize)
	for known := range 1 + dit.History {
		frames := view(c, 2, known)
		normal(rand.New(rand.NewPCG(1, 0)), got)
		c.FillFeatures(got, frames, nil)
		for i, f := range frames {
			diffusion.Fourier(levels, f.Level)
			want := append([]float32{1}, levels...)
			if i > known {
				want = make([]float32, part)
			}
			if !slices.Equal(got[i*part:(i+1)*part], want) {
				t.Errorf("%d known: the features of frame %d back are %v, want %v", known, i, got[i*part:(i+1)*part], want)
			}
		}
		if last := got[(1+dit.History)*part:]; !slices.Equal(last, make([]float32, 1+c.Actions)) {
			t.Errorf("without an action the features end in %v", last)
		}
	}
	action := make([]float32, c.Actions)
	c.FillFeatures(got, view(c, 2, 1), action)
	if flag := got[(1+dit.History)*part]; flag != 1 {
		t.Errorf("an action of zeros has the flag %g, want 1", flag)
	}
	action[2] = 0.5
	c.FillFeatures(got, view(c, 2, 1), action)
	if last := got[(1+dit.History)*part:]; last[0] != 1 || !slices.Equal(last[1:], action) {
		t.Errorf("the action %v became %v", action, last)
	}
}
