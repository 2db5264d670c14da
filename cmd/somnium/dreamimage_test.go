package main

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"somnium/internal/picture"
)

// Pictures of all the kinds that the decoders know are read as they look, and none ends the program.
func TestPicturesOfAnyKind(t *testing.T) {
	red, blue := color.NRGBA{200, 0, 0, 255}, color.NRGBA{0, 0, 200, 255}
	drawn := func(img interface {
		image.Image
		Set(x, y int, c color.Color)
	}) image.Image {
		for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
			for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
				img.Set(x, y, red)
			}
		}
		img.Set(img.Bounds().Min.X, img.Bounds().Min.Y, blue)
		return img
	}
	encode := func(write func(*bytes.Buffer) error) []byte {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	pngOf := func(img image.Image) []byte { return encode(func(b *bytes.Buffer) error { return png.Encode(b, img) }) }
	size := image.Rect(0, 0, 8, 8)
	palette := color.Palette{color.Black, red, blue}
	first := drawn(image.NewPaletted(image.Rect(2, 3, 6, 6), palette)).(*image.Paletted)
	animated := encode(func(b *bytes.Buffer) error {
		return gif.EncodeAll(b, &gif.GIF{
			Image: []*image.Paletted{first, drawn(image.NewPaletted(size, palette)).(*image.Paletted)}, Delay: []int{1, 1},
			Config: image.Config{ColorModel: palette, Width: 8, Height: 8},
		})
	})
	black, r, b := picture.Color{}, picture.Color{200, 0, 0}, picture.Color{0, 0, 200}
	for name, c := range map[string]struct {
		data            []byte
		corner, at, far picture.Color // in row and column 0, in row 3 and column 2, in row and column 5
	}{
		"16 bits":     {pngOf(drawn(image.NewNRGBA64(size))), b, r, r},
		"grey":        {pngOf(drawn(image.NewGray(size))), picture.Color{22, 22, 22}, picture.Color{60, 60, 60}, picture.Color{60, 60, 60}},
		"transparent": {pngOf(image.NewNRGBA(size)), black, black, black},
		"an animation whose first frame is a part": {animated, black, b, r},
	} {
		path := filepath.Join(t.TempDir(), "picture")
		if err := os.WriteFile(path, c.data, 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := loadPicture(path)
		if err != nil || f.Height != 8 || f.Width != 8 {
			t.Errorf("%s: %dx%d pixels, %v", name, f.Height, f.Width, err)
			continue
		}
		if f.At(0, 0) != c.corner || f.At(3, 2) != c.at || f.At(5, 5) != c.far {
			t.Errorf("%s: %v, %v and %v, want %v, %v and %v", name, f.At(0, 0), f.At(3, 2), f.At(5, 5), c.corner, c.at, c.far)
		}
	}
	jpg := encode(func(b *bytes.Buffer) error { return jpeg.Encode(b, drawn(image.NewRGBA(size)), nil) })
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"cut short":       {jpg[:len(jpg)-6], "take another copy"},
		"no pixel":        {[]byte("GIF89a\x04\x00\x04\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x01\x2c\x00;"), "without a pixel"},
		"too many pixels": {[]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00;"), "65535x65535 pixels"},
		"nothing":         {nil, "give --image a PNG, JPEG or GIF"},
	} {
		path := filepath.Join(t.TempDir(), "picture")
		if err := os.WriteFile(path, c.data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := loadPicture(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
	if one := boxFilter(picture.New(1, 1, r), 48, 80); one.At(0, 0) != r || one.At(47, 79) != r {
		t.Error("a picture of one pixel is not all of its colour")
	}
}
