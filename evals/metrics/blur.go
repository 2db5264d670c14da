package metrics

import "math"

// sigmas are the deviations that a search tries, in pixels: none, then from 0.3 up by a fifth each. The error is flat
// around its least value, so that the grid costs less than 0.01 dB.
var sigmas = func() []float64 {
	list := []float64{0}
	for s := 0.3; s < 10; s *= 1.2 {
		list = append(list, s)
	}
	return list
}()

// Blur scores Gaussian blurs of one frame as predictions of another: what a model gains that only hedges. It keeps
// scratch memory and is not safe for concurrent use.
type Blur struct {
	height, width int
	kernels       [][]float32
	rows          []float32 // frame blurred along its rows, [H, W, 3]
}

// NewBlur returns a Blur for frames of a size.
func NewBlur(height, width int) *Blur {
	b := &Blur{height: height, width: width, rows: make([]float32, height*width*3)}
	for _, s := range sigmas {
		b.kernels = append(b.kernels, gaussian(s))
	}
	return b
}

// gaussian returns the kernel of a deviation, 2r+1 weights that sum to 1, r three deviations and more.
func gaussian(sigma float64) []float32 {
	radius := int(math.Ceil(3 * sigma))
	kernel, sum := make([]float32, 2*radius+1), 0.0
	weight := func(i int) float64 {
		if sigma == 0 {
			return 1
		}
		d := float64(i-radius) / sigma
		return math.Exp(-d * d / 2)
	}
	for i := range kernel {
		sum += weight(i)
	}
	for i := range kernel {
		kernel[i] = float32(weight(i) / sum)
	}
	return kernel
}

// Score adds to dst, which has one element for each deviation that is tried, the errors of the blurred frame against the
// truth on the pixels where mask is set. A nil dst is made. It returns dst. Blurred values are not rounded; beyond the
// edges the frame goes on as its outermost pixels.
func (b *Blur) Score(dst []Errors, frame, truth []uint8, mask []bool) []Errors {
	if size := b.height * b.width; len(frame) != 3*size || len(truth) != 3*size || len(mask) != size {
		panic("metrics: the frames or the mask are not of the blur's size")
	}
	if dst == nil {
		dst = make([]Errors, len(sigmas))
	}
	top, bottom, left, right := b.bounds(mask)
	if top >= bottom {
		return dst
	}
	for i, kernel := range b.kernels {
		radius := len(kernel) / 2
		b.alongRows(frame, kernel, max(0, top-radius), min(b.height, bottom+radius), left, right)
		for y := top; y < bottom; y++ {
			for x := left; x < right; x++ {
				if mask[y*b.width+x] {
					dst[i].Squares += b.pixel(kernel, truth, y, x)
					dst[i].Values += 3
				}
			}
		}
	}
	return dst
}

// bounds returns the smallest rectangle that holds the mask.
func (b *Blur) bounds(mask []bool) (top, bottom, left, right int) {
	top, left = b.height, b.width
	for y := range b.height {
		for x, set := range mask[y*b.width : (y+1)*b.width] {
			if set {
				top, bottom = min(top, y), y+1
				left, right = min(left, x), max(right, x+1)
			}
		}
	}
	return top, bottom, left, right
}

// alongRows blurs the rectangle of the frame along x into b.rows.
func (b *Blur) alongRows(frame []uint8, kernel []float32, top, bottom, left, right int) {
	radius := len(kernel) / 2
	for y := top; y < bottom; y++ {
		row := frame[3*y*b.width : 3*(y+1)*b.width]
		for x := left; x < right; x++ {
			var r, g, blue float32
			for k, w := range kernel {
				at := 3 * min(max(x+k-radius, 0), b.width-1)
				r += w * float32(row[at])
				g += w * float32(row[at+1])
				blue += w * float32(row[at+2])
			}
			out := b.rows[3*(y*b.width+x):]
			out[0], out[1], out[2] = r, g, blue
		}
	}
}

// pixel blurs one pixel along y and returns its squared error.
func (b *Blur) pixel(kernel []float32, truth []uint8, y, x int) float64 {
	radius := len(kernel) / 2
	var r, g, blue float32
	for k, w := range kernel {
		in := b.rows[3*(min(max(y+k-radius, 0), b.height-1)*b.width+x):]
		r += w * in[0]
		g += w * in[1]
		blue += w * in[2]
	}
	t := truth[3*(y*b.width+x):]
	dr, dg, db := float64(r)-float64(t[0]), float64(g)-float64(t[1]), float64(blue)-float64(t[2])
	return dr*dr + dg*dg + db*db
}

// Best returns the deviation, in pixels, whose errors in what Score returned are least, and its place there.
func Best(scores []Errors) (sigma float64, place int) {
	for i, e := range scores {
		if e.Squares < scores[place].Squares {
			place = i
		}
	}
	return sigmas[place], place
}

// Gaussian returns the frame blurred with the deviation sigma, in pixels, 0 and up.
func Gaussian(frame []uint8, height, width int, sigma float64) []uint8 {
	if len(frame) != height*width*3 {
		panic("metrics: the frame is not of the given size")
	}
	b := &Blur{height: height, width: width, rows: make([]float32, len(frame))}
	kernel := gaussian(sigma)
	b.alongRows(frame, kernel, 0, height, 0, width)
	radius := len(kernel) / 2
	blurred := make([]uint8, len(frame))
	for y := range height {
		for i := range 3 * width {
			var sum float32
			for k, w := range kernel {
				sum += w * b.rows[3*width*min(max(y+k-radius, 0), height-1)+i]
			}
			blurred[3*width*y+i] = uint8(sum + 0.5)
		}
	}
	return blurred
}
