package kernel

import (
	"slices"
	"testing"
)

// cacheCase is a clip, and what the causal attention makes of it.
type cacheCase struct {
	attention *Attention
	in        attentionInputs
	want      []float32
}

func newCacheCase(window int) cacheCase {
	a := &Attention{B: 3, T: 23, H: 2, W: 5, Heads: 2, HeadDim: 8, Axis: Time, Window: window}
	c := cacheCase{attention: a, in: inputsOf(a)}
	c.want = make([]float32, len(c.in.x))
	a.Forward(c.want, c.in.x, c.in.weights)
	return c
}

func (c cacheCase) cache() *TimeCache {
	a := c.attention
	return NewTimeCache(a.B, a.H*a.W, a.Heads, a.HeadDim, a.Window, 0)
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
		c := newCacheCase(window)
		cache := c.cache()
		for frame := range c.attention.T {
			got := c.step(cache, frame, frame, frame, frame)
			expectClose(t, "step", got, doubles(c.frame(c.want, frame)), 1e-5)
		}
		if got := cache.Len(1); got != min(window, c.attention.T) {
			t.Fatalf("%d frames held under a window of %d", got, window)
		}
	}
}

func TestTimeCacheSeesPositionsOnlyRelatively(t *testing.T) {
	c := newCacheCase(7)
	cache := c.cache()
	for frame := range c.attention.T {
		got := c.step(cache, frame, frame, 1000+frame, 30+frame)
		expectClose(t, "step", got, doubles(c.frame(c.want, frame)), 2e-4)
	}
}

func TestTimeCacheDreamsAreAlone(t *testing.T) {
	c := newCacheCase(5)
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
}

func TestTimeCacheForkAndReset(t *testing.T) {
	c := newCacheCase(6)
	cache, other := c.cache(), c.cache()
	for frame := range 9 {
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
	c.step(cache, 0, -1, 0, -1) // position 0 again, after the reset
}

func TestTimeCacheAllocatesNothing(t *testing.T) {
	c := newCacheCase(4)
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
}

func TestTimeCacheMisuse(t *testing.T) {
	c := newCacheCase(4)
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
}
