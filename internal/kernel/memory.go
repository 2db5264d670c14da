package kernel

// MemoryWeights are those of a memory beside attention along time, or their gradients:
//
//	In: [D, 2, D], of the gate and of the candidate   Bias: [D], of the gate   Out: [D, D]
//
// It is a gated linear recurrence over the frames of a clip, at every patch by itself, that reads what the attention reads and adds
// to what that adds (minGRU of Feng et al. 2024, arXiv 2410.01201, section 3.1; the RG-LRU of Griffin, arXiv 2402.19427, is akin):
//
//	z_t = sigmoid(n_t In_0 + Bias)    c_t = n_t In_1        n: the normed tokens
//	h_t = (1 - z_t) * h_{t-1} + z_t * c_t                   h_0 = z_0 * c_0
//	y_t = x_t + the attention's + h_t Out
//
// The window of attention does not bound it, and a frame costs the same however many were before. It goes forward in time, in
// clips whose frames see later ones too.
type MemoryWeights struct{ In, Bias, Out []float32 }

// fit says whether they are a memory of width d, or none.
func (w MemoryWeights) fit(d int) bool {
	none := w.In == nil && w.Bias == nil && w.Out == nil
	return none || len(w.In) == 2*d*d && len(w.Bias) == d && len(w.Out) == d*d
}

// like says whether two memories are of the same lengths.
func (w MemoryWeights) like(other MemoryWeights) bool {
	return len(w.In) == len(other.In) && len(w.Bias) == len(other.Bias) && len(w.Out) == len(other.Out)
}

// memory is what an Attention keeps for its memory.
type memory struct {
	memoryPanels
	bias  []float32 // [2, D], zeros for the candidate
	gated []float32 // [N, 2, D], gate and candidate in the order of the blocks, kept for Backward
}

// memoryPanels are In and Out, or their transposes, packed.
type memoryPanels struct{ in, out Panels }

// pack packs the weights of a memory of width d, if it is one.
func (p *memoryPanels) pack(w MemoryWeights, d int) {
	if w.In != nil {
		p.in.Pack(Dense(w.In, d, 2*d))
		p.out.Pack(Dense(w.Out, d, d))
	}
}

// packTransposed packs the transposes.
func (p *memoryPanels) packTransposed(w MemoryWeights, d int) {
	if w.In != nil {
		p.in.Pack(Dense(w.In, d, 2*d).T())
		p.out.Pack(Dense(w.Out, d, d).T())
	}
}

// load takes the gate's bias.
func (m *memory) load(bias []float32) {
	m.bias = resize(m.bias, 2*len(bias))
	copy(m.bias, bias)
	clear(m.bias[len(bias):])
}

// memorySlots is the first slot of a workspace that the memory uses; those before are the attention's.
const memorySlots = headSlots + 5

// gates writes the gates and candidates of normed tokens, [tokens, 2, D].
func (m *memory) gates(ws *Workspace, gated, normed []float32) {
	d := len(m.bias) / 2
	tokens := len(normed) / d
	GemmPanels(ws, Dense(gated, tokens, 2*d), Dense(normed, tokens, d), &m.in, GemmOptions{Bias: m.bias})
	for i := range tokens {
		openness(gated[i*2*d : (i*2+1)*d])
	}
}

// openness replaces x by the sigmoid 1/(1 + exp(-x)) = (1 + tanh(x/2))/2, which neither overflows.
func openness(x []float32) {
	scale(x, x, 0.5)
	tanh(x, x)
	for i, v := range x {
		x[i] = 0.5 + 0.5*v
	}
}

// advance writes the state behind a frame, h + z*(c - h), where state is h and gated [2, D] is z and c. dst is neither.
func advance(dst, state, gated []float32) {
	d := len(dst)
	copy(dst, gated[d:])
	axpy(dst, state, -1)
	mul(dst, dst, gated[:d])
	add(dst, dst, state)
}

// remember returns the states of a block, [tokens, D], in scratch.
func (a *Attention) remember(ws *Workspace, normed []float32, b attentionBlock) []float32 {
	d := a.Heads * a.HeadDim
	gated := ws.Floats(memorySlots, b.tokens*2*d)
	if a.Keep {
		gated = a.memory.gated[b.at*2*d : (b.at+b.tokens)*2*d]
	}
	a.memory.gates(ws, gated, normed)
	return a.states(ws, gated, b)
}

// states returns the states of a block, [tokens, D], in scratch, given its gates and candidates.
func (a *Attention) states(ws *Workspace, gated []float32, b attentionBlock) []float32 {
	d := a.Heads * a.HeadDim
	states, nothing := ws.Floats(memorySlots+1, b.tokens*d), ws.Floats(memorySlots+2, d)
	clear(nothing)
	for i := range b.tokens {
		before := nothing
		if i%a.plan.length > 0 {
			before = states[(i-1)*d : i*d]
		}
		advance(states[i*d:(i+1)*d], before, gated[i*2*d:(i+1)*2*d])
	}
	return states
}

// stepMemory returns the states behind the newest frame at some tokens, in scratch. held are those behind the frame before; with
// commit they are replaced.
func (a *Attention) stepMemory(ws *Workspace, normed, held []float32) []float32 {
	d := a.Heads * a.HeadDim
	gated, states := ws.Floats(memorySlots, 2*len(normed)), ws.Floats(memorySlots+1, len(normed))
	a.memory.gates(ws, gated, normed)
	for i := 0; i < len(normed); i += d {
		advance(states[i:i+d], held[i:i+d], gated[2*i:2*(i+d)])
	}
	if a.commit {
		copy(held, states)
	}
	return states
}

// backMemory takes the gradient of a block back through the memory: it adds to that of the normed tokens and to the item's share
// of the weights'. From the last frame to the first, g being the gradient of h_t through all frames from t on:
//
//	g  += dOut_t Out^T
//	dc  = g * z_t
//	da  = g * (c_t - h_{t-1}) * z_t * (1 - z_t)      a: what the sigmoid is of
//	g   = g * (1 - z_t)
func (a *Attention) backMemory(ws *Workspace, share attentionPart, dNormed, normed, dOut []float32, b attentionBlock) {
	g, d := a.gradient, a.Heads*a.HeadDim
	gated := a.memory.gated[b.at*2*d : (b.at+b.tokens)*2*d]
	states := a.states(ws, gated, b)
	of := func(data []float32, cols int) Matrix { return Dense(data, b.tokens, cols) }
	add := GemmOptions{Accumulate: share.add}
	dStates, dGated := ws.Floats(memorySlots+3, b.tokens*d), ws.Floats(memorySlots+4, b.tokens*2*d)
	GemmSerial(ws, Dense(share.memoryOut, d, d), of(states, d).T(), of(dOut, d), add)
	GemmPanels(ws, of(dStates, d), of(dOut, d), &g.memory.out, GemmOptions{})
	for last := b.tokens; last > 0; last -= a.plan.length {
		a.backStates(ws, share.memoryBias, dGated, dStates, gated, states, last-a.plan.length, last)
	}
	GemmSerial(ws, Dense(share.memoryIn, d, 2*d), of(normed, d).T(), of(dGated, 2*d), add)
	GemmPanels(ws, of(dNormed, d), of(dGated, 2*d), &g.memory.in, GemmOptions{Accumulate: true})
}

// backStates writes the gradient of the gates and candidates of the tokens first to last of a block, one patch over a clip, and
// adds that of the bias.
func (a *Attention) backStates(ws *Workspace, dBias, dGated, dStates, gated, states []float32, first, last int) {
	d := len(dBias)
	future, scratch, nothing := ws.Floats(memorySlots+5, d), ws.Floats(memorySlots+6, d), ws.Floats(memorySlots+7, d)
	clear(future)
	clear(nothing)
	for i := last - 1; i >= first; i-- {
		gate, candidate := gated[i*2*d:(i*2+1)*d], gated[(i*2+1)*d:(i+1)*2*d]
		dGate, dCandidate := dGated[i*2*d:(i*2+1)*d], dGated[(i*2+1)*d:(i+1)*2*d]
		before := nothing
		if i > first {
			before = states[(i-1)*d : i*d]
		}
		add(future, future, dStates[i*d:(i+1)*d])
		mul(dCandidate, future, gate)
		copy(dGate, candidate)
		axpy(dGate, before, -1)
		mul(dGate, dGate, dCandidate)
		mul(scratch, dGate, gate)
		axpy(dGate, scratch, -1)
		add(dBias, dBias, dGate)
		axpy(future, dCandidate, -1)
	}
}
