package parity

import (
	"math/rand/v2"
	"slices"

	"somnium/world/diffusion"
	"somnium/world/dit"
	"somnium/world/tokenizer"
)

// recorded are clips such as the trainer has them, in latents.
type recorded struct {
	latents, actions, rewards, ends []float32
	known                           []uint8 // whether the action is
}

// newClips returns clips of which the first has no action in some frames, and is shown without a caption and in both directions.
func newClips(c dit.Config) *recorded {
	rng := rand.New(rand.NewPCG(8, 8))
	n, span := size()*c.Latent, c.Span()
	r := &recorded{latents: normals(rng, clips*frames*n, 1), actions: make([]float32, clips*frames*c.ActionSize()), known: make([]uint8, clips*frames)}
	for i := range clips * frames {
		if i%frames == 0 {
			continue
		}
		for j := range n { // all but the upper left patches stand nearly still
			change := 0.05
			if j < 2*c.Latent {
				change = 0.6
			}
			r.latents[i*n+j] = r.latents[(i-1)*n+j] + float32(change)*r.latents[i*n+j]
		}
		if i != 3 {
			r.known[i] = 1
			for j := range span {
				r.actions[(i*span+j)*c.Actions+rng.IntN(c.Actions)] = 1
			}
		}
	}
	r.rewards, r.ends = normals(rng, clips*frames*span, 0.5), make([]float32, clips*frames*span)
	r.ends[(frames-1)*span+span/2], r.ends[(frames+2)*span+span/2] = 1, 1
	return r
}

func (r *recorded) record(f *fixture, c dit.Config) {
	f.floats("in/dynamics/latents", r.latents, clips, frames, size(), c.Latent)
	f.floats("in/dynamics/actions", r.actions, clips, frames, c.ActionSize())
	f.bytes("in/dynamics/known", r.known, clips, frames)
	f.floats("in/dynamics/rewards", r.rewards, clips, frames*c.Span())
	f.floats("in/dynamics/ends", r.ends, clips, frames*c.Span())
}

// fill makes the batch of the clips, noised to the levels [B, T] that were drawn by noise [B, T, P, C], as the trainer does.
func (r *recorded) fill(c dit.Config, b *dit.Batch, levels, noise []float32) {
	levels = slices.Clone(levels)
	hidden := make([]bool, len(levels))
	for i, level := range levels {
		if hidden[i] = level < diffusion.KnownLevel; !hidden[i] {
			levels[i] = c.KnownLevel(level)
		}
	}
	n := size() * c.Latent
	noised := make([]float32, len(r.latents))
	for i, level := range levels {
		diffusion.Noise(noised[i*n:(i+1)*n], r.latents[i*n:(i+1)*n], noise[i*n:(i+1)*n], level)
	}
	for clip := range clips {
		b.Bidirectional[clip], b.Words[clip] = clip == 0, nil
		if clip > 0 {
			b.Words[clip] = c.Words(caption)
		}
	}
	copy(b.Reward, r.rewards)
	copy(b.End, r.ends)
	for i := range levels {
		r.fillFrame(c, b, i, levels, noised)
		if i%frames == 0 && hidden[i] {
			for p := range size() {
				b.Weights[i*size()+p] *= 3
			}
		}
	}
}

// fillFrame makes what concerns one frame.
func (r *recorded) fillFrame(c dit.Config, b *dit.Batch, i int, levels, noised []float32) {
	n, t := size()*c.Latent, i%frames
	var view [1 + dit.History]dit.Frame
	for k := range min(len(view), t+1) {
		view[k] = dit.Frame{Latent: noised[(i-k)*n : (i-k+1)*n], Level: levels[i-k]}
	}
	var action []float32
	if r.known[i] == 1 {
		action = r.actions[i*c.ActionSize() : (i+1)*c.ActionSize()]
	}
	target := b.Target[i*n : (i+1)*n]
	tokens := size() * c.TokenSize()
	c.FillTokens(b.Tokens[i*tokens:(i+1)*tokens], target, &view, nil)
	c.FillFeatures(b.Features[i*c.FeatureSize():(i+1)*c.FeatureSize()], &view, action)
	clean := r.latents[i*n : (i+1)*n]
	for j, estimate := range target {
		target[j] = clean[j] - estimate
	}
	for j := range c.Span() {
		b.Known[i*c.Span()+j] = float32(min(t, 1))
		if i == clips*frames-1 && j > 0 {
			b.Known[i*c.Span()+j] = 0 // behind the end of an episode
		}
	}
	for p := range size() {
		weight := diffusion.Weight(levels[i])
		if t >= 2 && r.moving(c, i, p) {
			weight *= 4
		}
		b.Weights[i*size()+p] = weight
	}
}

// moving says whether patch p or one of the eight around it differs between the two frames before frame i.
func (r *recorded) moving(c dit.Config, i, p int) bool {
	h, w := tokenizer.Grid(height, width)
	for y := max(0, p/w-1); y <= min(h-1, p/w+1); y++ {
		for x := max(0, p%w-1); x <= min(w-1, p%w+1); x++ {
			latent := func(frame int) []float32 { return r.latents[(frame*size()+y*w+x)*c.Latent:][:c.Latent] }
			if apart(latent(i-1), latent(i-2)) {
				return true
			}
		}
	}
	return false
}

// apart says whether two latents of a patch differ by more than 0.3, root mean square.
func apart(a, b []float32) bool {
	sum := float32(0)
	for i, x := range a {
		sum += (x - b[i]) * (x - b[i])
	}
	return sum > 0.3*0.3*float32(len(a))
}
