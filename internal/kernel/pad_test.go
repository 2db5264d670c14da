package kernel

import (
	"bytes"
	"testing"
)

func TestPadAndCrop(t *testing.T) {
	for _, c := range []struct{ height, width, paddedHeight, paddedWidth int }{{1, 1, 4, 8}, {3, 5, 4, 8}, {4, 8, 4, 8}, {7, 2, 8, 2}} {
		picture, padded := make([]uint8, c.height*c.width*3), make([]uint8, c.paddedHeight*c.paddedWidth*3)
		for i := range picture {
			picture[i] = uint8(7*i + 1)
		}
		Pad(padded, picture, c.height, c.width, c.paddedHeight, c.paddedWidth)
		for i, got := range padded {
			y, x := min(i/(c.paddedWidth*3), c.height-1), min(i/3%c.paddedWidth, c.width-1)
			if want := picture[(y*c.width+x)*3+i%3]; got != want {
				t.Fatalf("%+v: byte %d is %d, want %d", c, i, got, want)
			}
		}
		back := make([]uint8, len(picture))
		if Crop(back, padded, c.height, c.width, c.paddedWidth); !bytes.Equal(back, picture) {
			t.Errorf("%+v: what was padded is not what is cropped", c)
		}
	}
}

func TestPadMisuse(t *testing.T) {
	x := make([]uint8, 48)
	expectPanic(t, func() { Pad(x, x, 5, 4, 4, 4) })
	expectPanic(t, func() { Pad(x, x, 0, 4, 4, 4) })
	expectPanic(t, func() { Pad(x[:45], x, 4, 4, 4, 4) })
	expectPanic(t, func() { Pad(x, x[:45], 4, 4, 4, 4) })
	expectPanic(t, func() { Crop(x, x[:45], 4, 4, 4) })
	expectPanic(t, func() { Crop(x[:45], x, 4, 4, 4) })
	expectPanic(t, func() { Crop(x, x, 4, 4, 3) })
}
