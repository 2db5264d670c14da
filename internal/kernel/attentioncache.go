package kernel

// A TimeCache holds the keys and values of the last L frames of B dreams, for
// one layer of attention along time, so that a new frame needs no older
// frame's queries. Stepping through a clip frame by frame, Attention's Step gives
// what its Forward gives for the whole clip, causally and with Window L.
//
// P patches make a frame, D = heads*d. Dreams do not see each other and none
// changes another's result in a single bit. A dream costs 2*P*D*L floats, and
// P*D more where the attention has a memory, whose states are held too.
//
// A TimeCache must not be used by two goroutines at once.
type TimeCache struct {
	dreams, patches, heads, d, frames int

	keys, values []float32 // [B, P, heads, L, d], keys normalised and turned
	states       []float32 // [B, P, D] of the memory behind the newest frame held, nil without one
	slots        []cacheRing
	frequencies  []float64 // [d/2]

	positions []int // of the newest frames, for one call
}

// A cacheRing says which frames of a dream are where.
type cacheRing struct {
	positions []int // [L], of the frame in each slot
	oldest    int   // slot
	count     int   // frames held

	// For one call: the slots that the newest frame sees besides itself, oldest
	// first, are from to from+seen, wrapping, and then comes the free one;
	// rotation is that of the newest frame, once for every head.
	from, seen int
	rotation   rotation
}

type attentionStep Attention

// NewTimeCache returns an empty cache of frames frames (L) for dreams dreams
// of patches patches with heads heads of width headDim (even). base is that
// of the rotary frequencies, 0 for the default.
func NewTimeCache(dreams, patches, heads, headDim, frames int, base float64) *TimeCache {
	require(min(dreams, patches, heads, headDim, frames) > 0, "kernel: time cache: a dimension is not positive")
	require(headDim%2 == 0, "kernel: time cache: the head's width is odd")
	size := dreams * patches * heads * frames * headDim
	c := &TimeCache{
		dreams: dreams, patches: patches, heads: heads, d: headDim, frames: frames,
		keys: make([]float32, size), values: make([]float32, size),
		slots:       make([]cacheRing, dreams),
		frequencies: frequencies(nil, baseOr(base, DefaultTimeBase), headDim/2),
	}
	for b := range c.slots {
		c.slots[b].positions = make([]int, frames)
		c.slots[b].rotation.resize(heads, headDim)
	}
	return c
}

// HoldMemory makes room for the states of a memory. Steps of an attention that has one want that.
func (c *TimeCache) HoldMemory() {
	c.states = make([]float32, c.dreams*c.patches*c.heads*c.d)
}

// state returns the states of a dream, [P, D], or nothing where there is no memory.
func (c *TimeCache) state(dream int) []float32 {
	size := len(c.states) / c.dreams
	return c.states[dream*size : (dream+1)*size]
}

// Len returns how many frames of a dream are held.
func (c *TimeCache) Len(dream int) int { return c.slots[dream].count }

// Reset forgets a dream.
func (c *TimeCache) Reset(dream int) {
	c.slots[dream].oldest, c.slots[dream].count = 0, 0
	clear(c.state(dream))
}

// Fork makes dream a copy of dream source of cache from, which has the same
// shape and may be c itself.
func (c *TimeCache) Fork(dream int, from *TimeCache, source int) {
	require(c.patches == from.patches && c.heads == from.heads && c.d == from.d && c.frames == from.frames && (c.states == nil) == (from.states == nil),
		"kernel: time cache: fork between caches of different shapes")
	copy(c.state(dream), from.state(source))
	size := c.patches * c.heads * c.frames * c.d
	copy(c.keys[dream*size:(dream+1)*size], from.keys[source*size:(source+1)*size])
	copy(c.values[dream*size:(dream+1)*size], from.values[source*size:(source+1)*size])
	to, ring := &c.slots[dream], &from.slots[source]
	copy(to.positions, ring.positions)
	to.oldest, to.count = ring.oldest, ring.count
}

// Held returns how many numbers a dream of so many frames holds.
func (c *TimeCache) Held(frames int) int {
	return 2*c.patches*c.heads*c.d*min(frames, c.frames) + len(c.state(0))
}

// Append appends to dst what a dream holds. A Step that does not commit may have taken the place of the oldest frame, which no later
// one sees.
func (c *TimeCache) Append(dst []float32, dream int) []float32 {
	row, held := c.frames*c.d, c.slots[dream].count*c.d
	size := c.patches * c.heads * row
	for _, all := range [...][]float32{c.keys, c.values} {
		for at := dream * size; at < (dream+1)*size; at += row {
			dst = append(dst, all[at:at+held]...)
		}
	}
	return append(dst, c.state(dream)...)
}

// Restore makes a dream what Append told of one of which the frames at the positions 0 to frames-1 were stored, and returns what
// follows in from. That dream and this one go on to the same bits.
func (c *TimeCache) Restore(dream int, from []float32, frames int) (rest []float32) {
	require(frames >= 0 && len(from) >= c.Held(frames), "kernel: time cache: restoring from too few numbers")
	ring, count := &c.slots[dream], min(frames, c.frames)
	ring.oldest, ring.count = (frames-count)%c.frames, count
	for slot := range count { // slot t mod L is that of frame t
		ring.positions[slot] = frames - 1 - (frames-1-slot)%c.frames
	}
	row, held := c.frames*c.d, count*c.d
	size := c.patches * c.heads * row
	for _, all := range [...][]float32{c.keys, c.values} {
		for at := dream * size; at < (dream+1)*size; at += row {
			from = from[copy(all[at:at+held], from):]
		}
	}
	return from[copy(c.state(dream), from):]
}

// Step writes to dst [B*P, D] the block's output for x, the newest frame of each of B dreams, whose keys and values are
// cache's and its own. T is 1 and cache has B dreams of H*W patches. positions [B] are the newest frames' times; frames held
// that are Window or more older are not seen, Window being the cache's. A dream whose position is negative sits out: its rows
// are neither read nor written. With commit, the keys and values of the newest frames are stored, in place of the oldest
// where the cache is full; a dream's positions must rise from one commit to the next. A dream's result does not depend on its
// neighbours. Where there is a memory, what it holds of the frames before is read, and with commit what it holds behind the newest
// ones takes its place.
func (a *Attention) Step(dst, x []float32, w AttentionWeights, cache *TimeCache, positions []int, commit bool) {
	require(a.Axis == Time && a.T == 1, "kernel: attention: a step is along time, a frame at a time")
	a.prepare(x, w)
	require(len(dst) == len(x), "kernel: attention: dst differs from x in length")
	require(cache.dreams == a.B && cache.patches == a.H*a.W && cache.heads == a.Heads && cache.d == a.HeadDim,
		"kernel: attention: the cache is of another shape")
	require(len(positions) == a.B, "kernel: attention: positions is not [B]")
	require((cache.states == nil) == (w.Memory.In == nil), "kernel: attention: of cache and weights one has a memory, the other has none")
	for b, position := range positions {
		if position >= 0 {
			cache.slots[b].look(position, cache.frequencies)
		}
	}
	cache.positions = positions
	a.dst, a.cache, a.commit = dst, cache, commit
	a.pack()
	Parallel(a.B*a.chunks(), (*attentionStep)(a))
	for b, position := range positions {
		if commit && position >= 0 {
			cache.slots[b].push(position)
		}
	}
	a.cache = nil
}

// Run takes some patches of one dream's newest frame through the block.
func (a *attentionStep) Run(item int, ws *Workspace) {
	attention, cache := (*Attention)(a), a.cache
	dream, from, to := attention.chunk(item)
	if cache.positions[dream] < 0 {
		return
	}
	d, first, tokens := a.Heads*a.HeadDim, dream*a.H*a.W+from, to-from
	x, normed := a.x[first*d:(first+tokens)*d], ws.Floats(headSlots, tokens*d)
	a.norm.rows(normed, x, dream)
	qkv, attended := ws.Floats(headSlots+1, tokens*3*d), ws.Floats(headSlots+2, tokens*d)
	GemmPanels(ws, Dense(qkv, tokens, 3*d), Dense(normed, tokens, d), &a.pQKV, GemmOptions{})
	for i := range tokens {
		attention.stepToken(ws, attended[i*d:(i+1)*d], qkv[i*3*d:(i+1)*3*d], dream, first+i)
	}
	dst := a.dst[first*d : (first+tokens)*d]
	copy(dst, x)
	GemmPanels(ws, Dense(dst, tokens, d), Dense(attended, tokens, d), &a.pOut, GemmOptions{Accumulate: true})
	if cache.states != nil {
		states := attention.stepMemory(ws, normed, cache.states[first*d:(first+tokens)*d])
		GemmPanels(ws, Dense(dst, tokens, d), Dense(states, tokens, d), &a.memory.out, GemmOptions{Accumulate: true})
	}
}

// stepToken attends from one token, whose queries, keys and values are row [3, D], to those held and to itself. Its own
// key and value it puts into the free slot, which nobody sees until the frame is counted among those held.
func (a *Attention) stepToken(ws *Workspace, out, row []float32, dream, token int) {
	c := a.cache
	d, width, ring := c.d, c.heads*c.d, &c.slots[dream]
	query, key, inverse := ws.Floats(0, width), ws.Floats(1, width), ws.Floats(2, c.heads)
	cos, sin := ring.rotation.cos, ring.rotation.sin
	normRotate(query, inverse, row, d, a.qGain, cos, sin)
	normRotate(key, inverse, row[width:], d, a.weights.KGain, cos, sin)
	slot, seen := ring.free(), ring.seen+1
	scores := ws.Floats(3, seen)
	first := min(seen, c.frames-ring.from) // before the ring wraps
	for head := range c.heads {
		at := (token*c.heads + head) * c.frames * d
		keys, values := c.keys[at:at+c.frames*d], c.values[at:at+c.frames*d]
		copy(keys[slot*d:(slot+1)*d], key[head*d:])
		copy(values[slot*d:(slot+1)*d], row[2*width+head*d:])
		dotRows(scores[:first], query[head*d:(head+1)*d], keys[ring.from*d:])
		dotRows(scores[first:], query[head*d:(head+1)*d], keys)
		softmax(scores)
		result := out[head*d : (head+1)*d]
		clear(result)
		addRows(result, scores[:first], values[ring.from*d:])
		addRows(result, scores[first:], values)
	}
}

// look sets what a frame at position sees, and how it is turned.
func (r *cacheRing) look(position int, frequencies []float64) {
	frames := len(r.positions)
	r.from, r.seen = r.oldest, r.count
	if r.count > 0 {
		newest := r.positions[(r.oldest+r.count-1)%frames]
		require(position > newest, "kernel: time cache: a position does not rise")
	}
	for r.seen > 0 && position-r.positions[r.from] >= frames {
		r.from = (r.from + 1) % frames
		r.seen--
	}
	half := len(frequencies)
	r.rotation.fill(0, half, 0, float64(position), frequencies)
	for at := half; at < len(r.rotation.cos); at += half {
		copy(r.rotation.cos[at:at+half], r.rotation.cos)
		copy(r.rotation.sin[at:at+half], r.rotation.sin)
	}
}

// free returns the slot of the next frame: that of the oldest, once all are held.
func (r *cacheRing) free() int { return (r.oldest + r.count) % len(r.positions) }

// push takes the frame in the free slot among those held.
func (r *cacheRing) push(position int) {
	r.positions[r.free()] = position
	if r.count == len(r.positions) {
		r.oldest = (r.oldest + 1) % len(r.positions)
	} else {
		r.count++
	}
}
