package ui_test

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"math"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"somnium/env"
	"somnium/internal/picture"
	"somnium/viewer/scenes"
	"somnium/viewer/stage"
	"somnium/viewer/stage/stagetest"
	"somnium/viewer/ui"
	"somnium/viewer/wire"
	"somnium/world"
)

var update = flag.Bool("update", false, "draw the pictures of docs/pictures/viewer anew")

// easel is a canvas in memory, with the window's own fonts.
type easel struct {
	img   *image.RGBA
	clip  image.Rectangle
	faces map[ui.Font]font.Face
}

func newEasel(t *testing.T, w, h int) *easel {
	e := &easel{img: image.NewRGBA(image.Rect(0, 0, w, h)), faces: map[ui.Font]font.Face{}}
	e.clip = e.img.Bounds()
	return e
}

func (e *easel) face(f ui.Font) font.Face {
	if face, ok := e.faces[f]; ok {
		return face
	}
	parsed, err := opentype.Parse([][]byte{goregular.TTF, gobold.TTF, gomono.TTF}[f.Face])
	if err != nil {
		panic(err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: f.Size, DPI: 72})
	if err != nil {
		panic(err)
	}
	e.faces[f] = face
	return face
}

func paint(c ui.Color) image.Image {
	return image.NewUniform(color.NRGBA{c.R, c.G, c.B, c.A})
}

// polygon fills closed lines; those that run the other way are holes.
func (e *easel) polygon(c ui.Color, lines ...[]float64) {
	area := image.Rectangle{}
	for i := 0; i < len(lines[0]); i += 2 {
		x, y := int(math.Floor(lines[0][i])), int(math.Floor(lines[0][i+1]))
		area = area.Union(image.Rect(x, y, x+2, y+2))
	}
	if area = area.Intersect(e.clip); area.Empty() {
		return
	}
	r := vector.NewRasterizer(area.Dx(), area.Dy())
	for _, p := range lines {
		at := func(i int) (x, y float32) {
			return float32(p[i] - float64(area.Min.X)), float32(p[i+1] - float64(area.Min.Y))
		}
		r.MoveTo(at(0))
		for i := 2; i < len(p); i += 2 {
			r.LineTo(at(i))
		}
		r.ClosePath()
	}
	mask := image.NewAlpha(image.Rect(0, 0, area.Dx(), area.Dy()))
	r.Draw(mask, mask.Bounds(), image.Opaque, image.Point{})
	draw.DrawMask(e.img, area, paint(c), image.Point{}, mask, image.Point{}, draw.Over)
}

func corners(r ui.Rect, radius float64) []float64 {
	radius = max(min(radius, r.W/2, r.H/2), 0)
	var p []float64
	for i, m := range [4][2]float64{{r.X + r.W - radius, r.Y + radius}, {r.X + r.W - radius, r.Y + r.H - radius}, {r.X + radius, r.Y + r.H - radius}, {r.X + radius, r.Y + radius}} {
		for k := range 7 {
			sin, cos := math.Sincos(math.Pi / 2 * (float64(i) - 1 + float64(k)/6))
			p = append(p, m[0]+radius*cos, m[1]+radius*sin)
		}
	}
	return p
}

func reversed(p []float64) []float64 {
	var q []float64
	for i := len(p) - 2; i >= 0; i -= 2 {
		q = append(q, p[i], p[i+1])
	}
	return q
}

func (e *easel) Fill(r ui.Rect, radius float64, c ui.Color) { e.polygon(c, corners(r, radius)) }
func (e *easel) Stroke(r ui.Rect, radius, w float64, c ui.Color) {
	out := ui.Rect{X: r.X - w/2, Y: r.Y - w/2, W: r.W + w, H: r.H + w}
	in := ui.Rect{X: r.X + w/2, Y: r.Y + w/2, W: r.W - w, H: r.H - w}
	e.polygon(c, corners(out, radius+w/2), reversed(corners(in, radius-w/2)))
}
func (e *easel) Line(x0, y0, x1, y1, w float64, c ui.Color) {
	length := max(math.Hypot(x1-x0, y1-y0), 1e-9)
	nx, ny := -(y1-y0)/length*w/2, (x1-x0)/length*w/2
	e.polygon(c, []float64{x0 + nx, y0 + ny, x1 + nx, y1 + ny, x1 - nx, y1 - ny, x0 - nx, y0 - ny})
}
func (e *easel) Disc(x, y, rx, ry float64, c ui.Color) {
	e.Fill(ui.Rect{X: x - rx, Y: y - ry, W: 2 * rx, H: 2 * ry}, max(rx, ry), c)
}
func (e *easel) Shape(points []float64, c ui.Color) { e.polygon(c, points) }
func (e *easel) Width(s string, f ui.Font) float64 {
	return float64(font.MeasureString(e.face(f), s)) / 64
}
func (e *easel) Text(x, y float64, s string, f ui.Font, c ui.Color) {
	d := font.Drawer{Dst: e.img.SubImage(e.clip).(draw.Image), Src: paint(c), Face: e.face(f), Dot: fixed.P(int(math.Round(x)), int(math.Round(y+f.Size*1.12)))}
	d.DrawString(s)
}
func (e *easel) Picture(_ string, pixels []byte, height, width int, r ui.Rect) {
	for y := int(r.Y); y < int(r.Y+r.H); y++ {
		for x := int(r.X); x < int(r.X+r.W); x++ {
			if !(image.Point{X: x, Y: y}).In(e.clip) {
				continue
			}
			i := (min(int((float64(y)-r.Y)/r.H*float64(height)), height-1)*width + min(int((float64(x)-r.X)/r.W*float64(width)), width-1)) * 3
			e.img.SetRGBA(x, y, color.RGBA{pixels[i], pixels[i+1], pixels[i+2], 255})
		}
	}
}
func (e *easel) Clip(r ui.Rect) {
	e.clip = e.img.Bounds()
	if r != (ui.Rect{}) {
		e.clip = image.Rect(int(r.X), int(r.Y), int(math.Ceil(r.X+r.W)), int(math.Ceil(r.Y+r.H))).Intersect(e.clip)
	}
}

// theatre is a stage with the real model, and a window before it.
type theatre struct {
	t     *testing.T
	stage *stage.Stage
	ui    *ui.UI
	now   float64
}

func newTheatre(t *testing.T, scene string, seed uint64) *theatre {
	t.Helper()
	model, err := world.Open("small")
	if err != nil {
		t.Fatal(err)
	}
	house := stagetest.House()
	house.Dream = func(name string, spec env.Spec) (env.Env, string, error) {
		h, w, _ := env.FrameSize(spec.Observation)
		blank := env.Context{Height: h, Width: w, Frames: make([]byte, h*w*3), Actions: []env.Value{}}
		d, err := world.NewDream(model, world.DreamOptions{Name: name, Spec: spec, Source: world.FromClip(blank)})
		if err != nil {
			return nil, "", err
		}
		return d, "", nil
	}
	a := &theatre{t: t, stage: stage.New(house), ui: ui.New("")}
	t.Cleanup(func() { a.stage.Close() })
	welcome := wire.Welcome{Program: "somnium", Worlds: house.Worlds}
	for _, test := range scenes.Tests() {
		welcome.Tests = append(welcome.Tests, wire.SceneCard{Name: test.ID, Title: test.Title, Asks: test.Asks, Dreamt: test.ID == "occluder" || test.ID == "collision" || test.ID == "fall"})
	}
	a.ui.Receive(wire.Message{Welcome: &welcome}, 0)
	if *update {
		for _, card := range append(welcome.Tests, welcome.Worlds...) {
			a.ui.Receive(wire.Message{Thumb: thumb(t, card.Name)}, 0)
		}
	}
	if err := a.stage.Open(wire.Place{Scene: scene, Seed: &seed}); err != nil {
		t.Fatal(err)
	}
	return a
}

// thumb is a picture of a scene for the menu.
func thumb(t *testing.T, name string) *wire.Thumb {
	t.Helper()
	s := stage.New(stagetest.House())
	defer s.Close()
	if err := s.Open(wire.Place{Scene: name}); err != nil {
		t.Fatal(err)
	}
	for range 6 {
		if err := s.Advance(); err != nil {
			t.Fatal(err)
		}
	}
	v := s.View(0)
	return &wire.Thumb{Name: name, Height: v.Scene.Height, Width: v.Scene.Width, Pixels: v.Truth}
}

// advance moves the stage until frame at, and shows it.
func (a *theatre) advance(at int) {
	a.t.Helper()
	for a.stage.View(0).At < at && a.stage.Moving() {
		if err := a.stage.Advance(); err != nil {
			a.t.Fatal(err)
		}
	}
	v := a.stage.View(0)
	v.Rate = v.Scene.FPS
	a.ui.Receive(wire.Message{View: &v}, a.now)
}

// draw draws the window after keys went down.
func (a *theatre) draw(keys ...string) picture.Frame {
	const width, height = 1280, 800
	in := ui.Input{Width: width, Height: height, Density: 1}
	for _, key := range keys {
		in.Pressed, in.Now = []string{key}, a.now
		a.ui.Frame(in, newEasel(a.t, width, height))
	}
	e := newEasel(a.t, width, height)
	in.Pressed = nil
	a.ui.Frame(in, e)
	return picture.FromImage(e.img)
}

// TestPictures draws windows as people see them, with the real model, and writes them for the documentation where that is asked for.
func TestPictures(t *testing.T) {
	folder := t.TempDir()
	if *update {
		folder = "../../docs/pictures/viewer"
		os.MkdirAll(folder, 0o755)
	}
	seen := map[string]picture.Frame{}
	keep := func(name string, f picture.Frame) {
		seen[name] = f
		if err := picture.WritePNG(filepath.Join(folder, name+".png"), f); err != nil {
			t.Fatal(err)
		}
	}
	a := newTheatre(t, "RigidCatch-v0", 3)
	var film []picture.Frame
	frames := 20
	if *update {
		frames = 60
	}
	for i := range frames {
		a.advance(8 + i)
		if *update && i%2 == 1 {
			film = append(film, a.draw())
		}
	}
	keep("playing", a.draw())
	keep("difference", a.draw("KeyV", "KeyV", "KeyV"))
	if *update {
		if err := picture.WriteGIF(filepath.Join(folder, "playing.gif"), film, picture.GIFOptions{FPS: 5, Hold: 1}); err != nil {
			t.Fatal(err)
		}
	}
	keep("help", a.draw("KeyV", "Slash"))
	b := newTheatre(t, "occluder", 4)
	b.advance(30)
	seen["occluder"] = b.draw() // no page shows it
	keep("menu", b.draw("KeyM"))
	for name, f := range seen {
		colors := map[picture.Color]bool{}
		for i := 0; i < len(f.Pixels); i += 3 {
			colors[picture.Color(f.Pixels[i:])] = true
		}
		if len(colors) < 60 {
			t.Errorf("the window %s has %d colours", name, len(colors))
		}
	}
	if string(seen["playing"].Pixels) == string(seen["difference"].Pixels) {
		t.Error("the difference is not shown")
	}
}

// TestOutlinesAreSeenOnAnyGround draws what is outlined, hidden and outside of the frame on pictures from black to white.
func TestOutlinesAreSeenOnAnyGround(t *testing.T) {
	shapes := map[string]wire.Shape{
		"outline": {Label: "disc", Disc: &[4]float32{0.5, 0.5, 0.2, 0.2}},
		"ghost":   {Label: "box", Corners: []float32{0.4, 0.4, 0.6, 0.4, 0.6, 0.6, 0.4, 0.6}, Hidden: 1},
		"arrow":   {Label: "gone", Disc: &[4]float32{-0.5, 0.5, 0.1, 0.1}, Outside: true},
	}
	for _, ground := range []byte{0, 26, 128, 207, 255} {
		for name, shape := range shapes {
			shape.Color = [3]uint8{ground, ground, ground}
			drawn := func(shapes ...wire.Shape) []byte {
				a := &theatre{t: t, ui: ui.New("")}
				a.ui.Receive(wire.Message{Welcome: &wire.Welcome{}}, 0)
				a.ui.Receive(wire.Message{View: &wire.View{
					Gen: 1, Len: 1, PSNR: -1, Scene: wire.Scene{Name: "x", Height: 64, Width: 64, Truth: true}, Shapes: shapes,
					Truth: bytes.Repeat([]byte{ground}, 64*64*3),
				}}, 0)
				return a.draw().Pixels
			}
			with, without := drawn(shape), drawn()
			seen := 0
			for i := 0; i < len(with); i += 3 {
				if d := int(with[i]) - int(without[i]); max(d, -d) >= 45 {
					seen++
				}
			}
			if seen < 50 {
				t.Errorf("of the %s, %d pixels are seen on a ground of %d", name, seen, ground)
			}
		}
	}
}
