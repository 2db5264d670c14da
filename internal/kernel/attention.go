package kernel

import "math"

// An Axis says along what attention looks.
type Axis int

// The axes of attention.
const (
	Space Axis = iota // among the patches of a frame
	Time              // among the frames, at the same patch
)

const (
	// DefaultSpaceBase is the base of the rotary frequencies across a frame.
	DefaultSpaceBase = 100
	// DefaultTimeBase is the base of the rotary frequencies along time.
	DefaultTimeBase = 1000

	// queryBlock is how many queries look at their keys at once, so that the
	// scores stay in the second-level cache.
	queryBlock = 64
	// scoresPerItem is about how many scores one work item computes.
	scoresPerItem = 4096
)

// Attention is multi-head self-attention along one axis of the tokens
// [B, T, H, W, D] with normalised queries and keys (QK-norm) and rotary
// positions: every head's query and key, d wide, is divided by its root mean
// square, multiplied by a learned gain [d] and turned by its position (see
// normRotate and rotation); scores are scaled by 1/sqrt(d).
//
// N = B*T*H*W, D = Heads*HeadDim, L = H*W along Space and T along Time; a
// group is a set of L tokens that see each other. Neither the scores nor the
// probabilities outlive a call: Backward recomputes them.
//
// An Attention keeps scratch between calls: give each node of a graph its
// own, and do not call one from two goroutines at once. The exported fields
// may change between calls.
type Attention struct {
	B, T, H, W     int
	Heads, HeadDim int // HeadDim is a multiple of 4 along Space, of 2 along Time
	Axis           Axis
	// Bidirectional says for each of the B clips whether a frame sees later
	// frames. Time only (default nil: no clip does).
	Bidirectional []bool
	// Window lets a frame see only frames with |t-s| < Window. Time only
	// (default 0: all).
	Window int
	// Base of the rotary frequencies (default 100 along Space, 1000 along Time).
	Base float64

	plan     attentionPlan
	rotation rotation
	qGain    []float32 // [d], with the scale of the scores in it
	partial  []float32 // [items, 2, d] of dqGain and dkGain

	dst, qkv, kGain, dOut, dqkv []float32
}

// An attentionPlan is what follows from the shape alone. A unit is what is
// computed in one go: along Space one head of a frame, so that a single frame
// keeps several processors busy; along Time all heads of a patch, whose tokens
// lie far apart and are brought together first.
type attentionPlan struct {
	b, t, h, w, heads, d int
	axis                 Axis
	base                 float64

	length        int // L
	units         int
	unitsPerGroup int
	unitsPerItem  int
	items         int
}

// attentionScratch is what one worker needs.
type attentionScratch struct {
	ws                 *Workspace
	q, k, dq, dk       []float32 // [L, d]
	inverseQ, inverseK []float32 // [L]
	scores, dScores    []float32 // [queryBlock, L]

	qkv, dqkv []float32 // [L, 3D], tokens of a group, along Time
	out       []float32 // [L, D], their output or its gradient, along Time
}

func (a *Attention) scratch(ws *Workspace) attentionScratch {
	length, width := a.plan.length, a.Heads*a.HeadDim
	slot := 0
	take := func(n int) []float32 {
		slot++
		return ws.Floats(slot-1, n)
	}
	head, scores := length*a.HeadDim, min(queryBlock, length)*length
	s := attentionScratch{
		ws: ws,
		q:  take(head), k: take(head), dq: take(head), dk: take(head),
		inverseQ: take(length), inverseK: take(length),
		scores: take(scores), dScores: take(scores),
	}
	if a.Axis == Time {
		s.qkv, s.dqkv, s.out = take(length*3*width), take(length*3*width), take(length*width)
	}
	return s
}

type (
	attentionForward  Attention
	attentionBackward Attention
)

// Forward writes to dst [N, D] the attention of qkv [N, 3, D], which holds
// queries, keys and values side by side, with the gains qGain and kGain [d].
func (a *Attention) Forward(dst, qkv, qGain, kGain []float32) {
	a.prepare(qkv, qGain, kGain)
	require(len(dst)*3 == len(qkv), "kernel: attention: dst is not [N, D]")
	a.dst = dst
	Parallel(a.plan.items, (*attentionForward)(a))
}

func (a *Attention) prepare(qkv, qGain, kGain []float32) {
	require(min(a.B, a.T, a.H, a.W, a.Heads, a.HeadDim) > 0, "kernel: attention: a dimension is not positive")
	require(a.Axis == Time && a.HeadDim%2 == 0 || a.Axis == Space && a.HeadDim%4 == 0,
		"kernel: attention: the head's width does not split into rotary pairs")
	require(len(qkv) == 3*a.B*a.T*a.H*a.W*a.Heads*a.HeadDim, "kernel: attention: qkv is not [N, 3D]")
	require(len(qGain) == a.HeadDim && len(kGain) == a.HeadDim, "kernel: attention: a gain is not [d]")
	require(a.Bidirectional == nil || len(a.Bidirectional) == a.B, "kernel: attention: Bidirectional is not [B]")
	require(a.Window >= 0, "kernel: attention: the window is negative")
	a.replan()
	a.qkv, a.kGain = qkv, kGain
	a.qGain = scaledGain(a.qGain, qGain)
}

// scaledGain writes gain/sqrt(d) to dst and returns it.
func scaledGain(dst, gain []float32) []float32 {
	dst = resize(dst, len(gain))
	for i, g := range gain {
		dst[i] = g * scoreScale(len(gain))
	}
	return dst
}

// scoreScale returns the factor of the scores of heads of width d.
func scoreScale(d int) float32 { return float32(1 / math.Sqrt(float64(d))) }

// replan derives the plan and the rotation, where the shape has changed.
func (a *Attention) replan() {
	plan := attentionPlan{
		b: a.B, t: a.T, h: a.H, w: a.W, heads: a.Heads, d: a.HeadDim,
		axis: a.Axis, base: a.Base, length: a.T,
	}
	groups, perUnit := a.B*a.H*a.W, a.Heads
	plan.unitsPerGroup = 1
	if a.Axis == Space {
		plan.length, plan.unitsPerGroup = a.H*a.W, a.Heads
		groups, perUnit = a.B*a.T, 1
	}
	plan.units = groups * plan.unitsPerGroup
	plan.unitsPerItem = max(1, scoresPerItem/(perUnit*plan.length*plan.length))
	plan.items = ceilDiv(plan.units, plan.unitsPerItem)
	if plan == a.plan {
		return
	}
	a.plan = plan
	if a.Axis == Space {
		a.rotation.space(a.H, a.W, a.HeadDim, baseOr(a.Base, DefaultSpaceBase))
	} else {
		a.rotation.time(a.T, a.HeadDim, baseOr(a.Base, DefaultTimeBase))
	}
}

func baseOr(base, standard float64) float64 {
	if base == 0 {
		return standard
	}
	return base
}

// A group is where some tokens that see each other lie, and which heads of
// theirs a unit computes.
type group struct {
	clip          int
	token, stride int // the first token, and tokens from one to the next
	head, headEnd int
}

func (a *Attention) group(unit int) group {
	patches, index := a.H*a.W, unit/a.plan.unitsPerGroup
	if a.Axis == Space {
		head := unit % a.Heads
		return group{clip: index / a.T, token: index * patches, stride: 1, head: head, headEnd: head + 1}
	}
	clip, patch := index/patches, index%patches
	return group{clip: clip, token: clip*a.T*patches + patch, stride: patches, headEnd: a.Heads}
}

// keys returns the range of keys that a query sees. Both ends rise with the
// query.
func (a *Attention) keys(clip, query int) (from, to int) {
	from, to = 0, a.plan.length
	if a.Axis == Space {
		return from, to
	}
	if a.Window > 0 {
		from = max(from, query-a.Window+1)
		to = min(to, query+a.Window)
	}
	if a.Bidirectional == nil || !a.Bidirectional[clip] {
		to = query + 1
	}
	return from, to
}

// unitsOf returns the range of units of an item.
func (a *Attention) unitsOf(item int) (from, to int) {
	return item * a.plan.unitsPerItem, min(a.plan.units, (item+1)*a.plan.unitsPerItem)
}

// Run attends in one item's units.
func (a *attentionForward) Run(item int, ws *Workspace) {
	attention := (*Attention)(a)
	s := attention.scratch(ws)
	from, to := attention.unitsOf(item)
	for unit := from; unit < to; unit++ {
		attention.forwardUnit(&s, attention.group(unit))
	}
}

func (a *Attention) forwardUnit(s *attentionScratch, g group) {
	width := a.Heads * a.HeadDim
	qkv, out := s.gather(s.qkv, a.qkv, g, 3*width), a.dst[g.token*width:]
	if g.stride > 1 {
		out = s.out
	}
	for head := g.head; head < g.headEnd; head++ {
		a.forwardHead(s, g.clip, qkv[head*a.HeadDim:], out[head*a.HeadDim:])
	}
	s.scatter(a.dst, out, g, width)
}

// gather returns the group's tokens of width values side by side: where they
// lie, if they do so already, else copied to buffer.
func (s *attentionScratch) gather(buffer, tokens []float32, g group, width int) []float32 {
	if g.stride == 1 {
		return tokens[g.token*width:]
	}
	for i := range len(s.inverseQ) {
		copy(buffer[i*width:(i+1)*width], tokens[(g.token+i*g.stride)*width:])
	}
	return buffer
}

// scatter copies the group's tokens of width values back, if gather copied them.
func (s *attentionScratch) scatter(tokens, buffer []float32, g group, width int) {
	if g.stride == 1 {
		return
	}
	for i := range len(s.inverseQ) {
		copy(tokens[(g.token+i*g.stride)*width:][:width], buffer[i*width:])
	}
}

// forwardHead attends from and to the tokens of which qkv and out hold one
// head at their start.
func (a *Attention) forwardHead(s *attentionScratch, clip int, qkv, out []float32) {
	length, d, width := a.plan.length, a.HeadDim, a.Heads*a.HeadDim
	a.load(s, qkv)
	for first := 0; first < length; first += queryBlock {
		last := min(length, first+queryBlock)
		from, to := a.probabilities(s, clip, first, last)
		GemmSerial(s.ws, rowsOf(out, first, last, d, width),
			Dense(s.scores, last-first, to-from), rowsOf(qkv[2*width:], from, to, d, 3*width), GemmOptions{})
	}
}

// rowsOf views rows from to to of d values, stride apart.
func rowsOf(data []float32, from, to, d, stride int) Matrix {
	return Matrix{Data: data[from*stride:], Rows: to - from, Cols: d, RowStride: stride, ColStride: 1}
}

// load normalises and turns a head's queries and keys.
func (a *Attention) load(s *attentionScratch, qkv []float32) {
	width := a.Heads * a.HeadDim
	normRotate(s.q, s.inverseQ, qkv, 3*width, a.qGain, a.rotation.cos, a.rotation.sin)
	normRotate(s.k, s.inverseK, qkv[width:], 3*width, a.kGain, a.rotation.cos, a.rotation.sin)
}

// probabilities writes to s.scores [last-first, to-from] how much the queries
// first to last look at the keys from to to, the range that holds all that
// any of them sees.
func (a *Attention) probabilities(s *attentionScratch, clip, first, last int) (from, to int) {
	d := a.HeadDim
	from, _ = a.keys(clip, first)
	_, to = a.keys(clip, last-1)
	GemmSerial(s.ws, Dense(s.scores, last-first, to-from),
		Dense(s.q[first*d:last*d], last-first, d), Dense(s.k[from*d:to*d], to-from, d).T(), GemmOptions{})
	for query := first; query < last; query++ {
		row := s.scores[(query-first)*(to-from) : (query-first+1)*(to-from)]
		low, high := a.keys(clip, query)
		softmax(row[low-from : high-from])
		clear(row[:low-from])
		clear(row[high-from:])
	}
	return from, to
}

// softmax turns scores, which are finite and at least one, into probabilities.
func softmax(row []float32) {
	total := expShifted(row, row, 1, maximum(row))
	scale(row, row, 1/total)
}
