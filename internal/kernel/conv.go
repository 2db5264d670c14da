package kernel

// convChannels is how many channels of a frame are read for all taps before the next, so that they stay in the
// first-level cache.
const convChannels = 32

// convolution is a k x k convolution of every channel by itself, over a frame whose border is padded with zeros,
// r = (k-1)/2:
//
//	dst[y,x,c] = sum_(i,j) taps[i,j,c] * in[y+i-r, x+j-r, c]
//
//	in, dst: [H, W, D]   taps: [k, k, D], k odd
type convolution struct{ size, height, width, depth int }

// reach returns the rows that the taps of rows first to last read.
func (c *convolution) reach(first, last int) (top, bottom int) {
	return max(0, first-c.size/2), min(c.height, last+c.size/2)
}

// taps returns which of the k taps around place, in a line of length places, read within it.
func (c *convolution) taps(place, length int) (from, to int) {
	radius := c.size / 2
	return max(0, radius-place), min(c.size, length+radius-place)
}

// pixels views the pixels of a frame, of which data holds the rows from top on.
func (c *convolution) pixels(data []float32, top, y, x int) window {
	return window{data: data, at: ((y-top)*c.width + x) * c.depth, row: c.width * c.depth, col: c.depth}
}

// from views the taps from (i, j) on or, turned by half a turn, those opposite of them: so turned, a convolution is its
// own gradient.
func (c *convolution) from(taps []float32, i, j int, turned bool) window {
	w := window{data: taps, at: (i*c.size + j) * c.depth, row: c.size * c.depth, col: c.depth}
	if turned {
		w.at = len(taps) - c.depth - w.at
		w.row, w.col = -w.row, -w.col
	}
	return w
}

// rows writes rows first to last of a frame to dst; in holds its rows from top on, at the least those of reach.
func (c *convolution) rows(dst, in, taps []float32, first, last, top int, turned bool) {
	for y := first; y < last; y++ {
		up, down := c.taps(y, c.height)
		for x := range c.width {
			left, right := c.taps(x, c.width)
			at := ((y-first)*c.width + x) * c.depth
			windowDot(dst[at:at+c.depth], c.from(taps, up, left, turned), c.pixels(in, top, y+up-c.size/2, x+left-c.size/2),
				down-up, right-left, false)
		}
	}
}

// addTaps adds the gradient of the taps to dTaps, given a frame and the gradient of its convolution.
func (c *convolution) addTaps(dTaps, dOut, in []float32) {
	for channel := 0; channel < c.depth; channel += convChannels {
		last := min(c.depth, channel+convChannels)
		for tap := range c.size * c.size {
			c.addTap(dTaps[tap*c.depth+channel:tap*c.depth+last], dOut, in, channel, tap/c.size, tap%c.size)
		}
	}
}

// addTap adds the products of all pixels with those that tap (i, j) reads for them, in as many channels as dTap has, from
// channel on.
func (c *convolution) addTap(dTap, dOut, in []float32, channel, i, j int) {
	down, right := i-c.size/2, j-c.size/2
	y, x := max(0, -down), max(0, -right) // the first pixel whose tap lies within
	rows, cols := c.height-max(down, -down), c.width-max(right, -right)
	if rows > 0 && cols > 0 {
		out, from := c.pixels(dOut, 0, y, x), c.pixels(in, 0, y+down, x+right)
		out.at, from.at = out.at+channel, from.at+channel
		windowDot(dTap, out, from, rows, cols, true)
	}
}
