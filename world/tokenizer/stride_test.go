package tokenizer

import (
	"bytes"
	"slices"
	"testing"
)

// newStrided returns a model whose latents stand for four frames each.
func newStrided(t *testing.T) *Model {
	t.Helper()
	m, err := New(TinyStride4(), 1)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The spans of a clip lie one after the other up to its last frame, whatever its length.
func TestSpansOfAClip(t *testing.T) {
	for _, c := range []Config{Tiny(), TinyStride4(), {TimeStride: 3}} {
		for frames := 1; frames <= 14; frames++ {
			next := 0
			for latent := range c.Latents(frames) {
				from, to := c.Frames(latent, frames)
				if from != next || to <= from || to-from > c.Span() || latent > 0 && to-from != c.Span() {
					t.Errorf("of %d frames in spans of %d, latent %d stands for %d to %d", frames, c.Span(), latent, from, to)
				}
				next = to
			}
			if next != frames {
				t.Errorf("of %d frames in spans of %d, %d have a latent", frames, c.Span(), next)
			}
		}
	}
	clip := []uint8{1, 2, 3, 4, 5, 6}
	if c := TinyStride4(); !slices.Equal(c.Cut(clip, 0, 6), clip[:2]) || !slices.Equal(c.Cut(clip, 1, 6), clip[2:]) {
		t.Error("a clip of six frames is not cut in two and four")
	}
}

// A latent is that of its span alone: no frame behind it changes it, nor any before. The first of a clip of 1+4k frames is that of
// a picture, and what is cut out of a clip is coded and decoded as within it.
func TestLatentsAreOfTheirSpans(t *testing.T) {
	const height, width, frames, latents = 14, 21, 9, 3
	m := newStrided(t)
	whole, err := NewCodec(m, 2, latents, height, width)
	if err != nil {
		t.Fatal(err)
	}
	one := newCodec(t, m, 1, height, width)
	clips := pictures(3, 2, frames, height, width)
	codes := make([]float32, 2*latents*whole.LatentSize())
	whole.Encode(codes, clips)
	decoded, part := make([]uint8, len(clips)), []uint8(nil)
	whole.Decode(decoded, codes)
	code := make([]float32, one.LatentSize())
	for clip := range 2 {
		pixels := clips[clip*len(clips)/2 : (clip+1)*len(clips)/2]
		for latent := range latents {
			cut := m.Config.Cut(pixels, latent, frames)
			one.Encode(code, cut)
			if !slices.Equal(code, codes[(clip*latents+latent)*len(code):][:len(code)]) {
				t.Errorf("latent %d of clip %d is not that of its span alone", latent, clip)
			}
			back := make([]uint8, len(cut))
			one.Decode(back, code)
			part = append(part, back...)
		}
	}
	if !bytes.Equal(part, decoded) {
		t.Error("spans come back otherwise than the clip does")
	}
	size := one.FrameSize()
	still := make([]float32, len(code))
	one.Encode(code, clips[:size])
	one.Encode(still, bytes.Repeat(clips[:size], 4))
	if !slices.Equal(code, still) {
		t.Error("a picture is not a clip in which nothing moves")
	}
	one.Encode(still, clips[size:5*size])
	if slices.Equal(code, still) {
		t.Error("four frames are coded as their first")
	}
}

func TestCodecRefusesClipsOfAnotherLength(t *testing.T) {
	c := newCodec(t, newStrided(t), 1, 8, 8)
	for _, frames := range []int{0, 5} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d frames went into a latent of four", frames)
				}
			}()
			c.Encode(make([]float32, c.LatentSize()), make([]uint8, frames*c.FrameSize()))
		}()
	}
}
