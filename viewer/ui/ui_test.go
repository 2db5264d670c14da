package ui

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"somnium/viewer/wire"
)

// paper is a canvas that remembers what was drawn. Letters are as wide as half their size.
type paper struct {
	t        testing.TB
	texts    []string
	pictures map[string]Rect
	places   []Rect // of texts
	strokes  int
}

func newPaper(t testing.TB) *paper { return &paper{t: t, pictures: map[string]Rect{}} }

func (p *paper) Fill(r Rect, _ float64, _ Color)      { p.check(r.X, r.Y, r.W, r.H); p.strokes++ }
func (p *paper) Stroke(r Rect, _, _ float64, _ Color) { p.check(r.X, r.Y, r.W, r.H); p.strokes++ }
func (p *paper) Line(x0, y0, x1, y1, _ float64, _ Color) {
	p.check(x0, y0, x1, y1)
	p.strokes++
}
func (p *paper) Disc(x, y, rx, ry float64, _ Color) { p.check(x, y, rx, ry); p.strokes++ }
func (p *paper) Shape(points []float64, _ Color)    { p.check(points...); p.strokes++ }
func (p *paper) Clip(Rect)                          {}
func (p *paper) Width(s string, f Font) float64     { return float64(len([]rune(s))) * f.Size / 2 }
func (p *paper) Text(x, y float64, s string, f Font, _ Color) {
	p.check(x, y)
	p.texts = append(p.texts, s)
	p.places = append(p.places, Rect{x, y, p.Width(s, f), f.Size})
}
func (p *paper) Picture(name string, pixels []byte, height, width int, r Rect) {
	if len(pixels) != height*width*3 {
		p.t.Errorf("the picture %s has %d bytes for %dx%d", name, len(pixels), height, width)
	}
	p.pictures[name] = r
}

func (p *paper) check(numbers ...float64) {
	for _, x := range numbers {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			p.t.Error("something is drawn nowhere")
		}
	}
}

func (p *paper) says(text string) bool {
	return slices.ContainsFunc(p.texts, func(s string) bool { return strings.Contains(s, text) })
}

// window is a UI with a server that a test plays.
type window struct {
	*UI
	t   testing.TB
	now float64
	w   float64
	h   float64
}

func open(t testing.TB) *window {
	w := &window{UI: New("scene=RigidCatch-v0&seed=7"), t: t, w: 1280, h: 800}
	w.Receive(wire.Message{Welcome: &wire.Welcome{
		Program: "test", Tests: []wire.SceneCard{{Name: "occluder", Title: "Behind a box", Asks: "A disc goes behind a box."}, {Name: "shatter", Title: "Glass"}},
		Worlds: []wire.SceneCard{{Name: "RigidCatch-v0", Title: "Rigid catch", Dreamt: true}},
	}}, 0)
	w.Receive(wire.Message{View: view()}, 0)
	return w
}

func view() *wire.View {
	v := &wire.View{
		Gen: 1, At: 29, Len: 30, Context: 8, Limit: 100, Speed: 1, Agent: "scripted", Agents: []string{"scripted"}, Action: "left", Caption: "a ball falls", PSNR: 21.5,
		Scene: wire.Scene{Name: "RigidCatch-v0", Title: "Rigid catch", Asks: "Catch.", Seed: 7, Height: 64, Width: 64, FPS: 10, Truth: true, Dream: true,
			Bindings: []wire.Binding{{Intent: "left", Keys: []string{"ArrowLeft", "KeyA"}, Label: "left"}, {Intent: "right", Keys: []string{"ArrowRight"}, Label: "right"}}},
		Shapes: []wire.Shape{
			{Label: "disc", Disc: &[4]float32{0.5, 0.5, 0.1, 0.1}, Hidden: 1}, {Label: "box", Corners: []float32{0.1, 0.1, 0.2, 0.1, 0.2, 0.2, 0.1, 0.2}},
			{Label: "gone", Disc: &[4]float32{-0.5, 0.5, 0.1, 0.1}, Outside: true},
		},
		Forks: []wire.Fork{{At: 12, Len: 9}}, Truth: make([]byte, 64*64*3), Dream: make([]byte, 64*64*3),
	}
	for i := range v.Len {
		p := wire.Point{PSNR: 20 + float32(i%5), Reward: float32(i%9/8) - float32(i%13/12)}
		if i >= v.Context {
			p.Codes = []uint64{2}
		} else {
			p.PSNR = -1
		}
		v.Points = append(v.Points, p)
	}
	return v
}

// frame draws a frame after keys went down.
func (w *window) frame(pressed ...string) (Output, *paper) {
	w.t.Helper()
	return w.input(Input{Pressed: pressed, Held: pressed})
}

func (w *window) input(in Input) (Output, *paper) {
	p := newPaper(w.t)
	w.now += 1.0 / 60
	in.Width, in.Height, in.Now = w.w, w.h, w.now
	if in.Density == 0 {
		in.Density = 1
	}
	return w.Frame(in, p), p
}

// did returns the commands but for what the hands do, in short.
func did(out Output) string {
	var all []string
	for _, c := range out.Commands {
		if c.Do == wire.HandsOn {
			continue
		}
		s := c.Do
		if c.Place != nil {
			s += " " + c.Place.Scene
			if c.Place.Seed != nil {
				s += fmt.Sprint(" ", *c.Place.Seed)
			}
		}
		if c.Text != "" {
			s += " " + c.Text
		}
		if c.Count != 0 || c.Until != 0 {
			s += fmt.Sprint(" ", c.Count, " ", c.Until)
		}
		if c.Value != 0 {
			s += fmt.Sprint(" ", c.Value)
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

func TestKeysDoWhatTheHelpSays(t *testing.T) {
	for key, want := range map[string]string{
		"KeyP": "pause", "Space": "pause", "Period": "step 1 0", "Comma": "step -1 0", "PageUp": "seek 19 0", "Home": "seek", "End": "seek 29 0",
		"Minus": "speed 0.5", "Equal": "speed 2", "KeyG": "agent", "KeyK": "wake", "KeyB": "branch", "KeyN": "open RigidCatch-v0 8", "Backspace": "open RigidCatch-v0 7",
		"KeyM": "thumbnails", "KeyA": "",
	} {
		w := open(t)
		out, _ := w.frame(key)
		if got := did(out); got != want {
			t.Errorf("%s does %q, want %q", key, got, want)
		}
	}
	w := open(t)
	for _, want := range []Mode{TruthOnly, DreamOnly, Difference, Both} {
		_, p := w.frame("KeyV")
		if w.mode != want || len(p.pictures) != [...]int{2, 1, 1, 3}[want] {
			t.Errorf("V leads to %v with %d pictures, want %v", w.mode, len(p.pictures), want)
		}
	}
	out, _ := w.frame("KeyL")
	if !strings.HasPrefix(out.Copy, "?") || New(out.Copy[1:]).Hello().Place.Replay != wire.EncodeReplay(slices.Repeat([]uint64{2}, 22)) {
		t.Errorf("the link is %q", out.Copy)
	}
	for range 2 {
		w.Receive(wire.Message{Notice: &wire.Notice{Text: out.Copied + " is on the clipboard."}}, w.now)
	}
	if s := w.State(); !slices.Equal(s.Toasts, []string{"The link to this moment is on the clipboard."}) {
		t.Errorf("of the link it says %q", s.Toasts)
	}
	if out, _ := w.frame("KeyU"); !out.Fullscreen {
		t.Error("U does not fill the screen")
	}
}

func TestHandsAreSentOnce(t *testing.T) {
	w := open(t)
	sent := func(out Output) (list []wire.Hands) {
		for _, c := range out.Commands {
			if c.Do == wire.HandsOn {
				list = append(list, *c.Hands)
			}
		}
		return list
	}
	out, _ := w.input(Input{Pressed: []string{"ArrowLeft"}, Held: []string{"ArrowLeft"}})
	if h := sent(out); len(h) != 1 || h[0].Held[0] != "left" || h[0].Tapped[0] != "left" {
		t.Errorf("a key sends %+v", h)
	}
	if out, _ = w.input(Input{Held: []string{"ArrowLeft"}}); len(sent(out)) != 0 {
		t.Error("a key that stays down is sent again")
	}
	if out, _ = w.input(Input{Pressed: []string{"ArrowLeft"}, Held: []string{"ArrowLeft"}}); len(sent(out)) != 0 {
		t.Errorf("a key that repeats while it is down sends %+v", sent(out))
	}
	if out, _ = w.input(Input{}); len(sent(out)) != 1 || len(sent(out)[0].Held) != 0 {
		t.Errorf("letting go sends %+v", sent(out))
	}
	if out, _ = w.input(Input{Intents: []string{"right", "jump"}}); len(sent(out)) != 1 || !slices.Equal(sent(out)[0].Held, []string{"right"}) {
		t.Errorf("a gamepad sends %+v", sent(out))
	}
	w.input(Input{})
	w.frame("KeyM")
	if out, _ = w.input(Input{Held: []string{"ArrowLeft"}, Pressed: []string{"ArrowLeft"}}); len(sent(out)) != 0 {
		t.Error("hands act while the menu is open")
	}
}

func TestTheMouseIsTheScenesWhileItIsCaptured(t *testing.T) {
	w := open(t)
	v := view()
	v.Scene.Look = true
	v.Scene.Bindings = append(v.Scene.Bindings, wire.Binding{Intent: "attack", Keys: []string{"MouseLeft"}, Label: "dig"})
	w.Receive(wire.Message{View: v}, 0)
	_, p := w.frame()
	r := p.pictures["truth"]
	click := Input{Pressed: []string{"MouseLeft"}, Held: []string{"MouseLeft"}, MouseX: r.X + r.W/2, MouseY: r.Y + r.H/2}
	out, _ := w.input(click)
	if !out.Capture || len(out.Commands) != 0 {
		t.Fatalf("a click gives %+v", out)
	}
	click.Captured, click.DeltaX, click.DeltaY = true, 50, -10
	out, _ = w.input(click)
	if h := out.Commands[0].Hands; !out.Capture || h.Look != [2]float64{10, -2} || h.Held[0] != "attack" {
		t.Errorf("the captured mouse gives %+v", h)
	}
	if out, _ = w.input(Input{Captured: true, Pressed: []string{"Escape"}}); out.Capture {
		t.Error("Escape does not set the mouse free")
	}
}

func TestTheTimelineIsScrubbed(t *testing.T) {
	w := open(t)
	w.frame()
	at := func(frame int, pressed ...string) string {
		out, _ := w.input(Input{Held: []string{"MouseLeft"}, Pressed: pressed, MouseX: w.placeOf(frame), MouseY: w.strip.Y + 5})
		return did(out)
	}
	if got := at(12, "MouseLeft"); got != "seek 12 0" {
		t.Errorf("a click seeks %q", got)
	}
	if got := at(20); got != "seek 20 0" {
		t.Errorf("dragging seeks %q", got)
	}
	if got := at(90); got != "" { // beyond the end, where it is already
		t.Errorf("dragging beyond the end gives %q", got)
	}
}

func TestSheets(t *testing.T) {
	w := open(t)
	w.frame("KeyM")
	_, p := w.frame()
	if !p.says("Behind a box") || !p.says("Rigid catch") {
		t.Errorf("the menu says %q", p.texts)
	}
	w.frame("ArrowRight")
	if out, _ := w.frame("Enter"); did(out) != "open shatter" || w.sheet != noSheet {
		t.Errorf("the menu does %q", did(out))
	}
	w.input(Input{Pressed: []string{"KeyT"}, Runes: []rune("t")})
	w.input(Input{Runes: []rune("seed 1é")})
	w.frame("Backspace")
	if out, _ := w.frame("Enter"); did(out) != "prompt seed 1" {
		t.Errorf("the prompt does %q", did(out))
	}
	w.frame("Comma")
	w.frame("KeyR")
	w.view.At = 29
	w.frame("KeyR")
	if out, _ := w.frame("Digit4"); w.sheet != noSheet || did(out) != "save shard 0 29" {
		t.Errorf("saving does %q", did(out))
	}
	w.mark = 10
	w.frame("KeyX")
	if out, _ := w.frame("Digit1"); did(out) != "save gif 10 29" {
		t.Errorf("a recording is saved by %q", did(out))
	}
	w.frame("KeyX")
	w.welcome.Flags = []string{"--model", "my runs/w.safetensors"}
	if out, _ := w.frame("Digit6"); !strings.HasPrefix(out.Copy, "bin/somnium play RigidCatch-v0 --seed 7 --model 'my runs/w.safetensors' --replay ") {
		t.Errorf("the command line is %q", out.Copy)
	}
	w.frame("Slash")
	if _, p := w.frame(); !p.says("show the dream the truth") {
		t.Error("help says nothing of K")
	}
	w.frame("Escape")
	if w.sheet != noSheet {
		t.Error("Escape does not close")
	}
}

// TestCraft makes things by the letters of the sheet, which stays for the next.
func TestCraft(t *testing.T) {
	w := open(t)
	w.frame("KeyC")
	if _, p := w.frame(); w.sheet != noSheet || !p.says("nothing to craft") {
		t.Errorf("where nothing can be crafted, C opens %v", w.sheet)
	}
	w.view.Scene.Crafts = []wire.Craft{{Intent: "craft a", Makes: "4 planks", Takes: "1 oak log"}, {Intent: "craft b", Makes: "4 sticks", Takes: "2 planks"}}
	w.frame("KeyC")
	_, p := w.frame()
	if w.sheet != craftSheet || !p.says("4 planks") || !p.says("2 planks") {
		t.Errorf("the sheet says %q", p.texts)
	}
	out, _ := w.frame("KeyB")
	if len(out.Commands) != 1 || out.Commands[0].Hands == nil || !slices.Equal(out.Commands[0].Hands.Tapped, []string{"craft b"}) || w.sheet != craftSheet {
		t.Errorf("B does %+v", out.Commands)
	}
	if out, _ := w.frame("KeyZ"); len(out.Commands) != 0 {
		t.Errorf("a letter without a recipe does %+v", out.Commands)
	}
	w.frame("Escape")
	if _, p := w.frame(); w.sheet != noSheet || !p.says("craft") {
		t.Errorf("the key map says %q", p.texts)
	}
}

// TestStates looks at what is seen where there is nothing to see.
func TestStates(t *testing.T) {
	w := &window{UI: New("token=x"), t: t, w: 900, h: 600}
	if _, p := w.frame(); !p.says("Waking") {
		t.Errorf("while it loads it says %q", p.texts)
	}
	w.Lost("No server answers.")
	if _, p := w.frame(); !p.says("No server") || !p.says("Trying again") {
		t.Errorf("without a server it says %q", p.texts)
	}
	w.Receive(wire.Message{Error: &wire.Failure{Kind: "token", Message: "take the link"}}, 0)
	if _, p := w.frame(); !p.says("take the link") || p.says("Trying again") || !w.Refused() {
		t.Errorf("without a token it says %q", p.texts)
	}
	w = open(t)
	w.Lost("gone")
	if out, p := w.frame("KeyN"); !p.says("The server is gone") || len(out.Commands) != 0 {
		t.Errorf("when the server is gone it says %q and sends %+v", p.texts, out.Commands)
	}
	if place := w.Hello().Place; place.Scene != "RigidCatch-v0" || place.At != 29 || place.Replay == "" || *place.Seed != 7 {
		t.Errorf("it would go on at %+v", place)
	}
	if place := w.Hello().Place; !place.Resume || place.Agent != "scripted" || place.Paused {
		t.Errorf("it would not go on as it was: %+v", place)
	}
	for i := range 30_000 { // no two actions alike, as where a mouse turns the look
		w.points = append(w.points, wire.Point{Codes: []uint64{1<<27 + uint64(i)}})
	}
	hello, err := wire.DecodeCommand(w.Hello().Encode())
	if err != nil || hello.Place.Replay != "" || hello.Place.Scene != "RigidCatch-v0" || *hello.Place.Seed != 7 {
		t.Errorf("after too much to tell it would go on at %.200v, %v", hello.Place, err)
	}
	w.Receive(wire.Message{Notice: &wire.Notice{Text: "Saved x"}}, w.now)
	if _, p := w.frame(); !p.says("Saved x") {
		t.Error("a notice is not shown")
	}
	w.now += 60
	if _, p := w.frame(); p.says("Saved x") {
		t.Error("a notice stays for ever")
	}
}

// TestLinksHoldWhatTheDreamWasTold takes words through a link and a command line, such as somebody may have made up to do harm.
func TestLinksHoldWhatTheDreamWasTold(t *testing.T) {
	w := open(t)
	w.view.Scene.Words = `a ball'; rm -rf ~`
	out, _ := w.frame("KeyL")
	if got := New(out.Copy[1:]).Hello().Place.Words; got != w.view.Scene.Words || w.Hello().Place.Words != got {
		t.Errorf("the link holds the words %q", got)
	}
	w.frame("KeyX")
	if out, _ = w.frame("Digit6"); !strings.Contains(out.Copy, ` --words 'a ball'\''; rm -rf ~' --replay `) {
		t.Errorf("the command line is %s", out.Copy)
	}
	if out, _ = w.frame("Backspace"); out.Commands[0].Place.Words != w.view.Scene.Words {
		t.Errorf("from the start it is told %q", out.Commands[0].Place.Words)
	}
	w.view.Scene.Truth, w.view.Truth = false, nil
	for _, key := range []string{"Digit5", "Digit6"} {
		w.frame("KeyX")
		if out, p := w.frame(key); out.Copy != "" || !p.says("No link leads") {
			t.Errorf("of a dream from a picture %s copies %q", key, out.Copy)
		}
	}
}

// TestWhatIsWaitedForIsTakenAway asks for something, and sees the remark go when it is there.
func TestWhatIsWaitedForIsTakenAway(t *testing.T) {
	for answer, m := range map[string]wire.Message{
		"a scene": {View: &wire.View{Gen: 2, Len: 1}}, "an agent": {View: &wire.View{Gen: 1, Len: 1, Agent: "sticky"}},
		"an error": {Notice: &wire.Notice{Text: "no", Bad: true}},
	} {
		w := open(t)
		w.input(Input{Pressed: []string{"KeyT"}, Runes: []rune("t")})
		w.input(Input{Runes: []rune("agent sticky")})
		w.frame("Enter")
		same := view()
		w.Receive(wire.Message{View: same}, w.now)
		if _, p := w.frame(); !p.says("Looking for it") {
			t.Errorf("before %s comes it says %q", answer, w.State().Toasts)
		}
		w.Receive(m, w.now)
		if slices.Contains(w.State().Toasts, "Looking for it…") {
			t.Errorf("after %s it looks on", answer)
		}
	}
}

// TestPicturesAreAskedForAnew opens the menu, loses the server, and opens it again.
func TestPicturesAreAskedForAnew(t *testing.T) {
	w := open(t)
	for i, want := range []string{"thumbnails", "", "thumbnails"} {
		if i == 2 {
			w.Receive(wire.Message{Welcome: &w.welcome}, w.now)
		}
		if out, _ := w.frame("KeyM"); did(out) != want {
			t.Errorf("opening the menu for the %d. time does %q", i+1, did(out))
		}
		w.frame("KeyM")
	}
}

// TestEverySizeHoldsThePictures draws all windows from tiny to huge: pictures lie within, do not overlap and are crisp, and no text
// begins outside.
func TestEverySizeHoldsThePictures(t *testing.T) {
	for _, size := range [][3]float64{{320, 480, 1}, {390, 760, 3}, {640, 360, 2}, {800, 600, 1}, {1280, 800, 1}, {1280, 800, 1.5}, {2560, 1440, 1}, {1000, 2000, 2}} {
		for mode := range modes {
			w := open(t)
			w.w, w.h, w.mode = size[0], size[1], mode
			_, p := w.input(Input{Density: size[2]})
			for name, r := range p.pictures {
				if r.X < -1 || r.Y < 0 || r.X+r.W > w.w+1 || r.Y+r.H > w.h {
					t.Errorf("%v, %v: the picture %s lies at %+v", size, mode, name, r)
				}
				if scale := r.W / 64 * size[2]; scale >= 2 && math.Abs(scale-math.Round(scale)) > 1e-6 {
					t.Errorf("%v, %v: a pixel of %s is %.2f wide", size, mode, name, scale)
				}
				for other, q := range p.pictures {
					if other != name && r.X < q.X+q.W && q.X < r.X+r.W && r.Y < q.Y+q.H && q.Y < r.Y+r.H {
						t.Errorf("%v, %v: %s and %s overlap", size, mode, name, other)
					}
				}
			}
			for i, r := range p.places {
				if r.X < -1 || r.X > w.w || r.Y < -1 || r.Y > w.h {
					t.Errorf("%v, %v: %q is written at %+v", size, mode, p.texts[i], r)
				}
			}
			for s := menuSheet; s <= saveSheet; s++ {
				w.sheet = s
				w.input(Input{Density: size[2]})
			}
		}
	}
}

func TestTheDifferenceHasSigns(t *testing.T) {
	w := open(t)
	w.view.Truth[0], w.view.Dream[3] = 255, 255
	d := w.difference()
	if d[0] >= d[2] || d[3] <= d[5] || d[6] != panel.R {
		t.Errorf("brighter truth, brighter dream and neither are %v", d[:9])
	}
}

// BenchmarkFrame draws a window without a screen: what the UI itself costs of a sixtieth of a second.
func BenchmarkFrame(b *testing.B) {
	w := open(b)
	w.mode = Difference
	p := newPaper(b)
	for b.Loop() {
		p.texts, p.places = p.texts[:0], p.places[:0]
		w.Frame(Input{Width: 1280, Height: 800, Density: 1, Now: w.now}, p)
	}
}
