package kernel

// attentionGrad is what the gradient of an Attention needs besides.
type attentionGrad struct {
	qkv, out      Panels       // the transposes of QKV and Out, packed
	memory        memoryPanels // those of the memory's
	partial       partialSums
	dx, dOut      []float32
	blocksPerItem int
	itemsPerSpan  int
}

// attentionPart is one work item's share of the weights' gradients.
type attentionPart struct {
	qkv, out, memoryIn, memoryOut []float32
	gains, memoryBias             []float32
	add                           bool // to the first four, which are otherwise overwritten
}

type attentionBack Attention

// Backward writes the gradients with respect to x and the weights, given the gradient dOut [N, D] of the output. Forward,
// with Keep set, saw the same x and w just before. It overwrites the gradients; dw.Film is nil if w.Film is. Sums over
// tokens are made in an order that depends on the shape alone.
//
//	P  = softmax(q k^T)         per head, recomputed
//	dV = P^T dO
//	dS = P * (dO V^T - c)       c: each row's sum of P * (dO V^T)
//	dQ = dS K,  dK = dS^T Q     then back through the rotation and the norm
//
// The memory's part is backMemory's.
func (a *Attention) Backward(dx []float32, dw AttentionWeights, dOut, x []float32, w AttentionWeights) {
	require(a.Keep, "kernel: attention: Backward without Keep")
	a.prepare(x, w)
	require(len(a.attended) == len(x) && (w.Memory.In == nil || len(a.memory.gated) == 2*len(x)), "kernel: attention: Backward of what Forward did not see")
	require(len(dx) == len(x) && len(dOut) == len(x), "kernel: attention: dx or dOut differs from x in length")
	require(len(dw.Gain) == len(w.Gain) && len(dw.QKV) == len(w.QKV) && len(dw.QGain) == len(w.QGain) && len(dw.KGain) == len(w.KGain) &&
		len(dw.Out) == len(w.Out) && len(dw.Film) == len(w.Film) && dw.Memory.like(w.Memory), "kernel: attention: a gradient differs from its weights in length")
	if a.gradient == nil {
		a.gradient = new(attentionGrad)
	}
	g, d := a.gradient, a.Heads*a.HeadDim
	g.qkv.Pack(Dense(w.QKV, d, 3*d).T())
	g.out.Pack(Dense(w.Out, d, d).T())
	g.memory.packTransposed(w.Memory, d)
	g.dx, g.dOut = dx, dOut
	g.blocksPerItem = ceilDiv(a.plan.blocks, max(1, gradientItems/a.plan.spans))
	g.itemsPerSpan = ceilDiv(a.plan.blocks, g.blocksPerItem)
	a.norm.preparePartial(a.B*a.T, a.partsPerFrame())
	ws := getWorkspace()
	g.partial.reserve(ws, a.plan.spans*g.itemsPerSpan, len(w.QKV)+len(w.Out)+len(w.Memory.In)+len(w.Memory.Out)+2*a.HeadDim+len(w.Memory.Bias))
	Parallel(a.plan.spans*g.itemsPerSpan, (*attentionBack)(a))
	g.partial.sum(dw.QKV, dw.Out, dw.Memory.In, dw.Memory.Out, dw.QGain, dw.KGain, dw.Memory.Bias)
	putWorkspace(ws)
	Scale(dw.QGain, dw.QGain, scoreScale(a.HeadDim))
	a.norm.reduce(dw.Gain, dw.Film, w.Gain)
}

// partsPerFrame is how many work items have tokens of the same frame.
func (a *Attention) partsPerFrame() int {
	if a.Axis == Space {
		return 1
	}
	return a.gradient.itemsPerSpan
}

// Run computes the gradients of one item's blocks.
func (a *attentionBack) Run(item int, ws *Workspace) {
	g, w := a.gradient, &a.weights
	part := g.partial.part(item)
	take := func(n int) (taken []float32) {
		taken, part = part[:n], part[n:]
		return taken
	}
	share := attentionPart{qkv: take(len(w.QKV)), out: take(len(w.Out)), memoryIn: take(len(w.Memory.In)), memoryOut: take(len(w.Memory.Out))}
	clear(part)
	share.gains = take(2 * a.HeadDim)
	share.memoryBias = part
	span, index := item/g.itemsPerSpan, item%g.itemsPerSpan
	attention := (*Attention)(a)
	for i := index * g.blocksPerItem; i < min(a.plan.blocks, (index+1)*g.blocksPerItem); i++ {
		attention.backBlock(ws, share, attention.block(span, i), index)
		share.add = true
	}
}

// backBlock takes the gradient of a block back; index is that of its item within the span.
func (a *Attention) backBlock(ws *Workspace, share attentionPart, b attentionBlock, index int) {
	g, d := a.gradient, a.Heads*a.HeadDim
	x, dOut := a.gather(ws, headSlots, a.x, b), a.gather(ws, headSlots+1, g.dOut, b)
	qkv, attended := a.qkv[b.at*3*d:(b.at+b.tokens)*3*d], a.attended[b.at*d:(b.at+b.tokens)*d]
	dAttended, dQKV, normed := ws.Floats(headSlots+2, b.tokens*d), ws.Floats(headSlots+3, b.tokens*3*d), ws.Floats(headSlots+4, b.tokens*d)
	of := func(data []float32, cols int) Matrix { return Dense(data, b.tokens, cols) }
	add := GemmOptions{Accumulate: share.add}

	GemmPanels(ws, of(dAttended, d), of(dOut, d), &g.out, GemmOptions{})
	GemmSerial(ws, Dense(share.out, d, d), of(attended, d).T(), of(dOut, d), add)
	s := a.scratch(ws)
	for group := range b.groups {
		at := group * a.plan.length * d
		for head := range a.Heads {
			h := head * a.HeadDim
			a.backHead(&s, b.span, dQKV[3*at+h:], dAttended[at+h:], qkv[3*at+h:], share.gains)
		}
	}
	a.normalise(normed, x, b)
	GemmSerial(ws, Dense(share.qkv, d, 3*d), of(normed, d).T(), of(dQKV, 3*d), add)
	GemmPanels(ws, of(dAttended, d), of(dQKV, 3*d), &g.qkv, GemmOptions{})
	if a.weights.Memory.In != nil {
		a.backMemory(ws, share, dAttended, normed, dOut, b)
	}
	a.backNorm(normed, dAttended, x, dOut, b, index)
}

// backNorm takes the gradient of a block back through the norm, and adds the residual. Along Time scratch takes the
// result first.
func (a *Attention) backNorm(scratch, dNormed, x, residual []float32, b attentionBlock, index int) {
	d, run, dx := a.Heads*a.HeadDim, a.run(), scratch
	if a.Axis == Space {
		dx = a.gradient.dx[b.at*d : (b.at+b.tokens)*d]
	}
	for i := 0; i < b.tokens; i += run {
		_, frame := a.place(b, i)
		at, end, part := i*d, (i+run)*d, frame
		if a.Axis == Time {
			part = frame*a.gradient.itemsPerSpan + index
		}
		a.norm.backRows(dx[at:end], dNormed[at:end], x[at:end], residual[at:end], frame, part)
	}
	if a.Axis == Time {
		a.scatter(a.gradient.dx, dx, b)
	}
}

// backHead computes the gradient of the head at the start of qkv, and adds those of the gains to gains [2, d].
func (a *Attention) backHead(s *attentionScratch, span int, dqkv, dOut, qkv, gains []float32) {
	length, d, width := a.plan.length, a.HeadDim, a.Heads*a.HeadDim
	a.load(s, qkv)
	if length > queryBlock { // the blocks add to dK and dV
		clear(s.dk)
		for i := range length {
			clear(dqkv[2*width+i*3*width:][:d])
		}
	}
	for first := 0; first < length; first += queryBlock {
		a.backQueries(s, span, first, min(length, first+queryBlock), dqkv, dOut, qkv)
	}
	cos, sin := a.rotation.cos, a.rotation.sin
	normRotateGrad(dqkv, gains[:d], s.dq, qkv, 3*width, s.inverseQ, a.qGain, cos, sin)
	normRotateGrad(dqkv[width:], gains[d:], s.dk, qkv[width:], 3*width, s.inverseK, a.weights.KGain, cos, sin)
}

// backQueries computes dQ of the queries first to last and their part of dK
// and dV.
func (a *Attention) backQueries(s *attentionScratch, span, first, last int, dqkv, dOut, qkv []float32) {
	d, width, queries := a.HeadDim, a.Heads*a.HeadDim, last-first
	from, to := a.probabilities(s, span, first, last)
	seen := to - from
	probability, gradient := Dense(s.scores, queries, seen), Dense(s.dScores, queries, seen)
	out := rowsOf(dOut, first, last, d, width)
	add := GemmOptions{Accumulate: a.plan.length > queryBlock}

	GemmSerial(s.ws, rowsOf(dqkv[2*width:], from, to, d, 3*width), probability.T(), out, add)
	GemmSerial(s.ws, gradient, out, rowsOf(qkv[2*width:], from, to, d, 3*width).T(), GemmOptions{})
	softmaxGrad(s.dScores, s.scores, queries, seen)
	GemmSerial(s.ws, Dense(s.dq[first*d:last*d], queries, d), gradient, Dense(s.k[from*d:to*d], seen, d), GemmOptions{})
	GemmSerial(s.ws, Dense(s.dk[from*d:to*d], seen, d), gradient.T(), Dense(s.q[first*d:last*d], queries, d), add)
}
