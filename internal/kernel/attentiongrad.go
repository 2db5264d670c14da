package kernel

// Backward writes the gradients of Forward with respect to qkv [N, 3, D] and
// to the gains [d], given the gradient dOut [N, D] of its output. It
// overwrites all three. The gains' gradients are summed in an order that
// depends on the shape alone.
//
//	P  = softmax(q k^T)         per head, recomputed
//	dV = P^T dO
//	dS = P * (dO V^T - c)       c: each row's sum of P * (dO V^T)
//	dQ = dS K,  dK = dS^T Q     then back through the rotation and the norm
func (a *Attention) Backward(dqkv, dqGain, dkGain, dOut, qkv, qGain, kGain []float32) {
	a.prepare(qkv, qGain, kGain)
	require(len(dqkv) == len(qkv), "kernel: attention: dqkv is not [N, 3D]")
	require(len(dOut)*3 == len(qkv), "kernel: attention: dOut is not [N, D]")
	require(len(dqGain) == a.HeadDim && len(dkGain) == a.HeadDim, "kernel: attention: a gain's gradient is not [d]")
	a.dqkv, a.dOut = dqkv, dOut
	a.partial = resize(a.partial, a.plan.items*2*a.HeadDim)
	Parallel(a.plan.items, (*attentionBackward)(a))
	a.reduceGains(dqGain, dkGain)
}

// reduceGains adds the items' parts in the items' order.
func (a *Attention) reduceGains(dqGain, dkGain []float32) {
	d := a.HeadDim
	clear(dqGain)
	clear(dkGain)
	for item := range a.plan.items {
		part := a.partial[item*2*d:]
		for i := range d {
			dqGain[i] += part[i]
			dkGain[i] += part[d+i]
		}
	}
	for i := range dqGain {
		dqGain[i] *= scoreScale(d)
	}
}

// Run computes the gradients of one item's units.
func (a *attentionBackward) Run(item int, ws *Workspace) {
	attention := (*Attention)(a)
	s := attention.scratch(ws)
	partial := a.partial[item*2*a.HeadDim : (item+1)*2*a.HeadDim]
	clear(partial)
	from, to := attention.unitsOf(item)
	for unit := from; unit < to; unit++ {
		attention.backwardUnit(&s, attention.group(unit), partial)
	}
}

func (a *Attention) backwardUnit(s *attentionScratch, g group, partial []float32) {
	width := a.Heads * a.HeadDim
	qkv, dOut := s.gather(s.qkv, a.qkv, g, 3*width), s.gather(s.out, a.dOut, g, width)
	dqkv := a.dqkv[g.token*3*width:]
	if g.stride > 1 {
		dqkv = s.dqkv
	}
	for head := g.head; head < g.headEnd; head++ {
		at := head * a.HeadDim
		a.backwardHead(s, g.clip, dqkv[at:], dOut[at:], qkv[at:], partial)
	}
	s.scatter(a.dqkv, dqkv, g, 3*width)
}

// backwardHead computes the gradient of the head at the start of qkv, and adds
// those of the gains to partial [2, d].
func (a *Attention) backwardHead(s *attentionScratch, clip int, dqkv, dOut, qkv, partial []float32) {
	length, d, width := a.plan.length, a.HeadDim, a.Heads*a.HeadDim
	a.load(s, qkv)
	if length > queryBlock { // the blocks add to dK and dV
		clear(s.dk)
		for i := range length {
			clear(dqkv[2*width+i*3*width:][:d])
		}
	}
	for first := 0; first < length; first += queryBlock {
		a.backwardBlock(s, clip, first, min(length, first+queryBlock), dqkv, dOut, qkv)
	}
	cos, sin := a.rotation.cos, a.rotation.sin
	normRotateGrad(dqkv, partial[:d], s.dq, qkv, 3*width, s.inverseQ, a.qGain, cos, sin)
	normRotateGrad(dqkv[width:], partial[d:], s.dk, qkv[width:], 3*width, s.inverseK, a.kGain, cos, sin)
}

// backwardBlock computes dQ of the queries first to last and their part of dK
// and dV.
func (a *Attention) backwardBlock(s *attentionScratch, clip, first, last int, dqkv, dOut, qkv []float32) {
	d, width, queries := a.HeadDim, a.Heads*a.HeadDim, last-first
	from, to := a.probabilities(s, clip, first, last)
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
