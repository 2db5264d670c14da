package main

import (
	"encoding/json"
	"errors"
	"strings"
	"syscall/js"
)

// The page: the program runs until the page is closed.
func main() {
	js.Global().Get("performance").Call("mark", "begun")
	location := js.Global().Get("location")
	query := strings.TrimPrefix(location.Get("search").String(), "?")
	g := newGame(query)
	g.dial = dialer(location)
	g.copyText = func(text string) string {
		if strings.HasPrefix(text, "?") {
			text = location.Get("origin").String() + location.Get("pathname").String() + text
		}
		js.Global().Set("somniumCopied", text)
		clipboard := js.Global().Get("navigator").Get("clipboard")
		if !clipboard.Truthy() { // as with pages that another machine sends without encryption
			js.Global().Call("prompt", "Copy this:", text)
			return "yours, if you have copied it"
		}
		clipboard.Call("writeText", text)
		return "on the clipboard"
	}
	// What the window shows, for tests and for what reads pages aloud.
	js.Global().Set("somniumState", js.FuncOf(func(js.Value, []js.Value) any {
		text, err := json.Marshal(g.ui.State())
		if err != nil {
			return "{}"
		}
		return string(text)
	}))
	frames := 0
	g.drawn = func(g *game) {
		frames++
		js.Global().Set("somniumFrames", frames)
		if ready := js.Global().Get("somniumReady"); ready.Truthy() && g.ui.State().Told() {
			ready.Invoke()
			js.Global().Delete("somniumReady")
		}
	}
	g.talk() // what the server is asked for comes while the window is made
	if err := g.run(); err != nil {
		js.Global().Get("console").Call("error", err.Error())
	}
}

// socket is a WebSocket of the browser's.
type socket struct {
	value    js.Value
	messages chan []byte
	waiting  []string // until it is open
	open     bool
	closed   bool
	funcs    []js.Func
}

// dialer returns what connects to the server that the page came from.
func dialer(location js.Value) func() (link, error) {
	scheme := "ws://"
	if location.Get("protocol").String() == "https:" {
		scheme = "wss://"
	}
	address := scheme + location.Get("host").String() + "/window"
	return func() (link, error) {
		if !js.Global().Get("WebSocket").Truthy() {
			return nil, errors.New("this browser has no WebSockets; take a newer one")
		}
		s := &socket{value: js.Global().Get("somniumSocket"), messages: make(chan []byte, 512)}
		js.Global().Delete("somniumSocket") // which the page has opened while the program came in
		if !s.value.Truthy() || s.value.Get("readyState").Int() > 1 {
			s.value = js.Global().Get("WebSocket").New(address)
			s.value.Set("binaryType", "arraybuffer")
		}
		s.open = s.value.Get("readyState").Int() == 1
		s.on("open", func(js.Value) {
			s.open = true
			for _, text := range s.waiting {
				s.value.Call("send", text)
			}
			s.waiting = nil
		})
		s.on("message", func(event js.Value) {
			array := js.Global().Get("Uint8Array").New(event.Get("data"))
			data := make([]byte, array.Length())
			js.CopyBytesToGo(data, array)
			if s.closed {
				return
			}
			select {
			case s.messages <- data:
			default: // a window that lags by hundreds of messages begins anew
				s.value.Call("close")
			}
		})
		s.on("close", func(js.Value) {
			if s.closed {
				return
			}
			s.closed = true
			close(s.messages)
			for _, f := range s.funcs { // the last event: a page that waits for its server dials every second
				f.Release()
			}
		})
		return s, nil
	}
}

func (s *socket) on(event string, do func(event js.Value)) {
	f := js.FuncOf(func(_ js.Value, args []js.Value) any {
		do(args[0])
		return nil
	})
	s.funcs = append(s.funcs, f)
	s.value.Call("addEventListener", event, f)
}

// Send implements link.
func (s *socket) Send(text string) {
	switch {
	case s.closed:
	case !s.open:
		s.waiting = append(s.waiting, text)
	default:
		s.value.Call("send", text)
	}
}

// SendFile implements link.
func (s *socket) SendFile(data []byte) {
	if s.closed || !s.open {
		return
	}
	array := js.Global().Get("Uint8Array").New(len(data))
	js.CopyBytesToJS(array, data)
	s.value.Call("send", array)
}

// Messages implements link.
func (s *socket) Messages() <-chan []byte { return s.messages }

// Close implements link.
func (s *socket) Close() {
	s.value.Call("close")
}
