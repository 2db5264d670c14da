package picture

import (
	"cmp"
	"image/color"
	"maps"
	"math"
	"slices"
)

// maxColors is how many colours a GIF palette holds.
const maxColors = 256

// shade is a colour with its weight in a clip.
type shade struct {
	c      Color
	weight float64
}

// count returns every colour of the frames, sorted, and how many pixels have it.
func count(frames []Frame) []shade {
	counts := map[Color]int{}
	for _, f := range frames {
		for i := 0; i < len(f.Pixels); {
			c, from := Color(f.Pixels[i:]), i
			for i < len(f.Pixels) && Color(f.Pixels[i:]) == c { // flat pictures are long runs
				i += 3
			}
			counts[c] += (i - from) / 3
		}
	}
	colors := slices.SortedFunc(maps.Keys(counts), func(a, b Color) int { return slices.Compare(a[:], b[:]) })
	shades := make([]shade, len(colors))
	for i, c := range colors {
		// The square root keeps small things, which are what moves, from losing their colours to the background.
		shades[i] = shade{c, math.Sqrt(float64(counts[c]))}
	}
	return shades
}

// palette maps the colours of a clip to at most 256.
type palette struct {
	colors []Color
	index  map[Color]uint8
}

// newPalette returns a palette of the frames: exact where they have at most 256 colours, otherwise the means of the boxes
// that cutting by variance leaves (Heckbert's median cut, 1982, with Wu's criterion, 1991).
func newPalette(frames []Frame) palette {
	shades := count(frames)
	p := palette{index: make(map[Color]uint8, len(shades))}
	if len(shades) <= maxColors {
		for i, s := range shades {
			p.colors = append(p.colors, s.c)
			p.index[s.c] = uint8(i)
		}
		return p
	}
	for _, b := range cut(shades, maxColors) {
		p.colors = append(p.colors, b.color())
	}
	for _, s := range shades {
		p.index[s.c] = p.nearest(s.c)
	}
	return p
}

// nearest returns the index of the palette's colour nearest to c.
func (p palette) nearest(c Color) uint8 {
	best, least := 0, math.MaxInt
	for i, q := range p.colors {
		dr, dg, db := int(c[0])-int(q[0]), int(c[1])-int(q[1]), int(c[2])-int(q[2])
		if distance := 2*dr*dr + 4*dg*dg + 3*db*db; distance < least {
			best, least = i, distance
		}
	}
	return uint8(best)
}

// model returns the palette in the standard library's terms.
func (p palette) model() color.Palette {
	model := make(color.Palette, len(p.colors))
	for i, c := range p.colors {
		model[i] = color.RGBA{c[0], c[1], c[2], 255}
	}
	return model
}

// box is a set of shades with their weighted moments.
type box struct {
	shades []shade
	mean   [3]float64
	// spread is the weighted sum of squared distances from the mean along each axis.
	spread [3]float64
}

func newBox(shades []shade) box {
	b := box{shades: shades}
	total := 0.0
	for _, s := range shades {
		total += s.weight
		for k := range 3 {
			b.mean[k] += s.weight * float64(s.c[k])
		}
	}
	for k := range 3 {
		b.mean[k] /= total
	}
	for _, s := range shades {
		for k := range 3 {
			d := float64(s.c[k]) - b.mean[k]
			b.spread[k] += s.weight * d * d
		}
	}
	return b
}

// widest returns the axis of the greatest spread, and that spread.
func (b box) widest() (axis int, spread float64) {
	for k := range 3 {
		if b.spread[k] > spread {
			axis, spread = k, b.spread[k]
		}
	}
	return axis, spread
}

// color returns the rounded mean.
func (b box) color() (c Color) {
	for k := range 3 {
		c[k] = uint8(math.Round(b.mean[k]))
	}
	return c
}

// cut divides the shades, of which there are more than n, into n boxes, always dividing the box of the greatest spread at
// its mean.
func cut(shades []shade, n int) []box {
	boxes := []box{newBox(shades)}
	for len(boxes) < n {
		worst := slices.IndexFunc(boxes, func(b box) bool { return len(b.shades) > 1 })
		for i, b := range boxes {
			_, spread := b.widest()
			if _, most := boxes[worst].widest(); spread > most {
				worst = i
			}
		}
		axis, _ := boxes[worst].widest()
		low, high := divide(boxes[worst].shades, axis, boxes[worst].mean[axis])
		boxes[worst] = newBox(low)
		boxes = append(boxes, newBox(high))
	}
	return boxes
}

// divide sorts the shades, of which two differ along the axis, and parts them at the mean.
func divide(shades []shade, axis int, mean float64) (low, high []shade) {
	slices.SortStableFunc(shades, func(a, b shade) int { return cmp.Compare(a.c[axis], b.c[axis]) })
	at := slices.IndexFunc(shades, func(s shade) bool { return float64(s.c[axis]) > mean })
	return shades[:at], shades[at:]
}
