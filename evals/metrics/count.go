package metrics

// Thresholds of the Counter, in levels of 255, as the greatest difference over the three channels.
const (
	// distinct is how far a pixel must be from the background to belong to a thing.
	distinct = 48
	// alike is how far pixels of one colour may be from its mean.
	alike = 40
	// between is how far an edge pixel may be from the line between the two colours that it blends.
	between = 32
)

// candidates is how many cells of the histogram may be the most frequent colour.
const candidates = 4

// maxThings bounds the number of colours that are looked for.
const maxThings = 8

// fringe is how far, in pixels, the soft edge of a thing reaches.
const fringe = 2

// Counter counts the things in a frame. The background is the most frequent colour; a thing is a connected patch of one
// other colour. Things of different colours that touch are two; the soft edge of a thing, whose pixels blend two colours
// that are there already, is none. A Counter keeps scratch memory and is not safe for concurrent use.
//
// It is made for flat pictures. Where things of one colour touch or a thing is cut in two by another, its count is not that
// of the bodies: compare it with what it says of true frames, not with what is known of them.
type Counter struct {
	height, width int
	least         int // pixels of a thing

	histogram [16 * 16 * 16]uint16
	label     []int8  // by pixel: 0 background or edge, 1.. a colour, -1 not known
	open      []int32 // the pixels that are not known
	stack     []int32
	colors    []rgb // of the labels
}

type rgb [3]int

const unknown = -1

// NewCounter returns a Counter for frames of a size.
func NewCounter(height, width int) *Counter {
	return &Counter{
		height: height, width: width, least: max(4, 5*height*width/(64*64)),
		label: make([]int8, height*width), open: make([]int32, 0, height*width), stack: make([]int32, 0, height*width),
		colors: make([]rgb, 0, maxThings+1),
	}
}

// Count returns the number of things in the frame.
func (c *Counter) Count(frame []uint8) int {
	if len(frame) != 3*c.height*c.width {
		panic("metrics: the frame is not of the counter's size")
	}
	c.open = c.open[:0]
	for i := range c.label {
		c.label[i] = unknown
		c.open = append(c.open, int32(i))
	}
	background, _ := c.mode(frame)
	c.colors = append(c.colors[:0], background)
	c.settle(func(i int) bool { return distance(frame[3*i:], background) <= distinct }, 0)
	for len(c.colors) <= maxThings {
		color, pixels := c.mode(frame)
		if pixels < c.least {
			break
		}
		c.claim(frame, color)
	}
	return c.patches()
}

// mode returns the most frequent colour among the pixels that are not known yet, and how many pixels are alike. It is the
// fullest cell of a histogram, moved to the mean of the pixels around it (mean shift). But a colour that blends the
// background with another frequent one is left for later, since it may be the soft edge of that: a thin thing's own colour can
// be spread over some cells when the colour of its edge fills one.
func (c *Counter) mode(frame []uint8) (color rgb, pixels int) {
	c.histogram = [len(c.histogram)]uint16{}
	for _, i := range c.open {
		cell := int(frame[3*i]>>4)<<8 | int(frame[3*i+1]>>4)<<4 | int(frame[3*i+2]>>4)
		// A cell of a picture of more than 65,535 equal pixels stays full.
		if c.histogram[cell] < 1<<16-1 {
			c.histogram[cell]++
		}
	}
	for range candidates {
		cell := c.fullest()
		if c.histogram[cell] == 0 {
			break
		}
		c.histogram[cell] = 0
		candidate, alike := rgb{cell>>8<<4 + 8, cell>>4&15<<4 + 8, cell&15<<4 + 8}, 0
		for range 2 {
			candidate, alike = c.center(frame, candidate)
		}
		if pixels == 0 || alike >= c.least && c.mayEdge(color, candidate) {
			color, pixels = candidate, alike
		}
	}
	return color, pixels
}

// mayEdge says whether color may be that of the soft edge of a thing of the other colour: it blends that with the background,
// and is unlike both.
func (c *Counter) mayEdge(color, other rgb) bool {
	return len(c.colors) > 0 && gap(color, c.colors[0]) > alike && gap(color, other) > alike && onLine(color, c.colors[0], other)
}

// fullest returns the fullest cell of the histogram, the first one where some are equally full.
func (c *Counter) fullest() int {
	cell := 0
	for i, n := range c.histogram {
		if n > c.histogram[cell] {
			cell = i
		}
	}
	return cell
}

// center returns the mean of the pixels that are not known yet and alike to color, and their number.
func (c *Counter) center(frame []uint8, color rgb) (mean rgb, pixels int) {
	for _, i := range c.open {
		if distance(frame[3*i:], color) <= alike {
			for k := range mean {
				mean[k] += int(frame[int(3*i)+k])
			}
			pixels++
		}
	}
	if pixels == 0 {
		return color, 0
	}
	for k := range mean {
		mean[k] = (mean[k] + pixels/2) / pixels
	}
	return mean, pixels
}

// claim gives the color a label, and what is alike to it that label. Around it, what blends it with a color known before
// is an edge.
func (c *Counter) claim(frame []uint8, color rgb) {
	label := int8(len(c.colors))
	c.settle(func(i int) bool { return distance(frame[3*i:], color) <= alike }, label)
	c.settle(func(i int) bool { return c.near(i, label) && c.blends(frame[3*i:], color) }, 0)
	c.colors = append(c.colors, color)
}

// settle gives the label to the pixels not known yet for which is holds.
func (c *Counter) settle(is func(i int) bool, label int8) {
	left := c.open[:0]
	for _, i := range c.open {
		if is(int(i)) {
			c.label[i] = label
		} else {
			left = append(left, i)
		}
	}
	c.open = left
}

// near says whether a pixel has the label within the reach of a soft edge of pixel i.
func (c *Counter) near(i int, label int8) bool {
	y, x := i/c.width, i%c.width
	for row := max(0, y-fringe); row <= min(c.height-1, y+fringe); row++ {
		for _, l := range c.label[row*c.width+max(0, x-fringe) : row*c.width+min(c.width-1, x+fringe)+1] {
			if l == label {
				return true
			}
		}
	}
	return false
}

// blends says whether the pixel lies on the line between color and one that is known.
func (c *Counter) blends(pixel []uint8, color rgb) bool {
	for _, other := range c.colors {
		if onLine(rgb{int(pixel[0]), int(pixel[1]), int(pixel[2])}, color, other) {
			return true
		}
	}
	return false
}

// onLine says whether the pixel lies near the line from a to b, between the two.
func onLine(pixel, a, b rgb) bool {
	dot, length := 0, 0
	for k := range a {
		dot += (pixel[k] - a[k]) * (b[k] - a[k])
		length += (b[k] - a[k]) * (b[k] - a[k])
	}
	if length == 0 {
		return false
	}
	t := min(max(float64(dot)/float64(length), 0), 1)
	for k := range a {
		if d := float64(pixel[k]) - float64(a[k]) - t*float64(b[k]-a[k]); d > between || d < -between {
			return false
		}
	}
	return true
}

// distance is the greatest difference over the channels.
func distance(pixel []uint8, color rgb) int {
	return gap(rgb{int(pixel[0]), int(pixel[1]), int(pixel[2])}, color)
}

// gap is the greatest difference of two colours over the channels.
func gap(p, q rgb) int {
	r, g, b := p[0]-q[0], p[1]-q[1], p[2]-q[2]
	return max(r, -r, g, -g, b, -b)
}

// patches counts the connected patches of one label that are large enough. It uses the labels up.
func (c *Counter) patches() int {
	count := 0
	for i, l := range c.label {
		if l > 0 && c.fill(int32(i), l) >= c.least {
			count++
		}
	}
	return count
}

// fill clears the patch that pixel i lies in, corners connected, and returns its number of pixels.
func (c *Counter) fill(i int32, label int8) int {
	c.stack = append(c.stack[:0], i)
	c.label[i] = 0
	for done := 0; done < len(c.stack); done++ {
		y, x := int(c.stack[done])/c.width, int(c.stack[done])%c.width
		for row := max(0, y-1); row <= min(c.height-1, y+1); row++ {
			for at := row*c.width + max(0, x-1); at <= row*c.width+min(c.width-1, x+1); at++ {
				if c.label[at] == label {
					c.label[at] = 0
					c.stack = append(c.stack, int32(at))
				}
			}
		}
	}
	return len(c.stack)
}
