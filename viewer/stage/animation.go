package stage

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/gif"

	"somnium/internal/picture"
)

// decodeGIF returns the last pictures of an animation, at a size. What a few bytes would blow up beyond measure is an error before it
// is decoded.
func decodeGIF(file []byte, height, width int) ([]picture.Frame, error) {
	pixels, err := sizeGIF(file)
	if err != nil {
		return nil, err
	}
	config, err := gif.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	if pixels > 4*mostPixels || config.Width*config.Height > mostPixels/4 {
		return nil, fmt.Errorf("the animation has %d pixels in all, at %dx%d; the most are %d, and %d in a frame: drop a smaller one",
			pixels, config.Height, config.Width, 4*mostPixels, mostPixels/4)
	}
	animation, err := gif.DecodeAll(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	canvas := image.NewRGBA(image.Rect(0, 0, config.Width, config.Height))
	var all []picture.Frame
	for i, frame := range animation.Image {
		draw.Draw(canvas, frame.Bounds(), frame, frame.Bounds().Min, draw.Over)
		if i >= len(animation.Image)-mostGIF {
			all = append(all, Fit(picture.FromImage(canvas), height, width))
		}
	}
	return all, nil
}

var errGIF = errors.New("the GIF is cut short or damaged")

// sizeGIF returns the number of pixels of all frames of a GIF, without decoding any: it goes from block to block (GIF89a, 18-26).
func sizeGIF(file []byte) (pixels int, err error) {
	const head, descriptor = 13, 10
	if len(file) < head {
		return 0, errGIF
	}
	rest := skip(file, head+palette(file[10]))
	for len(rest) > 0 && rest[0] != ';' {
		switch {
		case rest[0] == '!': // an extension: two bytes, and blocks
			rest = blocks(skip(rest, 2))
		case rest[0] == ',' && len(rest) >= descriptor: // a frame: its place, size and palette, the width of its codes, and blocks
			pixels += (int(rest[5]) | int(rest[6])<<8) * (int(rest[7]) | int(rest[8])<<8)
			rest = blocks(skip(rest, descriptor+palette(rest[9])+1))
		default:
			return 0, errGIF
		}
	}
	return pixels, nil
}

// palette returns the length of the palette that a byte of flags announces.
func palette(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// blocks leaves out blocks, each after its length, up to the empty one.
func blocks(data []byte) []byte {
	for len(data) > 0 && data[0] > 0 {
		data = skip(data, 1+int(data[0]))
	}
	return skip(data, 1)
}

func skip(data []byte, n int) []byte { return data[min(n, len(data)):] }
