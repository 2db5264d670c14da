// Package picture makes pictures that people look at out of frames: frames side by side under labels, contact sheets,
// animated GIFs and PNG files. It adds nothing to what the frames hold: scaling repeats pixels, and a GIF keeps every
// colour where 256 are enough.
//
//	var clip []picture.Frame
//	for t := range truth {
//		clip = append(clip, picture.Row([]picture.Panel{{"truth", truth[t]}, {"dream", dream[t]}}, picture.RowOptions{Scale: 4}))
//	}
//	err := picture.WriteGIF("out/catch.gif", clip, picture.GIFOptions{FPS: 10})
package picture

import (
	"image"
	"image/color"
)

// Frame is a picture: RGB bytes, uint8 [Height, Width, 3] row-major.
type Frame struct {
	Height, Width int
	Pixels        []uint8
}

// Color is an sRGB colour.
type Color [3]uint8

// The colours that pictures are composed with.
var (
	Paper = Color{24, 26, 31}
	Ink   = Color{226, 228, 233}
)

// New returns a frame that is filled with the colour.
func New(height, width int, fill Color) Frame {
	f := Of(make([]uint8, height*width*3), height, width)
	for i := range f.Pixels {
		f.Pixels[i] = fill[i%3]
	}
	return f
}

// Of wraps pixels, which the frame aliases. It panics where their number is not that of the size.
func Of(pixels []uint8, height, width int) Frame {
	if height <= 0 || width <= 0 || len(pixels) != height*width*3 {
		panic("picture: the pixels are not those of a frame of the given size")
	}
	return Frame{height, width, pixels}
}

// Clip wraps the frames of a clip, uint8 [T, height, width, 3], which they alias.
func Clip(pixels []uint8, height, width int) []Frame {
	size := height * width * 3
	if size <= 0 || len(pixels)%size != 0 {
		panic("picture: the pixels are not those of whole frames of the given size")
	}
	frames := make([]Frame, len(pixels)/size)
	for t := range frames {
		frames[t] = Of(pixels[t*size:(t+1)*size], height, width)
	}
	return frames
}

// At returns the colour in row y and column x.
func (f Frame) At(y, x int) Color { return Color(f.Pixels[(y*f.Width+x)*3:]) }

// Set colours the pixel in row y and column x, if there is one.
func (f Frame) Set(y, x int, c Color) {
	if y >= 0 && y < f.Height && x >= 0 && x < f.Width {
		copy(f.Pixels[(y*f.Width+x)*3:], c[:])
	}
}

// Clone returns a frame with memory of its own.
func (f Frame) Clone() Frame {
	return Of(append([]uint8(nil), f.Pixels...), f.Height, f.Width)
}

// Draw copies src into f with its upper left corner in row y and column x. What falls outside is cut off.
func (f Frame) Draw(src Frame, y, x int) {
	left, right := max(0, -x), min(src.Width, f.Width-x)
	if left >= right {
		return
	}
	for row := max(0, -y); row < min(src.Height, f.Height-y); row++ {
		from := src.Pixels[(row*src.Width+left)*3 : (row*src.Width+right)*3]
		copy(f.Pixels[((y+row)*f.Width+x+left)*3:], from)
	}
}

// Enlarge returns the frame with every pixel repeated in a square of the given side, which is at least 1.
func (f Frame) Enlarge(times int) Frame {
	if times < 1 {
		panic("picture: Enlarge takes 1 and more")
	}
	g := Of(make([]uint8, len(f.Pixels)*times*times), f.Height*times, f.Width*times)
	stride := g.Width * 3
	for y := range f.Height {
		row := g.Pixels[y*times*stride : (y*times+1)*stride]
		for x := range f.Width {
			for k := range times {
				copy(row[(x*times+k)*3:], f.Pixels[(y*f.Width+x)*3:(y*f.Width+x)*3+3])
			}
		}
		for k := 1; k < times; k++ {
			copy(g.Pixels[(y*times+k)*stride:], row)
		}
	}
	return g
}

// Image returns the frame as the standard library sees pictures.
func (f Frame) Image() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, f.Width, f.Height))
	for i := range f.Height * f.Width {
		copy(img.Pix[i*4:], f.Pixels[i*3:i*3+3])
		img.Pix[i*4+3] = 255
	}
	return img
}

// FromImage returns the picture as a frame; what shines through transparent pixels is black.
func FromImage(img image.Image) Frame {
	b := img.Bounds()
	f := New(b.Dy(), b.Dx(), Color{})
	for y := range f.Height {
		for x := range f.Width {
			c := color.RGBAModel.Convert(img.At(b.Min.X+x, b.Min.Y+y)).(color.RGBA)
			f.Set(y, x, Color{c.R, c.G, c.B})
		}
	}
	return f
}
