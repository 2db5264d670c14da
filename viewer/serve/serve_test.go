package serve_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/coder/websocket"

	"somnium/viewer/serve"
	"somnium/viewer/stage"
	"somnium/viewer/stage/stagetest"
	"somnium/viewer/wire"
)

func server(t *testing.T, change func(*serve.Server)) *httptest.Server {
	t.Helper()
	s := &serve.Server{
		House: stagetest.House(), Start: wire.Place{Scene: "RigidCatch-v0"}, Patience: 5 * time.Second,
		Welcome: wire.Welcome{Program: "test", Tests: []wire.SceneCard{{Name: "occluder"}}, Worlds: stagetest.House().Worlds},
		Assets:  fstest.MapFS{"viewer.wasm.gz": {Data: []byte("wasm")}, "wasm_exec.js": {Data: []byte("js")}},
	}
	if change != nil {
		change(s)
	}
	h := httptest.NewServer(s.Handler())
	t.Cleanup(h.Close)
	return h
}

// client is a window without a window.
type client struct {
	t    *testing.T
	conn *websocket.Conn
	ctx  context.Context
}

func connect(t *testing.T, h *httptest.Server, hello string) *client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	conn, _, err := websocket.Dial(ctx, strings.Replace(h.URL, "http", "ws", 1)+"/window", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	conn.SetReadLimit(32 << 20)
	c := &client{t, conn, ctx}
	if hello != "" {
		c.say(hello)
	}
	return c
}

func (c *client) say(text string) {
	c.t.Helper()
	if err := c.conn.Write(c.ctx, websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) send(command wire.Command) { c.say(string(command.Encode())) }

// until reads messages until one is as wanted.
func (c *client) until(what string, wanted func(wire.Message) bool) wire.Message {
	c.t.Helper()
	for {
		_, data, err := c.conn.Read(c.ctx)
		if err != nil {
			c.t.Fatalf("waiting for %s: %v", what, err)
		}
		m, err := wire.DecodeMessage(data)
		if err != nil {
			c.t.Fatal(err)
		}
		if wanted(m) {
			return m
		}
	}
}

const hello = `{"do":"hello","version":1}`

func TestAWindowSeesTheStageMove(t *testing.T) {
	saved := make(chan string, 1)
	h := server(t, func(s *serve.Server) {
		s.Save = func(take stage.Take, format string) (string, error) {
			saved <- format
			if len(take.Truth) < 8 {
				return "", errors.New("too few")
			}
			return "out/x.gif", nil
		}
	})
	c := connect(t, h, hello)
	c.until("a welcome", func(m wire.Message) bool { return m.Welcome != nil && m.Welcome.Program == "test" })
	first := c.until("a view", func(m wire.Message) bool { return m.View != nil && m.View.Len > 0 }).View
	if len(first.Points) != first.Len || len(first.Truth) != 64*64*3 || len(first.Dream) != 64*64*3 {
		t.Fatalf("the first view has %d points of %d frames", len(first.Points), first.Len)
	}
	c.send(wire.Command{Do: wire.HandsOn, Seq: 5, Hands: &wire.Hands{Held: []string{"left"}}})
	v := c.until("the hands to count", func(m wire.Message) bool { return m.View != nil && m.View.Seq == 5 }).View
	if v.Action != "left" || v.From+len(v.Points) != v.Len {
		t.Errorf("the hands give %q; points %d.. of %d", v.Action, v.From, v.Len)
	}
	c.send(wire.Command{Do: wire.Pause})
	c.until("a pause", func(m wire.Message) bool { return m.View != nil && m.View.Paused })
	c.send(wire.Command{Do: wire.Seek, Count: 3})
	c.until("frame 3", func(m wire.Message) bool { return m.View != nil && m.View.At == 3 })
	c.send(wire.Command{Do: wire.Save, Text: "gif", Count: 0, Until: 9})
	c.until("a notice", func(m wire.Message) bool { return m.Notice != nil && m.Notice.Text == "Saved out/x.gif" })
	if format := <-saved; format != "gif" {
		t.Errorf("saved as %s", format)
	}
	c.send(wire.Command{Do: wire.Open, Place: &wire.Place{Scene: "Nowhere-v0"}})
	c.until("an error in words", func(m wire.Message) bool {
		return m.Notice != nil && m.Notice.Bad && strings.Contains(m.Notice.Text, "Nowhere")
	})
	c.send(wire.Command{Do: wire.Thumbnails})
	for _, name := range []string{"occluder", "RigidCatch-v0"} {
		c.until("a picture of "+name, func(m wire.Message) bool { return m.Thumb != nil && m.Thumb.Name == name })
	}
}

// TestTheTimelineAddsUp puts the points of all views together while the stage branches, and compares them with the whole.
func TestTheTimelineAddsUp(t *testing.T) {
	h := server(t, nil)
	c := connect(t, h, hello)
	c.send(wire.Command{Do: wire.Speed, Value: 20})
	var points []wire.Point
	collect := func(m wire.Message) {
		if v := m.View; v != nil && v.Len > 0 {
			if v.From > len(points) {
				t.Fatalf("a view begins at %d, with %d points known", v.From, len(points))
			}
			points = append(points[:v.From], v.Points...)
			if len(points) != v.Len {
				t.Fatalf("%d points of %d frames", len(points), v.Len)
			}
		}
	}
	wait := func(what string, wanted func(v *wire.View) bool) {
		c.until(what, func(m wire.Message) bool { collect(m); return m.View != nil && wanted(m.View) })
	}
	wait("40 frames", func(v *wire.View) bool { return v.Len > 40 })
	c.send(wire.Command{Do: wire.Seek, Count: 20})
	wait("frame 20", func(v *wire.View) bool { return v.At == 20 && v.Paused })
	c.send(wire.Command{Do: wire.HandsOn, Hands: &wire.Hands{Held: []string{"left"}}})
	c.send(wire.Command{Do: wire.Step, Count: 1})
	wait("a branch", func(v *wire.View) bool { return len(v.Forks) == 1 && v.At == 21 })
	c.send(wire.Command{Do: wire.Branch})
	wait("the branch back", func(v *wire.View) bool { return v.Len > 40 })
	var codes []uint64
	for _, p := range points {
		codes = append(codes, p.Codes...)
	}
	again := connect(t, h, string(wire.Command{Do: wire.Hello, Version: 1, Place: &wire.Place{Scene: "RigidCatch-v0", Replay: wire.EncodeReplay(codes)}}.Encode()))
	again.until("the replay", func(m wire.Message) bool { return m.View != nil && m.View.Len == len(points) })
}

// TestHostileWindows says what must not be said: each gets an error and a close, and the server serves on.
func TestHostileWindows(t *testing.T) {
	h := server(t, func(s *serve.Server) { s.Patience = 300 * time.Millisecond })
	for name, say := range map[string][]string{
		"no hello":       {`{"do":"play"}`},
		"no JSON":        {"hello"},
		"old":            {`{"do":"hello","version":0}`},
		"unknown":        {hello, `{"do":"fly"}`},
		"twice":          {hello, hello},
		"deep":           {strings.Repeat("[", 200_000)},
		"out of bounds":  {hello, `{"do":"hands","hands":{"look":[1e300,0]}}`},
		"large":          {hello, `{"do":"prompt","text":"` + strings.Repeat("a", 300_000) + `"}`},
		"beyond measure": {hello, strings.Repeat("a", wire.MaxFile+1)},
	} {
		c := connect(t, h, "")
		var cut error // closed already
		for _, text := range say {
			if cut = c.conn.Write(c.ctx, websocket.MessageText, []byte(text)); cut != nil {
				break
			}
		}
		refused := false
		for {
			_, data, err := c.conn.Read(c.ctx)
			if err != nil {
				if ending := errors.Join(cut, err); !ends(ending, name == "beyond measure") {
					t.Errorf("%s: the connection ends with %v", name, ending)
				}
				break
			}
			m, err := wire.DecodeMessage(data)
			if err != nil {
				t.Fatal(err)
			}
			refused = refused || m.Error != nil && m.Error.Message != ""
		}
		if !refused && name != "beyond measure" {
			t.Errorf("%s: no error came", name)
		}
	}
	connect(t, h, hello).until("a view", func(m wire.Message) bool { return m.View != nil })
}

// ends says whether a connection ended as it must: by the server's verdict, or, where the server does not even read what was said to
// the end, by a close that says so or, as it is still being written then, a reset.
func ends(err error, unread bool) bool {
	if unread {
		return websocket.CloseStatus(err) == websocket.StatusMessageTooBig || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
	}
	return websocket.CloseStatus(err) == websocket.StatusPolicyViolation
}

// Who stops the server has not gone before its windows know.
func TestWindowsHearThatTheServerStops(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	s := &serve.Server{House: stagetest.House(), Start: wire.Place{Scene: "RigidCatch-v0"}}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, listener) }()
	c := connect(t, &httptest.Server{URL: "http://" + listener.Addr().String()}, hello)
	c.until("a view", func(m wire.Message) bool { return m.View != nil })
	stop()
	c.until("that the server stops", func(m wire.Message) bool { return m.Error != nil && m.Error.Kind == "stopping" })
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestStrangersAreTurnedAway(t *testing.T) {
	h := server(t, func(s *serve.Server) { s.Windows = 1 })
	get := func(path, host, origin string) int {
		r, _ := http.NewRequest("GET", h.URL+path, nil)
		if host != "" {
			r.Host = host
		}
		if origin != "" {
			r.Header.Set("Origin", origin)
			r.Header.Set("Connection", "Upgrade")
			r.Header.Set("Upgrade", "websocket")
			r.Header.Set("Sec-WebSocket-Version", "13")
			r.Header.Set("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	for _, test := range []struct {
		path, host, origin string
		want               int
	}{
		{"/", "", "", 200}, {"/viewer.wasm", "", "", 200}, {"/wasm_exec.js", "localhost:1", "", 200}, {"/nothing", "", "", 404},
		{"/", "evil.example:7655", "", 403}, {"/window", "evil.example", "", 403}, {"/window", "", "http://evil.example", 403},
	} {
		if got := get(test.path, test.host, test.origin); got != test.want {
			t.Errorf("%+v gives %d", test, got)
		}
	}
	connect(t, h, hello).until("a view", func(m wire.Message) bool { return m.View != nil })
	if e := connect(t, h, hello).until("an error", func(m wire.Message) bool { return m.Error != nil }).Error; e.Kind != "limit" {
		t.Errorf("a window too many gets %+v", e)
	}
}

func TestTokens(t *testing.T) {
	h := server(t, func(s *serve.Server) { s.Token = "secret" })
	for _, bad := range []string{hello, `{"do":"hello","version":1,"token":"guess"}`} {
		if e := connect(t, h, bad).until("an error", func(m wire.Message) bool { return m.Error != nil }).Error; e.Kind != "token" {
			t.Errorf("%s gets %+v", bad, e)
		}
	}
	connect(t, h, `{"do":"hello","version":1,"token":"secret"}`).until("a view", func(m wire.Message) bool { return m.View != nil })
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := (&serve.Server{House: stagetest.House()}).Serve(t.Context(), listener); err == nil {
		t.Error("other machines are served without a token")
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- (&serve.Server{House: stagetest.House(), Assets: fstest.MapFS{}}).Serve(ctx, listener) }()
	answer, err := http.Get("http://" + listener.Addr().String() + "/viewer.wasm")
	if err != nil || answer.StatusCode != 404 {
		t.Errorf("without a program the page gets %v, %v", answer, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// BenchmarkKeyToFrame measures the steps and the time from a key to the frame that carries its number.
func BenchmarkKeyToFrame(b *testing.B) {
	s := &serve.Server{House: stagetest.House(), Start: wire.Place{Scene: "RigidCatch-v0?max_episode_steps=0"}}
	h := httptest.NewServer(s.Handler())
	defer h.Close()
	conn, _, err := websocket.Dial(b.Context(), strings.Replace(h.URL, "http", "ws", 1)+"/window", nil)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.CloseNow()
	conn.SetReadLimit(32 << 20)
	say := func(c wire.Command) { conn.Write(b.Context(), websocket.MessageText, c.Encode()) }
	say(wire.Command{Do: wire.Hello, Version: 1})
	say(wire.Command{Do: wire.Speed, Value: 6}) // 60 frames a second
	seq, at, asked := uint64(0), 0, 0
	var waits []int
	for b.Loop() {
		seq++
		asked = at
		say(wire.Command{Do: wire.HandsOn, Seq: seq, Hands: &wire.Hands{Tapped: []string{"left"}}})
		for seen := uint64(0); seen < seq; {
			_, data, err := conn.Read(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			if m, err := wire.DecodeMessage(data); err == nil && m.View != nil {
				seen, at = m.View.Seq, m.View.At
			}
		}
		waits = append(waits, at-asked)
	}
	slices.Sort(waits)
	b.ReportMetric(float64(waits[len(waits)/2]), "steps/key")
	b.ReportMetric(float64(waits[len(waits)*99/100]), "steps-99%")
}
