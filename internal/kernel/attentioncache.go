package kernel

// cachePatchesPerItem is how many patches of a dream one work item attends to.
const cachePatchesPerItem = 8

// A TimeCache holds the keys and values of the last L frames of B dreams, for
// one layer of attention along time, so that a new frame needs no older
// frame's queries. Stepping through a clip frame by frame, Step and then
// Append, gives what the causal Attention of Axis Time with Window L gives for
// the whole clip.
//
// P patches make a frame, D = heads*d. Dreams do not see each other and none
// changes another's result in a single bit. A dream costs 2*P*D*L floats.
//
// A TimeCache must not be used by two goroutines at once.
type TimeCache struct {
	dreams, patches, heads, d, frames int

	keys, values []float32 // [B, P, heads, L, d], keys normalised and turned
	slots        []cacheRing
	frequencies  []float64 // [d/2]
	qGain        []float32 // [d], with the scale of the scores in it

	dst, qkv, kGain []float32
	positions       []int
}

// A cacheRing says which frames of a dream are where.
type cacheRing struct {
	positions []int // [L], of the frame in each slot
	oldest    int   // slot
	count     int   // frames held

	// For one call: the slots that the newest frame sees, oldest first, are
	// from to from+seen, wrapping; rotation is that of the newest frame.
	from, seen int
	rotation   rotation
}

type (
	cacheStep   TimeCache
	cacheAppend TimeCache
)

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
		c.slots[b].rotation.resize(1, headDim)
	}
	return c
}

// Len returns how many frames of a dream are held.
func (c *TimeCache) Len(dream int) int { return c.slots[dream].count }

// Reset forgets a dream.
func (c *TimeCache) Reset(dream int) {
	c.slots[dream].oldest, c.slots[dream].count = 0, 0
}

// Fork makes dream a copy of dream source of cache from, which has the same
// shape and may be c itself.
func (c *TimeCache) Fork(dream int, from *TimeCache, source int) {
	require(c.patches == from.patches && c.heads == from.heads && c.d == from.d && c.frames == from.frames,
		"kernel: time cache: fork between caches of different shapes")
	size := c.patches * c.heads * c.frames * c.d
	copy(c.keys[dream*size:(dream+1)*size], from.keys[source*size:(source+1)*size])
	copy(c.values[dream*size:(dream+1)*size], from.values[source*size:(source+1)*size])
	to, ring := &c.slots[dream], &from.slots[source]
	copy(to.positions, ring.positions)
	to.oldest, to.count = ring.oldest, ring.count
}

// Step writes to dst [B*P, D] the attention of each dream's newest frame, whose
// queries, keys and values are qkv [B*P, 3, D], to the frames held and to
// itself, and stores nothing. positions [B] are the newest frames' times;
// frames held that are L or more older are not seen. A dream whose position is
// negative sits out: its rows are neither read nor written.
func (c *TimeCache) Step(dst, qkv, qGain, kGain []float32, positions []int) {
	c.prepare(qkv, kGain, positions)
	require(len(dst)*3 == len(qkv), "kernel: time cache: dst is not [B*P, D]")
	require(len(qGain) == c.d, "kernel: time cache: qGain is not [d]")
	c.dst = dst
	c.qGain = scaledGain(c.qGain, qGain)
	Parallel(c.dreams*ceilDiv(c.patches, cachePatchesPerItem), (*cacheStep)(c))
}

// Append stores the keys and values of each dream's newest frame, in place of
// the oldest where L frames are held. A dream's positions must rise from one
// Append to the next; a dream whose position is negative sits out.
func (c *TimeCache) Append(qkv, kGain []float32, positions []int) {
	c.prepare(qkv, kGain, positions)
	Parallel(c.dreams, (*cacheAppend)(c))
}

func (c *TimeCache) prepare(qkv, kGain []float32, positions []int) {
	require(len(qkv) == c.dreams*c.patches*3*c.heads*c.d, "kernel: time cache: qkv is not [B*P, 3, D]")
	require(len(kGain) == c.d, "kernel: time cache: kGain is not [d]")
	require(len(positions) == c.dreams, "kernel: time cache: positions is not [B]")
	c.qkv, c.kGain, c.positions = qkv, kGain, positions
	for b := range c.slots {
		if positions[b] >= 0 {
			c.slots[b].look(positions[b], c.frequencies)
		}
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
	r.rotation.fill(0, len(frequencies), 0, float64(position), frequencies)
}

// push returns the slot for a new frame, and gives up the oldest if need be.
func (r *cacheRing) push(position int) (slot int) {
	frames := len(r.positions)
	slot = (r.oldest + r.count) % frames
	if r.count == frames {
		r.oldest = (r.oldest + 1) % frames
	} else {
		r.count++
	}
	r.positions[slot] = position
	return slot
}

// Run stores the newest frame of one dream.
func (c *cacheAppend) Run(dream int, ws *Workspace) {
	if c.positions[dream] < 0 {
		return
	}
	ring := &c.slots[dream]
	slot := ring.push(c.positions[dream])
	width := c.heads * c.d
	inverse := ws.Floats(0, 1)
	for patch := range c.patches {
		row := c.qkv[(dream*c.patches+patch)*3*width:][:3*width]
		for head := range c.heads {
			at := (((dream*c.patches+patch)*c.heads+head)*c.frames + slot) * c.d
			key := row[width+head*c.d:][:c.d]
			normRotate(c.keys[at:at+c.d], inverse, key, 0, c.kGain, ring.rotation.cos, ring.rotation.sin)
			copy(c.values[at:at+c.d], row[2*width+head*c.d:])
		}
	}
}

// Run attends from some patches of one dream's newest frame.
func (c *cacheStep) Run(item int, ws *Workspace) {
	perDream := ceilDiv(c.patches, cachePatchesPerItem)
	dream, chunk := item/perDream, item%perDream
	if c.positions[dream] < 0 {
		return
	}
	first := chunk * cachePatchesPerItem
	for patch := first; patch < min(c.patches, first+cachePatchesPerItem); patch++ {
		for head := range c.heads {
			(*TimeCache)(c).stepHead(dream, patch, head, ws)
		}
	}
}

// stepHead attends from one head of one patch.
func (c *TimeCache) stepHead(dream, patch, head int, ws *Workspace) {
	d, width, ring := c.d, c.heads*c.d, &c.slots[dream]
	token := dream*c.patches + patch
	row := c.qkv[token*3*width:][:3*width]
	query, key, inverse := ws.Floats(0, d), ws.Floats(1, d), ws.Floats(2, 1)
	cos, sin := ring.rotation.cos, ring.rotation.sin
	normRotate(query, inverse, row[head*d:], 0, c.qGain, cos, sin)
	normRotate(key, inverse, row[width+head*d:], 0, c.kGain, cos, sin)

	at := (token*c.heads + head) * c.frames * d
	keys, values := c.keys[at:at+c.frames*d], c.values[at:at+c.frames*d]
	scores := ws.Floats(3, ring.seen+1)
	first := min(ring.seen, c.frames-ring.from) // before the ring wraps
	dotRows(scores[:first], query, keys[ring.from*d:])
	dotRows(scores[first:ring.seen], query, keys)
	scores[ring.seen] = Dot(query, key)
	SoftmaxRow(scores, scores, 1)

	out := c.dst[token*width+head*d:][:d]
	Scale(out, row[2*width+head*d:][:d], scores[ring.seen])
	addRows(out, scores[:first], values[ring.from*d:])
	addRows(out, scores[first:ring.seen], values)
}
