package kernel

// Along Space a single frame, or a few, leave too few groups to keep several processors busy: there the tokens are cut, not
// the groups, in two passes. All tokens are projected, and the queries and keys of each head turned; then all attend. The
// bits are those of the blocks.

type (
	attentionProject Attention
	attentionAttend  Attention
)

func (a *Attention) forwardFew() {
	n := len(a.x)
	a.qkv, a.rotated = resize(a.qkv, 3*n), resize(a.rotated, 2*n)
	items := a.B * a.T * a.chunks()
	Parallel(items, (*attentionProject)(a))
	Parallel(items, (*attentionAttend)(a))
}

// chunks is how many work items a frame makes.
func (a *Attention) chunks() int { return ceilDiv(a.H*a.W, leastTokensPerItem) }

// chunk returns the frame of an item and the range of its patches.
func (a *Attention) chunk(item int) (frame, from, to int) {
	chunks, patches := a.chunks(), a.H*a.W
	i := item % chunks
	return item / chunks, i * patches / chunks, (i + 1) * patches / chunks
}

// turned returns the turned queries (0) or keys (1) of a head, for the given range of tokens.
func (a *Attention) turned(which, head, from, to int) Matrix {
	n, d := len(a.x)/(a.Heads*a.HeadDim), a.HeadDim
	at := (which*a.Heads + head) * n
	return Dense(a.rotated[(at+from)*d:(at+to)*d], to-from, d)
}

// Run projects some tokens of a frame.
func (a *attentionProject) Run(item int, ws *Workspace) {
	attention := (*Attention)(a)
	frame, from, to := attention.chunk(item)
	d, first, tokens := a.Heads*a.HeadDim, frame*a.H*a.W+from, to-from
	normed := ws.Floats(headSlots, tokens*d)
	a.norm.rows(normed, a.x[first*d:(first+tokens)*d], frame)
	qkv := a.qkv[first*3*d : (first+tokens)*3*d]
	GemmPanels(ws, Dense(qkv, tokens, 3*d), Dense(normed, tokens, d), &a.pQKV, GemmOptions{})
	inverse, half := ws.Floats(headSlots+1, tokens), a.HeadDim/2
	cos, sin := a.rotation.cos[from*half:to*half], a.rotation.sin[from*half:to*half]
	for head := range a.Heads {
		at := head * a.HeadDim
		normRotate(attention.turned(0, head, first, first+tokens).Data, inverse, qkv[at:], 3*d, a.qGain, cos, sin)
		normRotate(attention.turned(1, head, first, first+tokens).Data, inverse, qkv[d+at:], 3*d, a.weights.KGain, cos, sin)
	}
}

// Run attends from some tokens of a frame to all of it.
func (a *attentionAttend) Run(item int, ws *Workspace) {
	attention := (*Attention)(a)
	frame, from, to := attention.chunk(item)
	patches, d := a.H*a.W, a.Heads*a.HeadDim
	start, first, tokens := frame*patches, frame*patches+from, to-from
	attended, scores := ws.Floats(headSlots, tokens*d), ws.Floats(headSlots+1, tokens*patches)
	for head := range a.Heads {
		GemmSerial(ws, Dense(scores, tokens, patches), attention.turned(0, head, first, first+tokens),
			attention.turned(1, head, start, start+patches).T(), GemmOptions{})
		for query := range tokens {
			softmax(scores[query*patches : (query+1)*patches])
		}
		GemmSerial(ws, rowsOf(attended[head*a.HeadDim:], 0, tokens, a.HeadDim, d), Dense(scores, tokens, patches),
			rowsOf(a.qkv[2*d+head*a.HeadDim:], start, start+patches, a.HeadDim, 3*d), GemmOptions{})
	}
	dst := a.dst[first*d : (first+tokens)*d]
	copy(dst, a.x[first*d:])
	GemmPanels(ws, Dense(dst, tokens, d), Dense(attended, tokens, d), &a.pOut, GemmOptions{Accumulate: true})
}
