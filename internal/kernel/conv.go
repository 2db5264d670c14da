package kernel

// convMaxItems bounds how many partial gradients of the weights there are.
const convMaxItems = 32

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

// Run convolves one row of pixels of one frame.
func (c *convForward) Run(item int, _ *Workspace) {
	frame, y := item/c.h, item%c.h
	row := c.dst[item*c.wide*c.d : (item+1)*c.wide*c.d]
	clear(row)
	(*DepthwiseConv)(c).taps(y, func(i, j, sourceRow int) {
		tap := i*c.Size + j
		if c.flip {
			tap = c.Size*c.Size - 1 - tap
		}
		w := c.w[tap*c.d : (tap+1)*c.d]
		source := c.in[(frame*c.h+sourceRow)*c.wide*c.d:][:c.wide*c.d]
		from, to, shift := (*DepthwiseConv)(c).columns(j)
		for x := from; x < to; x++ {
			MulAdd(row[x*c.d:(x+1)*c.d], w, source[(x+shift)*c.d:(x+shift+1)*c.d])
		}
	})
}

// taps calls visit for each tap that reads a row within the frame.
func (c *DepthwiseConv) taps(y int, visit func(i, j, sourceRow int)) {
	radius := c.Size / 2
	for i := range c.Size {
		sourceRow := y + i - radius
		if sourceRow < 0 || sourceRow >= c.h {
			continue
		}
		for j := range c.Size {
			visit(i, j, sourceRow)
		}
	}
}

// columns returns for which columns tap j reads within the frame, and how far
// to the right it reads.
func (c *DepthwiseConv) columns(j int) (from, to, shift int) {
	shift = j - c.Size/2
	return max(0, -shift), min(c.wide, c.wide-shift), shift
}

// Run sums the gradient of the weights over one item's frames.
func (c *convWeightGrad) Run(item int, _ *Workspace) {
	dw := c.partial[item*len(c.w) : (item+1)*len(c.w)]
	clear(dw)
	for frame := item * c.framesPerItem; frame < min(c.frames, (item+1)*c.framesPerItem); frame++ {
		for y := range c.h {
			c.addRow(dw, frame, y)
		}
	}
}

// addRow adds the part of one row of outputs.
func (c *convWeightGrad) addRow(dw []float32, frame, y int) {
	row := c.dOut[(frame*c.h+y)*c.wide*c.d:][:c.wide*c.d]
	(*DepthwiseConv)(c).taps(y, func(i, j, sourceRow int) {
		tap := i*c.Size + j
		source := c.in[(frame*c.h+sourceRow)*c.wide*c.d:][:c.wide*c.d]
		from, to, shift := (*DepthwiseConv)(c).columns(j)
		for x := from; x < to; x++ {
			MulAdd(dw[tap*c.d:(tap+1)*c.d], row[x*c.d:(x+1)*c.d], source[(x+shift)*c.d:(x+shift+1)*c.d])
		}
	})
}
