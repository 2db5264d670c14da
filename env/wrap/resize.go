package wrap

import (
	"fmt"
	"slices"

	"somnium/env"
)

// Resize wraps e so that its pictures, uint8 [H, W] or [H, W, C], become height by width pixels, 1 to [env.MaxSize] each. A
// pixel is the mean over the area that it covers (a box filter), rounded to the nearest; where it grows by whole times,
// pixels are repeated. Observations that are no pictures, and sizes out of range, are errors.
func Resize(e env.Env, height, width int) (env.Wrapper, error) {
	box, err := pictureSpace("Resize", e)
	if err != nil {
		return nil, err
	}
	if min(height, width) < 1 || max(height, width) > env.MaxSize {
		return nil, fmt.Errorf("wrap: Resize to %dx%d; both sides are 1 to %d pixels", height, width, env.MaxSize)
	}
	channels := 1
	if len(box.Shape) == 3 {
		channels = box.Shape[2]
	}
	f := filter{
		rows: spans(box.Shape[0], height), columns: spans(box.Shape[1], width),
		source: box.Shape[1] * channels, channels: channels,
		sum: make([]uint32, width*channels),
	}
	f.total = uint32(box.Shape[0] * box.Shape[1])
	box.Shape = slices.Clone(box.Shape)
	box.Shape[0], box.Shape[1] = height, width
	return newPixels(e, box, f.apply), nil
}

// span is what a pixel covers of the source along an axis: from the pixel first on, as many as there are weights. The unit of
// a weight is the source's pixel over the number of pixels made, so that the weights of a span sum to the source's extent.
type span struct {
	first   int
	weights []uint32
}

// spans returns what each of count pixels covers of extent ones.
func spans(extent, count int) []span {
	all := make([]span, count)
	for i := range all {
		from, to := i*extent, (i+1)*extent // in units of a source pixel over count
		all[i].first = from / count
		for j := all[i].first; j*count < to; j++ {
			all[i].weights = append(all[i].weights, uint32(min(to, (j+1)*count)-max(from, j*count)))
		}
	}
	return all
}

// filter makes one picture of another.
type filter struct {
	rows, columns    []span
	source, channels int // bytes in a row of the source, and in a pixel
	total            uint32
	sum              []uint32 // a row of dst, weighted
}

// apply writes the picture made of src to dst. The weighted sums are whole numbers below 2^32, for 255 times 1024 squared is.
func (f filter) apply(dst, src []uint8) {
	for i, row := range f.rows {
		clear(f.sum)
		for k, weight := range row.weights {
			line := src[(row.first+k)*f.source:][:f.source]
			f.accumulate(line, weight)
		}
		out := dst[i*len(f.sum):][:len(f.sum)]
		for j, sum := range f.sum {
			out[j] = uint8((sum + f.total/2) / f.total)
		}
	}
}

// accumulate adds a line of the source, with the weight of its row.
func (f filter) accumulate(line []uint8, weight uint32) {
	for j, column := range f.columns {
		for c := range f.channels {
			sum := uint32(0)
			for k, w := range column.weights {
				sum += w * uint32(line[(column.first+k)*f.channels+c])
			}
			f.sum[j*f.channels+c] += weight * sum
		}
	}
}
