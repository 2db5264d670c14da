package ui

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"somnium/viewer/wire"
)

type wireCommand = wire.Command

// Mode is what of truth and dream is shown.
type Mode uint8

// The modes, in the order in which V goes through them.
const (
	Both Mode = iota
	TruthOnly
	DreamOnly
	Difference
	modes
)

var modeNames = [...]string{"both", "truth", "dream", "difference"}

// String returns the mode's name.
func (m Mode) String() string { return modeNames[m] }

// sheet is what lies over the stage.
type sheet uint8

const (
	noSheet sheet = iota
	menuSheet
	helpSheet
	promptSheet
	saveSheet
	craftSheet
)

// toast is a remark that is shown for a while.
type toast struct {
	wire.Notice
	until float64
	// waits says that it is of something that goes on until the server answers.
	waits bool
}

// UI is the state of a window. Make it with [New].
type UI struct {
	welcome wire.Welcome
	thumbs  map[string]wire.Thumb
	view    *wire.View
	points  []wire.Point
	// linked says that the server is there; lost why it is not; refused that it sent this window away.
	linked  bool
	lost    string
	refused bool
	token   string
	place   wire.Place

	mode     Mode
	outlines bool
	sheet    sheet
	choice   int // in the menu
	scroll   float64
	asked    bool // for pictures
	line     []rune
	mark     int // the frame that a recording begins at, -1 for none
	toasts   []toast
	dragging bool

	sent    wire.Hands
	seq     uint64
	shown   []byte // the difference, in memory that is used again
	in      Input
	canvas  Canvas
	out     Output
	cards   []card // of the menu, as they were drawn
	buttons []button
	strip   Rect
	picture []Rect
}

// button is a place that can be clicked.
type button struct {
	Rect
	do func()
}

// New returns the state of a window that was opened with a link's query: scene, seed, words, replay and at say where to begin, token lets in.
func New(query string) *UI {
	u := &UI{thumbs: map[string]wire.Thumb{}, outlines: true, mark: -1}
	values, err := url.ParseQuery(query)
	if err != nil {
		return u
	}
	u.token = values.Get("token")
	u.place.Scene, u.place.Words, u.place.Replay = values.Get("scene"), values.Get("words"), values.Get("replay")
	if seed, err := strconv.ParseUint(values.Get("seed"), 10, 64); err == nil {
		u.place.Seed = &seed
	}
	u.place.At, _ = strconv.Atoi(values.Get("at"))
	u.place.At = max(u.place.At, 0)
	return u
}

// Hello returns the first thing to say to a server: where to begin, or, where the window has been somewhere before, to go on there.
func (u *UI) Hello() wire.Command {
	place := u.place
	if u.view != nil && u.view.Len > 0 {
		place = u.here()
		place.Paused, place.Resume, place.Agent = u.view.Paused, true, u.view.Agent
		if len(place.Replay) > wire.MaxText { // it would be turned away for ever: better from the start
			place.Replay, place.At = "", 0
		}
	}
	return wire.Command{Do: wire.Hello, Version: wire.Version, Token: u.token, Place: &place}
}

// here returns the moment that is shown, with everything that was done up to the end of its timeline.
func (u *UI) here() wire.Place {
	seed := u.view.Scene.Seed
	return wire.Place{Scene: u.view.Scene.Name, Seed: &seed, Words: u.view.Scene.Words, Replay: u.replay(len(u.points) - 1), At: u.view.At}
}

// replay returns the code of what was done up to a frame.
func (u *UI) replay(frame int) string {
	var codes []uint64
	for _, p := range u.points[:min(max(frame+1, 0), len(u.points))] {
		codes = append(codes, p.Codes...)
	}
	return wire.EncodeReplay(codes)
}

// Receive takes what the server says. now is the time in seconds.
func (u *UI) Receive(m wire.Message, now float64) {
	u.lost = ""
	switch {
	case m.Welcome != nil:
		u.linked, u.welcome = true, *m.Welcome
		u.sent, u.asked = wire.Hands{}, false // of the server before
	case m.View != nil:
		u.see(m.View)
	case m.Thumb != nil:
		u.thumbs[m.Thumb.Name] = *m.Thumb
	case m.Notice != nil:
		u.answered()
		u.toast(*m.Notice, now)
	case m.Error != nil:
		u.lost, u.linked = m.Error.Message, false
		u.refused = m.Error.Kind == "token" || m.Error.Kind == "version"
	}
}

func (u *UI) see(v *wire.View) {
	if u.view == nil || v.Gen != u.view.Gen || v.Agent != u.view.Agent {
		u.answered()
	}
	if u.view == nil || v.Gen != u.view.Gen {
		u.mark = -1
		if u.mode == DreamOnly && !v.Scene.Dream || u.mode == TruthOnly && !v.Scene.Truth {
			u.mode = Both
		}
	}
	u.points = append(u.points[:min(v.From, len(u.points))], v.Points...)
	u.view = v
}

// toast shows a remark, for as long as it takes to read.
func (u *UI) toast(n wire.Notice, now float64) {
	u.toasts = slices.DeleteFunc(u.toasts, func(t toast) bool { return t.Text == n.Text }) // said again, not twice
	u.toasts = append(u.toasts, toast{Notice: n, until: now + 3 + float64(len(n.Text))/18})
	u.toasts = u.toasts[max(0, len(u.toasts)-3):]
}

// wait shows a remark until what it is about is there: what lies over a scene that was looked for hides its verdict.
func (u *UI) wait(text string) {
	u.toast(wire.Notice{Text: text}, u.in.Now)
	u.toasts[len(u.toasts)-1].waits = true
}

// answered takes remarks away that waited.
func (u *UI) answered() {
	u.toasts = slices.DeleteFunc(u.toasts, func(t toast) bool { return t.waits })
}

// Lost says that the server is gone.
func (u *UI) Lost(why string) {
	u.linked = false
	if u.lost == "" {
		u.lost = why
	}
}

// Refused says that there is no use in trying again.
func (u *UI) Refused() bool { return u.refused }

// State is what the window shows, for tests and for those who read and do not see.
type State struct {
	Linked bool   `json:"linked"`
	Scene  string `json:"scene"`
	Seed   uint64 `json:"seed"`
	At     int    `json:"at"`
	Len    int    `json:"len"`
	Paused bool   `json:"paused"`
	Mode   string `json:"mode"`
	Sheet  int    `json:"sheet"`
	Agent  string `json:"agent"`
	Action string `json:"action"`
	Seq    uint64 `json:"seq"`
	Forks  int    `json:"forks"`
	// Sums tell pictures apart, cheaply.
	Truth   uint32      `json:"truth"`
	Dream   uint32      `json:"dream"`
	Verdict []wire.Line `json:"verdict"`
	Toasts  []string    `json:"toasts"`
	Lost    string      `json:"lost"`
	Thumbs  int         `json:"thumbs"`
	Sent    uint64      `json:"sent"`
}

// Told says whether the server has said what is on, or the window what is wrong.
func (s State) Told() bool { return s.Len > 0 || s.Lost != "" || len(s.Toasts) > 0 }

// State returns what the window shows.
func (u *UI) State() State {
	s := State{Linked: u.linked, Mode: u.mode.String(), Sheet: int(u.sheet), Lost: u.lost, Thumbs: len(u.thumbs), Sent: u.seq}
	for _, t := range u.toasts {
		s.Toasts = append(s.Toasts, t.Text)
	}
	if v := u.view; v != nil {
		s.Scene, s.Seed, s.At, s.Len, s.Paused = v.Scene.Name, v.Scene.Seed, v.At, v.Len, v.Paused
		s.Agent, s.Action, s.Seq, s.Forks, s.Verdict = v.Agent, v.Action, v.Seq, len(v.Forks), v.Verdict
		s.Truth, s.Dream = sum(v.Truth), sum(v.Dream)
	}
	return s
}

func sum(pixels []byte) uint32 {
	h := uint32(2166136261)
	for _, p := range pixels {
		h = (h ^ uint32(p)) * 16777619
	}
	return h
}

// send queues a command.
func (u *UI) send(c wire.Command) { u.out.Commands = append(u.out.Commands, c) }

// Frame takes what happened, draws the window and returns what is to be done.
func (u *UI) Frame(in Input, c Canvas) Output {
	u.in, u.canvas, u.out = in, c, Output{}
	u.toasts = slices.DeleteFunc(u.toasts, func(t toast) bool { return t.until < in.Now })
	u.keys()
	u.mouse()
	u.hands()
	u.draw()
	u.out.Capture = in.Captured && u.sheet == noSheet && u.looking() && !slices.Contains(in.Pressed, "Escape") || u.out.Capture
	return u.out
}

// looking says whether the mouse can be the scene's.
func (u *UI) looking() bool { return u.linked && u.view != nil && u.view.Scene.Look }

// link returns the end of the link to the moment that is shown.
func (u *UI) link() string {
	v := u.view
	values := url.Values{"scene": {v.Scene.Name}, "seed": {strconv.FormatUint(v.Scene.Seed, 10)}}
	if replay := u.replay(v.At); replay != "" {
		values.Set("replay", replay)
	}
	if v.Scene.Words != "" {
		values.Set("words", v.Scene.Words)
	}
	if u.token != "" {
		values.Set("token", u.token)
	}
	return "?" + values.Encode()
}

// commandLine returns what replays the moment that is shown in a terminal.
func (u *UI) commandLine() string {
	v := u.view
	line := fmt.Sprintf("bin/somnium play %s --seed %d", quoted(v.Scene.Name), v.Scene.Seed)
	for _, word := range u.welcome.Flags {
		line += " " + quoted(word)
	}
	if v.Scene.Words != "" {
		line += " --words " + quoted(v.Scene.Words)
	}
	if replay := u.replay(v.At); replay != "" {
		line += " --replay " + replay
	}
	return line
}

// plain are characters that mean nothing to a shell.
const plain = "-_./#0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// quoted returns a text as a shell reads it: words may come with a link, from anybody.
func quoted(s string) string {
	if s != "" && s[0] != '#' && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
