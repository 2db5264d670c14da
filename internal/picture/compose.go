package picture

import (
	"image"

	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// The size of a character of the one typeface, in pixels.
const (
	letterWidth  = 7
	letterHeight = 13
)

// Text writes s with the upper left corner of its first letter in row y and column x. Characters beyond ASCII show as
// boxes.
func (f Frame) Text(y, x int, s string, c Color) {
	for _, r := range s {
		at, mask, maskAt, _, ok := basicfont.Face7x13.Glyph(fixed.P(x, y+basicfont.Face7x13.Ascent), r)
		if ok {
			f.stamp(at, mask, maskAt, c)
		}
		x += letterWidth
	}
}

// stamp colours the pixels of the rectangle where the mask is set.
func (f Frame) stamp(at image.Rectangle, mask image.Image, maskAt image.Point, c Color) {
	for dy := range at.Dy() {
		for dx := range at.Dx() {
			if _, _, _, alpha := mask.At(maskAt.X+dx, maskAt.Y+dy).RGBA(); alpha > 0x7fff {
				f.Set(at.Min.Y+dy, at.Min.X+dx, c)
			}
		}
	}
}

// TextWidth returns the number of columns that Text needs for s.
func TextWidth(s string) int { return len([]rune(s)) * letterWidth }

// Panel is a frame under its label.
type Panel struct {
	Label string
	Frame Frame
}

// RowOptions shape a row of panels or a sheet. The zero value works.
type RowOptions struct {
	// Scale is how many times frames are enlarged. Default: 1.
	Scale int
	// Gap is the number of pixels around and between panels. Default: 8.
	Gap int
	// Title stands above everything. Default: none.
	Title string
}

// filled returns the options with the defaults in place of zeros.
func (o RowOptions) filled() RowOptions {
	if o.Scale == 0 {
		o.Scale = 1
	}
	if o.Gap == 0 {
		o.Gap = 8
	}
	return o
}

// Row puts panels side by side, their labels above them.
func Row(panels []Panel, opts RowOptions) Frame { return Sheet(panels, len(panels), opts) }

// Sheet puts panels in rows of so many columns, in reading order. Every cell is as large as the largest panel. It panics
// without a panel or a column.
func Sheet(panels []Panel, columns int, opts RowOptions) Frame {
	if len(panels) == 0 || columns < 1 {
		panic("picture: a sheet needs a panel and a column")
	}
	opts = opts.filled()
	columns = min(columns, len(panels))
	rows := (len(panels) + columns - 1) / columns
	height, width, label := cell(panels, opts)
	top := opts.Gap
	if opts.Title != "" {
		top += letterHeight + opts.Gap
	}
	sheet := New(top+rows*(label+height+opts.Gap), max(opts.Gap+columns*(width+opts.Gap), TextWidth(opts.Title)+2*opts.Gap), Paper)
	sheet.Text(opts.Gap, opts.Gap, opts.Title, Ink)
	for i, p := range panels {
		y, x := top+i/columns*(label+height+opts.Gap), opts.Gap+i%columns*(width+opts.Gap)
		sheet.Text(y, x, p.Label, Ink)
		sheet.Draw(p.Frame.Enlarge(opts.Scale), y+label, x)
	}
	return sheet
}

// cell returns the size of the largest panel and the height of the label above it, which is 0 where no panel has one.
func cell(panels []Panel, opts RowOptions) (height, width, label int) {
	for _, p := range panels {
		height = max(height, p.Frame.Height*opts.Scale)
		width = max(width, p.Frame.Width*opts.Scale, TextWidth(p.Label))
		if p.Label != "" {
			label = letterHeight + 3
		}
	}
	return height, width, label
}
