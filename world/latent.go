package world

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"somnium/env"
	"somnium/world/tokenizer"
)

// latentBound is beyond what a normalised latent can be.
const latentBound = 1e3

// latentSpace is the observation space of latents of so many numbers.
func latentSpace(size int) env.Box {
	return env.Box{Shape: []int{size}, Type: env.Float32, Low: -latentBound, High: latentBound}
}

// NewLatentVec is NewDreamVec with observations that are the dreams' latents, float32 [P*C], in place of pictures: no frame
// is decoded. With the spec's time limit low, these are imagined stretches of a few frames from contexts of the source.
func NewLatentVec(m *Model, n int, options DreamOptions, autoreset env.Autoreset) (*DreamVec, error) {
	if err := m.everyFrame("shows the latents of single frames"); err != nil {
		return nil, err
	}
	v, err := NewDreamVec(m, n, options, autoreset)
	if err != nil {
		return nil, err
	}
	v.latents, v.spec.Observation = true, latentSpace(v.table.codec.LatentSize())
	return v, nil
}

// LatentDigest returns a checksum of what makes latents out of pictures, the decoder left out: who has learned from latents understands
// those of equal digests alone.
func (m *Model) LatentDigest() string {
	hash := sha256.New()
	for _, t := range m.Tokenizer.Tensors("") {
		if strings.HasPrefix(t.Name, "params/decoder/") {
			continue
		}
		fmt.Fprintln(hash, t.Name, t.Shape)
		binary.Write(hash, binary.LittleEndian, t.F32) // a hash takes everything
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}

// LatentDigest returns that of the model whose latents are observed; it is empty where pictures are.
func (v *DreamVec) LatentDigest() string {
	if !v.latents {
		return ""
	}
	return v.primer.model.LatentDigest()
}

// Lens shows pictures as a model's latents, so that who has learned from latents can act where there are pictures. It is not
// safe for concurrent use.
type Lens struct {
	codec  *tokenizer.Codec
	latent []float32
}

// NewLens returns the lens of a model for the observations of the spec, which must be pictures.
func NewLens(m *Model, spec env.Spec) (*Lens, error) {
	height, width, ok := env.FrameSize(spec.Observation)
	if !ok {
		return nil, fmt.Errorf("world: %s observes %v, not a picture, of which alone there are latents", spec.ID, spec.Observation)
	}
	if err := m.everyFrame("sees single frames"); err != nil {
		return nil, err
	}
	codec, err := tokenizer.NewCodec(m.Tokenizer, 1, 1, height, width)
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	return &Lens{codec: codec, latent: make([]float32, codec.LatentSize())}, nil
}

// Space returns the space of what Look returns.
func (l *Lens) Space() env.Space { return latentSpace(len(l.latent)) }

// Look returns the latent of a picture, which holds until the next call.
func (l *Lens) Look(obs env.Value) env.Value {
	l.codec.Encode(l.latent, obs.Pixels())
	return env.Value{F32: l.latent}
}
