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
)

// Attention is the residual block on the tokens [B, T, H, W, D]
//
//	y = x + attend(norm(x) QKV) Out
//
// where norm is an RMSNorm that a frame's film modulates, and attend is multi-head self-attention along one axis with
// normalised queries and keys (QK-norm) and rotary positions: every head's query and key, d wide, is divided by its root
// mean square, multiplied by a learned gain [d] and turned by its position (see normRotate and rotation); scores are scaled
// by 1/sqrt(d). Along Time a memory may go beside it, see MemoryWeights.
//
// N = B*T*H*W, D = Heads*HeadDim, L = H*W along Space and T along Time; a group is a set of L tokens that see each other. A
// work item takes some groups through the whole block. Of the scores there are never more than queryBlock rows; neither they
// nor the probabilities outlive a head: Backward recomputes them.
//
// An Attention keeps scratch between calls: give each node of a graph its own, and do not call one from two goroutines at
// once. The exported fields may change between calls.
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
	// Keep says that Backward follows Forward. Default false: only Forward is called.
	Keep bool
	// Frozen says that the weights are those of the last Forward or Step, whose packed form is used again. Default false.
	Frozen bool

	plan     attentionPlan
	rotation rotation
	norm     RMSNorm
	pQKV     Panels // QKV and Out, packed
	pOut     Panels //
	memory   memory
	qGain    []float32 // [d], with the scale of the scores in it
	qkv      []float32 // [N, 3D] and [N, D] in the order of the blocks, kept for Backward
	attended []float32 //
	rotated  []float32 // [2, Heads, N, d], see attentionfew.go
	gradient *attentionGrad

	dst, x  []float32
	weights AttentionWeights
	cache   *TimeCache // of Step, for one call
	commit  bool       // of Step, for one call
}

// AttentionWeights are the parameters of an Attention, or their gradients:
//
//	Gain: [D]   QKV: [D, 3, D]   QGain, KGain: [d]   Out: [D, D]   Film: [F, 2, D] or nil
//
// Memory is left empty where there is none.
type AttentionWeights struct {
	Gain, QKV, QGain, KGain, Out, Film []float32
	Memory                             MemoryWeights
}

// An attentionPlan is what follows from the shape alone. A block is what is computed in one go: some groups, one after the
// other, that belong to one span: along Time a clip, along Space all frames.
type attentionPlan struct {
	b, t, h, w, heads, d int
	axis                 Axis
	base                 float64

	length         int // L
	spans          int
	groups         int // of a span
	groupsPerBlock int
	blocks         int // of a span
}

// An attentionBlock is some groups of a span. In a block tokens are ordered by group, whatever their order elsewhere.
type attentionBlock struct {
	span, first, groups int
	at, tokens          int // its tokens in the order of the blocks
}

// attentionScratch is what one worker needs for a head.
type attentionScratch struct {
	ws                 *Workspace
	q, k, dq, dk       []float32 // [L, d]
	inverseQ, inverseK []float32 // [L]
	scores, dScores    []float32 // [queryBlock, L]
}

// headSlots is how many slots of a workspace an attentionScratch takes; blocks use those behind.
const headSlots = 8

func (a *Attention) scratch(ws *Workspace) attentionScratch {
	length := a.plan.length
	slot := 0
	take := func(n int) []float32 {
		slot++
		return ws.Floats(slot-1, n)
	}
	head, scores := length*a.HeadDim, min(queryBlock, length)*length
	return attentionScratch{
		ws: ws,
		q:  take(head), k: take(head), dq: take(head), dk: take(head),
		inverseQ: take(length), inverseK: take(length),
		scores: take(scores), dScores: take(scores),
	}
}

type attentionForward Attention

// Forward writes the block's output for x [N, D] to dst, which must not be x.
func (a *Attention) Forward(dst, x []float32, w AttentionWeights) {
	a.prepare(x, w)
	require(len(dst) == len(x), "kernel: attention: dst differs from x in length")
	a.dst = dst
	a.pack()
	if a.Axis == Space && !a.Keep && a.B*a.T < 4 && a.plan.length >= 2*leastTokensPerItem {
		a.forwardFew()
		return
	}
	if a.Keep {
		a.qkv, a.attended = resize(a.qkv, 3*len(x)), resize(a.attended, len(x))
		if w.Memory.In != nil {
			a.memory.gated = resize(a.memory.gated, 2*len(x))
		}
	}
	Parallel(a.plan.spans*a.plan.blocks, (*attentionForward)(a))
}

func (a *Attention) prepare(x []float32, w AttentionWeights) {
	require(min(a.B, a.T, a.H, a.W, a.Heads, a.HeadDim) > 0, "kernel: attention: a dimension is not positive")
	require(a.Axis == Time && a.HeadDim%2 == 0 || a.Axis == Space && a.HeadDim%4 == 0,
		"kernel: attention: the head's width does not split into rotary pairs")
	d := a.Heads * a.HeadDim
	require(len(x) == a.B*a.T*a.H*a.W*d, "kernel: attention: x is not [N, D]")
	require(len(w.Gain) == d, "kernel: attention: Gain is not [D]")
	require(len(w.QKV) == 3*d*d, "kernel: attention: QKV is not [D, 3D]")
	require(len(w.QGain) == a.HeadDim && len(w.KGain) == a.HeadDim, "kernel: attention: QGain or KGain is not [d]")
	require(len(w.Out) == d*d, "kernel: attention: Out is not [D, D]")
	require(w.Film == nil || len(w.Film) == a.B*a.T*2*d, "kernel: attention: Film is not [F, 2D]")
	require(a.Bidirectional == nil || len(a.Bidirectional) == a.B, "kernel: attention: Bidirectional is not [B]")
	require(a.Window >= 0, "kernel: attention: the window is negative")
	require(w.Memory.fit(d), "kernel: attention: the memory is not [D, 2, D], [D] and [D, D]")
	require(w.Memory.In == nil || a.Axis == Time, "kernel: attention: a memory is along time")
	require(!a.Frozen || a.pQKV.k == d && (w.Memory.In == nil || a.memory.in.k == d), "kernel: attention: frozen before the first Forward")
	a.replan()
	a.x, a.weights = x, w
	a.qGain = scaledGain(a.qGain, w.QGain)
	a.memory.load(w.Memory.Bias)
	a.norm.load(x, w.Gain, w.Film, a.H*a.W)
}

// pack packs the weights, unless they are frozen.
func (a *Attention) pack() {
	if d := a.Heads * a.HeadDim; !a.Frozen {
		a.pQKV.Pack(Dense(a.weights.QKV, d, 3*d))
		a.pOut.Pack(Dense(a.weights.Out, d, d))
		a.memory.pack(a.weights.Memory, d)
	}
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
		axis: a.Axis, base: a.Base, length: a.T, spans: a.B, groups: a.H * a.W,
	}
	if a.Axis == Space {
		plan.length, plan.spans, plan.groups = a.H*a.W, 1, a.B*a.T
	}
	plan.groupsPerBlock = min(plan.groups, max(1, tokensPerItem/plan.length))
	plan.blocks = ceilDiv(plan.groups, plan.groupsPerBlock)
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

// block returns a block of a span.
func (a *Attention) block(span, index int) attentionBlock {
	p := &a.plan
	first := index * p.groupsPerBlock
	groups := min(p.groupsPerBlock, p.groups-first)
	return attentionBlock{span: span, first: first, groups: groups, at: (span*p.groups + first) * p.length, tokens: groups * p.length}
}

// place returns where token i of a block lies among all, and its frame.
func (a *Attention) place(b attentionBlock, i int) (token, frame int) {
	patches := a.H * a.W
	if a.Axis == Space {
		return b.at + i, (b.at + i) / patches
	}
	frame = b.span*a.T + i%a.T
	return frame*patches + b.first + i/a.T, frame
}

// gather returns a block's tokens side by side: where they lie, if they do so already, else copied to scratch.
func (a *Attention) gather(ws *Workspace, slot int, tokens []float32, b attentionBlock) []float32 {
	d := a.Heads * a.HeadDim
	if a.Axis == Space {
		return tokens[b.at*d : (b.at+b.tokens)*d]
	}
	buffer := ws.Floats(slot, b.tokens*d)
	for i := range b.tokens {
		token, _ := a.place(b, i)
		copy(buffer[i*d:(i+1)*d], tokens[token*d:])
	}
	return buffer
}

// scatter copies a block's tokens, side by side in block, to where they lie among all.
func (a *Attention) scatter(tokens, block []float32, b attentionBlock) {
	d := a.Heads * a.HeadDim
	for i := range b.tokens {
		token, _ := a.place(b, i)
		copy(tokens[token*d:(token+1)*d], block[i*d:])
	}
}

// normalise writes a block's normalised tokens.
func (a *Attention) normalise(dst, x []float32, b attentionBlock) {
	d, run := len(dst)/b.tokens, a.run()
	for i := 0; i < b.tokens; i += run {
		_, frame := a.place(b, i)
		a.norm.rows(dst[i*d:(i+run)*d], x[i*d:(i+run)*d], frame)
	}
}

// run is how many tokens of a block, one after the other, are of one frame.
func (a *Attention) run() int {
	if a.Axis == Space {
		return a.plan.length
	}
	return 1
}

// keys returns the range of keys that a query sees. Both ends rise with the
// query.
func (a *Attention) keys(span, query int) (from, to int) {
	from, to = 0, a.plan.length
	if a.Axis == Space {
		return from, to
	}
	if a.Window > 0 {
		from = max(from, query-a.Window+1)
		to = min(to, query+a.Window)
	}
	if a.Bidirectional == nil || !a.Bidirectional[span] {
		to = query + 1
	}
	return from, to
}

// Run takes one block through the operator.
func (a *attentionForward) Run(item int, ws *Workspace) {
	attention := (*Attention)(a)
	attention.forwardBlock(ws, attention.block(item/a.plan.blocks, item%a.plan.blocks))
}

func (a *Attention) forwardBlock(ws *Workspace, b attentionBlock) {
	d := a.Heads * a.HeadDim
	x := a.gather(ws, headSlots, a.x, b)
	normed := ws.Floats(headSlots+1, b.tokens*d)
	a.normalise(normed, x, b)
	qkv, attended := ws.Floats(headSlots+2, b.tokens*3*d), ws.Floats(headSlots+3, b.tokens*d)
	if a.Keep {
		qkv, attended = a.qkv[b.at*3*d:(b.at+b.tokens)*3*d], a.attended[b.at*d:(b.at+b.tokens)*d]
	}
	GemmPanels(ws, Dense(qkv, b.tokens, 3*d), Dense(normed, b.tokens, d), &a.pQKV, GemmOptions{})
	s := a.scratch(ws)
	for group := range b.groups {
		at := group * a.plan.length * d
		for head := range a.Heads {
			a.forwardHead(&s, b.span, qkv[3*at+head*a.HeadDim:], attended[at+head*a.HeadDim:])
		}
	}
	var states []float32
	if a.weights.Memory.In != nil {
		states = a.remember(ws, normed, b)
	}
	dst := normed
	if a.Axis == Space {
		dst = a.dst[b.at*d : (b.at+b.tokens)*d]
	}
	copy(dst, x)
	GemmPanels(ws, Dense(dst, b.tokens, d), Dense(attended, b.tokens, d), &a.pOut, GemmOptions{Accumulate: true})
	if states != nil {
		GemmPanels(ws, Dense(dst, b.tokens, d), Dense(states, b.tokens, d), &a.memory.out, GemmOptions{Accumulate: true})
	}
	if a.Axis == Time {
		a.scatter(a.dst, dst, b)
	}
}

// forwardHead attends from and to the tokens of a group, of which qkv and out hold one head at their start.
func (a *Attention) forwardHead(s *attentionScratch, span int, qkv, out []float32) {
	length, d, width := a.plan.length, a.HeadDim, a.Heads*a.HeadDim
	a.load(s, qkv)
	for first := 0; first < length; first += queryBlock {
		last := min(length, first+queryBlock)
		from, to := a.probabilities(s, span, first, last)
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
	normRotate(s.k, s.inverseK, qkv[width:], 3*width, a.weights.KGain, a.rotation.cos, a.rotation.sin)
}

// probabilities writes to s.scores [last-first, to-from] how much the queries
// first to last look at the keys from to to, the range that holds all that
// any of them sees.
func (a *Attention) probabilities(s *attentionScratch, span, first, last int) (from, to int) {
	d := a.HeadDim
	from, _ = a.keys(span, first)
	_, to = a.keys(span, last-1)
	GemmSerial(s.ws, Dense(s.scores, last-first, to-from),
		Dense(s.q[first*d:last*d], last-first, d), Dense(s.k[from*d:to*d], to-from, d).T(), GemmOptions{})
	for query := first; query < last; query++ {
		row := s.scores[(query-first)*(to-from) : (query-first+1)*(to-from)]
		low, high := a.keys(span, query)
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
