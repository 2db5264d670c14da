package parse

import (
	"math"
	"slices"
)

// Thing is a connected patch of one colour.
type Thing struct {
	// X and Y are its centroid, each pixel weighed by how much of it the thing covers.
	X, Y float64
	// Area is the covered area in pixels, soft edges counted in part.
	Area float64
	// Left, Top, Right and Bottom bound it, the latter two exclusively.
	Left, Top, Right, Bottom int
	// Color is the mean colour of the pixels that it covers wholly, or the one that was looked for.
	Color Color
}

// Radius is that of a disc of the thing's area, in pixels.
func (t Thing) Radius() float64 { return math.Sqrt(t.Area / math.Pi) }

// Things of a colour: how far a pixel may be from the line between the colour and the ground, and how much of a pixel a
// thing must cover for the pixel to belong to it.
const (
	offLine = 44
	covered = 0.5
)

// Of returns the things of a colour on a ground, the largest first. A pixel's cover is how far it lies on the way from the
// ground to the colour; patches of a covered area below least pixels are left out.
func Of(frame []uint8, height, width int, color, ground Color, least float64) []Thing {
	if len(frame) != height*width*3 {
		panic("parse: the frame is not of the given size")
	}
	cover := make([]float32, height*width)
	var along [3]float64
	length := 0.0
	for k := range along {
		along[k] = float64(color[k]) - float64(ground[k])
		length += along[k] * along[k]
	}
	if length < 1 {
		return nil
	}
	for i := range cover {
		cover[i] = coverOf(frame[3*i:3*i+3], ground, along, length)
	}
	things := patches(cover, height, width, least)
	for i := range things {
		things[i].Color = color
	}
	return things
}

// coverOf returns how much of a pixel is of the colour, 0 where the pixel is of another one.
func coverOf(pixel []uint8, ground Color, along [3]float64, length float64) float32 {
	var d [3]float64
	dot := 0.0
	for k := range d {
		d[k] = float64(pixel[k]) - float64(ground[k])
		dot += d[k] * along[k]
	}
	t := dot / length
	for k := range d {
		if math.Abs(d[k]-t*along[k]) > offLine {
			return 0
		}
	}
	if t > 1.35 { // another colour beyond this one
		return 0
	}
	return float32(min(max(t, 0), 1))
}

// patches returns the connected patches of pixels that are covered, with the soft pixels next to them.
func patches(cover []float32, height, width int, least float64) (things []Thing) {
	seen := make([]bool, len(cover))
	var stack []int
	for start := range cover {
		if seen[start] || cover[start] < covered {
			continue
		}
		t := Thing{Left: width, Top: height}
		stack = append(stack[:0], start)
		seen[start] = true
		for len(stack) > 0 {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			t.take(at%width, at/width, float64(cover[at]))
			if cover[at] < covered { // the soft edge goes no further
				continue
			}
			for y := max(0, at/width-1); y <= min(height-1, at/width+1); y++ {
				for x := max(0, at%width-1); x <= min(width-1, at%width+1); x++ {
					if i := y*width + x; !seen[i] && cover[i] > 0.04 {
						seen[i] = true
						stack = append(stack, i)
					}
				}
			}
		}
		if t.Area >= least {
			t.X, t.Y = t.X/t.Area, t.Y/t.Area
			things = append(things, t)
		}
	}
	slices.SortStableFunc(things, func(a, b Thing) int { return int(b.Area*16) - int(a.Area*16) })
	return things
}

func (t *Thing) take(x, y int, cover float64) {
	t.X += cover * (float64(x) + 0.5)
	t.Y += cover * (float64(y) + 0.5)
	t.Area += cover
	t.Left, t.Top = min(t.Left, x), min(t.Top, y)
	t.Right, t.Bottom = max(t.Right, x+1), max(t.Bottom, y+1)
}

// Apart returns the things that stand out from the ground by more than 48 levels of 255 in a channel, whatever their colour:
// connected patches, things of different colours that touch being one. The largest come first.
func Apart(frame []uint8, height, width int, ground Color, least float64) []Thing {
	if len(frame) != height*width*3 {
		panic("parse: the frame is not of the given size")
	}
	const distinct = 48
	cover := make([]float32, height*width)
	for i := range cover {
		gap := 0
		for k := range 3 {
			d := int(frame[3*i+k]) - int(ground[k])
			gap = max(gap, d, -d)
		}
		cover[i] = float32(min(float64(gap)/(2*distinct), 1))
	}
	things := patches(cover, height, width, least)
	for i := range things {
		things[i].Color = meanColor(frame, width, things[i], cover)
	}
	return things
}

// meanColor returns the mean colour of the pixels in the thing's bounds that stand out.
func meanColor(frame []uint8, width int, t Thing, cover []float32) (c Color) {
	var sum [3]int
	n := 0
	for y := t.Top; y < t.Bottom; y++ {
		for x := t.Left; x < t.Right; x++ {
			if cover[y*width+x] < 1 {
				continue
			}
			for k := range sum {
				sum[k] += int(frame[3*(y*width+x)+k])
			}
			n++
		}
	}
	for k := range c {
		c[k] = uint8(sum[k] / max(n, 1))
	}
	return c
}
