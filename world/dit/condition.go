package dit

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"

	"somnium/env"
	"somnium/world/diffusion"
)

// History is how many frames before its own a token sees directly, joined to its input.
const History = 2

// TokenSize is the length of a token's input: the noised latent, those of the frames before, and the starting estimate.
func (c Config) TokenSize() int { return (2 + History) * c.Latent }

// FeatureSize is the length of a frame's condition: the levels of the frame and of those before with a flag for each that
// says that it is there, and the vectors of the actions into it with such a flag.
func (c Config) FeatureSize() int { return (1+History)*(diffusion.FourierSize+1) + 1 + c.ActionSize() }

// ActionSize is the length of the vectors of the actions into a frame, S of them one after the other.
func (c Config) ActionSize() int { return c.Span() * c.Actions }

// HeadSize is how many numbers are read off a frame: the reward and the logit of the end, S times.
func (c Config) HeadSize() int { return 2 * c.Span() }

// Frame is one frame as the network is shown it.
type Frame struct {
	// Latent holds the noised latent, [P, C]; Level is its signal level.
	Latent []float32
	Level  float32
}

// FillTokens writes the input of a frame's tokens, [P, (2+History)*C], and its starting estimate, [P, C]. frames[0] is
// the frame itself, frames[1] the one before it, and so on; those before the start of the clip have a nil Latent. The estimate starts
// from the frame before, or from a guess of the frame, [P, C], where that is not nil.
func (c Config) FillTokens(tokens, estimate []float32, frames *[1 + History]Frame, guess []float32) {
	own, previous := frames[0], frames[1]
	if guess != nil {
		previous = Frame{Latent: guess, Level: 1}
	}
	weights := diffusion.EstimateAt(own.Level, levelOf(previous))
	for i, x := range own.Latent {
		estimate[i] = weights.Self * x
	}
	if previous.Latent != nil {
		for i, y := range previous.Latent {
			estimate[i] += weights.Previous * y
		}
	}
	size := c.TokenSize()
	for p := range len(own.Latent) / c.Latent {
		token := tokens[p*size : (p+1)*size]
		for i, f := range frames {
			part := token[i*c.Latent : (i+1)*c.Latent]
			if f.Latent == nil {
				clear(part)
				continue
			}
			copy(part, f.Latent[p*c.Latent:(p+1)*c.Latent])
		}
		copy(token[(1+History)*c.Latent:], estimate[p*c.Latent:(p+1)*c.Latent])
	}
}

func levelOf(f Frame) float32 {
	if f.Latent == nil {
		return 0
	}
	return f.Level
}

// FillFeatures writes the condition of a frame, of which actions, [ActionSize], lead into it. They are nil where they are not
// known, as for the first frame of a clip.
func (c Config) FillFeatures(dst []float32, frames *[1 + History]Frame, actions []float32) {
	clear(dst)
	for i, f := range frames {
		part := dst[i*(diffusion.FourierSize+1):]
		if f.Latent == nil {
			continue
		}
		part[0] = 1
		diffusion.Fourier(part[1:1+diffusion.FourierSize], f.Level)
	}
	if actions != nil {
		part := dst[(1+History)*(diffusion.FourierSize+1):]
		part[0] = 1
		copy(part[1:], actions)
	}
}

// ActionVector writes an action as numbers, [c.Actions]: a choice as one of n, several choices one after another, a box
// as its elements.
func (c Config) ActionVector(dst []float32, space env.Space, action env.Value) error {
	clear(dst)
	if err := space.Contains(action); err != nil {
		return fmt.Errorf("dit: action: %w", err)
	}
	switch s := space.(type) {
	case env.Discrete:
		if s.N > len(dst) {
			break
		}
		dst[action.Int[0]] = 1
		return nil
	case env.MultiDiscrete:
		at := 0
		for i, n := range s.Nvec {
			if at+n > len(dst) {
				return c.actionError(space)
			}
			dst[at+action.Int[i]] = 1
			at += n
		}
		return nil
	case env.Box:
		if s.Type != env.Float32 || s.Size() > len(dst) {
			break
		}
		copy(dst, action.F32)
		return nil
	}
	return c.actionError(space)
}

func (c Config) actionError(space env.Space) error {
	return fmt.Errorf("dit: the model's action vector of %d numbers cannot hold %v; train a model with a larger one", c.Actions, space)
}

// Split returns the words of a caption, in small letters. Those that a hyphen joins are two: who speaks of minecraft means what is
// minecraft-style.
func Split(caption string) []string {
	words := strings.FieldsFunc(strings.ToLower(caption), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.'
	})
	for i, w := range words {
		words[i] = strings.Trim(w, ".")
	}
	return words
}

// Words returns the hashed words and pairs of neighbouring words of a caption, each in [0, Vocabulary): the ids whose
// embeddings are averaged (as in fastText, arXiv 1607.01759, section 2.1).
func (c Config) Words(caption string) []int { return c.IDs(Split(caption)) }

// IDs is Words of a caption that is split, or of a part of it.
func (c Config) IDs(words []string) (ids []int) {
	add := func(s string) {
		h := fnv.New32a()
		h.Write([]byte(s))
		ids = append(ids, int(h.Sum32()%uint32(c.Vocabulary)))
	}
	for i, w := range words {
		add(w)
		if i > 0 {
			add(words[i-1] + " " + w)
		}
	}
	return ids
}
