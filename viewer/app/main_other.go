//go:build window && !js

package main

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// The desktop window: `somnium play --window` starts it with the link of its server.
func main() {
	address := flag.String("link", "http://127.0.0.1:7655/", "the link that `somnium play` prints")
	flag.Parse()
	parsed, err := url.Parse(*address)
	if err != nil || parsed.Host == "" {
		fmt.Fprintf(os.Stderr, "somnium-window: %q is no link; give the one that `somnium play` prints\n", *address)
		os.Exit(2)
	}
	g := newGame(parsed.RawQuery)
	g.dial = func() (link, error) { return dial("ws://" + parsed.Host + "/window") }
	g.copyText = func(text string) string {
		if strings.HasPrefix(text, "?") {
			text = "http://" + parsed.Host + "/" + text
		}
		fmt.Println(text) // for the terminal that it was started from
		if clip(text) {
			return "on the clipboard"
		}
		return "in the terminal"
	}
	if err := g.run(); err != nil {
		fmt.Fprintln(os.Stderr, "somnium-window:", err)
		os.Exit(1)
	}
}

// clip puts a text on the clipboard, by the first program there is that can.
func clip(text string) bool {
	for _, line := range [][]string{{"wl-copy"}, {"xclip", "-selection", "clipboard"}, {"xsel", "--clipboard", "--input"}, {"pbcopy"}, {"clip.exe"}} {
		command := exec.Command(line[0], line[1:]...)
		command.Stdin = strings.NewReader(text)
		if command.Run() == nil {
			return true
		}
	}
	return false
}

// socket is a WebSocket that one goroutine reads and one writes.
type socket struct {
	conn     *websocket.Conn
	messages chan []byte
	out      chan outgoing
	stop     context.CancelFunc
}

type outgoing struct {
	kind websocket.MessageType
	data []byte
}

func dial(address string) (link, error) {
	ctx, stop := context.WithCancel(context.Background())
	patient, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(patient, address, nil)
	if err != nil {
		stop()
		return nil, fmt.Errorf("no server answers at %s; start it with `make play`", address)
	}
	conn.SetReadLimit(64 << 20)
	s := &socket{conn: conn, messages: make(chan []byte, 64), out: make(chan outgoing, 256), stop: stop}
	go s.read(ctx)
	go s.write(ctx)
	return s, nil
}

func (s *socket) read(ctx context.Context) {
	defer close(s.messages)
	for {
		_, data, err := s.conn.Read(ctx)
		if err != nil {
			return
		}
		select {
		case s.messages <- data:
		case <-ctx.Done():
			return
		}
	}
}

func (s *socket) write(ctx context.Context) {
	for {
		select {
		case m := <-s.out:
			if s.conn.Write(ctx, m.kind, m.data) != nil {
				s.stop()
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func (s *socket) queue(kind websocket.MessageType, data []byte) {
	select {
	case s.out <- outgoing{kind, data}:
	default: // nobody takes them: the connection is as good as gone
		s.stop()
	}
}

// Send implements link.
func (s *socket) Send(text string) { s.queue(websocket.MessageText, []byte(text)) }

// SendFile implements link.
func (s *socket) SendFile(data []byte) { s.queue(websocket.MessageBinary, data) }

// Messages implements link.
func (s *socket) Messages() <-chan []byte { return s.messages }

// Close implements link.
func (s *socket) Close() {
	s.stop()
	s.conn.CloseNow()
}
