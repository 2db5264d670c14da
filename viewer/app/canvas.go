//go:build js || window

package main

import (
	"image"
	"math"

	"github.com/hajimehoshi/ebiten/v2"

	"somnium/viewer/ui"
)

// canvas draws on Ebitengine. Everything but pictures is triangles over one texture, which holds the letters and a white spot: so a
// window is a handful of draw calls. Edges are smooth because shapes have a seam of one pixel in which they fade out.
type canvas struct {
	screen, target *ebiten.Image
	density        float64
	letters        *letters
	vertices       []ebiten.Vertex
	indices        []uint32
	pictures       map[string]*shown
	frame          int
	points         []float64 // in use while a shape is built
}

// shown is a picture on the graphics card.
type shown struct {
	image  *ebiten.Image
	pixels *byte // of the last upload
	rgba   []byte
	frame  int // when it was last drawn
}

func newCanvas() *canvas {
	return &canvas{letters: newLetters(), pictures: map[string]*shown{}}
}

func (c *canvas) begin(screen *ebiten.Image, density float64) {
	c.screen, c.target, c.density = screen, screen, density
	c.frame++
	c.letters.begin()
}

func (c *canvas) end() {
	c.flush()
	for name, p := range c.pictures {
		if c.frame-p.frame > 600 {
			p.image.Deallocate()
			delete(c.pictures, name)
		}
	}
}

// flush draws the triangles so far.
func (c *canvas) flush() {
	if len(c.indices) > 0 {
		c.target.DrawTriangles32(c.vertices, c.indices, c.letters.atlas, &ebiten.DrawTrianglesOptions{})
	}
	c.vertices, c.indices = c.vertices[:0], c.indices[:0]
}

// corner adds a vertex in the white spot; x and y are in pixels.
func (c *canvas) corner(x, y float64, col ui.Color, opacity float64) uint32 {
	c.vertices = append(c.vertices, ebiten.Vertex{
		DstX: float32(x), DstY: float32(y), SrcX: white, SrcY: white,
		ColorR: float32(col.R) / 255, ColorG: float32(col.G) / 255, ColorB: float32(col.B) / 255, ColorA: float32(float64(col.A) / 255 * opacity),
	})
	return uint32(len(c.vertices) - 1)
}

// convex fills a convex polygon, in pixels, with smooth edges.
func (c *canvas) convex(p []float64, col ui.Color) {
	n := len(p) / 2
	if n < 3 || col.A == 0 {
		return
	}
	area := 0.0
	for i := range n {
		j := (i + 1) % n
		area += p[2*i]*p[2*j+1] - p[2*j]*p[2*i+1]
	}
	side := 0.5
	if area < 0 {
		side = -0.5
	}
	first := uint32(len(c.vertices))
	for i := range n {
		h, j := (i+n-1)%n, (i+1)%n
		nx, ny := miter(p[2*h], p[2*h+1], p[2*i], p[2*i+1], p[2*j], p[2*j+1])
		c.corner(p[2*i]-side*nx, p[2*i+1]-side*ny, col, 1)
		c.corner(p[2*i]+side*nx, p[2*i+1]+side*ny, col, 0)
	}
	for i := 2; i < n; i++ {
		c.indices = append(c.indices, first, first+uint32(2*i-2), first+uint32(2*i))
	}
	for i := range n {
		a, b := first+uint32(2*i), first+uint32(2*((i+1)%n))
		c.indices = append(c.indices, a, b, a+1, a+1, b, b+1)
	}
}

// miter returns the offset that moves both edges at a corner outward by one, for corners in mathematical order.
func miter(ax, ay, bx, by, cx, cy float64) (x, y float64) {
	ux, uy := unit(bx-ax, by-ay)
	vx, vy := unit(cx-bx, cy-by)
	x, y = uy+vy, -ux-vx
	square := x*x + y*y
	if square < 1e-9 {
		return uy, -ux
	}
	by2 := min(2/square, 2)
	return x * by2, y * by2
}

func unit(x, y float64) (float64, float64) {
	length := math.Hypot(x, y)
	if length < 1e-9 {
		return 0, 0
	}
	return x / length, y / length
}

// round returns the corners of a rectangle with rounded ones, in pixels.
func (c *canvas) round(r ui.Rect, radius float64) []float64 {
	d := c.density
	x, y, w, h := r.X*d, r.Y*d, r.W*d, r.H*d
	radius = min(radius*d, w/2, h/2)
	p := c.points[:0]
	if radius < 0.75 {
		p = append(p, x, y, x+w, y, x+w, y+h, x, y+h)
		c.points = p
		return p
	}
	const steps = 5
	for i, m := range [4][2]float64{{x + w - radius, y + radius}, {x + w - radius, y + h - radius}, {x + radius, y + h - radius}, {x + radius, y + radius}} {
		for k := range steps + 1 {
			sin, cos := math.Sincos(math.Pi / 2 * (float64(i) - 1 + float64(k)/steps))
			p = append(p, m[0]+radius*cos, m[1]+radius*sin)
		}
	}
	c.points = p
	return p
}

// Fill implements ui.Canvas.
func (c *canvas) Fill(r ui.Rect, radius float64, col ui.Color) {
	if r.W <= 0 || r.H <= 0 {
		return
	}
	c.convex(c.round(r, radius), col)
}

// Stroke implements ui.Canvas.
func (c *canvas) Stroke(r ui.Rect, radius, width float64, col ui.Color) {
	if r.W <= 0 || r.H <= 0 {
		return
	}
	p := c.round(r, radius)
	n := len(p) / 2
	half := width * c.density / 2
	first := uint32(len(c.vertices))
	for i := range n {
		h, j := (i+n-1)%n, (i+1)%n
		nx, ny := miter(p[2*h], p[2*h+1], p[2*i], p[2*i+1], p[2*j], p[2*j+1])
		for _, at := range [4][2]float64{{-half - 0.5, 0}, {-half + 0.5, 1}, {half - 0.5, 1}, {half + 0.5, 0}} {
			c.corner(p[2*i]+at[0]*nx, p[2*i+1]+at[0]*ny, col, at[1])
		}
	}
	for i := range n {
		a, b := first+uint32(4*i), first+uint32(4*((i+1)%n))
		for k := range uint32(3) {
			c.indices = append(c.indices, a+k, b+k, a+k+1, a+k+1, b+k, b+k+1)
		}
	}
}

// Line implements ui.Canvas.
func (c *canvas) Line(x0, y0, x1, y1, width float64, col ui.Color) {
	d := c.density
	ux, uy := unit(x1-x0, y1-y0)
	half := width * d / 2
	nx, ny := -uy*half, ux*half
	x0, y0, x1, y1 = x0*d, y0*d, x1*d, y1*d
	c.points = append(c.points[:0], x0+nx, y0+ny, x1+nx, y1+ny, x1-nx, y1-ny, x0-nx, y0-ny)
	c.convex(c.points, col)
}

// Disc implements ui.Canvas.
func (c *canvas) Disc(x, y, rx, ry float64, col ui.Color) {
	d := c.density
	sides := int(min(max(8, 3*math.Sqrt(max(rx, ry)*d)), 64)) + 4
	p := c.points[:0]
	for i := range sides {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(sides))
		p = append(p, (x+rx*cos)*d, (y+ry*sin)*d)
	}
	c.points = p
	c.convex(p, col)
}

// Shape implements ui.Canvas, for convex shapes.
func (c *canvas) Shape(points []float64, col ui.Color) {
	p := c.points[:0]
	for _, x := range points {
		p = append(p, x*c.density)
	}
	c.points = p
	c.convex(p, col)
}

// Picture implements ui.Canvas.
func (c *canvas) Picture(name string, pixels []byte, height, width int, r ui.Rect) {
	if len(pixels) == 0 || len(pixels) != height*width*3 {
		return
	}
	c.flush()
	p := c.pictures[name]
	if p == nil || p.image.Bounds().Dx() != width || p.image.Bounds().Dy() != height {
		p = &shown{image: ebiten.NewImage(width, height), rgba: make([]byte, height*width*4)}
		c.pictures[name] = p
	}
	// A difference is made anew in the same memory.
	if p.pixels != &pixels[0] || name == "difference" {
		p.pixels = &pixels[0]
		for i := range height * width {
			copy(p.rgba[4*i:], pixels[3*i:3*i+3])
			p.rgba[4*i+3] = 255
		}
		p.image.WritePixels(p.rgba)
	}
	p.frame = c.frame
	options := &ebiten.DrawImageOptions{Filter: ebiten.FilterNearest}
	options.GeoM.Scale(r.W*c.density/float64(width), r.H*c.density/float64(height))
	options.GeoM.Translate(r.X*c.density, r.Y*c.density)
	c.target.DrawImage(p.image, options)
}

// Clip implements ui.Canvas.
func (c *canvas) Clip(r ui.Rect) {
	c.flush()
	c.target = c.screen
	if r != (ui.Rect{}) {
		d := c.density
		area := image.Rect(int(r.X*d), int(r.Y*d), int(math.Ceil((r.X+r.W)*d)), int(math.Ceil((r.Y+r.H)*d)))
		c.target = c.screen.SubImage(area).(*ebiten.Image)
	}
}
