package kernel

import "math"

const (
	// normEpsilon keeps the norm of an empty token finite.
	normEpsilon = 1e-6
	// normRowsPerItem is how many tokens of a frame one work item normalises.
	normRowsPerItem = 64
)

// RMSNorm divides every token by its root mean square (Zhang & Sennrich 2019,
// arXiv 1910.07467) and may modulate it by its frame (FiLM, Perez et al.
// 2017, arXiv 1709.07871):
//
//	inverse = 1/sqrt(mean_d(x[n]^2) + 1e-6)
//	dst[n]  = x[n] * inverse * gain * (1 + s[f]) + b[f]     f = n / P
//
//	x, dst: [N, D]   gain: [D]   film: [F, 2, D], s and b side by side, or nil
//
// P tokens make a frame and F = N/P. An RMSNorm keeps scratch between calls:
// give each node of a graph its own.
type RMSNorm struct {
	dst, x, film, dOut, dx []float32
	gain                   []float32 // [D], or [F, D] with the film's scale in it
	partial                []float32 // [items, 2, D]

	depth, patches, perFrame, perItem, items int
}

type (
	normForward  RMSNorm
	normBackward RMSNorm
)

// Forward normalises x. patches is P.
func (n *RMSNorm) Forward(dst, x, gain, film []float32, patches int) {
	n.prepare(x, gain, film, patches)
	require(len(dst) == len(x), "kernel: norm: dst differs from x in length")
	n.dst = dst
	Parallel(n.items, (*normForward)(n))
}

// Backward writes the gradients with respect to x, gain and film, given the
// gradient dOut of the output; dfilm is nil if film is. It overwrites them.
// Sums over tokens are made in an order that depends on the shape alone.
func (n *RMSNorm) Backward(dx, dgain, dfilm, dOut, x, gain, film []float32, patches int) {
	n.prepare(x, gain, film, patches)
	require(len(dx) == len(x) && len(dOut) == len(x), "kernel: norm: dx or dOut differs from x in length")
	require(len(dgain) == len(gain), "kernel: norm: dgain differs from gain in length")
	require(len(dfilm) == len(film), "kernel: norm: dfilm differs from film in length")
	n.dx, n.dOut = dx, dOut
	n.partial = resize(n.partial, n.items*2*n.depth)
	Parallel(n.items, (*normBackward)(n))
	n.reduce(dgain, dfilm, gain)
}

// NormRows normalises tokens [n, D] that share a gain [D] and a shift [D], which may be nil, in the calling goroutine:
//
//	dst[n] = x[n] / sqrt(mean_d(x[n]^2) + 1e-6) * gain + shift
func NormRows(dst, x, gain, shift []float32) {
	require(len(gain) > 0 && len(x)%len(gain) == 0, "kernel: norm: x is not [n, D]")
	require(len(dst) == len(x), "kernel: norm: dst differs from x in length")
	require(shift == nil || len(shift) == len(gain), "kernel: norm: the shift is not [D]")
	normRows(dst, x, gain, shift)
}

// load sets what rows and backRows need, of arguments that fit.
func (n *RMSNorm) load(x, gain, film []float32, patches int) {
	n.depth, n.film, n.patches = len(gain), film, patches
	n.fold(gain, len(x)/(n.depth*patches))
}

// rows normalises tokens of one frame.
func (n *RMSNorm) rows(dst, x []float32, frame int) {
	normRows(dst, x, n.frameGain(frame), n.shift(frame))
}

// preparePartial makes room for parts of each frame's sums, see backRows.
func (n *RMSNorm) preparePartial(frames, perFrame int) {
	n.perFrame = perFrame
	n.partial = resize(n.partial, frames*perFrame*2*n.depth)
	clear(n.partial)
}

// backRows writes dx = residual + the gradient of rows, and adds to the given part of the sums A and B of normBackward.
func (n *RMSNorm) backRows(dx, dOut, x, residual []float32, frame, part int) {
	sums := n.partial[part*2*n.depth : (part+1)*2*n.depth]
	normGradRows(dx, sums[:n.depth], sums[n.depth:], dOut, x, n.frameGain(frame), residual)
}

func (n *RMSNorm) prepare(x, gain, film []float32, patches int) {
	n.depth = len(gain)
	require(n.depth > 0 && patches > 0, "kernel: norm: no channels or no patches")
	require(len(x)%(n.depth*patches) == 0, "kernel: norm: x is not a whole number of frames")
	frames := len(x) / (n.depth * patches)
	require(film == nil || len(film) == frames*2*n.depth, "kernel: norm: film is not [F, 2D]")
	n.x, n.film, n.patches = x, film, patches
	n.perItem = min(patches, normRowsPerItem)
	n.perFrame = ceilDiv(patches, n.perItem)
	n.items = frames * n.perFrame
	n.fold(gain, frames)
}

// fold puts each frame's scale into its gain.
func (n *RMSNorm) fold(gain []float32, frames int) {
	if n.film == nil {
		n.gain = append(n.gain[:0], gain...)
		return
	}
	n.gain = resize(n.gain, frames*n.depth)
	for f := range frames {
		row := n.gain[f*n.depth : (f+1)*n.depth]
		copy(row, gain)
		MulAdd(row, gain, n.film[f*2*n.depth:(f*2+1)*n.depth])
	}
}

// tokens returns the range of tokens of an item and its folded gain.
func (n *RMSNorm) tokens(item int) (from, to, frame int, gain []float32) {
	frame = item / n.perFrame
	from = frame*n.patches + item%n.perFrame*n.perItem
	to = min(from+n.perItem, (frame+1)*n.patches)
	return from, to, frame, n.frameGain(frame)
}

// frameGain returns the folded gain of a frame.
func (n *RMSNorm) frameGain(frame int) []float32 {
	if n.film == nil {
		return n.gain
	}
	return n.gain[frame*n.depth : (frame+1)*n.depth]
}

// shift returns what the film of a frame adds, nil without one.
func (n *RMSNorm) shift(frame int) []float32 {
	if n.film == nil {
		return nil
	}
	return n.film[(frame*2+1)*n.depth : (frame*2+2)*n.depth]
}

// Run normalises one item's tokens.
func (n *normForward) Run(item int, _ *Workspace) {
	norm := (*RMSNorm)(n)
	from, to, frame, gain := norm.tokens(item)
	normRows(n.dst[from*n.depth:to*n.depth], n.x[from*n.depth:to*n.depth], gain, norm.shift(frame))
}

// Run computes the gradient of one item's tokens, and in partial the item's
//
//	A = sum_n dOut[n]*x[n]*inverse     B = sum_n dOut[n]
//
// from which the gradients of gain and film follow.
func (n *normBackward) Run(item int, _ *Workspace) {
	from, to, _, gain := (*RMSNorm)(n).tokens(item)
	scaled := n.partial[item*2*n.depth : (item*2+1)*n.depth]
	plain := n.partial[(item*2+1)*n.depth : (item*2+2)*n.depth]
	clear(scaled)
	clear(plain)
	at, end := from*n.depth, to*n.depth
	dx := n.dx[at:end]
	clear(dx)
	normGradRows(dx, scaled, plain, n.dOut[at:end], n.x[at:end], gain, dx)
}

// inverseRMS returns 1/sqrt(mean(x^2) + 1e-6).
func inverseRMS(x []float32) float32 {
	mean := float64(SumSquares(x)) / float64(len(x))
	return float32(1 / math.Sqrt(mean+normEpsilon))
}

// reduce turns the items' A and B into gradients, frame by frame:
// dgain = sum_f A_f*(1+s_f), ds_f = A_f*gain, db_f = B_f.
func (n *RMSNorm) reduce(dgain, dfilm, gain []float32) {
	clear(dgain)
	d := n.depth
	for frame := range len(n.partial) / (n.perFrame * 2 * d) {
		first := n.partial[frame*n.perFrame*2*d : (frame*n.perFrame+1)*2*d]
		for part := 1; part < n.perFrame; part++ {
			at := (frame*n.perFrame + part) * 2 * d
			Add(first, first, n.partial[at:at+2*d])
		}
		Add(dgain, dgain, first[:d])
		if n.film == nil {
			continue
		}
		MulAdd(dgain, first[:d], n.film[frame*2*d:(frame*2+1)*d])
		Mul(dfilm[frame*2*d:(frame*2+1)*d], first[:d], gain)
		copy(dfilm[(frame*2+1)*d:(frame*2+2)*d], first[d:])
	}
}
