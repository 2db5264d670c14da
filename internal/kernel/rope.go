package kernel

import "math"

// Rotary position embedding (Su et al. 2021, arXiv 2104.09864) in the
// half-split form: element i of a head is paired with element i + d/2 and the
// pair is turned by an angle theta_i,
//
//	out[i]       = x[i]*cos(theta_i) - x[i+d/2]*sin(theta_i)
//	out[i + d/2] = x[i+d/2]*cos(theta_i) + x[i]*sin(theta_i)    0 <= i < d/2
//
// Along time theta_i = t * base^(-i/(d/2)). Across a frame the first d/4
// pairs are turned by the row and the others by the column (axial):
// theta_i = y * base^(-i/(d/4)) and theta_(i+d/4) = x * base^(-i/(d/4)).
// In PyTorch's terms: angles = cat(y*f, x*f), cos = cat(angles, angles).cos(),
// x*cos + cat(-x[d/2:], x[:d/2])*sin.

// frequency returns the angle between neighbours for pair i of n.
func frequency(base float64, i, n int) float64 {
	return math.Pow(base, -float64(i)/float64(n))
}

// A rotation holds the cosines and the sines of the angles of some positions.
type rotation struct {
	cos, sin []float32 // [positions, d/2]
}

// resize makes room for a number of positions of heads of width d.
func (r *rotation) resize(positions, d int) {
	r.cos = resize(r.cos, positions*d/2)
	r.sin = resize(r.sin, positions*d/2)
}

// fill sets the angles of one axis for one position: pairs first to
// first+len(frequencies) turn by position times their frequency.
func (r *rotation) fill(row, half, first int, position float64, frequencies []float64) {
	at := row*half + first
	for i, f := range frequencies {
		sin, cos := math.Sincos(position * f)
		r.cos[at+i] = float32(cos)
		r.sin[at+i] = float32(sin)
	}
}

// frequencies writes the n frequencies of an axis to dst and returns it.
func frequencies(dst []float64, base float64, n int) []float64 {
	dst = resize(dst, n)
	for i := range dst {
		dst[i] = frequency(base, i, n)
	}
	return dst
}

// time fills r for the times 0 to n-1.
func (r *rotation) time(n, d int, base float64) {
	r.resize(n, d)
	f := frequencies(nil, base, d/2)
	for t := range n {
		r.fill(t, d/2, 0, float64(t), f)
	}
}

// space fills r for the patches of a frame in row-major order.
func (r *rotation) space(height, width, d int, base float64) {
	r.resize(height*width, d)
	f := frequencies(nil, base, d/4)
	for p := range height * width {
		r.fill(p, d/2, 0, float64(p/width), f)
		r.fill(p, d/2, d/4, float64(p%width), f)
	}
}
