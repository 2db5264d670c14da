package ui

import (
	"math"
	"slices"
	"strings"

	"somnium/viewer/wire"
)

// shortcut is a key of the viewer's own, which scenes leave free.
type shortcut struct {
	key, cap, does string
	do             func(u *UI)
}

// shortcuts lists them, in the order of the help.
func shortcuts() []shortcut {
	return []shortcut{
		{"KeyP", "P", "pause, play", (*UI).playPause},
		{"Period", ".", "one frame on", func(u *UI) { u.send(wire.Command{Do: wire.Step, Count: 1}) }},
		{"Comma", ",", "one frame back", func(u *UI) { u.send(wire.Command{Do: wire.Step, Count: -1}) }},
		{"PageDown", "PgDn", "ten frames on", func(u *UI) { u.seek(u.view.At + 10) }},
		{"PageUp", "PgUp", "ten frames back", func(u *UI) { u.seek(u.view.At - 10) }},
		{"Home", "Home", "the first frame", func(u *UI) { u.seek(0) }},
		{"End", "End", "the last frame", func(u *UI) { u.seek(u.view.Len - 1) }},
		{"Minus", "-", "slower", func(u *UI) { u.send(wire.Command{Do: wire.Speed, Value: u.view.Speed / 2}) }},
		{"Equal", "+", "faster", func(u *UI) { u.send(wire.Command{Do: wire.Speed, Value: u.view.Speed * 2}) }},
		{"KeyV", "V", "truth, dream, both, difference", (*UI).nextMode},
		{"KeyO", "O", "outlines of what is true", func(u *UI) { u.outlines = !u.outlines }},
		{"KeyG", "G", "hand over to an agent and back", (*UI).handOver},
		{"KeyC", "C", "craft, in a world of blocks", (*UI).openCraft},
		{"KeyK", "K", "wake: show the dream the truth", func(u *UI) { u.send(wire.Command{Do: wire.Wake}) }},
		{"KeyB", "B", "the other branch", (*UI).otherBranch},
		{"KeyN", "N", "the next seed", func(u *UI) { u.reset(u.view.Scene.Seed + 1) }},
		{"Backspace", "Bksp", "from the start", func(u *UI) { u.reset(u.view.Scene.Seed) }},
		{"KeyM", "M", "scenes and tests", func(u *UI) { u.open(menuSheet) }},
		{"KeyT", "T", "say what to see", func(u *UI) { u.open(promptSheet) }},
		{"KeyR", "R", "record from here", (*UI).record},
		{"KeyX", "X", "save", func(u *UI) { u.open(saveSheet) }},
		{"KeyL", "L", "copy the link", (*UI).copyLink},
		{"KeyU", "U", "fill the screen", func(u *UI) { u.out.Fullscreen = true }},
		{"Slash", "?", "help", func(u *UI) { u.open(helpSheet) }},
	}
}

// has says whether a key went down.
func (u *UI) has(key string) bool { return slices.Contains(u.in.Pressed, key) }

// keys answers the keys that went down.
func (u *UI) keys() {
	if u.in.Dropped != nil && u.linked {
		u.out.File = u.in.Dropped
		u.wait("A dream from your picture…")
	}
	if u.sheet != noSheet {
		u.sheetKeys()
		return
	}
	if u.view == nil || u.view.Len == 0 || !u.linked {
		if u.linked && (u.has("KeyM") || u.has("Enter")) {
			u.open(menuSheet)
		}
		return
	}
	if u.has("Tab") {
		u.open(menuSheet)
	}
	if u.has("Space") && !u.bound("Space") {
		u.playPause()
	}
	if u.has("KeyH") {
		u.open(helpSheet)
	}
	for _, s := range shortcuts() {
		if u.has(s.key) && !u.bound(s.key) {
			s.do(u)
		}
	}
}

// bound says whether a key is the scene's.
func (u *UI) bound(key string) bool {
	return slices.ContainsFunc(u.view.Scene.Bindings, func(b wire.Binding) bool { return slices.Contains(b.Keys, key) })
}

func (u *UI) open(s sheet) {
	u.sheet, u.scroll = s, 0
	if s == promptSheet {
		u.line = u.line[:0]
		u.in.Runes = nil // the key that opened it
	}
	if s == menuSheet {
		u.choice = 0
		if !u.asked {
			u.asked = true
			u.send(wire.Command{Do: wire.Thumbnails})
		}
	}
}

// sheetKeys answers keys while something lies over the stage.
func (u *UI) sheetKeys() {
	if u.has("Escape") {
		u.sheet = noSheet
		return
	}
	switch u.sheet {
	case promptSheet:
		u.promptKeys()
	case menuSheet:
		u.menuKeys()
	case saveSheet:
		u.saveKeys()
	case craftSheet:
		u.craftKeys()
	case helpSheet:
		if len(u.in.Pressed) > 0 && !u.has("MouseLeft") {
			u.sheet = noSheet
		}
	}
}

func (u *UI) promptKeys() {
	for _, r := range u.in.Runes {
		if r >= ' ' && len(u.line) < 300 {
			u.line = append(u.line, r)
		}
	}
	if u.has("Backspace") && len(u.line) > 0 {
		u.line = u.line[:len(u.line)-1]
	}
	if u.has("Enter") || u.has("NumpadEnter") {
		if said := strings.TrimSpace(string(u.line)); said != "" {
			u.send(wire.Command{Do: wire.Prompt, Text: said})
			u.wait("Looking for it…")
		}
		u.sheet = noSheet
	}
}

func (u *UI) playPause() {
	if u.view.Paused || u.view.Ended != "" && u.view.At == u.view.Len-1 {
		u.send(wire.Command{Do: wire.Play})
	} else {
		u.send(wire.Command{Do: wire.Pause})
	}
}

func (u *UI) seek(frame int) {
	u.send(wire.Command{Do: wire.Seek, Count: min(max(frame, 0), u.view.Len-1)})
}

func (u *UI) reset(seed uint64) {
	u.send(wire.Command{Do: wire.Open, Place: &wire.Place{Scene: u.view.Scene.Name, Seed: &seed, Words: u.view.Scene.Words}})
}

// modesThere returns the modes that there is something to see in.
func (u *UI) modesThere() []Mode {
	if u.view.Scene.Truth && u.view.Scene.Dream {
		return []Mode{Both, TruthOnly, DreamOnly, Difference}
	}
	return []Mode{Both}
}

func (u *UI) nextMode() {
	there := u.modesThere()
	u.mode = there[(slices.Index(there, u.mode)+1)%len(there)]
}

// handOver gives the hands' place to an agent, or takes it back.
func (u *UI) handOver() {
	c := wire.Command{Do: wire.Agent}
	if u.view.Agent == "" {
		c.Text = u.nextAgent()
	}
	u.send(c)
}

// nextAgent is the one to hand over to: a test's own, or the first.
func (u *UI) nextAgent() string {
	if len(u.view.Agents) > 0 {
		return u.view.Agents[0]
	}
	return "sticky"
}

func (u *UI) otherBranch() {
	if len(u.view.Forks) == 0 {
		u.toast(wire.Notice{Text: "No branch yet: go back in time and do something else."}, u.in.Now)
		return
	}
	u.send(wire.Command{Do: wire.Branch})
}

func (u *UI) record() {
	if u.mark < 0 {
		u.mark = u.view.At
		u.toast(wire.Notice{Text: "Recording from here. R again, or X, saves it."}, u.in.Now)
		return
	}
	u.open(saveSheet)
}

// reachable says whether scene, seed and actions lead to what is shown, and tells the person where they do not.
func (u *UI) reachable() bool {
	if !u.view.Scene.Truth {
		u.toast(wire.Notice{Text: "No link leads to a dream from your picture. Save it.", Bad: true}, u.in.Now)
	}
	return u.view.Scene.Truth
}

func (u *UI) copyLink() {
	if !u.reachable() {
		return
	}
	u.out.Copy, u.out.Copied = u.link(), "The link to this moment"
}

// hands sends what the hands do, where that has changed.
func (u *UI) hands() {
	if u.view == nil || !u.linked {
		return
	}
	var h wire.Hands
	if u.sheet == noSheet {
		h = u.doing()
	}
	if slices.Equal(h.Held, u.sent.Held) && len(h.Tapped) == 0 && h.Look == [2]float64{} {
		return
	}
	u.seq++
	u.sent = h
	u.send(wire.Command{Do: wire.HandsOn, Hands: &h, Seq: u.seq})
}

// mouseRate is by how many degrees the look turns for a point of mouse.
const mouseRate = 0.2

// doing returns what keys, mouse and gamepad ask of the scene.
func (u *UI) doing() wire.Hands {
	var h wire.Hands
	for _, b := range u.view.Scene.Bindings {
		held, tapped := false, false
		for _, key := range b.Keys {
			if strings.HasPrefix(key, "Mouse") && !u.in.Captured {
				continue
			}
			held = held || slices.Contains(u.in.Held, key)
			tapped = tapped || slices.Contains(u.in.Pressed, key)
		}
		if held || slices.Contains(u.in.Intents, b.Intent) {
			h.Held = append(h.Held, b.Intent)
		}
		if tapped && !slices.Contains(u.sent.Held, b.Intent) { // a key that is held repeats, for menus
			h.Tapped = append(h.Tapped, b.Intent)
		}
	}
	if u.view.Scene.Look {
		h.Look = u.in.Turn
		if u.in.Captured {
			h.Look[0] += mouseRate * u.in.DeltaX
			h.Look[1] += mouseRate * u.in.DeltaY
		}
		for i, turn := range h.Look {
			h.Look[i] = math.Round(1000*min(max(turn, -180), 180)) / 1000
		}
	}
	return h
}

// mouse answers the mouse.
func (u *UI) mouse() {
	down := slices.Contains(u.in.Held, "MouseLeft")
	if !down {
		u.dragging = false
	}
	if u.in.Captured || !u.linked {
		return
	}
	x, y := u.in.MouseX, u.in.MouseY
	if u.has("MouseLeft") {
		u.click(x, y)
	}
	if u.dragging && u.view != nil && u.view.Len > 0 {
		if frame := u.frameAt(x); frame != u.view.At {
			u.seek(frame)
		}
	}
	if u.sheet == menuSheet {
		u.scroll = max(0, u.scroll-u.in.Wheel*40)
	}
}

func (u *UI) click(x, y float64) {
	for i := len(u.buttons) - 1; i >= 0; i-- {
		if u.buttons[i].has(x, y) {
			u.buttons[i].do()
			return
		}
	}
	if u.sheet != noSheet {
		u.sheet = noSheet
		return
	}
	if u.strip.has(x, y) {
		u.dragging = true
		return
	}
	if slices.ContainsFunc(u.picture, func(r Rect) bool { return r.has(x, y) }) && u.looking() {
		u.out.Capture = true
	}
}
