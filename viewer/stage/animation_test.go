package stage

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"strings"
	"testing"
)

// animation returns a GIF of frames of growing size, each with a palette of its own.
func animation(t *testing.T, frames int) []byte {
	t.Helper()
	a := &gif.GIF{Config: image.Config{Width: 40, Height: 30}}
	for i := range frames {
		f := image.NewPaletted(image.Rect(i%7, i%5, 20+i%19, 10+i%17), color.Palette{color.Black, color.Gray{uint8(i)}, color.White})
		f.Pix[i%len(f.Pix)] = 2
		a.Image, a.Delay = append(a.Image, f), append(a.Delay, 4)
	}
	var file bytes.Buffer
	if err := gif.EncodeAll(&file, a); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestAnAnimationIsMeasuredBeforeItIsDecoded(t *testing.T) {
	file := animation(t, 100)
	decoded, err := gif.DecodeAll(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, f := range decoded.Image {
		want += f.Bounds().Dx() * f.Bounds().Dy()
	}
	if got, err := sizeGIF(file); got != want || err != nil {
		t.Errorf("the animation has %d pixels, and is measured as %d, %v", want, got, err)
	}
	if frames, err := decodeGIF(file, 16, 16); len(frames) != mostGIF || err != nil {
		t.Errorf("of 100 frames %d are dreamed on from, %v", len(frames), err)
	}
	for n := range file {
		sizeGIF(file[:n]) // must not fail otherwise than by an error
	}
}

// TestAnAnimationThatBlowsUpIsRefused claims large frames, of which a decoder would make room for every one.
func TestAnAnimationThatBlowsUpIsRefused(t *testing.T) {
	file := animation(t, 1)
	binary.LittleEndian.PutUint16(file[6:], 3000)
	binary.LittleEndian.PutUint16(file[8:], 3000)
	begin := bytes.IndexByte(file, ',')
	frame := bytes.Clone(file[begin : len(file)-1])
	binary.LittleEndian.PutUint16(frame[5:], 2900)
	binary.LittleEndian.PutUint16(frame[7:], 2900)
	bomb := append(bytes.Clone(file[:begin]), bytes.Repeat(frame, 20)...)
	if _, err := decodeGIF(append(bomb, ';'), 16, 16); err == nil || !strings.Contains(err.Error(), "168200000 pixels in all") {
		t.Errorf("twenty large frames give %v", err)
	}
	binary.LittleEndian.PutUint16(file[6:], 60000)
	if _, err := decodeGIF(file, 16, 16); err == nil || !strings.Contains(err.Error(), "3000x60000") {
		t.Errorf("a small frame in a large window gives %v", err)
	}
}
