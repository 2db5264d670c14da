package kernel

// convMaxItems bounds how many partial gradients of the weights there are.
const convMaxItems = 32

// convChannels is how many channels of a frame are read for all taps before
// the next, so that they stay in the first-level cache.
const convChannels = 32

// DepthwiseConv is a k x k convolution of every channel by itself, over frames
// whose border is padded with zeros, r = (k-1)/2:
//
//	dst[f,y,x,c] = sum_(i,j) w[i,j,c] * in[f, y+i-r, x+j-r, c]
//
//	in, dst: [F, H, W, D]   w: [k, k, D], k odd
//
// It keeps scratch between calls: give each node of a graph its own. Size may
// change between calls.
type DepthwiseConv struct {
	Size int // k (default 5)

	dst, in, w, dOut     []float32
	partial              []float32 // [items, k, k, D]
	frames, h, wide, d   int
	framesPerItem, items int
	flip                 bool // turn the kernel by half a turn: the gradient of in
}

type (
	convForward    DepthwiseConv
	convWeightGrad DepthwiseConv
)

// Forward convolves frames of height x width; their depth is len(w)/k^2.
func (c *DepthwiseConv) Forward(dst, in, w []float32, height, width int) {
	c.prepare(in, w, height, width)
	require(len(dst) == len(in), "kernel: convolution: dst differs from in in length")
	c.dst, c.in, c.flip = dst, in, false
	Parallel(c.frames*height, (*convForward)(c))
}

// Backward writes the gradients with respect to in and w, given the gradient
// dOut of the output. It overwrites them. The weights' gradient is summed in
// an order that depends on the shape alone.
func (c *DepthwiseConv) Backward(din, dw, dOut, in, w []float32, height, width int) {
	c.prepare(in, w, height, width)
	require(len(din) == len(in) && len(dOut) == len(in), "kernel: convolution: din or dOut differs from in in length")
	require(len(dw) == len(w), "kernel: convolution: dw differs from w in length")
	c.dst, c.in, c.flip = din, dOut, true
	Parallel(c.frames*height, (*convForward)(c))
	c.in, c.dOut = in, dOut
	c.partial = resize(c.partial, c.items*len(w))
	Parallel(c.items, (*convWeightGrad)(c))
	clear(dw)
	for item := range c.items {
		Add(dw, dw, c.partial[item*len(w):(item+1)*len(w)])
	}
}

func (c *DepthwiseConv) prepare(in, w []float32, height, width int) {
	if c.Size == 0 {
		c.Size = 5
	}
	require(c.Size > 0 && c.Size%2 == 1, "kernel: convolution: the size is not odd")
	require(len(w) > 0 && len(w)%(c.Size*c.Size) == 0, "kernel: convolution: w is not [k*k, D]")
	require(height > 0 && width > 0, "kernel: convolution: a frame is empty")
	c.d = len(w) / (c.Size * c.Size)
	require(len(in)%(height*width*c.d) == 0, "kernel: convolution: in is not a whole number of frames")
	c.w, c.h, c.wide = w, height, width
	c.frames = len(in) / (height * width * c.d)
	c.framesPerItem = max(1, ceilDiv(c.frames, convMaxItems))
	c.items = ceilDiv(c.frames, c.framesPerItem)
}

// taps returns which of the k taps around place, in a line of length places,
// read within it.
func (c *DepthwiseConv) taps(place, length int) (from, to int) {
	radius := c.Size / 2
	return max(0, radius-place), min(c.Size, length+radius-place)
}

// pixels views the pixels of frames from one of them on.
func (c *DepthwiseConv) pixels(data []float32, frame, y, x int) window {
	return window{data: data, at: ((frame*c.h+y)*c.wide + x) * c.d, row: c.wide * c.d, col: c.d}
}

// kernelFrom views the weights from tap (i, j) on, or, where the kernel is
// flipped, those opposite of them.
func (c *DepthwiseConv) kernelFrom(i, j int) window {
	w := window{data: c.w, at: (i*c.Size + j) * c.d, row: c.Size * c.d, col: c.d}
	if c.flip {
		w.at = len(c.w) - c.d - w.at
		w.row, w.col = -w.row, -w.col
	}
	return w
}

// Run convolves one row of pixels of one frame.
func (c *convForward) Run(item int, _ *Workspace) {
	conv := (*DepthwiseConv)(c)
	frame, y := item/c.h, item%c.h
	top, bottom := conv.taps(y, c.h)
	for x := range c.wide {
		left, right := conv.taps(x, c.wide)
		in := conv.pixels(c.in, frame, y+top-c.Size/2, x+left-c.Size/2)
		at := (item*c.wide + x) * c.d
		windowDot(c.dst[at:at+c.d], conv.kernelFrom(top, left), in, bottom-top, right-left, false)
	}
}

// Run sums the gradient of the weights over one item's frames.
func (c *convWeightGrad) Run(item int, _ *Workspace) {
	dw := c.partial[item*len(c.w) : (item+1)*len(c.w)]
	clear(dw)
	for frame := item * c.framesPerItem; frame < min(c.frames, (item+1)*c.framesPerItem); frame++ {
		for channel := 0; channel < c.d; channel += convChannels {
			(*DepthwiseConv)(c).addTaps(dw, frame, channel, min(c.d, channel+convChannels))
		}
	}
}

// addTaps adds one frame's part to channels from to to of every tap.
func (c *DepthwiseConv) addTaps(dw []float32, frame, from, to int) {
	for tap := range c.Size * c.Size {
		c.addTap(dw[tap*c.d+from:tap*c.d+to], frame, from, tap/c.Size, tap%c.Size)
	}
}

// addTap adds the products of all pixels of a frame with those that tap (i, j)
// reads for them, in as many channels as dw has, from channel on.
func (c *DepthwiseConv) addTap(dw []float32, frame, channel, i, j int) {
	down, right := i-c.Size/2, j-c.Size/2
	y, x := max(0, -down), max(0, -right) // the first pixel whose tap lies within
	rows, cols := c.h-max(down, -down), c.wide-max(right, -right)
	if rows > 0 && cols > 0 {
		dOut, in := c.pixels(c.dOut, frame, y, x), c.pixels(c.in, frame, y+down, x+right)
		dOut.at, in.at = dOut.at+channel, in.at+channel
		windowDot(dw, dOut, in, rows, cols, true)
	}
}
