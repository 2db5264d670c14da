package kernel

const (
	// tokensPerItem is about how many tokens one work item takes through a whole block: few enough that what lies between
	// its products stays in the second-level cache, enough for the products to run at full speed.
	tokensPerItem = 64
	// leastTokensPerItem is the least where there are few tokens in all.
	leastTokensPerItem = 32
	// gradientItems bounds the work items of a gradient, each of which has a copy of the weights' gradients.
	gradientItems = 16
)

// FeedForward is the residual block on a grid of tokens
//
//	y = x + SwiGLU(conv(norm(x)) In) Out
//
// where norm is an RMSNorm that a frame's film modulates, conv a depthwise convolution of k x k, and SwiGLU (Shazeer 2020,
// arXiv 2002.05202) gates the first half of its input by the second:
//
//	x, y: [N, D]   Gain: [D]   Taps: [k, k, D]   In: [D, 2, F]   Out: [F, D]   Film: [N/P, 2, D] or nil
//
// A work item takes some frames, or some rows of one, through the whole block, so that nothing in between leaves the
// caches; only what Backward needs is written out. A FeedForward keeps scratch between calls: give each node of a graph
// its own.
type FeedForward struct {
	Height, Width int // of the grid, H*W = P
	Hidden        int // F
	// Keep says that Backward follows Forward. Default false: only Forward is called.
	Keep bool
	// Frozen says that the weights are those of the last Forward, whose packed form is used again. Default false.
	Frozen bool

	weights       FeedForwardWeights
	norm          RMSNorm
	conv          convolution
	in, out       Panels    // In and Out, packed
	mixed, inner  []float32 // [N, D] and [N, 2F], kept for Backward
	dst, x        []float32
	depth, frames int
	bands         int // of a frame, where frames are few
	framesPerItem int
	gradient      *feedForwardGrad
}

// FeedForwardWeights are the parameters of a FeedForward, or their gradients.
type FeedForwardWeights struct{ Gain, Taps, In, Out, Film []float32 }

type feedForwardRun FeedForward

// Forward writes the block's output for x to dst, which must not be x.
func (f *FeedForward) Forward(dst, x []float32, w FeedForwardWeights) {
	f.prepare(x, w)
	require(len(dst) == len(x), "kernel: feed-forward: dst differs from x in length")
	f.dst = dst
	if !f.Frozen {
		f.in.Pack(Dense(w.In, f.depth, 2*f.Hidden))
		f.out.Pack(Dense(w.Out, f.Hidden, f.depth))
	}
	if f.Keep {
		f.mixed, f.inner = resize(f.mixed, len(x)), resize(f.inner, len(x)/f.depth*2*f.Hidden)
	}
	Parallel(ceilDiv(f.frames, f.framesPerItem)*f.bands, (*feedForwardRun)(f))
}

func (f *FeedForward) prepare(x []float32, w FeedForwardWeights) {
	d, patches := len(w.Gain), f.Height*f.Width
	require(min(f.Height, f.Width, f.Hidden, d) > 0, "kernel: feed-forward: a dimension is not positive")
	require(len(x)%(d*patches) == 0, "kernel: feed-forward: x is not a whole number of frames")
	size := oddRoot(len(w.Taps) / d)
	require(size*size*d == len(w.Taps), "kernel: feed-forward: Taps is not [k*k, D] for an odd k")
	require(len(w.In) == 2*f.Hidden*d, "kernel: feed-forward: In is not [D, 2F]")
	require(len(w.Out) == f.Hidden*d, "kernel: feed-forward: Out is not [F, D]")
	f.depth, f.frames = d, len(x)/(d*patches)
	require(w.Film == nil || len(w.Film) == f.frames*2*d, "kernel: feed-forward: Film is not [F, 2D]")
	require(!f.Frozen || f.in.k == d && f.in.n == 2*f.Hidden, "kernel: feed-forward: frozen before the first Forward")
	f.x, f.weights = x, w
	f.conv = convolution{size: size, height: f.Height, width: f.Width, depth: d}
	f.norm.load(x, w.Gain, w.Film, patches)
	f.bands, f.framesPerItem = 1, max(1, tokensPerItem/patches)
	if few := f.frames * patches / leastTokensPerItem; f.framesPerItem == 1 && f.frames < 4 && few > f.frames {
		f.bands = min(f.Height, 4/f.frames, few/f.frames)
	}
}

// oddRoot returns the odd number whose square is n, or 0.
func oddRoot(n int) int {
	for k := 1; k*k <= n; k += 2 {
		if k*k == n {
			return k
		}
	}
	return 0
}

// Run takes some frames, or one band of a frame, through the block.
func (f *feedForwardRun) Run(item int, ws *Workspace) {
	block := (*FeedForward)(f)
	d, patches := f.depth, f.Height*f.Width
	first, band := item/f.bands*f.framesPerItem, item%f.bands
	from, to := band*f.Height/f.bands, (band+1)*f.Height/f.bands
	top, bottom := f.conv.reach(from, to)
	last := min(f.frames, first+f.framesPerItem)
	token := first*patches + from*f.Width
	tokens := (last-first-1)*patches + (to-from)*f.Width
	mixed := block.kept(f.mixed, token*d, ws, 0, tokens*d)
	for frame := first; frame < last; frame++ {
		normed := ws.Floats(1, (bottom-top)*f.Width*d)
		at := (frame*patches + top*f.Width) * d
		f.norm.rows(normed, f.x[at:at+len(normed)], frame)
		out := (frame - first) * patches * d
		f.conv.rows(mixed[out:out+(to-from)*f.Width*d], normed, f.weights.Taps, from, to, top, false)
	}
	for done := 0; done < tokens; done += tokensPerItem {
		block.gate(ws, mixed[done*d:], token+done, min(tokensPerItem, tokens-done))
	}
}

// kept returns n floats: of what is kept from at on, where it is, else scratch.
func (f *FeedForward) kept(kept []float32, at int, ws *Workspace, slot, n int) []float32 {
	if f.Keep {
		return kept[at : at+n]
	}
	return ws.Floats(slot, n)
}

// gate takes some tokens through the part behind the convolution.
func (f *FeedForward) gate(ws *Workspace, mixed []float32, token, tokens int) {
	d, h := f.depth, f.Hidden
	inner := f.kept(f.inner, token*2*h, ws, 2, tokens*2*h)
	gated := ws.Floats(3, tokens*h)
	GemmPanels(ws, Dense(inner, tokens, 2*h), Dense(mixed[:tokens*d], tokens, d), &f.in, GemmOptions{})
	for i := range tokens {
		swiGLU(gated[i*h:(i+1)*h], inner[i*2*h:][:h], inner[i*2*h+h:][:h])
	}
	dst := f.dst[token*d : (token+tokens)*d]
	copy(dst, f.x[token*d:])
	GemmPanels(ws, Dense(dst, tokens, d), Dense(gated, tokens, h), &f.out, GemmOptions{Accumulate: true})
}
