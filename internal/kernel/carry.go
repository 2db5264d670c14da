package kernel

// Carry makes a frame out of the pixels of another. Every cell of P x P pixels has M displacements, which are interpolated between the
// centres of the cells, and each pixel of the new frame is a blend of the M pixels that the displacements lead to and of a
// painted one (Finn et al. 2016, arXiv 1605.07157, section 3, whose kernels are displacements here, and whose masks are these):
//
//	out(q) = sum over m of w_m(q) * source(q + P*d_m(q)) + w_M(q) * paint(q)
//	w(q) = softmax of the M+1 logits of q
//
//	head: [F, h*w, HeadSize()], in a cell the displacements [M, 2] as x and y, then logits [P, P, M+1], then paint [P, P, 3]
//	source: [F, H, W, 3]   out: [F, h*w, P*P*3], in patches   H = P*h, W = P*w
//
// A place between four pixels is interpolated, one outside of the frame is that of the border next to it. A Carry keeps scratch
// between calls: give each node of a graph its own.
type Carry struct {
	Height, Width int // of a frame in pixels, multiples of Patch
	Patch, Flows  int // P and M

	dst, head, source []float32
	dHead, dDst       []float32
	down, right       []between
}

// maxFlows is how many displacements a cell may have.
const maxFlows = 8

type (
	carryForward  Carry
	carryBackward Carry
)

// HeadSize returns the length of what a cell says.
func (c *Carry) HeadSize() int { return 2*c.Flows + c.Patch*c.Patch*(c.Flows+1+3) }

// between tells where a pixel lies between the centres of two cells: share of the way from the first to the second.
type between struct {
	first, second int
	share         float32
}

// Forward writes the new frames.
func (c *Carry) Forward(dst, head, source []float32) {
	c.prepare(dst, head, source)
	Parallel(len(source)/(c.Height*c.Width*3), (*carryForward)(c))
}

// Backward overwrites dHead with the gradient, given that of the new frames. The source is data.
func (c *Carry) Backward(dHead, dDst, head, source []float32) {
	c.prepare(dDst, head, source)
	require(len(dHead) == len(head), "kernel: carry: the gradient of the head has another length than the head")
	c.dHead, c.dDst = dHead, dDst
	Parallel(len(source)/(c.Height*c.Width*3), (*carryBackward)(c))
}

func (c *Carry) prepare(dst, head, source []float32) {
	require(min(c.Height, c.Width, c.Patch) > 0, "kernel: carry: a dimension is not positive")
	require(0 < c.Flows && c.Flows <= maxFlows, "kernel: carry: there must be 1 to 8 displacements")
	require(c.Height%c.Patch == 0 && c.Width%c.Patch == 0, "kernel: carry: the patch does not divide the frame")
	size := c.Height * c.Width
	require(len(source)%(3*size) == 0, "kernel: carry: not a whole number of frames")
	require(len(dst) == len(source), "kernel: carry: source and destination differ in length")
	require(len(head) == len(source)/(3*c.Patch*c.Patch)*c.HeadSize(), "kernel: carry: the head does not match the frames")
	c.dst, c.head, c.source = dst, head, source
	if len(c.down) != c.Height || len(c.right) != c.Width {
		c.down, c.right = c.betweens(c.Height), c.betweens(c.Width)
	}
}

// betweens returns where the pixels of a line lie.
func (c *Carry) betweens(pixels int) []between {
	list, last := make([]between, pixels), pixels/c.Patch-1
	for i := range list {
		at := min(max((float32(i)+0.5)/float32(c.Patch)-0.5, 0), float32(last))
		first := min(int(at), max(0, last-1))
		list[i] = between{first, min(first+1, last), at - float32(first)}
	}
	return list
}

// pixel is one pixel of the new frame on its way.
type pixel struct {
	weights [maxFlows + 1]float32
	places  [maxFlows]place
}

// place is where a displacement leads: between the pixels at nw, its right neighbour, the one below and that one's right neighbour.
type place struct {
	at               [4]int     // in the source, of the four pixels' first channel
	right, down      float32    // shares
	insideX, insideY bool       // whether moving along x, and along y, changes anything
	colour           [3]float32 // interpolated
}

// corners returns the cells around a pixel, and what each counts.
func (c *Carry) corners(y, x int) (cells [4]int, shares [4]float32) {
	v, u, w := c.down[y], c.right[x], c.Width/c.Patch
	cells = [4]int{v.first*w + u.first, v.first*w + u.second, v.second*w + u.first, v.second*w + u.second}
	shares = [4]float32{(1 - v.share) * (1 - u.share), (1 - v.share) * u.share, v.share * (1 - u.share), v.share * u.share}
	return cells, shares
}

// look computes weights and colours for the pixel at (y, x) of a frame with the given head and source.
func (c *Carry) look(p *pixel, head, source []float32, y, x, cell, inner int) {
	size := c.HeadSize()
	cells, shares := c.corners(y, x)
	for m := range c.Flows {
		var dx, dy float32
		for k, at := range cells {
			d := head[at*size+2*m:][:2]
			dx += shares[k] * d[0]
			dy += shares[k] * d[1]
		}
		c.sample(&p.places[m], source, float32(y)+float32(c.Patch)*dy, float32(x)+float32(c.Patch)*dx)
	}
	logits := head[cell*size+2*c.Flows+inner*(c.Flows+1):][:c.Flows+1]
	most, sum := logits[0], float32(0)
	for _, l := range logits[1:] {
		most = max(most, l)
	}
	for m, l := range logits {
		p.weights[m] = exp32(l - most)
		sum += p.weights[m]
	}
	for m := range logits {
		p.weights[m] /= sum
	}
}

// sample interpolates the source at (y, x).
func (c *Carry) sample(p *place, source []float32, y, x float32) {
	top, down, below := split(y, c.Height)
	left, right, inside := split(x, c.Width)
	bottom, end := min(top+1, c.Height-1), min(left+1, c.Width-1)
	p.at = [4]int{(top*c.Width + left) * 3, (top*c.Width + end) * 3, (bottom*c.Width + left) * 3, (bottom*c.Width + end) * 3}
	p.down, p.right, p.insideY, p.insideX = down, right, below, inside
	for i := range p.colour {
		upper := source[p.at[0]+i] + right*(source[p.at[1]+i]-source[p.at[0]+i])
		lower := source[p.at[2]+i] + right*(source[p.at[3]+i]-source[p.at[2]+i])
		p.colour[i] = upper + down*(lower-upper)
	}
}

// split returns the pixel before a place on a line of so many, how far it is from there to the next, and whether the place is on the line.
func split(at float32, pixels int) (first int, share float32, inside bool) {
	last := float32(pixels - 1)
	if !(at > 0) { // not a number counts as outside
		return 0, 0, false
	}
	if at >= last {
		return pixels - 1, 0, false
	}
	first = int(at)
	return first, at - float32(first), true
}

// each calls visit for every pixel of a frame, with its cell, its number in the cell, and where it lies in patches.
func (c *Carry) each(visit func(y, x, cell, inner, at int)) {
	w := c.Width / c.Patch
	for y := range c.Height {
		for x := range c.Width {
			cell, inner := y/c.Patch*w+x/c.Patch, y%c.Patch*c.Patch+x%c.Patch
			visit(y, x, cell, inner, (cell*c.Patch*c.Patch+inner)*3)
		}
	}
}

// frame returns the part of frame i in the head, and in a buffer of frames or patches.
func (c *Carry) frame(i int) (head, pixels [2]int) {
	size := c.Height * c.Width * 3
	cells := c.Height / c.Patch * (c.Width / c.Patch) * c.HeadSize()
	return [2]int{i * cells, (i + 1) * cells}, [2]int{i * size, (i + 1) * size}
}

// Run makes one frame.
func (f *carryForward) Run(i int, _ *Workspace) {
	c := (*Carry)(f)
	h, s := c.frame(i)
	head, source, dst := c.head[h[0]:h[1]], c.source[s[0]:s[1]], c.dst[s[0]:s[1]]
	var p pixel
	paints := 2*c.Flows + c.Patch*c.Patch*(c.Flows+1)
	c.each(func(y, x, cell, inner, at int) {
		c.look(&p, head, source, y, x, cell, inner)
		paint := head[cell*c.HeadSize()+paints+3*inner:][:3]
		for i := range 3 {
			sum := p.weights[c.Flows] * paint[i]
			for m := range c.Flows {
				sum += p.weights[m] * p.places[m].colour[i]
			}
			dst[at+i] = sum
		}
	})
}

// Run makes the gradient of one frame.
func (b *carryBackward) Run(i int, _ *Workspace) {
	c := (*Carry)(b)
	h, s := c.frame(i)
	head, source, dHead, dDst := c.head[h[0]:h[1]], c.source[s[0]:s[1]], c.dHead[h[0]:h[1]], c.dDst[s[0]:s[1]]
	clear(dHead)
	var p pixel
	size, paints := c.HeadSize(), 2*c.Flows+c.Patch*c.Patch*(c.Flows+1)
	c.each(func(y, x, cell, inner, at int) {
		c.look(&p, head, source, y, x, cell, inner)
		g := dDst[at : at+3]
		paint, dPaint := head[cell*size+paints+3*inner:][:3], dHead[cell*size+paints+3*inner:][:3]
		var along [maxFlows + 1]float32 // what each of the blended pixels has to do with the gradient
		mean := float32(0)
		for i := range 3 {
			dPaint[i] = p.weights[c.Flows] * g[i]
			along[c.Flows] += g[i] * paint[i]
		}
		for m := range c.Flows {
			for i, colour := range p.places[m].colour {
				along[m] += g[i] * colour
			}
		}
		for m := range c.Flows + 1 {
			mean += p.weights[m] * along[m]
		}
		dLogits := dHead[cell*size+2*c.Flows+inner*(c.Flows+1):][:c.Flows+1]
		for m := range dLogits {
			dLogits[m] = p.weights[m] * (along[m] - mean)
		}
		cells, shares := c.corners(y, x)
		for m := range c.Flows {
			dx, dy := p.places[m].slope(source, g)
			scale := p.weights[m] * float32(c.Patch)
			for k, corner := range cells {
				d := dHead[corner*size+2*m:][:2]
				d[0] += scale * shares[k] * dx
				d[1] += scale * shares[k] * dy
			}
		}
	})
}

// slope returns how the product of the colour with g changes as the place moves.
func (p *place) slope(source, g []float32) (dx, dy float32) {
	for i := range 3 {
		a, b, c, d := source[p.at[0]+i], source[p.at[1]+i], source[p.at[2]+i], source[p.at[3]+i]
		if p.insideX {
			dx += g[i] * ((1-p.down)*(b-a) + p.down*(d-c))
		}
		if p.insideY {
			dy += g[i] * ((1-p.right)*(c-a) + p.right*(d-b))
		}
	}
	return dx, dy
}
