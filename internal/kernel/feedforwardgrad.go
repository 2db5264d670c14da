package kernel

// feedForwardGrad is what the gradient of a FeedForward needs besides.
type feedForwardGrad struct {
	in, out          Panels // the transposes of In and Out, packed
	partial          partialSums
	dx, dOut         []float32
	framesPerItem    int
	framesPerProduct int // frames that share a product
}

// feedForwardPart is one work item's share of the weights' gradients.
type feedForwardPart struct {
	in, out, taps []float32
	add           bool // to in and out, which are otherwise overwritten
}

type feedForwardBack FeedForward

// Backward writes the gradients with respect to x and the weights, given the gradient dOut [N, D] of the output. Forward,
// with Keep set, saw the same x and w just before. It overwrites the gradients; dw.Film is nil if w.Film is. Sums over
// tokens are made in an order that depends on the shape alone.
func (f *FeedForward) Backward(dx []float32, dw FeedForwardWeights, dOut, x []float32, w FeedForwardWeights) {
	require(f.Keep, "kernel: feed-forward: Backward without Keep")
	f.prepare(x, w)
	require(len(f.mixed) == len(x), "kernel: feed-forward: Backward of what Forward did not see")
	require(len(dx) == len(x) && len(dOut) == len(x), "kernel: feed-forward: dx or dOut differs from x in length")
	require(len(dw.Gain) == len(w.Gain) && len(dw.Taps) == len(w.Taps) && len(dw.In) == len(w.In) &&
		len(dw.Out) == len(w.Out) && len(dw.Film) == len(w.Film), "kernel: feed-forward: a gradient differs from its weights in length")
	if f.gradient == nil {
		f.gradient = new(feedForwardGrad)
	}
	g := f.gradient
	g.in.Pack(Dense(w.In, f.depth, 2*f.Hidden).T())
	g.out.Pack(Dense(w.Out, f.Hidden, f.depth).T())
	g.dx, g.dOut = dx, dOut
	g.framesPerProduct = max(1, tokensPerItem/(f.Height*f.Width))
	g.framesPerItem = roundUp(ceilDiv(f.frames, gradientItems), g.framesPerProduct)
	items := ceilDiv(f.frames, g.framesPerItem)
	f.norm.preparePartial(f.frames, 1)
	ws := getWorkspace()
	g.partial.reserve(ws, items, len(w.In)+len(w.Out)+len(w.Taps))
	Parallel(items, (*feedForwardBack)(f))
	g.partial.sum(dw.In, dw.Out, dw.Taps)
	putWorkspace(ws)
	f.norm.reduce(dw.Gain, dw.Film, w.Gain)
}

// Run computes the gradients of one item's frames.
func (f *feedForwardBack) Run(item int, ws *Workspace) {
	g, w := f.gradient, &f.weights
	part := g.partial.part(item)
	clear(part[len(w.In)+len(w.Out):])
	share := feedForwardPart{in: part[:len(w.In)], out: part[len(w.In):][:len(w.Out)], taps: part[len(w.In)+len(w.Out):]}
	last := min(f.frames, (item+1)*g.framesPerItem)
	for frame := item * g.framesPerItem; frame < last; frame += g.framesPerProduct {
		(*FeedForward)(f).backFrames(ws, share, frame, min(last, frame+g.framesPerProduct))
		share.add = true
	}
}

// backFrames takes the gradient of frames first to last back through the block.
func (f *FeedForward) backFrames(ws *Workspace, share feedForwardPart, first, last int) {
	d, patches := f.depth, f.Height*f.Width
	tokens := (last - first) * patches
	dMixed := ws.Floats(0, tokens*d)
	for done := 0; done < tokens; done += tokensPerItem {
		f.backGate(ws, share, dMixed[done*d:], first*patches+done, min(tokensPerItem, tokens-done))
		share.add = true
	}
	for frame := first; frame < last; frame++ {
		at, end := frame*patches*d, (frame+1)*patches*d
		normed, dNormed := ws.Floats(1, patches*d), ws.Floats(2, patches*d)
		dFrame := dMixed[(frame-first)*patches*d:][:patches*d]
		f.norm.rows(normed, f.x[at:end], frame)
		f.conv.addTaps(share.taps, dFrame, normed)
		f.conv.rows(dNormed, dFrame, f.weights.Taps, 0, f.Height, 0, true)
		f.norm.backRows(f.gradient.dx[at:end], dNormed, f.x[at:end], f.gradient.dOut[at:end], frame, frame)
	}
}

// backGate takes the gradient of some tokens back through the part behind the convolution.
func (f *FeedForward) backGate(ws *Workspace, share feedForwardPart, dMixed []float32, token, tokens int) {
	d, h, g := f.depth, f.Hidden, f.gradient
	dGated, gated, dInner := ws.Floats(3, tokens*h), ws.Floats(4, tokens*h), ws.Floats(5, tokens*2*h)
	dOut := Dense(g.dOut[token*d:(token+tokens)*d], tokens, d)
	GemmPanels(ws, Dense(dGated, tokens, h), dOut, &g.out, GemmOptions{})
	inner := f.inner[token*2*h : (token+tokens)*2*h]
	for i := range tokens {
		gate, at := inner[i*2*h:][:h], i*2*h
		swiGLUGrad(gated[i*h:(i+1)*h], dInner[at:][:h], dInner[at+h:][:h], dGated[i*h:(i+1)*h], gate, inner[at+h:][:h])
	}
	add := GemmOptions{Accumulate: share.add}
	GemmSerial(ws, Dense(share.out, h, d), Dense(gated, tokens, h).T(), dOut, add)
	GemmPanels(ws, Dense(dMixed[:tokens*d], tokens, d), Dense(dInner, tokens, 2*h), &g.in, GemmOptions{})
	GemmSerial(ws, Dense(share.in, d, 2*h), Dense(f.mixed[token*d:(token+tokens)*d], tokens, d).T(), Dense(dInner, tokens, 2*h), add)
}
