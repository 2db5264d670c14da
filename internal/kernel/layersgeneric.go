package kernel

// A window is a rectangle of vectors: the one in row i and column j starts at
// data[at + i*row + j*col]. row and col may be negative.
type window struct {
	data         []float32
	at, row, col int
}

// vector returns the n values in row i and column j.
func (w *window) vector(i, j, n int) []float32 {
	at := w.at + i*w.row + j*w.col
	return w.data[at : at+n]
}

// windowDotGeneric adds up the elementwise products of two windows of vectors
// as long as dst; rows and cols are at least 1:
//
//	dst = (accumulate ? dst : 0) + sum_(i in rows, j in cols) a[i,j] * b[i,j]
func windowDotGeneric(dst []float32, a, b window, rows, cols int, accumulate bool) {
	if !accumulate {
		clear(dst)
	}
	for i := range rows {
		for j := range cols {
			mulAddGeneric(dst, a.vector(i, j, len(dst)), b.vector(i, j, len(dst)))
		}
	}
}

// dotRowsGeneric computes dst[i] = x . rows[i], rows: [len(dst), len(x)].
func dotRowsGeneric(dst, x, rows []float32) {
	d := len(x)
	for i := range dst {
		dst[i] = dotGeneric(x, rows[i*d:(i+1)*d])
	}
}

// addRowsGeneric computes dst += sum_i weights[i]*rows[i], rows:
// [len(weights), len(dst)].
func addRowsGeneric(dst, weights, rows []float32) {
	d := len(dst)
	for i, w := range weights {
		axpyGeneric(dst, rows[i*d:(i+1)*d], w)
	}
}

// softmaxGradGeneric turns the gradient of probabilities [rows, n] into that
// of the scores, row by row:
//
//	c = sum_i(probability[i]*gradient[i])
//	gradient[i] = probability[i] * (gradient[i] - c)
func softmaxGradGeneric(gradient, probability []float32, rows, n int) {
	for r := range rows {
		g, p := gradient[r*n:(r+1)*n], probability[r*n:(r+1)*n]
		mean := dotGeneric(g, p)
		for i := range g {
			g[i] = p[i] * (g[i] - mean)
		}
	}
}

// normRowsGeneric normalises rows of D = len(gain) values by their root mean
// square; a nil shift adds nothing:
//
//	inverse = 1/sqrt(mean_i(x[r,i]^2) + 1e-6)
//	dst[r,i] = x[r,i]*inverse*gain[i] + shift[i]
func normRowsGeneric(dst, x, gain, shift []float32) {
	d := len(gain)
	for at := 0; at < len(x); at += d {
		row, out := x[at:at+d], dst[at:at+d]
		inverse := inverseRMS(row)
		for i, v := range row {
			out[i] = v * inverse * gain[i]
		}
		if shift != nil {
			addGeneric(out, out, shift)
		}
	}
}

// normGradRowsGeneric is the gradient of normRows, added to residual, which may
// be dx itself:
//
//	c         = sum_i(dOut[r,i]*gain[i]*x[r,i]) * inverse^2 / D
//	dx[r,i]   = residual[r,i] + (dOut[r,i]*gain[i] - c*x[r,i]) * inverse
//	scaled[i] += dOut[r,i]*x[r,i]*inverse
//	plain[i]  += dOut[r,i]
func normGradRowsGeneric(dx, scaled, plain, dOut, x, gain, residual []float32) {
	d := len(gain)
	for at := 0; at < len(x); at += d {
		row, dy := x[at:at+d], dOut[at:at+d]
		inverse := inverseRMS(row)
		along := float32(0)
		for i, v := range row {
			product := dy[i] * v
			along += product * gain[i]
			scaled[i] += product * inverse
			plain[i] += dy[i]
		}
		along *= inverse * inverse / float32(d)
		for i, v := range row {
			dx[at+i] = residual[at+i] + (dy[i]*gain[i]-along*v)*inverse
		}
	}
}
