package datasets

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"somnium/env"
)

// movie is an episode of n frames of 64x64: soft discs that move on a flat ground, or a textured picture that scrolls as
// it does under a turning camera.
func movie(n int, textured bool) *Episode {
	const side = 64
	rng := rand.New(rand.NewPCG(1, 2))
	e := &Episode{Env: "Movie-v0", Height: side, Width: side, Spec: env.Spec{ID: "Movie-v0"}}
	texture := make([]byte, 3*256*256)
	for i := range texture {
		texture[i] = byte(rng.IntN(48) + 100*(i/96%2))
	}
	for t := range n {
		for y := range side {
			for x := range side {
				if textured {
					at := 3 * ((y+t/2)%256*256 + (x+2*t)%256)
					e.Frames = append(e.Frames, texture[at:at+3]...)
					continue
				}
				var pixel [3]byte
				for c := range 3 {
					phase := float64(t)*0.15 + float64(c)*2
					d := math.Hypot(float64(x)-32-20*math.Sin(phase), float64(y)-32-20*math.Cos(phase*0.7)) - 6
					pixel[c] = byte(30 + 200*min(1, max(0, 0.5-d)))
				}
				e.Frames = append(e.Frames, pixel[:]...)
			}
		}
	}
	for t := range n - 1 {
		e.Actions = append(e.Actions, env.Int(rng.IntN(3)))
		e.Rewards = append(e.Rewards, 0)
		e.Terminated = append(e.Terminated, false)
		e.Truncated = append(e.Truncated, t == n-2)
	}
	return e
}

// BenchmarkPack packs episodes of 200 frames of 64x64, and tells their bytes a frame.
func BenchmarkPack(b *testing.B) {
	encoder, err := newEncoder(1)
	if err != nil {
		b.Fatal(err)
	}
	for name, textured := range map[string]bool{"discs": false, "textured": true} {
		b.Run(name, func(b *testing.B) {
			e := movie(200, textured)
			b.SetBytes(int64(len(e.Frames)))
			var size int64
			for b.Loop() {
				r, err := packRecord(e, encoder)
				if err != nil {
					b.Fatal(err)
				}
				size = r.header.size()
			}
			b.ReportMetric(float64(size)/200, "B/frame")
		})
	}
}

// BenchmarkEpisode reads whole episodes of 200 frames of 64x64 from a shard.
func BenchmarkEpisode(b *testing.B) {
	d := open(b, writeEpisodes(b, []*Episode{movie(200, false)}))
	b.SetBytes(200 * 64 * 64 * 3)
	for b.Loop() {
		if _, err := d.Episode(0); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSampler draws batches of 8 clips of 16 frames, from a cache that holds all and from none.
func BenchmarkSampler(b *testing.B) {
	var episodes []*Episode
	for range 20 {
		episodes = append(episodes, movie(200, false))
	}
	d := open(b, writeEpisodes(b, episodes))
	for name, bytes := range map[string]int64{"cached": 0, "uncached": -1} {
		b.Run(name, func(b *testing.B) {
			s, err := NewSampler(d, SamplerOptions{Frames: 16, Batch: 8, CacheBytes: bytes})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			for b.Loop() {
				if _, err := s.Next(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(8*float64(b.N)/b.Elapsed().Seconds(), "clips/s")
		})
	}
}
