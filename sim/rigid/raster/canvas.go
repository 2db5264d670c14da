// Package raster draws flat shapes with soft edges into a picture, quickly and always to the same bits.
//
// A picture is uint8 [H, W, 3], row-major RGB. Places are in pixels, x to the right and y down: pixel [i, j] covers the
// unit square whose centre is (j+0.5, i+0.5). The edge of a shape is a ramp one pixel wide: a pixel whose centre lies at
// signed distance d from the outline (negative inside) is covered by the fraction clamp(0.5-d, 0, 1), which is the exact
// area for straight edges along the axes. What lies wholly inside is copied, what lies on the ramp is blended in integers.
package raster

// Color is an sRGB colour.
type Color = [3]uint8

// Canvas is a picture with a flat background. It remembers where shapes were drawn, so that [Canvas.Clear] restores no
// more than that.
type Canvas struct {
	// Height and Width are in pixels.
	Height, Width int
	// Pix is the picture, uint8 [Height, Width, 3].
	Pix []uint8

	background []uint8 // a row of background
	inks       []ink
	dirty      []rectangle
	edges      []edge // of the polygon being drawn
}

// ink is a row of one colour, from which opaque spans are copied.
type ink struct {
	color Color
	row   []uint8
}

// rectangle is the pixels of rows top <= i < bottom and columns left <= j < right.
type rectangle struct{ top, bottom, left, right int }

// NewCanvas returns a black picture of the given size.
func NewCanvas(height, width int) *Canvas {
	if height < 1 || width < 1 {
		panic("raster: a canvas needs a height and a width of at least one pixel")
	}
	return &Canvas{
		Height: height, Width: width,
		Pix:        make([]uint8, height*width*3),
		background: make([]uint8, width*3),
	}
}

// Fill makes the whole picture one colour, which is the background from then on.
func (c *Canvas) Fill(color Color) {
	fillRow(c.background, color)
	stride := len(c.background)
	for i := range c.Height {
		copy(c.Pix[i*stride:], c.background)
	}
	c.dirty = c.dirty[:0]
}

// Clear takes away everything drawn since the last Clear or Fill.
func (c *Canvas) Clear() {
	stride := len(c.background)
	for _, r := range c.dirty {
		left, right := 3*r.left, 3*r.right
		for i := r.top; i < r.bottom; i++ {
			copy(c.Pix[i*stride+left:i*stride+right], c.background[left:right])
		}
	}
	c.dirty = c.dirty[:0]
}

// touch notes that the pixels of r, clipped to the picture, are about to change, and returns them.
func (c *Canvas) touch(r rectangle) rectangle {
	r = rectangle{max(r.top, 0), min(r.bottom, c.Height), max(r.left, 0), min(r.right, c.Width)}
	if r.top < r.bottom && r.left < r.right {
		c.dirty = append(c.dirty, r)
	} else {
		r = rectangle{}
	}
	return r
}

// row returns the picture's row i.
func (c *Canvas) row(i int) []uint8 {
	stride := len(c.background)
	return c.Pix[i*stride : (i+1)*stride]
}

// ink returns a row of the colour. A scene has a few colours at most.
func (c *Canvas) ink(color Color) []uint8 {
	for i := range c.inks {
		if c.inks[i].color == color {
			return c.inks[i].row
		}
	}
	row := make([]uint8, len(c.background))
	fillRow(row, color)
	c.inks = append(c.inks, ink{color, row})
	return row
}

func fillRow(row []uint8, color Color) {
	for j := 0; j < len(row); j += 3 {
		row[j], row[j+1], row[j+2] = color[0], color[1], color[2]
	}
}

// blend lays color over the pixel p with the given coverage, 0 to 1, in steps of 1/256.
func blend(p []uint8, color Color, coverage float64) {
	a := int(coverage*256 + 0.5)
	if a <= 0 {
		return
	}
	a = min(a, 256)
	_ = p[2]
	p[0] = uint8((int(p[0])*(256-a) + int(color[0])*a + 128) >> 8)
	p[1] = uint8((int(p[1])*(256-a) + int(color[1])*a + 128) >> 8)
	p[2] = uint8((int(p[2])*(256-a) + int(color[2])*a + 128) >> 8)
}
