package kernel

import (
	"fmt"
	"slices"
	"testing"
)

// cacheCase is a clip, and what the causal attention makes of it.
type cacheCase struct {
	attention *Attention
	in        attentionInputs
	want      []float32
}

func newCacheCase(window int, memory bool) cacheCase {
	a := &Attention{B: 3, T: 23, H: 2, W: 5, Heads: 2, HeadDim: 8, Axis: Time, Window: window}
	c := cacheCase{attention: a, in: inputsOf(a)}
	if memory {
		c.in = c.in.remembering(a)
	}
	c.want = make([]float32, len(c.in.x))
	a.Forward(c.want, c.in.x, c.in.weights)
	return c
}

func (c cacheCase) cache() *TimeCache {
	a := c.attention
	cache := NewTimeCache(a.B, a.H*a.W, a.Heads, a.HeadDim, a.Window, 0)
	if c.in.weights.Memory.In != nil {
		cache.HoldMemory()
	}
	return cache
}

// withAndWithoutMemory runs body on both kinds of attention.
func withAndWithoutMemory(t *testing.T, window int, body func(t *testing.T, c cacheCase)) {
	t.Helper()
	for _, memory := range []bool{false, true} {
		t.Run(fmt.Sprintf("window %d, memory %t", window, memory), func(t *testing.T) { body(t, newCacheCase(window, memory)) })
	}
}

// frame copies frame t of every clip of x, [B, T, ...], to [B, ...].
func (c cacheCase) frame(x []float32, t int) []float32 {
	size := len(x) / (c.attention.B * c.attention.T)
	var frame []float32
	for b := range c.attention.B {
		frame = append(frame, x[(b*c.attention.T+t)*size:][:size]...)
	}
	return frame
}

func (c cacheCase) step(cache *TimeCache, t int, positions ...int) []float32 {
	a, w, x := c.stepper(), c.in.weights, c.frame(c.in.x, t)
	w.Film = c.frame(w.Film, t)
	looked, out := make([]float32, len(x)), make([]float32, len(x))
	a.Step(looked, x, w, cache, positions, false) // which changes nothing
	a.Step(out, x, w, cache, positions, true)
	if !slices.Equal(looked, out) {
		panic("kernel: a frame that is stored sees something else than one that is not")
	}
	return out
}

// stepper is the attention of one frame at a time.
func (c cacheCase) stepper() *Attention {
	a := *c.attention
	a.T, a.Window = 1, 0
	return &a
}

func TestTimeCacheEqualsCausalAttention(t *testing.T) {
	for _, window := range []int{1, 2, 7, 23, 40} {
		withAndWithoutMemory(t, window, func(t *testing.T, c cacheCase) {
			cache := c.cache()
			for frame := range c.attention.T {
				got := c.step(cache, frame, frame, frame, frame)
				expectClose(t, "step", got, doubles(c.frame(c.want, frame)), 1e-5)
			}
			if got := cache.Len(1); got != min(window, c.attention.T) {
				t.Fatalf("%d frames held under a window of %d", got, window)
			}
		})
	}
}

func TestTimeCacheSeesPositionsOnlyRelatively(t *testing.T) {
	c := newCacheCase(7, false)
	cache := c.cache()
	for frame := range c.attention.T {
		got := c.step(cache, frame, frame, 1000+frame, 30+frame)
		expectClose(t, "step", got, doubles(c.frame(c.want, frame)), 2e-4)
	}
}

func TestTimeCacheDreamsAreAlone(t *testing.T) {
	withAndWithoutMemory(t, 5, func(t *testing.T, c cacheCase) {
		size := len(c.want) / (c.attention.B * c.attention.T)
		alone, together := c.cache(), c.cache()
		for frame := range c.attention.T {
			want := c.step(together, frame, frame, frame, frame)
			got := c.step(alone, frame, -1, frame, -1)
			expectEqual(t, "the dream alone", got[size:2*size], want[size:2*size])
			for i := range size {
				if got[i] != 0 || got[2*size+i] != 0 {
					t.Fatal("a dream that sat out was written")
				}
			}
		}
	})
}

func TestTimeCacheForkAndReset(t *testing.T) {
	withAndWithoutMemory(t, 6, func(t *testing.T, c cacheCase) {
		cache, other := c.cache(), c.cache()
		first := c.step(cache, 0, 0, 0, 0)
		for frame := 1; frame < 9; frame++ {
			c.step(cache, frame, frame, frame, frame)
		}
		for b := range c.attention.B {
			other.Fork(b, cache, b)
		}
		cache.Reset(1)
		if cache.Len(0) != 6 || cache.Len(1) != 0 {
			t.Fatalf("after the reset of one dream %d and %d frames", cache.Len(0), cache.Len(1))
		}
		for frame := 9; frame < c.attention.T; frame++ {
			got := c.step(other, frame, frame, frame, frame)
			expectClose(t, "fork", got, doubles(c.frame(c.want, frame)), 1e-5)
		}
		size := len(first) / c.attention.B
		again := c.step(cache, 0, -1, 0, -1) // position 0 again, after the reset
		expectEqual(t, "after the reset", again[size:2*size], first[size:2*size])
	})
}

// What a dream holds, put into a cache that held something else, goes on to the same bits, before and behind the turn of the ring.
func TestTimeCacheAppendAndRestore(t *testing.T) {
	withAndWithoutMemory(t, 4, func(t *testing.T, c cacheCase) {
		size := len(c.want) / (c.attention.B * c.attention.T)
		cache, other := c.cache(), c.cache()
		for frame := range c.attention.T {
			held := cache.Append([]float32{7}, 1)
			if len(held) != 1+cache.Held(frame) || held[0] != 7 {
				t.Fatalf("of %d frames %d numbers are held, want %d", frame, len(held)-1, cache.Held(frame))
			}
			if rest := other.Restore(2, append(held[1:], 8, 9), frame); len(rest) != 2 || rest[0] != 8 {
				t.Fatalf("behind %d frames %v is left, want 8 and 9", frame, rest)
			}
			expectEqual(t, "what came back", other.Append(nil, 2), held[1:len(held):len(held)])
			want := c.step(cache, frame, frame, frame, frame)
			looked, x, w := make([]float32, len(want)), c.frame(c.in.x, frame), c.in.weights
			w.Film = c.frame(w.Film, frame)
			copy(x[2*size:], x[size:2*size])
			copy(w.Film[2*len(w.Film)/3:], w.Film[len(w.Film)/3:2*len(w.Film)/3])
			c.stepper().Step(looked, x, w, other, []int{-1, -1, frame}, false)
			expectEqual(t, "the next frame", looked[2*size:], want[size:2*size])
		}
	})
}

func TestTimeCacheAllocatesNothing(t *testing.T) {
	withAndWithoutMemory(t, 4, func(t *testing.T, c cacheCase) {
		cache := c.cache()
		a, w, x := c.stepper(), c.in.weights, c.frame(c.in.x, 0)
		w.Film = c.frame(w.Film, 0)
		out, positions := make([]float32, len(x)), make([]int, c.attention.B)
		expectNoAllocations(t, func() {
			a.Step(out, x, w, cache, positions, true)
			for b := range positions {
				positions[b]++
			}
		})
	})
}

func TestTimeCacheMisuse(t *testing.T) {
	c := newCacheCase(4, false)
	cache := c.cache()
	c.step(cache, 0, 5, 5, 5)
	expectPanic(t, func() { c.step(cache, 1, 5, 6, 6) }) // a position that does not rise
	expectPanic(t, func() { c.step(cache, 1, 7, 7) })
	expectPanic(t, func() { c.step(NewTimeCache(3, 9, 2, 8, 4, 0), 1, 7, 7, 7) })
	expectPanic(t, func() {
		c.attention.Step(c.want, c.in.x, c.in.weights, cache, []int{7, 7, 7}, false) // several frames at a time
	})
	expectPanic(t, func() { cache.Fork(0, NewTimeCache(3, 10, 2, 8, 5, 0), 0) })
	expectPanic(t, func() { NewTimeCache(1, 1, 1, 3, 1, 0) })
	expectPanic(t, func() { cache.Restore(0, make([]float32, cache.Held(3)-1), 3) })
	remembering := newCacheCase(4, true)
	expectPanic(t, func() { remembering.step(c.cache(), 0, 0, 0, 0) }) // a cache without room for the states
	expectPanic(t, func() { c.step(remembering.cache(), 0, 0, 0, 0) })
	expectPanic(t, func() { cache.Fork(0, remembering.cache(), 0) })
}
