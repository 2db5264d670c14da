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

// Run computes the gradients of one item's heads.
func (a *attentionBackward) Run(item int, ws *Workspace) {
	attention := (*Attention)(a)
	s := attention.scratch(ws)
	partial := a.partial[item*2*a.HeadDim : (item+1)*2*a.HeadDim]
	clear(partial)
	from, to := attention.unitsOf(item)
	for unit := from; unit < to; unit++ {
		attention.backwardHead(&s, attention.view(unit), partial)
	}
}

// backwardHead computes the gradient of one head; s.out holds dO.
func (a *Attention) backwardHead(s *attentionScratch, view headView, partial []float32) {
	length, d := a.plan.length, a.HeadDim
	width := a.Heads * d
	a.load(s, view)
	gatherRows(s.out, a.dOut[view.token*width+view.head:], view.stride*width, length, d)
	clear(s.dk)
	clear(s.dv)
	for first := 0; first < length; first += queryBlock {
		a.backwardBlock(s, view.clip, first, min(length, first+queryBlock))
	}
	a.store(s, view, partial)
}

// backwardBlock writes dq of the queries first to last and adds their part to
// dk and dv.
func (a *Attention) backwardBlock(s *attentionScratch, clip, first, last int) {
	d, queries := a.HeadDim, last-first
	from, to := a.probabilities(s, clip, first, last)
	seen := to - from
	ws, probability, gradient := s.ws, Dense(s.scores, queries, seen), Dense(s.dScores, queries, seen)
	dOut := Dense(s.out[first*d:last*d], queries, d)
	add := GemmOptions{Accumulate: true}

	GemmSerial(ws, Dense(s.dv[from*d:to*d], seen, d), probability.T(), dOut, add)
	GemmSerial(ws, gradient, dOut, Dense(s.v[from*d:to*d], seen, d).T(), GemmOptions{})
	softmaxGrad(s.dScores, s.scores, queries, seen)
	GemmSerial(ws, Dense(s.dq[first*d:last*d], queries, d), gradient, Dense(s.k[from*d:to*d], seen, d), GemmOptions{})
	GemmSerial(ws, Dense(s.dk[from*d:to*d], seen, d), gradient.T(), Dense(s.q[first*d:last*d], queries, d), add)
}

// softmaxGrad turns the gradient of probabilities [rows, n] into that of the
// scores, row by row: g = p*(g - sum(p*g)).
func softmaxGrad(gradient, probability []float32, rows, n int) {
	for r := range rows {
		g, p := gradient[r*n:(r+1)*n], probability[r*n:(r+1)*n]
		mean := Dot(g, p)
		Mul(g, g, p)
		Axpy(g, p, -mean)
	}
}

// store takes the gradients of a head back through rotation and norm, writes
// them to dqkv and adds those of the gains to partial [2, d].
func (a *Attention) store(s *attentionScratch, view headView, partial []float32) {
	length, d := a.plan.length, a.HeadDim
	width := a.Heads * d
	at, stride := view.token*3*width+view.head, view.stride*3*width
	cos, sin := a.rotation.cos, a.rotation.sin
	normRotateGrad(a.dqkv[at:], partial[:d], s.dq, a.qkv[at:], stride, s.inverseQ, a.qGain, cos, sin)
	at += width
	normRotateGrad(a.dqkv[at:], partial[d:], s.dk, a.qkv[at:], stride, s.inverseK, a.kGain, cos, sin)
	scatterRows(a.dqkv[at+width:], stride, s.dv, length, d)
}
