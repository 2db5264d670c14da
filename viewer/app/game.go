//go:build js || window

package main

import (
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"

	"somnium/viewer/ui"
	"somnium/viewer/wire"
)

// link is a connection to the server.
type link interface {
	// Send queues a message: text of JSON, or the content of a file.
	Send(text string)
	SendFile(data []byte)
	// Messages is closed when the connection is.
	Messages() <-chan []byte
	Close()
}

// game is the window.
type game struct {
	ui     *ui.UI
	canvas *canvas
	// dial connects to the server, copyText puts a text where people find it and says where that is, drawn is called after every
	// frame.
	dial     func() (link, error)
	copyText func(text string) (where string)
	drawn    func(g *game)

	link    link
	again   time.Time // when to dial again
	began   time.Time
	in      ui.Input
	mouse   [2]int
	held    bool // the mouse is the scene's
	runes   []rune
	keys    []ebiten.Key
	width   float64
	height  float64
	density float64
	// stale says that the window no longer shows what is so; painted is when it was drawn.
	stale   bool
	painted float64
}

// restful is how long a window that nothing happens to stays as it is, in seconds: what blinks does so at this rate, and the processor
// is the dream's.
const restful = 0.1

// patience is for how many seconds after its start the window waits for the server before it draws anything.
const patience = 1

func newGame(query string) *game {
	return &game{ui: ui.New(query), canvas: newCanvas(), began: time.Now(), density: 1}
}

func (g *game) run() error {
	ebiten.SetWindowTitle("Somnium")
	ebiten.SetWindowSize(1280, 800)
	ebiten.SetWindowResizingMode(ebiten.WindowResizingModeEnabled)
	ebiten.SetScreenClearedEveryFrame(false)
	ebiten.SetRunnableOnUnfocused(true)
	return ebiten.RunGame(g)
}

// LayoutF implements ebiten.LayoutFer: a pixel of the picture is one of the screen.
func (g *game) LayoutF(w, h float64) (float64, float64) {
	density := max(ebiten.Monitor().DeviceScaleFactor(), 0.5)
	g.stale = g.stale || density != g.density || w != g.width || h != g.height
	g.density, g.width, g.height = density, w, h
	return w * g.density, h * g.density
}

// Layout is never called, for LayoutF is.
func (g *game) Layout(w, h int) (int, int) { return w, h }

func (g *game) now() float64 { return time.Since(g.began).Seconds() }

// Update gathers what happens until the next picture is drawn.
func (g *game) Update() error {
	g.talk()
	g.await()
	g.gather()
	return nil
}

// await gives the server a moment, before anything is drawn, to say what is on: the first picture takes the longest, and is to be one
// of that.
func (g *game) await() {
	for g.painted == 0 && g.link != nil && g.now() < patience && !g.ui.State().Told() {
		time.Sleep(time.Millisecond)
		g.talk()
	}
}

// talk keeps the connection and passes on what the server says.
func (g *game) talk() {
	if g.link == nil {
		if time.Now().Before(g.again) || g.ui.Refused() {
			return
		}
		g.again = time.Now().Add(time.Second)
		dialed, err := g.dial()
		if err != nil {
			g.ui.Lost(err.Error())
			return
		}
		g.link = dialed
		g.link.Send(string(g.ui.Hello().Encode()))
	}
	for range 200 {
		select {
		case data, open := <-g.link.Messages():
			if !open {
				g.link.Close()
				g.link = nil
				g.ui.Lost("No server answers. Start it with: make play")
				return
			}
			m, err := wire.DecodeMessage(data)
			if err != nil {
				g.ui.Lost(err.Error())
				g.link.Close()
				return
			}
			g.ui.Receive(m, g.now())
			g.stale = true
		default:
			return
		}
	}
}

// gather adds what keys, mouse, gamepad and dropped files do to what is known.
func (g *game) gather() {
	g.keys = inpututil.AppendPressedKeys(g.keys[:0])
	before := len(g.in.Held)
	g.in.Held = g.in.Held[:0]
	for _, key := range g.keys {
		name := keyName(key)
		g.in.Held = append(g.in.Held, name)
		if d := inpututil.KeyPressDuration(key); d == 1 || repeats(key) && d > 24 && d%4 == 0 {
			g.in.Pressed = append(g.in.Pressed, name)
		}
	}
	for button, name := range map[ebiten.MouseButton]string{ebiten.MouseButtonLeft: "MouseLeft", ebiten.MouseButtonRight: "MouseRight"} {
		if ebiten.IsMouseButtonPressed(button) {
			g.in.Held = append(g.in.Held, name)
		}
		if inpututil.IsMouseButtonJustPressed(button) {
			g.in.Pressed = append(g.in.Pressed, name)
		}
	}
	g.in.Runes = ebiten.AppendInputChars(g.in.Runes)
	x, y := ebiten.CursorPosition()
	if g.held {
		g.in.DeltaX += float64(x-g.mouse[0]) / g.density
		g.in.DeltaY += float64(y-g.mouse[1]) / g.density
	}
	moved := g.mouse != [2]int{x, y}
	g.mouse = [2]int{x, y}
	g.in.MouseX, g.in.MouseY = float64(x)/g.density, float64(y)/g.density
	_, wheel := ebiten.Wheel()
	g.in.Wheel += wheel
	g.gamepad()
	if files := ebiten.DroppedFiles(); files != nil {
		if g.in.Dropped = firstFile(files); g.in.Dropped == nil {
			said := fmt.Sprintf("What was dropped is no file, or has more than %d MB.", wire.MaxFile>>20)
			g.ui.Receive(wire.Message{Notice: &wire.Notice{Text: said, Bad: true}}, g.now())
		}
	}
	g.stale = g.stale || moved || wheel != 0 || len(g.in.Pressed) > 0 || len(g.in.Runes) > 0 || len(g.in.Held) != before ||
		len(g.in.Intents) > 0 || g.in.Turn != [2]float64{} || g.in.Dropped != nil
}

// repeats says whether a key that is held goes on and on.
func repeats(key ebiten.Key) bool {
	return slices.Contains([]ebiten.Key{ebiten.KeyComma, ebiten.KeyPeriod, ebiten.KeyArrowLeft, ebiten.KeyArrowRight, ebiten.KeyArrowUp, ebiten.KeyArrowDown}, key)
}

// keyName returns the name of a key as browsers have it.
func keyName(key ebiten.Key) string {
	if name := key.String(); len(name) > 1 {
		return name
	}
	return "Key" + key.String()
}

// firstFile returns the content of the first file that was dropped, of those that are not too large.
func firstFile(files fs.FS) []byte {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || info.IsDir() || info.Size() > wire.MaxFile {
			continue
		}
		if data, err := fs.ReadFile(files, entry.Name()); err == nil {
			return data
		}
	}
	return nil
}

// Draw draws the window, where it would not look as it does, and does what that asks for.
func (g *game) Draw(screen *ebiten.Image) {
	g.in.Width, g.in.Height, g.in.Density, g.in.Now = g.width, g.height, g.density, g.now()
	if !g.stale && g.in.Now-g.painted < restful {
		return // the screen is as it was
	}
	g.stale, g.painted = false, g.in.Now
	captured := ebiten.CursorMode() == ebiten.CursorModeCaptured
	g.in.Captured = captured && g.held
	g.canvas.begin(screen, g.density)
	out := g.ui.Frame(g.in, g.canvas)
	g.canvas.end()
	g.in.Pressed, g.in.Runes, g.in.Dropped = g.in.Pressed[:0], g.in.Runes[:0], nil
	g.in.DeltaX, g.in.DeltaY, g.in.Wheel = 0, 0, 0
	g.act(out)
	if g.drawn != nil {
		g.drawn(g)
	}
}

func (g *game) act(out ui.Output) {
	if out.Capture != g.held {
		g.held = out.Capture
		mode := ebiten.CursorModeVisible
		if g.held {
			mode = ebiten.CursorModeCaptured
		}
		ebiten.SetCursorMode(mode)
	}
	if out.Fullscreen {
		ebiten.SetFullscreen(!ebiten.IsFullscreen())
	}
	if out.Copy != "" {
		said := out.Copied + " is " + g.copyText(out.Copy) + "."
		g.ui.Receive(wire.Message{Notice: &wire.Notice{Text: said}}, g.now())
	}
	if g.link == nil {
		return
	}
	for _, c := range out.Commands {
		g.link.Send(string(c.Encode()))
	}
	if out.File != nil {
		g.link.SendFile(out.File)
	}
}
