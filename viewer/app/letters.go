//go:build js || window

package main

import (
	"image"
	"math"

	"github.com/hajimehoshi/ebiten/v2"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"somnium/viewer/ui"
)

// white is where the white spot of the atlas is, and atlasSize the atlas's side, in pixels.
const (
	white     = 2
	atlasSize = 1024
)

// glyph is a letter at a size: where it is in the atlas, and where it goes relative to the pen.
type glyph struct {
	area       image.Rectangle
	left, top  float64
	advance    float64
	whitespace bool
}

type glyphKey struct {
	face ui.Face
	size int // in 1/4 pixels
	r    rune
}

// letters draws the Go fonts: every letter once, into an atlas.
type letters struct {
	atlas  *ebiten.Image
	fonts  [3]*opentype.Font
	faces  map[glyphKey]font.Face // with rune 0
	glyphs map[glyphKey]glyph
	x, y   int // where the next letter goes
	row    int // its row's height
	full   bool
}

func newLetters() *letters {
	l := &letters{atlas: ebiten.NewImage(atlasSize, atlasSize)}
	for i, data := range [][]byte{goregular.TTF, gobold.TTF, gomono.TTF} {
		parsed, err := opentype.Parse(data)
		if err != nil {
			panic("app: the fonts that the program holds cannot be read")
		}
		l.fonts[i] = parsed
	}
	l.clear()
	return l
}

// clear empties the atlas, but for the white spot.
func (l *letters) clear() {
	l.atlas.Clear()
	spot := make([]byte, 4*16)
	for i := range spot {
		spot[i] = 255
	}
	l.atlas.SubImage(image.Rect(0, 0, 4, 4)).(*ebiten.Image).WritePixels(spot)
	l.faces, l.glyphs = map[glyphKey]font.Face{}, map[glyphKey]glyph{}
	l.x, l.y, l.row, l.full = 8, 0, 0, false
}

// begin starts a frame: an atlas that ran full in the last one, as when a window was resized again and again, is made anew.
func (l *letters) begin() {
	if l.full {
		l.clear()
	}
}

func (l *letters) face(key glyphKey) font.Face {
	key.r = 0
	face, ok := l.faces[key]
	if !ok {
		made, err := opentype.NewFace(l.fonts[key.face], &opentype.FaceOptions{Size: float64(key.size) / 4, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			panic("app: a font has no such size")
		}
		face = made
		l.faces[key] = face
	}
	return face
}

// glyph returns a letter, which it draws into the atlas at first.
func (l *letters) glyph(key glyphKey) glyph {
	if g, ok := l.glyphs[key]; ok {
		return g
	}
	face := l.face(key)
	area, mask, maskAt, advance, ok := face.Glyph(fixed.P(0, 0), key.r)
	if !ok {
		if area, mask, maskAt, advance, ok = face.Glyph(fixed.P(0, 0), '?'); !ok {
			return glyph{}
		}
	}
	g := glyph{advance: float64(advance) / 64, left: float64(area.Min.X), top: float64(area.Min.Y), whitespace: area.Empty()}
	if !g.whitespace {
		g.area = l.put(mask, maskAt, area.Dx(), area.Dy())
		g.whitespace = g.area.Empty()
	}
	l.glyphs[key] = g
	return g
}

// put copies a mask into the atlas and returns where; nowhere, where there is no room until the next frame.
func (l *letters) put(mask image.Image, at image.Point, w, h int) image.Rectangle {
	if l.x+w+1 > atlasSize {
		l.x, l.y, l.row = 8, l.y+l.row+1, 0
	}
	if l.y+h+1 > atlasSize {
		l.full = true
		return image.Rectangle{}
	}
	area := image.Rect(l.x, l.y, l.x+w, l.y+h)
	l.x, l.row = l.x+w+1, max(l.row, h)
	pixels := make([]byte, 4*w*h)
	for i := range w * h {
		_, _, _, alpha := mask.At(at.X+i%w, at.Y+i/w).RGBA()
		for k := range 4 {
			pixels[4*i+k] = byte(alpha >> 8)
		}
	}
	l.atlas.SubImage(area).(*ebiten.Image).WritePixels(pixels)
	return area
}

func (c *canvas) key(f ui.Font) glyphKey {
	return glyphKey{face: f.Face, size: int(math.Round(f.Size * c.density * 4))}
}

// Width implements ui.Canvas.
func (c *canvas) Width(s string, f ui.Font) float64 {
	key, width := c.key(f), 0.0
	for _, r := range s {
		key.r = r
		width += c.letters.glyph(key).advance
	}
	return width / c.density
}

// Text implements ui.Canvas.
func (c *canvas) Text(x, y float64, s string, f ui.Font, col ui.Color) {
	key := c.key(f)
	pen := x * c.density
	base := math.Round((y + f.Size*1.12) * c.density)
	for _, r := range s {
		key.r = r
		g := c.letters.glyph(key)
		if !g.whitespace {
			c.stamp(math.Round(pen)+g.left, base+g.top, g.area, col)
		}
		pen += g.advance
	}
}

// stamp draws a part of the atlas at a place, in pixels.
func (c *canvas) stamp(x, y float64, area image.Rectangle, col ui.Color) {
	first := uint32(len(c.vertices))
	for i := range 4 {
		right, down := i%2, i/2
		c.corner(x+float64(right*area.Dx()), y+float64(down*area.Dy()), col, 1)
		v := &c.vertices[len(c.vertices)-1]
		v.SrcX, v.SrcY = float32(area.Min.X+right*area.Dx()), float32(area.Min.Y+down*area.Dy())
	}
	c.indices = append(c.indices, first, first+1, first+2, first+2, first+1, first+3)
}
