package metrics

import (
	"math"
	"math/rand/v2"
)

// The sizes of the clip encoder: the frames of a clip, the cells along a side to which each is shrunk, and the features.
const (
	ClipFrames   = 8
	clipCells    = 8
	ClipFeatures = 12
)

// ClipEncoder is the frozen encoder by which videos are compared as wholes: the first principal components, over true clips
// of a simulator, of eight shrunken frames and the |differences| between them, scaled to unit variance there. It stands in for
// the network of FVD (Unterthiner et al., arXiv 1812.01717) where there is none: its distances compare with one another,
// never with published ones.
type ClipEncoder struct {
	height, width int
	middle        []float64
	// axes are the components over their deviations.
	axes [][]float64
}

// NewClipEncoder trains an encoder on clips, each uint8 [ClipFrames, height, width, 3].
func NewClipEncoder(clips [][]uint8, height, width int) *ClipEncoder {
	if len(clips) < 2 {
		panic("metrics: the clip encoder is trained on two clips at least")
	}
	e := &ClipEncoder{height: height, width: width}
	var rows [][]float64
	for _, c := range clips {
		rows = append(rows, e.look(c))
	}
	e.middle = make([]float64, len(rows[0]))
	for _, r := range rows {
		for i, v := range r {
			e.middle[i] += v / float64(len(rows))
		}
	}
	for _, r := range rows {
		for i := range r {
			r[i] -= e.middle[i]
		}
	}
	e.components(rows)
	return e
}

// components finds the principal components by power iteration, taking each out of the rows before the next.
func (e *ClipEncoder) components(rows [][]float64) {
	const iterations = 60
	rng := rand.New(rand.NewPCG(1, 0xc11b))
	for range ClipFeatures {
		axis := make([]float64, len(e.middle))
		for i := range axis {
			axis[i] = rng.NormFloat64()
		}
		variance := 0.0
		for range iterations {
			next := make([]float64, len(axis))
			for _, r := range rows {
				p := dot(r, axis)
				for i, v := range r {
					next[i] += p * v
				}
			}
			length := math.Sqrt(dot(next, next))
			if length < 1e-9 {
				break
			}
			for i := range next {
				next[i] /= length
			}
			axis, variance = next, length/float64(len(rows))
		}
		scaled := make([]float64, len(axis))
		for i, v := range axis {
			if variance > 1e-6 {
				scaled[i] = v / math.Sqrt(variance)
			}
		}
		e.axes = append(e.axes, scaled)
		for _, r := range rows {
			p := dot(r, axis)
			for i := range r {
				r[i] -= p * axis[i]
			}
		}
	}
}

func dot(a, b []float64) (sum float64) {
	for i, v := range a {
		sum += float64(v * b[i])
	}
	return sum
}

// look returns what the components are taken of: the mean levels of every cell of every frame, in each channel, and the mean
// |difference| of the cells between neighbouring frames, weighed higher since it is smaller.
func (e *ClipEncoder) look(clip []uint8) []float64 {
	size := e.height * e.width * 3
	if len(clip) != ClipFrames*size {
		panic("metrics: the clip is not of eight frames of the encoder's size")
	}
	const cells = clipCells * clipCells * 3
	const moving = 4
	out := make([]float64, 2*ClipFrames*cells)
	area := float64(e.height*e.width) / (clipCells * clipCells)
	for t := range ClipFrames {
		for y := range e.height {
			for x := range e.width {
				cell := 3 * (y*clipCells/e.height*clipCells + x*clipCells/e.width)
				at := t*size + 3*(y*e.width+x)
				for k := range 3 {
					out[t*cells+cell+k] += float64(clip[at+k]) / area
					if t > 0 {
						out[(ClipFrames+t)*cells+cell+k] += moving * float64(apart(clip[at+k], clip[at-size+k])) / area
					}
				}
			}
		}
	}
	return out
}

// Encode returns the features of a clip, uint8 [ClipFrames, height, width, 3].
func (e *ClipEncoder) Encode(clip []uint8) []float64 {
	look := e.look(clip)
	for i := range look {
		look[i] -= e.middle[i]
	}
	features := make([]float64, ClipFeatures)
	for i, axis := range e.axes {
		features[i] = dot(look, axis)
	}
	return features
}
